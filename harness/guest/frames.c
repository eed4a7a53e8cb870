// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "frames.h"

/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 are the frame. */
int frames_of(const void *pages, size_t nr, uint64_t *frames)
{
	off_t at = (uintptr_t)pages / sysconf(_SC_PAGESIZE) * sizeof(*frames);
	ssize_t bytes = nr * sizeof(*frames), n;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	n = pread(fd, frames, bytes, at);
	close(fd);
	if (n != bytes)
		return -EIO;
	for (size_t i = 0; i < nr; i++)
		frames[i] &= (1ULL << 55) - 1;
	return 0;
}
