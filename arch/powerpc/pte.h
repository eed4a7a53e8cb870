/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_POWERPC_PTE_H
#define _STLB_POWERPC_PTE_H

#include <linux/mm.h>
#include <linux/pgtable.h>

/*
 * pte_lockptr() calls it for a PMD that points to a page table, and the kernel
 * does not export its own (arch/powerpc/mm/pgtable_64.c). This one is the
 * module's; walk.c alone includes this file.
 */
struct page *pmd_page(pmd_t pmd)
{
	return virt_to_page((void *)pmd_page_vaddr(pmd));
}

/*
 * Does this entry, as it stands, let user space read? Valid, read authority,
 * not privileged (Power ISA 3.1B, radix PTE). _PAGE_PRESENT is the valid bit:
 * an entry that is invalid for the time of a flush counts as present to the
 * kernel.
 */
static inline bool stlb_pte_hw_read(pte_t pte)
{
	unsigned long need = _PAGE_PRESENT | _PAGE_READ;

	return (pte_val(pte) & (need | _PAGE_PRIVILEGED)) == need;
}

/* The same: the accessed bit has no say. */
static inline bool stlb_pte_hw_user(pte_t pte)
{
	return stlb_pte_hw_read(pte);
}

/*
 * Does this present entry, as it stands, let a write through?
 * The write bit of the radix entry decides, and pte_write() is that bit.
 */
static inline bool stlb_pte_hw_write(pte_t pte)
{
	return pte_write(pte);
}

/*
 * Does this entry let user space fetch instructions? Valid, not privileged, execute
 * authority (Power ISA 3.1B, radix PTE, EAA).
 */
static inline bool stlb_pte_hw_exec(pte_t pte)
{
	unsigned long need = _PAGE_PRESENT | _PAGE_EXEC;

	return (pte_val(pte) & (need | _PAGE_PRIVILEGED)) == need;
}

/*
 * Is this present entry valid for the kernel alone? Privileged (Power ISA 3.1B,
 * radix PTE, EAA).
 */
static inline bool stlb_pte_hw_kernel(pte_t pte)
{
	unsigned long need = _PAGE_PRESENT | _PAGE_PRIVILEGED;

	return (pte_val(pte) & need) == need;
}

/* Pages that an entry maps, as a power of two: there is no contiguous bit. */
static inline unsigned int stlb_pte_order(pte_t pte, unsigned int level,
					  unsigned int order)
{
	return order;
}

/*
 * Does hardware walk the kernel's tables? Not with the hash MMU: there is one
 * hash table then, and ocxl refuses to share it (ocxl_function_open()).
 */
static inline bool stlb_hw_walks(void)
{
	return radix_enabled();
}

#endif /* _STLB_POWERPC_PTE_H */
