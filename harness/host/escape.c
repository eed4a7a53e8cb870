// SPDX-License-Identifier: GPL-2.0-only

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"
#include "text.h"

static bool printable(uint32_t c)
{
	return !(c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e ||
		 c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
		 (c >= 0x2066 && c <= 0x2069) || (c >= 0xd800 && c <= 0xdfff) ||
		 (c & 0xfffe) == 0xfffe || c == 0xfeff || c > 0x10ffff);
}

/* Bytes of the character that u begins, 0 if none; *c: its bits in u. */
static size_t leader(unsigned char u, uint32_t *c)
{
	if (u >= 0xc2 && u < 0xe0) {
		*c = u & 0x1f;
		return 2;
	}
	if (u >= 0xe0 && u < 0xf0) {
		*c = u & 0x0f;
		return 3;
	}
	if (u >= 0xf0 && u < 0xf5) {
		*c = u & 0x07;
		return 4;
	}
	return 0;
}

size_t escape_char(const char *s)
{
	/* Below these a character of that length is overlong. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n;

	if ((unsigned char)*s < 0x80)
		return printable(*s);
	n = leader(*s, &c);
	if (!n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c >= least[n] && printable(c) ? n : 0;
}

char *escape_text(const char *s, bool lines)
{
	char *out = alloc_zero(4 * strlen(s) + 1, 1), *o = out;

	while (*s) {
		size_t n = escape_char(s);

		if (n) {
			memcpy(o, s, n);
			o += n;
			s += n;
		} else if (*s == '\t' || (*s == '\n' && lines)) {
			*o++ = lines ? *s : ' ';
			s++;
		} else {
			o += sprintf(o, "\\x%02x", (unsigned char)*s++);
		}
	}
	*o = '\0';
	return out;
}

void escape_markup(FILE *f, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*s, f);
		}
}

char *escape_shell(const char *s)
{
	char *out, *o;

	if (*s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789%+,-./:=@_")])
		return text_dup(s);
	out = o = alloc_zero(4 * strlen(s) + 3, 1);
	*o++ = '\'';
	for (; *s; s++) {
		if (*s == '\'')
			o = stpcpy(o, "'\\''");
		else
			*o++ = *s;
	}
	*o++ = '\'';
	return out;
}
