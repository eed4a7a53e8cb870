/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page frames of the caller's own pages, as the kernel tells root of them.
 */
#ifndef _STLB_FRAMES_H
#define _STLB_FRAMES_H

#include <stddef.h>
#include <stdint.h>

/* Fills frames[nr] with those of @nr base pages from @pages on; 0 or -errno. */
int frames_of(const void *pages, size_t nr, uint64_t *frames);

#endif /* _STLB_FRAMES_H */
