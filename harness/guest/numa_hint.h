/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NUMA hints: entries that the scheduler closes to learn who uses a page. The kernel
 * makes them on one node as well when it is told to.
 */
#ifndef _STLB_NUMA_HINT_H
#define _STLB_NUMA_HINT_H

#include "transition.h"

/* A setup: pages that are written, and that a scan will close. */
int numa_hint_prepare(struct scene *s);
/* A trigger: runs until they are closed; scene_missing() if that never comes. */
int numa_hint_await(struct scene *s);
/* A setup: both of these. */
int numa_hint_closed(struct scene *s);

#endif /* _STLB_NUMA_HINT_H */
