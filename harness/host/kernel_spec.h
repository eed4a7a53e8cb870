/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a kernel to test is named:
 *
 *	debian:VERSION	Debian's own
 *	tree:PATH[@REF]	built from a work tree, or from a commit of it
 *	source:VERSION	built from Debian's linux-source
 *	tarball:FILE	built from a source tarball
 *	image:PATH	one that the user built, with --build-dir
 */
#ifndef _STLB_KERNEL_SPEC_H
#define _STLB_KERNEL_SPEC_H

#include <stdbool.h>

/*
 * Checks a kernel specification's form, not its existence. Returns NULL, or
 * what is wrong with it and what to write instead (static storage).
 */
const char *kernel_spec_error(const char *spec);

/* Does a path follow? It may have commas in it. */
bool kernel_spec_is_path(const char *spec);

/* Is it built by harness/setup/build-kernel.sh? */
bool kernel_spec_is_source(const char *spec);

/*
 * The same with an absolute path, if it has one: "~/" is the user's home, which
 * no shell expands behind a colon. The caller frees.
 */
char *kernel_spec_absolute(const char *spec);

/* What follows "KIND:" in @spec if it is of that kind, or NULL. */
const char *kernel_spec_after(const char *spec, const char *kind);

#endif /* _STLB_KERNEL_SPEC_H */
