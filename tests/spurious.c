// SPDX-License-Identifier: GPL-2.0-only
/*
 * spurious: an access that the entry already allows; no entry changes.
 */

#include "family.h"

STLB_FAMILY(spurious);

static const struct transition write_again = {
	TRANSITION(spurious, write),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(spurious, write)
{
	.t = &write_again,
};

TEST_HARNESS_MAIN
