/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A word of user memory that can be read in any context: STLB_IOC_STAMP; and written,
 * STLB_IOC_PROBE.
 *
 *	test					recorder
 *	stlb_stamp_pin()
 *	trigger					callback: stlb_stamp_read() is 0
 *	the call returns
 *	word = 1, by a plain store
 *	next system call			callback: stlb_stamp_read() is 1
 *
 * So it needs no system call of the test's to tell a callback that came in time
 * from one that was put off until the next.
 */
#ifndef _STLB_STAMP_H
#define _STLB_STAMP_H

#include <linux/types.h>

struct page;

/* Zeroed: none. */
struct stlb_stamp {
	struct page *frame; /* pinned, or NULL */
	u32 offset;
};

/*
 * stlb_stamp_pin - pin the word at user address @addr of current->mm
 *
 * May sleep. -EINVAL: not 4-byte aligned; -EFAULT: not writable; -ENOMEM.
 */
int stlb_stamp_pin(struct stlb_stamp *stamp, u64 addr);
/* May sleep. */
void stlb_stamp_unpin(struct stlb_stamp *stamp);
/* Its value now, 0 if there is none. Any context; never sleeps. */
u32 stlb_stamp_read(const struct stlb_stamp *stamp);
/* Stores it; there must be one. Any context; never sleeps. */
void stlb_stamp_write(const struct stlb_stamp *stamp, u32 word);

#endif /* _STLB_STAMP_H */
