// SPDX-License-Identifier: GPL-2.0-only

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "subscriber.h"

/* Far more turns than another thread needs to get to where it waits. */
#define LINGER 64

struct stlb_subscriber {
	u32 kind;
	bool ended;
	struct mm_struct *mm; /* mm_count held */
	struct STLB_SUBSCRIPTION secondary; /* SECONDARY */
	struct mmu_notifier range; /* RANGE, BOTH, RELEASE, START, AGING */
	struct stlb_shared *shared;
	struct stlb_mirror *mirror;
	struct stlb_tally own;
};

/* ---- counting ----------------------------------------------------------- */

bool stlb_tally_enter(struct stlb_tally *tally, struct mm_struct *mm, u64 start,
		      u64 end)
{
	if (start >= tally->end || end <= tally->start)
		return false;
	atomic_inc(&tally->under_way);
	if (mm != tally->mm)
		atomic64_inc(&tally->foreign);
	/* Pairs with the release in stlb_subscriber_end(). */
	if (smp_load_acquire(&tally->over))
		atomic64_inc(&tally->late);
	return true;
}

void stlb_linger(const struct stlb_tally *tally)
{
	u32 i;

	for (i = 0; tally->flags & STLB_SUB_LINGER && i < LINGER; i++)
		yield();
}

void stlb_tally_leave(struct stlb_tally *tally, bool blockable)
{
	if (blockable)
		stlb_linger(tally);
	atomic_dec(&tally->under_way);
}

bool stlb_tally_refuses(struct stlb_tally *tally,
			const struct mmu_notifier_range *range)
{
	if (!(tally->flags & STLB_SUB_REFUSE) ||
	    mmu_notifier_range_blockable(range))
		return false;
	atomic64_inc(&tally->refused);
	return true;
}

/* Calls of the secondary-TLB op, of all subscribers */
static atomic64_t turns;

/*
 * Did this task call it last, of the same range, and nobody else since? Parts of a range
 * may come one behind the other.
 */
static void count_again(struct stlb_tally *tally, unsigned long start,
			unsigned long end)
{
	u64 turn = atomic64_inc_return(&turns);

	if (READ_ONCE(tally->task) == current &&
	    READ_ONCE(tally->turn) + 1 == turn &&
	    READ_ONCE(tally->last_start) == start &&
	    READ_ONCE(tally->last_end) == end)
		atomic64_inc(&tally->again);
	WRITE_ONCE(tally->turn, turn);
	WRITE_ONCE(tally->task, current);
	WRITE_ONCE(tally->last_start, start);
	WRITE_ONCE(tally->last_end, end);
}

/* ---- ops tables --------------------------------------------------------- */

static void told(struct stlb_tally *tally, struct mm_struct *mm,
		 unsigned long start, unsigned long end)
{
	if (!stlb_tally_enter(tally, mm, start, end))
		return;
	atomic64_inc(&tally->secondary);
	count_again(tally, start, end);
	stlb_tally_leave(tally, false);
}

static void released(struct stlb_tally *tally, struct mm_struct *mm)
{
	stlb_tally_enter(tally, mm, 0, U64_MAX);
	atomic64_inc(&tally->releases);
	stlb_tally_leave(tally, false);
}

static struct stlb_tally *
secondary_tally(struct STLB_SUBSCRIPTION *subscription)
{
	return &container_of(subscription, struct stlb_subscriber, secondary)
			->own;
}

static void on_secondary(STLB_SECONDARY_ARGS)
{
	told(secondary_tally(subscription), mm, start, end);
}

static void on_secondary_release(struct STLB_SUBSCRIPTION *subscription,
				 struct mm_struct *mm)
{
	released(secondary_tally(subscription), mm);
}

static const struct STLB_SUBSCRIPTION_OPS secondary_ops = {
	.STLB_SECONDARY_OP = on_secondary,
	.release = on_secondary_release,
};

static struct stlb_tally *range_tally(struct mmu_notifier *notifier)
{
	return &container_of(notifier, struct stlb_subscriber, range)->own;
}

static int on_start(struct mmu_notifier *notifier,
		    const struct mmu_notifier_range *range)
{
	struct stlb_tally *tally = range_tally(notifier);
	bool refuses;

	if (!stlb_tally_enter(tally, range->mm, range->start, range->end))
		return 0;
	atomic64_inc(&tally->starts);
	refuses = stlb_tally_refuses(tally, range);
	stlb_tally_leave(tally, mmu_notifier_range_blockable(range));
	return refuses ? -EAGAIN : 0;
}

static void on_end(struct mmu_notifier *notifier,
		   const struct mmu_notifier_range *range)
{
	struct stlb_tally *tally = range_tally(notifier);

	if (!stlb_tally_enter(tally, range->mm, range->start, range->end))
		return;
	atomic64_inc(&tally->ends);
	stlb_tally_leave(tally, false);
}

static void on_release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	released(range_tally(notifier), mm);
}

static const struct mmu_notifier_ops range_ops = {
	.invalidate_range_start = on_start,
	.invalidate_range_end = on_end,
	.release = on_release,
};

/* int in 6.12, bool in 7.2 */
#define young_t \
	typeof(((struct mmu_notifier_ops *)0)->test_young(NULL, NULL, 0))

static young_t on_clear_young(struct mmu_notifier *notifier,
			      struct mm_struct *mm, unsigned long start,
			      unsigned long end)
{
	struct stlb_tally *tally = range_tally(notifier);
	u64 page;

	if (!stlb_tally_enter(tally, mm, start, end))
		return 0;
	for (page = tally->start; page < tally->end; page += PAGE_SIZE)
		if (page < end && page + PAGE_SIZE > start)
			atomic64_or(BIT_ULL((page - tally->start) >>
					    PAGE_SHIFT),
				    &tally->aged);
	stlb_tally_leave(tally, false);
	return !!(tally->flags & STLB_SUB_YOUNG);
}

static young_t on_test_young(struct mmu_notifier *notifier,
			     struct mm_struct *mm, unsigned long address)
{
	struct stlb_tally *tally = range_tally(notifier);

	if (!stlb_tally_enter(tally, mm, address, address + 1))
		return 0;
	stlb_tally_leave(tally, false);
	return !!(tally->flags & STLB_SUB_YOUNG);
}

static const struct mmu_notifier_ops aging_ops = {
	.clear_flush_young = on_clear_young,
	.clear_young = on_clear_young,
	.test_young = on_test_young,
	.release = on_release,
};

static const struct mmu_notifier_ops start_ops = {
	.invalidate_range_start = on_start,
	.release = on_release,
};

static const struct mmu_notifier_ops release_ops = {
	.release = on_release,
};

#ifdef STLB_ONE_TABLE
static void on_both(STLB_SECONDARY_ARGS)
{
	told(range_tally(subscription), mm, start, end);
}

static const struct mmu_notifier_ops both_ops = {
	.STLB_SECONDARY_OP = on_both,
	.invalidate_range_start = on_start,
	.invalidate_range_end = on_end,
	.release = on_release,
};
#endif

static const struct mmu_notifier_ops *const ops_of[STLB_NR_SUBSCRIBERS] = {
	[STLB_SUB_RANGE] = &range_ops, [STLB_SUB_RELEASE] = &release_ops,
	[STLB_SUB_START] = &start_ops, [STLB_SUB_AGING] = &aging_ops,
#ifdef STLB_ONE_TABLE
	[STLB_SUB_BOTH] = &both_ops,
#endif
};

/* ---- life time ---------------------------------------------------------- */

static const u32 flags_of[STLB_NR_SUBSCRIBERS] = {
	[STLB_SUB_RANGE] = STLB_SUB_LINGER,
	[STLB_SUB_BOTH] = STLB_SUB_LINGER,
	[STLB_SUB_START] = STLB_SUB_LINGER | STLB_SUB_REFUSE,
	[STLB_SUB_INTERVAL] = STLB_SUB_LINGER | STLB_SUB_REFUSE,
	[STLB_SUB_AGING] = STLB_SUB_YOUNG,
};

static int check(const struct stlb_sub_request *req)
{
	if (req->abi != STLB_ABI)
		return -EPROTONOSUPPORT;
	if (req->kind >= STLB_NR_SUBSCRIBERS || req->reserved ||
	    req->flags & ~flags_of[req->kind] || !req->len ||
	    !PAGE_ALIGNED(req->start) || !PAGE_ALIGNED(req->len) ||
	    req->len > STLB_SUB_MAX_PAGES * PAGE_SIZE)
		return -EINVAL;
	if (!current->mm)
		return -ESRCH;
	if (req->start >= current->mm->task_size ||
	    req->len > current->mm->task_size - req->start)
		return -EINVAL;
	return 0;
}

static int start(struct stlb_subscriber *sub,
		 const struct stlb_sub_request *req)
{
	switch (req->kind) {
	case STLB_SUB_SHARED:
		sub->shared = stlb_shared_get(req);
		return PTR_ERR_OR_ZERO(sub->shared);
	case STLB_SUB_INTERVAL:
		sub->mirror = stlb_mirror_create(req, &sub->own);
		return PTR_ERR_OR_ZERO(sub->mirror);
	case STLB_SUB_SECONDARY:
		sub->secondary.ops = &secondary_ops;
		return stlb_subscribe(&sub->secondary, sub->mm);
	default:
		sub->range.ops = ops_of[req->kind];
		if (!sub->range.ops)
			return -EOPNOTSUPP;
		return mmu_notifier_register(&sub->range, sub->mm);
	}
}

struct stlb_subscriber *
stlb_subscriber_create(const struct stlb_sub_request *req)
{
	struct stlb_subscriber *sub;
	int err = check(req);

	if (err)
		return ERR_PTR(err);
	sub = kzalloc(sizeof(*sub), GFP_KERNEL);
	if (!sub)
		return ERR_PTR(-ENOMEM);
	sub->kind = req->kind;
	sub->mm = current->mm;
	sub->own.mm = current->mm;
	sub->own.flags = req->flags;
	sub->own.start = req->start;
	sub->own.end = req->start + req->len;
	mmgrab(sub->mm);
	err = start(sub, req);
	if (!err)
		return sub;
	mmdrop(sub->mm);
	kfree(sub);
	return ERR_PTR(err);
}

int stlb_subscriber_end(struct stlb_subscriber *sub)
{
	int err = 0;

	if (sub->ended)
		return -ENOENT;
	switch (sub->kind) {
	case STLB_SUB_SHARED:
		err = stlb_shared_put(sub->shared);
		sub->shared = NULL;
		break;
	case STLB_SUB_INTERVAL:
		stlb_mirror_remove(sub->mirror);
		break;
	case STLB_SUB_SECONDARY:
		stlb_unsubscribe(&sub->secondary, sub->mm);
		break;
	default:
		mmu_notifier_unregister(&sub->range, sub->mm);
		break;
	}
	sub->ended = true;
	/* Pairs with the acquire in stlb_tally_enter(). */
	smp_store_release(&sub->own.over, true);
	return err;
}

void stlb_subscriber_counts(struct stlb_subscriber *sub,
			    struct stlb_counts *counts)
{
	struct stlb_tally *tally =
		sub->shared ? stlb_shared_tally(sub->shared) : &sub->own;

	memset(counts, 0, sizeof(*counts));
	counts->secondary = atomic64_read(&tally->secondary);
	counts->starts = atomic64_read(&tally->starts);
	counts->ends = atomic64_read(&tally->ends);
	counts->intervals = atomic64_read(&tally->intervals);
	counts->releases = atomic64_read(&tally->releases);
	counts->foreign = atomic64_read(&tally->foreign);
	counts->late = atomic64_read(&tally->late);
	counts->again = atomic64_read(&tally->again);
	counts->refused = atomic64_read(&tally->refused);
	counts->sequence = sub->mirror ? stlb_mirror_sequence(sub->mirror) : 0;
	counts->aged = atomic64_read(&tally->aged);
	counts->under_way = atomic_read(&tally->under_way);
	counts->flags = STLB_ONE_TABLE_REFUSED ? STLB_COUNTS_REFUSES_BOTH : 0;
}

int stlb_subscriber_look(struct stlb_subscriber *sub, struct stlb_look *look)
{
	if (!sub->mirror || sub->ended || look->reserved)
		return -EINVAL;
	return stlb_mirror_look(sub->mirror, look);
}

void stlb_subscriber_destroy(struct stlb_subscriber *sub)
{
	stlb_subscriber_end(sub);
	stlb_mirror_free(sub->mirror);
	mmdrop(sub->mm);
	kfree(sub);
}
