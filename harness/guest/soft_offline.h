/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Migration on a machine with one node: MADV_SOFT_OFFLINE moves a page away from
 * its frame, of which at least a base page is then lost to the machine.
 */
#ifndef _STLB_SOFT_OFFLINE_H
#define _STLB_SOFT_OFFLINE_H

#include "transition.h"

/* The span of unit @i. Returns 0, -errno, or what scene_missing() returns. */
int soft_offline_unit(struct scene *s, size_t i);
/* Triggers: those of all units; an access makes sure that the entries are young. */
int soft_offline(struct scene *s);
int soft_offline_and_write(struct scene *s);
int soft_offline_and_read(struct scene *s);

#endif /* _STLB_SOFT_OFFLINE_H */
