/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel to test: where its image is and what a module is built against. The
 * scripts in harness/setup put it into the cache, an image: is the user's own.
 */
#ifndef _STLB_KERNEL_H
#define _STLB_KERNEL_H

#include "options.h"
#include "run.h"

struct kernel_files {
	char *image; /* absolute, or as the user gave it */
	char *build_dir; /* for Kbuild's -C; NULL: none was given */
	char *symbols; /* its vmlinux; NULL: there is none */
	char *modules; /* directory of KVM's, where it has any; NULL: not known */
	char *release; /* uname -r, or NULL if it is not known yet */
	char *package; /* package and version, commit, or path */
};

/*
 * The argument vector that fetches or builds @cell's kernel and prints the directory
 * that it is in, NULL-terminated, or NULL if there is nothing to fetch. The
 * caller frees it with list_free().
 */
char **kernel_fetch_argv(const struct options *opt, const struct cell *cell);

/* The argument vector that builds stlb.ko for @files; freed alike. */
char **kernel_module_argv(const struct options *opt,
			  const struct stlb_arch *arch,
			  const struct kernel_files *files);

/*
 * Finds the files of @spec, once it was fetched into @dir, and checks that the
 * image is a kernel of this architecture. An image: has no @dir. Returns NULL, or what is wrong and what to do
 * (one line; the caller frees). Either way *files is valid.
 */
char *kernel_open(struct kernel_files *files, const struct options *opt,
		  const struct stlb_arch *arch, const char *spec,
		  const char *dir);

/* The first line of the file @name beside @path, or NULL. The caller frees. */
char *kernel_beside(const char *path, const char *name);

void kernel_close(struct kernel_files *files);

#endif /* _STLB_KERNEL_H */
