// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../catalogue.h"
#include "../coverage.h"
#include "../text.h"

/* Two functions of one name, and one that jumps. */
#define SITES                                      \
	"# site: call flush+0x10/0x20@-16 tell\n"  \
	"# site: call flush+0x10/0x20@112 tell\n"  \
	"# site: jump leave+0x18/0x18@1024 tell\n" \
	"# site: call far+0x8/0x20@4096 tell\n"    \
	"noise # site: call x+0x1/0x2@3 tell\n"    \
	"# site: call few\n# site: \n# site:\n"

static struct coverage of(const char *sites, const char *chains)
{
	struct result results[] = {
		{ .test = catalogue_find("cow.copy.page") },
		{ .test = catalogue_find("recorder.sites") },
	};
	struct cell cell = { .results = results, .nr_results = 2 };
	struct coverage c;

	results[0].log = text_dup(chains);
	results[1].log = sites ? text_dup(sites) : NULL;
	c = coverage_of(&cell);
	free(results[0].log);
	free(results[1].log);
	return c;
}

static void by_return_address(void **state)
{
	struct coverage c = of(SITES, "# chain: tell+0x8/0x9@5>? "
				      "flush+0x10/0x20@112>tell@0 "
				      "far+0x8/0x20@4096>flush@96\n");

	(void)state;
	assert_int_equal(c.nr, 4);
	assert_int_equal(c.reached, 1);
	assert_null(c.sites[0].tests);
	assert_string_equal(c.sites[1].tests[0], "cow.copy.page");
	assert_null(c.sites[1].tests[1]);
	assert_string_equal(c.sites[1].function, "tell");
	assert_false(c.sites[1].jump);
	assert_null(c.others);
	coverage_free(&c);
}

/* leave() begins at 1000; a call may go to 1008, but not behind it. */
static void by_jump(void **state)
{
	static const struct {
		const char *chain;
		size_t reached;
	} cases[] = {
		{ "# chain: tell+0x8/0x9@5>? up+0x4/0x8@9>leave@1000\n", 1 },
		{ "# chain: tell+0x8/0x9@5>? up+0x4/0x8@9>leave@1008\n", 1 },
		{ "# chain: tell+0x8/0x9@5>? up+0x4/0x8@9>leave@1009\n", 0 },
		{ "# chain: tell+0x8/0x9@5>? up+0x4/0x8@9>leave@999\n", 0 },
		{ "# chain: tell+0x8/0x9@5>? up+0x4/0x8@9>leaves@1000\n", 0 },
		{ "# chain: tell+0x8/0x9@5>? up+0x4/0x8@9>flush@-32\n", 0 },
		{ "# chain: tell+0x8/0x9@5>? up+0x4/0x8@9>?\n", 0 },
		{ "# chain: tell+0x8/0x9@5\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct coverage c = of(SITES, cases[i].chain);

		assert_int_equal(c.reached, cases[i].reached);
		assert_int_equal(!!c.sites[2].tests, cases[i].reached);
		assert_int_equal(!c.others, cases[i].reached);
		coverage_free(&c);
	}
}

static void nothing(void **state)
{
	struct coverage c = of(NULL, "# chain: a+0x1/0x2@3>b@4\n"
				     "# chain: a+0x1/0x2@3>b@4\n# chain:\n");

	(void)state;
	assert_int_equal(c.nr, 0);
	assert_int_equal(c.reached, 0);
	assert_string_equal(c.others[0], "a+0x1/0x2@3>b@4");
	assert_null(c.others[1]);
	coverage_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_return_address),
		cmocka_unit_test(by_jump),
		cmocka_unit_test(nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
