// SPDX-License-Identifier: GPL-2.0-only
/*
 * device: the devices themselves, and what their behaviour alone decides.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../harness/guest/clean.h"
#include "../harness/guest/device.h"
#include "../harness/guest/native_rules.h"
#include "../harness/guest/outcome.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/recorder.h"
#include "../harness/guest/settings.h"
#include "../harness/guest/sysfs.h"

#define PAGES 16
/* Seconds; the runner has a deadline of its own. */
#define LONG 3600
/* Retries that show an access to be endless. */
#define MANY 100
/* Those of a device at work. */
#define WORK_RETRIES 8

FIXTURE(device)
{
	struct device d;
	struct settings settings;
	size_t page;
	char *map; /* PAGES private anonymous pages, untouched */
};

FIXTURE_SETUP(device)
{
	int err = device_open(&self->d);

	if (recorder_missing(err))
		SKIP(return, "%s", recorder_missing(err));
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, settings_quiet(&self->settings));
	self->page = sysconf(_SC_PAGESIZE);
	self->map = pages_map(NULL, PAGES * self->page);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(device)
{
	device_close(&self->d);
	settings_restore(&self->settings);
}

static int request(struct device *d, unsigned long cmd, void *arg)
{
	return ioctl(d->fd, cmd, arg) ? -errno : 0;
}

static int attach_model(struct device *d, enum stlb_profile profile,
			__u32 flags)
{
	return device_attach(d, STLB_DEVICE_MODEL, profile, flags);
}

static void touch(char *start, size_t page, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		*(volatile char *)(start + i * page) = 1;
}

TEST_F(device, attach_arguments)
{
	struct stlb_device_info info = { .device = STLB_NR_DEVICES };
	const struct stlb_attach good = {
		.abi = STLB_ABI,
		.device = STLB_DEVICE_MODEL,
		.profile = STLB_SMMUV3,
		.sets = 4,
		.ways = 4,
	};
	struct stlb_attach bad[9];
	struct stlb_attach req = good;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = good;
	bad[0].device = STLB_NR_DEVICES;
	bad[1].profile = STLB_NR_PROFILES;
	bad[2].flags = STLB_ATTACH_FLAGS + 1;
	bad[3].sets = 3;
	bad[4].sets = 2 * STLB_MAX_SETS;
	bad[5].sets = 0;
	bad[6].ways = 0;
	bad[7].ways = STLB_MAX_WAYS + 1;
	bad[8].mailbox = (uintptr_t)self->map;

	EXPECT_EQ(-EFAULT, request(&self->d, STLB_IOC_DEVICE, (void *)1));
	EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_DEVICE, &info));
	info = (struct stlb_device_info){ .profile = STLB_NR_PROFILES };
	EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_DEVICE, &info));
	EXPECT_EQ(0, device_info(&self->d, STLB_DEVICE_MODEL, STLB_KVM_SHADOW,
				 &info));
	EXPECT_EQ(0, info.usable);
	EXPECT_NE(0, strlen(info.missing));
	EXPECT_EQ(0, device_info(&self->d, STLB_DEVICE_MODEL, STLB_VTD, &info));
	EXPECT_EQ(1, info.usable);
	EXPECT_STREQ("", info.missing);
	EXPECT_STREQ("model", info.name);

	EXPECT_EQ(-EFAULT, request(&self->d, STLB_IOC_ATTACH, (void *)1));
	req.abi = STLB_ABI + 1;
	EXPECT_EQ(-EPROTONOSUPPORT, request(&self->d, STLB_IOC_ATTACH, &req));
	req = good;
	req.profile = STLB_KVM_SHADOW;
	EXPECT_EQ(-ENODEV, request(&self->d, STLB_IOC_ATTACH, &req));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_ATTACH, &bad[i]))
		{
			TH_LOG("case %zu", i);
		}
	}
	req = good;
	EXPECT_EQ(0, request(&self->d, STLB_IOC_ATTACH, &req));
	EXPECT_EQ(-EBUSY, request(&self->d, STLB_IOC_ATTACH, &req));
}

TEST_F(device, access_arguments)
{
	struct stlb_bind bind = { .abi = STLB_ABI,
				  .ring_bytes = STLB_MIN_RING };
	uintptr_t map = (uintptr_t)self->map;
	uint64_t word = 0, end = 1ULL << 63;
	const struct stlb_access bad[] = {
		{ .addr = map, .len = 0 },
		{ .addr = map, .len = STLB_MAX_ACCESS + 1 },
		{ .addr = map, .len = 8, .kind = STLB_NR_KINDS },
		{ .addr = map, .len = 8, .retries = STLB_MAX_RETRIES + 1 },
		{ .addr = end, .len = 8 },
		{ .addr = ~0ULL, .len = 8 },
	};
	const struct stlb_range ranges[] = {
		{ map, map },
		{ map + self->page, map },
		{ map + 1, map + self->page },
		{ map, map + 1 },
		{ map, end },
	};
	struct stlb_run run = { .addr = map, .len = self->page };
	struct stlb_access access = { .addr = map, .len = 8 };
	struct stlb_query query = { .addr = end };
	struct stlb_stats stats;
	struct stlb_halt halt;

	EXPECT_EQ(-ENXIO, request(&self->d, STLB_IOC_ACCESS, &access));
	EXPECT_EQ(-ENXIO, device_invalidate(&self->d, self->map, self->page));
	EXPECT_EQ(-ENXIO, device_query(&self->d, self->map, &query));
	EXPECT_EQ(-ENXIO, device_stats(&self->d, &stats));
	EXPECT_EQ(-ENXIO, request(&self->d, STLB_IOC_RUN, &run));
	EXPECT_EQ(-ENXIO, device_halt(&self->d, &halt));

	ASSERT_EQ(0, attach_model(&self->d, STLB_SMMUV3, 0));
	EXPECT_EQ(-EBUSY, request(&self->d, STLB_IOC_BIND, &bind));
	EXPECT_EQ(-ENXIO, request(&self->d, STLB_IOC_MARK, &word));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		access = bad[i];
		EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_ACCESS, &access))
		{
			TH_LOG("access %zu", i);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_INVALIDATE,
					   (void *)&ranges[i]))
		{
			TH_LOG("range %zu", i);
		}
	}
	/* Bad data pointers: to be written from, and to be read to. */
	touch(self->map, self->page, 1);
	EXPECT_EQ(-EFAULT,
		  device_write(&self->d, self->map, (void *)1, 8, 0, &access));
	EXPECT_EQ(-EFAULT,
		  device_read(&self->d, self->map, (void *)1, 8, 0, &access));
	query = (struct stlb_query){ .addr = end };
	EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_QUERY, &query));
	query = (struct stlb_query){ .addr = map, .reserved = 1 };
	EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_QUERY, &query));
	EXPECT_EQ(-ENOENT, device_halt(&self->d, &halt));
	run.len = self->page - 1;
	EXPECT_EQ(-EINVAL, request(&self->d, STLB_IOC_RUN, &run));
	run.len = self->page;
	EXPECT_EQ(0, request(&self->d, STLB_IOC_RUN, &run));
	EXPECT_EQ(-EBUSY, request(&self->d, STLB_IOC_RUN, &run));
	EXPECT_EQ(0, device_halt(&self->d, &halt));
}

TEST_F(device, moves_bytes)
{
	size_t len = 3 * self->page;
	char *at = self->map + self->page / 2;
	char *sent = malloc(len), *got = calloc(1, len);
	struct stlb_access access;

	ASSERT_EQ(0, attach_model(&self->d, STLB_SMMUV3, STLB_ATTACH_HOLD));
	touch(self->map, self->page, 4);
	for (size_t i = 0; i < len; i++)
		sent[i] = i * 7 + i / self->page;
	/* An access is at most STLB_MAX_ACCESS, three large pages are not. */
	if (len > STLB_MAX_ACCESS)
		len = STLB_MAX_ACCESS;
	ASSERT_EQ(0, device_write(&self->d, at, sent, len, 0, &access));
	EXPECT_EQ(len, access.moved);
	EXPECT_EQ(STLB_FAULT_NONE, access.fault);
	EXPECT_EQ(0, memcmp(at, sent, len));
	ASSERT_EQ(0, device_read(&self->d, at, got, len, 0, &access));
	EXPECT_EQ(len, access.moved);
	EXPECT_EQ(0, memcmp(got, sent, len));

	/* Up to the page that is not there. */
	at = self->map + 4 * self->page - 8;
	ASSERT_EQ(0, device_write(&self->d, at, sent, 16, 3, &access));
	EXPECT_EQ(8, access.moved);
	EXPECT_EQ(STLB_FAULT_TRANSLATION, access.fault);
	EXPECT_EQ(5, access.attempts);
	EXPECT_EQ(4, access.faults);
	EXPECT_EQ(0, memcmp(at, sent, 8));
	free(sent);
	free(got);
}

TEST_F(device, capacity)
{
	struct stlb_attach req = {
		.abi = STLB_ABI,
		.profile = STLB_SMMUV3,
		.flags = STLB_ATTACH_HOLD,
		.sets = 2,
		.ways = 2,
	};
	struct stlb_access access;
	struct stlb_query query;
	struct stlb_stats stats;
	uint64_t word, words[2];
	uint64_t *last = (uint64_t *)(self->map + 4 * self->page) - 1;

	touch(self->map, self->page, PAGES);
	ASSERT_EQ(0, request(&self->d, STLB_IOC_ATTACH, &req));
	for (size_t i = 0; i < 4; i++)
		EXPECT_EQ(0, device_read(&self->d, self->map + i * self->page,
					 &word, sizeof(word), 0, &access));
	EXPECT_EQ(-ENOSPC, device_read(&self->d, self->map + 4 * self->page,
				       &word, sizeof(word), 0, &access));
	EXPECT_EQ(0, access.moved);
	/* What was moved before is told of, and is there. */
	*last = 0x5ca1ab1e;
	EXPECT_EQ(-ENOSPC, device_read(&self->d, last, words, sizeof(words), 0,
				       &access));
	EXPECT_EQ(sizeof(*last), access.moved);
	EXPECT_EQ(2, access.attempts);
	EXPECT_EQ(*last, words[0]);
	device_close(&self->d);

	ASSERT_EQ(0, device_open(&self->d));
	req.flags |= STLB_ATTACH_EVICT;
	ASSERT_EQ(0, request(&self->d, STLB_IOC_ATTACH, &req));
	for (size_t i = 0; i < PAGES; i++)
		EXPECT_EQ(0, device_read(&self->d, self->map + i * self->page,
					 &word, sizeof(word), 0, &access));
	ASSERT_EQ(0, device_stats(&self->d, &stats));
	EXPECT_EQ(PAGES - 4, stats.evictions);
	EXPECT_EQ(PAGES, stats.misses);
	/* Least recently used: the last of each set are there. */
	for (size_t i = 0; i < PAGES; i++) {
		ASSERT_EQ(0, device_query(&self->d, self->map + i * self->page,
					  &query));
		EXPECT_EQ(i < PAGES - 4 ? 0 : STLB_CACHED | STLB_CACHED_WRITE,
			  query.flags);
	}
}

TEST_F(device, invalidates)
{
	struct stlb_access access;
	struct stlb_query query;
	uint64_t word;

	touch(self->map, self->page, PAGES);
	ASSERT_EQ(0, attach_model(&self->d, STLB_SMMUV3, STLB_ATTACH_HOLD));
	for (size_t i = 0; i < PAGES; i++)
		ASSERT_EQ(0, device_read(&self->d, self->map + i * self->page,
					 &word, sizeof(word), 0, &access));
	ASSERT_EQ(0, device_invalidate(&self->d, self->map + 3 * self->page,
				       5 * self->page));
	for (size_t i = 0; i < PAGES; i++) {
		ASSERT_EQ(0, device_query(&self->d, self->map + i * self->page,
					  &query));
		EXPECT_EQ(i < 3 || i >= 8, !!(query.flags & STLB_CACHED))
		{
			TH_LOG("page %zu", i);
		}
	}
}

/* The model plays any profile, the emulated one that of the machine's IOMMU. */
static enum stlb_profile plain_profile(enum stlb_device_id id)
{
	return id == STLB_DEVICE_MODEL ? STLB_SMMUV3 :
					 native_rules.profiles[0].id;
}

static bool can_attach(struct device *d, enum stlb_device_id id,
		       struct stlb_device_info *info)
{
	return !device_info(d, id, plain_profile(id), info) && info->usable;
}

/* The end of user space: of the largest range from 0 that is taken. */
static __u64 all_of_it(struct device *d, size_t page)
{
	__u64 end = 0;

	for (__u64 bit = 1ULL << 62; bit >= page; bit /= 2) {
		struct stlb_range range = { .end = end | bit };

		if (request(d, STLB_IOC_INVALIDATE, &range) != -EINVAL)
			end |= bit;
	}
	return end;
}

TEST_F(device, invalidates_all)
{
	for (int id = 0; id < STLB_NR_DEVICES; id++) {
		struct stlb_range range = { 0 };
		struct stlb_device_info info;
		struct stlb_access access;
		uint64_t word = id + 1;
		struct device d;

		ASSERT_EQ(0, device_open(&d));
		if (!can_attach(&d, id, &info)) {
			device_close(&d);
			continue;
		}
		ASSERT_EQ(0,
			  device_attach(&d, id, plain_profile(id),
					STLB_ATTACH_HOLD | STLB_ATTACH_IGNORE));
		range.end = all_of_it(&d, self->page);
		EXPECT_LT((uintptr_t)self->map, range.end);
		ASSERT_EQ(0, mprotect(self->map, self->page,
				      PROT_READ | PROT_WRITE));
		touch(self->map, self->page, 1);
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word), 0,
					  &access));
		ASSERT_EQ(STLB_FAULT_NONE, access.fault);
		ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ));
		word += STLB_NR_DEVICES;
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word), 0,
					  &access));
		EXPECT_EQ(STLB_FAULT_NONE, access.fault);
		ASSERT_EQ(0, request(&d, STLB_IOC_INVALIDATE, &range));
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word), 0,
					  &access));
		EXPECT_EQ(STLB_FAULT_PERMISSION, access.fault)
		{
			TH_LOG("%s: [0, %#llx)", info.name,
			       (unsigned long long)range.end);
		}
		device_close(&d);
	}
}

/* Says so, and waits until they have been made: no system call. */
static void go(volatile __u32 *word)
{
	*word = STLB_PROBE_GO;
	while (*word != STLB_PROBE_DONE)
		;
}

TEST_F(device, probes)
{
	struct stlb_probe_access one[2] = {
		{ .addr = (uintptr_t)self->map, .kind = STLB_READ },
		{ .addr = (uintptr_t)self->map + 8,
		  .word = 7,
		  .kind = STLB_WRITE },
	};
	struct stlb_probe_access bad = { .addr = (uintptr_t)self->map + 1 };
	volatile uint64_t *map = (uint64_t *)self->map;
	volatile __u32 *word = pages_map(NULL, self->page);

	ASSERT_NE(MAP_FAILED, word);
	*word = 0;
	EXPECT_EQ(-ENXIO, device_probe(&self->d, word, one, 2));
	ASSERT_EQ(0, attach_model(&self->d, STLB_SMMUV3, STLB_ATTACH_HOLD));
	EXPECT_EQ(-ENOENT, device_probed(&self->d, one, 2));
	EXPECT_EQ(-EINVAL, device_probe(&self->d, word, one, 0));
	EXPECT_EQ(-EINVAL,
		  device_probe(&self->d, word, one, STLB_PROBE_MAX + 1));
	EXPECT_EQ(-EINVAL, device_probe(&self->d, word, &bad, 1));
	bad = (struct stlb_probe_access){ .kind = STLB_NR_KINDS };
	EXPECT_EQ(-EINVAL, device_probe(&self->d, word, &bad, 1));
	EXPECT_EQ(-EFAULT, device_probe(&self->d, NULL, one, 2));
	EXPECT_EQ(-EFAULT, device_probe(&self->d, word, NULL, 2));

	ASSERT_EQ(0, device_probe(&self->d, word, one, 2));
	EXPECT_EQ(-EBUSY, device_probe(&self->d, word, one, 2));
	EXPECT_EQ(-ENODATA, device_probed(&self->d, one, 2));
	ASSERT_EQ(0, device_probe(&self->d, word, one, 2));
	map[0] = 5;
	go(word);
	EXPECT_EQ(7, map[1]);
	map[0] = 6;
	map[1] = 0;
	go(word);
	EXPECT_EQ(7, map[1]);
	ASSERT_EQ(0, device_probed(&self->d, one, 2));
	EXPECT_EQ(STLB_FAULT_NONE, one[0].fault);
	EXPECT_EQ(6, one[0].word);
	EXPECT_NE(0, one[0].pfn);
	EXPECT_EQ(STLB_FAULT_NONE, one[1].fault);

	/* Ended by detach */
	ASSERT_EQ(0, device_probe(&self->d, word, one, 2));
	go(word);
}

/*
 * The page is not there, and the device, which makes no requests, would try it a
 * thousand times, a tenth of a second each.
 */
TEST_F_TIMEOUT(device, halts, LONG)
{
	struct stlb_device_info info;
	struct stlb_stats stats;
	struct stlb_halt halt;

	if (!can_attach(&self->d, STLB_DEVICE_EMULATED, &info))
		SKIP(return, "%s", info.missing);
	ASSERT_EQ(0, device_attach(&self->d, STLB_DEVICE_EMULATED,
				   plain_profile(STLB_DEVICE_EMULATED),
				   STLB_ATTACH_HOLD));
	ASSERT_EQ(0, device_run(&self->d, self->map, self->page, 0,
				STLB_MAX_RETRIES));
	do {
		ASSERT_EQ(0, device_stats(&self->d, &stats));
	} while (!stats.accesses);
	ASSERT_EQ(0, device_halt(&self->d, &halt));
	EXPECT_EQ(0, halt.moved);
	/* It was not waited for that the retries were over. */
	EXPECT_EQ(0, halt.gave_up);
	ASSERT_EQ(0, device_stats(&self->d, &stats));
	outcome_data("accesses", stats.accesses);
}

/* Of two devices that cache the pages there: what they find freed when they are told. */
static int freed_early(struct device *two, char *map, size_t bytes,
		       size_t page, unsigned long long found[2])
{
	struct stlb_access access;
	struct stlb_stats stats;
	uint64_t word;
	int err = 0;

	for (int i = 0; i < 2; i++) {
		err = device_invalidate(&two[i], map, bytes) ?:
			      device_stats(&two[i], &stats);
		if (err)
			return err;
		found[i] = stats.early_free;
	}
	for (size_t at = 0; at < bytes && !err; at += page)
		for (int i = 0; i < 2 && !err; i++)
			err = device_read(&two[i], map + at, &word,
					  sizeof(word), 0, &access);
	return err;
}

#define THP_ENABLED "/sys/kernel/mm/transparent_hugepage/enabled"
/* Room for a huge page of 2 MiB, where the kernel has them. */
#define HUGE_BYTES (2UL << 20)
/* More than a CPU keeps in its list of new pages, each with a reference. */
#define MANY_PAGES 64

/*
 * Two devices that hear nothing have the pages cached; the kernel takes the pages,
 * which frees them, and only then the devices are told:
 *
 *	the kernel		device
 *				has each page cached, with a reference
 *	unmap
 *	free: drops its own
 *				told: only devices have references
 */
TEST_F(device, early_free)
{
	unsigned long long found[2] = { 0 };
	char enabled[32] = "never";
	struct device two[2];
	struct recorder r;
	__u32 order = 0;

	/* Off where there is little memory; without it the second turn is the first's. */
	sysfs_value(THP_ENABLED, enabled, sizeof(enabled));
	sysfs_write(THP_ENABLED, "madvise");
	ASSERT_EQ(0, recorder_open(&r));
	ASSERT_EQ(0, recorder_bind(&r, RECORDER_RING));
	for (int huge = 0; huge < 2; huge++) {
		size_t bytes = huge ? HUGE_BYTES : MANY_PAGES * self->page;
		char *map = pages_map(NULL, bytes + HUGE_BYTES);

		ASSERT_NE(MAP_FAILED, map);
		map = (char *)(((uintptr_t)map + HUGE_BYTES - 1) & -HUGE_BYTES);
		madvise(map, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
		touch(map, self->page, bytes / self->page);
		for (int i = 0; i < 2; i++) {
			ASSERT_EQ(0, device_open(&two[i]));
			ASSERT_EQ(0, attach_model(&two[i], STLB_SMMUV3_PRI,
						  STLB_ATTACH_HOLD |
							  STLB_ATTACH_IGNORE));
		}
		/* Cached; told while the kernel has them; cached again. */
		ASSERT_EQ(0, freed_early(two, map, bytes, self->page, found));
		ASSERT_EQ(0, freed_early(two, map, bytes, self->page, found));
		EXPECT_EQ(0, found[0] + found[1]);
		ASSERT_EQ(0, recorder_watch(&r, map, 1));
		if (huge) {
			struct stlb_pte ptes[2];

			ASSERT_EQ(0, recorder_ptes(&r, ptes, 2));
			order = ptes[1].order;
			outcome_data("order", order);
		}
		ASSERT_EQ(0, madvise(map, bytes, MADV_DONTNEED));
		for (int i = 0; i < 2; i++) {
			struct stlb_stats stats;

			ASSERT_EQ(0, device_invalidate(&two[i], map, bytes));
			ASSERT_EQ(0, device_stats(&two[i], &stats));
			EXPECT_LT(0, stats.early_free)
			{
				TH_LOG("device %d, %s", i,
				       huge ? "huge" : "base pages");
			}
			/* A folio goes as a whole. */
			if (order)
				EXPECT_EQ(bytes / self->page, stats.early_free);
			device_close(&two[i]);
		}
	}
	sysfs_write(THP_ENABLED, enabled);
	recorder_close(&r);
}

/*
 * The first page: read-only when the device reads it, so cached as that, then
 * writable, and the device hears nothing of it.
 */
static int upgrade_unheard(struct device *d, char *map, size_t page)
{
	struct stlb_access access;
	uint64_t word;
	int err;

	touch(map, page, 1);
	if (mprotect(map, page, PROT_READ))
		return -errno;
	err = device_read(d, map, &word, sizeof(word), 0, &access);
	if (err || access.fault)
		return err ? err : -EIO;
	if (mprotect(map, page, PROT_READ | PROT_WRITE))
		return -errno;
	touch(map, page, 1);
	return 0;
}

/* docs/contract.md, rows 3, 12, 15, 26: what it takes to write again. */
TEST_F(device, denied)
{
	static const struct {
		enum stlb_profile profile;
		__u32 attempts; /* until the write succeeds; MANY + 1: never */
	} cases[] = {
		{ STLB_SMMUV3, MANY + 1 },     { STLB_SMMUV3_PRI, MANY + 1 },
		{ STLB_SMMUV3_BTM, MANY + 1 }, { STLB_VTD, MANY + 1 },
		{ STLB_VTD_PRI, 2 },	       { STLB_OPENCAPI_P10, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool ends = cases[i].attempts <= MANY;
		struct stlb_access access;
		struct stlb_query query;
		uint64_t word = i;
		struct device d;

		ASSERT_EQ(0, device_open(&d));
		ASSERT_EQ(0,
			  attach_model(&d, cases[i].profile,
				       STLB_ATTACH_HOLD | STLB_ATTACH_IGNORE));
		ASSERT_EQ(0, upgrade_unheard(&d, self->map, self->page));
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word),
					  MANY, &access));
		EXPECT_EQ(cases[i].attempts, access.attempts)
		{
			TH_LOG("profile %d", cases[i].profile);
		}
		EXPECT_EQ(ends, access.fault == STLB_FAULT_NONE);
		EXPECT_EQ(!ends, access.fault == STLB_FAULT_PERMISSION);
		ASSERT_EQ(0, device_query(&d, self->map, &query));
		EXPECT_EQ(ends, !!(query.flags & STLB_CACHED_WRITE));
		/* Told, each of them writes at once. */
		ASSERT_EQ(0, device_invalidate(&d, self->map, self->page));
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word), 0,
					  &access));
		EXPECT_EQ(STLB_FAULT_NONE, access.fault);
		device_close(&d);
	}
}

/* docs/contract.md, rows 10 and 13 */
TEST_F(device, page_request_hack)
{
	static const struct {
		enum stlb_profile profile;
		__u32 flags;
		__u32 attempts; /* MANY + 1: never */
	} cases[] = {
		{ STLB_SMMUV3_PRI, 0, MANY + 1 },
		{ STLB_SMMUV3_PRI, STLB_ATTACH_REQUEST_INVALIDATES, 2 },
		/* Nothing to hook it on. */
		{ STLB_SMMUV3, STLB_ATTACH_REQUEST_INVALIDATES, MANY + 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool requests = cases[i].profile == STLB_SMMUV3_PRI;
		struct stlb_access access;
		struct stlb_stats stats;
		uint64_t word = i;
		struct device d;

		ASSERT_EQ(0, device_open(&d));
		ASSERT_EQ(0,
			  attach_model(&d, cases[i].profile,
				       STLB_ATTACH_HOLD | STLB_ATTACH_IGNORE |
					       cases[i].flags));
		ASSERT_EQ(0, upgrade_unheard(&d, self->map, self->page));
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word),
					  MANY, &access));
		EXPECT_EQ(cases[i].attempts, access.attempts)
		{
			TH_LOG("case %zu", i);
		}
		ASSERT_EQ(0, device_stats(&d, &stats));
		EXPECT_EQ(requests * (access.attempts - 1),
			  stats.page_requests);
		device_close(&d);
	}
}

/*
 * docs/contract.md, row 31. A driver that invalidates the ATC before the TLB
 * that it is filled from leaves it as it was.
 */
TEST_F(device, atc_order)
{
	for (int wrong = 0; wrong < 2; wrong++) {
		struct stlb_access access;
		uint64_t word = 1;
		struct device d;

		ASSERT_EQ(0, device_open(&d));
		ASSERT_EQ(0, mprotect(self->map, self->page,
				      PROT_READ | PROT_WRITE));
		touch(self->map, self->page, 1);
		ASSERT_EQ(0,
			  attach_model(&d, STLB_SMMUV3_PRI,
				       STLB_ATTACH_HOLD | STLB_ATTACH_IGNORE |
					       (wrong ? STLB_ATTACH_ATC_FIRST :
							0)));
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word), 0,
					  &access));
		ASSERT_EQ(STLB_FAULT_NONE, access.fault);
		ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ));
		/* Once: a kernel that tells twice would hide it. */
		ASSERT_EQ(0, device_invalidate(&d, self->map, self->page));
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word), 0,
					  &access));
		EXPECT_EQ(!wrong, access.fault == STLB_FAULT_PERMISSION)
		{
			TH_LOG("%s first", wrong ? "ATC" : "TLB");
		}
		device_close(&d);
	}
}

/* docs/contract.md, row 15: VT-d 6.5.3.5, "every user" */
TEST_F(device, mixed_group)
{
	struct stlb_access access;
	struct device with, without;
	uint64_t word = 1;

	ASSERT_EQ(0, device_open(&with));
	ASSERT_EQ(0, device_open(&without));
	ASSERT_EQ(0, attach_model(&with, STLB_VTD_PRI,
				  STLB_ATTACH_HOLD | STLB_ATTACH_IGNORE));
	ASSERT_EQ(0, attach_model(&without, STLB_VTD,
				  STLB_ATTACH_HOLD | STLB_ATTACH_IGNORE));
	touch(self->map, self->page, 1);
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, device_read(i ? &with : &without, self->map, &word,
					 sizeof(word), 0, &access));
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ | PROT_WRITE));
	touch(self->map, self->page, 1);

	ASSERT_EQ(0, device_write(&with, self->map, &word, sizeof(word), 1,
				  &access));
	EXPECT_EQ(STLB_FAULT_NONE, access.fault);
	/* Its recovery is its own: the other one's entry stays. */
	ASSERT_EQ(0, device_write(&without, self->map, &word, sizeof(word),
				  MANY, &access));
	EXPECT_EQ(STLB_FAULT_PERMISSION, access.fault);
	device_close(&with);
	device_close(&without);
}

/* fork(), the child goes, a write: the page is writable again, same frame. */
static void share_and_drop(char *map, size_t page)
{
	pid_t pid;

	touch(map, page, 1);
	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

/*
 * docs/contract.md, row 27. Without the count a process on one CPU flushes with
 * tlbiel, which no nest MMU hears; with it the upgrade is invalid, flush, set
 * (radix__ptep_set_access_flags(), bd5050e38aec).
 */
TEST_F(device, copro)
{
	struct stlb_device_info info;

	ASSERT_EQ(0, device_info(&self->d, STLB_DEVICE_MODEL, STLB_OPENCAPI_P9,
				 &info));
	if (!info.usable)
		SKIP(return, "%s", info.missing);
	for (int copro = 0; copro < 2; copro++) {
		struct stlb_access access;
		struct stlb_stats stats;
		uint64_t word = 1;
		struct device d;

		ASSERT_EQ(0, device_open(&d));
		ASSERT_EQ(0, attach_model(&d, STLB_OPENCAPI_P9,
					  copro ? 0 : STLB_ATTACH_NO_COPRO));
		share_and_drop(self->map, self->page);
		ASSERT_EQ(0, device_read(&d, self->map, &word, sizeof(word), 0,
					 &access));
		ASSERT_EQ(STLB_FAULT_NONE, access.fault);
		touch(self->map, self->page, 1);
		ASSERT_EQ(0, device_write(&d, self->map, &word, sizeof(word),
					  MANY, &access));
		ASSERT_EQ(0, device_stats(&d, &stats));
		EXPECT_EQ(!copro, access.fault == STLB_FAULT_PERMISSION)
		{
			TH_LOG("copro %d: %u attempts, %llu broadcasts heard",
			       copro, access.attempts,
			       (unsigned long long)stats.snooped);
		}
		EXPECT_EQ(copro, stats.snooped > 0);
		device_close(&d);
	}
}

static int read_entry(char *page, struct stlb_pte *pte)
{
	struct recorder r;
	int err = recorder_open(&r);

	if (err)
		return err;
	err = recorder_bind(&r, RECORDER_RING);
	if (!err)
		err = recorder_watch(&r, page, 1);
	if (!err)
		err = recorder_ptes(&r, pte, 1);
	recorder_close(&r);
	return err;
}

/* Shared memory that was read: its entries are writable and clean, if there is that. */
static char *map_clean(size_t bytes)
{
	char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (map != MAP_FAILED)
		(void)*(volatile char *)map;
	return map;
}

/* What is missing for an entry that the CPU itself makes dirty, or NULL. */
static const char *lacks_hardware_dirty(size_t page)
{
	char *map = map_clean(page);
	struct stlb_pte pte;
	long faults;
	int err;

	if (map == MAP_FAILED)
		return strerror(errno);
	err = read_entry(map, &pte);
	if (err)
		return strerror(-err);
	if (!(pte.flags & STLB_PTE_WRITE) || pte.flags & STLB_PTE_HW_WRITE)
		return "needs arm64: no other table has an entry that is writable and clean";
	faults = minor_faults();
	touch(map, page, 1);
	if (minor_faults() != faults)
		return "needs a CPU with FEAT_HAFDBS (QEMU: -cpu max)";
	munmap(map, page);
	return NULL;
}

/*
 * A page of a shared mapping that has been read is writable and clean. Where
 * the CPU has FEAT_HAFDBS its write clears AP[2] without a fault, so without
 * the kernel: nobody can be told (Arm ARM R_KLVVN asks for nothing), and an SMMU
 * without HTTU keeps what it has. That is not mm's failure.
 */
TEST_F(device, hardware_dirty)
{
	const char *missing = lacks_hardware_dirty(self->page);
	struct stlb_access access;
	struct stlb_stats stats;
	struct stlb_pte pte;
	uint64_t word = 1;
	char *page;

	if (missing)
		SKIP(return, "%s", missing);
	page = map_clean(self->page);
	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, attach_model(&self->d, STLB_SMMUV3, STLB_ATTACH_HOLD));
	ASSERT_EQ(0,
		  device_read(&self->d, page, &word, sizeof(word), 0, &access));
	touch(page, self->page, 1);

	ASSERT_EQ(0, read_entry(page, &pte));
	EXPECT_NE(0, pte.flags & STLB_PTE_HW_WRITE);
	ASSERT_EQ(0, device_stats(&self->d, &stats));
	EXPECT_EQ(0, stats.callbacks);
	ASSERT_EQ(0, device_write(&self->d, page, &word, sizeof(word), MANY,
				  &access));
	EXPECT_EQ(STLB_FAULT_PERMISSION, access.fault);
	ASSERT_EQ(0, device_invalidate(&self->d, page, self->page));
	ASSERT_EQ(0, device_write(&self->d, page, &word, sizeof(word), 0,
				  &access));
	EXPECT_EQ(STLB_FAULT_NONE, access.fault);
}

#define FOLIOS "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/shmem_enabled"

/* The same, one folio; @missing: what there is none for. */
static char *map_clean_set(size_t bytes, const char **missing)
{
	char path[96], old[32], *map;
	int err;

	snprintf(path, sizeof(path), FOLIOS, bytes / 1024);
	err = sysfs_value(path, old, sizeof(old));
	if (!err)
		err = sysfs_write(path, "always");
	if (err) {
		*missing =
			"needs large folios of shared memory: no shmem_enabled for this size (Linux 6.11)";
		return MAP_FAILED;
	}
	map = map_clean(bytes);
	err = sysfs_write(path, old);
	return err ? MAP_FAILED : map;
}

/*
 * A contiguous set of which the CPU itself has made one page dirty. An SMMU without HTTU
 * finds another page of it read-only still, and asks for it. Who looks at the dirty bits
 * of the set as one finds nothing to do, and the device asks for ever (97c5550b7631).
 */
TEST_F(device, dirty_set)
{
	const size_t bytes = self->page == 4096 ? 64 << 10 : 2 << 20;
	const char *missing = lacks_hardware_dirty(self->page);
	struct outcome out = { .failed = 0 };
	struct stlb_access access;
	struct stlb_pte pte;
	uint64_t word = 1;
	char *set = NULL;

	if (!missing)
		set = map_clean_set(bytes, &missing);
	if (missing)
		SKIP(return, "%s", missing);
	ASSERT_NE(MAP_FAILED, set);
	ASSERT_EQ(0, read_entry(set, &pte));
	if (self->page << pte.order != bytes)
		SKIP(return,
			   "needs contiguous sets of PTEs (CONFIG_ARM64_CONTPTE, Linux 6.9), and a free large folio: the fault got single pages");

	ASSERT_EQ(0, attach_model(&self->d, STLB_SMMUV3_PRI, STLB_ATTACH_HOLD));
	touch(set, self->page, 1);
	ASSERT_EQ(0, device_write(&self->d, set + self->page, &word,
				  sizeof(word), MANY, &access));
	outcome_judges("smmuv3-pri");
	outcome_data("attempts", access.attempts);
	if (access.fault)
		outcome_fail_of(
			&out, PROP_LIVENESS, "model", "smmuv3-pri",
			"page 1 of a contiguous set, of which the CPU has made page 0 dirty: %u of %u writes of the device failed, each answered by a page fault of the kernel's; expected success within a retry",
			access.faults, access.attempts);
	EXPECT_EQ(0, out.failed);
}

/* The profile of this architecture that recovers from faults by itself. */
static const struct stlb_profile_info *recovering(void)
{
	static const enum stlb_profile ids[] = { STLB_SMMUV3_PRI, STLB_VTD_PRI,
						 STLB_OPENCAPI_P10 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		for (unsigned int p = 0; p < native_rules.nr_profiles; p++)
			if (native_rules.profiles[p].id == ids[i])
				return &native_rules.profiles[p];
	return NULL;
}

static uint64_t round_of(const char *map, size_t page, size_t i)
{
	return *(volatile uint64_t *)(map + i * page);
}

/*
 * Returns when the device has been over all pages once, at least: a page takes
 * no more than 1 + WORK_RETRIES attempts of it.
 */
static void let_work(struct device *d)
{
	struct stlb_stats stats;
	__u64 until;

	if (device_stats(d, &stats))
		return;
	until = stats.accesses + 2 * PAGES * (1 + WORK_RETRIES);
	do
		sched_yield();
	while (!device_stats(d, &stats) && stats.accesses < until);
}

/*
 * With no change under way each page is written anew in each round, where the
 * CPU can see it. Returns the first that is not, or PAGES.
 */
static size_t stuck_page(struct device *d, const char *map, size_t page)
{
	uint64_t before[PAGES];
	size_t i;

	for (i = 0; i < PAGES; i++)
		before[i] = round_of(map, page, i);
	let_work(d);
	for (i = 0; i < PAGES; i++)
		if (round_of(map, page, i) <= before[i])
			break;
	return i;
}

/*
 * The device writes the number of its round to each page, by page requests
 * where it faults; the CPU takes pages away and shares them meanwhile. While it
 * does, an access may run out of retries; once it has, none may: by then the
 * kernel has told.
 */
TEST_F_TIMEOUT(device, at_work, LONG)
{
	const struct stlb_profile_info *profile = recovering();
	struct outcome out = { .failed = 0 };
	struct stlb_halt halt;
	size_t stuck = PAGES;

	ASSERT_NE(NULL, profile);
	ASSERT_EQ(0, attach_model(&self->d, profile->id, 0));
	touch(self->map, self->page, PAGES);
	ASSERT_EQ(0, device_run(&self->d, self->map, PAGES * self->page, 1,
				WORK_RETRIES));
	for (size_t n = 0; n < 64 && stuck == PAGES; n++) {
		char *at = self->map + n % PAGES * self->page;

		if (n & 1) {
			ASSERT_EQ(0, madvise(at, self->page, MADV_DONTNEED));
		} else {
			share_and_drop(at + 8, self->page);
		}
		stuck = stuck_page(&self->d, self->map, self->page);
		if (stuck != PAGES)
			outcome_fail_of(
				&out, PROP_LIVENESS, "model",
				profile->name,
				"after %s of page %zu had returned the device wrote nothing more that the CPU sees to page %zu; expected a write in each of its rounds",
				n & 1 ? "MADV_DONTNEED" : "fork and a write",
				n % PAGES, stuck);
	}
	ASSERT_EQ(0, device_halt(&self->d, &halt));
	ASSERT_EQ(0, out.failed);
	outcome_data("rounds", halt.rounds);
	outcome_data("moved", halt.moved);
	outcome_data("gave_up", halt.gave_up);
	/* The last whole round is in every page, or the one begun after it. */
	for (size_t i = 0; i < PAGES; i++) {
		EXPECT_LE(halt.rounds - 1, round_of(self->map, self->page, i));
		EXPECT_GE(halt.rounds, round_of(self->map, self->page, i));
	}
}

/*
 * Free memory in pages, those on the CPUs' own lists included: MemFree leaves them
 * out, and they come to megabytes. -1 if /proc does not say.
 */
static long free_pages(void)
{
	int refresh = open("/proc/sys/vm/stat_refresh", O_RDONLY | O_CLOEXEC);
	FILE *f = fopen("/proc/zoneinfo", "re");
	long sum = -1, value;
	char line[128], c;

	/* What a grace period frees is freed; kernels without it have some waiting. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	/* Reading it adds up what the CPUs have counted each for itself. */
	if (refresh >= 0 && f && read(refresh, &c, 1) >= 0)
		sum = 0;
	while (sum >= 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, " pages free %ld", &value) == 1 ||
		    sscanf(line, " count: %ld", &value) == 1)
			sum += value;
	if (f)
		fclose(f);
	if (refresh >= 0)
		close(refresh);
	return sum;
}

/* Of what vfree() gave back, until as much has come together that it is worth it. */
static bool kernel_keeps_shadows(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	bool found = false;
	char line[1024];

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, " kasan_populate_vmalloc\n");
	if (f)
		fclose(f);
	return found;
}

/* Attach, work, detach; a device that is not there is the model instead. */
static int cycle(struct device *d, enum stlb_device_id id, char *map,
		 size_t page)
{
	enum stlb_profile profile = native_rules.profiles[0].id;
	struct stlb_device_info info;
	struct stlb_access access;
	struct stlb_halt halt;
	uint64_t word = 1;
	int err;

	err = device_info(d, id, profile, &info);
	if (err)
		return err;
	if (!info.usable)
		id = STLB_DEVICE_MODEL;
	err = device_attach(d, id,
			    id == STLB_DEVICE_MODEL ? recovering()->id : profile,
			    STLB_ATTACH_HOLD);
	if (!err)
		err = device_write(d, map, &word, sizeof(word), 0, &access);
	if (!err && id == STLB_DEVICE_MODEL)
		err = device_run(d, map, PAGES * page, 0, 1);
	if (!err && id == STLB_DEVICE_MODEL)
		err = device_halt(d, &halt);
	device_close(d);
	return err;
}

/* Cycles until the kernel's caches have grown to what they need */
#define WARM_UP 320
#define CYCLES 200

/*
 * What a cycle loses, be it one page, CYCLES of them show: after the warm-up the
 * kernel's own caches move by a tenth of that.
 */
TEST_F_TIMEOUT(device, keeps_nothing, LONG)
{
	long before = 0, lost;

	if (kernel_keeps_shadows())
		SKIP(return,
		     "needs a kernel without CONFIG_KASAN_VMALLOC, which keeps pages for what has been freed");
	touch(self->map, self->page, PAGES);
	for (int i = 0; i < WARM_UP + CYCLES; i++) {
		if (i == WARM_UP)
			before = free_pages();
		ASSERT_EQ(0, cycle(&self->d,
				   i % 10 ? STLB_DEVICE_MODEL :
					    STLB_DEVICE_EMULATED,
				   self->map, self->page))
		{
			TH_LOG("cycle %d", i);
		}
		ASSERT_EQ(0, device_open(&self->d));
	}
	ASSERT_LT(0, before);
	lost = before - free_pages();
	EXPECT_GT(CYCLES / 2, lost)
	{
		TH_LOG("%ld pages are gone after %d cycles", lost, CYCLES);
	}
	outcome_data("lost_pages", lost);
}

/*
 * By hand: STLB_MODULE names the file to load again, STLB_RELOADS how often (a
 * guest takes both from the kernel's command line).
 */
TEST_F_TIMEOUT(device, reload, LONG)
{
	const char *path = getenv("STLB_MODULE");
	const char *reloads = getenv("STLB_RELOADS");
	int fd, n = reloads ? atoi(reloads) : 10;

	if (!path)
		SKIP(return, "needs STLB_MODULE=path of stlb.ko");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	touch(self->map, self->page, PAGES);
	for (int i = 0; i < n; i++) {
		ASSERT_EQ(0, cycle(&self->d, STLB_DEVICE_EMULATED, self->map,
				   self->page))
		{
			TH_LOG("cycle %d", i);
		}
		ASSERT_EQ(0, syscall(SYS_delete_module, "stlb", O_NONBLOCK));
		ASSERT_EQ(0, syscall(SYS_finit_module, fd, "", 0));
		ASSERT_EQ(0, device_open(&self->d));
	}
}

TEST_HARNESS_MAIN
