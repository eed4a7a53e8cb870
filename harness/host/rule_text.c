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

const char *rule_plane(const struct stlb_profile_info *profile)
{
	switch (profile->teller) {
	case STLB_BY_NOTIFIER:
		return "notifier and device plane, by the secondary-TLB op";
	case STLB_BY_RANGE:
		return "notifier plane, by invalidate_range_start/end";
	case STLB_BY_BROADCAST:
		return profile->heard ?
			       "device plane, by the CPU's own broadcasts" :
			       "CPU plane, by the CPU's own broadcasts; not watched by this version";
	}
	return "-";
}

bool rule_decides(const struct stlb_profile_info *profile,
		  enum stlb_plane plane)
{
	if (profile->not_admitted)
		return false;
	switch (profile->teller) {
	case STLB_BY_NOTIFIER:
		return true;
	case STLB_BY_RANGE:
		return plane == STLB_NOTIFIER_PLANE;
	case STLB_BY_BROADCAST:
		return plane == STLB_DEVICE_PLANE && profile->heard;
	}
	return false;
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

		if (!rule_decides(p, STLB_NOTIFIER_PLANE) ||
		    p->teller != STLB_BY_NOTIFIER)
			continue;
		if (its == STLB_REQUIRED || need == STLB_NO_ROW ||
		    need == STLB_OPTIONAL)
			need = its;
	}
	return need;
}

/* With OPTIONAL everything is right; a device does not mind what is UNWANTED. */
static bool binds(const struct stlb_rule *rule, enum stlb_plane plane)
{
	return rule->need == STLB_REQUIRED ||
	       (rule->need == STLB_UNWANTED && plane == STLB_NOTIFIER_PLANE);
}

char **rule_lines(const struct stlb_rulebook *book, enum stlb_transition t,
		  enum stlb_plane plane)
{
	char **lines = NULL;

	if (t == STLB_T_NONE)
		return NULL;
	for (unsigned int i = 0; i < book->nr_profiles; i++) {
		const struct stlb_profile_info *p = &book->profiles[i];
		const struct stlb_rule *r = rule_row(book, t, p);

		if (rule_decides(p, plane) && binds(r, plane))
			lines = list_add(lines,
					 text_printf("%s %s: %s (%s)", p->name,
						     rule_need(r->need), r->why,
						     r->cite));
	}
	return lines;
}
