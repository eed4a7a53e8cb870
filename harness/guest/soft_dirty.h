/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_SOFT_DIRTY_H
#define _STLB_SOFT_DIRTY_H

#include "transition.h"

/* A setup: writes to the pages; scene_missing() if that leaves no soft-dirty bit. */
int soft_dirty_write(struct scene *s);
/* Clears these bits in all of the process, which write-protects the pages. */
int soft_dirty_clear(struct scene *s);

#endif /* _STLB_SOFT_DIRTY_H */
