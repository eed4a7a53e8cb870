// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../catalogue.h"
#include "../expected_skips.h"

static int load(struct expected_skips **skips, const char *text)
{
	char *path = make_file(text, strlen(text));
	int err = expected_skips_load(skips, path);

	unlink(path);
	free(path);
	return err;
}

static struct expected_skips *good(const char *text)
{
	struct expected_skips *skips;

	capture_start();
	if (load(&skips, text))
		fail_msg("%s", capture_end());
	free(capture_end());
	return skips;
}

static void bad(const char *text, const char *want)
{
	struct expected_skips *skips;

	capture_start();
	assert_int_equal(load(&skips, text), RUN_USAGE);
	assert_message(capture_end(), want);
	assert_null(skips);
}

#define NO_THING "[thing]\ntests = cow upgrade.*.page\nreason = needs a thing\n"
#define NO_OTHER "[other]\ntests = cow\nreason = needs another\n"

/* What becomes of a test with @verdict and @reason; @want is part of its reason then. */
static enum verdict apply(const char *text, const char *test,
			  enum verdict verdict, const char *reason,
			  const char *want)
{
	struct expected_skips *skips = text ? good(text) : NULL;
	char *configs[] = { (char *)"debug", (char *)"kasan", NULL };
	struct cell cell = { .arch = stlb_arch_find("arm64"),
			     .kernel = (char *)"debian:6.1",
			     .configs = configs,
			     .page_size = 4096,
			     .memory_mib = 1536 };
	struct result r = { .test = catalogue_find(test),
			    .verdict = verdict,
			    .signature = strdup(""),
			    .reason = reason ? strdup(reason) : NULL };

	assert_non_null(r.test);
	expected_skips_apply(skips, &cell, &r);
	if (want)
		assert_non_null(strstr(r.reason, want));
	assert_string_equal(r.signature,
			    r.verdict == VERDICT_FAIL ? "skip" : "");
	free(r.signature);
	free(r.reason);
	expected_skips_free(skips);
	return r.verdict;
}

static void skips(void **state)
{
	const char *why = "needs a thing";

	(void)state;
	assert_int_equal(apply(NO_THING, "cow.copy.run", VERDICT_SKIP, why,
			       why),
			 VERDICT_SKIP);
	assert_int_equal(apply(NO_THING, "upgrade.mprotect.run", VERDICT_SKIP,
			       why, "nothing expects here: needs a thing"),
			 VERDICT_FAIL);
	assert_int_equal(apply(NO_THING, "cow.copy.run", VERDICT_SKIP,
			       "needs a thing too", "needs a thing too"),
			 VERDICT_FAIL);
	/* One of several reasons */
	assert_int_equal(apply(NO_OTHER NO_THING, "cow.copy.run", VERDICT_SKIP,
			       why, why),
			 VERDICT_SKIP);
	/* None is expected, and nobody asked */
	assert_int_equal(apply("", "cow.copy.run", VERDICT_SKIP, why, why),
			 VERDICT_FAIL);
	assert_int_equal(apply(NULL, "cow.copy.run", VERDICT_SKIP, why, why),
			 VERDICT_SKIP);
}

static void stale(void **state)
{
	const char *test = "cow.copy.run";

	(void)state;
	assert_int_equal(apply(NO_THING, test, VERDICT_PASS, NULL,
			       "expected skip [thing] is gone"),
			 VERDICT_XPASS);
	assert_int_equal(apply(NO_THING, test, VERDICT_XFAIL, "a bug",
			       "expected skip [thing] is gone"),
			 VERDICT_XPASS);
	assert_int_equal(apply(NO_THING, test, VERDICT_INFRA, "no boot",
			       "no boot"),
			 VERDICT_INFRA);
	assert_int_equal(apply(NO_THING, "unmap.none.run", VERDICT_PASS, NULL,
			       NULL),
			 VERDICT_PASS);
	assert_int_equal(apply(NULL, test, VERDICT_PASS, NULL, NULL),
			 VERDICT_PASS);
}

static void where(void **state)
{
	const char *test = "cow.copy.run", *why = "needs a thing";

	(void)state;
	assert_int_equal(apply(NO_THING "arch = x86 arm64\nkernel = debian:*\n",
			       test, VERDICT_SKIP, why, why),
			 VERDICT_SKIP);
	assert_int_equal(apply(NO_THING "arch = x86\n", test, VERDICT_SKIP, why,
			       why),
			 VERDICT_FAIL);
	assert_int_equal(apply(NO_THING "kernel = source:*, debian:6.12\n",
			       test, VERDICT_SKIP, why, why),
			 VERDICT_FAIL);
	assert_int_equal(apply(NO_THING "kernel = source:*\n", test,
			       VERDICT_PASS, NULL, NULL),
			 VERDICT_PASS);
	assert_int_equal(apply(NO_THING "cpu = max* cortex-a57\n", test,
			       VERDICT_SKIP, why, why),
			 VERDICT_SKIP);
	assert_int_equal(apply(NO_THING "cpu = max*\n", test, VERDICT_SKIP, why,
			       why),
			 VERDICT_FAIL);
	assert_int_equal(apply(NO_THING "config = *san 64k\n", test,
			       VERDICT_SKIP, why, why),
			 VERDICT_SKIP);
	assert_int_equal(apply(NO_THING "config = 64k\n", test, VERDICT_SKIP,
			       why, why),
			 VERDICT_FAIL);
	assert_int_equal(apply(NO_THING "without = 64k rt\n", test,
			       VERDICT_SKIP, why, why),
			 VERDICT_SKIP);
	assert_int_equal(apply(NO_THING "without = 64k k*\n", test,
			       VERDICT_SKIP, why, why),
			 VERDICT_FAIL);
	assert_int_equal(apply(NO_THING "without = 64k k*\n", test,
			       VERDICT_PASS, NULL, NULL),
			 VERDICT_PASS);
	assert_int_equal(apply(NO_THING "page = 4K 16K\n", test, VERDICT_SKIP,
			       why, why),
			 VERDICT_SKIP);
	assert_int_equal(apply(NO_THING "page = 64K\n", test, VERDICT_SKIP, why,
			       why),
			 VERDICT_FAIL);
	assert_int_equal(apply(NO_THING "memory = 1536\n", test, VERDICT_SKIP,
			       why, why),
			 VERDICT_SKIP);
	assert_int_equal(apply(NO_THING "memory = 1535\n", test, VERDICT_SKIP,
			       why, why),
			 VERDICT_FAIL);
}

static void bad_entries(void **state)
{
	(void)state;
	bad("[a]\nreason = x\n", "tests");
	bad("[a]\ntests = cow\n", "reason");
	bad("[a]\ntests = cow nosuch\nreason = x\n",
	    "there is no test 'nosuch'");
	bad("[a]\ntests = ,\nreason = x\n", "names none");
	bad("[a]\ntests = cow\narch = mips\nreason = x\n",
	    "unknown architecture 'mips'");
	bad("[a]\ntests = cow\npage = 8K\nreason = x\n",
	    "page = 8K is no page size");
	bad("[a]\ntests = cow\nmemory = 2G\nreason = x\n",
	    "memory = 2G is not a number of MiB");
	bad("[a]\ntests = cow\nkernels = x\nreason = x\n",
	    "did you mean 'kernel'?");
}

/* The project's own, of which a name may be stale. */
static void own_list(void **state)
{
	struct expected_skips *skips;

	(void)state;
	assert_int_equal(
		expected_skips_load(&skips, "configs/expected-skips.ini"), 0);
	expected_skips_free(skips);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skips),    cmocka_unit_test(stale),
		cmocka_unit_test(where),    cmocka_unit_test(bad_entries),
		cmocka_unit_test(own_list),
	};

	return cmocka_run_group_tests_name("expected_skips", tests, NULL, NULL);
}
