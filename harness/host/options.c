// SPDX-License-Identifier: GPL-2.0-only

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel_spec.h"
#include "message.h"
#include "options.h"
#include "run.h"
#include "text.h"
#include "words.h"

#define JOBS_MAX 1024
#define TIMEOUT_MAX 86400
#define SECONDS_MAX 3600

enum kind {
	FLAG, /* bool */
	STRING, /* const char * */
	LIST, /* char **; the option may be repeated */
	NUMBER, /* unsigned int, 1..max */
};

struct known_option {
	const char *name;
	enum kind kind;
	size_t offset; /* in struct options */
	const char *argument; /* what it takes, for messages */
	unsigned int max;
};

#define AT(member) offsetof(struct options, member)

/* --list is a command; --root, --check and --gate are run_tests.sh's own. */
static const struct known_option known_options[] = {
	{ "--arch", LIST, AT(archs), "ARCH[,ARCH...]", 0 },
	{ "--kernel", LIST, AT(kernels), "SPEC[,SPEC...]", 0 },
	{ "--cell", LIST, AT(cells), "NAME[,NAME...]", 0 },
	{ "--test", LIST, AT(tests), "GLOB[,GLOB...]", 0 },
	{ "--set", STRING, AT(set), "NAME", 0 },
	{ "--matrix", STRING, AT(matrix), "FILE", 0 },
	{ "--config", LIST, AT(configs), "NAME[,NAME...]", 0 },
	{ "--defconfig", FLAG, AT(defconfig), NULL, 0 },
	{ "--known-bugs", STRING, AT(known_bugs), "FILE", 0 },
	{ "--expected-skips", STRING, AT(expected_skips), "FILE", 0 },
	{ "--build-dir", STRING, AT(build_dir), "DIR", 0 },
	{ "--shard", STRING, AT(shard), "K/N", 0 },
	{ "--out", STRING, AT(out), "DIR", 0 },
	{ "--jobs", NUMBER, AT(jobs), "N", JOBS_MAX },
	{ "--timeout", NUMBER, AT(timeout), "SECONDS", TIMEOUT_MAX },
	{ "--boot-timeout", NUMBER, AT(boot_timeout), "SECONDS", TIMEOUT_MAX },
	{ "--seconds", NUMBER, AT(seconds), "N", SECONDS_MAX },
	{ "--seed", NUMBER, AT(seed), "N", UINT_MAX },
	{ "--exact", FLAG, AT(exact), NULL, 0 },
	{ "--accept", STRING, AT(accept), "FILE", 0 },
	{ "--finding", STRING, AT(finding), "NAME", 0 },
	{ "--results-url", STRING, AT(results_url), "URL", 0 },
	{ "--page", STRING, AT(page), "FILE", 0 },
	{ "--summary", STRING, AT(summary), "FILE", 0 },
	{ "--record", FLAG, AT(record), NULL, 0 },
	{ "--record-failures", FLAG, AT(record_failures), NULL, 0 },
	{ "--strict-skips", FLAG, AT(strict_skips), NULL, 0 },
	{ "--list", FLAG, 0, NULL, 0 },
	{ "--dry-run", FLAG, AT(dry_run), NULL, 0 },
	{ "--verbose", FLAG, AT(verbose), NULL, 0 },
	{ "--no-setup", FLAG, AT(no_setup), NULL, 0 },
	{ "--help", FLAG, AT(help), NULL, 0 },
	{ "--root", STRING, AT(root), "DIR", 0 },
	{ "--check", FLAG, AT(check), NULL, 0 },
	{ "--gate", FLAG, AT(gate), NULL, 0 },
};

#define NR_OPTIONS (sizeof(known_options) / sizeof(*known_options))

const char *options_suggest(const char *name)
{
	const char *known[NR_OPTIONS];

	for (size_t i = 0; i < NR_OPTIONS; i++)
		known[i] = known_options[i].name;
	return suggest(name, known, NR_OPTIONS - 3); /* not the hidden ones */
}

static int unknown_option(const char *name)
{
	const char *meant = options_suggest(name);

	if (meant)
		return usage_error(
			"unknown option %s: did you mean %s? See --help", name,
			meant);
	return usage_error("unknown option %s: see --help for those there are",
			   name);
}

/*
 * Commas separate, but a path may hold some: in a list of kernels what does
 * not look like KIND:... belongs to the path before it.
 */
static char **split(const struct known_option *o, const char *value)
{
	char **parts = list_split(value, ","), **list = NULL;

	for (char **p = parts; *p; p++) {
		size_t n = list_len(list);
		size_t kind = strspn(*p, "abcdefghijklmnopqrstuvwxyz");

		if (o->offset == AT(kernels) && n &&
		    kernel_spec_is_path(list[n - 1]) && (*p)[kind] != ':') {
			char *whole = text_printf("%s,%s", list[n - 1], *p);

			free(list[n - 1]);
			list[n - 1] = whole;
		} else {
			list = list_add(list, text_dup(*p));
		}
	}
	list_free(parts);
	return list;
}

static int add_to_list(const struct known_option *o, char ***list,
		       const char *value)
{
	char **more = split(o, value);
	int err = 0;

	for (char **p = more; *p && !err; p++) {
		if (!**p)
			err = usage_error(
				"%s '%s' has an empty name: write %s %s",
				o->name, value, o->name, o->argument);
		else if (!list_has(*list, *p))
			*list = list_add(*list, text_dup(*p));
	}
	list_free(more);
	return err;
}

static int set_option(struct options *opt, const struct known_option *o,
		      const char *value)
{
	void *field = (char *)opt + o->offset;

	if (o->kind != FLAG && !*value)
		return usage_error("%s needs a value: write %s %s", o->name,
				   o->name, o->argument);
	switch (o->kind) {
	case FLAG:
		if (!strcmp(o->name, "--list"))
			opt->command = CMD_LIST;
		else
			*(bool *)field = true;
		return 0;
	case STRING:
		*(const char **)field = value;
		return 0;
	case LIST:
		return add_to_list(o, field, value);
	case NUMBER:
		if (word_number(value, 1, o->max, field))
			return 0;
		return usage_error(
			"%s '%s' is not a number from 1 to %u: write %s %s",
			o->name, value, o->max, o->name, o->argument);
	}
	return 0;
}

/* The option at argv[*i]; *i is left on its last word. */
static int parse_option(struct options *opt, int argc, char **argv, int *i)
{
	const char *word = argv[*i], *equal = strchr(word, '=');
	size_t len = equal ? (size_t)(equal - word) : strlen(word);
	const struct known_option *o = NULL;
	char *name;
	int err;

	for (size_t k = 0; k < NR_OPTIONS; k++)
		if (strlen(known_options[k].name) == len &&
		    !strncmp(known_options[k].name, word, len))
			o = &known_options[k];
	if (!o && !strcmp(word, "-h")) {
		opt->help = true;
		return 0;
	}
	if (!o) {
		name = text_printf("%.*s", (int)len, word);
		err = unknown_option(name);
		free(name);
		return err;
	}
	if (o->kind == FLAG && equal)
		return usage_error("%s takes no value: write just %s", o->name,
				   o->name);
	if (o->kind == FLAG)
		return set_option(opt, o, NULL);
	if (equal)
		return set_option(opt, o, equal + 1);
	if (*i + 1 == argc)
		return usage_error("%s needs a value: write %s %s", o->name,
				   o->name, o->argument);
	return set_option(opt, o, argv[++*i]);
}

struct known_command {
	const char *name;
	enum command command;
	unsigned int min, max; /* words that it takes */
	const char *example;
};

static const struct known_command commands[] = {
	{ "explain", CMD_EXPLAIN, 1, 1, "explain upgrade.wp_reuse" },
	{ "verdicts", CMD_VERDICTS, 1, 1, "verdicts results/latest" },
	{ "whole", CMD_WHOLE, 1, 1, "whole results/latest" },
	{ "report", CMD_REPORT, 1, UINT_MAX, "report DIR..." },
	{ "picture", CMD_PICTURE, 1, 2,
	  "picture upgrade.wp_reuse.page --cell arm64-6.1 >picture.svg" },
	{ "export", CMD_EXPORT, 1, 2, "export kcidb results/latest" },
	{ "merge", CMD_MERGE, 1, UINT_MAX, "merge DIR..." },
	{ "compare", CMD_COMPARE, 2, 2, "compare BEFORE NOW" },
	{ "economy", CMD_ECONOMY, 1, 1, "economy results/latest" },
	{ "coverage", CMD_COVERAGE, 0, 0, "coverage" },
	{ "debug", CMD_DEBUG, 0, 0, "debug" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(*commands))

static int unknown_command(const char *word)
{
	const char *names[NR_COMMANDS], *meant;

	for (size_t i = 0; i < NR_COMMANDS; i++)
		names[i] = commands[i].name;
	meant = suggest(word, names, NR_COMMANDS);
	if (meant)
		return usage_error(
			"'%s' is neither an option nor a command: did you mean %s? See --help",
			word, meant);
	return usage_error(
		"'%s' is neither an option nor a command: see --help", word);
}

/* Of the command that was given; NULL: none takes words. */
static const struct known_command *given_command(const struct options *opt)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (commands[i].command == opt->command)
			return &commands[i];
	return NULL;
}

static int parse_word(struct options *opt, const char *word)
{
	const struct known_command *c = given_command(opt);

	for (size_t i = 0; !c && i < NR_COMMANDS; i++) {
		if (strcmp(word, commands[i].name))
			continue;
		opt->command = commands[i].command;
		return 0;
	}
	if (!c)
		return unknown_command(word);
	if (list_len(opt->words) == c->max)
		return usage_error(
			"%s takes no more than %u word%s, not also '%s': quote it if the shell expanded a *",
			c->name, c->max, c->max == 1 ? "" : "s", word);
	opt->words = list_add(opt->words, text_dup(word));
	return 0;
}

static int check_words(struct options *opt)
{
	const struct known_command *c = given_command(opt);

	if (c && list_len(opt->words) < c->min)
		return usage_error("%s needs more words: write %s", c->name,
				   c->example);
	if (opt->command == CMD_EXPLAIN)
		opt->explain = opt->words[0];
	/* Without it there is no list. */
	if (opt->command == CMD_COVERAGE && opt->tests)
		opt->tests = list_add(opt->tests, text_dup("recorder.sites"));
	return 0;
}

static char *absolute(const char *path)
{
	char *cwd, *whole;

	if (*path == '/')
		return text_dup(path);
	cwd = getcwd(NULL, 0);
	whole = text_printf("%s/%s", cwd ? cwd : ".", path);
	free(cwd);
	return whole;
}

static int find_cache(struct options *opt)
{
	const char *stlb = getenv("STLB_CACHE"),
		   *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (stlb && *stlb)
		opt->cache = absolute(stlb);
	else if (xdg && *xdg == '/') /* its specification ignores others */
		opt->cache = text_printf("%s/stlb", xdg);
	else if (home && *home)
		opt->cache = text_printf("%s/.cache/stlb", home);
	else
		return usage_error(
			"there is no home directory for the cache: set STLB_CACHE or HOME");
	return 0;
}

static unsigned int cores(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? n : 1;
}

int options_parse(struct options *opt, int argc, char **argv)
{
	int err = 0;

	memset(opt, 0, sizeof(*opt));
	opt->jobs = cores();
	opt->timeout = OPTIONS_TIMEOUT;
	opt->out = "results";
	opt->root = ".";
	for (int i = 1; i < argc && !err; i++) {
		if (argv[i][0] == '-')
			err = parse_option(opt, argc, argv, &i);
		else
			err = parse_word(opt, argv[i]);
	}
	if (err || opt->help)
		return err;
	err = check_words(opt);
	if (!err)
		err = find_cache(opt);
	return err ? err : options_check(opt);
}

unsigned int options_deadline(const struct options *opt)
{
	return opt->timeout + opt->seconds;
}

void options_free(struct options *opt)
{
	list_free(opt->archs);
	list_free(opt->kernels);
	list_free(opt->cells);
	list_free(opt->tests);
	list_free(opt->words);
	list_free(opt->configs);
	free(opt->cache);
	memset(opt, 0, sizeof(*opt));
}
