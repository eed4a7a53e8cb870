/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's RAM disks: a file system that tracks dirty pages by
 * page_mkwrite(), and a swap area. A machine that is not run_tests.sh's guest
 * may have other things on them, so there all of it is scene_missing().
 */
#ifndef _STLB_DISK_H
#define _STLB_DISK_H

#include "transition.h"

/*
 * @s->fd becomes an empty file of the watched pages' size, on ext4. It is one
 * file: the one before loses its contents. A part of map or setup.
 */
int disk_file(struct scene *s);
/* Fills it with bytes, on the disk. */
int disk_fill(struct scene *s);
/* Swaps to a RAM disk until the scene ends. A part of setup. */
int disk_swapon(struct scene *s);

#endif /* _STLB_DISK_H */
