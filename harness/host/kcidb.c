// SPDX-License-Identifier: GPL-2.0-only
/*
 * A checkout for each kernel, a build for each cell, and its tests; an issue for each
 * finding that known bugs name, and an incident for each test that it explains. Names are
 * made of the run's time, so that two runs have none in common. No member is null.
 */

#include "kcidb.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reread.h"
#include "text.h"

#define ORIGIN "stlb"
#define MAJOR 5
#define MINOR 3
#define HASH 40 /* digits of a commit */
#define EXCERPT_MAX 16384 /* characters */

struct export
{
	const json_t *results;
	const char *started, *url;
	json_t *checkouts, *builds, *tests, *issues, *incidents;
	json_t *have; /* ids of checkouts and issues */
};

/* Takes @text; what is NULL or "" is left out. */
static void set(json_t *object, const char *member, char *text)
{
	if (text && *text)
		json_object_set_new(object, member, json_string(text));
	free(text);
}

static void set_copy(json_t *object, const char *member, const char *text)
{
	set(object, member, text_dup(text));
}

static json_t *object_of(char *id)
{
	json_t *j = json_object();

	set(j, "id", id);
	set_copy(j, "origin", ORIGIN);
	return j;
}

static char *id_of(const struct export *e, const char *kind, const char *a,
		   const char *b)
{
	return text_printf(ORIGIN ":%s:%s:%s%s%s", kind, e->started, a,
			   *b ? ":" : "", b);
}

/* A link to a file of the cell's directory; NULL without --results-url. */
static char *url_of(const struct export *e, const json_t *cell,
		    const char *file)
{
	return e->url ? text_printf("%s/%s/%s", e->url,
				    reread_string(cell, "name"), file) :
			NULL;
}

/* ---- checkouts and builds ------------------------------------------------ */

/* The first word of @text that is a commit, or NULL. The caller frees. */
static char *commit_of(const char *text)
{
	for (const char *c = text; *c;) {
		size_t len = strspn(c, "0123456789abcdef");

		if (len == HASH)
			return text_printf("%.*s", HASH, c);
		c += len + strcspn(c + len, " @:/");
		c += !!*c;
	}
	return NULL;
}

static char *checkout_id(const struct export *e, const json_t *cell)
{
	return id_of(e, "checkout", reread_string(cell, "kernel"), "");
}

static void add_checkout(struct export *e, const json_t *cell)
{
	char *id = checkout_id(e, cell);
	json_t *j;

	if (json_object_get(e->have, id)) {
		free(id);
		return;
	}
	json_object_set_new(e->have, id, json_true());
	j = object_of(id);
	set(j, "git_commit_hash", commit_of(reread_string(cell, "package")));
	set_copy(j, "start_time", e->started);
	set_copy(j, "comment", reread_string(cell, "kernel"));
	json_object_set_new(j, "valid", json_true());
	json_array_append_new(e->checkouts, j);
}

/* As KernelCI has them: the kernel's "x86" is x86_64 here. */
static const char *architecture_of(const json_t *cell)
{
	const char *arch = reread_string(cell, "arch");

	return strcmp(arch, "x86") ? arch : "x86_64";
}

static char *build_id(const struct export *e, const json_t *cell)
{
	return id_of(e, "build", reread_string(cell, "name"), "");
}

/* A kernel that never spoke: whether it was built is not known. */
static void add_build(struct export *e, const json_t *cell)
{
	json_t *j = object_of(build_id(e, cell));
	const char *infra = reread_string(cell, "infra");
	bool spoke = *reread_string(cell, "release");

	set(j, "checkout_id", checkout_id(e, cell));
	set_copy(j, "start_time", e->started);
	set_copy(j, "architecture", architecture_of(cell));
	set_copy(j, "compiler", reread_string(cell, "compiler"));
	set_copy(j, "config_name", reread_string(cell, "name"));
	set(j, "comment",
	    text_printf("%s%s%s", reread_string(cell, "package"),
			*infra ? ": " : "", infra));
	set_copy(j, "status", *infra && !spoke ? "MISS" : "PASS");
	json_array_append_new(e->builds, j);
}

/* ---- tests --------------------------------------------------------------- */

/* Of a test that a known bug explains, the kernel is faulty all the same. */
static const char *status_of(const json_t *test)
{
	static const char *const map[][2] = {
		{ "PASS", "PASS" },  { "FAIL", "FAIL" }, { "XFAIL", "FAIL" },
		{ "XPASS", "PASS" }, { "SKIP", "SKIP" },
	};
	const char *verdict = reread_string(test, "verdict");

	for (size_t i = 0; i < sizeof(map) / sizeof(*map); i++)
		if (!strcmp(map[i][0], verdict))
			return map[i][1];
	return "MISS";
}

/* Words of letters, digits, _ and - with points between; nothing else may be in it. */
static char *path_of(const json_t *test)
{
	char *path = text_printf("stlb.%s", reread_string(test, "name"));

	for (char *c = path; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			*c = '_';
	return path;
}

/* The end of the log, which says how it failed. */
static char *excerpt_of(const json_t *test)
{
	const char *log = reread_string(test, "log");
	size_t len = strlen(log);

	if (!strcmp(status_of(test), "PASS"))
		return NULL;
	if (len > EXCERPT_MAX)
		log += len - EXCERPT_MAX;
	while (((unsigned char)*log & 0xc0) == 0x80)
		log++;
	return text_dup(log);
}

static json_t *environment_of(const json_t *cell)
{
	json_t *j = json_object();

	set(j, "comment",
	    text_printf("QEMU, -cpu %s, %lld CPUs, %lld MiB",
			reread_string(cell, "cpu"),
			(long long)json_integer_value(
				json_object_get(cell, "cpus")),
			(long long)json_integer_value(
				json_object_get(cell, "memory_mib"))));
	return j;
}

static json_t *files_of(const struct export *e, const json_t *cell)
{
	static const char *const names[] = { "console.log", "qemu.sh" };
	json_t *files = json_array(), *file;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		file = json_object();
		set_copy(file, "name", names[i]);
		set(file, "url", url_of(e, cell, names[i]));
		json_array_append_new(files, file);
	}
	return files;
}

static json_t *misc_of(const json_t *test)
{
	static const char *const members[] = { "verdict", "signature", "data",
					       "reproduce" };
	json_t *j = json_object(), *value;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		value = json_object_get(test, members[i]);
		if (value && !json_is_null(value))
			json_object_set(j, members[i], value);
	}
	return j;
}

static char *test_id(const struct export *e, const json_t *cell,
		     const json_t *test)
{
	return id_of(e, "test", reread_string(cell, "name"),
		     reread_string(test, "name"));
}

static void add_test(struct export *e, const json_t *cell, const json_t *test)
{
	json_t *j = object_of(test_id(e, cell, test));
	json_t *seconds = json_object_get(test, "seconds");

	set(j, "build_id", build_id(e, cell));
	json_object_set_new(j, "environment", environment_of(cell));
	set(j, "path", path_of(test));
	set_copy(j, "status", status_of(test));
	set_copy(j, "comment", reread_string(test, "reason"));
	set_copy(j, "start_time", e->started);
	if (json_is_number(seconds))
		json_object_set(j, "duration", seconds);
	set(j, "log_excerpt", excerpt_of(test));
	set(j, "log_url", url_of(e, cell, "ktap"));
	if (e->url)
		json_object_set_new(j, "output_files", files_of(e, cell));
	json_object_set_new(j, "misc", misc_of(test));
	json_array_append_new(e->tests, j);
}

/* ---- issues -------------------------------------------------------------- */

#define FINDINGS "docs/findings/"

/* "NAME" of docs/findings/NAME.md in the reason, or NULL. The caller frees. */
static char *finding_of(const json_t *test)
{
	const char *at = strstr(reread_string(test, "reason"), FINDINGS);

	if (!at || strcmp(reread_string(test, "verdict"), "XFAIL"))
		return NULL;
	at += strlen(FINDINGS);
	return text_printf("%.*s", (int)strcspn(at, ".) ;,"), at);
}

static void add_issue(struct export *e, const char *id, const json_t *test)
{
	json_t *j;

	if (json_object_get(e->have, id))
		return;
	json_object_set_new(e->have, id, json_true());
	j = object_of(text_dup(id));
	json_object_set_new(j, "version", json_integer(1));
	json_object_set_new(j, "culprit", json_pack("{s:b}", "code", 1));
	set_copy(j, "comment", reread_string(test, "reason"));
	json_array_append_new(e->issues, j);
}

static void add_incident(struct export *e, const json_t *cell,
			 const json_t *test)
{
	char *finding = finding_of(test), *id;
	json_t *j;

	if (!finding)
		return;
	id = text_printf(ORIGIN ":finding:%s", finding);
	add_issue(e, id, test);
	j = object_of(id_of(e, "incident", reread_string(cell, "name"),
			    reread_string(test, "name")));
	set(j, "issue_id", id);
	json_object_set_new(j, "issue_version", json_integer(1));
	set(j, "test_id", test_id(e, cell, test));
	json_object_set_new(j, "present", json_true());
	json_array_append_new(e->incidents, j);
	free(finding);
}

/* ---- all of it ----------------------------------------------------------- */

json_t *kcidb(const json_t *results, const char *url)
{
	struct export e = {
		.results = results,
		.started = reread_string(results, "started"),
		.url = url,
		.checkouts = json_array(),
		.builds = json_array(),
		.tests = json_array(),
		.issues = json_array(),
		.incidents = json_array(),
		.have = json_object(),
	};
	const json_t *cell, *test;
	size_t c, t;

	json_array_foreach(json_object_get(results, "cells"), c, cell) {
		add_checkout(&e, cell);
		add_build(&e, cell);
		json_array_foreach(json_object_get(cell, "tests"), t, test) {
			add_test(&e, cell, test);
			add_incident(&e, cell, test);
		}
	}
	json_decref(e.have);
	return json_pack("{s:{s:i,s:i},s:o,s:o,s:o,s:o,s:o}", "version",
			 "major", MAJOR, "minor", MINOR, "checkouts",
			 e.checkouts, "builds", e.builds, "tests", e.tests,
			 "issues", e.issues, "incidents", e.incidents);
}
