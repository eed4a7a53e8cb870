/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For unit tests of what speaks on stderr and reads or writes files.
 */
#ifndef _STLB_TESTS_CAPTURE_H
#define _STLB_TESTS_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int captured_fd = -1;

/* From here on stderr goes to memory. */
static inline void capture_start(void)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC);

	fflush(stderr);
	captured_fd = dup(STDERR_FILENO);
	assert_true(fd >= 0 && captured_fd >= 0);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

/* What it was; the caller frees. */
static inline char *capture_end(void)
{
	off_t len;
	char *text;

	fflush(stderr);
	len = lseek(STDERR_FILENO, 0, SEEK_END);
	text = calloc(len + 1, 1);
	assert_non_null(text);
	assert_int_equal(pread(STDERR_FILENO, text, len, 0), len);
	dup2(captured_fd, STDERR_FILENO);
	close(captured_fd);
	return text;
}

/* Exactly one line, which begins like a message and contains want. */
static inline void assert_message(char *text, const char *want)
{
	if (!strstr(text, want) || strncmp(text, "run_tests.sh: ", 14) ||
	    strchr(text, '\n') != text + strlen(text) - 1)
		fail_msg("wanted one line with '%s', got: %s", want, text);
	free(text);
}

/* A file with these bytes; the caller unlinks and frees its path. */
static inline char *make_file(const void *bytes, size_t len)
{
	char *path = strdup("/tmp/stlb-test-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	return path;
}

/* All of a file as a string; the caller frees. */
static inline char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1 << 20, 1);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

#endif /* _STLB_TESTS_CAPTURE_H */
