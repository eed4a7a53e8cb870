// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmap: an entry goes away, or there was none to begin with.
 */

#include <errno.h>
#include <sys/mman.h>

#include "family.h"

STLB_FAMILY(unmap);

static int leave_untouched(struct scene *s)
{
	return 0;
}

static int unmap_pages(struct scene *s)
{
	return munmap(s->base, s->nr * s->page) ? -errno : 0;
}

static int drop_pages(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_DONTNEED) ? -errno : 0;
}

static const struct transition munmap_populated = {
	TRANSITION(unmap, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = scene_write,
	.trigger = unmap_pages,
};

FIXTURE_VARIANT_ADD(unmap, munmap)
{
	.t = &munmap_populated,
};

static const struct transition dontneed = {
	TRANSITION(unmap, dontneed),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = scene_write,
	.trigger = drop_pages,
};

FIXTURE_VARIANT_ADD(unmap, dontneed)
{
	.t = &dontneed,
};

static const struct transition none = {
	TRANSITION(unmap, none),
	.before = ACCESS_NONE,
	.after = ACCESS_NONE,
	.setup = leave_untouched,
	.trigger = unmap_pages,
};

FIXTURE_VARIANT_ADD(unmap, none)
{
	.t = &none,
};

TEST_HARNESS_MAIN
