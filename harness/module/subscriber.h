/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subscriber: one subscription of one kind, which counts its calls and does
 * nothing else. <linux/stlb.h>, third part.
 *
 *	chardev.c -> subscriber.c	life time and counting; ops tables of
 *	                |		mmu_notifier_register()
 *	                +-> shared.c	mmu_notifier_get() and _put()
 *	                +-> mirror.c	an interval notifier, and pages used by it
 */
#ifndef _STLB_SUBSCRIBER_H
#define _STLB_SUBSCRIBER_H

#include <linux/atomic.h>
#include <linux/mmu_notifier.h>
#include <linux/stlb.h>

/* What is counted; callbacks only, so any context but NMI. */
struct stlb_tally {
	u64 start; /* calls that touch [start, end) */
	u64 end;
	u32 flags; /* STLB_SUB_* */
	struct mm_struct *mm; /* whose calls they should be */
	bool over; /* unsubscribe has returned */
	atomic64_t secondary;
	atomic64_t starts;
	atomic64_t ends;
	atomic64_t intervals;
	atomic64_t releases;
	atomic64_t foreign;
	atomic64_t late;
	atomic64_t again;
	atomic64_t refused;
	atomic64_t aged; /* a bit for each page from @start */
	atomic_t under_way;
	/* Of the last call of the secondary-TLB op */
	struct task_struct *task;
	u64 turn;
	unsigned long last_start, last_end;
};

/* Brackets a callback. Returns false if it touches nothing that is counted. */
bool stlb_tally_enter(struct stlb_tally *tally, struct mm_struct *mm, u64 start,
		      u64 end);
/* @blockable: the callback may sleep; then STLB_SUB_LINGER lets others run. */
void stlb_tally_leave(struct stlb_tally *tally, bool blockable);
/* Between the two: may this one refuse, and does it? Then it is counted. */
bool stlb_tally_refuses(struct stlb_tally *tally,
			const struct mmu_notifier_range *range);
/* Gives up the CPU a bounded number of times. May sleep. */
void stlb_linger(const struct stlb_tally *tally);

struct stlb_subscriber;

/* All may sleep; calls on one subscriber are serialised by the caller. */

/* To current->mm. ERR_PTR: see STLB_IOC_SUBSCRIBE. Takes mmap_lock for writing. */
struct stlb_subscriber *
stlb_subscriber_create(const struct stlb_sub_request *req);
/* Ends the subscription; counts stay readable. -ENOENT: it has ended. */
int stlb_subscriber_end(struct stlb_subscriber *sub);
void stlb_subscriber_counts(struct stlb_subscriber *sub,
			    struct stlb_counts *counts);
int stlb_subscriber_look(struct stlb_subscriber *sub, struct stlb_look *look);
/* Ends it first if need be. */
void stlb_subscriber_destroy(struct stlb_subscriber *sub);

/* mmu_notifier_get(): one for all files on the same mm. */
struct stlb_shared;
struct stlb_shared *stlb_shared_get(const struct stlb_sub_request *req);
/*
 * -EINTR: a fatal signal came before the kernel had let go of the last one. It does so
 * later, and stlb_shared_exit() waits for that.
 */
int stlb_shared_put(struct stlb_shared *shared);
/* Nobody subscribes any more. When it returns no callback of any is to come. May sleep. */
void stlb_shared_exit(void);
struct stlb_tally *stlb_shared_tally(struct stlb_shared *shared);

/* An interval notifier on current->mm. */
struct stlb_mirror;
struct stlb_mirror *stlb_mirror_create(const struct stlb_sub_request *req,
				       struct stlb_tally *tally);
void stlb_mirror_remove(struct stlb_mirror *mirror);
int stlb_mirror_look(struct stlb_mirror *mirror, struct stlb_look *look);
/* Of the last callback; 0: there was none. */
u64 stlb_mirror_sequence(const struct stlb_mirror *mirror);
void stlb_mirror_free(struct stlb_mirror *mirror);

#endif /* _STLB_SUBSCRIBER_H */
