// SPDX-License-Identifier: GPL-2.0-only

#include "history.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "options.h"
#include "reread.h"
#include "text.h"

/* Of so many of the newest runs one must be it. */
#define RUNS_MAX 16

/* Seconds that a cell of the run took then: the table asks again with each verdict. */
struct times {
	double besides; /* the kernel and the boots */
	double *tests; /* [nr_results] */
};

struct history {
	char *dir;
	json_t *results;
	json_t *cells; /* by name, each an object: its tests by name */
	struct times *times; /* [nr_cells] */
	size_t nr_cells;
};

/* results_make() names them by their time. */
static int is_run(const struct dirent *d)
{
	size_t digits = strspn(d->d_name, "0123456789");

	return digits == 8 && d->d_name[8] == 'T';
}

static bool has_cells(const json_t *results, const struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++) {
		const json_t *cell = reread_cell(results, run->cells[i].name);

		if (!cell ||
		    strcmp(reread_string(cell, "kernel"), run->cells[i].kernel))
			return false;
	}
	return run->nr_cells;
}

static json_t *by_name(const json_t *results)
{
	json_t *cells = json_object(), *cell;
	size_t c;

	json_array_foreach(json_object_get(results, "cells"), c, cell)
		json_object_set_new(cells, reread_string(cell, "name"),
				    reread_by_name(cell));
	return cells;
}

static double seconds_of(const json_t *object)
{
	return json_number_value(json_object_get(object, "seconds"));
}

static double besides(const json_t *cell)
{
	double left = seconds_of(cell);
	const json_t *test;
	size_t i;

	json_array_foreach(json_object_get(cell, "tests"), i, test)
		left -= seconds_of(test);
	return left > 0 ? left : 0;
}

/* A test that was not there takes no time: there are few. */
static void take_times(struct history *h, const struct run *run)
{
	h->nr_cells = run->nr_cells;
	h->times = alloc_zero(run->nr_cells, sizeof(*h->times));
	for (size_t c = 0; c < run->nr_cells; c++) {
		const struct cell *cell = &run->cells[c];
		struct times *t = &h->times[c];

		t->besides = besides(reread_cell(h->results, cell->name));
		t->tests = alloc_zero(cell->nr_results + 1, sizeof(*t->tests));
		for (size_t i = 0; i < cell->nr_results; i++)
			t->tests[i] = seconds_of(
				history_test(h, cell, &cell->results[i]));
	}
}

/* Takes @dir. */
static struct history *take(char *dir, const struct run *run)
{
	char *file = text_printf("%s/results.json", dir);
	json_t *results = access(file, R_OK) ? NULL : reread_quietly(file);
	struct history *h = NULL;

	free(file);
	if (results && has_cells(results, run)) {
		h = alloc_zero(1, sizeof(*h));
		h->dir = dir;
		h->results = results;
		h->cells = by_name(results);
		take_times(h, run);
		return h;
	}
	json_decref(results);
	free(dir);
	return NULL;
}

struct history *history_find(const struct run *run, const char *out)
{
	struct history *h = NULL;
	struct dirent **names;
	int nr = scandir(out, &names, is_run, alphasort);

	if (nr < 0)
		return NULL;
	for (int i = nr - 1; i >= 0; i--) {
		if (!h && nr - i <= RUNS_MAX)
			h = take(text_printf("%s/%s", out, names[i]->d_name),
				 run);
		free(names[i]);
	}
	free(names);
	return h;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	json_decref(h->results);
	json_decref(h->cells);
	for (size_t c = 0; c < h->nr_cells; c++)
		free(h->times[c].tests);
	free(h->times);
	free(h->dir);
	free(h);
}

const char *history_dir(const struct history *h)
{
	return h->dir;
}

const char *history_started(const struct history *h)
{
	return reread_string(h->results, "started");
}

const json_t *history_test(const struct history *h, const struct cell *cell,
			   const struct result *r)
{
	return json_object_get(json_object_get(h->cells, cell->name),
			       r->test->name);
}

/* ---- time ---------------------------------------------------------------- */

static double cell_left(const struct times *t, const struct cell *cell)
{
	double left = cell->stage < CELL_TESTING ? t->besides : 0;

	if (cell->stage == CELL_DONE)
		return 0;
	for (size_t i = 0; i < cell->nr_results; i++)
		if (cell->results[i].verdict == VERDICT_NONE)
			left += t->tests[i];
	return left;
}

double history_left(const struct history *h, const struct run *run)
{
	double longest = 0, all = 0, left;

	if (!h)
		return -1;
	for (size_t i = 0; i < run->nr_cells; i++) {
		left = cell_left(&h->times[i], &run->cells[i]);
		longest = left > longest ? left : longest;
		all += left;
	}
	all /= run->opt->jobs ? run->opt->jobs : 1;
	return all > longest ? all : longest;
}
