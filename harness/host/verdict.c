// SPDX-License-Identifier: GPL-2.0-only

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
