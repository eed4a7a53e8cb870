/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transparent huge pages: units that one PMD each could map.
 */
#ifndef _STLB_HUGE_H
#define _STLB_HUGE_H

#include "transition.h"

/*
 * Parts of a map: private memory, or shared memory of this process's own;
 * @advice, of madvise(), is for huge pages, against them, or, for shared memory,
 * MADV_NORMAL: base pages that only huge_collapse() makes huge. scene_missing()
 * where the kernel has none.
 */
int huge_map_private(struct scene *s, int advice);
int huge_map_shared(struct scene *s, int advice);
/* For .lacks: why a unit was not mapped by one entry, or NULL. */
const char *huge_lacks(const struct stlb_pte *pte);
/* A trigger: has the kernel make huge pages of base pages. */
int huge_collapse(struct scene *s);

#endif /* _STLB_HUGE_H */
