// SPDX-License-Identifier: GPL-2.0-only
/*
 * The modelled device: a TLB in software, filled by a walk of the mm's page
 * tables, and a DMA engine that copies through the frames it has cached.
 *
 *	page tables --walk--> tlb --translation--> atc, if the profile has one
 */

#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "device.h"
#include "frame.h"
#include "tlb.h"
#include "walk.h"

struct model {
	raw_spinlock_t lock; /* see tlb.h */
	struct stlb_tlb tlb;
	struct stlb_tlb atc;
};

static struct model *model_of(struct stlb_device *device)
{
	return device->state;
}

/* The cache that the device itself looks into. */
static struct stlb_tlb *nearest(struct stlb_device *device)
{
	struct model *model = model_of(device);

	return device->traits->atc ? &model->atc : &model->tlb;
}

static const char *model_missing(u32 profile, const char **name)
{
	*name = "model";
	if (!stlb_traits(profile))
		return "a hypervisor's second stage is not a device";
	if (profile != STLB_OPENCAPI_P9)
		return NULL;
	return stlb_snoop ? stlb_snoop->missing() : stlb_no_snoop;
}

static int model_bind(struct stlb_device *device, const struct stlb_attach *req)
{
	struct model *model;
	int err;

	if (req->mailbox || !is_power_of_2(req->sets) ||
	    req->sets > STLB_MAX_SETS || !req->ways ||
	    req->ways > STLB_MAX_WAYS)
		return -EINVAL;
	model = kmalloc(sizeof(*model), GFP_KERNEL);
	if (!model)
		return -ENOMEM;
	raw_spin_lock_init(&model->lock);
	err = stlb_tlb_init(&model->tlb, &model->lock, req->sets, req->ways);
	if (err)
		goto free;
	err = stlb_tlb_init(&model->atc, &model->lock, req->sets, req->ways);
	if (err)
		goto destroy;
	device->state = model;
	return 0;

destroy:
	stlb_tlb_destroy(&model->tlb);
free:
	kfree(model);
	return err;
}

static void model_unbind(struct stlb_device *device)
{
	struct model *model = model_of(device);

	stlb_tlb_destroy(&model->atc);
	stlb_tlb_destroy(&model->tlb);
	kfree(model);
}

static void copy(struct stlb_attempt *a, struct page *frame)
{
	if (a->kind == STLB_WRITE)
		stlb_frame_write(frame, offset_in_page(a->addr), a->data,
				 a->len);
	else
		stlb_frame_read(frame, offset_in_page(a->addr), a->data,
				a->len);
}

/* Translating and moving, under the lock. */
struct step {
	bool alive; /* the mm has users, and keeps them */
	struct page *used; /* one of @left, for the time of the copy */
	struct stlb_leftovers
		left; /* at most two replaced, and three looked at */
	unsigned long dead; /* the frame of STLB_FAULT_DEAD */
};

/*
 * Without STLB_ATTACH_HOLD the frame is the page's as long as the page table maps
 * it; an anonymous one also while a copy of it is made or another process maps
 * it. A reference can then be taken for the time of the access. Returns the frame,
 * whose reference is left in @step, or NULL: the entry is a dead one.
 */
static struct page *frame_in_use(struct stlb_device *device,
				 const struct stlb_entry *entry,
				 struct step *step)
{
	struct stlb_pte pte;
	struct page *frame;

	if (!step->alive)
		return NULL;
	frame = stlb_frame_get(device->mm, entry->page, &pte, &step->left);
	if (frame)
		stlb_leave(&step->left, frame);
	if (frame && pte.pfn == entry->pfn)
		return frame;
	frame = stlb_frame_get_owned(entry->pfn, &entry->owner, &step->left);
	if (frame)
		stlb_leave(&step->left, frame);
	return frame;
}

static void move(struct stlb_device *device, struct stlb_attempt *a,
		 const struct stlb_entry *entry, struct step *step)
{
	struct page *frame = entry->hold.frame;

	if (!frame)
		frame = step->used ?: frame_in_use(device, entry, step);
	if (!frame) {
		a->fault = STLB_FAULT_DEAD;
		step->dead = entry->pfn;
		return;
	}
	copy(a, frame);
	a->pfn = entry->pfn;
}

/* A slot for the page at @addr. ERR_PTR(-ENOSPC) if there is none. */
static struct stlb_entry *slot(struct stlb_device *device, struct stlb_tlb *tlb,
			       unsigned long addr, struct step *step)
{
	struct stlb_entry *entry;
	bool evicted;

	entry = stlb_tlb_slot(tlb, addr, device->flags & STLB_ATTACH_EVICT,
			      &evicted, &step->left);
	atomic64_add(evicted, &device->count.evictions);
	return entry ?: ERR_PTR(-ENOSPC);
}

/* Walks and inserts. NULL with a->fault set, or ERR_PTR. */
static struct stlb_entry *walk(struct stlb_device *device,
			       struct stlb_attempt *a, struct step *step)
{
	struct stlb_tlb *tlb = &model_of(device)->tlb;
	struct stlb_frame_owner owner;
	struct stlb_entry *entry;
	struct stlb_pte pte;
	struct page *frame;

	frame = stlb_frame_get(device->mm, a->addr, &pte, &step->left);
	if (!frame) {
		a->fault = STLB_FAULT_TRANSLATION;
		return NULL;
	}
	owner = stlb_frame_owner(frame);
	entry = slot(device, tlb, a->addr, step);
	if (IS_ERR(entry)) {
		stlb_leave(&step->left, frame);
		return entry;
	}
	*entry = (struct stlb_entry){
		.page = a->addr & PAGE_MASK,
		.pfn = pte.pfn,
		.owner = owner,
		.valid = true,
		.write = pte.flags & STLB_PTE_HW_WRITE,
		.exec = pte.flags & STLB_PTE_HW_EXEC,
		.used = ++tlb->clock,
	};
	if (device->flags & STLB_ATTACH_HOLD) {
		stlb_hold(&entry->hold, frame);
	} else {
		stlb_leave(&step->left, frame);
		step->used = frame;
	}
	return entry;
}

/* The ATC's copy of the TLB's entry, with a reference of its own. */
static struct stlb_entry *to_atc(struct stlb_device *device,
				 const struct stlb_entry *from,
				 struct step *step)
{
	struct stlb_tlb *atc = &model_of(device)->atc;
	struct stlb_entry *entry = slot(device, atc, from->page, step);

	if (IS_ERR(entry))
		return entry;
	*entry = *from;
	entry->used = ++atc->clock;
	entry->hold = (struct stlb_hold){ NULL };
	if (from->hold.frame)
		stlb_hold_too(&entry->hold, from->hold.frame);
	return entry;
}

static bool denies(const struct stlb_entry *entry, const struct stlb_attempt *a)
{
	return (a->kind == STLB_WRITE && !entry->write) ||
	       (a->kind == STLB_FETCH && !entry->exec);
}

/*
 * From the nearest cache that has it, else by a walk. A hit that denies the
 * access is used as it is, unless the profile fetches it again.
 */
static struct stlb_entry *translate(struct stlb_device *device,
				    struct stlb_attempt *a, struct step *step)
{
	struct stlb_tlb *tlb = &model_of(device)->tlb;
	struct stlb_entry *entry = stlb_tlb_find(nearest(device), a->addr);

	atomic64_inc(entry ? &device->count.hits : &device->count.misses);
	if (entry && device->traits->atc)
		return entry;
	if (device->traits->atc)
		entry = stlb_tlb_find(tlb, a->addr);
	if (entry && denies(entry, a) && device->traits->refetches) {
		stlb_tlb_drop(tlb, entry);
		entry = NULL;
	}
	if (!entry && step->alive)
		entry = walk(device, a, step);
	else if (!entry)
		a->fault = STLB_FAULT_TRANSLATION;
	if (!IS_ERR_OR_NULL(entry) && device->traits->atc)
		entry = to_atc(device, entry, step);
	return entry;
}

static int translate_and_move(struct stlb_device *device,
			      struct stlb_attempt *a, struct step *step)
{
	struct stlb_entry *entry = translate(device, a, step);

	if (IS_ERR_OR_NULL(entry))
		return PTR_ERR_OR_ZERO(entry);
	if (denies(entry, a))
		a->fault = STLB_FAULT_PERMISSION;
	else
		move(device, a, entry, step);
	return 0;
}

static int take_step(struct stlb_device *device, struct stlb_attempt *a,
		     struct step *step)
{
	struct model *model = model_of(device);
	unsigned long flags;
	int err;

	*step = (struct step){ .alive = mmget_not_zero(device->mm) };
	raw_spin_lock_irqsave(&model->lock, flags);
	err = translate_and_move(device, a, step);
	raw_spin_unlock_irqrestore(&model->lock, flags);
	stlb_leftovers_put(&step->left);
	return err;
}

/* Does the page table map the frame that was taken for a dead one? */
static bool is_mapped(struct stlb_device *device, unsigned long addr,
		      const struct step *step)
{
	struct stlb_pte pte;

	stlb_walk_settled(device->mm, addr, &pte);
	return pte.flags & STLB_PTE_PRESENT && pte.pfn == step->dead;
}

/*
 * A frame is dead where the page table does not map it, and not where its entry was
 * only clear for a moment.
 */
static int model_access(struct stlb_device *device, struct stlb_attempt *a)
{
	struct model *model = model_of(device);
	bool again = false;
	struct step step;
	int err;

	stlb_tlb_reap(&model->tlb);
	stlb_tlb_reap(&model->atc);
	do {
		a->fault = STLB_FAULT_NONE;
		err = take_step(device, a, &step);
		again = !again && step.alive && a->fault == STLB_FAULT_DEAD &&
			is_mapped(device, a->addr, &step);
		if (step.alive)
			mmput(device->mm);
	} while (again);
	return err;
}

static bool overlaps(const struct stlb_entry *entry, unsigned long start,
		     unsigned long end)
{
	return entry->valid && entry->page + PAGE_SIZE > start &&
	       entry->page < end;
}

static void drop_range(struct stlb_device *device, struct stlb_tlb *tlb,
		       unsigned long start, unsigned long end)
{
	u32 i;

	for (i = 0; i < tlb->sets * tlb->ways; i++) {
		if (!overlaps(&tlb->entries[i], start, end))
			continue;
		atomic64_inc(&device->count.dropped);
		stlb_tlb_drop(tlb, &tlb->entries[i]);
	}
}

/*
 * The wrong order, at its worst: between the two commands the device uses each
 * page, and has it back from the TLB. So what the TLB has stays in the ATC.
 */
static void drop_atc_first(struct stlb_device *device, unsigned long start,
			   unsigned long end)
{
	struct model *model = model_of(device);
	u32 i;

	for (i = 0; i < model->atc.sets * model->atc.ways; i++) {
		struct stlb_entry *entry = &model->atc.entries[i];

		if (overlaps(entry, start, end) &&
		    !stlb_tlb_find(&model->tlb, entry->page))
			stlb_tlb_drop(&model->atc, entry);
	}
	drop_range(device, &model->tlb, start, end);
}

/* Freed before the device was told: nobody but devices has it any more. */
static void count_early_free(struct stlb_device *device, unsigned long start,
			     unsigned long end)
{
	struct model *model = model_of(device);
	u32 i;

	for (i = 0; i < model->tlb.sets * model->tlb.ways; i++) {
		struct stlb_entry *entry = &model->tlb.entries[i];

		if (overlaps(entry, start, end) && entry->hold.frame &&
		    stlb_frame_is_free(entry->hold.frame))
			atomic64_inc(&device->count.early_free);
	}
}

static void model_invalidate(struct stlb_device *device, unsigned long start,
			     unsigned long end, bool told)
{
	struct model *model = model_of(device);
	unsigned long flags;

	raw_spin_lock_irqsave(&model->lock, flags);
	if (told)
		count_early_free(device, start, end);
	if (device->flags & STLB_ATTACH_ATC_FIRST) {
		drop_atc_first(device, start, end);
	} else {
		drop_range(device, &model->tlb, start, end);
		drop_range(device, &model->atc, start, end);
	}
	raw_spin_unlock_irqrestore(&model->lock, flags);
}

static void model_release(struct stlb_device *device)
{
	model_invalidate(device, 0, ULONG_MAX, true);
}

static int model_query(struct stlb_device *device, struct stlb_query *query)
{
	struct model *model = model_of(device);
	struct stlb_entry *entry;
	unsigned long flags;

	raw_spin_lock_irqsave(&model->lock, flags);
	entry = stlb_tlb_find(nearest(device), query->addr);
	query->pfn = entry ? entry->pfn : 0;
	query->flags = entry ? STLB_CACHED : 0;
	if (entry && entry->write)
		query->flags |= STLB_CACHED_WRITE;
	if (entry && entry->exec)
		query->flags |= STLB_CACHED_EXEC;
	raw_spin_unlock_irqrestore(&model->lock, flags);
	return 0;
}

const struct stlb_device_ops stlb_model_ops = {
	.missing = model_missing,
	.fetches = true,
	.bind = model_bind,
	.unbind = model_unbind,
	.access = model_access,
	.invalidate = model_invalidate,
	.release = model_release,
	.query = model_query,
};
