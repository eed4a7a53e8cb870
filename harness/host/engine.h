/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: takes every cell of a run to DONE.
 *
 * Up to opt->jobs children work at once (fetching or building a kernel, or
 * booting); a cell's failure never stops another. SIGINT, SIGTERM and SIGHUP
 * end the run: children are killed, tests without a verdict become INFRA
 * "interrupted", and the reporters are told as usual. From the first call on
 * these signals stay blocked, so that another one cannot cost the report, and
 * SIGPIPE is ignored.
 */
#ifndef _STLB_ENGINE_H
#define _STLB_ENGINE_H

#include "known_bugs.h"
#include "options.h"
#include "run.h"

/*
 * Runs all cells. run->opt, ->dir (it exists) and each cell's results are set;
 * what the engine adds to cells and results is freed with the run. A cell's
 * ->dir is set, if it is NULL, and made, before the reporters are started.
 *
 * @reporters is NULL-terminated. Returns run_status(), except that RUN_INFRA
 * becomes RUN_USAGE if the reason was a kernel that does not exist, or is of
 * another architecture, or no kernel.
 */
enum run_status engine_run(struct run *run, const struct known_bugs *bugs,
			   const struct reporter *const *reporters);

/* The signal that interrupted the run, or 0. */
int engine_signal(void);

#endif /* _STLB_ENGINE_H */
