// SPDX-License-Identifier: GPL-2.0-only

#include "stream.h"

#include "../../guest/kinds.h"

static const char *const transitions[] = {
#define NAME(family, name, what) #family "." #name,
	STLB_TRANSITIONS(NAME)
#undef NAME
};

static unsigned int allowed(const char *transition)
{
	const struct kinds *k = kinds_of(transition);

	if (!k)
		fail_msg("no kinds for %s", transition);
	return k->kinds;
}

#define HAS(transition, kind) (!!(allowed(transition) & 1U << STLB_KIND_##kind))

static void every_transition(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(transitions) / sizeof(*transitions);
	     i++) {
		const char *t = transitions[i];

		assert_true(allowed(t));
		assert_non_null(kinds_of(t)->cite);
		/* What drivers may ignore is never right here. */
		assert_false(HAS(t, RELEASE) || HAS(t, MIGRATE) ||
			     HAS(t, EXCLUSIVE) || HAS(t, OTHER));
	}
	assert_null(kinds_of("no.such"));
}

static void some(void **state)
{
	(void)state;
	assert_true(HAS("unmap.munmap", UNMAP));
	assert_false(HAS("unmap.munmap", CLEAR));
	assert_false(HAS("unmap.dontneed", UNMAP));
	assert_true(HAS("unmap.mremap_dontunmap", UNMAP));
	assert_true(HAS("many.mremap_table", UNMAP));
	assert_true(HAS("many.munmap", UNMAP));
	assert_false(HAS("downgrade.mprotect", UNMAP));
	assert_true(HAS("downgrade.mprotect_none", PROTECTION_VMA));
	assert_true(HAS("hugetlb.mprotect_none_64k", PROTECTION_VMA));
	assert_false(HAS("downgrade.fork", PROTECTION_VMA));
	assert_true(HAS("downgrade.soft_dirty", SOFT_DIRTY));
	assert_false(HAS("downgrade.mprotect", SOFT_DIRTY));
	assert_false(HAS("cow.copy", PROTECTION_VMA));
	assert_true(HAS("hugetlb.fork_2m", CLEAR));
}

/* @text's announcements carry @kind. */
static bool is_wrong(const char *text, enum stlb_range_kind kind,
		     unsigned int kinds)
{
	struct stlb_event *ev = NULL;
	struct stream s;
	struct evidence e = { .scene = &s.scene, .rec = &s.rec };
	bool wrong;

	stream_play(&s, text);
	s.scene = stream_scene(1);
	while ((ev = (struct stlb_event *)recorder_next(&s.rec, ev)))
		if (ev->op != STLB_OP_MARK)
			ev->cookie = kind;
	wrong = kinds_wrong(&e, kinds);
	free(s.rec.events);
	return wrong;
}

#define WINDOW "A start 0 1 w\nA end 0 1 r"

static void streams(void **state)
{
	const unsigned int clear = 1U << STLB_KIND_CLEAR;

	(void)state;
	assert_false(is_wrong(WINDOW, STLB_KIND_CLEAR, clear));
	assert_true(is_wrong(WINDOW, STLB_KIND_UNMAP, clear));
	assert_true(is_wrong(WINDOW, STLB_KIND_OTHER, clear));
	assert_true(is_wrong("A start 0 1 w\nA end 0 1 w", STLB_KIND_RELEASE,
			     clear));
	/* Of other pages, or of a kernel thread's that changes nothing */
	assert_false(
		is_wrong("A start 1 2 w\nA end 1 2 w", STLB_KIND_UNMAP, clear));
	assert_false(
		is_wrong("k start 0 1 w\nk end 0 1 w", STLB_KIND_UNMAP, clear));
	assert_true(
		is_wrong("k start 0 1 w\nk end 0 1 r", STLB_KIND_UNMAP, clear));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_transition),
		cmocka_unit_test(some),
		cmocka_unit_test(streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
