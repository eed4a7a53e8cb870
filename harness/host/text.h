/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings that grow, and strings for people.
 */
#ifndef _STLB_TEXT_H
#define _STLB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A byte string that grows up to a limit; all zero is an empty one. */
struct text {
	char *s; /* NUL-terminated; NULL while nothing was added */
	size_t len;
	size_t size; /* allocated */
	bool cut; /* something did not fit below the limit */
};

/*
 * Appends, keeping the whole below @limit bytes; what does not fit is dropped
 * and ->cut set.
 */
void text_append(struct text *t, const void *buf, size_t len, size_t limit);

/* Appends, dropping from the beginning what would exceed @limit bytes. */
void text_append_end(struct text *t, const void *buf, size_t len, size_t limit);

void text_free(struct text *t);

/*
 * The last line of @t that is not blank, as text_reason() makes it; NULL if
 * there is none. The caller frees.
 */
char *text_last_line(const struct text *t);

/* strdup() and asprintf() that do not fail. The caller frees. */
char *text_dup(const char *s);
char *text_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * One line for people: bytes outside 0x20..0x7e become '?', and it is cut at
 * TEXT_REASON_MAX. The caller frees.
 */
#define TEXT_REASON_MAX 400
char *text_reason(const char *s);

#endif /* _STLB_TEXT_H */
