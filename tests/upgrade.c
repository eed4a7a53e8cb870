// SPDX-License-Identifier: GPL-2.0-only
/*
 * upgrade: a read-only entry becomes writable, the frame stays.
 */

#include <sys/mman.h>

#include "family.h"

STLB_FAMILY(upgrade);

/*
 * fork() makes the page read-only for both; once the child is gone the page
 * has one owner, and the write fault gives it the write bit back
 * (wp_page_reuse()). No invalidate_range_start/end is due.
 */
static int share_and_drop(struct scene *s)
{
	int err;

	scene_write(s);
	err = scene_fork(s);
	if (!err)
		scene_reap(s);
	return err;
}

static const struct transition wp_reuse = {
	TRANSITION(upgrade, wp_reuse),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_drop,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(upgrade, wp_reuse)
{
	.t = &wp_reuse,
};

/*
 * The kernel may set the write bit in mprotect() itself (can_change_pte_writable())
 * or leave it to the next write fault; the write makes sure that it is set.
 */
static int write_protect(struct scene *s)
{
	scene_write(s);
	return scene_protect(s, PROT_READ);
}

static int unprotect_and_write(struct scene *s)
{
	int err = scene_protect(s, PROT_READ | PROT_WRITE);

	return err ? err : scene_write(s);
}

static const struct transition mprotect_rw = {
	TRANSITION(upgrade, mprotect),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = write_protect,
	.trigger = unprotect_and_write,
};

FIXTURE_VARIANT_ADD(upgrade, mprotect)
{
	.t = &mprotect_rw,
};

TEST_HARNESS_MAIN
