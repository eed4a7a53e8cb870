// SPDX-License-Identifier: GPL-2.0-only
/*
 * downgrade: a writable entry becomes read-only, or allows nothing; the frame
 * stays.
 */

#include <sys/mman.h>

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

static int write_protect(struct scene *s)
{
	return scene_protect(s, PROT_READ);
}

static const struct transition mprotect_ro = {
	TRANSITION(downgrade, mprotect),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = write_protect,
};

FIXTURE_VARIANT_ADD(downgrade, mprotect)
{
	.t = &mprotect_ro,
};

static int close_pages(struct scene *s)
{
	return scene_protect(s, PROT_NONE);
}

static const struct transition mprotect_none = {
	TRANSITION(downgrade, mprotect_none),
	.before = ACCESS_RW,
	.after = ACCESS_DENIED,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = close_pages,
};

FIXTURE_VARIANT_ADD(downgrade, mprotect_none)
{
	.t = &mprotect_none,
};

static int write_registered(struct scene *s)
{
	int err = uffd_register(s);

	return err ? err : scene_write(s);
}

static int uffd_write_protect(struct scene *s)
{
	return uffd_protect(s, true);
}

static const struct transition uffd_wp = {
	TRANSITION(downgrade, uffd_wp),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = write_registered,
	.trigger = uffd_write_protect,
};

FIXTURE_VARIANT_ADD(downgrade, uffd_wp)
{
	.t = &uffd_wp,
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

TEST_HARNESS_MAIN
