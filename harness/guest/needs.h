/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does the kernel lack a call, or is the call broken? EINVAL may mean either: what the
 * release, or the configuration, must have decides.
 *
 * Each returns -EOPNOTSUPP after scene_missing() where @what may be missing, and @err,
 * a -errno, where it may not or where @err says something else.
 */
#ifndef _STLB_NEEDS_H
#define _STLB_NEEDS_H

#include "scene.h"

/* A call of Linux @since, STLB_RELEASE(); this one is @release. */
int needs_release(struct scene *s, int err, unsigned int release,
		  unsigned int since, const char *what);

/*
 * A call of CONFIG_MEMORY_FAILURE: only such kernels have HardwareCorrupted in
 * @meminfo (fs/proc/meminfo.c).
 */
int needs_memory_failure(struct scene *s, int err, const char *meminfo,
			 const char *what);

#define MEMINFO "/proc/meminfo"

#endif /* _STLB_NEEDS_H */
