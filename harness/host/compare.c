// SPDX-License-Identifier: GPL-2.0-only

#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "escape.h"
#include "message.h"
#include "page.h"
#include "report.h"
#include "reread.h"
#include "run.h"
#include "text.h"
#include "trace.h"

/* What became of a verdict; the first of them are bad for a gate. */
enum change {
	CHANGE_BROKEN, /* passed, fails now; or fails in another way */
	CHANGE_SKIPPED, /* was judged, is skipped now */
	CHANGE_MISSING, /* is not there any more */
	CHANGE_UNWANTED, /* told where that is UNWANTED, and was not */
	CHANGE_UNJUDGED, /* INFRA in one of them */
	CHANGE_UNEXPECTED, /* the same, but known bugs do not say so any more */
	CHANGE_EXPECTED, /* the same, and known bugs say so now */
	CHANGE_FIXED,
	CHANGE_RUNS, /* was skipped, is judged now */
	CHANGE_NEW, /* was not there */
	NR_CHANGES,
	CHANGE_NONE = NR_CHANGES,
};

static const char *const names[NR_CHANGES] = {
	[CHANGE_BROKEN] = "broken",	[CHANGE_SKIPPED] = "skipped",
	[CHANGE_MISSING] = "missing",	[CHANGE_UNWANTED] = "unwanted",
	[CHANGE_UNJUDGED] = "unjudged", [CHANGE_UNEXPECTED] = "unexpected",
	[CHANGE_EXPECTED] = "expected", [CHANGE_FIXED] = "fixed",
	[CHANGE_RUNS] = "runs",		[CHANGE_NEW] = "new",
};

struct comparison {
	const struct options *opt;
	const json_t *before, *now;
	struct accepts *accepts;
	size_t changes[NR_CHANGES]; /* of verdicts, all cells */
	size_t behaviour; /* not accepted, all cells */
	json_t *page; /* for --page: cells with what they were */
	json_t *said; /* of the cell at work: by test, [kind, text] each */
	/* Of the cell at work. */
	const json_t *cell; /* now; NULL: it is missing */
	const char *arch, *name;
	size_t differences, tests;
};

static void say(struct comparison *c, const char *kind, const char *test,
		const char *text)
{
	char *clean = escape_text(text, false);
	json_t *all = json_object_get(c->said, test);

	printf("%-10s %s %s: %s\n", kind, c->name, test, clean);
	if (!all) {
		all = json_array();
		json_object_set_new(c->said, test, all);
	}
	json_array_append_new(all, json_pack("[s, s]", kind, clean));
	free(clean);
	c->differences++;
}

/* ---- verdicts ------------------------------------------------------------ */

static bool is(const json_t *test, const char *verdict)
{
	return !strcmp(reread_string(test, "verdict"), verdict);
}

static bool passed(const json_t *test)
{
	return is(test, "PASS") || is(test, "XPASS");
}

static bool failed(const json_t *test)
{
	return is(test, "FAIL") || is(test, "XFAIL");
}

static bool ran(const json_t *test)
{
	return passed(test) || failed(test);
}

/*
 * The kernels do the same; the files of known bugs differ, or what they match. A run's
 * own status hangs on that.
 */
static enum change expectation(const json_t *a, const json_t *b)
{
	if (!strcmp(reread_string(a, "verdict"), reread_string(b, "verdict")))
		return CHANGE_NONE;
	return is(b, "FAIL") || is(b, "XPASS") ? CHANGE_UNEXPECTED :
						 CHANGE_EXPECTED;
}

static enum change change_of(const json_t *a, const json_t *b)
{
	if (is(a, "INFRA") || is(b, "INFRA"))
		return CHANGE_UNJUDGED;
	if (failed(b) && !failed(a))
		return CHANGE_BROKEN;
	if (failed(a) && failed(b) &&
	    strcmp(reread_string(a, "signature"),
		   reread_string(b, "signature")))
		return CHANGE_BROKEN;
	if (ran(a) && !ran(b))
		return CHANGE_SKIPPED;
	if (failed(a) && passed(b))
		return CHANGE_FIXED;
	if (ran(b) && !ran(a))
		return CHANGE_RUNS;
	return expectation(a, b);
}

static char *verdict_text(const json_t *test)
{
	const char *signature = reread_string(test, "signature");

	return text_printf("%s%s%s", reread_string(test, "verdict"),
			   *signature ? " " : "", signature);
}

static void compare_verdicts(struct comparison *c, const char *name,
			     const json_t *a, const json_t *b)
{
	enum change change = change_of(a, b);
	const char *reason = reread_string(is(b, "PASS") ? a : b, "reason");
	char *was = verdict_text(a), *is_now = verdict_text(b), *text;

	if (change != CHANGE_NONE) {
		text = text_printf("%s, now %s%s%s", was, is_now,
				   *reason ? ": " : "", reason);
		say(c, names[change], name, text);
		free(text);
		c->changes[change]++;
	}
	free(was);
	free(is_now);
}

/* ---- behaviour ----------------------------------------------------------- */

static bool told_is_unwanted(const json_t *test)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(test, "rules"), i, row)
		if (json_is_true(json_object_get(row, "decides")) &&
		    !strcmp(reread_string(row, "need"), "UNWANTED"))
			return true;
	return false;
}

/* Where the test passed, a change near by accounts for what was told. */
static void compare_unwanted(struct comparison *c, const char *name,
			     const json_t *a, const json_t *b)
{
	if (passed(b) || !told_is_unwanted(b) ||
	    trace_count(json_object_get(a, "trace"), "secondary") ||
	    !trace_count(json_object_get(b, "trace"), "secondary"))
		return;
	say(c, names[CHANGE_UNWANTED], name,
	    "secondary TLBs are told of pages that do not change");
	c->changes[CHANGE_UNWANTED]++;
}

static void report_behaviour(struct comparison *c, const char *name,
			     const char *difference, const char *what)
{
	const char *reason = accept_find(c->accepts, c->arch, name, difference);
	char *text = text_printf("%s%s%s", what, reason ? "; accepted: " : "",
				 reason ? reason : "");

	say(c, difference, name, text);
	free(text);
	c->behaviour += !reason;
}

/*
 * What is told by calls for everything alone may be told for another reason: one line if
 * there is more of that, or NULL. The caller frees.
 */
static char *everything_text(const json_t *a, const json_t *b)
{
	const json_t *was =
		json_object_get(json_object_get(a, "data"), "by_everything");
	const json_t *now =
		json_object_get(json_object_get(b, "data"), "by_everything");

	if (!was || json_integer_value(now) <= json_integer_value(was))
		return NULL;
	return text_printf(
		"%lld pages were told by calls for everything alone, now %lld",
		(long long)json_integer_value(was),
		(long long)json_integer_value(now));
}

static void compare_traces(struct comparison *c, const char *name,
			   const json_t *a, const json_t *b)
{
	char *text[NR_TRACE_DIFFERENCES];

	if (!ran(a) || !ran(b))
		return;
	accept_compared(c->accepts, c->arch, name);
	trace_compare(json_object_get(a, "trace"), json_object_get(b, "trace"),
		      text);
	compare_unwanted(c, name, a, b);
	text[TRACE_EVERYTHING] = everything_text(a, b);
	for (int d = 0; d < NR_TRACE_DIFFERENCES; d++) {
		if (text[d])
			report_behaviour(c, name, trace_name(d), text[d]);
		free(text[d]);
	}
}

/* ---- cells --------------------------------------------------------------- */

static bool like(const json_t *a, const json_t *b)
{
	static const char *const members[] = { "arch",	    "cpu",
					       "cpus",	    "memory_mib",
					       "defconfig", "config" };

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const json_t *x = json_object_get(a, members[i]);
		const json_t *y = json_object_get(b, members[i]);

		if ((x || y) && !json_equal(x, y))
			return false;
	}
	return true;
}

/* The one cell of @results on a machine like that of @cell, or NULL. */
static const json_t *find_like(const json_t *results, const json_t *cell)
{
	const json_t *c, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(results, "cells"), i, c) {
		if (!like(c, cell))
			continue;
		if (found)
			return NULL;
		found = c;
	}
	return found;
}

/* By its name; or, with another kernel, by its machine, if that is clear. */
static const json_t *partner(const json_t *cell, const json_t *own,
			     const json_t *others)
{
	const json_t *c = reread_cell(others, reread_string(cell, "name"));

	if (c && like(c, cell))
		return c;
	c = find_like(own, cell) ? find_like(others, cell) : NULL;
	if (c && reread_cell(own, reread_string(c, "name")))
		return NULL; /* it is another's by its name */
	return c;
}

static void compare_cells(struct comparison *c, const json_t *a,
			  const json_t *b)
{
	const json_t *test, *other;
	size_t i;

	json_array_foreach(json_object_get(a, "tests"), i, test) {
		const char *name = reread_string(test, "name");

		c->tests++;
		other = reread_test(b, name);
		if (!other) {
			say(c, names[CHANGE_MISSING], name, "is not there now");
			c->changes[CHANGE_MISSING]++;
			continue;
		}
		compare_verdicts(c, name, test, other);
		compare_traces(c, name, test, other);
	}
	json_array_foreach(json_object_get(b, "tests"), i, test) {
		const char *name = reread_string(test, "name");

		if (reread_test(a, name))
			continue;
		say(c, names[CHANGE_NEW], name, "was not there");
		c->changes[CHANGE_NEW]++;
	}
}

static void summarise(const struct comparison *c, const json_t *a,
		      const json_t *b)
{
	printf("%s (%s), %s (%s): ", reread_string(a, "name"),
	       reread_string(a, "kernel"), reread_string(b, "name"),
	       reread_string(b, "kernel"));
	if (c->differences)
		printf("%zu difference%s in %zu tests\n", c->differences,
		       c->differences == 1 ? "" : "s", c->tests);
	else
		printf("%zu tests, no difference\n", c->tests);
}

/* What page.h knows of a comparison: @a is what @b was; NULL: it is or was not there. */
static void add_to_page(struct comparison *c, const json_t *a, const json_t *b)
{
	json_t *cell = json_copy((json_t *)(b ? b : a));

	if (!b)
		json_object_set_new(cell, "tests", json_array());
	json_object_set(cell, "was", (json_t *)a);
	json_object_set(cell, "changes", c->said);
	json_array_append_new(c->page, cell);
}

static void compare_cell(struct comparison *c, const json_t *a)
{
	const json_t *b = partner(a, c->before, c->now);

	c->name = reread_string(b ? b : a, "name");
	c->arch = reread_string(a, "arch");
	c->differences = 0;
	c->tests = 0;
	json_decref(c->said);
	c->said = json_object();
	if (!b) {
		printf("%-10s %s: the cell is not there now\n",
		       names[CHANGE_MISSING], c->name);
		c->changes[CHANGE_MISSING]++;
		add_to_page(c, a, NULL);
		return;
	}
	compare_cells(c, a, b);
	summarise(c, a, b);
	add_to_page(c, a, b);
}

static void compare_all(struct comparison *c)
{
	const json_t *cell;
	size_t i;

	json_array_foreach(json_object_get(c->before, "cells"), i, cell)
		compare_cell(c, cell);
	json_array_foreach(json_object_get(c->now, "cells"), i, cell) {
		if (partner(cell, c->now, c->before))
			continue;
		printf("%-10s %s: the cell was not there\n", names[CHANGE_NEW],
		       reread_string(cell, "name"));
		c->changes[CHANGE_NEW]++;
		json_decref(c->said);
		c->said = json_object();
		add_to_page(c, NULL, cell);
	}
}

/*
 * A gate asks whether anything became worse, fails closed, and takes what was
 * not judged for what it is; without it, whether anything changed.
 */
static int status_of(const struct comparison *c)
{
	int status = RUN_OK;

	for (int i = 0; i < NR_CHANGES; i++) {
		if (!c->changes[i])
			continue;
		if (!c->opt->gate || i < CHANGE_UNJUDGED)
			return RUN_FAILED;
		if (i == CHANGE_UNJUDGED)
			status = RUN_INFRA;
	}
	if (c->opt->exact && c->behaviour)
		return RUN_FAILED;
	/* Two empty results are no proof of anything. */
	if (!json_array_size(json_object_get(c->before, "cells")))
		return c->opt->gate ? RUN_INFRA : RUN_FAILED;
	return status;
}

static int write_page(const struct comparison *c)
{
	json_t *all = json_copy((json_t *)c->now);

	json_object_set(all, "cells", c->page);
	json_object_set(all, "before", json_object_get(c->before, "started"));
	page_put(c->opt->page, all, c->opt);
	json_decref(all);
	return report_incomplete() ? RUN_INFRA : RUN_OK;
}

int compare(const struct options *opt)
{
	json_t *before = reread(opt->words[0]);
	json_t *now = before ? reread(opt->words[1]) : NULL;
	struct comparison c = { .opt = opt, .before = before, .now = now };
	int status = RUN_USAGE, written;

	if (now && !accept_load(&c.accepts, opt->accept)) {
		c.page = json_array();
		compare_all(&c);
		status = status_of(&c);
		written = opt->page ? write_page(&c) : RUN_OK;
		status = status ? status : written;
		if (accept_stale(c.accepts) && status != RUN_INFRA)
			status = RUN_FAILED;
	}
	if (c.accepts)
		accept_free(c.accepts);
	json_decref(c.page);
	json_decref(c.said);
	json_decref(before);
	json_decref(now);
	return status;
}
