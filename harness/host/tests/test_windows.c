// SPDX-License-Identifier: GPL-2.0-only

#include "stream.h"

#include "../../guest/windows.h"

static const char *const names[] = {
	[WINDOW_FINE] = "fine",		[WINDOW_MISSING] = "missing",
	[WINDOW_LATE] = "late",		[WINDOW_ENDED] = "ended",
	[WINDOW_NO_START] = "no start", [WINDOW_LATE_END] = "late end",
	[WINDOW_NO_END] = "no end",
};

/* @before and @after: the pages' entries at the marks, @after NULL: gone. */
static void judge_stream(const char *before, const char *after,
			 const char *text, const char *change, const char *pair)
{
	struct stlb_pte first[PAGES_MAX], last[PAGES_MAX];
	struct transition t = { .after = after ? ACCESS_RO : ACCESS_GONE };
	size_t nr = strlen(before);
	struct stream s;
	struct evidence e = {
		.t = &t,
		.scene = &s.scene,
		.rec = &s.rec,
		.before = first,
		.after = last,
	};

	stream_play(&s, text);
	s.scene = stream_scene(nr);
	for (size_t i = 0; i < nr; i++) {
		first[i] = stream_entry(before[i]);
		last[i] = stream_entry(after ? after[i] : '-');
	}
	assert_string_equal(names[windows_changes(&e).fault], change);
	assert_string_equal(names[windows_pairs(&e).fault], pair);
	free(s.rec.events);
}

static void right(void **state)
{
	(void)state;
	judge_stream("w", "r",
		     "A start 0 1 w\nA tell 0 1 r\nA end 0 1 r\nchanged",
		     "fine", "fine");
	judge_stream("w", "r", "A start 0 all w\nA end 0 all r", "fine",
		     "fine");
	/* Two steps, each in a window of its own; on the way no entry */
	judge_stream("w", "R",
		     "k start 0 1 w\nk tell 0 1 r\nk end 0 1 r\n"
		     "k start 0 1 r\nk tell 0 1 -\nk end 0 1 R",
		     "fine", "fine");
	/* What gives, and what comes to nothing, takes no window. */
	judge_stream("r", "w", "A tell 0 1 w", "fine", "fine");
	judge_stream("-", "w", "A tell 0 1 w", "fine", "fine");
	judge_stream("x", "W", "A tell 0 1 W", "fine", "fine");
	judge_stream("w", "w", "", "fine", "fine");
	judge_stream("r", "w", "A tell 0 1 -\nA tell 0 1 r", "fine", "fine");
	/* Written back, and written to again */
	judge_stream("w", "w",
		     "A start 0 1 w\nA end 0 1 r\nA tell 0 1 w\n"
		     "A start 0 1 w\nA end 0 1 r\nA tell 0 1 w",
		     "fine", "fine");
}

static void nested(void **state)
{
	(void)state;
	judge_stream("ww", "rr",
		     "A start 0 2 ww\nA start 0 1 ww\nA end 0 1 rw\n"
		     "A end 0 2 rr",
		     "fine", "fine");
	/* Not the youngest first */
	judge_stream("ww", "rr",
		     "A start 0 1 ww\nA start 1 2 ww\nA end 0 1 rr\n"
		     "A end 1 2 rr",
		     "fine", "fine");
	/* One range twice */
	judge_stream("w", "r",
		     "A start 0 1 w\nA start 0 1 w\nA end 0 1 w\nA end 0 1 r",
		     "fine", "fine");
	judge_stream("w", "r",
		     "A start 0 1 w\nA start 0 1 w\nA end 0 1 w\nA end 0 1 w",
		     "ended", "fine");
}

static void interleaved(void **state)
{
	char text[1024] = "";

	(void)state;
	judge_stream("ww", "r-",
		     "A start 0 1 ww\nB start 1 2 ww\nA end 0 1 r-\n"
		     "B end 1 2 r-",
		     "fine", "fine");
	/* Another's window is a window; another's end is not this one's. */
	judge_stream("w", "r",
		     "A start 0 1 w\nB start 0 1 w\nA end 0 1 w\nB end 0 1 r",
		     "fine", "fine");
	judge_stream("w", "r", "A start 0 1 w\nB end 0 1 r", "fine",
		     "no start");
	judge_stream("ww", "rw",
		     "A start 0 1 ww\nB start 0 2 ww\n"
		     "B end 0 2 rw\nB end 0 1 rw",
		     "fine", "no start");
	/* As many as there are */
	for (char c = 'A'; c <= 'Z'; c++)
		sprintf(text + strlen(text), "%c start 0 1 w\n", c);
	for (char c = 'A'; c <= 'Z'; c++)
		sprintf(text + strlen(text), "%c end 0 1 r\n", c);
	judge_stream("w", "r", text, "fine", "fine");
}

static void uncovered(void **state)
{
	(void)state;
	judge_stream("w", "r", "", "missing", "fine");
	judge_stream("w", "r", "A tell 0 1 r", "missing", "fine");
	judge_stream("w", "R", "A tell 0 1 -", "missing", "fine");
	judge_stream("w", "-", "A tell 0 1 -", "missing", "fine");
	judge_stream("w", "x", "", "missing", "fine");
	judge_stream("e", "r", "", "missing", "fine");
	judge_stream("r", "R", "", "missing", "fine");
	judge_stream("w", "r", "A start 0 1 r\nA end 0 1 r", "late", "fine");
	judge_stream("w", "W", "A start 0 1 -\nA end 0 1 W", "late", "fine");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 1 w", "ended", "fine");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 1 w\nA tell 0 1 r",
		     "ended", "fine");
	/* Another page's, or not all of this one's */
	judge_stream("ww", "wr", "A start 0 1 ww\nA end 0 1 wr", "missing",
		     "fine");
	judge_stream("ww", "rr", "A start 0 1 ww\nA end 0 1 rw", "missing",
		     "fine");
	/* The fault that any early start and any late end would hide */
	judge_stream("w", "R",
		     "k start 0 1 w\nk end 0 1 r\nk tell 0 1 R\n"
		     "k start 0 1 R\nk end 0 1 R",
		     "ended", "fine");
}

static void unpaired(void **state)
{
	(void)state;
	judge_stream("w", "r", "A start 0 1 w\nA tell 0 1 r", "fine", "no end");
	judge_stream("w", "r", "A start 0 1 w\nA start 0 1 w\nA end 0 1 r",
		     "fine", "no end");
	judge_stream("w", "w", "A end 0 1 w", "fine", "no start");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 2 r", "fine",
		     "no start");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 1 r\nA end 0 1 r",
		     "fine", "no start");
	/* Beyond the watched pages: an early exit of another walk */
	judge_stream("w", "w", "A start 7 9 w", "fine", "no end");
	judge_stream("w", "w", "A end 7 9 w", "fine", "no start");
	judge_stream("w", "w", "A start 7 9 w\nA end 7 9 w", "fine", "fine");
	/* The call has returned. */
	judge_stream("w", "r",
		     "A start 0 1 w\nA tell 0 1 r\nchanged\n"
		     "A end 0 1 r",
		     "fine", "late end");
	judge_stream("w", "r",
		     "A start 0 1 w\nA end 0 1 r\nchanged\n"
		     "A start 0 1 r\nA end 0 1 r",
		     "fine", "fine");
	judge_stream("w", "r",
		     "A start 0 1 w\nA end 0 1 r\nchanged\n"
		     "A start 7 8 r",
		     "fine", "no end");
}

/* Others may be at work on pages that are not watched when the call returns. */
static void others(void **state)
{
	(void)state;
	judge_stream("w", "w", "k start 0 1 w", "fine", "fine");
	judge_stream("w", "w", "k start 7 8 w\nchanged\nk end 7 8 w", "fine",
		     "fine");
	judge_stream("w", "r", "k start 0 1 w\nk tell 0 1 r", "fine", "no end");
	judge_stream("w", "r",
		     "k start 0 1 w\nk tell 0 1 r\nchanged\n"
		     "k end 0 1 r",
		     "fine", "late end");
	/* Under way at the first mark */
	judge_stream("w", "w", "k start 0 1 w\nbegin\nk end 0 1 w", "fine",
		     "fine");
	judge_stream("w", "r", "k start 0 1 w\nbegin\nk end 0 1 r", "fine",
		     "fine");
	judge_stream("w", "w", "k end 0 1 w\nbegin", "fine", "fine");
}

static void released(void **state)
{
	(void)state;
	judge_stream("w", NULL, "A start 0 1 w\nA end 0 1 -\nA gone 0 all -",
		     "fine", "fine");
	judge_stream("w", NULL, "A tell 0 1 -\nA gone 0 all -", "missing",
		     "fine");
	judge_stream("w", NULL, "k start 0 1 w\nA gone 0 all w", "fine",
		     "fine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right),       cmocka_unit_test(nested),
		cmocka_unit_test(interleaved), cmocka_unit_test(uncovered),
		cmocka_unit_test(unpaired),    cmocka_unit_test(others),
		cmocka_unit_test(released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
