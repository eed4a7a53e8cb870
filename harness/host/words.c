// SPDX-License-Identifier: GPL-2.0-only

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "text.h"
#include "words.h"

bool word_number(const char *s, unsigned int min, unsigned int max,
		 unsigned int *value)
{
	unsigned long n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (*s - '0');
		if (n > max)
			return false;
	}
	if (n < min)
		return false;
	*value = n;
	return true;
}

unsigned int word_release(const char *s, bool tail)
{
	unsigned int part[2] = { 0, 0 };

	for (int i = 0; i < 2; i++) {
		const char *from = s;

		while (*s >= '0' && *s <= '9' && s - from < 4)
			part[i] = part[i] * 10 + (*s++ - '0');
		if (s == from)
			return 0;
		if (i == 0 && *s++ != '.')
			return 0;
	}
	if ((*s && !tail) || (*s >= '0' && *s <= '9'))
		return 0;
	return part[0] << 16 | part[1];
}

unsigned int word_patch(const char *s)
{
	unsigned int patch = 0;

	for (int dots = 0; dots < 2; s++) {
		if (*s == '.')
			dots++;
		else if (*s < '0' || *s > '9')
			return 0;
	}
	for (size_t n = 0; n < 6 && *s >= '0' && *s <= '9'; n++)
		patch = patch * 10 + (*s++ - '0');
	return patch;
}

static unsigned long page_size(const char *s)
{
	static const struct {
		const char *word;
		unsigned long bytes;
	} sizes[] = { { "4K", 4096 }, { "16K", 16384 }, { "64K", 65536 } };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (!strcmp(s, sizes[i].word))
			return sizes[i].bytes;
	return 0;
}

unsigned long word_page_sizes(const char *s)
{
	char **words = list_split(s, " \t,");
	unsigned long sizes = 0;
	bool ok = true;

	for (char **w = words; *w; w++) {
		sizes |= page_size(*w);
		ok &= !**w || page_size(*w);
	}
	list_free(words);
	return ok ? sizes : 0;
}

char **list_add(char **list, char *s)
{
	size_t n = list_len(list);

	list = alloc_grow(list, n + 2, sizeof(*list));
	list[n] = s;
	list[n + 1] = NULL;
	return list;
}

char **list_split(const char *s, const char *separators)
{
	char **list = NULL;

	for (;;) {
		size_t n = strcspn(s, separators);

		list = list_add(list, text_printf("%.*s", (int)n, s));
		if (!s[n])
			return list;
		s += n + 1;
	}
}

size_t list_len(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

bool list_has(char *const *list, const char *s)
{
	for (; list && *list; list++)
		if (!strcmp(*list, s))
			return true;
	return false;
}

bool list_same(char *const *a, char *const *b)
{
	if (list_len(a) != list_len(b))
		return false;
	for (; a && *a; a++, b++)
		if (strcmp(*a, *b))
			return false;
	return true;
}

char *list_join(char *const *list, const char *separator)
{
	char *out = text_dup("");

	for (; list && *list; list++) {
		char *more = text_printf("%s%s%s", out, *out ? separator : "",
					 *list);

		free(out);
		out = more;
	}
	return out;
}

void list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}
