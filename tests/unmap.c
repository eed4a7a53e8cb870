// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmap: an entry goes away, or there was none to begin with.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../harness/guest/native_rules.h"
#include "../harness/guest/needs.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/uffd.h"
#include "family.h"

STLB_FAMILY(unmap);

static int leave_untouched(struct scene *s)
{
	return 0;
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
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(unmap, munmap)
{
	.t = &munmap_populated,
};

static int map_over(struct scene *s)
{
	return mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) == MAP_FAILED ?
		       -errno :
		       0;
}

static const struct transition mmap_over = {
	TRANSITION(unmap, mmap_over),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = scene_write,
	.trigger = map_over,
};

FIXTURE_VARIANT_ADD(unmap, mmap_over)
{
	.t = &mmap_over,
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
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(unmap, none)
{
	.t = &none,
};

/* The pages go elsewhere, frames and all; these addresses are left empty. */
static const struct transition moved = {
	TRANSITION(unmap, mremap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = scene_write_to_move,
	.trigger = scene_move,
};

FIXTURE_VARIANT_ADD(unmap, mremap)
{
	.t = &moved,
};

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static int move_and_leave(struct scene *s)
{
	size_t bytes = s->nr * s->page;

	return mremap(s->base, bytes, bytes,
		      MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		      s->aside) == MAP_FAILED ?
		       -errno :
		       0;
}

static const struct transition moved_and_left = {
	TRANSITION(unmap, mremap_dontunmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = scene_write_to_move,
	.trigger = move_and_leave,
};

FIXTURE_VARIANT_ADD(unmap, mremap_dontunmap)
{
	.t = &moved_and_left,
};

static const struct transition uffd_moved = {
	TRANSITION(unmap, uffd_move),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = uffd_write_and_register_aside,
	.trigger = uffd_move,
};

FIXTURE_VARIANT_ADD(unmap, uffd_move)
{
	.t = &uffd_moved,
};

/* The page behind them is moved as well, and cannot be, for there is one already. */
static int map_one_more(struct scene *s)
{
	return pages_map(s->base, (s->nr + 1) * s->page) == MAP_FAILED ? -errno :
									 0;
}

static const struct transition uffd_moved_part = {
	TRANSITION(unmap, uffd_move_part),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = map_one_more,
	.setup = uffd_write_and_block_last,
	.trigger = uffd_move_all_but_last,
};

FIXTURE_VARIANT_ADD(unmap, uffd_move_part)
{
	.t = &uffd_moved_part,
};

static int protect_and_read(struct scene *s)
{
	int err = scene_write_protect(s);

	return err ? err : scene_read(s);
}

static const struct transition zero_page = {
	TRANSITION(unmap, zero_page),
	.before = ACCESS_RO,
	.after = ACCESS_NONE,
	.setup = scene_read,
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(unmap, zero_page)
{
	.t = &zero_page,
};

/* Of shared memory, never written to. */
static const struct transition munmap_clean = {
	TRANSITION(unmap, munmap_clean),
	.before = ACCESS_RO,
	.after = ACCESS_NONE,
	.map = scene_map_file,
	.setup = protect_and_read,
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(unmap, munmap_clean)
{
	.t = &munmap_clean,
};

/*
 * The pages are clean, so reclaim drops them without swap; where the architecture
 * batches flushes, with a batched one (try_to_unmap_one()).
 */
static const struct transition madv_free = {
	TRANSITION(unmap, madv_free), .before = ACCESS_RO, .after = ACCESS_NONE,
	.reclaims = true,
	.sole_owner = true, /* try_to_unmap_one(), __remove_mapping() */
	.setup = scene_write_and_free,      .trigger = scene_page_out,
};

FIXTURE_VARIANT_ADD(unmap, madv_free)
{
	.t = &madv_free,
};

/* The flush is for one address space, and current has another. */
static int reclaim_of(struct scene *s, pid_t subject)
{
	struct iovec pages = { s->base, s->nr * s->page };
	int fd = syscall(SYS_pidfd_open, subject, 0), err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = syscall(SYS_process_madvise, fd, &pages, 1, MADV_PAGEOUT, 0);
	if (n != (ssize_t)pages.iov_len)
		err = n < 0 ? -errno : -EIO;
	scene_changed(s);
	close(fd);
	return err;
}

static int start_helper_and_free(struct scene *s)
{
	int err = scene_start_helper(s, reclaim_of);

	return err ? err : scene_write_and_free(s);
}

static const struct transition by_process_madvise = {
	TRANSITION(unmap, by_process_madvise),
	.before = ACCESS_RO,
	.after = ACCESS_NONE,
	.reclaims = true,
	.sole_owner = true, /* try_to_unmap_one(), __remove_mapping() */
	.setup = start_helper_and_free,
	.trigger = scene_ask_helper,
};

FIXTURE_VARIANT_ADD(unmap, by_process_madvise)
{
	.t = &by_process_madvise,
};

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static int guard(struct scene *s)
{
	if (!madvise(s->base, s->nr * s->page, MADV_GUARD_INSTALL))
		return 0;
	return needs_release(s, -errno, native_release(), STLB_RELEASE(6, 13),
			     "needs madvise(MADV_GUARD_INSTALL): Linux 6.13");
}

static const struct transition guarded = {
	TRANSITION(unmap, guard),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = scene_write,
	.trigger = guard,
};

FIXTURE_VARIANT_ADD(unmap, guard)
{
	.t = &guarded,
};

#ifndef MADV_HWPOISON
#define MADV_HWPOISON 100
#endif

static void survive(int sig)
{
}

/* The kernel says which pages are lost by SIGBUS, and takes no other way. */
static int write_and_survive(struct scene *s)
{
	if (signal(SIGBUS, survive) == SIG_ERR)
		return -errno;
	return scene_write(s);
}

/* As when the memory itself fails. The frames are lost to the machine. */
static int poison(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		if (!madvise(s->base + i * s->page, s->page, MADV_HWPOISON))
			continue;
		return needs_memory_failure(
			s, -errno, MEMINFO,
			"needs madvise(MADV_HWPOISON): CONFIG_MEMORY_FAILURE");
	}
	return 0;
}

static const struct transition poisoned = {
	TRANSITION(unmap, hwpoison),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = write_and_survive,
	.trigger = poison,
};

FIXTURE_VARIANT_ADD(unmap, hwpoison)
{
	.t = &poisoned,
};

#define SPARSE_BYTES (4UL << 20)

/* The pages in the middle of a mapping that has no others. */
static int map_sparse(struct scene *s)
{
	char *start = pages_map(NULL, SPARSE_BYTES);

	if (start == MAP_FAILED)
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
