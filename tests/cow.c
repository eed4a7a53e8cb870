// SPDX-License-Identifier: GPL-2.0-only
/*
 * cow: a write to a read-only page gets a new frame, the old one stays as it is.
 */

#include "family.h"

STLB_FAMILY(cow);

static int share(struct scene *s)
{
	scene_write(s);
	return scene_fork(s);
}

static const struct transition copy = {
	TRANSITION(cow, copy),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.setup = share,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, copy)
{
	.t = &copy,
};

static const struct transition zero_page = {
	TRANSITION(cow, zero_page),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.setup = scene_read,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, zero_page)
{
	.t = &zero_page,
};

TEST_HARNESS_MAIN
