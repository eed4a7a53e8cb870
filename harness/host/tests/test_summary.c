// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include <unistd.h>

#include "../catalogue.h"
#include "../matrix.h"
#include "../options.h"
#include "../report.h"
#include "../text.h"

static struct options opt;
static struct run run;

static int setup(void **state)
{
	static char *tests[] = { "swap", "cow", NULL };
	static const char matrix[] =
		"[one]\narch = arm64\nkernel = debian:6.1\n"
		"[two]\narch = x86\nkernel = debian:6.1\n";
	char *path = make_file(matrix, strlen(matrix));

	(void)state;
	opt.matrix = path;
	opt.root = ".";
	opt.timeout = OPTIONS_TIMEOUT;
	if (matrix_load(&run, &opt))
		return -1;
	unlink(path);
	free(path);
	opt.matrix = NULL;
	run.opt = &opt;
	catalogue_plan(&run, tests);
	return run.nr_cells == 2 && run.cells[0].nr_results > 20 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	matrix_free(&run);
	return 0;
}

static void set(size_t cell, size_t test, enum verdict v, const char *reason)
{
	struct result *r = &run.cells[cell].results[test];

	free(r->reason);
	r->verdict = v;
	r->reason = reason ? text_dup(reason) : NULL;
}

static void all_pass(void)
{
	for (size_t c = 0; c < run.nr_cells; c++) {
		run.cells[c].stage = CELL_DONE;
		for (size_t i = 0; i < run.cells[c].nr_results; i++)
			set(c, i, VERDICT_PASS, NULL);
	}
}

static char *summary(unsigned int width)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	summary_print(f, &run, width, false);
	fclose(f);
	return text;
}

static void expect_line(const char *text, const char *line)
{
	char *wanted = text_printf("\n%s\n", line);

	if (!strstr(text, wanted))
		fail_msg("no line '%s' in:\n%s", line, text);
	free(wanted);
}

static void families(void **state)
{
	size_t last = run.cells[0].nr_results - 1;
	char *text;

	(void)state;
	all_pass();
	text = summary(80);
	expect_line(text, "     one");
	expect_line(text, "     |          two");
	expect_line(text, "swap ok         ok");
	expect_line(text, "cow  ok         ok");
	assert_null(strstr(text, "swap.pageout"));
	free(text);

	/* Each that fails has its line and its command, and the worst one counts. */
	set(0, 0, VERDICT_FAIL, "not told");
	set(0, 1, VERDICT_FAIL, "not told");
	set(0, 2, VERDICT_INFRA, "no time");
	set(1, 1, VERDICT_XPASS, "good news");
	set(1, last, VERDICT_INFRA, "no time");
	text = summary(80);
	expect_line(text, "swap 2 FAIL     1 XPASS");
	expect_line(text, "cow  ok         1 INFRA");
	assert_non_null(
		strstr(text, "\nFAIL one swap.pageout.page: not told\n"));
	assert_non_null(strstr(text, "--test swap.pageout.page\n"));
	assert_non_null(strstr(
		text, "\nINFRA one swap.pageout.model and 1 more: no time\n"));
	assert_non_null(
		strstr(text, "\nXPASS two swap.pageout.run: good news\n"));
	free(text);

	for (size_t i = 0; i <= last; i++)
		if (!strcmp(run.cells[1].results[i].test->family, "cow"))
			set(1, i, VERDICT_SKIP, "no copy");
	text = summary(80);
	expect_line(text, "cow  ok         skip");
	free(text);
}

/* By finding and by reason, most frequent first; rare ones are counted. */
static void reasons(void **state)
{
	char *text;

	(void)state;
	all_pass();
	set(0, 0, VERDICT_XFAIL, "one way (1af5a8109904; docs/findings/a.md)");
	set(0, 1, VERDICT_XFAIL, "another (docs/findings/a.md)");
	set(1, 0, VERDICT_XFAIL, "nobody wrote it down");
	for (size_t i = 4; i < 15; i++) {
		char *why = text_printf("needs %zu", i);

		set(0, i, VERDICT_SKIP, why);
		free(why);
	}
	set(1, 4, VERDICT_SKIP, "needs 14");
	text = summary(80);
	expect_line(text, "XFAIL     2 tests  docs/findings/a.md");
	expect_line(text, "XFAIL     1 test   nobody wrote it down");
	assert_non_null(strstr(
		text,
		"\n\nSKIP     2 tests  needs 14\nSKIP     1 test   needs 10\n"));
	expect_line(text, "SKIP     3 tests  for 3 other reasons");
	free(text);
}

static void verbose(void **state)
{
	char *text;

	(void)state;
	all_pass();
	opt.verbose = true;
	text = summary(80);
	opt.verbose = false;
	assert_non_null(strstr(text, "\nswap.pageout.page "));
	free(text);
}

/* What it prints of a run that is well never wraps, nor writes colours unasked. */
static void narrow(void **state)
{
	(void)state;
	all_pass();
	set(0, 0, VERDICT_XFAIL,
	    "a reason that is far longer than any terminal is wide, or so one hopes, for else it would be a test of nothing");
	for (unsigned int width = 30; width < 100; width++) {
		char *text = summary(width), *save;

		assert_null(strchr(text, '\033'));
		for (char *l = strtok_r(text, "\n", &save);
		     l && !strstr(l, "pass,"); l = strtok_r(NULL, "\n", &save))
			if (strlen(l) >= width + 5)
				fail_msg("%u columns: '%s'", width, l);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families),
		cmocka_unit_test(reasons),
		cmocka_unit_test(verbose),
		cmocka_unit_test(narrow),
	};

	return cmocka_run_group_tests_name("summary", tests, setup, teardown);
}
