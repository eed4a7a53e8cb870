// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stays on the terminal: verdicts by test, or by family where those are many; what
 * needs attention; and the totals.
 */

#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "report_paper.h"
#include "rule_text.h"
#include "words.h"

/* So many tests have a line each. */
#define SHORT 16

static void put_rules(const struct paper *p, const struct cell *cell,
		      const struct result *r)
{
	char **rules = rule_lines(cell, r);

	for (char **rule = rules; rule && *rule; rule++)
		fprintf(p->f, "  rule: %s\n", *rule);
	list_free(rules);
}

static void put_command(const struct paper *p, const struct cell *cell,
			const struct result *r)
{
	char *command = report_reproduce(p->run, cell, r);

	fprintf(p->f, "  ");
	paper_text(p, command);
	fputc('\n', p->f);
	free(command);
}

static void put_failure(const struct paper *p, const struct cell *cell,
			const struct result *r)
{
	enum verdict v = report_verdict(r);

	fputc('\n', p->f);
	paper_verdict(p, v);
	fprintf(p->f, " %s %s", cell->name, r->test->name);
	if (v == VERDICT_FAIL && r->signature && *r->signature)
		fprintf(p->f, " (%s)", r->signature);
	fprintf(p->f, ": ");
	paper_text(p, report_reason(cell, r));
	fputc('\n', p->f);
	if (v == VERDICT_FAIL)
		put_rules(p, cell, r);
	put_command(p, cell, r);
}

/* FAIL and XPASS, one by one. */
static void put_failures(const struct paper *p, const struct cell *cell)
{
	for (size_t i = 0; i < cell->nr_results; i++) {
		enum verdict v = cell->results[i].verdict;

		if (v == VERDICT_FAIL || v == VERDICT_XPASS)
			put_failure(p, cell, &cell->results[i]);
	}
}

static bool same(const struct cell *a, const struct result *ra,
		 const struct cell *b, const struct result *rb)
{
	return report_verdict(ra) == report_verdict(rb) &&
	       !strcmp(report_reason(a, ra), report_reason(b, rb));
}

/* Results with one verdict for one reason; -1 if an earlier one leads them. */
static long count_same(const struct run *run, const struct cell *cell,
		       const struct result *r)
{
	long nr = 0;

	for (size_t c = 0; c < run->nr_cells; c++) {
		const struct cell *other = &run->cells[c];

		for (size_t i = 0; i < other->nr_results; i++) {
			const struct result *o = &other->results[i];

			if (o == r && nr)
				return -1;
			nr += same(other, o, cell, r);
		}
	}
	return nr;
}

static void put_group(const struct paper *p, const struct cell *cell,
		      const struct result *r)
{
	enum verdict v = report_verdict(r);
	long nr = count_same(p->run, cell, r);

	if (nr < 0)
		return;
	fputc('\n', p->f);
	paper_verdict(p, v);
	fprintf(p->f, " %s %s", cell->name, r->test->name);
	if (nr > 1)
		fprintf(p->f, " and %ld more", nr - 1);
	fprintf(p->f, ": ");
	paper_text(p, report_reason(cell, r));
	fputc('\n', p->f);
	if (v == VERDICT_INFRA)
		put_command(p, cell, nr > 1 ? NULL : r);
}

/* Once for each reason. */
static void put_groups(const struct paper *p, enum verdict v)
{
	for (size_t c = 0; c < p->run->nr_cells; c++) {
		const struct cell *cell = &p->run->cells[c];

		for (size_t i = 0; i < cell->nr_results; i++)
			if (report_verdict(&cell->results[i]) == v)
				put_group(p, cell, &cell->results[i]);
	}
}

static void put_totals(const struct paper *p)
{
	struct tally t = { { 0 } };
	char *tally;

	for (size_t i = 0; i < p->run->nr_cells; i++)
		report_count(&t, &p->run->cells[i]);
	tally = report_tally(&t);
	fprintf(p->f, "\n%s%s", tally,
		p->run->interrupted ? ", interrupted" : "");
	free(tally);
	if (p->run->dir) {
		fprintf(p->f, "; results in ");
		paper_text(p, p->run->dir);
	}
	fputc('\n', p->f);
}

/* First, for what is missing is easily overlooked. */
static void put_not_judged(const struct paper *p)
{
	for (size_t i = 0; i < p->run->nr_cells; i++) {
		const struct cell *cell = &p->run->cells[i];

		if (!cell->infra)
			continue;
		paper_verdict(p, VERDICT_INFRA);
		fprintf(p->f, " %s could not be judged", cell->name);
		if (cell->shows) {
			fprintf(p->f, ", so this was not shown: ");
			paper_text(p, cell->shows);
		}
		fputc('\n', p->f);
	}
}

static void put_all_failures(const struct paper *p)
{
	for (size_t i = 0; i < p->run->nr_cells; i++)
		put_failures(p, &p->run->cells[i]);
}

static void put_all(struct paper *p)
{
	if (p->run->nr_cells)
		paper_matrix(p);
	put_groups(p, VERDICT_XFAIL);
	put_groups(p, VERDICT_SKIP);
	put_groups(p, VERDICT_INFRA);
	put_all_failures(p);
}

/* Does each test have room on a screen, or is wanted anyway? */
static bool is_short(const struct run *run)
{
	return run->opt->verbose || run->cells[0].nr_results <= SHORT;
}

void summary_print(FILE *f, const struct run *run, unsigned int width,
		   bool colour)
{
	struct paper p = {
		.f = f,
		.run = run,
		.width = width,
		.colour = colour,
	};

	put_not_judged(&p);
	if (!run->nr_cells || is_short(run)) {
		put_all(&p);
	} else {
		paper_families(&p);
		put_groups(&p, VERDICT_INFRA);
		put_all_failures(&p);
		paper_known_bugs(&p);
		paper_skips(&p);
	}
	paper_changes(&p);
	put_totals(&p);
}
