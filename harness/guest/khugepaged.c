// SPDX-License-Identifier: GPL-2.0-only
/*
 * khugepaged sleeps scan_sleep_millisecs after each look at all processes that have
 * room for huge pages. But with none it waits for one to come, and looks at that at
 * once. So there is one from the start, which stays: the caller. Its room is empty,
 * and costs no memory. (mm/khugepaged.c: khugepaged_wait_work())
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "khugepaged.h"
#include "sysfs.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define FULL_SCANS THP "khugepaged/full_scans"
#define FOREVER "4294967295" /* ms: 49 days, the longest there is */
#define PATIENCE 10000 /* ms */

static bool make_room(size_t huge)
{
	size_t page = sysconf(_SC_PAGESIZE), bytes = 2 * huge + page;
	char *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return false;
	/*
	 * Only a mapping that has had a fault counts (6.1: hugepage_vma_check()); of
	 * one at the odd end no huge page can come.
	 */
	if ((uintptr_t)room % huge)
		*(volatile char *)room = 1;
	else
		*(volatile char *)(room + 2 * huge) = 1;
	return !madvise(room, bytes, MADV_HUGEPAGE);
}

void khugepaged_calm(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	long huge = sysfs_number(THP "hpage_pmd_size"), scans;
	char enabled[16];
	bool known;

	if (huge <= 0 || sysfs_value(THP "enabled", enabled, sizeof(enabled)))
		return;
	known = strcmp(enabled, "never") && make_room(huge);
	scans = sysfs_number(FULL_SCANS);
	sysfs_write(THP "khugepaged/scan_sleep_millisecs", FOREVER);
	for (int i = 0;
	     known && i < PATIENCE && sysfs_number(FULL_SCANS) == scans; i++)
		nanosleep(&ms, NULL);
}
