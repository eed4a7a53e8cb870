// SPDX-License-Identifier: GPL-2.0-only

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <stlb/flush.h>

#include "flush.h" /* arch/ARCH/flush.h */
#include "flushes.h"
#include "walk.h"

/* The box: one block of memory, which QEMU knows by its physical address */
#define BOX_BYTES (1UL << 20)

struct stlb_flush_log {
	struct mm_struct *mm; /* the binding's */
	struct stlb_flush_box *box;
};

/* The plugin has room for one. */
static atomic_t in_use;

static void watch(struct stlb_flush_box *box, struct mm_struct *mm,
		  const unsigned long *watched, u32 nr)
{
	void *entries[STLB_FLUSH_LEVELS];
	unsigned long flags;
	u32 i, l;

	box->nr_watched = min_t(u32, nr, STLB_FLUSH_WATCHED);
	for (i = 0; i < box->nr_watched; i++) {
		memset(entries, 0, sizeof(entries));
		local_irq_save(flags);
		stlb_walk_entries(mm, watched[i], entries);
		for (l = 0; l < STLB_FLUSH_LEVELS && entries[l]; l++) {
			box->words[i][l].phys = __pa(entries[l]);
			box->words[i][l].value = READ_ONCE(*(u64 *)entries[l]);
		}
		local_irq_restore(flags);
	}
}

static struct stlb_flush_box *make_box(struct mm_struct *mm,
				       const unsigned long *watched, u32 nr,
				       const struct stlb_stamp *stamp)
{
	struct stlb_flush_box *box;

	/* Below 4 GiB memory has no hole in QEMU's view. */
	box = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO | __GFP_DMA32 |
					       __GFP_NOWARN,
				       get_order(BOX_BYTES));
	if (!box)
		return NULL;
	box->phys = __pa(box);
	box->abi = STLB_FLUSH_ABI;
	box->room = (BOX_BYTES - sizeof(*box)) / sizeof(box->events[0]);
	box->space = stlb_flush_space(mm);
	box->mask = STLB_FLUSH_MASK;
	if (stamp->frame)
		box->stamp = PFN_PHYS(page_to_pfn(stamp->frame)) +
			     stamp->offset;
	watch(box, mm, watched, nr);
	box->magic = STLB_FLUSH_MAGIC;
	return box;
}

static void free_box(struct stlb_flush_box *box)
{
	box->magic = 0;
	free_pages((unsigned long)box, get_order(BOX_BYTES));
}

struct stlb_flush_log *stlb_flush_log_open(struct mm_struct *mm,
					   const unsigned long *watched, u32 nr,
					   const struct stlb_stamp *stamp)
{
	struct stlb_flush_log *log;
	int err = -ENOMEM;

	if (atomic_cmpxchg(&in_use, 0, 1))
		return ERR_PTR(-EBUSY);
	log = kzalloc(sizeof(*log), GFP_KERNEL);
	if (!log)
		goto release;
	log->mm = mm;
	log->box = make_box(mm, watched, nr, stamp);
	if (!log->box)
		goto free;
	stlb_flush_mark(STLB_MARK_OPEN, log->box->phys);
	if (READ_ONCE(log->box->answered) == STLB_FLUSH_ABI)
		return log;
	err = -EOPNOTSUPP;
	free_box(log->box);
free:
	kfree(log);
release:
	atomic_set(&in_use, 0);
	return ERR_PTR(err);
}

void stlb_flush_log_close(struct stlb_flush_log *log)
{
	if (!log)
		return;
	stlb_flush_mark(STLB_MARK_CLOSE, 0);
	free_box(log->box);
	kfree(log);
	atomic_set(&in_use, 0);
}

void stlb_flush_log_event(const struct stlb_flush_log *log, u64 seq)
{
	if (log)
		stlb_flush_mark(STLB_MARK_EVENT, seq);
}

void stlb_flush_log_visit(const struct stlb_flush_log *log, u64 value)
{
	stlb_flush_mark(STLB_MARK_VISIT, value);
}

int stlb_flush_log_copy(const struct stlb_flush_log *log,
			struct stlb_flushes *req)
{
	u32 room = req->nr;

	if (req->reserved)
		return -EINVAL;
	/* Those that come while this is copied are the next call's. */
	req->nr = READ_ONCE(log->box->nr);
	req->lost = READ_ONCE(log->box->lost);
	req->space = log->box->space;
	req->moved = stlb_flush_space(log->mm) != log->box->space;
	if (room < req->nr)
		return -ENOSPC;
	if (copy_to_user(u64_to_user_ptr(req->flushes), log->box->events,
			 req->nr * sizeof(log->box->events[0])))
		return -EFAULT;
	return 0;
}
