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

struct history {
	char *dir;
	json_t *results;
	json_t *cells; /* by name, each an object: its tests by name */
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
	json_t *cells = json_object(), *cell, *test;
	size_t c, t;

	json_array_foreach(json_object_get(results, "cells"), c, cell) {
		json_t *tests = json_object();

		json_array_foreach(json_object_get(cell, "tests"), t, test)
			json_object_set(tests, reread_string(test, "name"),
					test);
		json_object_set_new(cells, reread_string(cell, "name"), tests);
	}
	return cells;
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

static double seconds_of(const json_t *object)
{
	return json_number_value(json_object_get(object, "seconds"));
}

/* What that cell took besides its tests: the kernel, the boots. */
static double besides(const struct history *h, const struct cell *cell)
{
	const json_t *was = reread_cell(h->results, cell->name), *test;
	double left = seconds_of(was);
	size_t i;

	json_array_foreach(json_object_get(was, "tests"), i, test)
		left -= seconds_of(test);
	return left > 0 ? left : 0;
}

/* A test that was not there takes no time: there are few. */
static double cell_left(const struct history *h, const struct cell *cell)
{
	double left = cell->stage < CELL_TESTING ? besides(h, cell) : 0;

	if (cell->stage == CELL_DONE)
		return 0;
	for (size_t i = 0; i < cell->nr_results; i++)
		if (cell->results[i].verdict == VERDICT_NONE)
			left += seconds_of(
				history_test(h, cell, &cell->results[i]));
	return left;
}

double history_left(const struct history *h, const struct run *run)
{
	double longest = 0, all = 0, left;

	if (!h)
		return -1;
	for (size_t i = 0; i < run->nr_cells; i++) {
		left = cell_left(h, &run->cells[i]);
		longest = left > longest ? left : longest;
		all += left;
	}
	all /= run->opt->jobs ? run->opt->jobs : 1;
	return all > longest ? all : longest;
}
