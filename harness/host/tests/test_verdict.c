// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../run.h"
#include "../words.h"

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

/* What a cell of one test, which judged rows of @judged, saw. */
static const char *saw(const char *arch, enum stlb_transition t,
		       enum stlb_plane plane, enum verdict v,
		       const char *judged)
{
	struct test test = { .id = t, .plane = plane };
	struct result results[] = {
		{ .test = &test,
		  .verdict = v,
		  .judged = judged ? list_split(judged, " ") : NULL },
		{ .test = &test, .verdict = VERDICT_SKIP },
	};
	struct cell cell = { .arch = stlb_arch_find(arch),
			     .release = "6.12.1",
			     .results = results,
			     .nr_results = 2 };
	const char *why = cell_saw_nothing(&cell);

	list_free(results[0].judged);
	return why;
}

static void a_cell_without_a_judged_row(void **state)
{
	const enum stlb_plane device = STLB_DEVICE_PLANE;

	(void)state;
	assert_string_equal(saw("arm64", STLB_T_cow_copy, 0, VERDICT_SKIP,
				NULL),
			    "nothing was seen: every test was skipped");
	assert_non_null(saw("arm64", STLB_T_cow_copy, 0, VERDICT_PASS, NULL));
	assert_non_null(saw("arm64", STLB_T_cow_copy, 0, VERDICT_XFAIL, "vtd"));
	assert_null(
		saw("arm64", STLB_T_cow_copy, 0, VERDICT_PASS, "kvm-shadow"));
	assert_null(saw("arm64", STLB_T_unmap_none, 0, VERDICT_PASS, "smmuv3"));
	/* A mirror does not mind: that row is OPTIONAL. */
	assert_non_null(
		saw("arm64", STLB_T_unmap_none, 0, VERDICT_PASS, "kvm-shadow"));
	/* No row binds what was chosen. */
	assert_null(saw("arm64", STLB_T_NONE, 0, VERDICT_PASS, NULL));
	assert_null(saw("x86", STLB_T_upgrade_wp_reuse, 0, VERDICT_PASS, NULL));
	assert_null(
		saw("arm64", STLB_T_unmap_none, device, VERDICT_PASS, NULL));
	assert_non_null(saw("x86", STLB_T_NONE, 0, VERDICT_SKIP, NULL));
	/* A failure was seen; what was not judged says so by itself. */
	assert_null(saw("arm64", STLB_T_cow_copy, 0, VERDICT_FAIL, NULL));
	assert_null(saw("arm64", STLB_T_cow_copy, 0, VERDICT_INFRA, NULL));
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
		cmocka_unit_test(a_cell_without_a_judged_row),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
