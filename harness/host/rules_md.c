// SPDX-License-Identifier: GPL-2.0-only
/*
 * build/host/rules-md: prints docs/rules.md, from the rule tables alone.
 */

#include <stdio.h>
#include <stdlib.h>

#include "arch.h"
#include "catalogue.h"
#include "rule_text.h"
#include "text.h"

/* One cell of a Markdown table. */
static void cell(const char *s)
{
	printf("| ");
	for (; *s; s++) {
		if (*s == '|' || *s == '<' || *s == '\\' || *s == '*')
			putchar('\\');
		putchar(*s == '\n' ? ' ' : *s);
	}
	putchar(' ');
}

static bool is_watched(const struct stlb_profile_info *profile)
{
	return stlb_watches(profile, STLB_NOTIFIER_PLANE) ||
	       stlb_watches(profile, STLB_DEVICE_PLANE) ||
	       stlb_watches(profile, STLB_CPU_PLANE);
}

static void profiles(void)
{
	printf("## Profiles\n\n"
	       "A profile is a kind of secondary TLB. Its rows decide verdicts where tests can\n"
	       "watch it; a row that binds nobody on some kernels says why, and is reported.\n\n"
	       "| architecture | profile | judged on | decides verdicts |\n"
	       "|---|---|---|---|\n");
	for (const struct stlb_arch *a = stlb_archs; a->name; a++) {
		for (unsigned int i = 0; i < a->rules->nr_profiles; i++) {
			const struct stlb_profile_info *p =
				&a->rules->profiles[i];

			cell(a->name);
			cell(p->name);
			cell(rule_plane(p));
			cell(is_watched(p) ? "yes" : "no");
			printf("|\n");
		}
	}
}

static void why(const struct stlb_rule *r)
{
	char *exempt = rule_exemptions(r);
	char *text = text_printf("%s%s%s", r->why, *exempt ? "; " : "", exempt);

	cell(text);
	free(exempt);
	free(text);
}

static void transition(enum stlb_transition t)
{
	printf("\n## %s\n\n%s.\n\n"
	       "| architecture | profile | telling it is | source | why |\n"
	       "|---|---|---|---|---|\n",
	       catalogue_transitions[t].name, catalogue_transitions[t].what);
	for (const struct stlb_arch *a = stlb_archs; a->name; a++) {
		for (unsigned int i = 0; i < a->rules->nr_profiles; i++) {
			const struct stlb_profile_info *p =
				&a->rules->profiles[i];
			const struct stlb_rule *r = rule_row(a->rules, t, p);

			if (r->need == STLB_NO_ROW)
				continue;
			cell(a->name);
			cell(p->name);
			cell(rule_need(r->need));
			cell(r->cite);
			why(r);
			printf("|\n");
		}
	}
}

int main(void)
{
	printf("<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
	       "<!-- Made from arch/*/rules.c by `make docs`; do not edit. -->\n\n"
	       "# Rules\n\n"
	       "What each kind of secondary TLB needs at each transition. REQUIRED: each page\n"
	       "whose entry changed must be told, after its entry changed. OPTIONAL: telling it\n"
	       "or not are both right. UNWANTED: nothing changed, so telling it is a fault, unless\n"
	       "a change near by is told with it: a range may be wider than what changed.\n\n");
	profiles();
	for (int t = 0; t < STLB_NR_TRANSITIONS; t++)
		transition(t);
	return fflush(stdout) || ferror(stdout);
}
