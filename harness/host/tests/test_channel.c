// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include "../channel.h"

/* What a channel said, one line per event. */
struct heard {
	struct channel ch;
	char text[8192];
};

static void hear(void *arg, const struct channel_event *ev)
{
	static const char *const ends[] = { "exit", "signal", "timeout" };
	struct heard *h = arg;
	size_t len = strlen(h->text), room = sizeof(h->text) - len;
	char *to = h->text + len;

	switch (ev->record) {
	case CHANNEL_HELLO:
		snprintf(to, room, "hello %s %lu\n", ev->text, ev->page_size);
		break;
	case CHANNEL_STATE:
		snprintf(to, room, "state %#llx %d\n",
			 (unsigned long long)ev->state.taint,
			 ev->state.lockdep_off);
		break;
	case CHANNEL_BEGIN:
		snprintf(to, room, "begin %s\n", ev->text);
		break;
	case CHANNEL_LOG:
		snprintf(to, room, "log %.40s\n", ev->text);
		break;
	case CHANNEL_END:
		snprintf(to, room, "end %s %s %d\n", ev->text, ends[ev->how],
			 ev->code);
		break;
	case CHANNEL_ERROR:
		snprintf(to, room, "error %s\n", ev->text);
		break;
	case CHANNEL_DONE:
		snprintf(to, room, "done\n");
		break;
	}
}

#define HELLO "stlb 0 hello 1 6.12.0-x aarch64 4096\n"
#define BEGIN HELLO "stlb 1 begin a.b.page\n"

/* Feeds all of it at once; returns what makes the channel corrupt. */
static const char *feed_bytes(struct heard *h, const char *bytes, size_t len)
{
	memset(h, 0, sizeof(*h));
	channel_init(&h->ch, hear, h);
	channel_feed(&h->ch, bytes, len);
	return channel_corrupt(&h->ch);
}

static const char *feed(struct heard *h, const char *s)
{
	return feed_bytes(h, s, strlen(s));
}

static const char whole_run[] = BEGIN "stlb 2 log ok 1 a.b.page\r\n"
				      "stlb 3 log\n"
				      "stlb 4 log end a.b.page exit 0\n"
				      "stlb 5 end a.b.page exit 0\n"
				      "stlb 6 begin a.b.run\n"
				      "stlb 7 end a.b.run signal 9\n"
				      "stlb 8 begin a.c\n"
				      "stlb 9 end a.c timeout\n"
				      "stlb 10 state 512 off\n"
				      "stlb 11 done\n";

static const char whole_heard[] =
	"hello 6.12.0-x 4096\nbegin a.b.page\nlog ok 1 a.b.page\nlog \n"
	"log end a.b.page exit 0\nend a.b.page exit 0\nbegin a.b.run\n"
	"end a.b.run signal 9\nbegin a.c\nend a.c timeout 0\n"
	"state 0x200 1\ndone\n";

static void a_run(void **state)
{
	struct heard h;

	(void)state;
	assert_null(feed(&h, whole_run));
	assert_string_equal(h.text, whole_heard);
	assert_true(channel_done(&h.ch));
}

static void in_pieces(void **state)
{
	struct heard h = { 0 };
	const char *c;

	(void)state;
	channel_init(&h.ch, hear, &h);
	for (c = whole_run; *c; c++)
		channel_feed(&h.ch, c, 1);
	assert_null(channel_corrupt(&h.ch));
	assert_string_equal(h.text, whole_heard);
}

/* Cut anywhere, it is not done, and every record before the cut stands. */
static void truncated(void **state)
{
	struct heard h;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(whole_run) - 2; len++) {
		assert_null(feed_bytes(&h, whole_run, len));
		assert_false(channel_done(&h.ch));
		assert_memory_equal(h.text, whole_heard, strlen(h.text));
	}
}

static void corrupt(void **state)
{
	static const char *const bad[] = {
		"\n",
		"garbage\n",
		"stlb\n",
		"stlb \n",
		"stlb 0\n",
		"stlb 1 hello 1 r m 4096\n",
		"stlb 00 hello 1 r m 4096\n",
		"stlb +0 hello 1 r m 4096\n",
		"stlb -0 hello 1 r m 4096\n",
		"stlb 0  hello 1 r m 4096\n",
		" stlb 0 hello 1 r m 4096\n",
		"STLB 0 hello 1 r m 4096\n",
		"stlb 18446744073709551616 hello 1 r m 4096\n",
		"stlb 0 hello 2 r m 4096\n",
		"stlb 0 hello 1 r m\n",
		"stlb 0 hello 1 r m 0\n",
		"stlb 0 hello 1 r m 4096 x\n",
		"stlb 0 hello 1  m 4096\n",
		"stlb 0 begin a\n",
		"stlb 0 log a\n",
		"stlb 0 done\n",
		HELLO "stlb 1 hello 1 r m 4096\n",
		HELLO "stlb 0 begin a\n",
		HELLO "stlb 2 begin a\n",
		HELLO "stlb 1 begin\n",
		HELLO "stlb 1 begin a b\n",
		HELLO "stlb 1 state\n",
		HELLO "stlb 1 state 0\n",
		HELLO "stlb 1 state 0x0 on\n",
		HELLO "stlb 1 state -1 on\n",
		HELLO "stlb 1 state 0 maybe\n",
		HELLO "stlb 1 state 0 on on\n",
		BEGIN "stlb 2 state 0 on\n",
		HELLO "stlb 1 begin a/b\n",
		HELLO "stlb 1 begin a;b\n",
		HELLO "stlb 1 log outside\n",
		HELLO "stlb 1 end a exit 0\n",
		HELLO "stlb 1 unknown\n",
		HELLO "stlb 1 done now\n",
		HELLO "ok 1 a.b.page\n",
		BEGIN "ok 1 a.b.page\n",
		BEGIN "stlb 2 begin c\n",
		BEGIN "stlb 2 done\n",
		BEGIN "stlb 2 end a.b exit 0\n",
		BEGIN "stlb 2 end a.b.page\n",
		BEGIN "stlb 2 end a.b.page exit\n",
		BEGIN "stlb 2 end a.b.page exit -1\n",
		BEGIN "stlb 2 end a.b.page exit 256\n",
		BEGIN "stlb 2 end a.b.page exit 0x0\n",
		BEGIN "stlb 2 end a.b.page exit 0 0\n",
		BEGIN "stlb 2 end a.b.page signal 0\n",
		BEGIN "stlb 2 end a.b.page timeout 1\n",
		BEGIN "stlb 2 end a.b.page\texit 0\n",
		BEGIN "stlb 2 log \x1b[2J\n",
		BEGIN "stlb 2 log \xc3\xa4\n",
	};
	struct heard h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!feed(&h, bad[i]))
			fail_msg("taken for good: %s", bad[i]);
		assert_false(channel_done(&h.ch));
		assert_null(strstr(h.text, "end "));
	}
}

/* Once corrupt it stays so, whatever follows. */
static void stays_corrupt(void **state)
{
	const char *why;
	struct heard h;

	(void)state;
	why = feed(&h, BEGIN "stlb 3 log lost one\n");
	assert_non_null(why);
	channel_feed(&h.ch, "stlb 2 end a.b.page exit 0\nstlb 3 done\n", 39);
	assert_ptr_equal(channel_corrupt(&h.ch), why);
	assert_false(channel_done(&h.ch));
	assert_string_equal(h.text, "hello 6.12.0-x 4096\nbegin a.b.page\n");
}

static void nul_bytes(void **state)
{
	static const char bytes[] = BEGIN "stlb 2 end a.b.page exit 0\0\n";
	struct heard h;

	(void)state;
	assert_non_null(feed_bytes(&h, bytes, sizeof(bytes) - 1));
	assert_null(strstr(h.text, "end "));
}

static void long_lines(void **state)
{
	char line[CHANNEL_LINE_MAX + 2];
	struct heard h;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "stlb 2 log ", 11);
	line[CHANNEL_LINE_MAX] = '\n';
	feed(&h, BEGIN);
	channel_feed(&h.ch, line, CHANNEL_LINE_MAX + 1);
	assert_null(channel_corrupt(&h.ch));

	line[CHANNEL_LINE_MAX] = 'x';
	feed(&h, BEGIN);
	channel_feed(&h.ch, line, CHANNEL_LINE_MAX + 1);
	assert_non_null(channel_corrupt(&h.ch));
}

static void long_names(void **state)
{
	char bytes[400] = HELLO "stlb 1 begin ";
	size_t len = strlen(bytes);
	struct heard h;

	(void)state;
	memset(bytes + len, 'n', 127);
	strcpy(bytes + len + 127, "\n");
	assert_null(feed(&h, bytes));
	strcpy(bytes + len + 127, "n\n");
	assert_non_null(feed(&h, bytes));
}

static void errors(void **state)
{
	struct heard h;

	(void)state;
	assert_null(feed(&h, "stlb 0 error no /plan\n"));
	assert_string_equal(h.text, "error no /plan\n");
	assert_false(channel_done(&h.ch));
	assert_null(feed(&h, BEGIN "stlb 2 error cannot fork\n"));
	assert_non_null(feed(&h, BEGIN "stlb 2 error x\nstlb 3 done\n"));
	assert_false(channel_done(&h.ch));
}

/* Bytes behind "done" are wrong, but cannot take it back. */
static void after_done(void **state)
{
	struct heard h;

	(void)state;
	assert_non_null(feed(&h, HELLO "stlb 1 done\nstlb 2 begin a\n"));
	assert_true(channel_done(&h.ch));
	assert_string_equal(h.text, "hello 6.12.0-x 4096\ndone\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run),	 cmocka_unit_test(in_pieces),
		cmocka_unit_test(truncated),	 cmocka_unit_test(corrupt),
		cmocka_unit_test(stays_corrupt), cmocka_unit_test(nul_bytes),
		cmocka_unit_test(long_lines),	 cmocka_unit_test(long_names),
		cmocka_unit_test(errors),	 cmocka_unit_test(after_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
