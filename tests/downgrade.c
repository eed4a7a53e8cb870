// SPDX-License-Identifier: GPL-2.0-only
/*
 * downgrade: an entry allows less, or nothing; the frame stays.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/guest/clear_refs.h"
#include "../harness/guest/numa_hint.h"
#include "../harness/guest/pagemap_scan.h"
#include "../harness/guest/pages.h"
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
#define SCAN_TEST(name, setup_, trigger_)                                      \
	static const struct transition name = {                               \
		TRANSITION(downgrade, name),                                   \
		.before = ACCESS_RW,                                           \
		.after = ACCESS_RO,                                            \
		.frame = FRAME_SAME,                                           \
		.setup = setup_,                                               \
		.trigger = trigger_,                                           \
	};                                                                     \
	FIXTURE_VARIANT_ADD(downgrade, name)                                   \
	{                                                                      \
		.t = &name,                                                    \
	};

SCAN_TEST(scan_wp, uffd_write_registered_async, pagemap_scan)
SCAN_TEST(scan_wp_written, uffd_write_registered_async, pagemap_scan_written)
SCAN_TEST(scan_wp_present, uffd_write_registered_async, pagemap_scan_present)

static int map_two_more(struct scene *s)
{
	return pages_map(s->base, (s->nr + 2) * s->page) == MAP_FAILED ? -errno :
									 0;
}

/* Of the two behind them the first is as if it had not been written to. */
static int write_registered_and_last(struct scene *s)
{
	struct scene behind = *s;
	int err;

	s->nr += 2;
	err = uffd_write_registered_async(s);
	s->nr -= 2;
	if (err)
		return err;
	behind.base += s->nr * s->page;
	behind.nr = 1;
	behind.fd = s->fd;
	return uffd_protect(&behind, true);
}

static const struct transition scan_wp_full = {
	TRANSITION(downgrade, scan_wp_full),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.map = map_two_more,
	.setup = write_registered_and_last,
	.trigger = pagemap_scan_full,
};

FIXTURE_VARIANT_ADD(downgrade, scan_wp_full)
{
	.t = &scan_wp_full,
};

static const struct transition soft_dirty = {
	TRANSITION(downgrade, soft_dirty),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = soft_dirty_write,
	.trigger = clear_refs_soft_dirty,
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
