// SPDX-License-Identifier: GPL-2.0-only
/*
 * cow: a write to a read-only page gets a new frame, the old one stays as it is;
 * or the kernel moves a page to a new frame by itself.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "family.h"

STLB_FAMILY(cow);

static int share(struct scene *s)
{
	scene_write(s);
	return scene_fork(s);
}

static const struct transition copy = {
	TRANSITION(cow, copy), .before = ACCESS_RO, .after = ACCESS_RW,
	.frame = FRAME_NEW,    .setup = share,	    .trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, copy){
	.t = &copy,
};

static const struct transition zero_page = {
	TRANSITION(cow, zero_page), .before = ACCESS_RO, .after = ACCESS_RW,
	.frame = FRAME_NEW,	    .setup = scene_read, .trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, zero_page){
	.t = &zero_page,
};

/*
 * FOLL_FORCE: a write through a mapping that allows none, as a debugger makes
 * it. The copy is the process's own, and read-only like the rest.
 */
static int read_only_zero_pages(struct scene *s)
{
	scene_read(s);
	return scene_protect(s, PROT_READ);
}

static int force(struct scene *s)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char bytes[128];
	int err = 0;

	if (fd < 0)
		return -errno;
	/* More than a byte: what a device reads must tell the frames apart. */
	memset(bytes, 0xff, sizeof(bytes));
	for (size_t i = 0; i < s->nr && !err; i++)
		if (pwrite(fd, bytes, sizeof(bytes),
			   (uintptr_t)s->base + i * s->page) != sizeof(bytes))
			err = -errno;
	close(fd);
	if (err == -EIO)
		return scene_missing(
			s,
			"needs a /proc/PID/mem that forces writes: CONFIG_PROC_MEM_ALWAYS_FORCE");
	return err;
}

static const struct transition forced = {
	TRANSITION(cow, forced),
	.before = ACCESS_RO,
	.after = ACCESS_RO,
	.frame = FRAME_NEW,
	.setup = read_only_zero_pages,
	.trigger = force,
};

FIXTURE_VARIANT_ADD(cow, forced){
	.t = &forced,
};

#define KSM "/sys/kernel/mm/ksm/"
/*
 * A page is merged in the third scan that sees it at the latest: checksum,
 * unstable tree, merge. 6.12 may skip a page in some.
 */
#define KSM_SCANS 24

static int ksm_set(const char *file, int value)
{
	FILE *f = fopen(file, "we");
	int bad;

	if (!f)
		return -errno;
	bad = fprintf(f, "%d\n", value) < 0;
	return fclose(f) || bad ? -EIO : 0;
}

static long ksm_scans(void)
{
	FILE *f = fopen(KSM "full_scans", "re");
	long scans = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &scans) != 1)
		scans = -1;
	fclose(f);
	return scans;
}

/* Is each page in one frame with its twin aside? -errno if that cannot be told. */
static int is_merged(struct scene *s, int pagemap)
{
	uint64_t frames = (1ULL << 55) - 1, page, twin;

	for (size_t i = 0; i < s->nr; i++) {
		uintptr_t one = (uintptr_t)s->base / s->page + i;
		uintptr_t two = (uintptr_t)s->aside / s->page + i;

		if (pread(pagemap, &page, sizeof(page), one * sizeof(page)) !=
			    sizeof(page) ||
		    pread(pagemap, &twin, sizeof(twin), two * sizeof(twin)) !=
			    sizeof(twin))
			return -EIO;
		if ((page & frames) != (twin & frames))
			return 0;
	}
	return 1;
}

/* ksmd's scans are the clock: it merges them, or fails to within so many. */
static int await_merge(struct scene *s)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	long last = ksm_scans() + KSM_SCANS, now;
	int merged;

	if (pagemap < 0)
		return -errno;
	do {
		sched_yield();
		/* Before the look: ksmd may make many scans in between. */
		now = ksm_scans();
		merged = is_merged(s, pagemap);
	} while (!merged && now < last);
	close(pagemap);
	if (merged < 0)
		return merged;
	return merged ? 0 : -ETIME;
}

static int map_twins(struct scene *s)
{
	size_t bytes = s->nr * s->page;

	s->aside = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->aside == MAP_FAILED)
		return -errno;
	if (madvise(s->aside, bytes, MADV_NOHUGEPAGE) && errno != EINVAL)
		return -errno;
	for (size_t i = 0; i < s->nr; i++)
		s->aside[i * s->page] = 1; /* as scene_write() does */
	if (madvise(s->base, bytes, MADV_MERGEABLE) ||
	    madvise(s->aside, bytes, MADV_MERGEABLE))
		return -errno;
	return 0;
}

static int merge(struct scene *s)
{
	int err;

	if (access(KSM, F_OK))
		return scene_missing(s, "needs CONFIG_KSM: no " KSM);
	scene_write(s);
	err = map_twins(s);
	if (!err)
		err = ksm_set(KSM "pages_to_scan", 4096);
	if (!err)
		err = ksm_set(KSM "sleep_millisecs", 0);
	if (!err)
		err = ksm_set(KSM "run", 1);
	if (!err)
		err = await_merge(s);
	/* Waits until ksmd has stopped: it merges nothing from now on. */
	return ksm_set(KSM "run", 0) ?: err;
}

static const struct transition ksm_unmerge = {
	TRANSITION(cow, ksm_unmerge),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.setup = merge,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, ksm_unmerge){
	.t = &ksm_unmerge,
};

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

/*
 * Migration, one page at a time, and on a machine with one node: the entry
 * gives way to a migration entry, then to one for the new frame. The write
 * makes sure that it is young. The old frames are lost to the machine.
 */
static int soft_offline(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		if (!madvise(s->base + i * s->page, s->page, MADV_SOFT_OFFLINE))
			continue;
		if (errno == EINVAL)
			return scene_missing(
				s,
				"needs madvise(MADV_SOFT_OFFLINE): CONFIG_MEMORY_FAILURE");
		return -errno;
	}
	return scene_write(s);
}

static const struct transition
	migrate = {
		TRANSITION(cow, migrate), .before = ACCESS_RW,
		.after = ACCESS_RW,	  .frame = FRAME_NEW,
		.sole_owner = true, /* folio_migrate_mapping() */
		.setup = scene_write,	  .trigger = soft_offline,
	};

FIXTURE_VARIANT_ADD(cow, migrate){
	.t = &migrate,
};

TEST_HARNESS_MAIN
