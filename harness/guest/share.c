// SPDX-License-Identifier: GPL-2.0-only

#include "share.h"

int share_and_drop(struct scene *s)
{
	int err;

	scene_write(s);
	err = scene_fork(s);
	if (!err)
		scene_reap(s);
	return err;
}
