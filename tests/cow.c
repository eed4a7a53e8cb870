// SPDX-License-Identifier: GPL-2.0-only
/*
 * cow: a write to a read-only page gets a new frame, the old one stays as it is;
 * or the kernel moves a page to a new frame by itself.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include "../harness/guest/compact.h"
#include "../harness/guest/frames.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/share.h"
#include "../harness/guest/soft_offline.h"
#include "../harness/guest/sysfs.h"
#include "family.h"

STLB_FAMILY(cow);

static const struct transition copy = {
	TRANSITION(cow, copy),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.setup = share_and_keep,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, copy)
{
	.t = &copy,
};

static const struct transition zero_page = {
	TRANSITION(cow, zero_page),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.setup = scene_read,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, zero_page)
{
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
	scene_changed(s);
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

FIXTURE_VARIANT_ADD(cow, forced)
{
	.t = &forced,
};

#define UPROBE_TYPE "/sys/bus/event_source/devices/uprobe/type"
/* Of a probe within its page: there the devices look. */
#define PROBE_AT 64

/* A probe is refused where there is no instruction. */
asm(".pushsection .rodata\n"
    "cow_nops: .rept 64\n"
    "nop\n"
    ".endr\n"
    ".popsection");
extern const char cow_nops[64];

static int map_code(struct scene *s)
{
	int err = scene_map_file(s);

	if (err)
		return err;
	for (size_t i = 0; i < s->nr; i++)
		if (pwrite(s->fd, cow_nops, sizeof(cow_nops),
			   i * s->page + PROBE_AT) != sizeof(cow_nops))
			return -errno;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_EXEC,
		 MAP_PRIVATE | MAP_FIXED, s->fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/*
 * The breakpoint goes into a copy of the page's, which the kernel puts in its place.
 * The probes stay until the process ends: to take one away is a change as well.
 */
static int probe(struct scene *s)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	long type = sysfs_number(UPROBE_TYPE);
	char path[32];
	int err = 0;

	if (type == -ENOENT)
		return scene_missing(
			s, "needs CONFIG_UPROBE_EVENTS: no " UPROBE_TYPE);
	if (type < 0)
		return type;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fd);
	attr.type = type;
	attr.uprobe_path = (uintptr_t)path;
	for (size_t i = 0; i < s->nr && !err; i++) {
		attr.probe_offset = i * s->page + PROBE_AT;
		if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) < 0)
			err = -errno;
	}
	scene_changed(s);
	return err;
}

static const struct transition uprobe = {
	TRANSITION(cow, uprobe),
	.before = ACCESS_RO,
	.after = ACCESS_RO,
	.frame = FRAME_NEW,
	.map = map_code,
	.setup = scene_read,
	.trigger = probe,
};

FIXTURE_VARIANT_ADD(cow, uprobe)
{
	.t = &uprobe,
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

/* Are they all in one frame with the first page aside? Or -errno. */
static int are_merged(const struct scene *s, const char *pages, size_t nr)
{
	uint64_t one, others[STLB_RUN_PAGES + 1];
	int err = frames_of(s->aside, 1, &one);

	if (!err)
		err = frames_of(pages, nr, others);
	for (size_t i = 0; i < nr && !err; i++)
		if (one != others[i])
			return 0;
	return err ? err : 1;
}

/* Turns of a loop that makes no system call. */
static void spin(unsigned long turns)
{
	for (volatile unsigned long i = 0; i < turns; i++)
		;
}

#define SPIN_MAX (1UL << 26)

/*
 * One scan, if ksmd comes to it. ksmd scans under the lock that the second write waits
 * for, so ksmd has stopped when that returns, and what it has changed it changed, for
 * the most part, while that waited:
 *
 *	test				ksmd
 *	write(1)			wakes up
 *	spin				lock, scan, ...
 *	write(0) waits
 *					unlock, sleeps
 *	scene_perhaps_changed()
 *
 * A system call to see how far ksmd is would be an occasion to make up for a
 * callback that was left out. If the second write comes first there is no scan: the
 * next spin is longer.
 */
static int scan_once(struct scene *s, int run, unsigned long *turns)
{
	long before = ksm_scans();
	bool bad;

	scene_changing(s);
	bad = pwrite(run, "1", 1, 0) != 1;
	spin(*turns);
	bad |= pwrite(run, "0", 1, 0) != 1;
	scene_perhaps_changed(s);
	if (ksm_scans() == before && *turns < SPIN_MAX)
		*turns = 2 * *turns + 1;
	return bad ? -EIO : 0;
}

/* ksmd's scans are the clock: it merges them, or fails to within so many. */
static int await_merge(struct scene *s, int run, const char *pages, size_t nr)
{
	long last = ksm_scans() + KSM_SCANS, now;
	unsigned long turns = 0;
	int err, merged = 0;

	do {
		/* Before the scan that may be the last. */
		now = ksm_scans();
		err = scan_once(s, run, &turns);
		if (!err)
			merged = are_merged(s, pages, nr);
	} while (!err && !merged && now < last);
	if (err || merged < 0)
		return err ? err : merged;
	return merged ? 0 : -ETIME;
}

/* ksmd runs until they are merged, and has stopped when this returns. */
static int merge(struct scene *s, const char *pages, size_t nr)
{
	int run = open(KSM "run", O_WRONLY | O_CLOEXEC), err;

	if (run < 0)
		return -errno;
	err = await_merge(s, run, pages, nr);
	close(run);
	return err;
}

static int mergeable(const struct scene *s, char *pages, size_t nr)
{
	/* All of it: a device may have written anywhere. */
	memset(pages, 1, nr * s->page);
	return madvise(pages, nr * s->page, MADV_MERGEABLE) ? -errno : 0;
}

/* One page more than are watched, so that there are always two to merge. */
static int map_aside(struct scene *s)
{
	size_t nr = s->nr + 1, bytes = nr * s->page;

	s->aside = pages_map(NULL, bytes);
	if (s->aside == MAP_FAILED)
		return -errno;
	return mergeable(s, s->aside, nr);
}

static int prepare_ksm(struct scene *s)
{
	int err;

	if (access(KSM, F_OK))
		return scene_missing(s, "needs CONFIG_KSM: no " KSM);
	err = ksm_set(KSM "pages_to_scan", 4096);
	if (!err)
		err = ksm_set(KSM "sleep_millisecs", 0);
	return err ? err : map_aside(s);
}

/* The change is a kernel thread's, ksmd's. */
static int merge_watched(struct scene *s)
{
	int err = mergeable(s, s->base, s->nr);

	return err ? err : merge(s, s->base, s->nr);
}

/* The frame that they will be merged into is there already, and is not theirs. */
static int write_and_merge_aside(struct scene *s)
{
	int err = prepare_ksm(s);

	scene_write(s);
	return err ? err : merge(s, s->aside, s->nr + 1);
}

static const struct transition ksm_merge = {
	TRANSITION(cow, ksm_merge),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_NEW,
	.sole_owner = true, /* write_protect_page() */
	.setup = write_and_merge_aside,
	.trigger = merge_watched,
};

FIXTURE_VARIANT_ADD(cow, ksm_merge)
{
	.t = &ksm_merge,
};

static int write_and_merge(struct scene *s)
{
	int err = prepare_ksm(s);

	return err ? err : merge_watched(s);
}

static const struct transition ksm_unmerge = {
	TRANSITION(cow, ksm_unmerge),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.setup = write_and_merge,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(cow, ksm_unmerge)
{
	.t = &ksm_unmerge,
};

/*
 * The entry gives way to a migration entry, then to one for the new frame. The
 * write makes sure that it is young. The old frames are lost to the machine.
 */
static const struct transition
	migrate = {
		TRANSITION(cow, migrate), .before = ACCESS_RW,
		.after = ACCESS_RW,	  .frame = FRAME_NEW,
		.sole_owner = true, /* folio_migrate_mapping() */
		.setup = scene_write,	  .trigger = soft_offline_and_write,
	};

FIXTURE_VARIANT_ADD(cow, migrate)
{
	.t = &migrate,
};

/* No write is let through: it may be taken for one that need not be flushed at once. */
static const struct transition
	migrate_ro = {
		TRANSITION(cow, migrate_ro), .before = ACCESS_RO,
		.after = ACCESS_RO,	     .frame = FRAME_NEW,
		.sole_owner = true, /* folio_migrate_mapping() */
		.setup = scene_write_and_protect,
		.trigger = soft_offline_and_read,
	};

FIXTURE_VARIANT_ADD(cow, migrate_ro)
{
	.t = &migrate_ro,
};

/* Nobody has written to it, nor can. */
static int read_file(struct scene *s)
{
	int err = scene_write_protect(s);

	return err ? err : scene_read(s);
}

static const struct transition
	migrate_clean = {
		TRANSITION(cow, migrate_clean), .before = ACCESS_RO,
		.after = ACCESS_RO,		.frame = FRAME_NEW,
		.sole_owner = true, /* folio_migrate_mapping() */
		.map = scene_map_file,		.setup = read_file,
		.trigger = soft_offline_and_read,
	};

FIXTURE_VARIANT_ADD(cow, migrate_clean)
{
	.t = &migrate_clean,
};

static int splice_pipe[2] = { -1, -1 };

static void close_pipe(void)
{
	close(splice_pipe[0]);
	close(splice_pipe[1]);
}

/* A pipe that holds them: each has a reference that migration cannot take along. */
static int write_and_hold(struct scene *s)
{
	struct iovec pages = { s->base, s->nr * s->page };
	ssize_t n;

	if (pipe2(splice_pipe, O_CLOEXEC))
		return -errno;
	s->end = close_pipe;
	scene_write(s);
	n = vmsplice(splice_pipe[1], &pages, 1, SPLICE_F_NONBLOCK);
	if (n < 0)
		return -errno;
	return n == (ssize_t)pages.iov_len ? 0 : -EAGAIN;
}

/* Once the entries have given way it is found that the pages cannot go. */
static int fail_to_migrate(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		int err = soft_offline_unit(s, i);

		if (err && err != -EBUSY && err != -EAGAIN)
			return err;
	}
	return scene_write(s);
}

static const struct transition migrate_back = {
	TRANSITION(cow, migrate_back),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.passes_none = true,
	.setup = write_and_hold,
	.trigger = fail_to_migrate,
};

FIXTURE_VARIANT_ADD(cow, migrate_back)
{
	.t = &migrate_back,
};

static const struct transition compact = {
	TRANSITION(cow, compact),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_NEW,
	.sole_owner = true, /* folio_migrate_mapping() */
	.machine_wide = true,
	.setup = compact_prepare,
	.trigger = compact_memory,
};

FIXTURE_VARIANT_ADD(cow, compact)
{
	.t = &compact,
};

TEST_HARNESS_MAIN
