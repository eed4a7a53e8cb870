/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ini files by a fixed list of keys, on inih; strict: anything that is not
 * understood is an error with its line. Every section name and every key in a
 * section stands once. A line is at most inih's limit (about 195 bytes); keys
 * marked so go on in indented lines.
 */
#ifndef _STLB_INI_FILE_H
#define _STLB_INI_FILE_H

#include <stdbool.h>

#define INI_KEYS_MAX 12
#define INI_NAME_MAX 40

struct ini_key {
	const char *name;
	bool required;
	bool lines; /* may go on in indented lines; joined by a space */
};

struct ini_parser;

struct ini_section {
	struct ini_parser *parser;
	char *name; /* [a-z0-9._-]+, starts with a letter or digit */
	int line;
	/* As struct ini_format.keys; NULL: not given. */
	char *values[INI_KEYS_MAX];
	int lines[INI_KEYS_MAX];
};

struct ini_format {
	const char *file; /* "matrix" */
	const char *section; /* what a section stands for: "cell" */
	const char *example; /* "[arm64-6.12]" */
	struct ini_key keys[INI_KEYS_MAX + 1];
	bool may_be_empty;
	/* One whole section. Returns 0, or what ini_error() did. */
	int (*take)(void *arg, const struct ini_section *s);
};

/* Returns 0, or RUN_USAGE after one line on stderr. */
int ini_load(const struct ini_format *format, const char *path, void *arg);

/*
 * The section is wrong, in the line of a key (an index; -1: its header): this
 * becomes "PATH:LINE: ...". Returns RUN_USAGE.
 */
int ini_error(const struct ini_section *s, int key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* _STLB_INI_FILE_H */
