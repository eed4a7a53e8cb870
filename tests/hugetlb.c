// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugetlb: pages of hugetlb's pools, one transition for each size that an
 * architecture may have. What maps such a page depends on the base page: with 4
 * KiB on arm64 it is a contiguous set of PTEs (64 KiB), a PMD (2 MiB), a
 * contiguous set of PMDs (32 MiB), a PUD (1 GiB).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/guest/sysfs.h"
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
static int map_pages(struct scene *s, size_t bytes, size_t each)
{
	int err = scene_enlarge(s, bytes);

	if (!err)
		err = fill_pool(s, bytes, s->nr * each);
	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_HUGETLB |
			 SIZE_FLAG(bytes),
		 -1, 0) == MAP_FAILED)
		return -errno;
	s->borrowed = s->base;
	return 0;
}

/* Documentation/admin-guide/mm/pagemap.rst: bit 63 is "present". */
static int child_has_pages(struct scene *s)
{
	uint64_t entry = 0;
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", s->child);
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

		if (err)
			return err;
		err = child_has_pages(s);
		if (err > 0 && i)
			outcome_data("forks_without_pages", i);
		if (err)
			return err < 0 ? err : 0;
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

static int write_protect(struct scene *s)
{
	return scene_protect(s, PROT_READ);
}

static int write_and_protect(struct scene *s)
{
	scene_write(s);
	return write_protect(s);
}

static int unprotect_and_write(struct scene *s)
{
	int err = scene_protect(s, PROT_READ | PROT_WRITE);

	return err ? err : scene_write(s);
}

/* Something else may come to these addresses. */
static int unmap(struct scene *s)
{
	s->borrowed = NULL;
	return munmap(s->base, s->nr * s->page) ? -errno : 0;
}

static int drop(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_DONTNEED) ? -errno : 0;
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
	static int map_twice_##size(struct scene *s)                           \
	{                                                                      \
		return map_pages(s, bytes, 2);                                 \
	}                                                                      \
	HUGETLB_TEST(reuse, size, map_##size, ACCESS_RO, ACCESS_RW,            \
		     FRAME_SAME, share_and_drop, scene_write)                  \
	HUGETLB_TEST(mprotect, size, map_##size, ACCESS_RO, ACCESS_RW,         \
		     FRAME_SAME, write_and_protect, unprotect_and_write)       \
	HUGETLB_TEST(mprotect_ro, size, map_##size, ACCESS_RW, ACCESS_RO,      \
		     FRAME_SAME, scene_write, write_protect)                   \
	HUGETLB_TEST(fork, size, map_##size, ACCESS_RW, ACCESS_RO, FRAME_SAME, \
		     scene_write, fork_pages)                                  \
	HUGETLB_TEST(cow, size, map_twice_##size, ACCESS_RO, ACCESS_RW,        \
		     FRAME_NEW, share, scene_write)                            \
	HUGETLB_TEST(munmap, size, map_##size, ACCESS_RW, ACCESS_NONE,         \
		     FRAME_SAME, scene_write, unmap)                           \
	HUGETLB_TEST(dontneed, size, map_##size, ACCESS_RW, ACCESS_NONE,       \
		     FRAME_SAME, scene_write, drop)                            \
	HUGETLB_TEST(mremap, size, map_##size, ACCESS_RW, ACCESS_NONE,         \
		     FRAME_SAME, scene_write_to_move, move_away)

HUGETLB_SIZE(64k, 64 * KIB)
HUGETLB_SIZE(2m, 2 * KIB * KIB)
HUGETLB_SIZE(32m, 32 * KIB * KIB)
HUGETLB_SIZE(1g, KIB * KIB * KIB)

TEST_HARNESS_MAIN
