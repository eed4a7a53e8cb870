/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_BINDING_H
#define _STLB_BINDING_H

#include <linux/stlb.h>

/*
 * One recorder on one mm. Functions take no lock of the caller's; all may
 * sleep. Calls on one binding must be serialised, the notifier callbacks
 * excepted, which run at any time between create and destroy.
 */
struct stlb_binding;

/*
 * stlb_binding_create - start recording current->mm
 *
 * Returns the binding or ERR_PTR: -ESRCH no mm, -ENOMEM, -EINTR (see
 * mm_take_all_locks()). Takes mmap_lock for writing. Holds the mm's mm_count,
 * not its mm_users: the mm can exit.
 */
struct stlb_binding *stlb_binding_create(u32 ring_bytes);

/* Stops recording and waits for callbacks under way. */
void stlb_binding_destroy(struct stlb_binding *binding);

/* Arguments and errors as in <linux/stlb.h>. */
int stlb_binding_watch(struct stlb_binding *binding,
		       const struct stlb_watch *watch);
int stlb_binding_ptes(struct stlb_binding *binding, struct stlb_ptes *req);
int stlb_binding_mark(struct stlb_binding *binding, u64 cookie);
int stlb_binding_stamp(struct stlb_binding *binding, u64 addr);
int stlb_binding_trace(struct stlb_binding *binding);
int stlb_binding_chains(struct stlb_binding *binding, struct stlb_chains *req);
int stlb_binding_flushes_open(struct stlb_binding *binding);
int stlb_binding_flushes(struct stlb_binding *binding,
			 struct stlb_flushes *req);
int stlb_binding_visit(struct stlb_binding *binding, u64 value);
int stlb_binding_deafen(struct stlb_binding *binding,
			const struct stlb_deafen *req);
void stlb_binding_info(struct stlb_binding *binding, struct stlb_info *info);
ssize_t stlb_binding_read(struct stlb_binding *binding, char __user *buf,
			  size_t count);

#endif /* _STLB_BINDING_H */
