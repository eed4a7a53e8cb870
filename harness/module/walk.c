// SPDX-License-Identifier: GPL-2.0-only

#include <linux/mm.h>

#include "compat.h"
#include "walk.h"

enum { LEVEL_PTE, LEVEL_PMD, LEVEL_PUD, LEVEL_P4D };

#include "pte.h" /* arch/ARCH/pte.h */

/* @pte maps 1 << @order pages; report the frame of @address's own page. */
static void report(struct stlb_pte *out, pte_t pte, bool present, u32 level,
		   unsigned long address, unsigned int order)
{
	unsigned long mask = (1UL << order) - 1;

	out->raw = pte_val(pte);
	out->level = level;
	out->flags = STLB_PTE_SOME;
	out->pfn = 0;
	out->order = 0;
	if (!present)
		return;
	out->pfn = (pte_pfn(pte) & ~mask) | ((address >> PAGE_SHIFT) & mask);
	out->order = stlb_pte_order(pte, level, order);
	out->flags |= STLB_PTE_PRESENT;
	out->flags |= pte_write(pte) ? STLB_PTE_WRITE : 0;
	out->flags |= stlb_pte_hw_read(pte) ? STLB_PTE_HW_READ : 0;
	out->flags |= stlb_pte_hw_user(pte) ? STLB_PTE_HW_USER : 0;
	out->flags |= stlb_pte_hw_write(pte) ? STLB_PTE_HW_WRITE : 0;
	out->flags |= stlb_pte_hw_exec(pte) ? STLB_PTE_HW_EXEC : 0;
	out->flags |= stlb_pte_hw_kernel(pte) ? STLB_PTE_HW_KERNEL : 0;
	out->flags |= pte_dirty(pte) ? STLB_PTE_DIRTY : 0;
	out->flags |= pte_young(pte) ? STLB_PTE_YOUNG : 0;
}

static void report_none(struct stlb_pte *out, u32 level)
{
	memset(out, 0, sizeof(*out));
	out->level = level;
}

bool stlb_can_share(void)
{
	return stlb_hw_walks();
}

/*
 * Each level is read once and that value is used from there on: the table may
 * change under the walk, but no copy is torn and no freed table is followed.
 */
void stlb_walk(struct mm_struct *mm, unsigned long address,
	       struct stlb_pte *out, spinlock_t **ptl)
{
	pgd_t *pgdp, pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;
	pte_t pte;

	lockdep_assert_irqs_disabled();
	*ptl = NULL;

	pgdp = pgd_offset(mm, address);
	pgd = READ_ONCE(*pgdp);
	if (pgd_none(pgd))
		return report_none(out, LEVEL_P4D);

	p4dp = p4d_offset_lockless(pgdp, pgd, address);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d))
		return report_none(out, LEVEL_P4D);

	pudp = pud_offset_lockless(p4dp, p4d, address);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud))
		return report_none(out, LEVEL_PUD);
	if (pud_leaf(pud) || !pud_present(pud)) {
		/*
		 * hugetlb's, in a PTE's form: x86's pud_present() does not know
		 * PROT_NONE.
		 */
		pte = __pte(pud_val(pud));
		return report(out, pte, pte_present(pte), LEVEL_PUD, address,
			      PUD_SHIFT - PAGE_SHIFT);
	}

	pmdp = pmd_offset_lockless(pudp, pud, address);
	pmd = READ_ONCE(*pmdp);
	*ptl = pmd_lockptr(mm, pmdp);
	if (pmd_none(pmd))
		return report_none(out, LEVEL_PMD);
	if (pmd_leaf(pmd) || !pmd_present(pmd))
		return report(out, __pte(pmd_val(pmd)), pmd_present(pmd),
			      LEVEL_PMD, address, PMD_SHIFT - PAGE_SHIFT);

	*ptl = pte_lockptr(mm, &pmd);
	/*
	 * As stored: arm64's ptep_get_lockless() adds the dirty and accessed
	 * bits of a whole contiguous set, and the hardware need not.
	 */
	pte = READ_ONCE(*pte_offset_kernel(&pmd, address));
	if (pte_none(pte))
		return report_none(out, LEVEL_PTE);
	report(out, pte, pte_present(pte), LEVEL_PTE, address, 0);
}
