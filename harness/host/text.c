// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void text_append(struct text *t, const void *buf, size_t len, size_t limit)
{
	size_t room = limit > t->len ? limit - t->len : 0;

	if (len > room) {
		len = room;
		t->cut = true;
	}
	if (!len)
		return;
	if (t->len + len + 1 > t->size) {
		t->size = 2 * (t->len + len + 1);
		t->s = alloc_grow(t->s, t->size, 1);
	}
	memcpy(t->s + t->len, buf, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_append_end(struct text *t, const void *buf, size_t len, size_t limit)
{
	text_append(t, buf, len, SIZE_MAX);
	if (t->len <= limit)
		return;
	memmove(t->s, t->s + t->len - limit, limit + 1);
	t->len = limit;
	t->cut = true;
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

char *text_last_line(const struct text *t)
{
	size_t end = t->len, start;
	char *line, *reason;

	while (end && is_space(t->s[end - 1]))
		end--;
	for (start = end; start && t->s[start - 1] != '\n';)
		start--;
	if (start == end)
		return NULL;
	line = text_printf("%.*s", (int)(end - start), t->s + start);
	reason = text_reason(line);
	free(line);
	return reason;
}

char *text_dup(const char *s)
{
	return text_printf("%s", s);
}

char *text_printf(const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	s = alloc_vprintf(fmt, args);
	va_end(args);
	return s;
}

char *text_reason(const char *s)
{
	char *line = text_printf("%.*s", TEXT_REASON_MAX, s), *c;

	for (c = line; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	return line;
}
