// SPDX-License-Identifier: GPL-2.0-only
/*
 * spurious: an access that the entry already allows; no entry changes.
 */

#include "family.h"

STLB_FAMILY(spurious);

static int write_pages(struct scene *s)
{
	scene_write(s);
	return 0;
}

static const struct transition write_again = {
	TRANSITION(spurious, write),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = write_pages,
	.trigger = write_pages,
};

FIXTURE_VARIANT_ADD(spurious, write)
{
	.t = &write_again,
};

TEST_HARNESS_MAIN
