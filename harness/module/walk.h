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
 * @ptl: (out) the lock that guards that entry's table, or NULL if the walk
 *	 ended above the last level
 *
 * Interrupts must be off: that is what keeps a page table from being freed
 * under the walk, by the rule that fast GUP relies on (mm/gup.c). Any context
 * but NMI; never sleeps, takes no lock.
 */
void stlb_walk(struct mm_struct *mm, unsigned long address,
	       struct stlb_pte *pte, spinlock_t **ptl);

#endif /* _STLB_WALK_H */
