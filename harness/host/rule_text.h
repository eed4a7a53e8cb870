/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules in words, the same in every report.
 */
#ifndef _STLB_RULE_TEXT_H
#define _STLB_RULE_TEXT_H

#include <stlb/decides.h>

struct cell;
struct result;
struct test;

const char *rule_need(enum stlb_need need); /* "REQUIRED", ... */

/* Who tells such a TLB, and which plane therefore judges it. */
const char *rule_plane(const struct stlb_profile_info *profile);

/* Would this profile's row decide on this kernel, if it could be played? */
bool rule_decides(const struct cell *cell, const struct test *test,
		  const struct stlb_profile_info *profile);

/*
 * Did this profile's row decide the verdict: does it decide on this kernel, and did the
 * test say that it judged it? A profile that could not be played did not.
 */
bool rule_decided(const struct cell *cell, const struct result *result,
		  const struct stlb_profile_info *profile);

/* The row of a transition for a profile; its need may be STLB_NO_ROW. */
const struct stlb_rule *rule_row(const struct stlb_rulebook *book,
				 enum stlb_transition t,
				 const struct stlb_profile_info *profile);

/*
 * What the secondary-TLB op owes at a transition on a kernel of @release: the need
 * of the profiles that it serves and whose rows decide there, REQUIRED before UNWANTED
 * before OPTIONAL; STLB_NO_ROW for STLB_T_NONE.
 */
enum stlb_need rule_op_need(const struct stlb_rulebook *book,
			    enum stlb_transition t, unsigned int release);

/*
 * "decides no verdict from 6.1 to 6.5: why", with "; " between if there are several; ""
 * if it binds everywhere. The caller frees.
 */
char *rule_exemptions(const struct stlb_rule *rule);

/* Can a test of @plane fail for this need? OPTIONAL binds nobody. */
bool rule_binds(enum stlb_need need, enum stlb_plane plane);

/*
 * The rules that a result could break, one line each: "smmuv3 REQUIRED: why
 * (citation)". A list (words.h), NULL if there is none; the caller frees.
 */
char **rule_lines(const struct cell *cell, const struct result *result);

#endif /* _STLB_RULE_TEXT_H */
