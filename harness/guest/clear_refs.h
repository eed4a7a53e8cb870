/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/self/clear_refs (Documentation/filesystems/proc.rst).
 *
 * Both are for all pages of the process, and return 0 or -errno.
 */
#ifndef _STLB_CLEAR_REFS_H
#define _STLB_CLEAR_REFS_H

#include "transition.h"

/* Clears the accessed bits of entries; flushes nothing, tells nobody. */
int clear_refs_young(struct scene *s);
/* Clears the soft-dirty bits of entries, which write-protects them. */
int clear_refs_soft_dirty(struct scene *s);

#endif /* _STLB_CLEAR_REFS_H */
