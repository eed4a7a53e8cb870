// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "clear_refs.h"

/* @changed: it is what is watched. */
static int clear(struct scene *s, const char *what, bool changed)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd < 0)
		return scene_missing(
			s,
			"needs CONFIG_PROC_PAGE_MONITOR: no /proc/PID/clear_refs");
	if (write(fd, what, 1) != 1)
		err = -errno;
	if (changed)
		scene_changed(s);
	close(fd);
	return err;
}

int clear_refs_young(struct scene *s)
{
	return clear(s, "1", false);
}

int clear_refs_soft_dirty(struct scene *s)
{
	return clear(s, "4", true);
}
