// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../catalogue.h"
#include "../known_bugs.h"
#include "../text.h"

static int load(struct known_bugs **bugs, const char *text)
{
	char *path = make_file(text, strlen(text));
	int err = known_bugs_load(bugs, path);

	unlink(path);
	free(path);
	return err;
}

static struct known_bugs *good(const char *text)
{
	struct known_bugs *bugs;

	capture_start();
	if (load(&bugs, text))
		fail_msg("%s", capture_end());
	free(capture_end());
	return bugs;
}

static void bad(const char *text, const char *want)
{
	struct known_bugs *bugs;

	capture_start();
	assert_int_equal(load(&bugs, text), RUN_USAGE);
	assert_message(capture_end(), want);
	assert_null(bugs);
}

#define TESTS "tests = upgrade.wp_reuse.page\n"
#define FAILS "coverage:secondary:smmuv3"
#define REST "fails = " FAILS "\nreason = it is so\nlink = 1af5a8109904\n"
#define BUG "[bug]\n" TESTS "arch = arm64\nsince = 4.0\nuntil = 6.5\n" REST
#define OTHER "[other]\narch = arm64\n" REST

static void find(void **state)
{
	struct known_bugs *bugs = good(BUG);
	const struct stlb_arch *arm64 = stlb_arch_find("arm64");
	const struct stlb_arch *x86 = stlb_arch_find("x86");
	const char *test = "upgrade.wp_reuse.page";

	(void)state;
	assert_non_null(
		known_bugs_find(bugs, arm64, "6.1.0-52-arm64", 4096, test));
	assert_non_null(known_bugs_find(bugs, arm64, "4.0.0", 4096, test));
	assert_non_null(known_bugs_find(bugs, arm64, "6.5.13+", 4096, test));
	assert_null(known_bugs_find(bugs, arm64, "3.19.8", 4096, test));
	assert_null(known_bugs_find(bugs, arm64, "6.6.0", 4096, test));
	assert_null(known_bugs_find(bugs, arm64, "6.50.0", 4096, test));
	assert_null(known_bugs_find(bugs, arm64, "6.12.0", 4096, test));
	assert_null(known_bugs_find(bugs, x86, "6.1.0", 4096, test));
	assert_null(known_bugs_find(bugs, arm64, "6.1.0", 4096,
				    "upgrade.wp_reuse.run"));
	assert_null(known_bugs_find(bugs, arm64, NULL, 4096, test));
	assert_null(known_bugs_find(bugs, arm64, "mainline", 4096, test));
	assert_null(known_bugs_find(NULL, arm64, "6.1.0", 4096, test));
	known_bugs_free(bugs);
}

static enum verdict apply_to(struct cell cell, const char *file, enum verdict v,
			     const char *signature, const char *want)
{
	struct known_bugs *bugs = good(file);
	struct result r = { .test = catalogue_find("upgrade.wp_reuse.page"),
			    .verdict = v,
			    .signature = (char *)signature };

	cell.arch = stlb_arch_find("arm64");
	known_bugs_apply(bugs, &cell, &r);
	if (want && (!r.reason || !strstr(r.reason, want)))
		fail_msg("'%s' is not in: %s", want, r.reason);
	if (!want)
		assert_null(r.reason);
	free(r.reason);
	known_bugs_free(bugs);
	return r.verdict;
}

static enum verdict apply(enum verdict v, const char *signature,
			  const char *want)
{
	struct cell cell = { .kernel = "debian:6.1", .release = "6.1.0" };

	return apply_to(cell, BUG, v, signature, want);
}

/* A stable release got the mend: which entry to change, and how. */
static void good_news(void **state)
{
	struct cell cell = { .kernel = "debian:6.1",
			     .release = "6.1.0-57-arm64",
			     .package =
				     "linux-image-6.1.0-57-arm64 6.1.192-3" };

	(void)state;
	assert_int_equal(
		apply_to(
			cell, BUG, VERDICT_PASS, "",
			"good news: known bug [bug] does not show in 6.1.192-3 any more: add the last release of 6.1 that has it, such as 6.1.191, to until = of this section"),
		VERDICT_XPASS);
	cell.kernel = "source:6.1";
	cell.release = "6.1.7";
	assert_int_equal(apply_to(cell, BUG, VERDICT_PASS, "",
				  "such as 6.1.6, to until ="),
			 VERDICT_XPASS);
}

/* What was asked for can be written. */
static void stable_series(void **state)
{
	static const struct {
		const char *until, *release;
		bool has;
	} want[] = {
		{ "6.18 6.12.100 6.6.70", "6.12.100-1", true },
		{ "6.18 6.12.100 6.6.70", "6.12.101", false },
		{ "6.18 6.12.100 6.6.70", "6.12", true },
		{ "6.18 6.12.100 6.6.70", "6.13.200", true },
		{ "6.18 6.12.100 6.6.70", "6.18.9", true },
		{ "6.18 6.12.100 6.6.70", "6.19.0", false },
		{ "6.18 6.12.100 6.6.70", "6.6.71+deb", false },
		{ "6.18 6.12.100 6.6.70", "6.1.192", true },
		{ "6.12.100", "6.12.100", true },
		{ "6.12.100", "6.12.101", false },
		{ "6.12.100", "6.13.0", false },
		{ "6.12.100", "6.6.3", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		char *text =
			text_printf(OTHER TESTS "until = %s\n", want[i].until);
		struct known_bugs *bugs = good(text);
		bool has = known_bugs_find(bugs, stlb_arch_find("arm64"),
					   want[i].release, 4096,
					   "upgrade.wp_reuse.page");

		if (has != want[i].has)
			fail_msg("until = %s: %s", want[i].until,
				 want[i].release);
		known_bugs_free(bugs);
		free(text);
	}
}

/* A tree's number does not say what it has. */
static void trees(void **state)
{
	static const char *const kernels[] = { "tree:/linux", "tarball:/l.tar",
					       "image:/Image" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct cell cell = { .kernel = (char *)kernels[i],
				     .release = "6.1.3+" };

		assert_int_equal(
			apply_to(
				cell, BUG, VERDICT_PASS, "",
				"6.1.3+ has known bug [bug], this tree does not show it"),
			VERDICT_PASS);
		assert_int_equal(
			apply_to(cell, BUG, VERDICT_FAIL, FAILS,
				 "expected by the tree's number, 6.1.3+"),
			VERDICT_XFAIL);
	}
}

/* Is it back? */
static void ended(void **state)
{
	struct cell cell = { .kernel = "debian:6.6", .release = "6.6.9" };

	(void)state;
	assert_int_equal(apply_to(cell, BUG, VERDICT_FAIL, FAILS,
				  "known bug [bug], which fails by '" FAILS
				  "', ended before 6.6.9"),
			 VERDICT_FAIL);
	assert_int_equal(apply_to(cell, BUG, VERDICT_PASS, "", NULL),
			 VERDICT_PASS);
	cell.release = "3.0.1"; /* before it began */
	assert_int_equal(apply_to(cell, BUG, VERDICT_FAIL, FAILS, NULL),
			 VERDICT_FAIL);
}

static void exact_signature(void **state)
{
	(void)state;
	assert_int_equal(apply(VERDICT_FAIL, FAILS, "it is so (1af5a8109904)"),
			 VERDICT_XFAIL);
	assert_int_equal(apply(VERDICT_FAIL, FAILS ",kernel",
			       "known bug [bug] fails by '" FAILS "'"),
			 VERDICT_FAIL);
	/* Another profile, another op, both of them */
	assert_int_equal(apply(VERDICT_FAIL, FAILS "-pri", "this by"),
			 VERDICT_FAIL);
	assert_int_equal(apply(VERDICT_FAIL, FAILS "," FAILS "-pri", "this by"),
			 VERDICT_FAIL);
	assert_int_equal(apply(VERDICT_FAIL,
			       "coverage:range_end:kvm-shadow," FAILS,
			       "this by 'coverage:range_end:kvm-shadow,"),
			 VERDICT_FAIL);
	assert_int_equal(apply(VERDICT_FAIL, "cover", "this by 'cover'"),
			 VERDICT_FAIL);
	assert_int_equal(apply(VERDICT_FAIL, NULL, "this by ''"), VERDICT_FAIL);
	assert_int_equal(apply(VERDICT_PASS, "", "good news: known bug [bug]"),
			 VERDICT_XPASS);
	assert_int_equal(apply(VERDICT_SKIP, "", NULL), VERDICT_SKIP);
	assert_int_equal(apply(VERDICT_INFRA, "", NULL), VERDICT_INFRA);
	assert_int_equal(apply(VERDICT_NONE, NULL, NULL), VERDICT_NONE);
}

static void continued_lines(void **state)
{
	struct known_bugs *bugs = good(
		"[bug]\ntests = upgrade.wp_reuse.page\n"
		"\tcow.copy.run  cow.copy.page\narch = arm64\n"
		"fails = order:secondary:smmuv3-pri, setup\n"
		"\tcoverage:range_start:kvm-shadow\nreason = one\n  two\nlink = x\n");
	const struct known_bug *b = known_bugs_find(
		bugs, stlb_arch_find("aarch64"), "9.9", 4096, "cow.copy.run");

	(void)state;
	assert_non_null(b);
	assert_string_equal(b->reason, "one two");
	assert_string_equal(
		b->fails,
		"coverage:range_start:kvm-shadow,order:secondary:smmuv3-pri,setup");
	known_bugs_free(bugs);
}

/* What the project's own list knows of @test, by its signature; "": nothing. */
static const char *known(const struct known_bugs *bugs, const char *arch,
			 const char *release, const char *test)
{
	const struct known_bug *b = known_bugs_find(bugs, stlb_arch_find(arch),
						    release, 4096, test);

	return b ? b->fails : "";
}

#define SMMU(property, part) \
	property ":" part ":smmuv3," property ":" part ":smmuv3-pri"
#define P10(property, part) property ":" part ":opencapi-p10"
#define VTD(property, part) \
	property ":" part ":vtd," property ":" part ":vtd-pri"

/* One bug fails by another property on each plane, and not for everybody. */
static void own_list(void **state)
{
	static const struct {
		const char *arch, *release, *test, *fails;
	} want[] = {
		{ "arm64", "6.1.0", "upgrade.wp_reuse.page",
		  SMMU("coverage", "secondary") },
		{ "arm64", "6.5.13", "upgrade.wp_reuse.run",
		  SMMU("coverage", "secondary") },
		{ "arm64", "6.1.0", "upgrade.wp_reuse.model",
		  SMMU("liveness", "model") },
		{ "arm64", "6.1.0", "upgrade.wp_reuse.emulated",
		  "liveness:emulated:smmuv3" },
		{ "arm64", "6.1.0", "device.at_work",
		  "liveness:model:smmuv3-pri" },
		{ "arm64", "6.12.1", "upgrade.wp_reuse.page", "" },
		{ "arm64", "6.6.0", "upgrade.wp_reuse.emulated", "" },
		{ "arm64", "6.12.1", "hugetlb.cow_2m.model",
		  SMMU("liveness", "model") "," SMMU("safety", "model") },
		{ "x86", "6.1.0", "upgrade.wp_reuse.emulated", "" },
		{ "x86", "6.12.1", "hugetlb.cow_2m.model",
		  "liveness:model:vtd," VTD("safety", "model") },
		{ "x86", "6.12.1", "hugetlb.migrate_2m.model",
		  VTD("safety", "model") },
		{ "powerpc", "6.12.1", "cow.copy.page",
		  P10("coverage", "secondary") },
		{ "powerpc", "6.12.1", "cow.copy.model",
		  P10("safety", "model") },
		{ "powerpc", "6.12.1", "cow.zero_page.model",
		  P10("safety", "model") },
		{ "powerpc", "6.12.1", "cow.copy.emulated", "" },
		{ "powerpc", "6.1.0", "cow.copy.model", "" },
		{ "x86", "6.1.0", "unmap.none.page",
		  VTD("economy", "secondary") },
		{ "x86", "6.1.0", "unmap.none.model", "" },
		{ "x86", "6.1.0", "cow.uprobe.page",
		  "coverage:range_start:kvm-shadow" },
	};
	struct known_bugs *bugs;

	(void)state;
	assert_int_equal(known_bugs_load(&bugs, "configs/known-bugs.ini"), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const char *got = known(bugs, want[i].arch, want[i].release,
					want[i].test);

		if (strcmp(got, want[i].fails))
			fail_msg("%s on %s %s: '%s'; wanted '%s'", want[i].test,
				 want[i].arch, want[i].release, got,
				 want[i].fails);
	}
	known_bugs_free(bugs);
}

static void nothing_known(void **state)
{
	(void)state;
	known_bugs_free(good(""));
	known_bugs_free(good("# none left\n"));
}

static void page_sizes(void **state)
{
	const struct stlb_arch *arm64 = stlb_arch_find("arm64");
	const char *test = "upgrade.wp_reuse.page";
	struct known_bugs *bugs =
		good(BUG "page = 4K, 16K\n" OTHER TESTS "page = 64K\n");

	(void)state;
	assert_string_equal(
		known_bugs_find(bugs, arm64, "6.1.0", 4096, test)->name, "bug");
	assert_string_equal(
		known_bugs_find(bugs, arm64, "6.1.0", 16384, test)->name,
		"bug");
	assert_string_equal(
		known_bugs_find(bugs, arm64, "6.1.0", 65536, test)->name,
		"other");
	assert_null(known_bugs_find(bugs, arm64, "6.1.0", 0, test));
	known_bugs_free(bugs);
}

static void bad_entries(void **state)
{
	(void)state;
	bad("[b]\narch = arm64\n" REST, ":1: bug [b] has no tests");
	bad("[b]\n" TESTS "arch = arm64\nfails = x\nreason = y\n",
	    "bug [b] has no link");
	bad(OTHER "tests = upgrade.wp_reuse.pgae\n",
	    "there is no test 'upgrade.wp_reuse.pgae': write full names like upgrade.wp_reuse.page");
	bad(OTHER "tests = upgrade.wp_reuse\n",
	    "there is no test 'upgrade.wp_reuse': write full names like upgrade.wp_reuse.page");
	bad(OTHER "tests = *\n", "there is no test '*'");
	bad(OTHER "tests = ,\n", "names none");
	bad(OTHER TESTS " upgrade.wp_reuse.page\n", "stands twice");
	bad("[b]\n" TESTS REST "arch = arm64 vax\n",
	    "unknown architecture 'vax'");
	bad("[b]\n" TESTS REST "arch = arm64 aarch64\n", "stands twice");
	bad(OTHER TESTS "since = 6\n", "not a release");
	bad(OTHER TESTS "page = 4096\n", "page = 4096 is no page size");
	bad(OTHER TESTS "page = 4K 8K\n", "write 4K, 16K or 64K");
	bad(OTHER TESTS "page = ,\n", "is no page size");
	bad(OTHER TESTS "since = 6.5.1\n", "not a release");
	bad(OTHER TESTS "until = 6.5.1-rc1\n", "not a release");
	bad(OTHER TESTS "until = 6.5 6.6\n", "not a release");
	bad(OTHER TESTS "until = 6.5.0\n", "not a release");
	bad(OTHER TESTS "until = 6.5 6.12.3\n",
	    "ends in a stable series after the last release");
	bad(OTHER TESTS "since = 6.6\nuntil = 6.5\n", "before since");
	bad(OTHER TESTS "test = x\n", "did you mean 'tests'?");
}

static void bad_fails(const char *tests, const char *archs, const char *fails,
		      const char *want)
{
	char *text = text_printf(
		"[b]\ntests = %s\narch = %s\nreason = x\nlink = y\nfails = %s\n",
		tests, archs, fails);

	bad(text, want);
	free(text);
}

/* A word by which a test cannot fail would never be met. */
static void bad_signatures(void **state)
{
	const char *page = "cow.copy.page", *api = "api.refused_window";

	(void)state;
	/* Files of before schema 2 */
	bad_fails(
		page, "arm64", "coverage",
		":6: fails: 'coverage' alone does not say what failed for whom: write a word like coverage:secondary:smmuv3");
	bad_fails(page, "x86", "liveness,safety",
		  "write a word like liveness:model:vtd");
	bad_fails(page, "arm64", "coverage:secondary", "alone does not say");
	bad_fails(page, "arm64", "pairing",
		  "write a word like pairing:secondary");
	bad_fails(page, "arm64", "pairing:range_end:kvm-shadow",
		  "does not say");
	bad_fails(page, "arm64", "setup:secondary", "write a word like setup");
	bad_fails(page, "arm64", "coverag:secondary:smmuv3",
		  "there is no property 'coverag'");
	bad_fails(page, "arm64", "coverage:secondry:smmuv3",
		  "there is no callback 'secondry'");
	bad_fails(page, "arm64", "coverage:model:smmuv3",
		  "there is no callback 'model'");
	bad_fails(page, "arm64", "safety:modl:smmuv3",
		  "there is no device 'modl'");
	bad_fails(page, "arm64", "coverage:secondary:smmu3",
		  "arm64 has no profile 'smmu3'");
	bad_fails(page, "arm64 x86", "coverage:secondary:smmuv3",
		  "x86 has no profile 'smmuv3'");
	bad_fails(page, "arm64", "timeout, kernel, timeout",
		  "or one of them twice");
	bad_fails(page, "arm64", ",", "names no word");
	bad_fails(page, "arm64", "*", "there is no property '*'");
	/* One without a transition may fail by a property alone. */
	bad_fails(api, "arm64", "livenes", "there is no property 'livenes'");
	bad_fails(api, "arm64", "liveness:model", "write a word like");
	known_bugs_free(
		good("[b]\ntests = api.refused_window\narch = arm64 x86\n"
		     "reason = x\nlink = y\nfails = liveness\n"));
}

static void overlaps(void **state)
{
	(void)state;
	bad(BUG OTHER TESTS,
	    "[bug] and [other] both claim upgrade.wp_reuse.page on arm64");
	bad(BUG OTHER TESTS "since = 6.5\n", "both claim");
	bad(BUG OTHER TESTS "until = 4.0\n", "both claim");
	bad(BUG OTHER TESTS "page = 64K\n", "both claim");
	bad(BUG "page = 4K 64K\n" OTHER TESTS "page = 64K\n", "both claim");
	known_bugs_free(good(BUG OTHER TESTS "since = 6.6\n"));
	known_bugs_free(good(BUG OTHER TESTS "until = 3.19\n"));
	known_bugs_free(good(BUG "[other]\narch = x86\n" TESTS
				 "fails = kernel\nreason = x\nlink = y\n"));
	bad(BUG "[bug]\n", "duplicate bug [bug]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find),
		cmocka_unit_test(exact_signature),
		cmocka_unit_test(good_news),
		cmocka_unit_test(stable_series),
		cmocka_unit_test(trees),
		cmocka_unit_test(ended),
		cmocka_unit_test(continued_lines),
		cmocka_unit_test(own_list),
		cmocka_unit_test(nothing_known),
		cmocka_unit_test(page_sizes),
		cmocka_unit_test(bad_entries),
		cmocka_unit_test(bad_signatures),
		cmocka_unit_test(overlaps),
	};

	return cmocka_run_group_tests_name("known_bugs", tests, NULL, NULL);
}
