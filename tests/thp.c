// SPDX-License-Identifier: GPL-2.0-only
/*
 * thp: transparent huge pages, each mapped by one PMD. What becomes of them as a
 * whole, of a part of them, and how they come about.
 */

#include <errno.h>
#include <sys/mman.h>

#include "../harness/guest/clear_refs.h"
#include "../harness/guest/huge.h"
#include "../harness/guest/pagemap_scan.h"
#include "../harness/guest/share.h"
#include "../harness/guest/soft_dirty.h"
#include "../harness/guest/soft_offline.h"
#include "../harness/guest/uffd.h"
#include "family.h"

STLB_FAMILY(thp);

static int map_huge(struct scene *s)
{
	return huge_map_private(s, MADV_HUGEPAGE);
}

static int map_base(struct scene *s)
{
	return huge_map_private(s, MADV_NOHUGEPAGE);
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

static const struct transition reuse = {
	TRANSITION(thp, reuse),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.sole_owner = true, /* do_huge_pmd_wp_page() */
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = share_and_drop,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(thp, reuse)
{
	.t = &reuse,
};

/* The write bit comes at once (change_huge_pmd()), or with the write. */
static const struct transition mprotect_rw = {
	TRANSITION(thp, mprotect),
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
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(thp, mprotect_ro)
{
	.t = &mprotect_ro,
};

static const struct transition mprotect_none = {
	TRANSITION(thp, mprotect_none),
	.before = ACCESS_RW,
	.after = ACCESS_DENIED,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = scene_close,
};

FIXTURE_VARIANT_ADD(thp, mprotect_none)
{
	.t = &mprotect_none,
};

static const struct transition uffd_wp = {
	TRANSITION(thp, uffd_wp),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = uffd_write_registered,
	.trigger = uffd_write_protect,
};

FIXTURE_VARIANT_ADD(thp, uffd_wp)
{
	.t = &uffd_wp,
};

/* clear_soft_dirty_pmd() */
/* pagemap_scan_thp_entry() */
static const struct transition scan_wp = {
	TRANSITION(thp, scan_wp),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = uffd_write_registered_async,
	.trigger = pagemap_scan_written,
};

FIXTURE_VARIANT_ADD(thp, scan_wp)
{
	.t = &scan_wp,
};

static const struct transition soft_dirty = {
	TRANSITION(thp, soft_dirty),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = soft_dirty_write,
	.trigger = clear_refs_soft_dirty,
};

FIXTURE_VARIANT_ADD(thp, soft_dirty)
{
	.t = &soft_dirty,
};

static const struct transition fork_parent = {
	TRANSITION(thp, fork),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
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
	.lacks = huge_lacks,
	.setup = share_and_keep,
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
	.lacks = huge_lacks,
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
	if (madvise(s->base, s->nr * s->page, MADV_HUGEPAGE))
		return -errno;
	return huge_collapse(s);
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
	.lacks = huge_lacks,
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
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = unmap_half,
};

FIXTURE_VARIANT_ADD(thp, unmap_part)
{
	.t = &unmap_part,
};

static const struct transition munmap_whole = {
	TRANSITION(thp, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = scene_unmap,
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
	.lacks = huge_lacks,
	.setup = scene_write,
	.trigger = drop,
};

FIXTURE_VARIANT_ADD(thp, dontneed)
{
	.t = &dontneed,
};

/*
 * Clean and young; architectures differ on whether a clean entry lets a write
 * through.
 */
static const struct transition madv_free = {
	TRANSITION(thp, madv_free),
	.before = ACCESS_RO,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.reclaims = true,
	.sole_owner = true, /* shrink_folio_list() */
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write_and_free,
	.trigger = scene_page_out,
};

FIXTURE_VARIANT_ADD(thp, madv_free)
{
	.t = &madv_free,
};

/* move_pages_huge_pmd() */
static const struct transition uffd_moved = {
	TRANSITION(thp, uffd_move),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = uffd_write_and_register_aside,
	.trigger = uffd_move,
};

FIXTURE_VARIANT_ADD(thp, uffd_move)
{
	.t = &uffd_moved,
};

/*
 * Of pages that came apart, khugepaged makes a huge one again. From here on it does not
 * look at them.
 */
static int write_to_split(struct scene *s)
{
	char *first = s->base + s->base_page - s->page;
	int err = scene_write(s);

	if (!err && madvise(first, s->nr * s->page, MADV_NOHUGEPAGE))
		err = -errno;
	return err;
}

/* split_folio() first: all base pages' entries give way, and come back small. */
static const struct transition migrate_part = {
	TRANSITION(thp, migrate_part),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_SMALL,
	.sole_owner = true, /* folio_migrate_mapping() */
	.map = map_last,
	.lacks = huge_lacks,
	.setup = write_to_split,
	.trigger = soft_offline_and_write,
};

FIXTURE_VARIANT_ADD(thp, migrate_part)
{
	.t = &migrate_part,
};

/* move_huge_pmd() */
static const struct transition moved = {
	TRANSITION(thp, mremap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_huge,
	.lacks = huge_lacks,
	.setup = scene_write_to_move,
	.trigger = scene_move,
};

FIXTURE_VARIANT_ADD(thp, mremap)
{
	.t = &moved,
};

TEST_HARNESS_MAIN
