/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test's end of a device (linux/stlb.h, second half).
 *
 * Functions return 0 or -errno and print nothing.
 */
#ifndef _STLB_DEVICE_H
#define _STLB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/stlb.h>

/* A TLB that no test here fills: 64 sets of 8. */
#define DEVICE_SETS 64
#define DEVICE_WAYS 8

struct device {
	int fd;
	void *mailbox; /* EMULATED: see struct stlb_attach */
};

int device_open(struct device *d);
void device_close(struct device *d);
/* Can @id play @profile here? @info says why not. */
int device_info(struct device *d, enum stlb_device_id id,
		enum stlb_profile profile, struct stlb_device_info *info);
/*
 * To the caller's mm, which need not be the opener's; maps the mailbox there.
 * The model gets a TLB of DEVICE_SETS and DEVICE_WAYS.
 */
int device_attach(struct device *d, enum stlb_device_id id,
		  enum stlb_profile profile, __u32 flags);
/*
 * From the process that attached it: the mailbox is the device's to write, also
 * where a change of the whole address space took that away.
 */
void device_touch_mailbox(struct device *d);
/* One access; @access is filled as STLB_IOC_ACCESS does. */
int device_read(struct device *d, const void *addr, void *data, __u32 len,
		__u32 retries, struct stlb_access *access);
int device_write(struct device *d, void *addr, const void *data, __u32 len,
		 __u32 retries, struct stlb_access *access);
/* A read of instructions; EINVAL unless device_info() says that it can. */
int device_fetch(struct device *d, const void *addr, void *data, __u32 len,
		 __u32 retries, struct stlb_access *access);
int device_invalidate(struct device *d, const void *start, size_t bytes);
/* What reaches it for these pages counts from here on: struct stlb_stats.reached. */
int device_guard(struct device *d, const void *start, size_t bytes);
int device_query(struct device *d, const void *addr, struct stlb_query *query);
int device_stats(struct device *d, struct stlb_stats *stats);
int device_run(struct device *d, void *start, size_t bytes, int write,
	       __u32 retries);
int device_halt(struct device *d, struct stlb_halt *halt);
/* Have @accesses[nr] made whenever @word says so; and what they gave. */
int device_probe(struct device *d, volatile __u32 *word,
		 struct stlb_probe_access *accesses, size_t nr);
int device_probed(struct device *d, struct stlb_probe_access *accesses,
		  size_t nr);

/* "model", "emulated" */
const char *device_name(enum stlb_device_id id);
/* Is @err of hardware that does not do what it is told? Then it proves nothing. */
bool device_is_broken(int err);

/* "translation fault", ... */
const char *fault_name(__u32 fault);

#endif /* _STLB_DEVICE_H */
