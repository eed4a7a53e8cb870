/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_ARM64_FLUSH_H
#define _STLB_ARM64_FLUSH_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

#include <asm/mmu.h>

/* HINT #119, which is not allocated: a NOP (Arm ARM DDI0487, C6.2, HINT). */
static inline void stlb_flush_mark(u64 kind, u64 value)
{
	register u64 x0 asm("x0") = kind;
	register u64 x1 asm("x1") = value;

	asm volatile("hint #119" : : "r"(x0), "r"(x1) : "memory");
}

/* The address space's number in TLBIs: its ASID, which may change when it runs. */
static inline u64 stlb_flush_space(struct mm_struct *mm)
{
	return ASID(mm);
}

/* Bits of an entry that no hardware sets: the access flag aside. */
#define STLB_FLUSH_MASK (~((u64)PTE_AF))

#endif /* _STLB_ARM64_FLUSH_H */
