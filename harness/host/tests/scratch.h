/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For unit tests that need files: a directory of the test's own, with a blank
 * in its name, gone with all that is in it after the test.
 */
#ifndef _STLB_TESTS_SCRATCH_H
#define _STLB_TESTS_SCRATCH_H

#include "capture.h"

#include <ftw.h>
#include <sys/stat.h>

#include "../text.h"

static char *dir;

static inline char *in_dir(const char *name)
{
	return text_printf("%s/%s", dir, name);
}

static inline void put(const char *name, const void *bytes, size_t len)
{
	char *path = in_dir(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
	free(path);
}

static inline void make(const char *name)
{
	char *path = in_dir(name);

	assert_int_equal(mkdir(path, 0755), 0);
	free(path);
}

static inline int scratch_make(void)
{
	dir = strdup("/tmp/stlb test-XXXXXX");
	return dir && mkdtemp(dir) ? 0 : -1;
}

static inline int scratch_remove_one(const char *path, const struct stat *st,
				     int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* A cmocka teardown. */
static inline int scratch_remove(void **state)
{
	int err = nftw(dir, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);

	(void)state;
	free(dir);
	return err;
}

#endif /* _STLB_TESTS_SCRATCH_H */
