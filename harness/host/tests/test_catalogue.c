// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../catalogue.h"

#define ONE(...) +1
#define NR_EXTENTS (0 STLB_EXTENTS(ONE))
#define NR_DEVICES (0 STLB_DEVICES(ONE))
#define NR_WATCHES (0 STLB_WATCHES(ONE))
#define NR_MIRRORS (0 STLB_MIRRORS(ONE))
#define NR_ASPECTS (NR_EXTENTS + NR_DEVICES + NR_WATCHES + NR_MIRRORS)
#define NR_RECORDER_TESTS (0 STLB_RECORDER_TESTS(ONE))
#define NR_DEVICE_TESTS (0 STLB_DEVICE_TESTS(ONE))
#define NR_API_TESTS (0 STLB_API_TESTS(ONE))
#define NR_RACE_TESTS (0 STLB_RACE_TESTS(ONE))
#define NR_FUZZ_TESTS (0 STLB_FUZZ_TESTS(ONE))
#define NR_TESTS                                                \
	(STLB_NR_TRANSITIONS * NR_ASPECTS + NR_RECORDER_TESTS + \
	 NR_FUZZ_TESTS + NR_DEVICE_TESTS + NR_API_TESTS + NR_RACE_TESTS)

static void names_are_unique(void **state)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	(void)state;
	assert_int_equal(nr, NR_TESTS);
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

/* What the test of that name belongs to. */
static void expect(const char *name, const char *family, const char *transition,
		   enum stlb_plane plane)
{
	const struct test *t = catalogue_find(name);

	assert_non_null(t);
	assert_string_equal(t->family, family);
	assert_string_equal(t->transition, transition);
	assert_int_equal(t->plane, plane);
}

/* A test without a transition has no extent and no device either. */
static void expect_plain(const char *name, const char *family)
{
	const struct test *t = catalogue_find(name);

	assert_non_null(t);
	assert_string_equal(t->family, family);
	assert_null(t->transition);
	assert_int_equal(t->id, STLB_T_NONE);
}

static void planes(void **state)
{
	const struct test *t;
	size_t nr, nr_on_device = 0, nr_with_vm = 0;

	(void)state;
	expect("upgrade.wp_reuse.page", "upgrade", "upgrade.wp_reuse",
	       STLB_NOTIFIER_PLANE);
	expect("upgrade.wp_reuse.run", "upgrade", "upgrade.wp_reuse",
	       STLB_NOTIFIER_PLANE);
	expect("upgrade.wp_reuse.model", "upgrade", "upgrade.wp_reuse",
	       STLB_DEVICE_PLANE);
	expect("exit.release.emulated", "exit", "exit.release",
	       STLB_DEVICE_PLANE);
	expect("cow.copy.cpu", "cow", "cow.copy", STLB_CPU_PLANE);
	expect("exit.release.kvm", "exit", "exit.release", STLB_MIRROR_PLANE);
	expect_plain("recorder.order", "recorder");
	expect_plain("device.at_work", "device");
	t = catalogue(&nr);
	for (size_t i = 0; i < nr; i++) {
		nr_on_device += t[i].plane == STLB_DEVICE_PLANE;
		nr_with_vm += t[i].vm;
	}
	assert_int_equal(nr_on_device, STLB_NR_TRANSITIONS * NR_DEVICES);
	assert_int_equal(nr_with_vm, STLB_NR_TRANSITIONS * NR_MIRRORS);
	assert_null(catalogue_find("device.at_work.model"));
	assert_null(catalogue_find("device.model"));
	assert_null(catalogue_find("recorder.order.page"));
}

static void texts(void **state)
{
	(void)state;
	assert_string_equal(
		catalogue_what(catalogue_find("upgrade.mprotect.emulated")),
		catalogue_what(catalogue_find("upgrade.mprotect.page")));
	assert_string_equal(
		catalogue_what(catalogue_find("device.mixed_group")),
		"where one user cannot take page faults, all must be told");
	/* Two families have a test "reload". */
	assert_string_equal(catalogue_what(catalogue_find("recorder.reload")),
			    "the module unloads and loads again");
	assert_string_equal(
		catalogue_what(catalogue_find("device.reload")),
		"the module loads, has devices at work, and unloads again");
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

/* How many tests a pattern chooses. */
static size_t chosen(const char *pattern)
{
	size_t nr, n = 0;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; i < nr; i++)
		n += catalogue_match(&t[i], pattern);
	return n;
}

/* Transitions of a family, off the list itself. */
static size_t nr_in_family(const char *family)
{
#define FAMILY(family_, name, what) #family_,
	static const char *const families[] = { STLB_TRANSITIONS(FAMILY) };
#undef FAMILY
	size_t n = 0;

	for (size_t i = 0; i < STLB_NR_TRANSITIONS; i++)
		n += !strcmp(families[i], family);
	return n;
}

static void patterns_of_devices(void **state)
{
	(void)state;
	assert_int_equal(chosen("upgrade.wp_reuse"), NR_ASPECTS);
	assert_int_equal(chosen("upgrade.wp_reuse.model"), 1);
	assert_int_equal(chosen("upgrade.wp_reuse.emulated"), 1);
	assert_int_equal(chosen("cow"), nr_in_family("cow") * NR_ASPECTS);
	assert_int_equal(chosen("*.model"), STLB_NR_TRANSITIONS);
	assert_int_equal(chosen("*.emulated"), STLB_NR_TRANSITIONS);
	assert_int_equal(chosen("*.wp_reuse.emulated"), 1);
	assert_int_equal(chosen("model"), 0);
	assert_int_equal(chosen("emulated"), 0);
	assert_int_equal(chosen("upgrade.*.emulate"), 0);
	assert_int_equal(chosen("device"), NR_DEVICE_TESTS);
	assert_int_equal(chosen("device.*"), NR_DEVICE_TESTS);
	assert_int_equal(chosen("device.at_work"), 1);
	assert_int_equal(chosen("device.at"), 0);
	assert_int_equal(chosen("*.reload"), 2);
	assert_int_equal(chosen("*"), NR_TESTS);
}

static void suggestions(void **state)
{
	(void)state;
	assert_string_equal(catalogue_suggest("upgarde"), "upgrade");
	assert_string_equal(catalogue_suggest("upgrade.wp_reuse.pag"),
			    "upgrade.wp_reuse.page");
	assert_string_equal(catalogue_suggest("upgrade.wp_reuse.modle"),
			    "upgrade.wp_reuse.model");
	assert_string_equal(catalogue_suggest("upgrade.wp_reuse.emulate"),
			    "upgrade.wp_reuse.emulated");
	assert_string_equal(catalogue_suggest("device.atwork"),
			    "device.at_work");
	assert_null(catalogue_suggest("zzzzzzzzzz"));
	assert_null(catalogue_suggest(""));
}

/* In the catalogue's order, not in that of the patterns. */
static void expect_plan(const struct cell *cell, const char *const *want,
			size_t nr)
{
	assert_int_equal(cell->nr_results, nr);
	for (size_t i = 0; i < nr; i++) {
		assert_string_equal(cell->results[i].test->name, want[i]);
		assert_int_equal(cell->results[i].verdict, VERDICT_NONE);
	}
}

static void plan(void **state)
{
	static const char *const want[] = {
		"upgrade.wp_reuse.run", "cow.copy.page",     "cow.copy.run",
		"cow.copy.model",	"cow.copy.emulated", "cow.copy.cpu",
		"cow.copy.kvm",
		"device.denied",
	};
	char *wanted[] = { "device.denied", "cow.copy", "upgrade.wp_reuse.run",
			   NULL };
	struct cell cells[2] = { 0 };
	struct run run = { .cells = cells, .nr_cells = 2 };

	(void)state;
	catalogue_plan(&run, wanted);
	for (int i = 0; i < 2; i++) {
		expect_plan(&cells[i], want, sizeof(want) / sizeof(*want));
		free(cells[i].results);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(planes),
		cmocka_unit_test(texts),
		cmocka_unit_test(patterns),
		cmocka_unit_test(patterns_of_devices),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(plan),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
