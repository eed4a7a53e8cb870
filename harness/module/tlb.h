/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set-associative TLB of base pages.
 *
 * @lock orders a fill against an invalidation, as hardware does: the walk and
 * the insertion are one step.
 *
 *	fill			CPU that changes the PTE
 *	lock
 *	walk, insert		new PTE
 *	unlock			callback: lock, drop, unlock
 *
 * Either the walk sees the new PTE, or the callback comes after the insertion
 * and drops it. Moving bytes is under the lock too, so that no access is under
 * way when an invalidation returns.
 */
#ifndef _STLB_TLB_H
#define _STLB_TLB_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "frame.h"

struct stlb_entry {
	unsigned long page; /* address; only with @valid */
	unsigned long pfn;
	struct stlb_hold hold; /* if the TLB holds frames; may outlive @valid */
	struct stlb_frame_owner owner; /* of one that is not held */
	bool valid;
	bool write;
	bool exec;
	u64 used; /* for LRU */
};

struct stlb_tlb {
	raw_spinlock_t *lock; /* the device's: one for all its TLBs */
	u32 sets;
	u32 ways;
	u64 clock;
	u32 doomed; /* entries not valid that still hold a frame */
	struct stlb_entry *entries;
};

/* May sleep. @sets is a power of two. 0 or -ENOMEM. */
int stlb_tlb_init(struct stlb_tlb *tlb, raw_spinlock_t *lock, u32 sets,
		  u32 ways);
/* Puts all frames; nobody else is at it. May sleep. */
void stlb_tlb_destroy(struct stlb_tlb *tlb);
/* Puts the frames of entries that are no longer valid. May sleep. */
void stlb_tlb_reap(struct stlb_tlb *tlb);

/* With @lock held and interrupts off: */

/* The valid entry of the page at @addr, or NULL. */
struct stlb_entry *stlb_tlb_find(struct stlb_tlb *tlb, unsigned long addr);
/*
 * The entry to fill for the page at @addr: a free one, or with @evict the least
 * recently used, no longer valid, of its set; NULL if there is none. A frame that it
 * still held is left in @left.
 */
struct stlb_entry *stlb_tlb_slot(struct stlb_tlb *tlb, unsigned long addr,
				 bool evict, bool *evicted,
				 struct stlb_leftovers *left);
/* Drops an entry; its frame stays held until it is reaped. */
void stlb_tlb_drop(struct stlb_tlb *tlb, struct stlb_entry *entry);

#endif /* _STLB_TLB_H */
