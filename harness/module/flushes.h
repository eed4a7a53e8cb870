/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUs' flushes, as QEMU's plugin sees them (stlb/flush.h): one recorder at a time
 * has them.
 */
#ifndef _STLB_FLUSHES_H
#define _STLB_FLUSHES_H

#include <linux/mm_types.h>
#include <linux/stlb.h>

#include "stamp.h"

struct stlb_flush_log;

/*
 * stlb_flush_log_open - have the plugin begin
 *
 * @watched: addresses of the @nr pages whose entries it is to look at, of @mm. May
 * sleep. ERR_PTR: -EOPNOTSUPP nobody answers, -EBUSY, -ENOMEM.
 */
struct stlb_flush_log *stlb_flush_log_open(struct mm_struct *mm,
					   const unsigned long *watched, u32 nr,
					   const struct stlb_stamp *stamp);
/* May sleep; NULL: nothing. */
void stlb_flush_log_close(struct stlb_flush_log *log);

/* A mark in the plugin's order. Any context; @log may be NULL. */
void stlb_flush_log_event(const struct stlb_flush_log *log, u64 seq);
void stlb_flush_log_visit(const struct stlb_flush_log *log, u64 value);

/* Arguments and errors as in <linux/stlb.h>. May sleep. */
int stlb_flush_log_copy(const struct stlb_flush_log *log,
			struct stlb_flushes *req);

#endif /* _STLB_FLUSHES_H */
