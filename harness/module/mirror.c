// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mirror of a few pages, by the protocol of mmu_interval_read_begin():
 *
 *	look			the kernel
 *	seq = read_begin()	(waits for an invalidation under way)
 *	walk
 *				invalidate_range_start: our lock, set_seq(),
 *				drop, unlock
 *	lock
 *	read_retry(seq)?	yes: begin anew
 *	store, use
 *	unlock
 *				change of the PTE
 *				invalidate_range_end
 *
 * No references are held: what keeps a stored page from being freed is only
 * that the kernel cannot pass our lock in between. So under the lock a stored
 * page is always the one that the page table maps; where it is not, the kernel
 * has broken the protocol, and that is counted.
 *
 * A window that the kernel never closes: an announcement that may not block and is
 * refused (-EAGAIN) gets no invalidate_range_end. Where another subscriber refuses
 * it, the kernel has to close the window for interval notifiers itself; up to 7.3
 * it does not (docs/findings/refused-window-open.md), and then
 * mmu_interval_notifier_remove() would wait for ever:
 *
 *	invalidate_range_start, may not block	number 3
 *	refused by another
 *	release					number 3 again: still open
 *						number 5: it was closed
 */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "frame.h"
#include "subscriber.h"
#include "walk.h"

struct stlb_mirror {
	struct mmu_interval_notifier notifier;
	struct stlb_tally *tally;
	unsigned long start;
	spinlock_t lock;
	unsigned long sequence; /* of the last callback, under @lock; 0: none */
	unsigned long nonblock; /* of the last that might not block */
	bool stuck; /* that one was under way still at release */
	/* By page from @start, under @lock; 0: none. No page has frame 0. */
	unsigned long pfns[STLB_SUB_MAX_PAGES];
};

static void drop(struct stlb_mirror *mirror, unsigned long start,
		 unsigned long end)
{
	u32 i;

	for (i = 0; i < STLB_SUB_MAX_PAGES; i++) {
		unsigned long page = mirror->start + i * PAGE_SIZE;

		if (page < end && page + PAGE_SIZE > start)
			mirror->pfns[i] = 0;
	}
}

static bool on_invalidate(struct mmu_interval_notifier *notifier,
			  const struct mmu_notifier_range *range,
			  unsigned long seq)
{
	struct stlb_mirror *mirror =
		container_of(notifier, struct stlb_mirror, notifier);
	struct stlb_tally *tally = mirror->tally;
	bool counted, refuses;

	counted = stlb_tally_enter(tally, range->mm, range->start, range->end);
	spin_lock(&mirror->lock);
	mmu_interval_set_seq(notifier, seq);
	drop(mirror, range->start, range->end);
	mirror->sequence = seq;
	if (!mmu_notifier_range_blockable(range))
		mirror->nonblock = seq;
	if (range->event == MMU_NOTIFY_RELEASE)
		mirror->stuck = mirror->nonblock == seq;
	spin_unlock(&mirror->lock);
	if (!counted)
		return true;
	atomic64_inc(&tally->intervals);
	refuses = stlb_tally_refuses(tally, range);
	stlb_tally_leave(tally, mmu_notifier_range_blockable(range));
	return !refuses;
}

static const struct mmu_interval_notifier_ops interval_ops = {
	.invalidate = on_invalidate,
};

struct stlb_mirror *stlb_mirror_create(const struct stlb_sub_request *req,
				       struct stlb_tally *tally)
{
	struct stlb_mirror *mirror = kzalloc(sizeof(*mirror), GFP_KERNEL);
	int err;

	if (!mirror)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&mirror->lock);
	mirror->tally = tally;
	mirror->start = req->start;
	err = mmu_interval_notifier_insert(&mirror->notifier, current->mm,
					   req->start, req->len, &interval_ops);
	if (!err)
		return mirror;
	kfree(mirror);
	return ERR_PTR(err);
}

/*
 * Instead of mmu_interval_notifier_remove(): nobody looks for a notifier in the tree
 * of an mm that has no mappings left, which exit_mmap() ends with.
 */
static void abandon(struct stlb_mirror *mirror)
{
	struct mm_struct *mm = mirror->notifier.mm;

	while (!mtree_empty(&mm->mm_mt))
		schedule_timeout_uninterruptible(1);
	/* Pairs with the mmgrab() in mmu_interval_notifier_insert(). */
	mmdrop(mm);
}

void stlb_mirror_remove(struct stlb_mirror *mirror)
{
	if (READ_ONCE(mirror->stuck))
		abandon(mirror);
	else
		mmu_interval_notifier_remove(&mirror->notifier);
}

u64 stlb_mirror_sequence(const struct stlb_mirror *mirror)
{
	return READ_ONCE(mirror->sequence);
}

void stlb_mirror_free(struct stlb_mirror *mirror)
{
	kfree(mirror);
}

/* The frame that the page table maps there now, or 0. The mm's users are held. */
static unsigned long mapped(struct stlb_mirror *mirror, unsigned long addr)
{
	struct stlb_pte pte;
	unsigned long flags;
	spinlock_t *ptl;

	local_irq_save(flags);
	stlb_walk(mirror->notifier.mm, addr, &pte, &ptl);
	local_irq_restore(flags);
	return pte.flags & STLB_PTE_PRESENT && pfn_valid(pte.pfn) ? pte.pfn : 0;
}

/* Under the lock: reads through the stored frame. */
static void use(struct stlb_mirror *mirror, unsigned long addr,
		unsigned long pfn, struct stlb_look *look)
{
	stlb_frame_read(pfn_to_page(pfn), offset_in_page(addr), &look->word,
			sizeof(look->word));
	look->pfn = pfn;
	look->wrong += mapped(mirror, addr) != pfn;
}

/* One turn; false: an invalidation came between, begin anew. */
static bool look_once(struct stlb_mirror *mirror, struct stlb_look *look)
{
	unsigned long *slot =
		&mirror->pfns[(look->addr - mirror->start) >> PAGE_SHIFT];
	unsigned long seq, pfn;

	spin_lock(&mirror->lock);
	pfn = *slot;
	if (pfn)
		use(mirror, look->addr, pfn, look);
	spin_unlock(&mirror->lock);
	if (pfn)
		return true;

	seq = mmu_interval_read_begin(&mirror->notifier);
	pfn = mapped(mirror, look->addr);
	/* Here a change may come between; not every time, or it never ends. */
	if (!look->retries)
		stlb_linger(mirror->tally);
	spin_lock(&mirror->lock);
	if (mmu_interval_read_retry(&mirror->notifier, seq)) {
		spin_unlock(&mirror->lock);
		look->retries++;
		return false;
	}
	*slot = pfn;
	if (pfn)
		use(mirror, look->addr, pfn, look);
	spin_unlock(&mirror->lock);
	return true;
}

int stlb_mirror_look(struct stlb_mirror *mirror, struct stlb_look *look)
{
	int err = 0;

	if (look->addr < mirror->tally->start ||
	    look->addr >= mirror->tally->end || look->addr % sizeof(u64))
		return -EINVAL;
	look->word = 0;
	look->pfn = 0;
	look->retries = 0;
	look->wrong = 0;
	if (!mmget_not_zero(mirror->notifier.mm))
		return -ESRCH;
	while (!look_once(mirror, look)) {
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		cond_resched();
	}
	mmput(mirror->notifier.mm);
	return err;
}
