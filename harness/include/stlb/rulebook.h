/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For arch/ARCH/rules.c only, which defines STLB_ARCH, then includes this,
 * then fills `profiles` and `rules` and ends with STLB_RULEBOOK(ARCH).
 */
#ifndef _STLB_RULEBOOK_H
#define _STLB_RULEBOOK_H

#include "rules.h"

/* A transition's row of the table. */
#define ROW(family, transition) [STLB_T_##family##_##transition]

#define STLB_NO_RULE(family, transition, what)                                 \
	void no_rule_##family##_##transition(void) __attribute__((             \
		error(STLB_ARCH " lacks a rule for " #family "." #transition)));

#define STLB_CHECK_RULE(family, transition, what)                              \
	_Pragma("GCC unroll 16")                                               \
	for (unsigned int i = 0; i < STLB_NR(profiles); i++) {                 \
		const struct stlb_rule *r =                                    \
			&rules[STLB_T_##family##_##transition][profiles[i].id]; \
									       \
		if (!r->need || !r->cite || !r->why)                           \
			no_rule_##family##_##transition();                     \
	}

#define STLB_NR(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Defines stlb_rulebook_ARCH, and does not compile unless every transition has
 * need, citation and reason for every profile:
 *
 *	error: call to 'no_rule_cow_copy' declared with attribute error:
 *	       arm64 lacks a rule for cow.copy
 *
 * Both tables are static const, so the compiler decides each test; like the
 * kernel's compiletime_assert() that takes -O2.
 */
#define STLB_RULEBOOK(name)                                                    \
	STLB_TRANSITIONS(STLB_NO_RULE)                                         \
	static __attribute__((used)) void check_rules(void)                    \
	{                                                                      \
		STLB_TRANSITIONS(STLB_CHECK_RULE)                              \
	}                                                                      \
	const struct stlb_rulebook stlb_rulebook_##name = {                    \
		.arch = STLB_ARCH,                                             \
		.profiles = profiles,                                          \
		.nr_profiles = STLB_NR(profiles),                              \
		.rules = rules,                                                \
	}

#endif /* _STLB_RULEBOOK_H */
