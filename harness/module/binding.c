// SPDX-License-Identifier: GPL-2.0-only
/*
 * A binding subscribes to one mm twice, because from 6.6 one set of
 * mmu_notifier_ops may not have both the secondary-TLB op and range_start/end
 * (1af5a8109904): @secondary stands for an IOMMU that shares the page tables,
 * @range for a mirror. Both feed one ring, so their order is kept.
 *
 * Life time
 *
 *	create		register both: each takes mm_count
 *	mm exits	.release, then the core drops both subscriptions; the
 *			page tables go away, the ring stays readable
 *	destroy		unregister both (a no-op for the core after exit),
 *			which waits for callbacks and drops mm_count
 */

#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "binding.h"
#include "callers.h"
#include "compat.h"
#include "deaf.h"
#include "flushes.h"
#include "ring.h"
#include "stamp.h"
#include "walk.h"

struct stlb_binding {
	struct mm_struct *mm;
	struct STLB_SUBSCRIPTION secondary;
	struct mmu_notifier range;
	bool released; /* under ring.lock */
	struct stlb_stamp stamp; /* set once, under ring.lock */
	struct stlb_callers *callers; /* NULL, then set once, under ring.lock */
	struct stlb_flush_log *flushes; /* the same */
	struct stlb_ring ring;
	struct stlb_deaf *deaf; /* NULL: none */
	/* Page addresses, append only; both under ring.lock. */
	u32 nr_watched;
	unsigned long watched[STLB_MAX_WATCHED];
};

/* Interrupts are off in the recorder itself: @irqs_off is the caller's state. */
static u16 context_of(const struct stlb_binding *b, struct mm_struct *mm,
		      bool irqs_off)
{
	u16 context = 0;

	if (irqs_off)
		context |= STLB_CTX_IRQS_OFF;
	if (in_nmi() || in_hardirq() || in_serving_softirq())
		context |= STLB_CTX_INTERRUPT;
	if (in_atomic())
		context |= STLB_CTX_ATOMIC;
	if (rwsem_is_locked(&b->mm->mmap_lock))
		context |= STLB_CTX_MMAP_LOCK;
	if (mm != b->mm)
		context |= STLB_CTX_FOREIGN_MM;
	if (current->mm == b->mm)
		context |= STLB_CTX_CURRENT_MM;
	if (current->flags & PF_KTHREAD)
		context |= STLB_CTX_KTHREAD;
	return context;
}

/* The first watched page in [start, end), or NULL. Under ring.lock. */
static const unsigned long *first_watched(const struct stlb_binding *b,
					  u64 start, u64 end)
{
	u32 i;

	for (i = 0; i < b->nr_watched; i++)
		if (b->watched[i] >= start && b->watched[i] < end)
			return &b->watched[i];
	return NULL;
}

/*
 * Is a page-table lock held? Where locks are too large for a struct page, the table's
 * has memory of its own, which goes as soon as the table is unlinked, before the table
 * and whether or not interrupts are off (pagetable_dtor()). It is not looked into then:
 * lockdep knows which locks this task holds.
 */
#if !ALLOC_SPLIT_PTLOCKS
static bool is_held(spinlock_t *ptl)
{
	return spin_is_locked(ptl);
}
#elif defined(CONFIG_LOCKDEP)
static bool is_held(spinlock_t *ptl)
{
	int i;

	for (i = 0; i < current->lockdep_depth; i++)
		if (current->held_locks[i].instance == &ptl->dep_map)
			return true;
	return false;
}
#else
static bool is_held(spinlock_t *ptl)
{
	return false;
}
#endif

/* Its page-table lock. */
static u16 ptl_context(const struct stlb_binding *b, const unsigned long *page)
{
	struct stlb_pte pte;
	spinlock_t *ptl;

	if (!page)
		return 0;
	stlb_walk(b->mm, *page, &pte, &ptl);
	return ptl && is_held(ptl) ? STLB_CTX_PTL : 0;
}

/* What depends on which pages are watched. Under ring.lock. */
static void look_at_watched(struct stlb_binding *b, struct stlb_event *event)
{
	const unsigned long *page = first_watched(b, event->start, event->end);

	event->context |= ptl_context(b, page);
	if (page && b->callers && event->op == STLB_OP_SECONDARY)
		stlb_callers_note(b->callers);
}

static bool record(struct stlb_binding *b, struct stlb_event *event)
{
	struct stlb_pte pte;
	unsigned long flags;
	spinlock_t *ptl;
	bool stored;
	u32 i;

	event->time_ns = ktime_get_mono_fast_ns();
	event->preempt = preempt_count();
	event->pid = task_pid_nr(current);
	event->tgid = task_tgid_nr(current);
	memcpy(event->comm, current->comm, sizeof(event->comm));
	event->comm[sizeof(event->comm) - 1] = '\0';

	raw_spin_lock_irqsave(&b->ring.lock, flags);
	event->cpu = smp_processor_id();
	event->nr_ptes = event->op == STLB_OP_MARK ? 0 : b->nr_watched;
	event->stamp = stlb_stamp_read(&b->stamp);
	if (event->op == STLB_OP_RELEASE)
		b->released = true;
	else
		look_at_watched(b, event);
	stored = stlb_ring_begin(&b->ring, event);
	stlb_flush_log_event(b->flushes, event->seq);
	if (stored) {
		for (i = 0; i < event->nr_ptes; i++) {
			stlb_walk(b->mm, b->watched[i], &pte, &ptl);
			stlb_ring_pte(&b->ring, &pte);
		}
		stlb_ring_commit(&b->ring);
	}
	raw_spin_unlock_irqrestore(&b->ring.lock, flags);
	return stored;
}

static void on_secondary(STLB_SECONDARY_ARGS)
{
	struct stlb_binding *b =
		container_of(subscription, struct stlb_binding, secondary);
	struct stlb_event event = {
		.op = STLB_OP_SECONDARY,
		.context = context_of(b, mm, irqs_disabled()),
		.start = start,
		.end = end,
	};

	record(b, &event);
}

static enum stlb_range_kind kind_of(enum mmu_notifier_event event)
{
	switch (event) {
	case MMU_NOTIFY_UNMAP:
		return STLB_KIND_UNMAP;
	case MMU_NOTIFY_CLEAR:
		return STLB_KIND_CLEAR;
	case MMU_NOTIFY_PROTECTION_VMA:
		return STLB_KIND_PROTECTION_VMA;
	case MMU_NOTIFY_PROTECTION_PAGE:
		return STLB_KIND_PROTECTION_PAGE;
	case MMU_NOTIFY_SOFT_DIRTY:
		return STLB_KIND_SOFT_DIRTY;
	case MMU_NOTIFY_RELEASE:
		return STLB_KIND_RELEASE;
	case MMU_NOTIFY_MIGRATE:
		return STLB_KIND_MIGRATE;
	case MMU_NOTIFY_EXCLUSIVE:
		return STLB_KIND_EXCLUSIVE;
	default:
		return STLB_KIND_OTHER;
	}
}

static void on_range(struct stlb_binding *b, enum stlb_op op,
		     const struct mmu_notifier_range *range)
{
	struct stlb_event event = {
		.op = op,
		.context = context_of(b, range->mm, irqs_disabled()),
		.start = range->start,
		.end = range->end,
		.cookie = kind_of(range->event),
	};

	if (mmu_notifier_range_blockable(range))
		event.context |= STLB_CTX_BLOCKABLE;
	record(b, &event);
}

static int on_range_start(struct mmu_notifier *subscription,
			  const struct mmu_notifier_range *range)
{
	on_range(container_of(subscription, struct stlb_binding, range),
		 STLB_OP_RANGE_START, range);
	return 0;
}

static void on_range_end(struct mmu_notifier *subscription,
			 const struct mmu_notifier_range *range)
{
	on_range(container_of(subscription, struct stlb_binding, range),
		 STLB_OP_RANGE_END, range);
}

static void on_release(struct STLB_SUBSCRIPTION *subscription,
		       struct mm_struct *mm)
{
	struct stlb_binding *b =
		container_of(subscription, struct stlb_binding, secondary);
	struct stlb_event event = {
		.op = STLB_OP_RELEASE,
		.context = context_of(b, mm, irqs_disabled()),
		.end = U64_MAX,
	};

	record(b, &event);
}

static const struct STLB_SUBSCRIPTION_OPS secondary_ops = {
	.STLB_SECONDARY_OP = on_secondary,
	.release = on_release,
};

static const struct mmu_notifier_ops range_ops = {
	.invalidate_range_start = on_range_start,
	.invalidate_range_end = on_range_end,
};

struct stlb_binding *stlb_binding_create(u32 ring_bytes)
{
	struct mm_struct *mm = current->mm;
	struct stlb_binding *b;
	int err;

	if (!mm)
		return ERR_PTR(-ESRCH);
	b = kvzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return ERR_PTR(-ENOMEM);
	err = stlb_ring_init(&b->ring, ring_bytes);
	if (err)
		goto free;
	b->mm = mm;
	b->secondary.ops = &secondary_ops;
	b->range.ops = &range_ops;
	err = stlb_subscribe(&b->secondary, mm);
	if (err)
		goto destroy_ring;
	err = mmu_notifier_register(&b->range, mm);
	if (err)
		goto unregister;
	return b;

unregister:
	stlb_unsubscribe(&b->secondary, mm);
destroy_ring:
	stlb_ring_destroy(&b->ring);
free:
	kvfree(b);
	return ERR_PTR(err);
}

void stlb_binding_destroy(struct stlb_binding *b)
{
	mmu_notifier_unregister(&b->range, b->mm);
	stlb_unsubscribe(&b->secondary, b->mm);
	stlb_callers_destroy(b->callers);
	stlb_flush_log_close(b->flushes);
	stlb_stamp_unpin(&b->stamp);
	stlb_ring_destroy(&b->ring);
	stlb_deaf_end(b->deaf);
	kvfree(b);
}

int stlb_binding_deafen(struct stlb_binding *b, const struct stlb_deafen *req)
{
	struct stlb_deaf *deaf;

	if (req->reserved || current->mm != b->mm)
		return -EINVAL;
	if (req->vm == STLB_NO_VM) {
		stlb_deaf_end(b->deaf);
		b->deaf = NULL;
		return 0;
	}
	if (b->deaf)
		return -EBUSY;
	deaf = stlb_deaf_create(&b->range, req->vm);
	if (IS_ERR(deaf))
		return PTR_ERR(deaf);
	b->deaf = deaf;
	return 0;
}

int stlb_binding_watch(struct stlb_binding *b, const struct stlb_watch *watch)
{
	unsigned long flags;
	int err = 0;
	u64 i;

	if (!watch->nr_pages || !PAGE_ALIGNED(watch->start))
		return -EINVAL;
	if (watch->nr_pages > STLB_MAX_WATCHED)
		return -EINVAL;
	if (watch->start >= b->mm->task_size ||
	    watch->nr_pages * PAGE_SIZE > b->mm->task_size - watch->start)
		return -EINVAL;

	raw_spin_lock_irqsave(&b->ring.lock, flags);
	if (watch->nr_pages > STLB_MAX_WATCHED - b->nr_watched) {
		err = -ENOSPC;
	} else {
		for (i = 0; i < watch->nr_pages; i++)
			b->watched[b->nr_watched++] =
				watch->start + i * PAGE_SIZE;
	}
	raw_spin_unlock_irqrestore(&b->ring.lock, flags);
	return err;
}

int stlb_binding_ptes(struct stlb_binding *b, struct stlb_ptes *req)
{
	u32 i, room = req->nr_ptes;
	struct stlb_pte *ptes;
	int err = 0;

	if (req->reserved)
		return -EINVAL;
	/* Serialised by the caller against stlb_binding_watch(). */
	req->nr_ptes = b->nr_watched;
	if (room < b->nr_watched)
		return -ENOSPC;
	if (!b->nr_watched)
		return 0;
	ptes = kvcalloc(b->nr_watched, sizeof(*ptes), GFP_KERNEL);
	if (!ptes)
		return -ENOMEM;
	if (!mmget_not_zero(b->mm)) {
		err = -ESRCH;
		goto free;
	}
	for (i = 0; i < b->nr_watched; i++)
		stlb_walk_settled(b->mm, b->watched[i], &ptes[i]);
	mmput(b->mm);
	if (copy_to_user(u64_to_user_ptr(req->ptes), ptes,
			 b->nr_watched * sizeof(*ptes)))
		err = -EFAULT;
free:
	kvfree(ptes);
	return err;
}

int stlb_binding_mark(struct stlb_binding *b, u64 cookie)
{
	struct stlb_event event = {
		.op = STLB_OP_MARK,
		.context = context_of(b, b->mm, irqs_disabled()),
		.cookie = cookie,
	};

	return record(b, &event) ? 0 : -ENOBUFS;
}

int stlb_binding_stamp(struct stlb_binding *b, u64 addr)
{
	struct stlb_stamp stamp;
	unsigned long flags;
	int err;

	/* Serialised by the caller: no other call sets it. */
	if (b->stamp.frame)
		return -EBUSY;
	err = stlb_stamp_pin(&stamp, addr);
	if (err)
		return err;
	raw_spin_lock_irqsave(&b->ring.lock, flags);
	b->stamp = stamp;
	raw_spin_unlock_irqrestore(&b->ring.lock, flags);
	return 0;
}

int stlb_binding_trace(struct stlb_binding *b)
{
	struct stlb_callers *callers;
	unsigned long flags;

	if (b->callers)
		return -EBUSY;
	callers = stlb_callers_create();
	if (IS_ERR(callers))
		return PTR_ERR(callers);
	raw_spin_lock_irqsave(&b->ring.lock, flags);
	b->callers = callers;
	raw_spin_unlock_irqrestore(&b->ring.lock, flags);
	return 0;
}

int stlb_binding_chains(struct stlb_binding *b, struct stlb_chains *req)
{
	return b->callers ? stlb_callers_copy(b->callers, req) : -ENODATA;
}

int stlb_binding_flushes_open(struct stlb_binding *b)
{
	struct stlb_flush_log *log;
	unsigned long flags;

	/* Serialised by the caller: no other call sets it, or watches more. */
	if (b->flushes)
		return -EBUSY;
	/* While its tables are there. */
	if (!mmget_not_zero(b->mm))
		return -ESRCH;
	log = stlb_flush_log_open(b->mm, b->watched, b->nr_watched, &b->stamp);
	mmput(b->mm);
	if (IS_ERR(log))
		return PTR_ERR(log);
	raw_spin_lock_irqsave(&b->ring.lock, flags);
	b->flushes = log;
	raw_spin_unlock_irqrestore(&b->ring.lock, flags);
	return 0;
}

int stlb_binding_flushes(struct stlb_binding *b, struct stlb_flushes *req)
{
	return b->flushes ? stlb_flush_log_copy(b->flushes, req) : -ENODATA;
}

int stlb_binding_visit(struct stlb_binding *b, u64 value)
{
	if (!b->flushes)
		return -ENODATA;
	stlb_flush_log_visit(b->flushes, value);
	return 0;
}

void stlb_binding_info(struct stlb_binding *b, struct stlb_info *info)
{
	unsigned long flags;

	memset(info, 0, sizeof(*info));
	info->mm_users = atomic_read(&b->mm->mm_users);
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		info->flags |= STLB_INFO_PREEMPT_COUNT;

	raw_spin_lock_irqsave(&b->ring.lock, flags);
	info->recorded = b->ring.seq - b->ring.lost;
	info->lost = b->ring.lost;
	info->nr_watched = b->nr_watched;
	if (b->released)
		info->flags |= STLB_INFO_RELEASED;
	raw_spin_unlock_irqrestore(&b->ring.lock, flags);
}

ssize_t stlb_binding_read(struct stlb_binding *b, char __user *buf,
			  size_t count)
{
	return stlb_ring_read(&b->ring, buf, count);
}
