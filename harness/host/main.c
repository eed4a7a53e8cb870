// SPDX-License-Identifier: GPL-2.0-only
/*
 * stlb-run: what run_tests.sh hands over to.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"
#include "coverage.h"
#include "compare.h"
#include "debug.h"
#include "dry_run.h"
#include "economy.h"
#include "engine.h"
#include "expected_skips.h"
#include "explain.h"
#include "export.h"
#include "history.h"
#include "kernel_spec.h"
#include "known_bugs.h"
#include "matrix.h"
#include "merge.h"
#include "message.h"
#include "options.h"
#include "page.h"
#include "picture.h"
#include "report.h"
#include "record.h"
#include "reread.h"
#include "results.h"
#include "text.h"

/* What --list, explain and the like printed has to have arrived. */
static int end_of_output(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return RUN_OK;
	report_problem("standard output", errno);
	return RUN_INFRA;
}

static int print_usage(const struct options *opt)
{
	char *path = text_printf("%s/harness/host/usage.txt", opt->root);
	FILE *f = fopen(path, "re");
	int c;

	if (!f) {
		message("%s: %s: the checkout is not whole, clone it again",
			path, strerror(errno));
		free(path);
		return RUN_USAGE;
	}
	while ((c = getc(f)) != EOF)
		putchar(c);
	fclose(f);
	free(path);
	return end_of_output();
}

static int list(const struct options *opt)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; i < nr; i++) {
		if (!catalogue_chosen(&t[i], opt->tests))
			continue;
		printf("%s", t[i].name);
		if (opt->verbose)
			printf("\t%s", catalogue_what(&t[i]));
		printf("\n");
	}
	return end_of_output();
}

static bool terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

/* stdout comes last: its reader may be slow, and then all files are there. */
static int judge(struct run *run, const struct known_bugs *bugs)
{
	const bool coverage = run->opt->command == CMD_COVERAGE;
	const bool live = !coverage && terminal();
	const struct reporter *const reporters[] = {
		&report_ktap_files,
		&report_json,
		&report_junit,
		live ? &report_table : &report_line,
		coverage ? &report_coverage :
		live	 ? NULL :
			   &report_ktap,
		NULL,
	};
	struct history *before = live ? history_find(run, run->opt->out) : NULL;
	int status = results_make(run, run->opt->out);

	run->before = before;
	if (!status)
		status = engine_run(run, bugs, reporters);
	run->before = NULL;
	history_free(before);
	if (!run->dir)
		return status;
	if (run->opt->record_failures)
		record_failures(run);
	/* Nothing that the engine says makes an unjudged run a good one. */
	if (status == RUN_OK)
		status = run_status(run);
	if (status == RUN_OK &&
	    (report_incomplete() || (coverage && !coverage_complete(run))))
		status = RUN_INFRA;
	/* As a shell says it, so that git bisect run stops, too. */
	return engine_signal() ? 128 + engine_signal() : status;
}

static int load_known_bugs(struct known_bugs **bugs, const struct options *opt)
{
	char *path = opt->known_bugs ? text_dup(opt->known_bugs) :
				       text_printf("%s/configs/known-bugs.ini",
						   opt->root);
	int err = known_bugs_load(bugs, path);

	free(path);
	return err;
}

/* Nothing to load unless they are asked for. */
static int load_expected_skips(struct expected_skips **skips,
			       const struct options *opt)
{
	char *path;
	int err;

	if (!opt->strict_skips)
		return 0;
	path = opt->expected_skips ?
		       text_dup(opt->expected_skips) :
		       text_printf("%s/configs/expected-skips.ini", opt->root);
	err = expected_skips_load(skips, path);
	free(path);
	return err;
}

/* For run_tests.sh: the group of packages that only these cells need. */
static void print_needs(const struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++) {
		if (kernel_spec_is_source(run->cells[i].kernel)) {
			puts("build");
			return;
		}
	}
}

/* QEMU records no more than one. */
static void one_cpu(struct run *run)
{
	for (size_t i = 0; run->opt->record && i < run->nr_cells; i++)
		run->cells[i].cpus = 1;
}

static int with_matrix(const struct options *opt)
{
	struct run run = { .opt = opt };
	struct known_bugs *bugs = NULL;
	struct expected_skips *skips = NULL;
	int status = matrix_load(&run, opt);

	if (!status)
		status = load_known_bugs(&bugs, opt);
	if (!status)
		status = load_expected_skips(&skips, opt);
	run.skips = skips;
	if (!status && opt->check) {
		if ((opt->command == CMD_RUN || opt->command == CMD_DEBUG) &&
		    !opt->dry_run)
			results_forget_latest(opt->out);
		print_needs(&run);
		status = end_of_output();
	} else if (!status) {
		catalogue_plan(&run, opt->tests);
		one_cpu(&run);
		if (opt->command == CMD_LIST) {
			status = list(opt);
		} else if (opt->dry_run) {
			dry_run(&run);
			status = end_of_output();
		} else if (opt->command != CMD_DEBUG) {
			status = judge(&run, bugs);
		} else {
			status = debug_check(&run);
			if (!status)
				status = debug_offer(&run, judge(&run, bugs));
		}
	}
	known_bugs_free(bugs);
	expected_skips_free(skips);
	matrix_free(&run);
	free(run.dir);
	return status;
}

/* Commands that judge no kernel. */
static int without_matrix(const struct options *opt)
{
	int status = RUN_OK, end;

	switch (opt->command) {
	case CMD_EXPLAIN:
		explain(opt);
		break;
	case CMD_VERDICTS:
		status = reread_verdicts(opt->words[0]);
		break;
	case CMD_WHOLE:
		status = reread_whole(opt->words[0]);
		break;
	case CMD_PICTURE:
		status = picture(opt);
		break;
	case CMD_EXPORT:
		status = export(opt);
		break;
	case CMD_REPORT:
		status = page_report(opt);
		break;
	case CMD_COMPARE:
		status = compare(opt);
		break;
	case CMD_ECONOMY:
		status = economy(opt);
		break;
	case CMD_MERGE:
		status = merge(opt);
		break;
	case CMD_RUN:
	case CMD_DEBUG:
	case CMD_COVERAGE:
	case CMD_LIST:
		break;
	}
	end = end_of_output();
	return status ? status : end;
}

/*
 * A file must not get the number of a standard stream that was closed: what is
 * printed would end up in it. Such a stream now fails every write.
 */
static void hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct options opt;
	int status;

	hold_streams();
	status = options_parse(&opt, argc, argv);
	/* A reader of stdout that goes away must not cost the results. */
	signal(SIGPIPE, SIG_IGN);
	if (status) {
		/* said */
	} else if (opt.help) {
		status = print_usage(&opt);
	} else if (opt.command == CMD_RUN || opt.command == CMD_LIST ||
		   opt.command == CMD_COVERAGE || opt.command == CMD_DEBUG) {
		status = with_matrix(&opt);
	} else if (!opt.check) {
		status = without_matrix(&opt);
	}
	options_free(&opt);
	return status;
}
