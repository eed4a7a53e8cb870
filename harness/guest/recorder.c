// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "recorder.h"

/* One read: several of the largest records. */
#define CHUNK (256U << 10)

static int ret_errno(int ret)
{
	return ret < 0 ? -errno : 0;
}

int recorder_open(struct recorder *r)
{
	*r = (struct recorder){
		.fd = open(STLB_DEVICE, O_RDONLY | O_CLOEXEC),
	};
	return ret_errno(r->fd);
}

const char *recorder_missing(int err)
{
	switch (-err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "needs " STLB_DEVICE ": insmod stlb.ko";
	case EACCES:
	case EPERM:
		return "needs CAP_SYS_ADMIN: run as root";
	case EOPNOTSUPP:
		return "needs page tables that hardware walks: there are none with the hash MMU, so no device shares them";
	default:
		return NULL;
	}
}

int recorder_bind(struct recorder *r, __u32 ring_bytes)
{
	struct stlb_bind req = {
		.abi = STLB_ABI,
		.ring_bytes = ring_bytes,
	};

	r->ring_bytes = ring_bytes;
	return ret_errno(ioctl(r->fd, STLB_IOC_BIND, &req));
}

int recorder_watch(struct recorder *r, const void *start, size_t nr_pages)
{
	struct stlb_watch req = {
		.start = (uintptr_t)start,
		.nr_pages = nr_pages,
	};

	return ret_errno(ioctl(r->fd, STLB_IOC_WATCH, &req));
}

int recorder_mark(struct recorder *r, __u64 cookie)
{
	return ret_errno(ioctl(r->fd, STLB_IOC_MARK, &cookie));
}

int recorder_stamp(struct recorder *r, volatile __u32 *word)
{
	__u64 addr = (uintptr_t)word;

	return ret_errno(ioctl(r->fd, STLB_IOC_STAMP, &addr));
}

int recorder_ptes(struct recorder *r, struct stlb_pte *ptes, size_t nr)
{
	struct stlb_ptes req = {
		.ptes = (uintptr_t)ptes,
		.nr_ptes = nr,
	};
	int err = ret_errno(ioctl(r->fd, STLB_IOC_PTES, &req));

	return !err && req.nr_ptes != nr ? -ERANGE : err;
}

int recorder_flushes_open(struct recorder *r)
{
	return ret_errno(ioctl(r->fd, STLB_IOC_FLUSHES_OPEN));
}

int recorder_flushes(struct recorder *r, struct stlb_flushes *all)
{
	struct stlb_flush *flushes = NULL;
	__u32 nr = 0;
	int err;

	do {
		free(flushes);
		flushes = calloc(nr + 1, sizeof(*flushes));
		if (!flushes)
			return -ENOMEM;
		*all = (struct stlb_flushes){
			.flushes = (uintptr_t)flushes,
			.nr = nr,
		};
		err = ret_errno(ioctl(r->fd, STLB_IOC_FLUSHES, all));
		/* Others' may come meanwhile. */
		nr = all->nr + 64;
	} while (err == -ENOSPC);
	if (err)
		free(flushes);
	return err;
}

int recorder_visit(struct recorder *r, __u64 value)
{
	return ret_errno(ioctl(r->fd, STLB_IOC_VISIT, &value));
}

int recorder_deafen(struct recorder *r, int vm)
{
	struct stlb_deafen req = { .vm = vm };

	return ret_errno(ioctl(r->fd, STLB_IOC_DEAFEN, &req));
}

int recorder_info(const struct recorder *r, struct stlb_info *info)
{
	return ret_errno(ioctl(r->fd, STLB_IOC_INFO, info));
}

int recorder_drain(struct recorder *r)
{
	/* What is there now: reading may itself provoke events, without end. */
	size_t most = r->bytes + r->ring_bytes;
	ssize_t n;
	char *p;

	do {
		p = realloc(r->events, r->bytes + CHUNK);
		if (!p)
			return -ENOMEM;
		r->events = p;
		n = read(r->fd, p + r->bytes, CHUNK);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			r->bytes += n;
	} while (n && r->bytes < most);
	return 0;
}

void recorder_close(struct recorder *r)
{
	if (r->fd >= 0)
		close(r->fd);
	free(r->events);
	*r = (struct recorder){ .fd = -1 };
}

const struct stlb_event *recorder_next(const struct recorder *r,
				       const struct stlb_event *ev)
{
	const char *p = ev ? (const char *)ev + ev->size : r->events;

	if (p == NULL || p == r->events + r->bytes)
		return NULL;
	return (const struct stlb_event *)p;
}
