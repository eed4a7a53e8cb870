// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../trace.h"

/* The kinds that differ, joined by blanks. Lines are separated by '\n'. */
static char *kinds(const char *before, const char *now)
{
	static char found[128];
	const char *both[2] = { before, now };
	char *text[NR_TRACE_DIFFERENCES];
	json_t *traces[2];
	bool any;

	for (int i = 0; i < 2; i++) {
		char *copy = strdup(both[i]), *save, *line;

		traces[i] = json_array();
		for (line = strtok_r(copy, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			json_array_append_new(traces[i], json_string(line));
		free(copy);
	}
	any = trace_compare(traces[0], traces[1], text);
	found[0] = '\0';
	for (int d = 0; d < NR_TRACE_DIFFERENCES; d++) {
		if (text[d])
			sprintf(found + strlen(found), "%s%s",
				*found ? " " : "", trace_name(d));
		free(text[d]);
	}
	assert_int_equal(any, *found != '\0');
	json_decref(traces[0]);
	json_decref(traces[1]);
	return found;
}

#define START "range_start 0 1 1r mmap-lock,blockable,current-mm\n"
#define END "range_end 0 1 1w mmap-lock,blockable,current-mm\n"
#define TOLD "secondary 0 1 1w ptl,current-mm\n"

static void same(void **state)
{
	(void)state;
	assert_string_equal(kinds("", ""), "");
	assert_string_equal(kinds(START END TOLD, START END TOLD), "");
}

static void numbers(void **state)
{
	(void)state;
	assert_string_equal(kinds("", TOLD), "more");
	assert_string_equal(kinds(TOLD, TOLD TOLD), "more");
	assert_string_equal(kinds(TOLD, ""), "fewer");
	assert_string_equal(kinds(START END TOLD, START END), "fewer");
	assert_string_equal(kinds(TOLD, START END), "op");
	assert_string_equal(kinds("more 1", "more 2"), "more");
}

static void order(void **state)
{
	(void)state;
	assert_string_equal(kinds(START END TOLD, START TOLD END), "reordered");
	assert_string_equal(kinds(TOLD, "secondary 0 1 1r ptl,current-mm"),
			    "pages");
}

static void ranges(void **state)
{
	(void)state;
	assert_string_equal(kinds(TOLD, "secondary 0 8 1w ptl,current-mm"),
			    "wider");
	assert_string_equal(kinds(TOLD, "secondary -1 1 1w ptl,current-mm"),
			    "wider");
	assert_string_equal(kinds(TOLD, "secondary 0 all 1w ptl,current-mm"),
			    "wider");
	assert_string_equal(kinds("secondary 0 all 1w ptl,current-mm", TOLD),
			    "narrower");
	assert_string_equal(kinds("secondary 0 8 8w -", "secondary 2 8 8w -"),
			    "narrower");
	assert_string_equal(kinds("secondary 0 8 8w -", "secondary 2 9 8w -"),
			    "elsewhere");
}

/* How often a range is told of hangs on the time. */
static void parts(void **state)
{
	(void)state;
	assert_string_equal(
		kinds("range_start 0 8 8w -\nsecondary 0 8 8- ptl\n"
		      "range_end 0 8 8- -",
		      "range_start 0 8 8w -\nsecondary 0 5 5-3w ptl\n"
		      "secondary 5 6 6-2w ptl\nsecondary 6 8 8- ptl\n"
		      "range_end 0 8 8- -"),
		"");
	/* In another context, elsewhere, too early, or outside */
	assert_string_equal(kinds("range_start 0 8 8w -\nsecondary 0 8 8- ptl",
				  "range_start 0 8 8w -\n"
				  "secondary 0 5 5-3w ptl\n"
				  "secondary 5 8 8- -"),
			    "more");
	assert_string_equal(kinds("range_start 0 8 8w -\nsecondary 0 8 8- ptl",
				  "range_start 0 8 8w -\n"
				  "secondary 0 5 8w ptl\n"
				  "secondary 5 8 8- ptl"),
			    "pages");
	assert_string_equal(kinds("secondary 0 8 8- ptl",
				  "secondary 0 5 5-3w ptl\n"
				  "secondary 5 8 8- ptl"),
			    "more");
}

static void announcements(void **state)
{
	(void)state;
	assert_string_equal(kinds("range_start 0 1 1w - clear",
				  "range_start 0 1 1w - clear"),
			    "");
	assert_string_equal(kinds("range_start 0 1 1w - clear",
				  "range_start 0 1 1w - unmap"),
			    "kind");
	assert_string_equal(kinds("range_start 0 1 1w -",
				  "range_start 0 1 1w - unmap"),
			    "");
}

static void contexts(void **state)
{
	(void)state;
	assert_string_equal(kinds(TOLD, "secondary 0 1 1w -"), "context");
	assert_string_equal(kinds(TOLD, "secondary 0 2 1W irqs-off"),
			    "wider context pages");
}

static void anything(void **state)
{
	(void)state;
	assert_string_equal(kinds("x", "y"), "op");
	kinds("  ", " 9999999999999999999999 -");
	kinds("a\nb\nc\nd\ne\nf\ng\nh\ni\nj", "k\nl\nm");
	kinds("secondary all all", "secondary x");
	kinds("range_start\nsecondary 0 5 5 ptl\nsecondary 5 8 -3x4 ptl",
	      "range_start\nsecondary 0 9 99999999999999999999x ptl\n"
	      "secondary 9 8 1 ptl\nsecondary 8 all x ptl");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same),		 cmocka_unit_test(numbers),
		cmocka_unit_test(order),	 cmocka_unit_test(ranges),
		cmocka_unit_test(announcements), cmocka_unit_test(contexts),
		cmocka_unit_test(parts),	 cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
