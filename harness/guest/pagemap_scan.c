// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pagemap_scan.h"

/* Linux 6.7; the host's headers may be older. */
struct page_region {
	__u64 start;
	__u64 end;
	__u64 categories;
};

struct pm_scan_arg {
	__u64 size;
	__u64 flags;
	__u64 start;
	__u64 end;
	__u64 walk_end;
	__u64 vec;
	__u64 vec_len;
	__u64 max_pages;
	__u64 category_inverted;
	__u64 category_mask;
	__u64 category_anyof_mask;
	__u64 return_mask;
};

#define SCAN _IOWR('f', 16, struct pm_scan_arg)
#define IS_WRITTEN (1 << 1)
#define IS_PRESENT (1 << 3)
#define WP_MATCHING (1 << 0)
#define CHECK_WPASYNC (1 << 1)

/* Of @bytes; with @reported the pages are reported, and these categories of theirs. */
static int scan(struct scene *s, size_t bytes, __u64 reported)
{
	struct page_region region;
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.flags = WP_MATCHING | CHECK_WPASYNC,
		.start = (uintptr_t)s->base,
		.end = (uintptr_t)s->base + bytes,
		.vec = reported ? (uintptr_t)&region : 0,
		.vec_len = !!reported,
		.category_mask = IS_WRITTEN,
		.return_mask = reported,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, SCAN, &arg) < 0)
		err = -errno;
	scene_changed(s);
	close(fd);
	return err;
}

int pagemap_scan(struct scene *s)
{
	return scan(s, s->nr * s->page, 0);
}

int pagemap_scan_written(struct scene *s)
{
	return scan(s, s->nr * s->page, IS_WRITTEN);
}

int pagemap_scan_present(struct scene *s)
{
	return scan(s, s->nr * s->page, IS_WRITTEN | IS_PRESENT);
}

int pagemap_scan_full(struct scene *s)
{
	return scan(s, (s->nr + 2) * s->page, IS_WRITTEN);
}
