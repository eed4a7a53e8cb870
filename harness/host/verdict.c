// SPDX-License-Identifier: GPL-2.0-only

#include "rule_text.h"
#include "run.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[NR_VERDICTS] = {
		[VERDICT_NONE] = "INFRA",  [VERDICT_PASS] = "PASS",
		[VERDICT_FAIL] = "FAIL",   [VERDICT_XFAIL] = "XFAIL",
		[VERDICT_XPASS] = "XPASS", [VERDICT_SKIP] = "SKIP",
		[VERDICT_INFRA] = "INFRA",
	};

	return v < NR_VERDICTS ? names[v] : "INFRA";
}

enum rows { ROWS_OF_THE_TEST, ROWS_JUDGED };

/* Has the test a row that binds; was one judged? */
static bool has_row(const struct cell *cell, const struct result *r,
		    enum rows rows)
{
	const struct stlb_rulebook *book = cell->arch->rules;
	const struct test *test = r->test;

	if (test->id == STLB_T_NONE)
		return false;
	for (unsigned int i = 0; i < book->nr_profiles; i++) {
		const struct stlb_profile_info *p = &book->profiles[i];

		if (rule_binds(rule_row(book, test->id, p)->need,
			       test->plane) &&
		    (rows == ROWS_JUDGED ? rule_decided(cell, r, p) :
					   rule_decides(cell, test, p)))
			return true;
	}
	return false;
}

const char *cell_saw_nothing(const struct cell *cell)
{
	bool seen = false, bound = false, judged = false;

	for (size_t i = 0; i < cell->nr_results; i++) {
		const struct result *r = &cell->results[i];

		switch (r->verdict) {
		case VERDICT_FAIL:
		case VERDICT_XPASS:
			return NULL;
		case VERDICT_PASS:
		case VERDICT_XFAIL:
			seen = true;
			judged |= has_row(cell, r, ROWS_JUDGED);
			break;
		case VERDICT_SKIP:
			break;
		default:
			return NULL; /* which says why by itself */
		}
		bound |= has_row(cell, r, ROWS_OF_THE_TEST);
	}
	if (!seen)
		return "nothing was seen: every test was skipped";
	if (bound && !judged)
		return "nothing was seen: no test judged a rule that is REQUIRED or UNWANTED";
	return NULL;
}

/*
 * A failure that was seen stays one whatever else went wrong, so FAILED comes
 * before INFRA. OK asks for a whole run in which every test was judged.
 */
enum run_status run_status(const struct run *run)
{
	bool whole = run->nr_cells && !run->interrupted, judged = false;

	for (size_t c = 0; c < run->nr_cells; c++) {
		const struct cell *cell = &run->cells[c];

		if (!cell->nr_results || cell->infra)
			whole = false;
		for (size_t i = 0; i < cell->nr_results; i++) {
			switch (cell->results[i].verdict) {
			case VERDICT_FAIL:
			case VERDICT_XPASS:
				return RUN_FAILED;
			case VERDICT_PASS:
			case VERDICT_XFAIL:
			case VERDICT_SKIP:
				judged = true;
				break;
			default:
				whole = false;
			}
		}
	}
	if (run->misconfigured && !judged && !run->interrupted)
		return RUN_USAGE;
	return whole ? RUN_OK : RUN_INFRA;
}
