// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../options.h"
#include "../run.h"

#define ARGS_MAX 16

/* Words separated by single blanks; "~" stands for an empty one. */
static int parse(struct options *opt, const char *line)
{
	static char buf[1024];
	char *argv[ARGS_MAX] = { "stlb-run" }, *save;
	int argc = 1;

	snprintf(buf, sizeof(buf), "%s", line);
	for (char *w = strtok_r(buf, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(w, "~") ? w : "";
	return options_parse(opt, argc, argv);
}

static void good(struct options *opt, const char *line)
{
	capture_start();
	assert_int_equal(parse(opt, line), 0);
	free(capture_end());
}

static void bad(const char *line, const char *want)
{
	struct options opt;

	capture_start();
	assert_int_equal(parse(&opt, line), RUN_USAGE);
	assert_message(capture_end(), want);
	options_free(&opt);
}

static void defaults(void **state)
{
	struct options opt;

	(void)state;
	good(&opt, "");
	assert_int_equal(opt.command, CMD_RUN);
	assert_null(opt.archs);
	assert_null(opt.tests);
	assert_true(opt.jobs >= 1);
	assert_int_equal(opt.timeout, 60);
	assert_int_equal(options_deadline(&opt), 60);
	assert_int_equal(opt.seconds, 0);
	assert_int_equal(opt.seed, 0);
	assert_string_equal(opt.out, "results");
	options_free(&opt);
}

static void both_forms(void **state)
{
	struct options opt;

	(void)state;
	good(&opt, "--arch=arm64 --jobs 3 --timeout=7 --out=/x --verbose");
	assert_string_equal(opt.archs[0], "arm64");
	assert_int_equal(opt.jobs, 3);
	assert_int_equal(opt.timeout, 7);
	assert_string_equal(opt.out, "/x");
	assert_true(opt.verbose);
	options_free(&opt);
}

static void lists(void **state)
{
	struct options opt;

	(void)state;
	good(&opt, "--arch aarch64,x86_64 --arch arm64 --arch ppc64el "
		   "--kernel debian:6.1,debian:6.12 --test cow,unmap.*");
	assert_string_equal(opt.archs[0], "arm64");
	assert_string_equal(opt.archs[1], "x86");
	assert_string_equal(opt.archs[2], "powerpc");
	assert_null(opt.archs[3]);
	assert_string_equal(opt.kernels[1], "debian:6.12");
	assert_string_equal(opt.tests[1], "unmap.*");
	options_free(&opt);
}

static void race_options(void **state)
{
	struct options opt;

	(void)state;
	good(&opt, "--test race --seconds 30 --seed 4294967295");
	assert_int_equal(opt.seconds, 30);
	assert_int_equal(opt.seed, 4294967295);
	/* The time that it is to take comes on top. */
	assert_int_equal(options_deadline(&opt), 90);
	options_free(&opt);
	bad("--seconds 0", "--seconds '0' is not a number from 1 to 3600");
	bad("--seconds 3601", "is not a number from 1 to 3600");
	bad("--seed -1", "is not a number from 1 to 4294967295");
	bad("--seed", "needs a value: write --seed N");
}

static void comma_in_path(void **state)
{
	struct options opt;

	(void)state;
	good(&opt, "--kernel image:/a,b/Image,debian:6.12");
	assert_string_equal(opt.kernels[0], "image:/a,b/Image");
	assert_string_equal(opt.kernels[1], "debian:6.12");
	assert_null(opt.kernels[2]);
	options_free(&opt);
	good(&opt, "--kernel tree:/a,b@v6,tarball:/x,y,source:7.2");
	assert_string_equal(opt.kernels[0], "tree:/a,b@v6");
	assert_string_equal(opt.kernels[1], "tarball:/x,y");
	assert_string_equal(opt.kernels[2], "source:7.2");
	assert_null(opt.kernels[3]);
	options_free(&opt);
}

static void commands(void **state)
{
	struct options opt;

	(void)state;
	good(&opt, "--list --test cow");
	assert_int_equal(opt.command, CMD_LIST);
	options_free(&opt);
	good(&opt, "explain upgrade.wp_reuse --arch x86");
	assert_int_equal(opt.command, CMD_EXPLAIN);
	assert_string_equal(opt.explain, "upgrade.wp_reuse");
	options_free(&opt);
	good(&opt, "--help --jobs 1");
	assert_true(opt.help);
	options_free(&opt);
	bad("explain", "needs more words: write explain ");
	bad("explain a b", "no more than 1 word");
	bad("verdicts", "needs more words: write verdicts ");
	bad("verdict x", "did you mean verdicts?");
	bad("explain nothing.like", "matches no test");
	bad("explian cow", "neither an option nor a command");
}

static void unknown_options(void **state)
{
	(void)state;
	bad("--jbos 3", "did you mean --jobs?");
	bad("--kernels=debian:6.1", "did you mean --kernel?");
	bad("--zzzzzzzz", "--help");
	bad("-x", "unknown option -x");
}

static void values(void **state)
{
	(void)state;
	bad("--jobs", "needs a value");
	bad("--jobs=", "needs a value");
	bad("--out ~", "needs a value");
	bad("--verbose=yes", "takes no value");
	bad("--jobs 0", "not a number from 1 to");
	bad("--jobs -1", "not a number");
	bad("--jobs 3x", "not a number");
	bad("--jobs +3", "not a number");
	bad("--jobs 1e3", "not a number");
	bad("--timeout 99999999999999999999", "not a number");
	bad("--arch arm64,,x86", "empty name");
	bad("--test ,", "empty name");
}

static void names(void **state)
{
	(void)state;
	bad("--arch sparc", "there are arm64, x86, powerpc");
	bad("--kernel debain:6.12", "did you mean debian:6.12?");
	bad("--kernel debian:", "not a version");
	bad("--kernel debian:6", "not a version");
	bad("--kernel debian:../../x", "not a version");
	bad("--kernel 6.12", "write debian:VERSION");
	bad("--kernel image:", "path is missing");
	bad("--kernel nonsense", "no such kind of kernel");
	bad("--kernel source:", "write source:6.12");
	bad("--kernel source:6.12-rc1", "not a version");
	bad("--kernel tree:", "write tree:PATH");
	bad("--kernel tree:@v6.12", "write tree:PATH");
	bad("--kernel tree:/x@", "write tree:PATH@REF");
	bad("--kernel tarball:", "write tarball:FILE");
	bad("--kernel tre:/x", "did you mean tree:/x?");
	bad("--kernel tarbal", "did you mean tarball:PATH?");
	bad("--kernel /usr/src/linux", "write tree:PATH");
	bad("--test upgrade.wp_resue", "did you mean upgrade.wp_reuse");
	bad("--test cow,zzzzzz", "'zzzzzz' matches no test");
	bad("--build-dir /nonexistent", "No such file");
	bad("--build-dir /dev/null", "not a directory");
	bad("--out /dev/null", "not a directory");
}

static void hostile_words(void **state)
{
	(void)state;
	bad("--\x1b[31m\xff", "unknown option --\\x1b[31m\\xff");
	bad("--test \n", "'\\x0a' matches no test");
}

static void cache(void **state)
{
	struct options opt;

	(void)state;
	setenv("STLB_CACHE", "/a:b", 1);
	bad("", "set STLB_CACHE");
	good(&opt, "--list");
	options_free(&opt);
	setenv("STLB_CACHE", "rel", 1);
	good(&opt, "");
	assert_int_equal(opt.cache[0], '/');
	options_free(&opt);
	unsetenv("STLB_CACHE");
	setenv("XDG_CACHE_HOME", "/x", 1);
	good(&opt, "");
	assert_string_equal(opt.cache, "/x/stlb");
	options_free(&opt);
	setenv("XDG_CACHE_HOME", "not/absolute", 1);
	setenv("HOME", "/h", 1);
	good(&opt, "");
	assert_string_equal(opt.cache, "/h/.cache/stlb");
	options_free(&opt);
	unsetenv("HOME");
	bad("", "set STLB_CACHE or HOME");
	setenv("STLB_CACHE", "/c", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(both_forms),
		cmocka_unit_test(lists),
		cmocka_unit_test(race_options),
		cmocka_unit_test(comma_in_path),
		cmocka_unit_test(commands),
		cmocka_unit_test(unknown_options),
		cmocka_unit_test(values),
		cmocka_unit_test(names),
		cmocka_unit_test(hostile_words),
		cmocka_unit_test(cache),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
