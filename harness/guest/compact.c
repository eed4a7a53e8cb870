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
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "compact.h"
#include "frames.h"
#include "pages.h"

#define COMPACT "/proc/sys/vm/compact_memory"

/* As short as they can be: Documentation/admin-guide/sysctl/vm.rst */
#define CPU_LISTS "/proc/sys/vm/percpu_pagelist_high_fraction"

/*
 * Its free pages are to be far more than the movable ones below it, which are above all
 * those of the guest's file system: its programs have 17 to 28 MiB.
 */
#define POOL (64UL << 20)
/* Of so many frames the last is kept. */
#define KEEP 8
/* Of compaction, at most */
#define PASSES 32

static uint64_t old_frames[STLB_RUN_PAGES];

/* The lowest frame above @frame; there is one. */
static size_t next_frame(const uint64_t *frames, size_t nr, uint64_t frame)
{
	size_t next = nr;

	for (size_t i = 0; i < nr; i++)
		if (frames[i] > frame &&
		    (next == nr || frames[i] < frames[next]))
			next = i;
	return next;
}

/* The lowest ones go where the watched pages are, most others are freed. */
static int place(struct scene *s, char *pool, const uint64_t *frames, size_t nr)
{
	uint64_t last = 0;

	for (size_t i = 0; i < s->nr; i++) {
		size_t at = next_frame(frames, nr, last);

		if (mremap(pool + at * s->page, s->page, s->page,
			   MREMAP_MAYMOVE | MREMAP_FIXED,
			   s->base + i * s->page) == MAP_FAILED)
			return -errno;
		last = frames[at];
	}
	for (size_t from = 0, to; from < nr; from = to + 1) {
		for (to = from;
		     to < nr && frames[to] > last && (frames[to] + 1) % KEEP;)
			to++;
		if (to > from && madvise(pool + from * s->page,
					 (to - from) * s->page, MADV_DONTNEED))
			return -errno;
	}
	return 0;
}

/* Not all that a small machine has */
static size_t pool_pages(const struct scene *s)
{
	size_t bytes = POOL;
	struct sysinfo info;

	if (!sysinfo(&info) && info.freeram / 4 * info.mem_unit < bytes)
		bytes = info.freeram / 4 * info.mem_unit;
	return bytes / s->page;
}

int compact_prepare(struct scene *s)
{
	size_t nr = pool_pages(s);
	uint64_t *frames;
	int err;

	if (access(COMPACT, F_OK))
		return scene_missing(s, "needs CONFIG_COMPACTION: no " COMPACT);
	err = scene_set(s, CPU_LISTS, "1000000");
	if (err)
		return err;
	s->aside = pages_map(NULL, nr * s->page);
	if (s->aside == MAP_FAILED)
		return -errno;
	if (madvise(s->aside, nr * s->page, MADV_POPULATE_WRITE))
		return -errno;
	frames = malloc(nr * sizeof(*frames));
	err = frames ? frames_of(s->aside, nr, frames) : -ENOMEM;
	if (!err)
		err = place(s, s->aside, frames, nr);
	free(frames);
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
