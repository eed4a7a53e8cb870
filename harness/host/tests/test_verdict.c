// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../run.h"

static enum run_status status(size_t nr, const enum verdict *v, bool infra,
			      bool interrupted)
{
	struct result results[8] = { 0 };
	struct cell cell = { .results = results,
			     .nr_results = nr,
			     .infra = infra ? "no boot" : NULL };
	struct run run = { .cells = &cell,
			   .nr_cells = 1,
			   .interrupted = interrupted };

	for (size_t i = 0; i < nr; i++)
		results[i].verdict = v[i];
	return run_status(&run);
}

#define STATUS(infra, interrupted, ...)                                        \
	status(sizeof((enum verdict[]){ __VA_ARGS__ }) / sizeof(enum verdict), \
	       (enum verdict[]){ __VA_ARGS__ }, infra, interrupted)

static void good_runs(void **state)
{
	(void)state;
	assert_int_equal(STATUS(false, false, VERDICT_PASS), RUN_OK);
	assert_int_equal(STATUS(false, false, VERDICT_PASS, VERDICT_XFAIL,
				VERDICT_SKIP),
			 RUN_OK);
}

static void failures_win(void **state)
{
	(void)state;
	assert_int_equal(STATUS(false, false, VERDICT_PASS, VERDICT_FAIL),
			 RUN_FAILED);
	assert_int_equal(STATUS(false, false, VERDICT_XPASS), RUN_FAILED);
	assert_int_equal(STATUS(false, false, VERDICT_INFRA, VERDICT_FAIL),
			 RUN_FAILED);
	assert_int_equal(STATUS(true, true, VERDICT_NONE, VERDICT_FAIL),
			 RUN_FAILED);
}

static void nothing_seen_is_not_ok(void **state)
{
	struct cell cells[2] = { 0 };
	struct result pass = { .verdict = VERDICT_PASS };
	struct run run = { 0 };

	(void)state;
	assert_int_equal(run_status(&run), RUN_INFRA);
	assert_int_equal(status(0, NULL, false, false), RUN_INFRA);
	assert_int_equal(STATUS(false, false, VERDICT_NONE), RUN_INFRA);
	assert_int_equal(STATUS(false, false, VERDICT_PASS, VERDICT_NONE),
			 RUN_INFRA);
	assert_int_equal(STATUS(false, false, VERDICT_PASS, VERDICT_INFRA),
			 RUN_INFRA);
	assert_int_equal(STATUS(true, false, VERDICT_PASS), RUN_INFRA);
	assert_int_equal(STATUS(false, true, VERDICT_PASS), RUN_INFRA);
	assert_int_equal(STATUS(false, false, NR_VERDICTS), RUN_INFRA);
	/* one good cell does not stand for an empty one */
	cells[0] = (struct cell){ .results = &pass, .nr_results = 1 };
	run = (struct run){ .cells = cells, .nr_cells = 2 };
	assert_int_equal(run_status(&run), RUN_INFRA);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(VERDICT_XPASS), "XPASS");
	assert_string_equal(verdict_name(VERDICT_NONE), "INFRA");
	assert_string_equal(verdict_name(NR_VERDICTS), "INFRA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_runs),
		cmocka_unit_test(failures_win),
		cmocka_unit_test(nothing_seen_is_not_ok),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
