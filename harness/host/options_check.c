// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arch.h"
#include "catalogue.h"
#include "config.h"
#include "kernel_spec.h"
#include "message.h"
#include "options.h"
#include "run.h"
#include "text.h"
#include "words.h"

static int unknown_arch(const char *name)
{
	char **list = NULL, *all;
	int err;

	for (const struct stlb_arch *a = stlb_archs; a->name; a++)
		list = list_add(list, text_dup(a->name));
	all = list_join(list, ", ");
	err = usage_error("unknown architecture '%s': there are %s", name, all);
	free(all);
	list_free(list);
	return err;
}

/* Aliases become names; "arm64,aarch64" is one architecture. */
static int check_archs(struct options *opt)
{
	char **names = NULL;

	for (char **a = opt->archs; a && *a; a++) {
		const struct stlb_arch *arch = stlb_arch_find(*a);

		if (!arch) {
			list_free(names);
			return unknown_arch(*a);
		}
		if (!list_has(names, arch->name))
			names = list_add(names, text_dup(arch->name));
	}
	list_free(opt->archs);
	opt->archs = names;
	return 0;
}

static int check_kernels(const struct options *opt)
{
	for (char **k = opt->kernels; k && *k; k++) {
		const char *wrong = kernel_spec_error(*k);

		if (wrong)
			return usage_error("--kernel %s: %s", *k, wrong);
	}
	return 0;
}

/* A pattern that matches nothing, whatever the others match. */
static int check_pattern(const char *option, const char *pattern)
{
	size_t nr;
	const struct test *t = catalogue(&nr);
	const char *meant;

	for (size_t i = 0; i < nr; i++)
		if (catalogue_match(&t[i], pattern))
			return 0;
	meant = catalogue_suggest(pattern);
	if (meant)
		return usage_error(
			"%s '%s' matches no test: did you mean %s? See --list",
			option, pattern, meant);
	return usage_error(
		"%s '%s' matches no test: see --list for their names", option,
		pattern);
}

static int check_tests(const struct options *opt)
{
	if (opt->explain)
		return check_pattern("explain", opt->explain);
	for (char **t = opt->tests; t && *t; t++) {
		int err = check_pattern("--test", *t);

		if (err)
			return err;
	}
	return 0;
}

/* Paths become absolute. */
static int check_configs(struct options *opt)
{
	char **list = NULL;

	for (char **c = opt->configs; c && *c; c++) {
		char *wrong = config_parse(&list, opt->root, *c);

		if (wrong) {
			usage_error("--config %s: %s", *c, wrong);
			free(wrong);
			list_free(list);
			return RUN_USAGE;
		}
	}
	list_free(opt->configs);
	opt->configs = list;
	return 0;
}

static int check_dirs(const struct options *opt)
{
	struct stat st;

	if (opt->build_dir && stat(opt->build_dir, &st))
		return usage_error(
			"--build-dir %s: %s: give the directory in which the image was built",
			opt->build_dir, strerror(errno));
	if (opt->build_dir && !S_ISDIR(st.st_mode))
		return usage_error(
			"--build-dir %s is not a directory: give the one in which the image was built",
			opt->build_dir);
	if (!stat(opt->out, &st) && !S_ISDIR(st.st_mode))
		return usage_error(
			"--out %s is not a directory: name one, it is made if it is missing",
			opt->out);
	return 0;
}

/* Kbuild takes neither in the path of a module's sources. */
static int check_cache(const struct options *opt)
{
	if ((opt->command != CMD_RUN && opt->command != CMD_COVERAGE &&
	     opt->command != CMD_DEBUG) ||
	    opt->dry_run || !opt->cache[strcspn(opt->cache, " \t\n\v\f\r:")])
		return 0;
	return usage_error(
		"the kernel's build system cannot work in the cache %s: set STLB_CACHE to a path without white space and colons",
		opt->cache);
}

/* An option that has no effect was meant to have one. */
static int check_effect(const struct options *opt)
{
	bool runs = opt->command == CMD_RUN || opt->command == CMD_COVERAGE ||
		    opt->command == CMD_DEBUG;
	bool compares = opt->command == CMD_COMPARE;
	const struct {
		bool given, effective;
		const char *option, *where;
	} options[] = {
		{ opt->expected_skips, opt->strict_skips, "--expected-skips",
		  "with --strict-skips" },
		{ opt->strict_skips, runs, "--strict-skips", "in a run" },
		{ opt->accept, compares, "--accept", "in compare and gate" },
		{ opt->page, compares, "--page", "in compare and gate" },
		{ opt->exact, compares, "--exact", "in compare and gate" },
		{ opt->finding, opt->command == CMD_EXPORT, "--finding",
		  "in export mail" },
		{ opt->results_url, opt->command == CMD_EXPORT, "--results-url",
		  "in export kcidb" },
		{ opt->summary, runs || opt->command == CMD_MERGE, "--summary",
		  "in a run and in merge" },
		{ opt->record, runs, "--record", "in a run and in debug" },
		{ opt->record_failures, opt->command == CMD_RUN,
		  "--record-failures", "in a run" },
		{ opt->shard, runs || opt->command == CMD_LIST, "--shard",
		  "in a run" },
		{ opt->kernels, runs || opt->command == CMD_LIST, "--kernel",
		  "in a run" },
		{ opt->tests, runs || opt->command == CMD_LIST, "--test",
		  "in a run" },
		{ opt->known_bugs, runs || opt->command == CMD_LIST,
		  "--known-bugs", "in a run" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (options[i].given && !options[i].effective)
			return usage_error(
				"%s has an effect only %s: leave it out",
				options[i].option, options[i].where);
	return 0;
}

int options_check(struct options *opt)
{
	int err = check_archs(opt);

	if (!err)
		err = check_effect(opt);

	if (!err)
		err = check_kernels(opt);
	if (!err)
		err = check_tests(opt);
	if (!err)
		err = check_configs(opt);
	if (!err)
		err = check_dirs(opt);
	if (!err)
		err = check_cache(opt);
	return err;
}
