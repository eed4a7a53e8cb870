// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "frames.h"
#include "idle.h"

/*
 * A bit for each frame, in words of 64: idle_page_tracking.rst. Where memory ends
 * within a word, the kernel takes that one and says 0, and gives nothing of it.
 */
static int word_of(int fd, uint64_t frame, uint64_t *word, bool set)
{
	off_t at = frame / 64 * sizeof(*word);
	ssize_t n = set ? pwrite(fd, word, sizeof(*word), at) :
			  pread(fd, word, sizeof(*word), at);

	return n < 0 ? -errno : 0;
}

/* The sum of the bits that were read, or -errno. */
static int each(const void *pages, size_t nr, bool set)
{
	uint64_t frames[IDLE_MAX_PAGES], word = 0;
	int err, sum = 0, fd;

	if (nr > IDLE_MAX_PAGES)
		return -EINVAL;
	fd = open(IDLE_BITMAP, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = frames_of(pages, nr, frames);
	for (size_t i = 0; i < nr && !err; i++) {
		uint64_t bit = 1ULL << frames[i] % 64;

		word = set ? bit : 0;
		err = word_of(fd, frames[i], &word, set);
		sum += !!(word & bit);
	}
	close(fd);
	return err ? err : sum;
}

int idle_set(const void *pages, size_t nr)
{
	int sum = each(pages, nr, true);

	return sum < 0 ? sum : 0;
}

int idle_count(const void *pages, size_t nr)
{
	return each(pages, nr, false);
}
