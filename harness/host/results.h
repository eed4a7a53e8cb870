/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of a run's results: OUT/<UTC time>, and OUT/latest.
 */
#ifndef _STLB_RESULTS_H
#define _STLB_RESULTS_H

#include <jansson.h>

#include "run.h"

/*
 * Makes a new one below out, with what is missing above it, and sets run->dir
 * to its absolute path. OUT/latest then leads to it. Returns 0, or an enum
 * run_status after one line on stderr.
 */
int results_make(struct run *run, const char *out);

/* results.json and report.html in @dir, and --summary, of results with whole tests. What goes wrong is a report_problem(). */
void results_write(const char *dir, const json_t *results,
		   const struct options *opt);

/* OUT/latest leads nowhere until a run has begun: a run that cannot has no results. */
void results_forget_latest(const char *out);

#endif /* _STLB_RESULTS_H */
