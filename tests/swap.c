// SPDX-License-Identifier: GPL-2.0-only
/*
 * swap: a page's bytes go to a disk and its entry becomes a swap entry; they
 * come back in a frame of their own.
 */

#include "../harness/guest/clean.h"
#include "../harness/guest/disk.h"
#include "family.h"

STLB_FAMILY(swap);

static int write_with_swap(struct scene *s)
{
	int err = disk_swapon(s);

	return err ? err : scene_write(s);
}

/* Where the architecture batches flushes, with one for all (TTU_BATCH_FLUSH). */
static const struct transition pageout = {
	TRANSITION(swap, pageout),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.reclaims = true,
	.sole_owner = true, /* madvise_cold_or_pageout_pte_range() */
	.setup = write_with_swap,
	.trigger = scene_page_out,
};

FIXTURE_VARIANT_ADD(swap, pageout)
{
	.t = &pageout,
};

static int write_and_page_out(struct scene *s)
{
	int err = write_with_swap(s);

	return err ? err : scene_page_out(s);
}

static const struct transition write_in = {
	TRANSITION(swap, write_in),
	.before = ACCESS_NONE,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.setup = write_and_page_out,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(swap, write_in)
{
	.t = &write_in,
};

static int page_out_and_read(struct scene *s)
{
	int err = write_and_page_out(s);

	return err ? err : scene_read(s);
}

/*
 * A read brings the page back read-only, or, on later kernels, writable and
 * clean if it is nobody else's (do_swap_page()).
 */
static const struct transition read_then_write = {
	TRANSITION(swap, read_then_write),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = page_out_and_read,
	.lacks = clean_lacks,
	.trigger = clean_write,
};

FIXTURE_VARIANT_ADD(swap, read_then_write)
{
	.t = &read_then_write,
};

TEST_HARNESS_MAIN
