// SPDX-License-Identifier: GPL-2.0-only
/*
 * thp: transparent huge pages, each mapped by one PMD. What becomes of them as a
 * whole, of a part of them, and how they come about.
 */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../harness/guest/sysfs.h"
#include "family.h"

STLB_FAMILY(thp);

#define THP "/sys/kernel/mm/transparent_hugepage/"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* The kernel switches all of it off by itself where there is less than 512 MiB. */
static int allow(struct scene *s)
{
	char enabled[32];
	int err = sysfs_value(THP "enabled", enabled, sizeof(enabled));

	if (!err && !strcmp(enabled, "never"))
		err = scene_set(s, THP "enabled", "madvise");
	if (!err)
		err = scene_set(s, THP "defrag", "madvise");
	return err ? err : scene_set(s, THP "use_zero_page", "1");
}

/* Aligned memory that one PMD each could map; @advice is for or against that. */
static int map_units(struct scene *s, int advice)
{
	long bytes = sysfs_number(THP "hpage_pmd_size");
	int err;

	if (bytes <= 0)
		return scene_missing(
			s, "needs CONFIG_TRANSPARENT_HUGEPAGE: no " THP);
	err = allow(s);
	if (!err)
		err = scene_enlarge(s, bytes);
	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	return madvise(s->base, s->nr * s->page, advice) ? -errno : 0;
}

static int map_huge(struct scene *s)
{
	return map_units(s, MADV_HUGEPAGE);
}

static int map_base(struct scene *s)
{
	return map_units(s, MADV_NOHUGEPAGE);
}

/* The first half of each changes. */
static int map_half(struct scene *s)
{
	int err = map_huge(s);

	s->span = s->page / 2;
	return err;
}

/* The last base page of each changes. */
static int map_last(struct scene *s)
{
	int err = map_huge(s);

	s->span = s->base_page;
	s->base += s->page - s->base_page;
	return err;
}

static const char *lacks_huge(const struct stlb_pte *pte)
{
	if (pte->order)
		return NULL;
	return "needs a free transparent huge page: the fault got a base page";
}

static int share(struct scene *s)
{
	scene_write(s);
	return scene_fork(s);
}

static int share_and_drop(struct scene *s)
{
	int err = share(s);

	if (!err)
		scene_reap(s);
	return err;
}

static const struct transition reuse = {
	TRANSITION(thp, reuse),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.sole_owner = true, /* do_huge_pmd_wp_page() */
	.map = map_huge,
	.lacks = lacks_huge,
	.setup = share_and_drop,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(thp, reuse)
{
	.t = &reuse,
};

static int write_protect(struct scene *s)
{
	return scene_protect(s, PROT_READ);
}

static int write_and_protect(struct scene *s)
{
	scene_write(s);
	return write_protect(s);
}

/* The write bit comes at once (change_huge_pmd()), or with the write. */
static int unprotect_and_write(struct scene *s)
{
	int err = scene_protect(s, PROT_READ | PROT_WRITE);

	return err ? err : scene_write(s);
}

static const struct transition mprotect_rw = {
	TRANSITION(thp, mprotect),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = lacks_huge,
	.setup = write_and_protect,
	.trigger = unprotect_and_write,
};

FIXTURE_VARIANT_ADD(thp, mprotect)
{
	.t = &mprotect_rw,
};

static const struct transition mprotect_ro = {
	TRANSITION(thp, mprotect_ro),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = lacks_huge,
	.setup = scene_write,
	.trigger = write_protect,
};

FIXTURE_VARIANT_ADD(thp, mprotect_ro)
{
	.t = &mprotect_ro,
};

static const struct transition fork_parent = {
	TRANSITION(thp, fork),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = lacks_huge,
	.setup = scene_write,
	.trigger = scene_fork,
};

FIXTURE_VARIANT_ADD(thp, fork)
{
	.t = &fork_parent,
};

/* The PMD gives way to a table of the same frames, and one of these is copied. */
static const struct transition cow = {
	TRANSITION(thp, cow),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_SMALL,
	.map = map_last,
	.lacks = lacks_huge,
	.setup = share,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(thp, cow)
{
	.t = &cow,
};

/* A huge frame at once, or, up to 6.12, a table and a base page. */
static const struct transition zero_page = {
	TRANSITION(thp, zero_page),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.leaf_before = LEAF_HUGE,
	.map = map_last,
	.lacks = lacks_huge,
	.setup = scene_read,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(thp, zero_page)
{
	.t = &zero_page,
};

/*
 * Only here are the pages open to khugepaged. Should it be the first, the change
 * is the same.
 */
static int collapse(struct scene *s)
{
	size_t bytes = s->nr * s->page;

	if (madvise(s->base, bytes, MADV_HUGEPAGE))
		return -errno;
	if (!madvise(s->base, bytes, MADV_COLLAPSE))
		return 0;
	if (errno == EINVAL)
		return scene_missing(s,
				     "needs madvise(MADV_COLLAPSE): Linux 6.1");
	if (errno == ENOMEM)
		return scene_missing(
			s,
			"needs a free transparent huge page: madvise(MADV_COLLAPSE) found none");
	return -errno;
}

static const struct transition collapsed = {
	TRANSITION(thp, collapse),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.leaf_before = LEAF_SMALL,
	.leaf_after = LEAF_HUGE,
	.sole_owner = true, /* __collapse_huge_page_isolate() */
	.by_anyone = true,
	.map = map_base,
	.setup = scene_write_all,
	.trigger = collapse,
};

FIXTURE_VARIANT_ADD(thp, collapse)
{
	.t = &collapsed,
};

static int protect_half(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (mprotect(s->base + i * s->page, s->span, PROT_READ))
			return -errno;
	return 0;
}

static const struct transition split = {
	TRANSITION(thp, split),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_SMALL,
	.map = map_half,
	.lacks = lacks_huge,
	.setup = scene_write,
	.trigger = protect_half,
};

FIXTURE_VARIANT_ADD(thp, split)
{
	.t = &split,
};

static int unmap_half(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (munmap(s->base + i * s->page, s->span))
			return -errno;
	return 0;
}

static const struct transition unmap_part = {
	TRANSITION(thp, unmap_part),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_half,
	.lacks = lacks_huge,
	.setup = scene_write,
	.trigger = unmap_half,
};

FIXTURE_VARIANT_ADD(thp, unmap_part)
{
	.t = &unmap_part,
};

static int unmap(struct scene *s)
{
	return munmap(s->base, s->nr * s->page) ? -errno : 0;
}

static const struct transition munmap_whole = {
	TRANSITION(thp, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = lacks_huge,
	.setup = scene_write,
	.trigger = unmap,
};

FIXTURE_VARIANT_ADD(thp, munmap)
{
	.t = &munmap_whole,
};

static int drop(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_DONTNEED) ? -errno : 0;
}

static const struct transition dontneed = {
	TRANSITION(thp, dontneed),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = lacks_huge,
	.setup = scene_write,
	.trigger = drop,
};

FIXTURE_VARIANT_ADD(thp, dontneed)
{
	.t = &dontneed,
};

/* move_huge_pmd() */
static const struct transition moved = {
	TRANSITION(thp, mremap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = lacks_huge,
	.setup = scene_write_to_move,
	.trigger = scene_move,
};

FIXTURE_VARIANT_ADD(thp, mremap)
{
	.t = &moved,
};

TEST_HARNESS_MAIN
