// SPDX-License-Identifier: GPL-2.0-only
/* The matrix of verdicts, test by test: laid out by columns, it never wraps. */

#include <string.h>

#include "report_paper.h"
#include "rule_text.h"
#include "words.h"

#define COLUMN 9 /* the longest entry, "XFAIL 9r ", and a blank */
#define NAME_MIN 12

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
	paper_verdict(p, report_verdict(r));
	fputs(told, p->f);
	if (!last)
		fprintf(p->f, "%*s",
			COLUMN - (int)(strlen(verdict) + strlen(told)), "");
}

static void put_block(const struct paper *p, size_t from, size_t nr)
{
	const struct cell *cells = &p->run->cells[from];

	fputc('\n', p->f);
	paper_heads(p, from, nr, COLUMN);
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
static void put_blocks(struct paper *p)
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
		nr = paper_columns(p, c, COLUMN);
		put_block(p, c, nr);
	}
}

static void put_legend(const struct paper *p)
{
	static const char legend[] =
		"1r: told once (+: more than 9 times); r required, o optional, u unwanted";

	fprintf(p->f, "\n%.*s\n", p->width ? (int)p->width - 1 : 0, legend);
}

void paper_matrix(struct paper *p)
{
	put_blocks(p);
	put_legend(p);
}
