/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compaction that is certain to move the watched pages.
 */
#ifndef _STLB_COMPACT_H
#define _STLB_COMPACT_H

#include "transition.h"

/* A setup: the pages are written, and lie where compaction moves pages from. */
int compact_prepare(struct scene *s);
/* A trigger: has all memory compacted, then writes the pages. */
int compact_memory(struct scene *s);

#endif /* _STLB_COMPACT_H */
