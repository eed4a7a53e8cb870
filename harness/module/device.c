// SPDX-License-Identifier: GPL-2.0-only

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "page_request.h"
#include "probe.h"

static const struct stlb_device_ops *const all_ops[STLB_NR_DEVICES] = {
	[STLB_DEVICE_MODEL] = &stlb_model_ops,
	[STLB_DEVICE_EMULATED] = &stlb_emulated_ops,
};

int stlb_device_info(struct stlb_device_info *info)
{
	const char *missing, *name = "";

	if (info->device >= STLB_NR_DEVICES ||
	    info->profile >= STLB_NR_PROFILES)
		return -EINVAL;
	missing = all_ops[info->device]->missing(info->profile, &name);
	info->usable = !missing;
	info->fetches = !missing && all_ops[info->device]->fetches &&
			stlb_traits(info->profile)->fetches;
	strscpy_pad(info->name, name, sizeof(info->name));
	strscpy_pad(info->missing, missing ?: "", sizeof(info->missing));
	return 0;
}

/* ---- what the kernel tells it ------------------------------------------- */

static void drop(struct stlb_device *device, unsigned long start,
		 unsigned long end, bool told)
{
	u64 commands = 1;

	if (device->traits->command_per_page && end != ULONG_MAX)
		commands = DIV_ROUND_UP(end - start, PAGE_SIZE);
	atomic64_add(commands, &device->count.commands);
	device->ops->invalidate(device, start, end, told);
}

/* Something for [start, end) that the device acts on, if it is not deaf. */
static void reached(struct stlb_device *device, unsigned long start,
		    unsigned long end)
{
	/* Pairs with the release in stlb_device_guard(). */
	unsigned long guard_end = smp_load_acquire(&device->guard_end);

	if (start < guard_end && end > READ_ONCE(device->guard_start))
		atomic64_inc(&device->count.reached);
}

static void on_secondary(STLB_SECONDARY_ARGS)
{
	struct stlb_device *device =
		container_of(subscription, struct stlb_device, secondary);

	atomic64_inc(&device->count.callbacks);
	if (!device->traits->notified)
		return;
	reached(device, start, end);
	if (!(device->flags & STLB_ATTACH_IGNORE))
		drop(device, start, end, true);
}

static void on_broadcast(struct stlb_snoop *snoop, unsigned long start,
			 unsigned long end)
{
	struct stlb_device *device =
		container_of(snoop, struct stlb_device, snoop);

	atomic64_inc(&device->count.snooped);
	reached(device, start, end);
	if (!(device->flags & STLB_ATTACH_IGNORE))
		drop(device, start, end, true);
}

static void on_release(struct STLB_SUBSCRIPTION *subscription,
		       struct mm_struct *mm)
{
	struct stlb_device *device =
		container_of(subscription, struct stlb_device, secondary);

	reached(device, 0, ULONG_MAX);
	/* Nothing is cached anew: no user of the mm is left, so no walk starts. */
	if (!(device->flags & STLB_ATTACH_IGNORE))
		device->ops->release(device);
}

static const struct STLB_SUBSCRIPTION_OPS secondary_ops = {
	.STLB_SECONDARY_OP = on_secondary,
	.release = on_release,
};

/* ---- life time ---------------------------------------------------------- */

static bool copro(const struct stlb_device *device)
{
	return !(device->flags & STLB_ATTACH_NO_COPRO);
}

static bool hears_broadcasts(const struct stlb_device *device)
{
	return device->snoop.mm;
}

static int listen(struct stlb_device *device, u32 profile)
{
	int err;

	if (profile != STLB_OPENCAPI_P9)
		return 0;
	device->snoop.mm = device->mm;
	device->snoop.tell = on_broadcast;
	err = stlb_snoop->start(&device->snoop, copro(device));
	if (err)
		device->snoop.mm = NULL;
	return err;
}

static int check_attach(const struct stlb_attach *req)
{
	const char *name;

	if (req->abi != STLB_ABI)
		return -EPROTONOSUPPORT;
	if (req->device >= STLB_NR_DEVICES ||
	    req->profile >= STLB_NR_PROFILES || req->flags & ~STLB_ATTACH_FLAGS)
		return -EINVAL;
	if (all_ops[req->device]->missing(req->profile, &name))
		return -ENODEV;
	return current->mm ? 0 : -ESRCH;
}

struct stlb_device *stlb_device_attach(const struct stlb_attach *req)
{
	struct stlb_device *device;
	int err = check_attach(req);

	if (err)
		return ERR_PTR(err);
	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return ERR_PTR(-ENOMEM);
	device->mm = current->mm;
	device->ops = all_ops[req->device];
	device->traits = stlb_traits(req->profile);
	device->flags = req->flags;
	device->secondary.ops = &secondary_ops;
	err = device->ops->bind(device, req);
	if (err)
		goto free;
	err = listen(device, req->profile);
	if (err)
		goto unbind;
	/* Takes mm_count, for as long as it is registered. */
	err = stlb_subscribe(&device->secondary, device->mm);
	if (err)
		goto deaf;
	return device;

deaf:
	if (hears_broadcasts(device))
		stlb_snoop->stop(&device->snoop, copro(device));
unbind:
	device->ops->unbind(device);
free:
	kfree(device);
	return ERR_PTR(err);
}

void stlb_device_detach(struct stlb_device *device)
{
	struct stlb_halt halt;

	stlb_device_halt(device, &halt);
	if (device->probe)
		stlb_probe_end(device->probe, NULL);
	if (hears_broadcasts(device))
		stlb_snoop->stop(&device->snoop, copro(device));
	/* Keeps the mm's tables until the hardware has let go of them. */
	mmgrab(device->mm);
	stlb_unsubscribe(&device->secondary, device->mm);
	device->ops->unbind(device);
	mmdrop(device->mm);
	kfree(device);
}

/* ---- access ------------------------------------------------------------- */

/*
 * A page request, and what this profile's hardware and driver do about the
 * entry that denied the access. Returns whether the answer was success.
 */
static bool request_page(struct stlb_device *device,
			 const struct stlb_attempt *a)
{
	unsigned long page = a->addr & PAGE_MASK;
	bool granted;

	atomic64_inc(&device->count.page_requests);
	if (device->traits->drops_on_request ||
	    device->flags & STLB_ATTACH_REQUEST_INVALIDATES)
		reached(device, page, page + PAGE_SIZE);
	if (device->traits->drops_on_request)
		device->ops->invalidate(device, page, page + PAGE_SIZE, false);
	granted = !stlb_page_request(device->mm, a->addr, a->kind);
	if (device->flags & STLB_ATTACH_REQUEST_INVALIDATES)
		drop(device, page, page + PAGE_SIZE, false);
	return granted;
}

static int attempt(struct stlb_device *device, struct stlb_attempt *a)
{
	int err;

	a->fault = STLB_FAULT_NONE;
	a->pfn = 0;
	atomic64_inc(&device->count.accesses);
	err = device->ops->access(device, a);
	if (a->fault)
		atomic64_inc(&device->count.faults);
	return err;
}

/* Nobody waits for the rest of the access any more: HALT, or a fatal signal. */
static bool should_stop(void)
{
	return current->flags & PF_KTHREAD ? kthread_should_stop() :
					     fatal_signal_pending(current);
}

/* One page, with retries; adds to what @req counts. */
static int access_page(struct stlb_device *device, struct stlb_attempt *a,
		       struct stlb_access *req)
{
	u32 left = req->retries;
	int err;

	for (;;) {
		err = attempt(device, a);
		req->attempts++;
		req->faults += !!a->fault;
		if (err || !a->fault)
			return err;
		if (!left--)
			return 0;
		if (device->traits->page_requests && !request_page(device, a))
			return 0;
		if (should_stop())
			return -EINTR;
		cond_resched();
	}
}

static int access_all(struct stlb_device *device, struct stlb_access *req,
		      void *data)
{
	struct stlb_attempt a = { .kind = req->kind };
	int err;

	while (req->moved < req->len) {
		a.addr = req->addr + req->moved;
		a.data = data + req->moved;
		a.len = min_t(u32, req->len - req->moved,
			      PAGE_SIZE - offset_in_page(a.addr));
		err = access_page(device, &a, req);
		req->fault = a.fault;
		req->raw = a.raw;
		if (err || a.fault)
			return err;
		req->moved += a.len;
		req->pfn = a.pfn;
	}
	return 0;
}

static bool is_user_range(const struct stlb_device *device, u64 start, u64 len)
{
	return start < device->mm->task_size &&
	       len <= device->mm->task_size - start;
}

static bool can_access(const struct stlb_device *device, u32 kind)
{
	return kind < STLB_NR_KINDS &&
	       (kind != STLB_FETCH ||
		(device->ops->fetches && device->traits->fetches));
}

int stlb_device_access(struct stlb_device *device, struct stlb_access *req)
{
	void *data;
	int err;

	if (!req->len || req->len > STLB_MAX_ACCESS ||
	    !can_access(device, req->kind) || req->retries > STLB_MAX_RETRIES ||
	    !is_user_range(device, req->addr, req->len))
		return -EINVAL;
	req->moved = 0;
	req->attempts = 0;
	req->faults = 0;
	req->pfn = 0;
	data = kvzalloc(req->len, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	if (req->kind == STLB_WRITE &&
	    copy_from_user(data, u64_to_user_ptr(req->data), req->len)) {
		err = -EFAULT;
		goto free;
	}
	err = access_all(device, req, data);
	if (req->kind != STLB_WRITE &&
	    copy_to_user(u64_to_user_ptr(req->data), data, req->moved))
		err = -EFAULT;
free:
	kvfree(data);
	return err;
}

int stlb_device_access_word(struct stlb_device *device, struct stlb_access *req,
			    u64 *word)
{
	return access_all(device, req, word);
}

bool stlb_device_can_access(const struct stlb_device *device, u64 addr, u32 len,
			    u32 kind)
{
	return can_access(device, kind) && is_user_range(device, addr, len);
}

static bool are_user_pages(const struct stlb_device *device,
			   const struct stlb_range *range)
{
	return PAGE_ALIGNED(range->start) && PAGE_ALIGNED(range->end) &&
	       range->end > range->start &&
	       is_user_range(device, range->start, range->end - range->start);
}

int stlb_device_invalidate(struct stlb_device *device,
			   const struct stlb_range *range)
{
	if (!are_user_pages(device, range))
		return -EINVAL;
	reached(device, range->start, range->end);
	drop(device, range->start, range->end, true);
	return 0;
}

int stlb_device_guard(struct stlb_device *device,
		      const struct stlb_range *range)
{
	if (!are_user_pages(device, range))
		return -EINVAL;
	/* One that comes meanwhile counts, or came before. */
	WRITE_ONCE(device->guard_end, 0);
	atomic64_set(&device->count.reached, 0);
	WRITE_ONCE(device->guard_start, range->start);
	/* Pairs with the acquire in reached(). */
	smp_store_release(&device->guard_end, range->end);
	return 0;
}

int stlb_device_query(struct stlb_device *device, struct stlb_query *query)
{
	if (!is_user_range(device, query->addr, 1) || query->reserved)
		return -EINVAL;
	return device->ops->query(device, query);
}

void stlb_device_stats(struct stlb_device *device, struct stlb_stats *stats)
{
#define TAKE(name) (stats->name = atomic64_read(&device->count.name))
	TAKE(accesses);
	TAKE(hits);
	TAKE(misses);
	TAKE(faults);
	TAKE(page_requests);
	TAKE(callbacks);
	TAKE(snooped);
	TAKE(commands);
	TAKE(dropped);
	TAKE(evictions);
	TAKE(early_free);
	TAKE(reached);
	TAKE(timeouts);
#undef TAKE
}

/* ---- DMA without end ---------------------------------------------------- */

/* One round over the range; ends early if it is to stop. */
static void run_round(struct stlb_device *device, u64 round)
{
	const struct stlb_run *run = &device->run;
	u64 at, word;
	int err;

	for (at = 0; at < run->len && !should_stop(); at += PAGE_SIZE) {
		struct stlb_access req = {
			.addr = run->addr + at,
			.len = sizeof(word),
			.kind = run->write ? STLB_WRITE : STLB_READ,
			.retries = run->retries,
		};

		word = round;
		err = access_all(device, &req, &word);
		if (!err && req.moved == req.len)
			device->ran.moved++;
		else if (err != -EINTR)
			device->ran.gave_up++;
		cond_resched();
	}
}

static int run_thread(void *data)
{
	struct stlb_device *device = data;

	while (!kthread_should_stop())
		run_round(device, ++device->ran.rounds);
	return 0;
}

int stlb_device_run(struct stlb_device *device, const struct stlb_run *run)
{
	struct task_struct *runner;

	if (!PAGE_ALIGNED(run->addr) || !PAGE_ALIGNED(run->len) || !run->len ||
	    run->write > 1 || run->retries > STLB_MAX_RETRIES ||
	    !is_user_range(device, run->addr, run->len))
		return -EINVAL;
	if (device->runner)
		return -EBUSY;
	device->run = *run;
	memset(&device->ran, 0, sizeof(device->ran));
	runner = kthread_run(run_thread, device, "stlb-device");
	if (IS_ERR(runner))
		return PTR_ERR(runner);
	device->runner = runner;
	return 0;
}

int stlb_device_halt(struct stlb_device *device, struct stlb_halt *halt)
{
	if (!device->runner)
		return -ENOENT;
	kthread_stop(device->runner);
	device->runner = NULL;
	*halt = device->ran;
	return 0;
}

/* ---- DMA when a word says so -------------------------------------------- */

int stlb_device_probe(struct stlb_device *device,
		      const struct stlb_probe_request *req)
{
	struct stlb_probe *probe;

	if (device->probe)
		return -EBUSY;
	probe = stlb_probe_start(device, req);
	if (IS_ERR(probe))
		return PTR_ERR(probe);
	device->probe = probe;
	return 0;
}

int stlb_device_probed(struct stlb_device *device,
		       const struct stlb_probe_request *req)
{
	struct stlb_probe *probe = device->probe;

	if (!probe)
		return -ENOENT;
	device->probe = NULL;
	return stlb_probe_end(probe, req);
}
