// SPDX-License-Identifier: GPL-2.0-only
/*
 * file: pages of a file on a file system that must hear of the first write to
 * each clean page (page_mkwrite()), so that their entries are read-only until
 * then, and again after writeback.
 */

#include <errno.h>
#include <sys/mman.h>

#include "../harness/guest/disk.h"
#include "family.h"

STLB_FAMILY(file);

static int map_file(struct scene *s, int how)
{
	int err = disk_file(s);

	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 how | MAP_FIXED, s->fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

static int map_shared(struct scene *s)
{
	return map_file(s, MAP_SHARED);
}

static const struct transition mkwrite = {
	TRANSITION(file, mkwrite),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.map = map_shared,
	.setup = scene_read,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(file, mkwrite)
{
	.t = &mkwrite,
};

/* To the disk: what is written back is write-protected first (folio_mkclean()). */
static int write_back(struct scene *s)
{
	return msync(s->base, s->nr * s->page, MS_SYNC) ? -errno : 0;
}

static const struct transition writeback = {
	TRANSITION(file, writeback),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.map = map_shared,
	.setup = scene_write,
	.trigger = write_back,
};

FIXTURE_VARIANT_ADD(file, writeback)
{
	.t = &writeback,
};

static int write_and_write_back(struct scene *s)
{
	scene_write(s);
	return write_back(s);
}

static const struct transition rewrite = {
	TRANSITION(file, rewrite),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.map = map_shared,
	.setup = write_and_write_back,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(file, rewrite)
{
	.t = &rewrite,
};

/* Any file does: the page cache's page is never the process's own. */
static int map_private(struct scene *s)
{
	int err = scene_map_file(s);

	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED, s->fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

static const struct transition private_copy = {
	TRANSITION(file, private_copy),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.map = map_private,
	.setup = scene_read,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(file, private_copy)
{
	.t = &private_copy,
};

/* Clean pages are on the disk as well, or, in a hole, nowhere. */
static const struct transition reclaimed = {
	TRANSITION(file, reclaim),
	.before = ACCESS_RO,
	.after = ACCESS_NONE,
	.reclaims = true,
	.sole_owner = true, /* __remove_mapping() */
	.map = map_shared,
	.setup = scene_read,
	.trigger = scene_page_out,
};

FIXTURE_VARIANT_ADD(file, reclaim)
{
	.t = &reclaimed,
};

TEST_HARNESS_MAIN
