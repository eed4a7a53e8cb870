// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmap: an entry goes away, or there was none to begin with.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* The pages go elsewhere, frames and all; these addresses are left empty. */
static int write_and_reserve(struct scene *s)
{
	scene_write(s);
	s->aside = mmap(NULL, s->nr * s->page, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return s->aside == MAP_FAILED ? -errno : 0;
}

static int move_away(struct scene *s)
{
	size_t bytes = s->nr * s->page;

	return mremap(s->base, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
		      s->aside) == MAP_FAILED ?
		       -errno :
		       0;
}

static const struct transition moved = {
	TRANSITION(unmap, mremap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = write_and_reserve,
	.trigger = move_away,
};

FIXTURE_VARIANT_ADD(unmap, mremap)
{
	.t = &moved,
};

static const struct transition zero_page = {
	TRANSITION(unmap, zero_page),
	.before = ACCESS_RO,
	.after = ACCESS_NONE,
	.setup = scene_read,
	.trigger = unmap_pages,
};

FIXTURE_VARIANT_ADD(unmap, zero_page)
{
	.t = &zero_page,
};

/*
 * Lazily freed pages, read once more. Whether a clean entry of a writable page
 * lets a write through differs; after mprotect() none does.
 */
static int write_and_free(struct scene *s)
{
	int err;

	scene_write(s);
	if (madvise(s->base, s->nr * s->page, MADV_FREE))
		return -errno;
	err = scene_protect(s, PROT_READ);
	return err ? err : scene_read(s);
}

/*
 * They are clean, so reclaim drops them without swap; where the architecture
 * batches flushes, with a batched one (try_to_unmap_one()).
 */
static int reclaim(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_PAGEOUT) ? -errno : 0;
}

static const struct transition madv_free = {
	TRANSITION(unmap, madv_free), .before = ACCESS_RO, .after = ACCESS_NONE,
	.sole_owner = true, /* try_to_unmap_one(), __remove_mapping() */
	.setup = write_and_free,      .trigger = reclaim,
};

FIXTURE_VARIANT_ADD(unmap, madv_free)
{
	.t = &madv_free,
};

#define SPARSE_BYTES (4UL << 20)

/* The pages in the middle of a mapping that has no others. */
static int map_sparse(struct scene *s)
{
	char *start = mmap(NULL, SPARSE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		return -errno;
	if (madvise(start, SPARSE_BYTES, MADV_NOHUGEPAGE) && errno != EINVAL)
		return -errno;
	s->base = start + SPARSE_BYTES / 2;
	return 0;
}

static int unmap_sparse(struct scene *s)
{
	return munmap(s->base - SPARSE_BYTES / 2, SPARSE_BYTES) ? -errno : 0;
}

static const struct transition sparse = {
	TRANSITION(unmap, sparse),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = map_sparse,
	.setup = scene_write,
	.trigger = unmap_sparse,
};

FIXTURE_VARIANT_ADD(unmap, sparse)
{
	.t = &sparse,
};

static int empty_file(struct scene *s)
{
	return ftruncate(s->fd, 0) ? -errno : 0;
}

static const struct transition truncated = {
	TRANSITION(unmap, truncate),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = scene_map_file,
	.setup = scene_write,
	.trigger = empty_file,
};

FIXTURE_VARIANT_ADD(unmap, truncate)
{
	.t = &truncated,
};

static int punch(struct scene *s)
{
	return fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			 s->nr * s->page) ?
		       -errno :
		       0;
}

static const struct transition punch_hole = {
	TRANSITION(unmap, punch_hole),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = scene_map_file,
	.setup = scene_write,
	.trigger = punch,
};

FIXTURE_VARIANT_ADD(unmap, punch_hole)
{
	.t = &punch_hole,
};

TEST_HARNESS_MAIN
