// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulated device: edu behind the machine's IOMMU, which walks the mm's
 * page tables. The hardware tells neither what it has cached nor, always, that
 * an access failed, so what happened is told by the bytes:
 *
 *	write	data -> mailbox page -> edu's buffer -> @addr; in which frame
 *		that the device may have cached do they stand now?
 *	read	noise -> mailbox page -> edu's buffer, then @addr -> buffer ->
 *		mailbox page: what a frame holds that the device may have
 *		cached, or something else?
 *
 * The mailbox is a user page whose translation never changes; edu has no way to
 * memory but by user virtual address.
 */

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "device.h"
#include "edu.h"
#include "frame.h"
#include "walk.h"

/* Frames that one device can have met. */
#define MAX_FRAMES 512

/* A frame that the IOMMU may have cached for a page. */
struct met {
	unsigned long page; /* address */
	unsigned long pfn;
	struct stlb_hold hold; /* STLB_ATTACH_HOLD */
	bool was; /* held the bytes before the copy */
};

struct emulated {
	struct stlb_edu *edu;
	unsigned long mailbox; /* address */
	struct page *mailbox_frame; /* pinned */
	u32 nr_met;
	struct met met[MAX_FRAMES];
};

/* One IOMMU and one edu: one user, who holds this. */
static DEFINE_MUTEX(emulated_lock);
static struct emulated *the_emulated; /* under emulated_lock */

static struct emulated *emulated_of(struct stlb_device *device)
{
	return device->state;
}

static const char *missing_locked(void)
{
	const char *missing;
	struct stlb_edu *edu;

	if (the_emulated)
		return NULL;
	edu = stlb_edu_get(&missing);
	if (!edu)
		return missing;
	missing = stlb_iommu->missing(stlb_edu_pci(edu));
	stlb_edu_put(edu);
	return missing;
}

static const char *emulated_missing(u32 profile, const char **name)
{
	const char *missing;

	*name = "emulated";
	if (!stlb_iommu)
		return stlb_no_iommu;
	*name = stlb_iommu->name;
	if (profile != stlb_iommu->profile)
		return "QEMU's IOMMU has neither page requests nor broadcasts: it plays only the profile without";
	mutex_lock(&emulated_lock);
	missing = missing_locked();
	mutex_unlock(&emulated_lock);
	return missing;
}

static int take_hardware(struct stlb_device *device, struct emulated *e)
{
	const char *missing;
	int err;

	e->edu = stlb_edu_get(&missing);
	if (!e->edu)
		return -ENODEV;
	err = stlb_iommu->attach(device->mm, stlb_edu_pci(e->edu));
	if (err)
		stlb_edu_put(e->edu);
	return err;
}

static int bind_locked(struct stlb_device *device, struct emulated *e)
{
	int nr, err;

	if (the_emulated)
		return -EBUSY;
	nr = pin_user_pages_fast(e->mailbox, 1, FOLL_WRITE | FOLL_LONGTERM,
				 &e->mailbox_frame);
	if (nr != 1)
		return nr < 0 ? nr : -EFAULT;
	err = take_hardware(device, e);
	if (err) {
		unpin_user_page(e->mailbox_frame);
		return err;
	}
	the_emulated = e;
	device->state = e;
	return 0;
}

static int emulated_bind(struct stlb_device *device,
			 const struct stlb_attach *req)
{
	struct emulated *e;
	int err;

	if (!req->mailbox || !PAGE_ALIGNED(req->mailbox) || req->sets ||
	    req->ways || req->flags & STLB_ATTACH_EVICT)
		return -EINVAL;
	e = kvzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	e->mailbox = req->mailbox;
	mutex_lock(&emulated_lock);
	err = bind_locked(device, e);
	mutex_unlock(&emulated_lock);
	if (err)
		kvfree(e);
	return err;
}

static void emulated_unbind(struct stlb_device *device)
{
	struct emulated *e = emulated_of(device);
	u32 i;

	mutex_lock(&emulated_lock);
	stlb_iommu->detach();
	stlb_edu_put(e->edu);
	the_emulated = NULL;
	mutex_unlock(&emulated_lock);
	unpin_user_page(e->mailbox_frame);
	for (i = 0; i < e->nr_met; i++)
		if (e->met[i].hold.frame)
			put_page(stlb_unhold(&e->met[i].hold));
	kvfree(e);
}

/* ---- frames ------------------------------------------------------------- */

static struct met *find_met(struct emulated *e, unsigned long page,
			    unsigned long pfn)
{
	u32 i;

	for (i = 0; i < e->nr_met; i++)
		if (e->met[i].page == page && (!pfn || e->met[i].pfn == pfn))
			return &e->met[i];
	return NULL;
}

/* Looks that found nothing, each while another CPU was changing the entry. */
#define PASSING 16

/* The frame that the page table has for @page now, with a reference, or NULL. */
static struct page *current_frame(struct stlb_device *device,
				  unsigned long page, struct stlb_pte *pte)
{
	struct stlb_leftovers left = { .nr = 0 };
	struct page *frame = NULL;
	struct stlb_pte settled;
	u32 i;

	if (!mmget_not_zero(device->mm))
		return NULL;
	for (i = 0; !frame && i < PASSING; i++) {
		local_irq_disable();
		frame = stlb_frame_get(device->mm, page, pte, &left);
		local_irq_enable();
		stlb_leftovers_put(&left);
		if (frame)
			break;
		stlb_walk_settled(device->mm, page, &settled);
		if (!(settled.flags & STLB_PTE_HW_READ))
			break;
	}
	mmput(device->mm);
	return frame;
}

/*
 * Notes the frame that the hardware may be about to cache. Without
 * STLB_ATTACH_HOLD a page may only ever have one: a stale entry for another
 * would let the hardware write to memory that is somebody else's by now.
 */
static int meet(struct stlb_device *device, unsigned long page)
{
	bool hold = device->flags & STLB_ATTACH_HOLD;
	struct emulated *e = emulated_of(device);
	struct stlb_pte pte;
	struct page *frame;
	struct met *met;

	frame = current_frame(device, page, &pte);
	if (!frame)
		return hold || !find_met(e, page, 0) ? 0 : -EOPNOTSUPP;
	met = find_met(e, page, pte.pfn);
	if (!met && e->nr_met < MAX_FRAMES && (hold || !find_met(e, page, 0))) {
		met = &e->met[e->nr_met++];
		*met = (struct met){ .page = page, .pfn = pte.pfn };
		if (hold) {
			stlb_hold(&met->hold, frame);
			return 0;
		}
	}
	put_page(frame);
	if (met)
		return 0;
	return hold ? -ENOSPC : -EOPNOTSUPP;
}

/* Does the frame hold the attempt's bytes at its address? */
static bool holds_bytes(const struct met *met, const struct stlb_attempt *a)
{
	struct page *frame = met->hold.frame ?: pfn_to_page(met->pfn);
	u8 *bytes = kmap_local_page(frame) + offset_in_page(a->addr);
	bool same = !memcmp(bytes, a->data, a->len);

	kunmap_local(bytes);
	return same;
}

static bool is_candidate(const struct met *met, const struct stlb_attempt *a)
{
	return met->page == (a->addr & PAGE_MASK);
}

/* ---- access ------------------------------------------------------------- */

static void look_before(struct emulated *e, const struct stlb_attempt *a)
{
	u32 i;

	for (i = 0; i < e->nr_met; i++)
		if (is_candidate(&e->met[i], a))
			e->met[i].was = holds_bytes(&e->met[i], a);
}

/*
 * Where the bytes are that were not there before; where they were everywhere
 * before, nobody can tell.
 */
static const struct met *look_after(struct emulated *e,
				    const struct stlb_attempt *a)
{
	u32 i;

	for (i = 0; i < e->nr_met; i++)
		if (is_candidate(&e->met[i], a) && !e->met[i].was &&
		    holds_bytes(&e->met[i], a))
			return &e->met[i];
	return NULL;
}

/* How many frames have these bytes? @last: one of them. */
static unsigned int look_for(struct emulated *e, const struct stlb_attempt *a,
			     const struct met **last)
{
	unsigned int nr = 0;
	u32 i;

	for (i = 0; i < e->nr_met; i++) {
		if (!is_candidate(&e->met[i], a) || !holds_bytes(&e->met[i], a))
			continue;
		*last = &e->met[i];
		nr++;
	}
	return nr;
}

/* A fault that the hardware recorded for this access, if it did. */
static void take_fault(struct stlb_attempt *a)
{
	struct stlb_iommu_fault last;

	if (!stlb_iommu->faults(&last) ||
	    (last.address & PAGE_MASK) != (a->addr & PAGE_MASK))
		return;
	a->raw = last.code;
	a->fault = stlb_iommu->kind_of_fault(last.code);
}

static int load_buffer(struct emulated *e, const void *data, u32 len)
{
	stlb_frame_write(e->mailbox_frame, 0, data, len);
	return stlb_edu_copy(e->edu, e->mailbox, len, false);
}

/*
 * Bytes that no frame has, and no fault: the entry may have been clear before the copy,
 * and have come back during it. A frame that is met now is looked at as one that had
 * no such bytes.
 */
static int meet_late(struct stlb_device *device, const struct stlb_attempt *a)
{
	return a->fault ? 0 : meet(device, a->addr & PAGE_MASK);
}

static int dma_write(struct stlb_device *device, struct stlb_attempt *a)
{
	struct emulated *e = emulated_of(device);
	const struct met *landed;
	int err;

	err = load_buffer(e, a->data, a->len);
	if (err)
		return err;
	look_before(e, a);
	err = stlb_edu_copy(e->edu, a->addr, a->len, true);
	if (err)
		return err;
	take_fault(a);
	landed = look_after(e, a);
	if (!landed) {
		err = meet_late(device, a);
		if (err)
			return err;
		landed = look_after(e, a);
	}
	if (landed)
		a->pfn = landed->pfn;
	else if (!a->fault)
		a->fault = STLB_FAULT_SILENT;
	return 0;
}

static int dma_read(struct stlb_device *device, struct stlb_attempt *a)
{
	struct emulated *e = emulated_of(device);
	const struct met *from;
	unsigned int holders;
	void *noise;
	int err;

	noise = kmalloc(a->len, GFP_KERNEL);
	if (!noise)
		return -ENOMEM;
	get_random_bytes(noise, a->len);
	err = load_buffer(e, noise, a->len);
	if (!err)
		err = stlb_edu_copy(e->edu, a->addr, a->len, false);
	if (err)
		goto free;
	take_fault(a);
	err = stlb_edu_copy(e->edu, e->mailbox, a->len, true);
	if (err)
		goto free;
	stlb_frame_read(e->mailbox_frame, 0, a->data, a->len);
	holders = look_for(e, a, &from);
	if (!holders) {
		err = meet_late(device, a);
		holders = look_for(e, a, &from);
	}
	if (holders == 1)
		a->pfn = from->pfn;
	else if (!holders && !a->fault)
		a->fault = STLB_FAULT_SILENT;
free:
	kfree(noise);
	return err;
}

/* The part of an access that fits edu's buffer. */
static int access_part(struct stlb_device *device, struct stlb_attempt *a)
{
	struct emulated *e = emulated_of(device);
	int err = meet(device, a->addr & PAGE_MASK);

	if (err)
		return err;
	return a->kind == STLB_WRITE ? dma_write(device, a) :
				       dma_read(device, a);
}

static int emulated_access(struct stlb_device *device, struct stlb_attempt *a)
{
	struct stlb_attempt part = *a;
	u32 left = a->len;
	int err = 0;

	mutex_lock(&emulated_lock);
	while (left && !err && !part.fault) {
		part.len = min_t(u32, left, STLB_EDU_BUFFER);
		err = access_part(device, &part);
		part.addr += part.len;
		part.data += part.len;
		left -= part.len;
	}
	mutex_unlock(&emulated_lock);
	a->fault = part.fault;
	a->raw = part.raw;
	a->pfn = part.pfn;
	return err;
}

static void emulated_invalidate(struct stlb_device *device, unsigned long start,
				unsigned long end, bool told)
{
	if (stlb_iommu->invalidate(start, end))
		atomic64_inc(&device->count.timeouts);
}

static void emulated_release(struct stlb_device *device)
{
	if (stlb_iommu->release())
		atomic64_inc(&device->count.timeouts);
}

static int emulated_query(struct stlb_device *device, struct stlb_query *query)
{
	return -EOPNOTSUPP;
}

const struct stlb_device_ops stlb_emulated_ops = {
	.missing = emulated_missing,
	.bind = emulated_bind,
	.unbind = emulated_unbind,
	.access = emulated_access,
	.invalidate = emulated_invalidate,
	.release = emulated_release,
	.query = emulated_query,
};
