/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_WALK_H
#define _STLB_WALK_H

#include <linux/mm_types.h>
#include <linux/spinlock.h>
#include <linux/stlb.h>

/* Are there tables on this machine that a device can share? Any context. */
bool stlb_can_share(void);

/*
 * stlb_walk - read the leaf entry that maps a user address, without locks
 * @mm: an mm whose page tables are not yet freed: mm_users is held, or the
 *	caller is one of its notifier callbacks
 * @address: user virtual address in bytes, below TASK_SIZE
 * @pte: (out) what was found
 * @ptl: (out) the lock that guards that entry: what pmd_lock(), pte_lockptr(),
 *	 huge_pte_lockptr() take; NULL where the walk ended at the top. Of a table
 *	 that is being freed it is not to be looked into
 *
 * Interrupts must be off: that is what keeps a page table from being freed
 * under the walk, by the rule that fast GUP relies on (mm/gup.c). Any context
 * but NMI; never sleeps, takes no lock.
 *
 * So it may meet an entry that another CPU is changing, as hardware may:
 *
 *	another CPU			walk
 *	take *@ptl
 *	ptep_modify_prot_start()
 *					no entry (powerpc: an invalid one)
 *	ptep_modify_prot_commit()
 *	drop *@ptl
 *
 * Who concludes something from there being no entry asks stlb_walk_settled().
 */
void stlb_walk(struct mm_struct *mm, unsigned long address,
	       struct stlb_pte *pte, spinlock_t **ptl);

/*
 * stlb_walk_settled - the same under the lock of the entry's table
 * @mm: its mm_users are held
 *
 * The entry is none that is changed and put back under one hold of that lock. May
 * sleep; takes mmap_lock for reading, which the caller may not hold, and the lock.
 */
void stlb_walk_settled(struct mm_struct *mm, unsigned long address,
		       struct stlb_pte *pte);

/*
 * stlb_walk_entries - where the entries on the way to a user address lie
 * @entries: (out) from the top table's to the last one that there is, up to five; the
 *	     rest is left as it is
 *
 * The same rules as of stlb_walk().
 */
void stlb_walk_entries(struct mm_struct *mm, unsigned long address,
		       void *entries[5]);

#endif /* _STLB_WALK_H */
