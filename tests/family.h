/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A family of transitions as a kselftest: the fixture is the family, each
 * variant a transition, each test an extent, a device, the CPUs or a mirror. Test names
 * come out as FAMILY.TRANSITION.EXTENT, .DEVICE, .cpu and .MIRROR.
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

#define STLB_TRANSITION_TEST(family, test, run)                                \
	TEST_F_TIMEOUT(family, test, STLB_TEST_TIMEOUT)                        \
	{                                                                      \
		struct outcome o = run;                                        \
									       \
		ASSERT_FALSE(o.is_void);                                       \
		if (o.skip && !o.failed)                                       \
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
	STLB_TRANSITION_TEST(family, page, transition_run(variant->t, 1))      \
	STLB_TRANSITION_TEST(family, run,                                      \
			     transition_run(variant->t, STLB_RUN_PAGES))       \
	STLB_TRANSITION_TEST(                                                  \
		family, model,                                                 \
		transition_run_device(variant->t, STLB_DEVICE_MODEL))          \
	STLB_TRANSITION_TEST(                                                  \
		family, emulated,                                              \
		transition_run_device(variant->t, STLB_DEVICE_EMULATED))       \
	STLB_TRANSITION_TEST(family, cpu, transition_run_cpu(variant->t))      \
	STLB_TRANSITION_TEST(family, kvm, transition_run_kvm(variant->t))

#endif /* _STLB_FAMILY_H */
