// SPDX-License-Identifier: GPL-2.0-only
/*
 * A subscription by mmu_notifier_get(): the kernel finds it by its ops table, so
 * one serves every file on the same mm, and the last put frees it, later, from
 * an SRCU callback.
 *
 * The memory is ours, not the callback's: the last file to put waits for it, and the
 * module's exit for what no file waited for, so that neither goes away under it.
 * mmu_notifier_synchronize() is no such wait: it is synchronize_srcu(), which does not
 * wait for callbacks that other CPUs have queued.
 *
 *	file				SRCU			exit
 *	mmu_notifier_put()
 *	wait: a fatal signal
 *	add to left_behind
 *	module_put()						wait
 *					on_free(): complete
 *					bottom halves on	synchronize_rcu()
 *								free, return
 */

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "compat.h"
#include "subscriber.h"

struct stlb_shared {
	struct mmu_notifier notifier;
	struct completion freed;
	u32 users; /* under shared_lock: files that hold a get */
	struct list_head left_behind; /* under shared_lock */
	struct stlb_tally tally;
};

static DEFINE_MUTEX(shared_lock);
/* Those that no file waits for any more. */
static LIST_HEAD(left_behind);

static struct stlb_shared *shared_of(struct mmu_notifier *notifier)
{
	return container_of(notifier, struct stlb_shared, notifier);
}

static int on_start(struct mmu_notifier *notifier,
		    const struct mmu_notifier_range *range)
{
	struct stlb_tally *tally = &shared_of(notifier)->tally;

	if (!stlb_tally_enter(tally, range->mm, range->start, range->end))
		return 0;
	atomic64_inc(&tally->starts);
	stlb_tally_leave(tally, false);
	return 0;
}

static void on_end(struct mmu_notifier *notifier,
		   const struct mmu_notifier_range *range)
{
	struct stlb_tally *tally = &shared_of(notifier)->tally;

	if (!stlb_tally_enter(tally, range->mm, range->start, range->end))
		return;
	atomic64_inc(&tally->ends);
	stlb_tally_leave(tally, false);
}

static struct mmu_notifier *on_alloc(struct mm_struct *mm)
{
	struct stlb_shared *shared = kzalloc(sizeof(*shared), GFP_KERNEL);

	if (!shared)
		return ERR_PTR(-ENOMEM);
	init_completion(&shared->freed);
	shared->tally.mm = mm;
	return &shared->notifier;
}

static void on_free(struct mmu_notifier *notifier)
{
	complete(&shared_of(notifier)->freed);
}

static const struct mmu_notifier_ops shared_ops = {
	.invalidate_range_start = on_start,
	.invalidate_range_end = on_end,
	.alloc_notifier = on_alloc,
	.free_notifier = on_free,
};

struct stlb_shared *stlb_shared_get(const struct stlb_sub_request *req)
{
	struct mmu_notifier *notifier;
	struct stlb_shared *shared;

	mutex_lock(&shared_lock);
	notifier = mmu_notifier_get(&shared_ops, current->mm);
	if (IS_ERR(notifier)) {
		mutex_unlock(&shared_lock);
		return ERR_CAST(notifier);
	}
	shared = shared_of(notifier);
	if (!shared->users++) {
		shared->tally.start = req->start;
		shared->tally.end = req->start + req->len;
	}
	mutex_unlock(&shared_lock);
	return shared;
}

int stlb_shared_put(struct stlb_shared *shared)
{
	bool last;

	mutex_lock(&shared_lock);
	last = !--shared->users;
	mmu_notifier_put(&shared->notifier);
	mutex_unlock(&shared_lock);
	if (!last)
		return 0;
	if (wait_for_completion_killable(&shared->freed)) {
		mutex_lock(&shared_lock);
		list_add(&shared->left_behind, &left_behind);
		mutex_unlock(&shared_lock);
		return -EINTR;
	}
	kfree(shared);
	return 0;
}

void stlb_shared_exit(void)
{
	struct stlb_shared *shared, *next;

	list_for_each_entry(shared, &left_behind, left_behind)
		wait_for_completion(&shared->freed);
	/*
	 * on_free() may be on its way out still: SRCU calls it with bottom halves
	 * off, which RCU waits for (srcu_invoke_callbacks()).
	 */
	synchronize_rcu();
	list_for_each_entry_safe(shared, next, &left_behind, left_behind)
		kfree(shared);
}

struct stlb_tally *stlb_shared_tally(struct stlb_shared *shared)
{
	return &shared->tally;
}
