/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_ARM64_PTE_H
#define _STLB_ARM64_PTE_H

#include <linux/pgtable.h>

/*
 * Does this entry, as it stands, let user space read? It is valid, AP[1] allows
 * EL0, and the access flag is set: an SMMU that does not set it itself faults
 * (SMMUv3 IHI0070, CD.HA). PROT_NONE is present to the kernel, but not valid.
 */
static inline bool stlb_pte_hw_read(pte_t pte)
{
	pteval_t need = PTE_VALID | PTE_USER | PTE_AF;

	return (pte_val(pte) & need) == need;
}

/*
 * Does this entry let user space read once its access flag is set? It is valid, and
 * AP[1] allows EL0.
 */
static inline bool stlb_pte_hw_user(pte_t pte)
{
	pteval_t need = PTE_VALID | PTE_USER;

	return (pte_val(pte) & need) == need;
}

/*
 * Does this present entry, as it stands, let a write through? AP[2] decides.
 * An entry with PTE_DBM (pte_write()) and AP[2] set is clean: a CPU with
 * FEAT_HAFDBS clears AP[2] at the first write, a secondary TLB without such
 * hardware sees it read-only (Arm ARM DDI0487, hardware management of the
 * dirty state; SMMUv3 IHI0070, IDR0.HTTU).
 */
static inline bool stlb_pte_hw_write(pte_t pte)
{
	return !(pte_val(pte) & PTE_RDONLY);
}

/*
 * Does this entry let user space fetch instructions? It is valid and UXN is clear;
 * PTE_USER is about data alone (Arm ARM DDI0487, stage 1 permissions, UXN).
 */
static inline bool stlb_pte_hw_exec(pte_t pte)
{
	return (pte_val(pte) & (PTE_VALID | PTE_UXN)) == PTE_VALID;
}

/*
 * Is this present entry valid for the kernel alone? Neither AP[1] nor UXN lets EL0
 * through (Arm ARM DDI0487, stage 1 permissions).
 */
static inline bool stlb_pte_hw_kernel(pte_t pte)
{
	return (pte_val(pte) & (PTE_VALID | PTE_USER | PTE_UXN)) ==
	       (PTE_VALID | PTE_UXN);
}

/*
 * Pages that this present entry of @level, or its contiguous set, maps, as a
 * power of two; @order is a single entry's. A set is 1 << (CONT_PTE_SHIFT -
 * PAGE_SHIFT) PTEs, or as many PMDs as CONT_PMD_SHIFT says.
 */
static inline unsigned int stlb_pte_order(pte_t pte, unsigned int level,
					  unsigned int order)
{
	if (!(pte_val(pte) & PTE_CONT) || level > LEVEL_PMD)
		return order;
	return (level == LEVEL_PTE ? CONT_PTE_SHIFT : CONT_PMD_SHIFT) -
	       PAGE_SHIFT;
}

/* Does hardware walk the kernel's tables? */
static inline bool stlb_hw_walks(void)
{
	return true;
}

#endif /* _STLB_ARM64_PTE_H */
