// SPDX-License-Identifier: GPL-2.0-only
/*
 * spurious: what is asked for is allowed already, or is about other pages; no
 * entry changes.
 */

#include <errno.h>
#include <sys/mman.h>

#include "family.h"

STLB_FAMILY(spurious);

static const struct transition write_again = {
	TRANSITION(spurious, write),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(spurious, write)
{
	.t = &write_again,
};

static const struct transition read_again = {
	TRANSITION(spurious, read),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = scene_read,
};

FIXTURE_VARIANT_ADD(spurious, read)
{
	.t = &read_again,
};

static int same_protection(struct scene *s)
{
	return scene_protect(s, PROT_READ | PROT_WRITE);
}

static const struct transition mprotect_same = {
	TRANSITION(spurious, mprotect_same),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = same_protection,
};

FIXTURE_VARIANT_ADD(spurious, mprotect_same)
{
	.t = &mprotect_same,
};

static int announce(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_WILLNEED) ? -errno : 0;
}

static const struct transition willneed = {
	TRANSITION(spurious, willneed),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = announce,
};

FIXTURE_VARIANT_ADD(spurious, willneed)
{
	.t = &willneed,
};

/* A populated page right behind the watched ones. */
static int write_with_neighbour(struct scene *s)
{
	char *next = s->base + s->nr * s->page;

	if (mmap(next, s->page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	*(volatile char *)next = 1;
	s->beside = next;
	s->beside_bytes = s->page;
	return scene_write(s);
}

static int unmap_neighbour(struct scene *s)
{
	return munmap(s->base + s->nr * s->page, s->page) ? -errno : 0;
}

static const struct transition neighbour = {
	TRANSITION(spurious, neighbour),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = write_with_neighbour,
	.trigger = unmap_neighbour,
};

FIXTURE_VARIANT_ADD(spurious, neighbour)
{
	.t = &neighbour,
};

TEST_HARNESS_MAIN
