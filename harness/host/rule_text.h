/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules in words, the same in every report.
 */
#ifndef _STLB_RULE_TEXT_H
#define _STLB_RULE_TEXT_H

#include <stlb/rules.h>

const char *rule_need(enum stlb_need need); /* "REQUIRED", ... */

/* Who tells such a TLB, and which plane therefore judges it. */
const char *rule_plane(const struct stlb_profile_info *profile);

/* Does this profile's rule decide the verdicts of tests on @plane? */
bool rule_decides(const struct stlb_profile_info *profile,
		  enum stlb_plane plane);

/* The row of a transition for a profile; its need may be STLB_NO_ROW. */
const struct stlb_rule *rule_row(const struct stlb_rulebook *book,
				 enum stlb_transition t,
				 const struct stlb_profile_info *profile);

/*
 * What the secondary-TLB op owes at a transition: the need of the profiles that
 * it serves and that decide verdicts, REQUIRED before UNWANTED before OPTIONAL;
 * STLB_NO_ROW for STLB_T_NONE.
 */
enum stlb_need rule_op_need(const struct stlb_rulebook *book,
			    enum stlb_transition t);

/*
 * The rules that a result of this transition on @plane can break, one line each:
 * "smmuv3 REQUIRED: why (citation)". A list (words.h), NULL if there is none,
 * as for STLB_T_NONE; the caller frees.
 */
char **rule_lines(const struct stlb_rulebook *book, enum stlb_transition t,
		  enum stlb_plane plane);

#endif /* _STLB_RULE_TEXT_H */
