// SPDX-License-Identifier: GPL-2.0-only

#include <stddef.h>

#include "rule_text.h"
#include "text.h"
#include "words.h"

const char *rule_need(enum stlb_need need)
{
	switch (need) {
	case STLB_REQUIRED:
		return "REQUIRED";
	case STLB_OPTIONAL:
		return "OPTIONAL";
	case STLB_UNWANTED:
		return "UNWANTED";
	case STLB_NO_ROW:
		break;
	}
	return "-";
}

const char *rule_plane(enum stlb_teller teller)
{
	switch (teller) {
	case STLB_BY_NOTIFIER:
		return "notifier plane, by the secondary-TLB op";
	case STLB_BY_RANGE:
		return "notifier plane, by invalidate_range_start/end";
	case STLB_BY_BROADCAST:
		return "CPU plane, by the CPU's own TLB maintenance; not watched by this version";
	}
	return "-";
}

bool rule_decides(const struct stlb_profile_info *profile)
{
	return !profile->not_admitted && profile->teller != STLB_BY_BROADCAST;
}

const struct stlb_rule *rule_row(const struct stlb_rulebook *book,
				 enum stlb_transition t,
				 const struct stlb_profile_info *profile)
{
	return &book->rules[t][profile->id];
}

enum stlb_need rule_op_need(const struct stlb_rulebook *book,
			    enum stlb_transition t)
{
	enum stlb_need need = STLB_NO_ROW;

	for (unsigned int i = 0; t >= 0 && i < book->nr_profiles; i++) {
		const struct stlb_profile_info *p = &book->profiles[i];
		enum stlb_need its = rule_row(book, t, p)->need;

		if (!rule_decides(p) || p->teller != STLB_BY_NOTIFIER)
			continue;
		if (its == STLB_REQUIRED || need == STLB_NO_ROW ||
		    need == STLB_OPTIONAL)
			need = its;
	}
	return need;
}

/* With OPTIONAL everything is right. */
static bool binds(const struct stlb_rule *rule)
{
	return rule->need == STLB_REQUIRED || rule->need == STLB_UNWANTED;
}

char **rule_lines(const struct stlb_rulebook *book, enum stlb_transition t)
{
	char **lines = NULL;

	if (t == STLB_T_NONE)
		return NULL;
	for (unsigned int i = 0; i < book->nr_profiles; i++) {
		const struct stlb_profile_info *p = &book->profiles[i];
		const struct stlb_rule *r = rule_row(book, t, p);

		if (rule_decides(p) && binds(r))
			lines = list_add(lines,
					 text_printf("%s %s: %s (%s)", p->name,
						     rule_need(r->need), r->why,
						     r->cite));
	}
	return lines;
}
