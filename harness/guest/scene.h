/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_SCENE_H
#define _STLB_SCENE_H

#include "transition.h"

/*
 * The word at scene.stamp: has the call that made the change returned? And has the
 * device been looked at since, by a probe (STLB_IOC_PROBE)?
 */
enum {
	STAMP_BEFORE = 0,
	STAMP_AFTER = STLB_PROBE_GO,
	STAMP_PROBED = STLB_PROBE_DONE,
	STAMP_PERHAPS, /* it has returned, and no probe is to look */
};

/*
 * From now on scene_changed() returns when a probe has looked. In this process it first
 * writes a byte at @mailbox, NULL: nowhere, for a change of the whole address space may
 * have taken the device's way to the kernel as well: a fault at the worst, no system call.
 */
void scene_await_probe(struct scene *s, void *mailbox);

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
