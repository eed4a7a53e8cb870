// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "soft_dirty.h"

/* Documentation/admin-guide/mm/pagemap.rst: bit 55 is "soft-dirty". */
int soft_dirty_write(struct scene *s)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	scene_write(s);
	n = pread(fd, &entry, sizeof(entry),
		  (uintptr_t)s->base / s->base_page * sizeof(entry));
	close(fd);
	if (n != sizeof(entry))
		return -EIO;
	if (!(entry & 1ULL << 55))
		return scene_missing(
			s,
			"needs CONFIG_MEM_SOFT_DIRTY: no soft-dirty bit in /proc/self/pagemap");
	return 0;
}
