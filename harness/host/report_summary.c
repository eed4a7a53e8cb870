// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stays on the terminal: the matrix of verdicts, what needs attention,
 * and the totals. Only the matrix is laid out by columns; it never wraps.
 */

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "report.h"
#include "rule_text.h"
#include "words.h"

#define COLUMN 9 /* the longest entry, "XFAIL 9r ", and a blank */
#define NAME_MIN 12

struct paper {
	FILE *f;
	const struct run *run;
	size_t width;
	size_t name; /* width of the column of names */
	bool colour;
};

static const char *colour_of(enum verdict v)
{
	static const char *const colours[NR_VERDICTS] = {
		[VERDICT_PASS] = "\033[32m",  [VERDICT_FAIL] = "\033[1;31m",
		[VERDICT_XFAIL] = "\033[33m", [VERDICT_XPASS] = "\033[1;31m",
		[VERDICT_SKIP] = "\033[36m",  [VERDICT_INFRA] = "\033[1;35m",
	};

	return colours[v];
}

static void put_verdict(const struct paper *p, enum verdict v)
{
	if (p->colour)
		fputs(colour_of(v), p->f);
	fputs(verdict_name(v), p->f);
	if (p->colour)
		fputs("\033[0m", p->f);
}

static char need_letter(enum stlb_need need)
{
	static const char letters[] = {
		[STLB_NO_ROW] = ' ',
		[STLB_REQUIRED] = 'r',
		[STLB_OPTIONAL] = 'o',
		[STLB_UNWANTED] = 'u',
	};

	return letters[need];
}

/*
 * A verdict, how often the secondary-TLB op was called for these pages, and
 * what the rule wants of it: "PASS 1r".
 */
static void put_entry(const struct paper *p, const struct cell *cell,
		      const struct result *r, bool last)
{
	enum stlb_need need = rule_op_need(
		cell->arch->rules, r->test->id,
		cell->release ? word_release(cell->release, true) : 0);
	const char *verdict = verdict_name(report_verdict(r));
	char told[] = "   ";

	for (size_t i = 0; i < r->nr_data; i++) {
		long long nr = r->data[i].value;

		if (strcmp(r->data[i].name, "callbacks"))
			continue;
		told[1] = nr >= 0 && nr <= 9 ? '0' + nr : '+';
		told[2] = need_letter(need);
	}
	put_verdict(p, report_verdict(r));
	fputs(told, p->f);
	if (!last)
		fprintf(p->f, "%*s",
			COLUMN - (int)(strlen(verdict) + strlen(told)), "");
}

static void put_text(const struct paper *p, const char *s)
{
	char *clean = escape_text(s, false);

	fputs(clean, p->f);
	free(clean);
}

static size_t columns_that_fit(const struct paper *p, size_t from)
{
	size_t n = 0;

	while (from + n < p->run->nr_cells) {
		size_t at = p->name + n * COLUMN;
		size_t head = strlen(p->run->cells[from + n].name);

		if (n && at + (head > COLUMN ? head : COLUMN) >= p->width)
			break;
		n++;
	}
	return n;
}

/* A cell's name stands above its column, with a line down to it. */
static void put_heads(const struct paper *p, size_t from, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		size_t at = p->name + i * COLUMN;
		int room = p->width > at + 1 ? p->width - at - 1 : 0;

		fprintf(p->f, "%*s", (int)p->name, "");
		for (size_t k = 0; k < i; k++)
			fprintf(p->f, "%-*s", COLUMN, "|");
		fprintf(p->f, "%.*s\n", room, p->run->cells[from + i].name);
	}
}

static void put_block(const struct paper *p, size_t from, size_t nr)
{
	const struct cell *cells = &p->run->cells[from];

	fputc('\n', p->f);
	put_heads(p, from, nr);
	for (size_t t = 0; t < cells[0].nr_results; t++) {
		fprintf(p->f, "%-*.*s", (int)p->name, (int)p->name - 1,
			cells[0].results[t].test->name);
		for (size_t i = 0; i < nr; i++)
			put_entry(p, &cells[i], &cells[i].results[t],
				  i + 1 == nr);
		fputc('\n', p->f);
	}
}

/* All cells have the same tests. */
static void put_matrix(struct paper *p)
{
	const struct run *run = p->run;
	size_t nr;

	for (size_t t = 0; t < run->cells[0].nr_results; t++) {
		size_t len = strlen(run->cells[0].results[t].test->name) + 1;

		if (len > p->name)
			p->name = len;
	}
	if (p->name + COLUMN >= p->width)
		p->name = p->width > COLUMN + NAME_MIN ? p->width - COLUMN :
							 NAME_MIN;
	for (size_t c = 0; c < run->nr_cells; c += nr) {
		nr = columns_that_fit(p, c);
		put_block(p, c, nr);
	}
}

static void put_legend(const struct paper *p)
{
	static const char legend[] =
		"1r: told once (+: more than 9 times); r required, o optional, u unwanted";

	fprintf(p->f, "\n%.*s\n", p->width ? (int)p->width - 1 : 0, legend);
}

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
	put_text(p, command);
	fputc('\n', p->f);
	free(command);
}

static void put_failure(const struct paper *p, const struct cell *cell,
			const struct result *r)
{
	enum verdict v = report_verdict(r);

	fputc('\n', p->f);
	put_verdict(p, v);
	fprintf(p->f, " %s %s", cell->name, r->test->name);
	if (v == VERDICT_FAIL && r->signature && *r->signature)
		fprintf(p->f, " (%s)", r->signature);
	fprintf(p->f, ": ");
	put_text(p, report_reason(cell, r));
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
	put_verdict(p, v);
	fprintf(p->f, " %s %s", cell->name, r->test->name);
	if (nr > 1)
		fprintf(p->f, " and %ld more", nr - 1);
	fprintf(p->f, ": ");
	put_text(p, report_reason(cell, r));
	fputc('\n', p->f);
	if (v == VERDICT_INFRA)
		put_command(p, cell, nr > 1 ? NULL : r);
}

/* XFAIL, SKIP and INFRA: once for each reason. */
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
		put_text(p, p->run->dir);
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
		put_verdict(p, VERDICT_INFRA);
		fprintf(p->f, " %s could not be judged", cell->name);
		if (cell->shows) {
			fprintf(p->f, ", so this was not shown: ");
			put_text(p, cell->shows);
		}
		fputc('\n', p->f);
	}
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
	if (run->nr_cells) {
		put_matrix(&p);
		put_legend(&p);
	}
	put_groups(&p, VERDICT_XFAIL);
	put_groups(&p, VERDICT_SKIP);
	put_groups(&p, VERDICT_INFRA);
	for (size_t i = 0; i < run->nr_cells; i++)
		put_failures(&p, &run->cells[i]);
	put_totals(&p);
}
