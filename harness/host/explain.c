// SPDX-License-Identifier: GPL-2.0-only

#include <stdio.h>
#include <stdlib.h>

#include "arch.h"
#include "catalogue.h"
#include "explain.h"
#include "rule_text.h"
#include "words.h"

static void print_profile(const struct stlb_rulebook *book,
			  enum stlb_transition t,
			  const struct stlb_profile_info *profile)
{
	const struct stlb_rule *r = rule_row(book, t, profile);
	char *exempt;

	printf("    %-14s %s\n", profile->name, rule_need(r->need));
	if (r->need == STLB_NO_ROW)
		return;
	printf("        cite:   %s\n", r->cite);
	printf("        why:    %s\n", r->why);
	printf("        judged: %s\n", rule_plane(profile));
	exempt = rule_exemptions(r);
	if (*exempt)
		printf("        %s\n", exempt);
	free(exempt);
}

static void print_transition(const struct options *opt, enum stlb_transition t)
{
	const struct transition *tr = &catalogue_transitions[t];
	size_t nr;
	const struct test *test = catalogue(&nr);

	printf("%s\n  %s\n  tests:", tr->name, tr->what);
	for (size_t i = 0; i < nr; i++)
		if (test[i].id == t)
			printf(" %s", test[i].name);
	printf("\n");
	for (const struct stlb_arch *a = stlb_archs; a->name; a++) {
		if (opt->archs && !list_has(opt->archs, a->name))
			continue;
		printf("\n  %s\n", a->name);
		for (unsigned int p = 0; p < a->rules->nr_profiles; p++)
			print_profile(a->rules, t, &a->rules->profiles[p]);
	}
}

void explain(const struct options *opt)
{
	size_t nr;
	const struct test *test = catalogue(&nr);
	int last = STLB_T_NONE;
	const char *gap = "";

	for (size_t i = 0; i < nr; i++) {
		if (!catalogue_match(&test[i], opt->explain))
			continue;
		if (test[i].id != STLB_T_NONE && (int)test[i].id == last)
			continue;
		printf("%s", gap);
		if (test[i].id != STLB_T_NONE)
			print_transition(opt, test[i].id);
		else
			printf("%s\n  %s\n  hangs on no transition: no rule belongs to it\n",
			       test[i].name, catalogue_what(&test[i]));
		last = test[i].id;
		gap = "\n";
	}
}
