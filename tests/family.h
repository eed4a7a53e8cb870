/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A family of transitions as a kselftest: the fixture is the family, each
 * variant a transition, each test an extent. Test names come out as
 * FAMILY.TRANSITION.EXTENT.
 *
 *	STLB_FAMILY(upgrade);
 *	static const struct transition wp_reuse = { ... };
 *	FIXTURE_VARIANT_ADD(upgrade, wp_reuse) { .t = &wp_reuse };
 *	TEST_HARNESS_MAIN
 */
#ifndef _STLB_FAMILY_H
#define _STLB_FAMILY_H

#include "kselftest_harness.h"

#include <stlb/tests.h>

#include "../harness/guest/transition.h"

/* Seconds; far above need, and the runner has a deadline of its own. */
#define STLB_TEST_TIMEOUT 3600

#define STLB_EXTENT_TEST(family, extent, pages)                                \
	TEST_F_TIMEOUT(family, extent, STLB_TEST_TIMEOUT)                      \
	{                                                                      \
		struct outcome o = transition_run(variant->t, pages);          \
									       \
		if (o.skip)                                                    \
			SKIP(return, "%s", o.skip);                            \
		ASSERT_EQ(0, o.failed);                                        \
	}

#define STLB_FAMILY(family)                                                    \
	FIXTURE(family)                                                        \
	{                                                                      \
	};                                                                     \
	FIXTURE_VARIANT(family)                                                \
	{                                                                      \
		const struct transition *t;                                    \
	};                                                                     \
	FIXTURE_SETUP(family)                                                  \
	{                                                                      \
	}                                                                      \
	FIXTURE_TEARDOWN(family)                                               \
	{                                                                      \
	}                                                                      \
	STLB_EXTENT_TEST(family, page, 1)                                      \
	STLB_EXTENT_TEST(family, run, STLB_RUN_PAGES)

#endif /* _STLB_FAMILY_H */
