// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugetlb: pages of hugetlb's pools, one transition for each size that an
 * architecture may have. What maps such a page depends on the base page: with 4
 * KiB on arm64 it is a contiguous set of PTEs (64 KiB), a PMD (2 MiB), a
 * contiguous set of PMDs (32 MiB), a PUD (1 GiB); with 64 KiB a contiguous set of
 * PTEs (2 MiB), a PMD (512 MiB).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/guest/pagemap_scan.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/soft_offline.h"
#include "../harness/guest/sysfs.h"
#include "../harness/guest/uffd.h"
#include "family.h"

STLB_FAMILY(hugetlb);

#define KIB 1024UL
#define POOL "/sys/kernel/mm/hugepages/hugepages-%zukB/%s"

/* MAP_HUGE_SHIFT of asm-generic/hugetlb_encode.h */
#define SIZE_FLAG(bytes) (__builtin_ctzl(bytes) << 26)

static void pool_file(char *path, size_t size, size_t bytes, const char *file)
{
	snprintf(path, size, POOL, bytes / KIB, file);
}

/* As many free pages as are needed; the pool has its old size afterwards. */
static int fill_pool(struct scene *s, size_t bytes, long need)
{
	char path[96], value[32];
	long has, unused;
	int err;

	pool_file(path, sizeof(path), bytes, "free_hugepages");
	unused = sysfs_number(path);
	if (unused == -ENOENT)
		return scene_missing(
			s,
			"needs hugetlb pages of this size: no such directory in /sys/kernel/mm/hugepages");
	pool_file(path, sizeof(path), bytes, "nr_hugepages");
	has = sysfs_number(path);
	if (unused < 0 || has < 0)
		return -EIO;
	if (unused >= need)
		return 0;
	snprintf(value, sizeof(value), "%ld", has + need - unused);
	err = scene_set(s, path, value);
	if (err)
		return err;
	if (sysfs_number(path) < has + need - unused)
		return scene_missing(
			s,
			"needs memory for hugetlb pages of this size: the kernel could not fill the pool");
	return 0;
}

/* @each: pages of the pool that a unit takes, copies included. */
static int take_pages(struct scene *s, size_t bytes, size_t each)
{
	int err = scene_enlarge(s, bytes);

	return err ? err : fill_pool(s, bytes, s->nr * each);
}

static int map_pages(struct scene *s, size_t bytes, size_t each)
{
	int err = take_pages(s, bytes, each);

	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_HUGETLB |
			 SIZE_FLAG(bytes),
		 -1, 0) == MAP_FAILED)
		return -errno;
	s->borrowed = s->base;
	s->borrowed_bytes = s->nr * s->page;
	return 0;
}

/* Of a file of hugetlbfs's. */
static int map_file(struct scene *s, size_t bytes)
{
	int err = take_pages(s, bytes, 1);

	if (err)
		return err;
	s->fd = memfd_create("stlb",
			     MFD_CLOEXEC | MFD_HUGETLB | SIZE_FLAG(bytes));
	if (s->fd < 0 || ftruncate(s->fd, s->nr * s->page))
		return -errno;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, s->fd, 0) == MAP_FAILED)
		return -errno;
	s->borrowed = s->base;
	s->borrowed_bytes = s->nr * s->page;
	return 0;
}

/* Documentation/admin-guide/mm/pagemap.rst: bit 63 is "present". */
static int has_pages(struct scene *s, pid_t pid)
{
	uint64_t entry = 0;
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return scene_missing(
			s,
			"needs CONFIG_PROC_PAGE_MONITOR: no /proc/PID/pagemap");
	n = pread(fd, &entry, sizeof(entry),
		  (uintptr_t)s->base / s->base_page * sizeof(entry));
	close(fd);
	return n == sizeof(entry) ? !!(entry >> 63) : -EIO;
}

#define FORKS 64

/*
 * A fork() that shares the pages. Kernels with a bug of their own leave them out
 * now and then, by what was left in the child's new page table
 * (docs/findings/hugetlb-fork-leaves-pages-out.md): the parent's entries do not
 * change then, and nothing is due. Each try has other tables, for what is written
 * to in between takes the last ones.
 */
static int fork_pages(struct scene *s)
{
	for (int i = 0; i < FORKS; i++) {
		int err = scene_fork(s);

		scene_changed(s);
		if (err)
			return err;
		err = has_pages(s, s->child);
		if (err > 0 && i)
			outcome_data("forks_without_pages", i);
		if (err)
			return err < 0 ? err : 0;
		scene_changing(s);
		scene_reap(s);
		if (mmap(NULL, 64 * KIB, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
			 0) == MAP_FAILED)
			return -errno;
	}
	return scene_missing(
		s,
		"needs a fork() that shares hugetlb pages: docs/findings/hugetlb-fork-leaves-pages-out.md");
}

static int share(struct scene *s)
{
	scene_write(s);
	return fork_pages(s);
}

static int share_and_drop(struct scene *s)
{
	int err = share(s);

	if (!err)
		scene_reap(s);
	return err;
}

/* Something else may come to these addresses. */
static int unmap(struct scene *s)
{
	s->borrowed = NULL;
	return scene_unmap(s);
}

static int drop(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_DONTNEED) ? -errno : 0;
}

static int write_registered(struct scene *s)
{
	int err = uffd_register_hugetlb(s);

	return err ? err : scene_write(s);
}

static int punch_hole(struct scene *s)
{
	return fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			 s->nr * s->page) ?
		       -errno :
		       0;
}

static int move_away(struct scene *s)
{
	int err = scene_move(s);

	if (!err)
		s->borrowed = s->aside;
	return err;
}

#define HUGETLB_TEST(name, size, map_, before_, after_, frame_, setup_,        \
		     trigger_)                                                 \
	static const struct transition name##_##size = {                      \
		TRANSITION(hugetlb, name##_##size),                            \
		.before = before_,                                             \
		.after = after_,                                               \
		.frame = frame_,                                               \
		.leaf_before = LEAF_HUGE,                                      \
		.leaf_after = LEAF_HUGE,                                       \
		.map = map_,                                                   \
		.setup = setup_,                                               \
		.trigger = trigger_,                                           \
	};                                                                     \
	FIXTURE_VARIANT_ADD(hugetlb, name##_##size)                            \
	{                                                                      \
		.t = &name##_##size,                                           \
	};

#define HUGETLB_SIZE(size, bytes)                                              \
	static int map_##size(struct scene *s)                                 \
	{                                                                      \
		return map_pages(s, bytes, 1);                                 \
	}                                                                      \
	static int map_file_##size(struct scene *s)                            \
	{                                                                      \
		return map_file(s, bytes);                                     \
	}                                                                      \
	static int map_twice_##size(struct scene *s)                           \
	{                                                                      \
		return map_pages(s, bytes, 2);                                 \
	}                                                                      \
	HUGETLB_TEST(reuse, size, map_##size, ACCESS_RO, ACCESS_RW,            \
		     FRAME_SAME, share_and_drop, scene_write)                  \
	HUGETLB_TEST(mprotect, size, map_##size, ACCESS_RO, ACCESS_RW,         \
		     FRAME_SAME, scene_write_and_protect, scene_unprotect_and_write)       \
	HUGETLB_TEST(mprotect_ro, size, map_##size, ACCESS_RW, ACCESS_RO,      \
		     FRAME_SAME, scene_write, scene_write_protect)                   \
	HUGETLB_TEST(fork, size, map_##size, ACCESS_RW, ACCESS_RO, FRAME_SAME, \
		     scene_write, fork_pages)                                  \
	HUGETLB_TEST(cow, size, map_twice_##size, ACCESS_RO, ACCESS_RW,        \
		     FRAME_NEW, share, scene_write)                            \
	HUGETLB_TEST(munmap, size, map_##size, ACCESS_RW, ACCESS_NONE,         \
		     FRAME_SAME, scene_write, unmap)                           \
	HUGETLB_TEST(dontneed, size, map_##size, ACCESS_RW, ACCESS_NONE,       \
		     FRAME_SAME, scene_write, drop)                            \
	HUGETLB_TEST(mprotect_none, size, map_##size, ACCESS_RW,               \
		     ACCESS_DENIED, FRAME_SAME, scene_write, scene_close)      \
	HUGETLB_TEST(uffd_wp, size, map_##size, ACCESS_RW, ACCESS_RO,          \
		     FRAME_SAME, write_registered, uffd_write_protect)         \
	HUGETLB_TEST(punch_hole, size, map_file_##size, ACCESS_RW,             \
		     ACCESS_NONE, FRAME_SAME, scene_write, punch_hole)         \
	HUGETLB_TEST(mremap, size, map_##size, ACCESS_RW, ACCESS_NONE,         \
		     FRAME_SAME, scene_write_to_move, move_away)

HUGETLB_SIZE(64k, 64 * KIB)
HUGETLB_SIZE(2m, 2 * KIB * KIB)
HUGETLB_SIZE(32m, 32 * KIB * KIB)
HUGETLB_SIZE(512m, 512 * KIB * KIB)
HUGETLB_SIZE(1g, KIB * KIB * KIB)

#define HUGETLB_MIGRATE(size)                                                  \
	static const struct transition migrate_##size = {                     \
		TRANSITION(hugetlb, migrate_##size),                           \
		.before = ACCESS_RW,                                           \
		.after = ACCESS_RW,                                            \
		.frame = FRAME_NEW,                                            \
		.leaf_before = LEAF_HUGE,                                      \
		.leaf_after = LEAF_HUGE,                                       \
		.sole_owner = true, /* folio_migrate_mapping() */              \
		.map = map_twice_##size,                                       \
		.setup = scene_write,                                          \
		.trigger = soft_offline_and_write,                                       \
	};                                                                     \
	FIXTURE_VARIANT_ADD(hugetlb, migrate_##size)                           \
	{                                                                      \
		.t = &migrate_##size,                                          \
	};

/* Not of those for which memory has few places. */
HUGETLB_MIGRATE(64k)
HUGETLB_MIGRATE(2m)

#define TABLE_BYTES (KIB * KIB * KIB)

/*
 * Pages in memory that one page table maps on its own, which the kernel may then
 * share between processes (huge_pmd_share()). There is one page more than are watched.
 */
static int map_whole_table(struct scene *s)
{
	size_t bytes = 2 * KIB * KIB;
	int err = take_pages(s, bytes, 2);

	if (err)
		return err;
	s->base = pages_reserve(TABLE_BYTES, TABLE_BYTES);
	if (s->base == MAP_FAILED)
		return -errno;
	s->fd = memfd_create("stlb",
			     MFD_CLOEXEC | MFD_HUGETLB | SIZE_FLAG(bytes));
	if (s->fd < 0 || ftruncate(s->fd, TABLE_BYTES) ||
	    mmap(s->base, TABLE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_NORESERVE | MAP_FIXED, s->fd,
		 0) == MAP_FAILED)
		return -errno;
	s->borrowed = s->base;
	s->borrowed_bytes = TABLE_BYTES;
	return 0;
}

static char *one_more(const struct scene *s)
{
	return s->base + s->nr * s->page;
}

/*
 * A child that maps the same has a table for it when this process needs one. What only
 * the child has touched is there for this process if the table is that one.
 */
static int write_to_shared_table(struct scene *s)
{
	struct scene other = *s;
	int err;

	other.base = one_more(s);
	s->nr++;
	err = scene_fork_reader(s);
	s->nr--;
	if (err)
		return err;
	scene_write(s);
	err = has_pages(&other, getpid());
	if (err)
		return err < 0 ? err : 0;
	return scene_missing(
		s,
		"needs page tables that processes share: CONFIG_HUGETLB_PMD_PAGE_TABLE_SHARING (up to 6.12 CONFIG_ARCH_WANT_HUGE_PMD_SHARE)");
}

/*
 * The table is the other process's from then on (huge_pmd_unshare()), and this one
 * has none.
 */
#define HUGETLB_UNSHARE(name, setup_, trigger_)                                \
	static const struct transition unshare_##name = {                     \
		TRANSITION(hugetlb, unshare_##name),                           \
		.before = ACCESS_RW,                                           \
		.after = ACCESS_NONE,                                          \
		.leaf_before = LEAF_HUGE,                                      \
		.map = map_whole_table,                                        \
		.setup = setup_,                                               \
		.trigger = trigger_,                                           \
	};                                                                     \
	FIXTURE_VARIANT_ADD(hugetlb, unshare_##name)                           \
	{                                                                      \
		.t = &unshare_##name,                                          \
	};

static int unmap_table(struct scene *s)
{
	s->borrowed = NULL;
	return munmap(s->base, TABLE_BYTES) ? -errno : 0;
}

static int move_table(struct scene *s)
{
	if (mremap(s->base, TABLE_BYTES, TABLE_BYTES,
		   MREMAP_MAYMOVE | MREMAP_FIXED, s->aside) == MAP_FAILED)
		return -errno;
	s->borrowed = s->aside;
	return 0;
}

/* What changes is another page than the watched ones: the table is left all the same. */
static int drop_one_more(struct scene *s)
{
	return madvise(one_more(s), s->page, MADV_DONTNEED) ? -errno : 0;
}

static int punch_one_more(struct scene *s)
{
	return fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 one_more(s) - s->base, s->page) ?
		       -errno :
		       0;
}

/* The pages are in the first half: the mapping comes apart behind them. */
static int split_mapping(struct scene *s)
{
	size_t half = TABLE_BYTES / 2;

	return madvise(s->base + half, half, MADV_DONTDUMP) ? -errno : 0;
}

static int write_to_move_table(struct scene *s)
{
	s->aside = pages_reserve(TABLE_BYTES, TABLE_BYTES);
	return s->aside == MAP_FAILED ? -errno : write_to_shared_table(s);
}

HUGETLB_UNSHARE(2m, write_to_shared_table, scene_write_protect)
HUGETLB_UNSHARE(munmap, write_to_shared_table, unmap_table)
HUGETLB_UNSHARE(dontneed, write_to_shared_table, drop_one_more)
HUGETLB_UNSHARE(punch_hole, write_to_shared_table, punch_one_more)
HUGETLB_UNSHARE(split, write_to_shared_table, split_mapping)
HUGETLB_UNSHARE(mremap, write_to_move_table, move_table)

static int write_registered_async(struct scene *s)
{
	int err = uffd_register_async_hugetlb(s);

	return err ? err : scene_write(s);
}

/* pagemap_scan_hugetlb_entry() */
static const struct transition scan_wp = {
	TRANSITION(hugetlb, scan_wp_2m),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_2m,
	.setup = write_registered_async,
	.trigger = pagemap_scan_written,
};

FIXTURE_VARIANT_ADD(hugetlb, scan_wp_2m)
{
	.t = &scan_wp,
};

TEST_HARNESS_MAIN
