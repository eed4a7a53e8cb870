/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_ARM64_PTE_H
#define _STLB_ARM64_PTE_H

#include <linux/pgtable.h>

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

#endif /* _STLB_ARM64_PTE_H */
