/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Raw bytes of a guest, kept in a file up to a limit: a guest that floods does
 * not fill the disk.
 */
#ifndef _STLB_LOGFILE_H
#define _STLB_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

struct logfile {
	int fd; /* -1: not open, or given up */
	int error; /* errno of the first failure, or 0 */
	size_t room; /* bytes that still fit */
	bool cut;
	char last; /* byte written */
};

#define LOGFILE_NONE     \
	{                \
		.fd = -1 \
	}

/*
 * Opens @path for appending, with room for @limit more bytes. A failure, here
 * or later, is kept in ->error, and everything else becomes a no-op.
 */
void logfile_open(struct logfile *log, const char *path, size_t limit);
void logfile_write(struct logfile *log, const void *buf, size_t len);
/* Ends an unfinished last line. */
void logfile_close(struct logfile *log);

#endif /* _STLB_LOGFILE_H */
