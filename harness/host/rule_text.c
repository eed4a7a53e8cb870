// SPDX-License-Identifier: GPL-2.0-only

#include <stddef.h>
#include <stdlib.h>

#include "rule_text.h"
#include "run.h"
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
		return "notifier and mirror plane, by invalidate_range_start/end";
	case STLB_BY_BROADCAST:
		return profile->heard ?
			       "device and CPU plane, by the CPU's own broadcasts" :
			       "CPU plane, by the CPU's own broadcasts";
	case STLB_BY_FLUSH:
		return "CPU plane, by what the CPUs execute";
	}
	return "-";
}

static unsigned int release_of(const struct cell *cell)
{
	return cell->release ? word_release(cell->release, true) : 0;
}

bool rule_decides(const struct cell *cell, const struct test *test,
		  const struct stlb_profile_info *profile)
{
	return test->id != STLB_T_NONE &&
	       stlb_decides(cell->arch->rules, test->id, profile, test->plane,
			    release_of(cell));
}

bool rule_decided(const struct cell *cell, const struct result *result,
		  const struct stlb_profile_info *profile)
{
	return list_has(result->judged, profile->name) &&
	       rule_decides(cell, result->test, profile);
}

const struct stlb_rule *rule_row(const struct stlb_rulebook *book,
				 enum stlb_transition t,
				 const struct stlb_profile_info *profile)
{
	return &book->rules[t][profile->id];
}

enum stlb_need rule_op_need(const struct stlb_rulebook *book,
			    enum stlb_transition t, unsigned int release)
{
	enum stlb_need need = STLB_NO_ROW;

	for (unsigned int i = 0; t >= 0 && i < book->nr_profiles; i++) {
		const struct stlb_profile_info *p = &book->profiles[i];
		enum stlb_need its = rule_row(book, t, p)->need;

		if (p->teller != STLB_BY_NOTIFIER ||
		    !stlb_decides(book, t, p, STLB_NOTIFIER_PLANE, release))
			continue;
		if (its == STLB_REQUIRED || need == STLB_NO_ROW ||
		    need == STLB_OPTIONAL)
			need = its;
	}
	return need;
}

static char *release_text(const char *word, unsigned int release)
{
	return release ? text_printf(" %s %u.%u", word, release >> 16,
				     release & 0xffff) :
			 text_dup("");
}

char *rule_exemptions(const struct stlb_rule *rule)
{
	const struct stlb_exemption *e = rule->exempt;
	char **list = NULL, *text;

	for (; e && e->why; e++) {
		char *since = release_text("from", e->since);
		char *until = release_text("to", e->until);

		list = list_add(list, text_printf("decides no verdict%s%s: %s",
						  since, until, e->why));
		free(since);
		free(until);
	}
	text = list_join(list, "; ");
	list_free(list);
	return text;
}

/* With OPTIONAL everything is right; a device does not mind what is UNWANTED. */
bool rule_binds(enum stlb_need need, enum stlb_plane plane)
{
	return need == STLB_REQUIRED ||
	       (need == STLB_UNWANTED && plane == STLB_NOTIFIER_PLANE);
}

char **rule_lines(const struct cell *cell, const struct result *result)
{
	const struct stlb_rulebook *book = cell->arch->rules;
	const struct test *test = result->test;
	char **lines = NULL;

	for (unsigned int i = 0; i < book->nr_profiles; i++) {
		const struct stlb_profile_info *p = &book->profiles[i];
		const struct stlb_rule *r;

		if (!rule_decided(cell, result, p))
			continue;
		r = rule_row(book, test->id, p);
		if (rule_binds(r->need, test->plane))
			lines = list_add(lines,
					 text_printf("%s %s: %s (%s)", p->name,
						     rule_need(r->need), r->why,
						     r->cite));
	}
	return lines;
}
