/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_X86_PTE_H
#define _STLB_X86_PTE_H

#include <linux/pgtable.h>

/*
 * Does this entry, as it stands, let user space read? P and U/S decide (SDM
 * vol. 3A 4.6); the accessed bit is set by whoever walks. PROT_NONE is present
 * to the kernel, but P is clear.
 */
static inline bool stlb_pte_hw_read(pte_t pte)
{
	pteval_t need = _PAGE_PRESENT | _PAGE_USER;

	return (pte_flags(pte) & need) == need;
}

/* The same: the accessed bit has no say. */
static inline bool stlb_pte_hw_user(pte_t pte)
{
	return stlb_pte_hw_read(pte);
}

/*
 * Does this present entry, as it stands, let a write through?
 * R/W decides (SDM vol. 3A 4.6). pte_write() is wider: it also takes a shadow
 * stack page, which an ordinary write may not touch.
 */
static inline bool stlb_pte_hw_write(pte_t pte)
{
	return pte_flags(pte) & _PAGE_RW;
}

/*
 * Does this entry let user space fetch instructions? P and U/S, and XD clear (SDM
 * vol. 3A 4.6); the tables above never have XD for user space.
 */
static inline bool stlb_pte_hw_exec(pte_t pte)
{
	return stlb_pte_hw_read(pte) && !(pte_flags(pte) & _PAGE_NX);
}

/* Is this present entry valid for the kernel alone? P, not U/S (SDM vol. 3A 4.6) */
static inline bool stlb_pte_hw_kernel(pte_t pte)
{
	return (pte_flags(pte) & (_PAGE_PRESENT | _PAGE_USER)) == _PAGE_PRESENT;
}

/* Pages that an entry maps, as a power of two: there is no contiguous bit. */
static inline unsigned int stlb_pte_order(pte_t pte, unsigned int level,
					  unsigned int order)
{
	return order;
}

/* Does hardware walk the kernel's tables? */
static inline bool stlb_hw_walks(void)
{
	return true;
}

#endif /* _STLB_X86_PTE_H */
