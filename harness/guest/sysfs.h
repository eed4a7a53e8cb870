/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_SYSFS_H
#define _STLB_SYSFS_H

#include <stddef.h>

/*
 * Files of sysfs. They return 0 or -errno, the second the number (>= 0): what is
 * no number is -EIO.
 */
int sysfs_write(const char *path, const char *text);
long sysfs_number(const char *path);
/* The number or word that is in force: "madvise" of "always [madvise] never". */
int sysfs_value(const char *path, char *value, size_t size);

#endif /* _STLB_SYSFS_H */
