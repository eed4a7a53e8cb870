/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Idle page tracking, of pages of the caller's own that are on an LRU list
 * (pages_to_lru(); no other can be idle).
 *
 * Both return -ENOENT without CONFIG_IDLE_PAGE_TRACKING, or another -errno.
 */
#ifndef _STLB_IDLE_H
#define _STLB_IDLE_H

#include <stddef.h>

#define IDLE_BITMAP "/sys/kernel/mm/page_idle/bitmap"
/* What is missing where there is no such file. */
#define IDLE_MISSING "needs CONFIG_IDLE_PAGE_TRACKING: no " IDLE_BITMAP
#define IDLE_MAX_PAGES 64

/* Makes @nr pages, at most IDLE_MAX_PAGES, from @pages on idle. */
int idle_set(const void *pages, size_t nr);
/*
 * How many of them are idle: nobody used them since. Of the last 63 frames of memory
 * that may not be known; they count as used.
 */
int idle_count(const void *pages, size_t nr);

#endif /* _STLB_IDLE_H */
