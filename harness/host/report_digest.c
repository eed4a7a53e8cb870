// SPDX-License-Identifier: GPL-2.0-only
/*
 * The summary of many tests: by family, by finding, by reason. A line each, which never
 * wraps.
 */

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "report_paper.h"
#include "text.h"
#include "words.h"

#define COLUMN 11 /* "100 INFRA", and two blanks */
#define SKIP_LINES 8

/* ---- families ----------------------------------------------------------- */

static void put_entry(const struct paper *p, const struct cell *cell,
		      const char *family, bool last)
{
	static const enum verdict bad[] = { VERDICT_FAIL, VERDICT_XPASS,
					    VERDICT_INFRA };
	struct tally t = { { 0 } };
	int len;

	for (size_t i = 0; i < cell->nr_results; i++)
		if (!strcmp(cell->results[i].test->family, family))
			t.nr[report_verdict(&cell->results[i])]++;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!t.nr[bad[i]])
			continue;
		len = fprintf(p->f, "%zu ", t.nr[bad[i]]);
		paper_verdict(p, bad[i]);
		len += strlen(verdict_name(bad[i]));
		if (!last)
			fprintf(p->f, "%*s", len < COLUMN ? COLUMN - len : 1,
				"");
		return;
	}
	fprintf(p->f, "%-*s", last ? 0 : COLUMN,
		t.nr[VERDICT_PASS] || t.nr[VERDICT_XFAIL] ? "ok" : "skip");
}

/* The catalogue has a family's tests one after the other. */
static bool begins_family(const struct cell *cell, size_t i)
{
	return !i || strcmp(cell->results[i - 1].test->family,
			    cell->results[i].test->family);
}

/* Has it a test that asks for a look, in any cell? */
static bool is_well(const struct run *run, const char *family)
{
	for (size_t c = 0; c < run->nr_cells; c++)
		for (size_t i = 0; i < run->cells[c].nr_results; i++) {
			const struct result *r = &run->cells[c].results[i];

			if (!strcmp(r->test->family, family) &&
			    report_is_bad(report_verdict(r)))
				return false;
		}
	return true;
}

/* So few families that are well have a line each. */
#define FEW_FAMILIES 3

static char **well_families(const struct run *run)
{
	const struct cell *first = &run->cells[0];
	char **names = NULL;

	for (size_t i = 0; i < first->nr_results; i++)
		if (begins_family(first, i) &&
		    is_well(run, first->results[i].test->family))
			names = list_add(
				names,
				text_dup(first->results[i].test->family));
	if (list_len(names) > FEW_FAMILIES)
		return names;
	list_free(names);
	return NULL;
}

/* In lines that do not wrap */
static void put_well(const struct paper *p, char *const *names)
{
	size_t at = 0;

	fprintf(p->f, "\nall well, or skipped, in every cell:");
	for (at = p->width; *names; names++) {
		if (at + strlen(*names) + 2 >= p->width) {
			fprintf(p->f, "\n ");
			at = 1;
		}
		at += fprintf(p->f, " %s", *names);
	}
	fputc('\n', p->f);
}

static void put_block(const struct paper *p, char *const *well, size_t from,
		      size_t nr)
{
	const struct cell *cells = &p->run->cells[from];

	fputc('\n', p->f);
	paper_heads(p, from, nr, COLUMN);
	for (size_t i = 0; i < cells[0].nr_results; i++) {
		const char *family = cells[0].results[i].test->family;

		if (!begins_family(&cells[0], i) || list_has(well, family))
			continue;
		fprintf(p->f, "%-*s", (int)p->name, family);
		for (size_t c = 0; c < nr; c++)
			put_entry(p, &cells[c], family, c + 1 == nr);
		fputc('\n', p->f);
	}
}

void paper_families(struct paper *p)
{
	const struct cell *first = &p->run->cells[0];
	char **well = well_families(p->run), **all = NULL;
	size_t nr, len;

	for (size_t i = 0; i < first->nr_results; i++) {
		len = strlen(first->results[i].test->family) + 1;
		if (len > p->name)
			p->name = len;
		if (!list_has(all, first->results[i].test->family))
			all = list_add(
				all, text_dup(first->results[i].test->family));
	}
	for (size_t c = 0;
	     c < p->run->nr_cells && list_len(well) < list_len(all); c += nr) {
		nr = paper_columns(p, c, COLUMN);
		put_block(p, well, c, nr);
	}
	if (well)
		put_well(p, well);
	list_free(well);
	list_free(all);
	fprintf(p->f, "--verbose has a line for each test\n");
}

/* ---- reasons ------------------------------------------------------------ */

struct reason {
	char *text;
	size_t nr; /* tests */
};

struct reasons {
	struct reason *all;
	size_t nr;
};

static void add_reason(struct reasons *r, char *text)
{
	size_t i = 0;

	while (i < r->nr && strcmp(r->all[i].text, text))
		i++;
	if (i < r->nr) {
		free(text);
	} else {
		r->all = alloc_grow(r->all, r->nr + 1, sizeof(*r->all));
		r->all[r->nr++] = (struct reason){ .text = text };
	}
	r->all[i].nr++;
}

static int most_first(const void *a, const void *b)
{
	const struct reason *left = a, *right = b;

	if (left->nr != right->nr)
		return left->nr < right->nr ? 1 : -1;
	return strcmp(left->text, right->text);
}

/* Of all tests with this verdict; @name makes a reason of what the report says. */
static struct reasons find_reasons(const struct run *run, enum verdict v,
				   char *(*name)(const char *))
{
	struct reasons found = { .nr = 0 };

	for (size_t c = 0; c < run->nr_cells; c++) {
		const struct cell *cell = &run->cells[c];

		for (size_t i = 0; i < cell->nr_results; i++)
			if (report_verdict(&cell->results[i]) == v)
				add_reason(&found,
					   name(report_reason(
						   cell, &cell->results[i])));
	}
	if (found.nr)
		qsort(found.all, found.nr, sizeof(*found.all), most_first);
	return found;
}

static void free_reasons(struct reasons *r)
{
	for (size_t i = 0; i < r->nr; i++)
		free(r->all[i].text);
	free(r->all);
}

static void put_reason(const struct paper *p, enum verdict v, size_t nr,
		       const char *text)
{
	char *head = text_printf(" %5zu %s  ", nr, nr == 1 ? "test " : "tests");
	size_t used = strlen(verdict_name(v)) + strlen(head) + 1;
	char *cut = text_printf(
		"%.*s", p->width > used ? (int)(p->width - used) : 0, text);

	paper_verdict(p, v);
	fputs(head, p->f);
	paper_text(p, cut);
	fputc('\n', p->f);
	free(cut);
	free(head);
}

/* "docs/findings/NAME.md", which tells the whole story, or the reason itself */
static char *finding_of(const char *reason)
{
	const char *finding = strstr(reason, "docs/findings/");

	if (!finding)
		return text_dup(reason);
	return text_printf("%.*s", (int)strcspn(finding, ") ;,"), finding);
}

void paper_known_bugs(const struct paper *p)
{
	struct reasons found = find_reasons(p->run, VERDICT_XFAIL, finding_of);

	if (found.nr)
		fputc('\n', p->f);
	for (size_t i = 0; i < found.nr; i++)
		put_reason(p, VERDICT_XFAIL, found.all[i].nr,
			   found.all[i].text);
	free_reasons(&found);
}

void paper_skips(const struct paper *p)
{
	struct reasons found = find_reasons(p->run, VERDICT_SKIP, text_dup);
	size_t shown = found.nr <= SKIP_LINES + 1 ? found.nr : SKIP_LINES;
	size_t others = 0;
	char *text;

	if (found.nr)
		fputc('\n', p->f);
	for (size_t i = 0; i < shown; i++)
		put_reason(p, VERDICT_SKIP, found.all[i].nr, found.all[i].text);
	for (size_t i = shown; i < found.nr; i++)
		others += found.all[i].nr;
	if (others) {
		text = text_printf("for %zu other reasons", found.nr - shown);
		put_reason(p, VERDICT_SKIP, others, text);
		free(text);
	}
	free_reasons(&found);
}
