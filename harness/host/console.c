// SPDX-License-Identifier: GPL-2.0-only
#include "console.h"

#include <ctype.h>
#include <string.h>

#define MARK "stlb: "

void console_init(struct console *con, const struct console_ops *ops, void *arg)
{
	*con = (struct console){ .ops = ops, .arg = arg };
}

/* Length of the escape sequence at @s (its ESC included), at most @len. */
static size_t escape_len(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 2 || s[1] != '[')
		return len < 2 ? len : 2;
	while (i < len && !(s[i] >= '@' && s[i] <= '~'))
		i++;
	return i < len ? i + 1 : len;
}

/* Drops escape sequences and control characters, in place. */
static void clean(char *line, size_t len)
{
	size_t in, out = 0;

	for (in = 0; in < len; in++) {
		unsigned char c = line[in];

		if (c == 0x1b)
			in += escape_len(line + in, len - in) - 1;
		else if (c == '\t')
			line[out++] = ' ';
		else if (c > 0x7f)
			line[out++] = '?';
		else if (c >= 0x20 && c < 0x7f)
			line[out++] = c;
	}
	while (out && line[out - 1] == ' ')
		out--;
	line[out] = '\0';
}

/* Length of "[    1.234567]" at @s, or 0. */
static size_t stamp_len(const char *s)
{
	size_t i = 1, digits;

	if (s[0] != '[')
		return 0;
	i += strspn(s + i, " ");
	digits = strspn(s + i, "0123456789");
	i += digits;
	if (!digits || s[i] != '.')
		return 0;
	i++;
	digits = strspn(s + i, "0123456789");
	i += digits;
	return digits && s[i] == ']' ? i + 1 : 0;
}

/* Length of the caller's id, "[   T12]" or "[ C0]", at @s, or 0. */
static size_t caller_len(const char *s)
{
	size_t i = 1;

	if (s[0] != '[')
		return 0;
	i += strspn(s + i, " ");
	if (s[i] != 'T' && s[i] != 'C')
		return 0;
	i++;
	i += strspn(s + i, "0123456789");
	return s[i] == ']' && isdigit((unsigned char)s[i - 1]) ? i + 1 : 0;
}

/* Length of "<4>" at @s, or 0. */
static size_t level_len(const char *s)
{
	size_t digits;

	if (s[0] != '<')
		return 0;
	digits = strspn(s + 1, "0123456789");
	return digits && digits < 4 && s[1 + digits] == '>' ? digits + 2 : 0;
}

static const char *skip_prefix(const char *s)
{
	s += strspn(s, " ");
	s += level_len(s);
	s += strspn(s, " ");
	s += stamp_len(s);
	s += strspn(s, " ");
	s += caller_len(s);
	return s + strspn(s, " ");
}

/*
 * What stlb.ko prints is of faults alone, and begins with the device that has it: "stlb:
 * smmuv3: ...". The kernel's own words about the module do not: "stlb: loading
 * out-of-tree module taints kernel."
 */
static bool is_modules(const char *msg)
{
	size_t word = strcspn(msg, " ");

	return word && msg[word] && msg[word - 1] == ':';
}

static void own_report(struct console *con, const char *msg)
{
	struct console_splat s = {
		.line = msg,
		.test = con->test[0] ? con->test : NULL,
		.own = true,
	};

	if (con->ops->splat)
		con->ops->splat(con->arg, &s);
}

static bool mark(struct console *con, const char *msg)
{
	enum console_mark kind;
	const char *test = NULL;

	if (strncmp(msg, MARK, strlen(MARK)))
		return false;
	msg += strlen(MARK);
	if (!strncmp(msg, "begin ", 6)) {
		kind = CONSOLE_BEGIN;
		test = msg + 6;
	} else if (!strncmp(msg, "end ", 4)) {
		kind = CONSOLE_END;
		test = msg + 4;
	} else if (!strcmp(msg, "done")) {
		kind = CONSOLE_DONE;
	} else {
		if (is_modules(msg))
			own_report(con, msg);
		return true;
	}
	con->test[0] = '\0';
	if (kind == CONSOLE_BEGIN && strlen(test) < sizeof(con->test))
		strcpy(con->test, test);
	if (con->ops->mark)
		con->ops->mark(con->arg, kind, test);
	return true;
}

static void message(struct console *con, const char *msg)
{
	struct console_splat s = { .line = msg };

	if (mark(con, msg))
		return;
	s.kind = console_classify(msg, &s.fatal);
	s.own = console_is_own(msg, s.kind);
	if ((!s.kind && !s.own) || !con->ops->splat)
		return;
	s.test = con->test[0] ? con->test : NULL;
	con->ops->splat(con->arg, &s);
}

/*
 * A line holds several messages when something printed without a newline
 * before the kernel did: each "[    1.234567] " starts another.
 */
static void take_line(struct console *con)
{
	char *msg = con->line, *next;

	clean(con->line, con->len);
	con->len = 0;
	con->overflow = false;
	do {
		msg = (char *)skip_prefix(msg);
		for (next = msg; *next; next++)
			if (stamp_len(next) && next[stamp_len(next)] == ' ')
				break;
		if (*next) {
			*next = '\0';
			message(con, msg);
			msg = next;
			*next = '[';
		} else {
			message(con, msg);
			msg = NULL;
		}
	} while (msg);
}

void console_feed(struct console *con, const void *buf, size_t len)
{
	const char *c = buf, *end = c + len;

	for (; c < end; c++) {
		if (*c == '\n' || *c == '\r') {
			if (con->len)
				take_line(con);
			con->overflow = false;
		} else if (con->len == CONSOLE_LINE_MAX) {
			con->overflow = true;
		} else if (!con->overflow) {
			con->line[con->len++] = *c;
		}
	}
}

void console_finish(struct console *con)
{
	if (con->len)
		take_line(con);
}
