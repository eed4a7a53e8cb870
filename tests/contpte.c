// SPDX-License-Identifier: GPL-2.0-only
/*
 * contpte: a large folio that arm64 maps by a contiguous set of PTEs, as a whole
 * and one page of it. The kernel makes such sets, and takes them apart, by itself
 * (arch/arm64/mm/contpte.c).
 */

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "../harness/guest/clean.h"
#include "../harness/guest/share.h"
#include "../harness/guest/sysfs.h"
#include "family.h"

STLB_FAMILY(contpte);

#define KIB 1024UL

/* CONT_PTE_SIZE: 16 pages of 4 KiB, 128 of 16 KiB, 32 of 64 KiB */
static size_t set_bytes(const struct scene *s)
{
	return s->base_page == 4 * KIB ? 64 * KIB : 2 * KIB * KIB;
}

/* Units of the set's size; folios of that size are allowed, by @file. */
static int enlarge(struct scene *s, const char *file)
{
	char path[96];
	int err;

#ifndef __aarch64__
	return scene_missing(
		s, "needs arm64: no other page table has a contiguous bit");
#endif
	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/%s",
		 set_bytes(s) / KIB, file);
	err = scene_set(s, path, "always");
	if (err == -ENOENT)
		return scene_missing(
			s,
			"needs large folios: no enabled (Linux 6.8), or no shmem_enabled (6.11), for this size in /sys/kernel/mm/transparent_hugepage");
	return err ? err : scene_enlarge(s, set_bytes(s));
}

static int map_private(struct scene *s)
{
	int err = enlarge(s, "enabled");

	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

static int map_shared(struct scene *s)
{
	int err = enlarge(s, "shmem_enabled");

	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/* One base page of each set, @at bytes into it, is what changes. */
static int map_one(struct scene *s, size_t at)
{
	int err = map_private(s);

	s->base += at;
	s->span = s->base_page;
	return err;
}

static int map_first(struct scene *s)
{
	return map_one(s, 0);
}

static int map_middle(struct scene *s)
{
	return map_one(s, set_bytes(s) / 2);
}

static int map_last(struct scene *s)
{
	return map_one(s, set_bytes(s) - s->base_page);
}

static const char *lacks_set(const struct stlb_pte *pte)
{
	if (pte->order)
		return NULL;
	return "needs contiguous sets of PTEs (CONFIG_ARM64_CONTPTE, Linux 6.9), and a free large folio: the fault got single pages";
}

/* The set comes apart, one entry of it leads to a copy. */
#define COPY_TEST(which)                                                       \
	static const struct transition cow_##which = {                         \
		TRANSITION(contpte, cow_##which),                              \
		.before = ACCESS_RO,                                           \
		.after = ACCESS_RW,                                            \
		.frame = FRAME_NEW,                                            \
		.leaf_before = LEAF_HUGE,                                      \
		.leaf_after = LEAF_SMALL,                                      \
		.map = map_##which,                                            \
		.lacks = lacks_set,                                            \
		.setup = share_and_keep,                                       \
		.trigger = scene_write,                                        \
	};                                                                     \
	FIXTURE_VARIANT_ADD(contpte, cow_##which)                              \
	{                                                                      \
		.t = &cow_##which,                                             \
	};

COPY_TEST(first)
COPY_TEST(middle)
COPY_TEST(last)

/*
 * One write to the middle of each set makes all of it dirty, so writable
 * (contpte_ptep_set_access_flags()). A CPU with FEAT_HAFDBS takes no fault.
 */
static int write_middle(struct scene *s)
{
	long faults = minor_faults();

	for (size_t i = 0; i < s->nr; i++)
		*(volatile char *)(s->base + i * s->page + s->page / 2) = 1;
	if (minor_faults() == faults)
		return scene_missing(
			s,
			"needs a CPU that leaves the dirty state to the kernel: arm64 without FEAT_HAFDBS");
	return 0;
}

static const struct transition shared_clean = {
	TRANSITION(contpte, shared_clean),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_HUGE,
	.map = map_shared,
	.lacks = lacks_set,
	.setup = scene_read,
	.trigger = write_middle,
};

FIXTURE_VARIANT_ADD(contpte, shared_clean)
{
	.t = &shared_clean,
};

static int unprotect_and_write(struct scene *s)
{
	int err = scene_protect(s, PROT_READ | PROT_WRITE);

	return err ? err : scene_write_all(s);
}

static const struct transition mprotect_rw = {
	TRANSITION(contpte, mprotect),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.map = map_private,
	.lacks = lacks_set,
	.setup = scene_write_and_protect,
	.trigger = unprotect_and_write,
};

FIXTURE_VARIANT_ADD(contpte, mprotect)
{
	.t = &mprotect_rw,
};

static const struct transition mprotect_ro = {
	TRANSITION(contpte, mprotect_ro),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.map = map_private,
	.lacks = lacks_set,
	.setup = scene_write,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(contpte, mprotect_ro)
{
	.t = &mprotect_ro,
};

static const struct transition fork_parent = {
	TRANSITION(contpte, fork),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.map = map_private,
	.lacks = lacks_set,
	.setup = scene_write,
	.trigger = scene_fork,
};

FIXTURE_VARIANT_ADD(contpte, fork)
{
	.t = &fork_parent,
};

static int protect_one(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (mprotect(s->base + i * s->page, s->span, PROT_READ))
			return -errno;
	return 0;
}

static const struct transition mprotect_one = {
	TRANSITION(contpte, mprotect_one),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.leaf_before = LEAF_HUGE,
	.leaf_after = LEAF_SMALL,
	.map = map_middle,
	.lacks = lacks_set,
	.setup = scene_write,
	.trigger = protect_one,
};

FIXTURE_VARIANT_ADD(contpte, mprotect_one)
{
	.t = &mprotect_one,
};

static int unmap_one(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (munmap(s->base + i * s->page, s->span))
			return -errno;
	return 0;
}

static const struct transition munmap_one = {
	TRANSITION(contpte, munmap_one),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_middle,
	.lacks = lacks_set,
	.setup = scene_write,
	.trigger = unmap_one,
};

FIXTURE_VARIANT_ADD(contpte, munmap_one)
{
	.t = &munmap_one,
};

static const struct transition munmap_whole = {
	TRANSITION(contpte, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.leaf_before = LEAF_HUGE,
	.map = map_private,
	.lacks = lacks_set,
	.setup = scene_write,
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(contpte, munmap)
{
	.t = &munmap_whole,
};

TEST_HARNESS_MAIN
