/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what was recorded to what it proves.
 */
#ifndef _STLB_JUDGE_H
#define _STLB_JUDGE_H

#include "evidence.h"

/* How far the secondary-TLB op told of a page's change. */
enum told {
	TOLD_NOTHING, /* it was not called at all */
	TOLD_OTHERS, /* it was called, but not for this page */
	TOLD_EARLY, /* for this page, while the old PTE stood, and not after */
	TOLD_LATE, /* for this page, when the change's call had returned */
	TOLD, /* for this page, after the change and in time */
};

/* Prints the rule and its citation. */
void judge_note_rule(const struct stlb_profile_info *p,
		     const struct stlb_rule *r);

enum told judge_told(const struct evidence *e, size_t page);

/*
 * Holds the evidence against every row that decides here on this plane, adds what
 * failed to @o, and prints what was measured.
 */
void judge(const struct evidence *e, struct outcome *o);

#endif /* _STLB_JUDGE_H */
