// SPDX-License-Identifier: GPL-2.0-only

#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

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

/*
 * Which lock guards an entry, where its table has @table's: a contiguous set of hugetlb's
 * has the one that huge_pte_lockptr() says, which up to 6.9 is another. That goes by
 * the size and nothing else of the hstate, which is not to be had without the VMA.
 */
#ifdef CONFIG_HUGETLB_PAGE
static spinlock_t *lock_of(struct mm_struct *mm, const struct stlb_pte *pte,
			   void *entry, unsigned int order, spinlock_t *table)
{
	static struct hstate sets[LEVEL_PMD + 1];

	if (!(pte->flags & STLB_PTE_PRESENT) || pte->order == order ||
	    !pfn_valid(pte->pfn) ||
	    !folio_test_hugetlb(page_folio(pfn_to_page(pte->pfn))))
		return table;
	/* The same each time: there is one size of sets at a level. */
	WRITE_ONCE(sets[pte->level].order, pte->order);
	return huge_pte_lockptr(&sets[pte->level], mm, entry);
}
#else
static spinlock_t *lock_of(struct mm_struct *mm, const struct stlb_pte *pte,
			   void *entry, unsigned int order, spinlock_t *table)
{
	return table;
}
#endif

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
	pte_t *ptep, pte;

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
	*ptl = pud_lockptr(mm, pudp);
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
	if (pmd_leaf(pmd) || !pmd_present(pmd)) {
		report(out, __pte(pmd_val(pmd)), pmd_present(pmd), LEVEL_PMD,
		       address, PMD_SHIFT - PAGE_SHIFT);
		*ptl = lock_of(mm, out, pmdp, PMD_SHIFT - PAGE_SHIFT, *ptl);
		return;
	}

	*ptl = pte_lockptr(mm, &pmd);
	/*
	 * As stored: arm64's ptep_get_lockless() adds the dirty and accessed
	 * bits of a whole contiguous set, and the hardware need not.
	 */
	ptep = pte_offset_kernel(&pmd, address);
	pte = READ_ONCE(*ptep);
	if (pte_none(pte))
		return report_none(out, LEVEL_PTE);
	report(out, pte, pte_present(pte), LEVEL_PTE, address, 0);
	*ptl = lock_of(mm, out, ptep, 0, *ptl);
}

void stlb_walk_entries(struct mm_struct *mm, unsigned long address,
		       void *entries[5])
{
	pgd_t *pgdp, pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;

	lockdep_assert_irqs_disabled();
	pgdp = pgd_offset(mm, address);
	pgd = READ_ONCE(*pgdp);
	entries[0] = pgdp;
	if (pgd_none(pgd))
		return;
	p4dp = p4d_offset_lockless(pgdp, pgd, address);
	p4d = READ_ONCE(*p4dp);
	entries[1] = p4dp;
	if (p4d_none(p4d))
		return;
	pudp = pud_offset_lockless(p4dp, p4d, address);
	pud = READ_ONCE(*pudp);
	entries[2] = pudp;
	if (pud_none(pud) || pud_leaf(pud) || !pud_present(pud))
		return;
	pmdp = pmd_offset_lockless(pudp, pud, address);
	pmd = READ_ONCE(*pmdp);
	entries[3] = pmdp;
	if (pmd_none(pmd) || pmd_leaf(pmd) || !pmd_present(pmd))
		return;
	entries[4] = pte_offset_kernel(&pmd, address);
}

static void walk_undisturbed(struct mm_struct *mm, unsigned long address,
			     struct stlb_pte *out, spinlock_t **ptl)
{
	unsigned long flags;

	local_irq_save(flags);
	stlb_walk(mm, address, out, ptl);
	local_irq_restore(flags);
}

/*
 * What keeps the lock, and the table that it guards, from being freed before it is
 * taken: munmap() and collapse, of this VMA's tables, take mmap_lock for writing; what
 * frees a table without (retract_page_tables()) leaves that to RCU.
 */
static void walk_locked(struct mm_struct *mm, unsigned long address,
			struct stlb_pte *out)
{
	spinlock_t *ptl, *now;

	walk_undisturbed(mm, address, out, &ptl);
	while (ptl) {
		spin_lock(ptl);
		walk_undisturbed(mm, address, out, &now);
		spin_unlock(ptl);
		if (now == ptl)
			break;
		/* There is another table by now. */
		ptl = now;
	}
}

void stlb_walk_settled(struct mm_struct *mm, unsigned long address,
		       struct stlb_pte *out)
{
	struct vm_area_struct *vma;
	spinlock_t *ptl;

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	rcu_read_lock();
	if (vma && vma->vm_start <= address)
		walk_locked(mm, address, out);
	else
		walk_undisturbed(mm, address, out, &ptl);
	rcu_read_unlock();
	mmap_read_unlock(mm);
}
