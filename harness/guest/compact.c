// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /proc/sys/vm/compact_memory moves (mm/compaction.c): one scanner takes
 * movable pages from the bottom of a zone, another free ones from its top, until
 * they meet; of the free ones not those in pageblocks that are free as a whole.
 *
 * So the watched pages are the lowest of a pool, and above them every pageblock of
 * the pool keeps some of its pages and has the others free: far more of these than
 * there are movable pages below. Free means free to the zone: the CPUs' own lists,
 * which no scanner sees, are kept short.
 *
 *	frames	... w w w w - - - k - - - - - - - k - - - - - - - k ...
 *
 * The free scanner samples (isolate_freepages(), stride): after some pageblocks
 * without a find it looks at every 32nd page only, from the first of a block on. So
 * those are never kept.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compact.h"
#include "frames.h"
#include "pages.h"

#define COMPACT "/proc/sys/vm/compact_memory"

/* As short as they can be: Documentation/admin-guide/sysctl/vm.rst */
#define CPU_LISTS "/proc/sys/vm/percpu_pagelist_high_fraction"

/* Far above what the guest's file system in memory and its programs have. */
#define POOL (24UL << 20)
/* Of so many frames the last is kept. */
#define KEEP 8
/* Of compaction, at most */
#define PASSES 32

struct pool_page {
	uint64_t frame;
	char *page;
};

static uint64_t old_frames[STLB_RUN_PAGES];

static int by_frame(const void *a, const void *b)
{
	const struct pool_page *x = a, *y = b;

	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* All pages of the pool, written, lowest frame first. */
static int sort_pool(struct scene *s, char *pool, struct pool_page *pages,
		     size_t nr)
{
	uint64_t *frames = malloc(nr * sizeof(*frames));
	int err = frames ? frames_of(pool, nr, frames) : -ENOMEM;

	for (size_t i = 0; i < nr && !err; i++)
		pages[i] = (struct pool_page){ frames[i], pool + i * s->page };
	free(frames);
	if (!err)
		qsort(pages, nr, sizeof(*pages), by_frame);
	return err;
}

/* The lowest ones go where the watched pages are, most others are freed. */
static int place(struct scene *s, const struct pool_page *pages, size_t nr)
{
	for (size_t i = 0; i < s->nr; i++)
		if (mremap(pages[i].page, s->page, s->page,
			   MREMAP_MAYMOVE | MREMAP_FIXED,
			   s->base + i * s->page) == MAP_FAILED)
			return -errno;
	for (size_t i = s->nr; i < nr; i++)
		if ((pages[i].frame + 1) % KEEP &&
		    madvise(pages[i].page, s->page, MADV_DONTNEED))
			return -errno;
	return 0;
}

static int map_pool(struct scene *s)
{
	s->aside = pages_map(NULL, POOL);
	if (s->aside == MAP_FAILED)
		return -errno;
	memset(s->aside, 1, POOL);
	return 0;
}

int compact_prepare(struct scene *s)
{
	size_t nr = POOL / s->page;
	struct pool_page *pages;
	int err;

	if (access(COMPACT, F_OK))
		return scene_missing(s, "needs CONFIG_COMPACTION: no " COMPACT);
	err = scene_set(s, CPU_LISTS, "1000000");
	if (!err)
		err = map_pool(s);
	if (err)
		return err;
	pages = malloc(nr * sizeof(*pages));
	err = pages ? sort_pool(s, s->aside, pages, nr) : -ENOMEM;
	if (!err)
		err = place(s, pages, nr);
	free(pages);
	return err ? err : frames_of(s->base, s->nr, old_frames);
}

/* The write makes sure that the new entries are young. */
static int compact_once(struct scene *s)
{
	int fd = open(COMPACT, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	scene_changing(s);
	if (write(fd, "1", 1) != 1)
		err = -errno;
	scene_write(s);
	scene_changed(s);
	close(fd);
	return err;
}

static int all_moved(struct scene *s, bool *moved)
{
	uint64_t frames[STLB_RUN_PAGES];
	int err = frames_of(s->base, s->nr, frames);

	*moved = true;
	for (size_t i = 0; i < s->nr; i++)
		*moved &= frames[i] != old_frames[i];
	return err;
}

/*
 * A pass ends early where the scanner of free pages has none for a batch, and leaves
 * memory in another state for the next.
 */
int compact_memory(struct scene *s)
{
	bool moved = false;
	int err = 0;

	for (int pass = 0; pass < PASSES && !moved && !err; pass++) {
		err = compact_once(s);
		if (!err)
			err = all_moved(s, &moved);
	}
	if (err || moved)
		return err;
	return scene_missing(
		s,
		"needs compaction to reach the pages: small pageblocks, and little in use below them");
}
