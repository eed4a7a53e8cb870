// SPDX-License-Identifier: GPL-2.0-only
/*
 * exit: the process ends, and its address space with it.
 */

#include "family.h"

STLB_FAMILY(exit);

static const struct transition release = {
	TRANSITION(exit, release),
	.before = ACCESS_RW,
	.after = ACCESS_GONE,
	.setup = scene_write,
};

FIXTURE_VARIANT_ADD(exit, release)
{
	.t = &release,
};

TEST_HARNESS_MAIN
