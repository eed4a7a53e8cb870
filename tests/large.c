// SPDX-License-Identifier: GPL-2.0-only
/*
 * large: pages of a large folio that base pages' entries map, as they are when a huge
 * page's mapping has come apart: the kernel may change, and flush, many of them at once,
 * and some not like the others.
 */

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../harness/guest/frames.h"
#include "../harness/guest/huge.h"
#include "family.h"

STLB_FAMILY(large);

/*
 * Base pages in the middle of a huge one, which begins at s->aside and has s->leaf bytes.
 */
static int map_middle(struct scene *s)
{
	size_t nr = s->nr;
	int err = huge_map_private(s, MADV_HUGEPAGE);

	if (err)
		return err;
	s->aside = s->base;
	s->base += s->leaf / 2;
	s->page = s->base_page;
	s->span = s->base_page;
	s->nr = nr;
	return 0;
}

/* Is it one folio? Its frames are adjacent, the first one is aligned. */
static int is_huge(const struct scene *s)
{
	size_t pages = s->leaf / s->base_page;
	uint64_t first, last;
	int err = frames_of(s->aside, 1, &first);

	if (!err)
		err = frames_of(s->aside + s->leaf - s->base_page, 1, &last);
	return err ? err : !(first % pages) && last == first + pages - 1;
}

/*
 * The entry of its last page is another for a while, so each page has its own. khugepaged
 * would make it one again, and does not look at it from here on.
 */
static int write_and_split(struct scene *s)
{
	char *last = s->aside + s->leaf - s->base_page;
	int err;

	*s->aside = 1;
	err = is_huge(s);
	if (err <= 0)
		return err ? err :
			     scene_missing(
				     s,
				     "needs a free transparent huge page: the fault got a base page");
	if (mprotect(last, s->base_page, PROT_READ) ||
	    mprotect(last, s->base_page, PROT_READ | PROT_WRITE) ||
	    madvise(s->aside, s->leaf, MADV_NOHUGEPAGE))
		return -errno;
	return scene_write(s);
}

static int write_split_and_protect(struct scene *s)
{
	int err = write_and_split(s);

	return err ? err : scene_write_protect(s);
}

static const struct transition mprotect_rw = {
	TRANSITION(large, mprotect),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_SMALL,
	.map = map_middle,
	.setup = write_split_and_protect,
	.trigger = scene_unprotect_and_write,
};

FIXTURE_VARIANT_ADD(large, mprotect)
{
	.t = &mprotect_rw,
};

static const struct transition mprotect_ro = {
	TRANSITION(large, mprotect_ro),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_SMALL,
	.map = map_middle,
	.setup = write_and_split,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(large, mprotect_ro)
{
	.t = &mprotect_ro,
};

static const struct transition fork_parent = {
	TRANSITION(large, fork),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_SMALL,
	.map = map_middle,
	.setup = write_and_split,
	.trigger = scene_fork,
};

FIXTURE_VARIANT_ADD(large, fork)
{
	.t = &fork_parent,
};

static int share(struct scene *s)
{
	int err = write_and_split(s);

	return err ? err : scene_fork(s);
}

static const struct transition copy = {
	TRANSITION(large, copy),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_SMALL,
	.map = map_middle,
	.setup = share,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(large, copy)
{
	.t = &copy,
};

/* Every second page, the first of them in the middle. */
static int map_every_second(struct scene *s)
{
	int err = map_middle(s);

	s->page = 2 * s->base_page;
	return err;
}

static int advise(struct scene *s, int advice)
{
	for (size_t i = 0; i < s->nr; i++)
		if (madvise(s->base + i * s->page, s->span, advice))
			return -errno;
	return 0;
}

/* A child has those in between: who looks at several at once finds no two alike. */
static int share_others_and_protect(struct scene *s)
{
	int err = write_and_split(s);

	if (!err)
		err = advise(s, MADV_DONTFORK);
	if (!err)
		err = scene_fork(s);
	if (!err)
		err = advise(s, MADV_DOFORK);
	return err ? err : scene_write_protect(s);
}

static const struct transition mprotect_mixed = {
	TRANSITION(large, mprotect_mixed),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_SMALL,
	.map = map_every_second,
	.setup = share_others_and_protect,
	.trigger = scene_unprotect_and_write,
};

FIXTURE_VARIANT_ADD(large, mprotect_mixed)
{
	.t = &mprotect_mixed,
};

static const struct transition munmap_part = {
	TRANSITION(large, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_SMALL,
	.map = map_middle,
	.setup = write_and_split,
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(large, munmap)
{
	.t = &munmap_part,
};

/* All of it, so that it need not be split to be reclaimed. */
static int split_and_free(struct scene *s)
{
	int err = write_and_split(s);

	if (err)
		return err;
	if (madvise(s->aside, s->leaf, MADV_FREE) ||
	    mprotect(s->aside, s->leaf, PROT_READ))
		return -errno;
	return scene_read(s);
}

static int page_out_all(struct scene *s)
{
	return madvise(s->aside, s->leaf, MADV_PAGEOUT) ? -errno : 0;
}

static const struct transition madv_free = {
	TRANSITION(large, madv_free),
	.before = ACCESS_RO,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_SMALL,
	.reclaims = true,
	.sole_owner = true, /* shrink_folio_list() */
	.map = map_middle,
	.setup = split_and_free,
	.trigger = page_out_all,
};

FIXTURE_VARIANT_ADD(large, madv_free)
{
	.t = &madv_free,
};

/* Should khugepaged be the first, the change is the same. */
static int collapse_all(struct scene *s)
{
	struct scene whole = *s;
	int err;

	if (madvise(s->aside, s->leaf, MADV_HUGEPAGE))
		return -errno;
	whole.base = s->aside;
	whole.page = s->leaf;
	whole.nr = 1;
	err = huge_collapse(&whole);
	s->missing = whole.missing;
	return err;
}

static const struct transition collapsed = {
	TRANSITION(large, collapse),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_HUGE,
	.sole_owner = true, /* __collapse_huge_page_isolate() */
	.by_anyone = true,
	.map = map_middle,
	.setup = write_and_split,
	.trigger = collapse_all,
};

FIXTURE_VARIANT_ADD(large, collapse)
{
	.t = &collapsed,
};

TEST_HARNESS_MAIN
