/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test's end of a subscriber (linux/stlb.h, third part).
 *
 * Functions return 0 or -errno and print nothing.
 */
#ifndef _STLB_SUBSCRIBER_H
#define _STLB_SUBSCRIBER_H

#include <stddef.h>

#include <linux/stlb.h>

struct subscriber {
	int fd;
};

int subscriber_open(struct subscriber *s);
/* To the caller's mm; what touches [start, start + bytes) is counted. */
int subscriber_subscribe(struct subscriber *s, enum stlb_subscriber_kind kind,
			 const void *start, size_t bytes, __u32 flags);
int subscriber_counts(struct subscriber *s, struct stlb_counts *counts);
int subscriber_look(struct subscriber *s, const void *addr,
		    struct stlb_look *look);
int subscriber_end(struct subscriber *s);
void subscriber_close(struct subscriber *s);

#endif /* _STLB_SUBSCRIBER_H */
