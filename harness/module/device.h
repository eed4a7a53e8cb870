/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device: a secondary TLB on one mm, and DMA through it.
 *
 *	chardev.c -> device.c		life time, what the kernel tells it, retries
 *	                |		and page requests: the same for all
 *	                +-> model.c	a TLB in software, any profile
 *	                +-> emulated.c	the machine's IOMMU, edu behind it
 */
#ifndef _STLB_DEVICE_H
#define _STLB_DEVICE_H

#include <linux/atomic.h>
#include <linux/stlb.h>

#include "compat.h"
#include "iommu.h"
#include "profile.h"

struct stlb_device;

/* One attempt at one access within one page. */
struct stlb_attempt {
	unsigned long addr;
	void *data;
	u32 len;
	enum stlb_access_kind kind;
	u32 fault; /* (out) enum stlb_fault */
	u32 raw; /* (out) the hardware's code */
	unsigned long pfn; /* (out) frame that the bytes moved through, or 0 */
};

struct stlb_device_ops {
	/*
	 * NULL if @profile can be played here, else what is missing: one line,
	 * static. Sets @name either way. May sleep.
	 */
	const char *(*missing)(u32 profile, const char **name);
	/* Can it fetch instructions, where a profile's devices may? */
	bool fetches;
	/*
	 * The caller's mm is @device->mm. Sets ->state. 0 or -errno, and then
	 * nothing is left behind. May sleep.
	 */
	int (*bind)(struct stlb_device *device, const struct stlb_attach *req);
	/* No callback comes any more. May sleep. */
	void (*unbind)(struct stlb_device *device);
	/*
	 * 0, also when it faulted, or -errno. May sleep. @device->mm may have
	 * ended, then only what is cached translates.
	 */
	int (*access)(struct stlb_device *device, struct stlb_attempt *a);
	/*
	 * Drops [start, end), @end ~0UL: all, and waits for accesses through
	 * it. @told: the kernel said so in a callback. Any context but NMI, with
	 * page-table locks held; never sleeps.
	 */
	void (*invalidate)(struct stlb_device *device, unsigned long start,
			   unsigned long end, bool told);
	/* Ends all translation. Context as invalidate(). */
	void (*release)(struct stlb_device *device);
	/* 0 or -EOPNOTSUPP. May sleep. */
	int (*query)(struct stlb_device *device, struct stlb_query *query);
};

extern const struct stlb_device_ops stlb_model_ops;
extern const struct stlb_device_ops stlb_emulated_ops;

struct stlb_counters {
	atomic64_t accesses;
	atomic64_t hits;
	atomic64_t misses;
	atomic64_t faults;
	atomic64_t page_requests;
	atomic64_t callbacks;
	atomic64_t snooped;
	atomic64_t commands;
	atomic64_t dropped;
	atomic64_t evictions;
	atomic64_t early_free;
	atomic64_t reached;
	atomic64_t timeouts;
};

struct stlb_device {
	struct mm_struct *mm;
	const struct stlb_device_ops *ops;
	const struct stlb_traits *traits;
	u32 flags; /* STLB_ATTACH_* */
	struct STLB_SUBSCRIPTION secondary;
	struct stlb_snoop snoop;
	struct stlb_counters count;
	/* STLB_IOC_GUARD, read by callbacks: @guard_end 0: none */
	unsigned long guard_start;
	unsigned long guard_end;
	struct task_struct *runner; /* STLB_IOC_RUN */
	struct stlb_run run;
	struct stlb_halt ran;
	struct stlb_probe *probe; /* STLB_IOC_PROBE */
	void *state; /* the back end's */
};

/*
 * All may sleep, are made from process context and serialised by the caller.
 * Arguments and errors as in <linux/stlb.h>, checked here.
 */
int stlb_device_info(struct stlb_device_info *info);
/* On current->mm. ERR_PTR on failure. Takes mmap_lock for writing. */
struct stlb_device *stlb_device_attach(const struct stlb_attach *req);
/* Waits for callbacks under way. */
void stlb_device_detach(struct stlb_device *device);
int stlb_device_access(struct stlb_device *device, struct stlb_access *req);
/*
 * For a thread of the module's: the 8 bytes of @req, which stlb_device_can_access(), to
 * or from @word. May sleep.
 */
int stlb_device_access_word(struct stlb_device *device, struct stlb_access *req,
			    u64 *word);
bool stlb_device_can_access(const struct stlb_device *device, u64 addr, u32 len,
			    u32 kind);
int stlb_device_invalidate(struct stlb_device *device,
			   const struct stlb_range *range);
int stlb_device_guard(struct stlb_device *device,
		      const struct stlb_range *range);
int stlb_device_query(struct stlb_device *device, struct stlb_query *query);
void stlb_device_stats(struct stlb_device *device, struct stlb_stats *stats);
int stlb_device_run(struct stlb_device *device, const struct stlb_run *run);
int stlb_device_halt(struct stlb_device *device, struct stlb_halt *halt);
int stlb_device_probe(struct stlb_device *device,
		      const struct stlb_probe_request *req);
int stlb_device_probed(struct stlb_device *device,
		       const struct stlb_probe_request *req);

#endif /* _STLB_DEVICE_H */
