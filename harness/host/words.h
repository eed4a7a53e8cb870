/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of a command line or a file: numbers, releases, lists.
 */
#ifndef _STLB_WORDS_H
#define _STLB_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* All digits, and between min and max: true, and *value is set. */
bool word_number(const char *s, unsigned int min, unsigned int max,
		 unsigned int *value);

/*
 * "6.12", or with a tail "6.12.94-rt": major << 16 | minor. 0: not a release.
 */
unsigned int word_release(const char *s, bool tail);

/*
 * The third number of "6.12.94" or, with a tail, of "6.12.94-rt": its release in a stable
 * series. 0 if there is none, as in "6.12" and "6.13-rc1".
 */
unsigned int word_patch(const char *s);

/*
 * "4K", "64K", or several with blanks or commas between: sizes of a base page, in bytes,
 * or-ed together (each is a power of two). 0: not that.
 */
unsigned long word_page_sizes(const char *s);

/* Lists of strings, NULL-terminated; NULL is an empty one. */
char **list_add(char **list, char *s); /* takes s */
char **list_split(const char *s, const char *separators); /* keeps "" */
size_t list_len(char *const *list);
bool list_has(char *const *list, const char *s);
bool list_same(char *const *a, char *const *b); /* in the same order */
char *list_join(char *const *list, const char *separator);
void list_free(char **list);

#endif /* _STLB_WORDS_H */
