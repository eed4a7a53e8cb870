// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "huge.h"
#include "sysfs.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* The kernel switches all of it off by itself where there is less than 512 MiB. */
static int allow(struct scene *s)
{
	char enabled[32];
	int err = sysfs_value(THP "enabled", enabled, sizeof(enabled));

	if (!err && !strcmp(enabled, "never"))
		err = scene_set(s, THP "enabled", "madvise");
	if (!err)
		err = scene_set(s, THP "defrag", "madvise");
	return err;
}

static int map(struct scene *s, int kind, int advice)
{
	long bytes = sysfs_number(THP "hpage_pmd_size");
	int err;

	if (bytes <= 0)
		return scene_missing(
			s, "needs CONFIG_TRANSPARENT_HUGEPAGE: no " THP);
	err = allow(s);
	if (!err)
		err = scene_enlarge(s, bytes);
	if (err)
		return err;
	if (mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		 kind | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	return madvise(s->base, s->nr * s->page, advice) ? -errno : 0;
}

int huge_map_private(struct scene *s, int advice)
{
	int err = map(s, MAP_PRIVATE, advice);

	return err ? err : scene_set(s, THP "use_zero_page", "1");
}

int huge_map_shared(struct scene *s, int advice)
{
	int err = map(s, MAP_SHARED, advice);

	if (!err)
		err = scene_set(s, THP "shmem_enabled",
				advice == MADV_HUGEPAGE ? "advise" : "never");
	if (err == -ENOENT)
		return scene_missing(s, "needs CONFIG_SHMEM: no " THP
					"shmem_enabled");
	return err;
}

const char *huge_lacks(const struct stlb_pte *pte)
{
	if (pte->order)
		return NULL;
	return "needs a free transparent huge page: the fault got a base page";
}

/* "Try again", madvise(2) says of EAGAIN: one of the pages is in somebody's hands. */
#define TRIES 32

int huge_collapse(struct scene *s)
{
	int err = -1;

	for (int i = 0; i < TRIES && err && (!i || errno == EAGAIN); i++)
		err = madvise(s->base, s->nr * s->page, MADV_COLLAPSE);
	if (!err)
		return 0;
	if (errno == EAGAIN)
		return scene_missing(
			s,
			"needs pages that nobody has hold of: madvise(MADV_COLLAPSE) says \"try again\" each time");
	if (errno == ENOMEM)
		return scene_missing(
			s,
			"needs a free transparent huge page: madvise(MADV_COLLAPSE) found none");
	return -errno;
}
