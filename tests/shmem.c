// SPDX-License-Identifier: GPL-2.0-only
/*
 * shmem: transparent huge pages of shared memory, each mapped by one PMD. Where
 * an entry of private memory is split or moved, one of these just goes: the page
 * cache has the page still.
 */

#include <errno.h>
#include <sys/mman.h>

#include "../harness/guest/huge.h"
#include "family.h"

STLB_FAMILY(shmem);

static int map_huge(struct scene *s)
{
	return huge_map_shared(s, MADV_HUGEPAGE);
}

/* Neither a fault nor khugepaged makes a huge page of them. */
static int map_base(struct scene *s)
{
	return huge_map_shared(s, MADV_NORMAL);
}

static const struct transition mprotect_rw = {
	TRANSITION(shmem, mprotect),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write_and_protect,
	.trigger = scene_unprotect_and_write,
};

FIXTURE_VARIANT_ADD(shmem, mprotect)
{
	.t = &mprotect_rw,
};

static const struct transition mprotect_ro = {
	TRANSITION(shmem, mprotect_ro),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(shmem, mprotect_ro)
{
	.t = &mprotect_ro,
};

static int protect_half(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (mprotect(s->base + i * s->page, s->page / 2, PROT_READ))
			return -errno;
	return 0;
}

/* __split_huge_pmd_locked() of what is not anonymous */
static const struct transition split = {
	TRANSITION(shmem, split),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = protect_half,
};

FIXTURE_VARIANT_ADD(shmem, split)
{
	.t = &split,
};

static const struct transition munmap_whole = {
	TRANSITION(shmem, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(shmem, munmap)
{
	.t = &munmap_whole,
};

static int remove_pages(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_REMOVE) ? -errno : 0;
}

static const struct transition removed = {
	TRANSITION(shmem, remove),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = remove_pages,
};

FIXTURE_VARIANT_ADD(shmem, remove)
{
	.t = &removed,
};

/* The entries go with their page table; the write finds the huge page. */
static int collapse_and_write(struct scene *s)
{
	int err = huge_collapse(s);

	/* 4K: 2 MiB are never too many. */
	if (err == -EINVAL && s->base_page > 4096)
		return scene_missing(
			s,
			"needs shared memory that madvise(MADV_COLLAPSE) makes huge: no more pages than the page cache takes at once");
	return err ? err : scene_write(s);
}

static const struct transition collapsed = {
	TRANSITION(shmem, collapse),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_HUGE,
	.sole_owner = true, /* collapse_file() */
	.map = map_base,
	.setup = scene_write_all,
	.trigger = collapse_and_write,
};

FIXTURE_VARIANT_ADD(shmem, collapse)
{
	.t = &collapsed,
};

TEST_HARNESS_MAIN
