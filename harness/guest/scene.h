/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_SCENE_H
#define _STLB_SCENE_H

#include "transition.h"

/* The word at scene.stamp: has the call that made the change returned? */
enum { STAMP_BEFORE = 0, STAMP_AFTER = 1 };

/*
 * Maps @nr private anonymous pages, none touched, with nothing else in what their page
 * tables map. Returns 0 or -errno.
 */
int scene_create(struct scene *s, size_t nr);
/* Puts fresh pages of that kind where the scene's are, whatever they are. */
int scene_map_private(struct scene *s);
/* Watched pages, and where one is. */
size_t scene_watched(const struct scene *s);
char *scene_spot(const struct scene *s, size_t i);
/* Its distance from the base, in base pages: how it is called in messages. */
size_t scene_number(const struct scene *s, size_t i);
/* Ends the child and the helper, closes the file. */
void scene_end(struct scene *s);

#endif /* _STLB_SCENE_H */
