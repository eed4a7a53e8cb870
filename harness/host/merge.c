// SPDX-License-Identifier: GPL-2.0-only

#include "merge.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "message.h"
#include "report.h"
#include "reread.h"
#include "results.h"
#include "run.h"
#include "shard.h"
#include "text.h"
#include "words.h"

/* The run that all results are shards of. */
struct merger {
	const struct options *opt;
	json_t **results; /* as opt->words */
	size_t nr;
	unsigned int shards;
	json_t *cells; /* in the order of the plan */
	char **missing;
};

/* What all shards of one run have in common. */
static bool belongs(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "options");
	const json_t *y = json_object_get(b, "options");

	return json_equal(json_object_get(a, "plan"),
			  json_object_get(b, "plan")) &&
	       json_equal(json_object_get(a, "stlb"),
			  json_object_get(b, "stlb")) &&
	       json_equal(json_object_get(x, "test"),
			  json_object_get(y, "test"));
}

static int check_shard(struct merger *m, size_t i)
{
	const char *path = m->opt->words[i];
	unsigned int k, n;

	if (!shard_parse(reread_string(m->results[i], "shard"), &k, &n))
		return usage_error(
			"%s was not made with --shard: merge takes the results of shards",
			path);
	if (!i)
		m->shards = n;
	if (n != m->shards || !belongs(m->results[0], m->results[i]))
		return usage_error(
			"%s and %s are not of one run: the number of shards, the matrix, --test or the version differs",
			m->opt->words[0], path);
	return 0;
}

static int load(struct merger *m)
{
	for (char **w = m->opt->words; *w; w++) {
		m->results[m->nr] = reread(*w);
		if (!m->results[m->nr])
			return RUN_USAGE;
		m->nr++;
		if (check_shard(m, m->nr - 1))
			return RUN_USAGE;
	}
	return 0;
}

/* Relative to the results that it came with, the directory is of no use here. */
static json_t *take_cell(const char *path, const json_t *cell)
{
	json_t *copy = json_deep_copy(cell);
	const char *name = reread_string(cell, "dir");
	char *file = reread_file(path), *slash = strrchr(file, '/'), *dir;

	if (slash)
		*slash = '\0';
	dir = realpath(slash ? file : ".", NULL);
	if (dir && *name) {
		char *whole = text_printf("%s/%s", dir, name);

		json_object_set_new(copy, "dir", json_string(whole));
		free(whole);
	}
	free(dir);
	free(file);
	return copy;
}

static int add_cell(struct merger *m, const char *name)
{
	const char *from = NULL;

	for (size_t i = 0; i < m->nr; i++) {
		const json_t *cell = reread_cell(m->results[i], name);
		const char *path = m->opt->words[i];

		if (!cell)
			continue;
		if (from)
			return usage_error(
				"cell %s is both in %s and in %s: give each shard once",
				name, from, path);
		from = path;
		json_array_append_new(m->cells, take_cell(path, cell));
	}
	if (!from)
		m->missing = list_add(m->missing, text_dup(name));
	return 0;
}

static int collect(struct merger *m)
{
	const json_t *plan = json_object_get(m->results[0], "plan"), *name;
	size_t i, nr = 0;

	json_array_foreach(plan, i,
			   name) if (add_cell(m, json_string_value(name) ?:
							 "")) return RUN_USAGE;
	for (i = 0; i < m->nr; i++)
		nr += json_array_size(json_object_get(m->results[i], "cells"));
	if (nr != json_array_size(m->cells))
		return usage_error(
			"a result has a cell that its own plan does not have");
	if (m->missing || !nr) {
		char *all = list_join(m->missing, ", ");

		message("of %u shards %zu are here, and no result of the cells %s: nothing was merged",
			m->shards, m->nr, all);
		free(all);
		return RUN_INFRA;
	}
	return 0;
}

static enum verdict verdict_of(const json_t *test)
{
	for (int v = VERDICT_PASS; v < NR_VERDICTS; v++)
		if (!strcmp(reread_string(test, "verdict"), verdict_name(v)))
			return v;
	return VERDICT_INFRA;
}

/* As run_status() does; it fails closed. */
static enum run_status count(const struct merger *m, struct tally *tally)
{
	const json_t *cell, *test;
	bool whole = true;
	size_t c, t;

	for (c = 0; c < m->nr; c++)
		if (!json_is_false(
			    json_object_get(m->results[c], "interrupted")))
			whole = false;
	json_array_foreach(m->cells, c, cell)
	{
		const json_t *tests = json_object_get(cell, "tests");

		if (!json_array_size(tests) ||
		    json_is_string(json_object_get(cell, "infra")))
			whole = false;
		json_array_foreach(tests, t, test)
			tally->nr[verdict_of(test)]++;
	}
	if (tally->nr[VERDICT_FAIL] || tally->nr[VERDICT_XPASS])
		return RUN_FAILED;
	return whole && !tally->nr[VERDICT_INFRA] ? RUN_OK : RUN_INFRA;
}

static json_t *totals(const struct tally *tally)
{
	json_t *j = json_object();

	for (int v = VERDICT_PASS; v < NR_VERDICTS; v++)
		json_object_set_new(j, verdict_name(v),
				    json_integer(tally->nr[v]));
	return j;
}

static bool interrupted(const struct merger *m)
{
	for (size_t i = 0; i < m->nr; i++)
		if (json_is_true(json_object_get(m->results[i], "interrupted")))
			return true;
	return false;
}

static int write_down(struct merger *m)
{
	struct run run = { .opt = m->opt };
	struct tally tally = { { 0 } };
	struct report_file file;
	int status = count(m, &tally), err = results_make(&run, m->opt->out);
	json_t *j;
	char *text;

	if (err)
		return err;
	j = json_deep_copy(m->results[0]);
	json_object_set_new(j, "shard", json_null());
	json_object_set_new(j, "status", json_integer(status));
	json_object_set_new(j, "interrupted", json_boolean(interrupted(m)));
	json_object_set_new(j, "totals", totals(&tally));
	json_object_set(j, "cells", m->cells);
	report_open(&file, run.dir, "results.json");
	json_dumpf(j, file.f, JSON_INDENT(2));
	fputc('\n', file.f);
	report_close(&file);
	json_decref(j);
	text = report_tally(&tally);
	fprintf(stderr, "stlb: %s; results in %s\n", text, run.dir);
	free(text);
	free(run.dir);
	return report_incomplete() && status == RUN_OK ? RUN_INFRA : status;
}

int merge(const struct options *opt)
{
	struct merger m = { .opt = opt, .cells = json_array() };
	int status;

	m.results = alloc_zero(list_len(opt->words), sizeof(*m.results));
	status = load(&m);
	if (!status)
		status = collect(&m);
	if (!status)
		status = write_down(&m);
	for (size_t i = 0; i < m.nr; i++)
		json_decref(m.results[i]);
	free(m.results);
	json_decref(m.cells);
	list_free(m.missing);
	return status;
}
