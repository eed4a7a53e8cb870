/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's root file system: init, the module, the test binaries and the
 * plan, as an uncompressed cpio archive (newc).
 */
#ifndef _STLB_INITRAMFS_H
#define _STLB_INITRAMFS_H

#include <stddef.h>

struct initramfs {
	const char *guest; /* directory with init and tests/ */
	const char *module; /* stlb.ko */
	const char *modules; /* directory of others, to be in /modules; NULL: none */
	const char *plan; /* text of /plan */
	const char *const *families; /* test binaries, NULL-terminated */
};

/*
 * Writes the archive to @path; what was there is replaced by rename(), and not
 * before the new one is whole. Returns NULL, or what went wrong and what to do
 * (one line; the caller frees).
 */
char *initramfs_write(const struct initramfs *fs, const char *path);

#endif /* _STLB_INITRAMFS_H */
