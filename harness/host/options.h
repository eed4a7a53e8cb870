/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of run_tests.sh, parsed.
 */
#ifndef _STLB_OPTIONS_H
#define _STLB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_TIMEOUT 60 /* --timeout if it is not given */

enum command {
	CMD_RUN,
	CMD_LIST,
	CMD_EXPLAIN,
	CMD_VERDICTS,
	CMD_WHOLE,
	CMD_REPORT,
	CMD_PICTURE,
	CMD_EXPORT,
	CMD_COMPARE,
	CMD_ECONOMY,
	CMD_MERGE,
	CMD_DEBUG, /* a run of one test, and what a debugger wants of it */
	CMD_COVERAGE, /* a run that ends with a list of call sites */
};

struct options {
	enum command command;
	const char *explain; /* CMD_EXPLAIN: a transition or test pattern */
	char **words; /* what other commands take, NULL-terminated */
	char **archs; /* --arch, NULL-terminated; NULL: all of the matrix */
	char **kernels; /* --kernel, NULL-terminated; NULL: the matrix's */
	char **cells; /* --cell, NULL-terminated; NULL: all */
	char **tests; /* --test patterns, NULL-terminated; NULL: all */
	const char *matrix; /* --matrix FILE; NULL: configs/SET.matrix */
	const char *set; /* --set NAME; NULL: default */
	char **configs; /* --config, NULL-terminated; see config.h */
	bool defconfig; /* --defconfig */
	const char *build_dir; /* --build-dir, with one image: kernel */
	const char *out; /* --out DIR, or "results" */
	const char *
		known_bugs; /* --known-bugs FILE; NULL: configs/known-bugs.ini */
	const char *expected_skips; /* --expected-skips FILE; NULL:
				     * configs/expected-skips.ini */
	unsigned int jobs; /* --jobs */
	unsigned int timeout; /* --timeout: seconds per test */
	unsigned int boot_timeout; /* --boot-timeout; 0: twice --timeout */
	unsigned int seconds; /* --seconds of a race test; 0: one round */
	unsigned int seed; /* --seed of its first round; 0: its own choice */
	const char *shard; /* --shard K/N; NULL: all cells */
	const char *accept; /* --accept FILE of compare; NULL: none */
	const char *finding; /* --finding NAME of export mail; NULL: none */
	const char *results_url; /* --results-url of export kcidb; NULL: none */
	const char *page; /* --page FILE of compare; NULL: none */
	const char *summary; /* --summary FILE; NULL: none */
	bool record; /* --record */
	bool record_failures; /* --record-failures */
	bool exact; /* --exact of compare: behaviour decides, too */
	bool gate; /* hidden, of compare: only what became worse decides */
	bool strict_skips; /* --strict-skips */
	bool dry_run;
	bool verbose;
	bool no_setup;
	bool help;
	bool check; /* hidden: say what is wrong, or what is needed, and end */

	const char *root; /* the checkout, from run_tests.sh */
	char *cache; /* ${STLB_CACHE:-${XDG_CACHE_HOME:-~/.cache}/stlb} */
};

/*
 * Parses argv into *opt. Returns 0, or RUN_USAGE after one line on stderr that
 * says what is wrong and what to do.
 */
int options_parse(struct options *opt, int argc, char **argv);
void options_free(struct options *opt);

/* Seconds that a test may take. */
unsigned int options_deadline(const struct options *opt);

/* The known option that was probably meant, or NULL. */
const char *options_suggest(const char *name);

/*
 * Whether what the options name exists: architectures (which become their
 * canonical names), kernels, tests, directories. Part of options_parse().
 */
int options_check(struct options *opt);

#endif /* _STLB_OPTIONS_H */
