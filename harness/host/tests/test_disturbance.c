// SPDX-License-Identifier: GPL-2.0-only

#include "stream.h"

#include "../../guest/disturbance.h"

/* Who, in a stream, changed pages that the trigger had left as @after? 0: nobody. */
static char disturber(const char *after, const char *text)
{
	struct stlb_pte last[PAGES_MAX];
	const struct stlb_event *ev;
	size_t nr = strlen(after);
	struct stream s;
	struct evidence e = { .scene = &s.scene, .rec = &s.rec, .after = last };
	char who;

	stream_play(&s, text);
	s.scene = stream_scene(nr);
	for (size_t i = 0; i < nr; i++)
		last[i] = stream_entry(after[i]);
	ev = disturbance(&e);
	who = ev ? ev->pid : 0;
	free(s.rec.events);
	return who;
}

static void somebody_else(void **state)
{
	(void)state;
	/* The flusher cleans a page that the trigger has made writable. */
	assert_int_equal(disturber("w",
				   "A start 0 1 r\nA tell 0 1 w\nA end 0 1 w\n"
				   "changed\nover\n"
				   "k start 0 1 w\nk tell 0 1 r\nk end 0 1 r"),
			 'k');
	/* A scan for NUMA hints closes it, and the CPU's next access opens it again. */
	assert_int_equal(disturber("ww", "changed\nover\nA start 0 2 ww\n"
					 "A tell 0 2 wx\nA end 0 2 wx"),
			 'A');
	/* khugepaged takes it when the call has returned, before the mark. */
	assert_int_equal(disturber("w", "A tell 0 1 -\nchanged\n"
					"k tell 0 1 -\nk end 0 1 w\nover"),
			 'k');
	/* Compaction moves it; reclaim takes it. */
	assert_int_equal(disturber("r", "over\nk tell 0 1 R"), 'k');
	assert_int_equal(disturber("r", "over\nk tell 0 1 -"), 'k');
}

/* What a kernel does wrong is no disturbance. */
static void nobody(void **state)
{
	(void)state;
	assert_int_equal(disturber("r", "A tell 0 1 r\nchanged\nover"), 0);
	/* In the trigger; told late, by the caller or by a work item */
	assert_int_equal(disturber("r", "A tell 0 1 -\nover\nA tell 0 1 r"), 0);
	assert_int_equal(
		disturber("r", "changed\nover\nk tell 0 1 r\nk start 0 1 r"),
		0);
	assert_int_equal(disturber("w", "A tell 0 1 -\nchanged\n"
					"k tell 0 1 w\nover"),
			 0);
	/* More than it was: written to, or read, by who may */
	assert_int_equal(disturber("r", "over\nA tell 0 1 w"), 0);
	assert_int_equal(disturber("-", "over\nA tell 0 1 w"), 0);
	assert_int_equal(disturber("x", "over\nA tell 0 1 -"), 0);
	assert_int_equal(disturber("w", ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_else),
		cmocka_unit_test(nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
