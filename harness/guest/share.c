// SPDX-License-Identifier: GPL-2.0-only

#include "share.h"

int share_and_keep(struct scene *s)
{
	scene_write(s);
	return scene_fork(s);
}

int share_and_drop(struct scene *s)
{
	int err = share_and_keep(s);

	if (!err)
		scene_reap(s);
	return err;
}
