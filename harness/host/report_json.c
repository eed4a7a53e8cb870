// SPDX-License-Identifier: GPL-2.0-only

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coverage.h"
#include "escape.h"
#include "matrix.h"
#include "options.h"
#include "report.h"
#include "results.h"
#include "rule_text.h"

/* Of results with whole tests: results_write() packs them (pack.h). */
#define SCHEMA 2

static time_t started;

static json_t *string(const char *s)
{
	char *clean;
	json_t *j;

	if (!s)
		return json_null();
	clean = escape_text(s, true);
	j = json_string(clean);
	free(clean);
	return j;
}

static json_t *strings(char *const *list)
{
	json_t *j = json_array();

	if (!list) {
		json_decref(j);
		return json_null();
	}
	for (; *list; list++)
		json_array_append_new(j, string(*list));
	return j;
}

static json_t *seconds(uint64_t ns)
{
	return json_real(ns / 1000000 / 1000.0);
}

static json_t *rules(const struct cell *cell, const struct result *result)
{
	const struct test *test = result->test;
	const struct stlb_rulebook *book = cell->arch->rules;
	json_t *rows = json_array();

	for (unsigned int i = 0;
	     test->id != STLB_T_NONE && i < book->nr_profiles; i++) {
		const struct stlb_profile_info *p = &book->profiles[i];
		const struct stlb_rule *r = rule_row(book, test->id, p);
		json_t *row = json_object();

		json_object_set_new(row, "profile", string(p->name));
		json_object_set_new(row, "need", string(rule_need(r->need)));
		json_object_set_new(
			row, "decides",
			json_boolean(rule_decided(cell, result, p)));
		json_object_set_new(row, "cite", string(r->cite));
		json_object_set_new(row, "why", string(r->why));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *data(const struct result *r)
{
	json_t *j = json_object();

	for (size_t i = 0; i < r->nr_data; i++) {
		char *name = escape_text(r->data[i].name, false);

		json_object_set_new(j, name, json_integer(r->data[i].value));
		free(name);
	}
	return j;
}

static json_t *test(const struct run *run, const struct cell *cell,
		    const struct result *r)
{
	char *command = report_reproduce(run, cell, r);
	const char *reason = report_reason(cell, r);
	json_t *j = json_object();

	json_object_set_new(j, "name", string(r->test->name));
	json_object_set_new(j, "transition", string(r->test->transition));
	json_object_set_new(j, "verdict",
			    string(verdict_name(report_verdict(r))));
	json_object_set_new(j, "signature",
			    string(r->signature ? r->signature : ""));
	json_object_set_new(j, "reason",
			    *reason ? string(reason) : json_null());
	json_object_set_new(j, "rules", rules(cell, r));
	json_object_set_new(j, "data", data(r));
	json_object_set_new(j, "trace",
			    r->trace ? strings(r->trace) : json_array());
	json_object_set_new(j, "log", string(r->log ? r->log : ""));
	json_object_set_new(j, "boot", json_integer(r->boot));
	json_object_set_new(j, "seconds", seconds(r->ns));
	json_object_set_new(j, "reproduce", string(command));
	free(command);
	return j;
}

/* Beside results.json, wherever that is moved. */
static const char *directory(const struct cell *c)
{
	const char *slash = c->dir ? strrchr(c->dir, '/') : NULL;

	return slash ? slash + 1 : c->dir;
}

/* null unless the coverage command asked for it. */
static json_t *sites(const struct run *run, const struct cell *cell)
{
	struct coverage c;
	json_t *rows;

	if (run->opt->command != CMD_COVERAGE)
		return json_null();
	c = coverage_of(cell);
	rows = json_array();
	for (size_t i = 0; i < c.nr; i++) {
		const struct site *s = &c.sites[i];
		json_t *row = json_object();

		json_object_set_new(row, "site", string(s->symbol));
		json_object_set_new(row, "function", string(s->function));
		json_object_set_new(row, "jump", json_boolean(s->jump));
		json_object_set_new(row, "tests",
				    s->tests ? strings(s->tests) :
					       json_array());
		json_array_append_new(rows, row);
	}
	coverage_free(&c);
	return rows;
}

static json_t *cell(const struct run *run, const struct cell *c)
{
	json_t *j = json_object(), *tests = json_array();

	json_object_set_new(j, "name", string(c->name));
	json_object_set_new(j, "arch", string(c->arch->name));
	json_object_set_new(j, "kernel", string(c->kernel));
	json_object_set_new(j, "config", strings(c->configs));
	json_object_set_new(j, "defconfig", json_boolean(c->defconfig));
	json_object_set_new(j, "package", string(c->package));
	json_object_set_new(j, "compiler", string(c->compiler));
	json_object_set_new(j, "release", string(c->release));
	json_object_set_new(j, "page_size",
			    c->page_size ? json_integer(c->page_size) :
					   json_null());
	json_object_set_new(j, "cpu", string(matrix_cell_cpu(c)));
	json_object_set_new(j, "cpus", json_integer(c->cpus));
	json_object_set_new(j, "memory_mib", json_integer(c->memory_mib));
	json_object_set_new(j, "append", string(c->append));
	json_object_set_new(j, "boots", json_integer(c->boots));
	json_object_set_new(j, "deaths", json_integer(c->deaths));
	json_object_set_new(j, "seconds", seconds(c->ns));
	json_object_set_new(j, "boot_seconds", seconds(c->boot_ns));
	json_object_set_new(j, "infra", string(c->infra));
	json_object_set_new(j, "note", string(c->note));
	json_object_set_new(j, "dir", string(directory(c)));
	for (size_t i = 0; i < c->nr_results; i++)
		json_array_append_new(tests, test(run, c, &c->results[i]));
	json_object_set_new(j, "tests", tests);
	json_object_set_new(j, "sites", sites(run, c));
	return j;
}

/* 0: not given */
static json_t *number(unsigned int n)
{
	return n ? json_integer(n) : json_null();
}

static json_t *options(const struct options *opt)
{
	json_t *j = json_object();

	json_object_set_new(j, "arch", strings(opt->archs));
	json_object_set_new(j, "kernel", strings(opt->kernels));
	json_object_set_new(j, "cell", strings(opt->cells));
	json_object_set_new(j, "test", strings(opt->tests));
	json_object_set_new(j, "set", string(opt->set));
	json_object_set_new(j, "config", strings(opt->configs));
	json_object_set_new(j, "defconfig", json_boolean(opt->defconfig));
	json_object_set_new(j, "known_bugs", string(opt->known_bugs));
	json_object_set_new(j, "strict_skips", json_boolean(opt->strict_skips));
	json_object_set_new(j, "expected_skips", string(opt->expected_skips));
	json_object_set_new(j, "build_dir", string(opt->build_dir));
	json_object_set_new(j, "jobs", json_integer(opt->jobs));
	json_object_set_new(j, "timeout", json_integer(opt->timeout));
	json_object_set_new(j, "seconds", number(opt->seconds));
	json_object_set_new(j, "seed", number(opt->seed));
	return j;
}

static json_t *totals(const struct run *run)
{
	struct tally t = { { 0 } };
	json_t *j = json_object();

	for (size_t i = 0; i < run->nr_cells; i++)
		report_count(&t, &run->cells[i]);
	for (int v = VERDICT_PASS; v < NR_VERDICTS; v++)
		json_object_set_new(j, verdict_name(v), json_integer(t.nr[v]));
	return j;
}

static json_t *whole(const struct run *run)
{
	char when[32] = "";
	struct tm tm;
	json_t *j = json_object(), *cells = json_array();

	if (gmtime_r(&started, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_object_set_new(j, "schema", json_integer(SCHEMA));
	json_object_set_new(j, "stlb", string(STLB_VERSION));
	json_object_set_new(j, "started", string(when));
	json_object_set_new(j, "seconds", seconds(run->ns));
	json_object_set_new(j, "status", json_integer(run_status(run)));
	json_object_set_new(j, "interrupted", json_boolean(run->interrupted));
	json_object_set_new(j, "matrix", string(run->opt->matrix));
	json_object_set_new(j, "shard", string(run->opt->shard));
	json_object_set_new(j, "plan",
			    run->plan ? strings(run->plan) : json_array());
	json_object_set_new(j, "options", options(run->opt));
	json_object_set_new(j, "totals", totals(run));
	for (size_t i = 0; i < run->nr_cells; i++)
		json_array_append_new(cells, cell(run, &run->cells[i]));
	json_object_set_new(j, "cells", cells);
	return j;
}

static void json_start(const struct run *run)
{
	(void)run;
	started = time(NULL);
}

static void json_finish(const struct run *run)
{
	json_t *j;

	if (!run->dir)
		return;
	j = whole(run);
	results_write(run->dir, j, run->opt);
	json_decref(j);
}

const struct reporter report_json = {
	.start = json_start,
	.finish = json_finish,
};
