// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../catalogue.h"

static void names_are_unique(void **state)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	(void)state;
	assert_true(nr > STLB_NR_TRANSITIONS);
	for (size_t i = 0; i < nr; i++) {
		assert_ptr_equal(catalogue_find(t[i].name), &t[i]);
		assert_true(strlen(catalogue_what(&t[i])) > 0);
		assert_int_equal(t[i].id == STLB_T_NONE, !t[i].transition);
		if (t[i].transition)
			assert_memory_equal(t[i].name, t[i].transition,
					    strlen(t[i].transition));
		assert_memory_equal(t[i].name, t[i].family,
				    strlen(t[i].family));
	}
	assert_null(catalogue_find("upgrade.wp_reuse"));
	assert_null(catalogue_find(""));
}

static bool match(const char *pattern)
{
	return catalogue_match(catalogue_find("upgrade.wp_reuse.page"),
			       pattern);
}

static void patterns(void **state)
{
	(void)state;
	assert_true(match("upgrade"));
	assert_true(match("upgrade.wp_reuse"));
	assert_true(match("upgrade.wp_reuse.page"));
	assert_true(match("*"));
	assert_true(match("*.page"));
	assert_true(match("upgrade.*"));
	assert_true(match("up*.wp_reuse"));
	assert_true(match("[tu]pgrade"));
	assert_false(match("upgrad"));
	assert_false(match("upgrade."));
	assert_false(match("upgrade.wp"));
	assert_false(match("wp_reuse"));
	assert_false(match("page"));
	assert_false(match(""));
	assert_false(match("["));
}

static void suggestions(void **state)
{
	(void)state;
	assert_string_equal(catalogue_suggest("upgarde"), "upgrade");
	assert_string_equal(catalogue_suggest("upgrade.wp_reuse.pag"),
			    "upgrade.wp_reuse.page");
	assert_null(catalogue_suggest("zzzzzzzzzz"));
	assert_null(catalogue_suggest(""));
}

static void plan(void **state)
{
	char *wanted[] = { "cow.copy", "upgrade.wp_reuse.run", NULL };
	struct cell cells[2] = { 0 };
	struct run run = { .cells = cells, .nr_cells = 2 };

	(void)state;
	catalogue_plan(&run, wanted);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cells[i].nr_results, 3);
		assert_string_equal(cells[i].results[0].test->name,
				    "upgrade.wp_reuse.run");
		assert_int_equal(cells[i].results[0].verdict, VERDICT_NONE);
		free(cells[i].results);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(patterns),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(plan),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
