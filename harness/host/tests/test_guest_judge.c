// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's judge, on streams: what one row of the rules makes of them.
 */

#include "stream.h"

#include "../../guest/judge.h"

static struct stlb_rule rules[STLB_NR_TRANSITIONS][STLB_NR_PROFILES] = {
	[0] = { [STLB_SMMUV3] = { .cite = "a specification", .why = "why" },
		[STLB_KVM_SHADOW] = { .cite = "a header", .why = "why" } },
};

static const struct stlb_profile_info profiles[] = {
	{ .id = STLB_SMMUV3, .name = "smmuv3", .teller = STLB_BY_NOTIFIER },
	{ .id = STLB_KVM_SHADOW, .name = "kvm-shadow", .teller = STLB_BY_RANGE },
};

static const struct stlb_rulebook book = {
	.arch = "arm64",
	.profiles = profiles,
	.nr_profiles = 2,
	.rules = (const struct stlb_rule (*)[STLB_NR_PROFILES])rules,
};

static void need(enum stlb_need secondary, enum stlb_need range)
{
	rules[0][STLB_SMMUV3].need = secondary;
	rules[0][STLB_KVM_SHADOW].need = range;
}

/* The properties that failed, 1U << each; @beside: the page behind the watched ones. */
static unsigned int failed(const char *before, const char *after,
			   const char *text, bool beside)
{
	struct stlb_pte first[PAGES_MAX], last[PAGES_MAX];
	struct transition t = { .name = "cow.copy", .after = ACCESS_RO };
	size_t nr = strlen(before);
	struct outcome o = { .failed = 0 };
	struct stream s;
	struct evidence e = {
		.t = &t,
		.rules = &book,
		.scene = &s.scene,
		.rec = &s.rec,
		.before = first,
		.after = last,
	};

	stream_play(&s, text);
	s.rec.fd = -1;
	s.scene = stream_scene(nr);
	if (beside) {
		s.scene.beside = (char *)BASE + nr * PAGE;
		s.scene.beside_bytes = PAGE;
	}
	for (size_t i = 0; i < nr; i++) {
		first[i] = stream_entry(before[i]);
		last[i] = stream_entry(after[i]);
	}
	judge(&e, &o);
	free(s.rec.events);
	return o.failed;
}

#define ECONOMY (1U << PROP_ECONOMY)

static void unwanted(void **state)
{
	(void)state;
	need(STLB_UNWANTED, STLB_OPTIONAL);
	assert_int_equal(failed("w", "w", "", false), 0);
	assert_int_equal(failed("w", "w", "A tell 0 1 w", false), ECONOMY);
	assert_int_equal(failed("w", "w", "A tell 0 all w", false), ECONOMY);
	assert_int_equal(failed("w", "w", "1 tell 0 1 w", false), ECONOMY);
	assert_int_equal(failed("w", "w", "A tell 1 2 w", false), 0);
	need(STLB_UNWANTED, STLB_UNWANTED);
	assert_int_equal(failed("w", "w", "A start 0 1 w\nA end 0 1 w", false),
			 ECONOMY);
}

/* A range may be wider than what changed near by. */
static void superset(void **state)
{
	(void)state;
	need(STLB_UNWANTED, STLB_UNWANTED);
	assert_int_equal(failed("ww", "ww", "A tell 2 3 ww", true), 0);
	assert_int_equal(failed("ww", "ww", "A tell -1 511 ww", true), 0);
	assert_int_equal(failed("ww", "ww", "A tell 0 all ww", true), 0);
	assert_int_equal(failed("ww", "ww",
				"A start -1 511 ww\nA tell -1 511 ww\n"
				"A end -1 511 ww",
				true),
			 0);
	assert_int_equal(failed("ww", "ww", "A tell 0 2 ww", true), ECONOMY);
	assert_int_equal(failed("ww", "ww", "A tell -1 1 ww\nA tell 2 3 ww",
				true),
			 ECONOMY);
	assert_int_equal(failed("ww", "ww",
				"A start 1 2 ww\nA end 1 2 ww\nA tell 2 3 ww",
				true),
			 ECONOMY);
}

/* What kernel threads do to pages meanwhile is not the trigger's doing. */
static void kernel_threads(void **state)
{
	(void)state;
	need(STLB_UNWANTED, STLB_UNWANTED);
	assert_int_equal(failed("w", "w",
				"k start 0 1 w\nk tell 0 1 w\nk end 0 1 w",
				false),
			 0);
	/* Where it makes the change it is. */
	need(STLB_REQUIRED, STLB_REQUIRED);
	assert_int_equal(failed("w", "r",
				"k start 0 1 w\nk tell 0 1 r\nk end 0 1 r",
				false),
			 0);
	assert_int_equal(failed("w", "r", "k start 0 1 w\nk end 0 1 r", false),
			 1U << PROP_COVERAGE);
	assert_int_equal(failed("w", "r", "k tell 0 1 r", false),
			 1U << PROP_COVERAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unwanted),
		cmocka_unit_test(superset),
		cmocka_unit_test(kernel_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
