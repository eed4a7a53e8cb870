// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "subscriber.h"

static int request(struct subscriber *s, unsigned long cmd, void *arg)
{
	return ioctl(s->fd, cmd, arg) ? -errno : 0;
}

int subscriber_open(struct subscriber *s)
{
	s->fd = open(STLB_DEVICE, O_RDONLY | O_CLOEXEC);
	return s->fd < 0 ? -errno : 0;
}

int subscriber_subscribe(struct subscriber *s, enum stlb_subscriber_kind kind,
			 const void *start, size_t bytes, __u32 flags)
{
	struct stlb_sub_request req = {
		.abi = STLB_ABI,
		.kind = kind,
		.start = (uintptr_t)start,
		.len = bytes,
		.flags = flags,
	};

	return request(s, STLB_IOC_SUBSCRIBE, &req);
}

int subscriber_counts(struct subscriber *s, struct stlb_counts *counts)
{
	return request(s, STLB_IOC_COUNTS, counts);
}

int subscriber_look(struct subscriber *s, const void *addr,
		    struct stlb_look *look)
{
	*look = (struct stlb_look){ .addr = (uintptr_t)addr };
	return request(s, STLB_IOC_LOOK, look);
}

int subscriber_end(struct subscriber *s)
{
	return request(s, STLB_IOC_UNSUBSCRIBE, NULL);
}

void subscriber_close(struct subscriber *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
