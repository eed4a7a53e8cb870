/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_X86_FLUSH_H
#define _STLB_X86_FLUSH_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

/* A long NOP with the displacement "STLB" (SDM vol. 2, NOP). */
static inline void stlb_flush_mark(u64 kind, u64 value)
{
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, 'S', 'T', 'L', 'B'"
		     :
		     : "D"(kind), "S"(value)
		     : "memory");
}

/* What CR3 has for it: the frame of its top table. */
static inline u64 stlb_flush_space(struct mm_struct *mm)
{
	return __pa(mm->pgd) >> PAGE_SHIFT;
}

/* Bits of an entry that no hardware sets: accessed and dirty aside. */
#define STLB_FLUSH_MASK (~((u64)(_PAGE_ACCESSED | _PAGE_DIRTY)))

#endif /* _STLB_X86_FLUSH_H */
