// SPDX-License-Identifier: GPL-2.0-only
/*
 * downgrade: a writable entry becomes read-only, the frame stays.
 */

#include <sys/mman.h>

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

TEST_HARNESS_MAIN
