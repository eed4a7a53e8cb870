/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_SHARE_H
#define _STLB_SHARE_H

#include "transition.h"

/*
 * A setup: pages that are read-only and nobody else's. fork() makes them
 * read-only for both; once the child is gone they have one owner, and a write
 * fault gives the write bit back (wp_page_reuse()). No
 * invalidate_range_start/end is due then.
 */
int share_and_drop(struct scene *s);
/* A setup: the same while the child has them still: a write fault copies. */
int share_and_keep(struct scene *s);

#endif /* _STLB_SHARE_H */
