// SPDX-License-Identifier: GPL-2.0-only
/*
 * downgrade: an entry allows less, or nothing; the frame stays.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/guest/numa_hint.h"
#include "../harness/guest/soft_dirty.h"
#include "../harness/guest/uffd.h"
#include "family.h"

STLB_FAMILY(downgrade);

static const struct transition fork_parent = {
	TRANSITION(downgrade, fork),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = scene_fork,
};

FIXTURE_VARIANT_ADD(downgrade, fork)
{
	.t = &fork_parent,
};

static const struct transition mprotect_ro = {
	TRANSITION(downgrade, mprotect),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(downgrade, mprotect)
{
	.t = &mprotect_ro,
};

/* What it was that the device executes does not matter here. */
static int write_then_execute(struct scene *s)
{
	scene_write(s);
	return scene_protect(s, PROT_READ | PROT_EXEC);
}

static const struct transition exec = {
	TRANSITION(downgrade, exec),
	.before = ACCESS_RO,
	.after = ACCESS_RO,
	.takes_exec = true,
	.frame = FRAME_SAME,
	.setup = write_then_execute,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(downgrade, exec)
{
	.t = &exec,
};

static const struct transition mprotect_none = {
	TRANSITION(downgrade, mprotect_none),
	.before = ACCESS_RW,
	.after = ACCESS_DENIED,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = scene_close,
};

FIXTURE_VARIANT_ADD(downgrade, mprotect_none)
{
	.t = &mprotect_none,
};

static const struct transition uffd_wp = {
	TRANSITION(downgrade, uffd_wp),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = uffd_write_registered,
	.trigger = uffd_write_protect,
};

FIXTURE_VARIANT_ADD(downgrade, uffd_wp)
{
	.t = &uffd_wp,
};

/* linux/fs.h of Linux 6.7; the host's may be older. */
#ifndef PAGEMAP_SCAN
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

#define PAGEMAP_SCAN _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_WRITTEN (1 << 1)
#define PM_SCAN_WP_MATCHING (1 << 0)
#define PM_SCAN_CHECK_WPASYNC (1 << 1)
#endif

static int write_registered_async(struct scene *s)
{
	int err = uffd_register_async(s);

	return err ? err : scene_write(s);
}

/* What was written to since the last time? And protects it for the next. */
static int scan(struct scene *s)
{
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
		.start = (uintptr_t)s->base,
		.end = (uintptr_t)s->base + s->nr * s->page,
		.category_mask = PAGE_IS_WRITTEN,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, PAGEMAP_SCAN, &arg) < 0)
		err = -errno;
	scene_changed(s);
	close(fd);
	return err;
}

static const struct transition scan_wp = {
	TRANSITION(downgrade, scan_wp),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = write_registered_async,
	.trigger = scan,
};

FIXTURE_VARIANT_ADD(downgrade, scan_wp)
{
	.t = &scan_wp,
};

static const struct transition soft_dirty = {
	TRANSITION(downgrade, soft_dirty),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = soft_dirty_write,
	.trigger = soft_dirty_clear,
};

FIXTURE_VARIANT_ADD(downgrade, soft_dirty)
{
	.t = &soft_dirty,
};

static const struct transition numa_hint = {
	TRANSITION(downgrade, numa_hint),
	.before = ACCESS_RW,
	.after = ACCESS_DENIED,
	.frame = FRAME_SAME,
	.sole_owner = true, /* change_pte_range(), up to 6.1 */
	.first_only = true,
	.setup = numa_hint_prepare,
	.trigger = numa_hint_await,
};

FIXTURE_VARIANT_ADD(downgrade, numa_hint)
{
	.t = &numa_hint,
};

TEST_HARNESS_MAIN
