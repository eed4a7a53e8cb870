// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <sys/mman.h>

#include "needs.h"
#include "soft_offline.h"

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

int soft_offline_unit(struct scene *s, size_t i)
{
	if (!madvise(s->base + i * s->page, s->span, MADV_SOFT_OFFLINE))
		return 0;
	return needs_memory_failure(
		s, -errno, MEMINFO,
		"needs madvise(MADV_SOFT_OFFLINE): CONFIG_MEMORY_FAILURE");
}

int soft_offline(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		int err = soft_offline_unit(s, i);

		if (err)
			return err;
	}
	return 0;
}

int soft_offline_and_write(struct scene *s)
{
	int err = soft_offline(s);

	return err ? err : scene_write(s);
}

int soft_offline_and_read(struct scene *s)
{
	int err = soft_offline(s);

	return err ? err : scene_read(s);
}
