// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uffd.h"

/* Linux 6.7, and 6.8; the host's headers may be older. */
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif
#ifndef UFFD_FEATURE_MOVE
#define UFFD_FEATURE_MOVE (1 << 16)

struct uffdio_move {
	__u64 dst;
	__u64 src;
	__u64 len;
	__u64 mode;
	__s64 move;
};

#define UFFDIO_MOVE _IOWR(UFFDIO, 0x05, struct uffdio_move)
#endif

static struct uffdio_range range(const struct scene *s, const char *start)
{
	return (struct uffdio_range){
		.start = (uintptr_t)start,
		.len = s->nr * s->page,
	};
}

/* @missing: what it needs, if the kernel does not have @features. */
static int registered(struct scene *s, const char *start, __u64 features,
		      __u64 mode, const char *missing)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = range(s, start),
		.mode = mode,
	};

	s->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (s->fd < 0 && errno == ENOSYS)
		return scene_missing(s,
				     "needs userfaultfd(): CONFIG_USERFAULTFD");
	if (s->fd < 0)
		return -errno;
	/* EINVAL: a feature that is asked for is not there. */
	if (ioctl(s->fd, UFFDIO_API, &api))
		return errno == EINVAL ? scene_missing(s, missing) : -errno;
	return ioctl(s->fd, UFFDIO_REGISTER, &reg) ? -errno : 0;
}

int uffd_register(struct scene *s)
{
	return registered(
		s, s->base, UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		UFFDIO_REGISTER_MODE_WP,
		"needs userfaultfd write protection: UFFDIO_API has no UFFD_FEATURE_PAGEFAULT_FLAG_WP");
}

int uffd_register_hugetlb(struct scene *s)
{
	return registered(
		s, s->base,
		UFFD_FEATURE_PAGEFAULT_FLAG_WP |
			UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
		UFFDIO_REGISTER_MODE_WP,
		"needs userfaultfd write protection of hugetlb pages (Linux 5.19): UFFDIO_API has no UFFD_FEATURE_WP_HUGETLBFS_SHMEM");
}

static int register_async(struct scene *s, __u64 features)
{
	return registered(
		s, s->base,
		UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_ASYNC |
			features,
		UFFDIO_REGISTER_MODE_WP,
		"needs asynchronous userfaultfd write protection (Linux 6.7): UFFDIO_API has no UFFD_FEATURE_WP_ASYNC");
}

int uffd_register_async(struct scene *s)
{
	return register_async(s, 0);
}

int uffd_register_async_hugetlb(struct scene *s)
{
	return register_async(s, UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
}

int uffd_register_aside(struct scene *s)
{
	int err = scene_reserve(s);

	if (err)
		return err;
	if (mprotect(s->aside, s->nr * s->page, PROT_READ | PROT_WRITE))
		return -errno;
	return registered(s, s->aside, UFFD_FEATURE_MOVE,
			  UFFDIO_REGISTER_MODE_MISSING,
			  "needs ioctl(UFFDIO_MOVE): Linux 6.8");
}

int uffd_protect(struct scene *s, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = range(s, s->base),
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	return ioctl(s->fd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}

int uffd_write_registered(struct scene *s)
{
	int err = uffd_register(s);

	return err ? err : scene_write(s);
}

int uffd_write_registered_async(struct scene *s)
{
	int err = uffd_register_async(s);

	return err ? err : scene_write(s);
}

int uffd_write_and_register_aside(struct scene *s)
{
	scene_write(s);
	return uffd_register_aside(s);
}

int uffd_write_protect(struct scene *s)
{
	return uffd_protect(s, true);
}

/* Returns how many bytes were moved, or -errno if none. */
static ssize_t move_pages(struct scene *s, size_t bytes)
{
	struct uffdio_move move = {
		.dst = (uintptr_t)s->aside,
		.src = (uintptr_t)s->base,
		.len = bytes,
	};

	if (!ioctl(s->fd, UFFDIO_MOVE, &move) || move.move > 0)
		return move.move;
	return -errno;
}

int uffd_move(struct scene *s)
{
	ssize_t moved = move_pages(s, s->nr * s->page);

	if (moved < 0)
		return moved;
	return moved == (ssize_t)(s->nr * s->page) ? 0 : -EAGAIN;
}

int uffd_write_and_block_last(struct scene *s)
{
	struct uffdio_zeropage zero = { .range.len = s->page };
	int err;

	s->nr++;
	err = uffd_write_and_register_aside(s);
	s->nr--;
	if (err)
		return err;
	zero.range.start = (uintptr_t)s->aside + s->nr * s->page;
	return ioctl(s->fd, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
}

int uffd_move_all_but_last(struct scene *s)
{
	ssize_t moved = move_pages(s, (s->nr + 1) * s->page);

	if (moved < 0)
		return moved;
	return moved == (ssize_t)(s->nr * s->page) ? 0 : -EIO;
}
