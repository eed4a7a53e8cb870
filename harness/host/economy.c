// SPDX-License-Identifier: GPL-2.0-only

#include "economy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"
#include "message.h"
#include "reread.h"
#include "run.h"
#include "text.h"
#include "trace.h"
#include "words.h"

/* "all/524288 x64", and two blanks */
#define COLUMN 16

/* What one test of one cell saw. */
struct cost {
	bool known; /* it passed or failed, and has a trace */
	unsigned long long changed; /* pages; 0: not in these results */
	struct trace_cost op;
};

struct row {
	const char *test;
	struct cost *cells; /* one for each */
	double worst; /* pages told for each that changed; everything: more than any */
};

static struct cost cost_of(const json_t *test)
{
	const json_t *trace = json_object_get(test, "trace");
	const json_t *data = json_object_get(test, "data");
	const char *verdict = reread_string(test, "verdict");
	struct cost c = {
		/* What the CPUs flush is in traces of tests that count no callbacks. */
		.known = json_is_array(trace) && strcmp(verdict, "SKIP") &&
			 strcmp(verdict, "INFRA") &&
			 !json_object_get(data, "run.flushes"),
	};

	if (!c.known)
		return c;
	c.changed = json_integer_value(json_object_get(data, "pages"));
	c.op = trace_cost(trace);
	return c;
}

static double badness(const struct cost *c)
{
	if (!c->known || !c->changed)
		return 0;
	return c->op.all ? 1e12 + c->op.all : (double)c->op.told / c->changed;
}

/* NULL: no cell has a trace of it. */
static struct row *row_of(const json_t *cells, const char *test)
{
	struct row *row = alloc_zero(1, sizeof(*row));
	const json_t *cell;
	bool known = false;
	size_t c;

	row->test = test;
	row->cells = alloc_zero(json_array_size(cells), sizeof(*row->cells));
	json_array_foreach(cells, c, cell) {
		const json_t *t = reread_test(cell, test);
		double bad;

		if (t)
			row->cells[c] = cost_of(t);
		known |= row->cells[c].known;
		bad = badness(&row->cells[c]);
		row->worst = bad > row->worst ? bad : row->worst;
	}
	if (known)
		return row;
	free(row->cells);
	free(row);
	return NULL;
}

static int worst_first(const void *a, const void *b)
{
	const struct row *left = *(struct row *const *)a;
	const struct row *right = *(struct row *const *)b;

	if (left->worst != right->worst)
		return left->worst < right->worst ? 1 : -1;
	return strcmp(left->test, right->test);
}

/* ---- the table ---------------------------------------------------------- */

static void put(const char *text, size_t width)
{
	char *clean = escape_text(text, false);

	printf("%-*s", (int)width, clean);
	free(clean);
}

static void put_cost(const struct cost *c)
{
	char text[64];
	int len;

	if (!c->known) {
		printf("%-*s", COLUMN, "-");
		return;
	}
	len = c->op.all ? snprintf(text, sizeof(text), "all/%llu", c->changed) :
		       snprintf(text, sizeof(text), "%llu%s/%llu", c->op.told,
				c->op.cut ? "+" : "", c->changed);
	if (c->op.calls > 1)
		snprintf(text + len, sizeof(text) - len, " x%u%s", c->op.calls,
			 c->op.cut ? "+" : "");
	printf("%-*s", COLUMN, text);
}

static void print_table(const json_t *cells, struct row *const *rows,
			size_t nr)
{
	size_t name = strlen("test") + 1, shown = 0, c;
	const json_t *cell;

	while (shown < nr && rows[shown]->worst > 1)
		shown++;
	for (size_t i = 0; i < shown; i++)
		if (strlen(rows[i]->test) >= name)
			name = strlen(rows[i]->test) + 1;
	if (shown) {
		put("test", name);
		json_array_foreach(cells, c, cell)
			put(reread_string(cell, "name"), COLUMN);
		putchar('\n');
	}
	for (size_t i = 0; i < shown; i++) {
		put(rows[i]->test, name);
		for (c = 0; c < json_array_size(cells); c++)
			put_cost(&rows[i]->cells[c]);
		putchar('\n');
	}
	printf("%zu of %zu tests: secondary TLBs are told of more pages than changed (told/changed xCALLBACKS)\n",
	       shown, nr);
}

/* ---- the file ----------------------------------------------------------- */

static void write_rows(FILE *f, const json_t *cells, struct row *const *rows,
		       size_t nr)
{
	const json_t *cell;
	size_t c;

	fprintf(f, "cell\ttest\tchanged\ttold\tcallbacks\tof_everything\tcut\n");
	for (size_t i = 0; i < nr; i++)
		json_array_foreach(cells, c, cell) {
			const struct cost *cost = &rows[i]->cells[c];
			char *name, *test;

			if (!cost->known)
				continue;
			name = escape_text(reread_string(cell, "name"), false);
			test = escape_text(rows[i]->test, false);
			fprintf(f, "%s\t%s\t%llu\t%llu\t%u\t%u\t%d\n", name, test,
				cost->changed, cost->op.told, cost->op.calls,
				cost->op.all, cost->op.cut);
			free(name);
			free(test);
		}
}

/* Next to results.json. */
static int write_file(const char *path, const json_t *cells,
		      struct row *const *rows, size_t nr)
{
	char *dir = reread_dir(path);
	char *file = text_printf("%s/economy.tsv", dir);
	FILE *f = fopen(file, "we");
	int err = 0;

	if (f)
		write_rows(f, cells, rows, nr);
	if (!f || ferror(f) | fclose(f)) {
		message("cannot write %s: %s", file, strerror(errno));
		err = RUN_INFRA;
	}
	free(file);
	free(dir);
	return err;
}

/* All tests that any cell has, each once. */
static struct row **find_rows(const json_t *cells, size_t *nr)
{
	struct row **rows = NULL;
	const json_t *cell, *test;
	char **seen = NULL;
	size_t c, t;

	*nr = 0;
	json_array_foreach(cells, c, cell)
		json_array_foreach(json_object_get(cell, "tests"), t, test) {
			const char *name = reread_string(test, "name");
			struct row *row;

			if (list_has(seen, name))
				continue;
			seen = list_add(seen, text_dup(name));
			row = row_of(cells, name);
			if (!row)
				continue;
			rows = alloc_grow(rows, *nr + 1, sizeof(*rows));
			rows[(*nr)++] = row;
		}
	list_free(seen);
	return rows;
}

int economy(const struct options *opt)
{
	json_t *results = reread(opt->words[0]);
	const json_t *cells = json_object_get(results, "cells");
	struct row **rows;
	size_t nr;
	int status;

	if (!results)
		return RUN_USAGE;
	rows = find_rows(cells, &nr);
	if (nr)
		qsort(rows, nr, sizeof(*rows), worst_first);
	print_table(cells, rows, nr);
	status = write_file(opt->words[0], cells, rows, nr);
	for (size_t i = 0; i < nr; i++) {
		free(rows[i]->cells);
		free(rows[i]);
	}
	free(rows);
	json_decref(results);
	return status;
}
