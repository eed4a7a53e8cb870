// SPDX-License-Identifier: GPL-2.0-only
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void give_up(struct logfile *log, int error)
{
	if (!log->error)
		log->error = error;
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}

void logfile_open(struct logfile *log, const char *path, size_t limit)
{
	*log = (struct logfile){ .room = limit, .last = '\n' };
	log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (log->fd < 0)
		give_up(log, errno);
}

static void write_all(struct logfile *log, const char *buf, size_t len)
{
	while (len && log->fd >= 0) {
		ssize_t n = write(log->fd, buf, len);

		if (n < 0 && errno != EINTR)
			give_up(log, errno);
		if (n <= 0)
			continue;
		log->last = buf[n - 1];
		buf += n;
		len -= n;
	}
}

void logfile_write(struct logfile *log, const void *buf, size_t len)
{
	static const char note[] =
		"\n=== too much: the rest of this boot was dropped here ===\n";

	if (log->cut)
		return;
	if (len > log->room) {
		write_all(log, buf, log->room);
		write_all(log, note, strlen(note));
		log->room = 0;
		log->cut = true;
		return;
	}
	log->room -= len;
	write_all(log, buf, len);
}

void logfile_close(struct logfile *log)
{
	if (log->fd < 0)
		return;
	if (log->last != '\n')
		write_all(log, "\n", 1);
	if (log->fd >= 0 && close(log->fd) && !log->error)
		log->error = errno;
	log->fd = -1;
}
