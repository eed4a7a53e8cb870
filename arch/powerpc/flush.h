/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_POWERPC_FLUSH_H
#define _STLB_POWERPC_FLUSH_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

/* oris 23,23,0 leaves r23 as it is (Power ISA 3.1B, Book I, oris). */
static inline void stlb_flush_mark(u64 kind, u64 value)
{
	register u64 r3 asm("r3") = kind;
	register u64 r4 asm("r4") = value;

	asm volatile("oris 23,23,0" : : "r"(r3), "r"(r4) : "memory");
}

/* The address space's number in tlbie: its PID. */
static inline u64 stlb_flush_space(struct mm_struct *mm)
{
	return mm->context.id;
}

/*
 * Bits of an entry that no hardware sets: referenced and changed aside. Entries are
 * big-endian in memory, and compared as they are there.
 */
#define STLB_FLUSH_MASK \
	((__force u64)cpu_to_be64(~((u64)(_PAGE_ACCESSED | _PAGE_DIRTY))))

#endif /* _STLB_POWERPC_FLUSH_H */
