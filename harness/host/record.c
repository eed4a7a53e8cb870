// SPDX-License-Identifier: GPL-2.0-only

#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "job.h"
#include "report.h"
#include "text.h"
#include "words.h"

#define RECORDINGS 5

/* The test's own command, as it is given to people, with somewhere else to write to. */
static int run_again(const struct run *run, const struct cell *cell,
		     const struct result *r, const char *out)
{
	static const char *const more[] = { "--record", "--no-setup", "--out" };
	char **words = report_again(run, cell, r);
	struct job job = JOB_NONE;
	int status = RUN_INFRA;

	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
		words = list_add(words, text_dup(more[i]));
	words = list_add(words, text_dup(out));
	if (!job_run(&job, (const char *const *)words, 0) &&
	    WIFEXITED(job.child.status))
		status = WEXITSTATUS(job.child.status);
	job_free(&job);
	list_free(words);
	return status;
}

static void record_one(const struct run *run, const struct cell *cell,
		       const struct result *r)
{
	char *out = text_printf("%s/recorded/%s-%s", run->dir, cell->name,
				r->test->name);
	int status = run_again(run, cell, r, out);

	if (status == RUN_FAILED)
		fprintf(stderr,
			"stlb: %s %s: recorded: %s/latest/%s/replay.sh\n",
			cell->name, r->test->name, out, cell->name);
	else
		fprintf(stderr,
			"stlb: %s %s: it did not fail while it was recorded, on one CPU (status %d)\n",
			cell->name, r->test->name, status);
	free(out);
}

void record_failures(const struct run *run)
{
	size_t nr = 0;

	for (size_t c = 0; c < run->nr_cells && !run->interrupted; c++)
		for (size_t i = 0; i < run->cells[c].nr_results; i++) {
			const struct result *r = &run->cells[c].results[i];

			if (report_verdict(r) == VERDICT_FAIL &&
			    ++nr <= RECORDINGS)
				record_one(run, &run->cells[c], r);
		}
	if (nr > RECORDINGS)
		fprintf(stderr, "stlb: %zu more were not recorded\n",
			nr - RECORDINGS);
}
