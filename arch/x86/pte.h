/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_X86_PTE_H
#define _STLB_X86_PTE_H

#include <linux/pgtable.h>

/*
 * Does this present entry, as it stands, let a write through?
 * R/W decides (SDM vol. 3A 4.6). pte_write() is wider: it also takes a shadow
 * stack page, which an ordinary write may not touch.
 */
static inline bool stlb_pte_hw_write(pte_t pte)
{
	return pte_flags(pte) & _PAGE_RW;
}

#endif /* _STLB_X86_PTE_H */
