/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_SCENE_H
#define _STLB_SCENE_H

#include "transition.h"

/* Maps @nr private anonymous pages, none touched. Returns 0 or -errno. */
int scene_create(struct scene *s, size_t nr);

#endif /* _STLB_SCENE_H */
