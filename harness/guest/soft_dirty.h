/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_SOFT_DIRTY_H
#define _STLB_SOFT_DIRTY_H

#include "transition.h"

/* A setup: writes to the pages; scene_missing() if that leaves no soft-dirty bit. */
int soft_dirty_write(struct scene *s);
/* clear_refs_soft_dirty() is the trigger. */

#endif /* _STLB_SOFT_DIRTY_H */
