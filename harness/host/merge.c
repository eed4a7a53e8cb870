// SPDX-License-Identifier: GPL-2.0-only

#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* What decides verdicts is the same in all shards of one run. */
static const char *stranger(const json_t *a, const json_t *b)
{
	static const char *const members[] = { "plan", "stlb" };
	static const char *const options[] = { "test",	       "known_bugs",
					       "strict_skips", "expected_skips",
					       "config",       "defconfig",
					       "seed" };
	const json_t *x = json_object_get(a, "options");
	const json_t *y = json_object_get(b, "options");

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (!json_equal(json_object_get(a, members[i]),
				json_object_get(b, members[i])))
			return i ? "the version of stlb" : "the matrix";
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (!json_equal(json_object_get(x, options[i]),
				json_object_get(y, options[i])))
			return options[i];
	return NULL;
}

static int check_shard(struct merger *m, size_t i)
{
	const char *path = m->opt->words[i], *what;
	unsigned int k, n;

	if (!shard_parse(reread_string(m->results[i], "shard"), &k, &n))
		return usage_error(
			"%s was not made with --shard: merge takes the results of shards",
			path);
	if (!i)
		m->shards = n;
	what = n != m->shards ? "the number of shards" :
				stranger(m->results[0], m->results[i]);
	if (what)
		return usage_error("%s and %s are not of one run: %s differs",
				   m->opt->words[0], path, what);
	return 0;
}

static int load(struct merger *m)
{
	for (char **w = m->opt->words; *w; w++) {
		if (access(*w, F_OK)) {
			message("%s: %s: a shard did not come, so nothing was merged",
				*w, strerror(errno));
			return RUN_INFRA;
		}
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
	char *where = reread_dir(path), *dir = realpath(where, NULL);

	if (dir && *name) {
		char *whole = text_printf("%s/%s", dir, name);

		json_object_set_new(copy, "dir", json_string(whole));
		free(whole);
	}
	free(dir);
	free(where);
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

/* Sets *from to when a result's run began, in seconds, and *to to its end. */
static bool period(const json_t *result, time_t *from, double *to)
{
	const char *s = reread_string(result, "started");
	struct tm tm = { 0 };

	if (!strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return false;
	*from = timegm(&tm);
	*to = *from + json_number_value(json_object_get(result, "seconds"));
	return true;
}

/* The whole began with its first shard, and ended with its last one. */
static void set_period(const struct merger *m, json_t *j)
{
	time_t from, first = 0;
	double to, last = 0;

	for (size_t i = 0; i < m->nr; i++) {
		if (!period(m->results[i], &from, &to))
			continue;
		if (!first || from < first) {
			first = from;
			json_object_set(j, "started",
					json_object_get(m->results[i],
							"started"));
		}
		last = to > last ? to : last;
	}
	json_object_set_new(j, "seconds", json_real(last - first));
}

static int write_down(struct merger *m)
{
	struct run run = { .opt = m->opt };
	struct tally tally = { { 0 } };
	int status = count(m, &tally), err = results_make(&run, m->opt->out);
	json_t *j;
	char *text;

	if (err)
		return err;
	j = json_deep_copy(m->results[0]);
	json_object_set_new(j, "shard", json_null());
	set_period(m, j);
	json_object_set_new(j, "status", json_integer(status));
	json_object_set_new(j, "interrupted", json_boolean(interrupted(m)));
	json_object_set_new(j, "totals", totals(&tally));
	json_object_set(j, "cells", m->cells);
	results_write(run.dir, j, m->opt);
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
