// SPDX-License-Identifier: GPL-2.0-only
#include "channel.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WANT_HELLO, BETWEEN, IN_TEST, FAILED, DONE };

#define NAME_CHARS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

void channel_init(struct channel *ch,
		  void (*event)(void *arg, const struct channel_event *ev),
		  void *arg)
{
	*ch = (struct channel){ .event = event, .arg = arg };
}

/* Takes the next word off *s; "" if there is none. */
static char *word(char **s)
{
	char *w = *s, *end = strchr(w, ' ');

	if (end) {
		*end = '\0';
		*s = end + 1;
	} else {
		*s = w + strlen(w);
	}
	return w;
}

/* A decimal number without sign or leading zero, and nothing else. */
static bool number(const char *s, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)s[0]) || (s[0] == '0' && s[1]))
		return false;
	errno = 0;
	*value = strtoull(s, &end, 10);
	return !errno && !*end && *value <= max;
}

static bool name_ok(const struct channel *ch, const char *s)
{
	size_t len = strlen(s);

	return len && len < sizeof(ch->test) && strspn(s, NAME_CHARS) == len;
}

static const char *hello(struct channel *ch, char *args)
{
	struct channel_event ev = { .record = CHANNEL_HELLO };
	uint64_t protocol, page_size;

	if (ch->state != WANT_HELLO)
		return "a second hello";
	if (!number(word(&args), UINT_MAX, &protocol))
		return "a malformed hello";
	if (protocol != 1)
		return "init speaks another protocol";
	ev.text = word(&args);
	if (!*ev.text || !*word(&args))
		return "a malformed hello";
	if (!number(word(&args), LONG_MAX, &page_size) || !page_size || *args)
		return "a malformed hello";
	ev.page_size = page_size;
	ch->state = BETWEEN;
	ch->event(ch->arg, &ev);
	return NULL;
}

static const char *state(struct channel *ch, char *args)
{
	struct channel_event ev = { .record = CHANNEL_STATE,
				    .state.known = true };

	if (ch->state != BETWEEN)
		return "a state out of order";
	if (!number(word(&args), UINT64_MAX, &ev.state.taint))
		return "a malformed state";
	ev.state.lockdep_off = !strcmp(args, "off");
	if (!ev.state.lockdep_off && strcmp(args, "on") && strcmp(args, "none"))
		return "a malformed state";
	ch->event(ch->arg, &ev);
	return NULL;
}

static const char *begin(struct channel *ch, char *args)
{
	struct channel_event ev = { .record = CHANNEL_BEGIN, .text = args };

	if (ch->state != BETWEEN)
		return "a begin out of order";
	if (!name_ok(ch, args))
		return "a malformed begin";
	strcpy(ch->test, args);
	ch->state = IN_TEST;
	ch->event(ch->arg, &ev);
	return NULL;
}

static const char *end(struct channel *ch, char *args)
{
	struct channel_event ev = { .record = CHANNEL_END };
	const char *how;
	uint64_t code = 0;

	if (ch->state != IN_TEST)
		return "an end out of order";
	ev.text = word(&args);
	if (strcmp(ev.text, ch->test))
		return "the end of a test that is not running";
	how = word(&args);
	if (!strcmp(how, "timeout") && !*args) {
		ev.how = CHANNEL_TIMEOUT;
	} else if (!strcmp(how, "exit") && number(args, 255, &code)) {
		ev.how = CHANNEL_EXIT;
	} else if (!strcmp(how, "signal") && number(args, 127, &code) && code) {
		ev.how = CHANNEL_SIGNAL;
	} else {
		return "a malformed end";
	}
	ev.code = code;
	ch->state = BETWEEN;
	ch->event(ch->arg, &ev);
	return NULL;
}

static const char *text(struct channel *ch, enum channel_record record,
			const char *args)
{
	struct channel_event ev = { .record = record, .text = args };

	if (record == CHANNEL_LOG && ch->state != IN_TEST)
		return "output of a test that is not running";
	if (record == CHANNEL_ERROR)
		ch->state = FAILED;
	ch->event(ch->arg, &ev);
	return NULL;
}

static const char *done(struct channel *ch, const char *args)
{
	struct channel_event ev = { .record = CHANNEL_DONE };

	if (ch->state != BETWEEN || *args)
		return "a done out of order";
	ch->state = DONE;
	ch->event(ch->arg, &ev);
	return NULL;
}

/* Returns NULL, or what is wrong with the record. */
static const char *record(struct channel *ch, char *line)
{
	const char *what;
	uint64_t seq;

	if (ch->state == FAILED || ch->state == DONE)
		return "a record after the last one";
	if (strcmp(word(&line), "stlb"))
		return "bytes that are no record";
	if (!number(word(&line), UINT64_MAX, &seq))
		return "a record without a number";
	if (seq != ch->seq)
		return "a record out of sequence";
	ch->seq++;
	what = word(&line);
	if (!strcmp(what, "error"))
		return text(ch, CHANNEL_ERROR, line);
	if (!strcmp(what, "hello"))
		return hello(ch, line);
	if (ch->state == WANT_HELLO)
		return "a record before the hello";
	if (!strcmp(what, "state"))
		return state(ch, line);
	if (!strcmp(what, "begin"))
		return begin(ch, line);
	if (!strcmp(what, "log"))
		return text(ch, CHANNEL_LOG, line);
	if (!strcmp(what, "end"))
		return end(ch, line);
	if (!strcmp(what, "done"))
		return done(ch, line);
	return "an unknown record";
}

static void take_line(struct channel *ch)
{
	size_t i;

	if (ch->len && ch->line[ch->len - 1] == '\r')
		ch->len--;
	for (i = 0; i < ch->len; i++) {
		if (ch->line[i] < 0x20 || ch->line[i] > 0x7e) {
			ch->corrupt = "binary bytes";
			return;
		}
	}
	ch->line[ch->len] = '\0';
	ch->len = 0;
	ch->corrupt = record(ch, ch->line);
}

void channel_feed(struct channel *ch, const void *buf, size_t len)
{
	const char *c = buf, *end = c + len;

	for (; c < end && !ch->corrupt; c++) {
		if (*c == '\n')
			take_line(ch);
		else if (ch->len == CHANNEL_LINE_MAX)
			ch->corrupt = "a line without end";
		else
			ch->line[ch->len++] = *c;
	}
}

const char *channel_corrupt(const struct channel *ch)
{
	return ch->corrupt;
}

bool channel_done(const struct channel *ch)
{
	return ch->state == DONE;
}
