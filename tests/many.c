// SPDX-License-Identifier: GPL-2.0-only
/*
 * many: hundreds of base pages at once, across the end of a page table. More than
 * x86 flushes one by one (tlb_single_page_flush_ceiling is 33), more than a page
 * table of 4 KiB pages has (512).
 */

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../harness/guest/pages.h"
#include "family.h"

STLB_FAMILY(many);

#define PAGES 600UL
#define MIB (1024UL * 1024)

/* What one page table of base pages maps. */
static size_t table_bytes(const struct scene *s)
{
#ifdef __powerpc64__
	return 2 * MIB; /* radix, with pages of 4 KiB and of 64 KiB */
#else
	return s->base_page / sizeof(uint64_t) * s->base_page;
#endif
}

/* @bytes each, the first from @before bytes before the end of a page table on. */
static int map_units(struct scene *s, size_t bytes, size_t before)
{
	size_t nr = s->nr < STLB_RUN_PAGES ? 1 : 2, table = table_bytes(s);
	size_t room = 2 * table + (nr + 1) * bytes;
	char *hole = mmap(NULL, room, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (hole == MAP_FAILED)
		return -errno;
	hole += bytes + table - 1;
	s->base = hole - (uintptr_t)hole % table - before;
	s->page = bytes;
	s->span = bytes;
	s->nr = nr;
	if (pages_map(s->base, nr * bytes) == MAP_FAILED)
		return -errno;
	s->borrowed = s->base;
	s->borrowed_bytes = nr * bytes;
	return 0;
}

static int map_many(struct scene *s)
{
	size_t bytes = PAGES * s->base_page;

	return map_units(s, bytes, bytes / 2);
}

static int write_and_protect(struct scene *s)
{
	scene_write_all(s);
	return scene_write_protect(s);
}

static int unprotect_and_write(struct scene *s)
{
	int err = scene_protect(s, PROT_READ | PROT_WRITE);

	return err ? err : scene_write_all(s);
}

static const struct transition mprotect_rw = {
	TRANSITION(many, mprotect),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.map = map_many,
	.setup = write_and_protect,
	.trigger = unprotect_and_write,
};

FIXTURE_VARIANT_ADD(many, mprotect)
{
	.t = &mprotect_rw,
};

static const struct transition mprotect_ro = {
	TRANSITION(many, mprotect_ro),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.map = map_many,
	.setup = scene_write_all,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(many, mprotect_ro)
{
	.t = &mprotect_ro,
};

static const struct transition fork_parent = {
	TRANSITION(many, fork),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.map = map_many,
	.setup = scene_write_all,
	.trigger = scene_fork,
};

FIXTURE_VARIANT_ADD(many, fork)
{
	.t = &fork_parent,
};

/* Something else may come to these addresses. */
static int unmap(struct scene *s)
{
	s->borrowed = NULL;
	return scene_unmap(s);
}

static const struct transition munmap_all = {
	TRANSITION(many, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = map_many,
	.setup = scene_write_all,
	.trigger = unmap,
};

FIXTURE_VARIANT_ADD(many, munmap)
{
	.t = &munmap_all,
};

/* Whole page tables, to an address where they can go as they are. */
static int map_tables(struct scene *s)
{
	if (table_bytes(s) > 64 * MIB)
		return scene_missing(
			s,
			"needs page tables that map no more than 64 MiB: smaller base pages");
	return map_units(s, table_bytes(s), 0);
}

static int write_and_reserve(struct scene *s)
{
	scene_write_all(s);
	return scene_reserve(s);
}

static int move_tables(struct scene *s)
{
	int err = scene_move(s);

	if (!err)
		s->borrowed = s->aside;
	return err;
}

/* move_normal_pmd() */
static const struct transition moved = {
	TRANSITION(many, mremap_table),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = map_tables,
	.setup = write_and_reserve,
	.trigger = move_tables,
};

FIXTURE_VARIANT_ADD(many, mremap_table)
{
	.t = &moved,
};

/* What 512 page tables of 2 MiB map, and one table has. */
#define UPPER_BYTES (1024 * MIB)

/* The pages in the middle of that, and no others. */
static int map_upper(struct scene *s)
{
	char *hole;

	if (table_bytes(s) != 2 * MIB)
		return scene_missing(
			s,
			"needs page tables that map 2 MiB: base pages of 4 KiB");
	hole = pages_reserve(UPPER_BYTES, UPPER_BYTES);
	if (hole == MAP_FAILED)
		return -errno;
	s->base = hole + UPPER_BYTES / 2;
	if (mprotect(hole, UPPER_BYTES, PROT_READ | PROT_WRITE))
		return -errno;
	/* EINVAL: there are none. */
	return madvise(hole, UPPER_BYTES, MADV_NOHUGEPAGE) && errno != EINVAL ?
		       -errno :
		       0;
}

static int write_and_reserve_upper(struct scene *s)
{
	s->aside = pages_reserve(UPPER_BYTES, UPPER_BYTES);
	return s->aside == MAP_FAILED ? -errno : scene_write(s);
}

static int move_upper(struct scene *s)
{
	return mremap(s->base - UPPER_BYTES / 2, UPPER_BYTES, UPPER_BYTES,
		      MREMAP_MAYMOVE | MREMAP_FIXED,
		      s->aside) == MAP_FAILED ?
		       -errno :
		       0;
}

/* move_normal_pud() */
static const struct transition moved_upper = {
	TRANSITION(many, mremap_upper),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = map_upper,
	.setup = write_and_reserve_upper,
	.trigger = move_upper,
};

FIXTURE_VARIANT_ADD(many, mremap_upper)
{
	.t = &moved_upper,
};

TEST_HARNESS_MAIN
