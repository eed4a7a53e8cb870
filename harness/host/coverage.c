// SPDX-License-Identifier: GPL-2.0-only

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "coverage.h"
#include "escape.h"
#include "report.h"
#include "text.h"
#include "words.h"

/* Tests of one site that are printed; results.json has all. */
#define TESTS_SHOWN 3
/* The most that a call skips of the function that it enters. */
#define ENTRY_MAX 8

/* Of words[0] = "call", words[1] = symbol, words[2] = function. */
static void take_site(struct coverage *c, char *const *words)
{
	if (list_len(words) != 3)
		return;
	c->sites = alloc_grow(c->sites, c->nr + 1, sizeof(*c->sites));
	c->sites[c->nr++] = (struct site){
		.symbol = text_dup(words[1]),
		.function = text_dup(words[2]),
		.jump = !strcmp(words[0], "jump"),
	};
}

/*
 * Does the call of @callee, FUNCTION@DISTANCE, enter the function that @symbol,
 * FUNCTION+0xOFFSET/0xSIZE@DISTANCE, is in? It may skip a few bytes (arch/.../call.h).
 */
static bool is_entered(const char *symbol, const char *callee)
{
	const char *plus = strchr(symbol, '+'), *at = strchr(symbol, '@');
	const char *entry = strchr(callee, '@');
	long long start;

	if (!plus || !at || !entry || entry - callee != plus - symbol ||
	    strncmp(symbol, callee, plus - symbol))
		return false;
	start = strtoll(at + 1, NULL, 10) - strtoll(plus + 1, NULL, 16);
	return strtoll(entry + 1, NULL, 10) - start >= 0 &&
	       strtoll(entry + 1, NULL, 10) - start <= ENTRY_MAX;
}

static void reach(struct coverage *c, struct site *site, const char *test)
{
	if (!site->tests)
		c->reached++;
	if (!list_has(site->tests, test))
		site->tests = list_add(site->tests, text_dup(test));
}

/* @frame is SYMBOL>CALLEE. Does it lead to a site? */
static bool take_frame(struct coverage *c, const char *frame, const char *test)
{
	size_t len = strcspn(frame, ">");
	bool found = false;

	for (size_t i = 0; i < c->nr && !found; i++) {
		struct site *s = &c->sites[i];

		found = strlen(s->symbol) == len &&
			!strncmp(s->symbol, frame, len);
		if (found)
			reach(c, s, test);
	}
	if (found || !frame[len])
		return found;
	for (size_t i = 0; i < c->nr; i++) {
		struct site *s = &c->sites[i];

		if (!s->jump || !is_entered(s->symbol, frame + len + 1))
			continue;
		reach(c, s, test);
		found = true;
	}
	return found;
}

static void take_chain(struct coverage *c, char *const *frames,
		       const char *test)
{
	char *whole;

	for (char *const *f = frames; f && *f; f++)
		if (take_frame(c, *f, test))
			return;
	whole = list_join(frames, " ");
	if (list_has(c->others, whole))
		free(whole);
	else
		c->others = list_add(c->others, whole);
}

/* Each line of the log that begins with @prefix, split at blanks. */
static void each_line(struct coverage *c, const struct result *r,
		      const char *prefix, bool sites)
{
	char **lines = list_split(r->log ? r->log : "", "\n");
	size_t len = strlen(prefix);

	for (char **l = lines; *l; l++) {
		char **words;

		if (strncmp(*l, prefix, len))
			continue;
		words = list_split(*l + len, " ");
		if (sites)
			take_site(c, words);
		else
			take_chain(c, words, r->test->name);
		list_free(words);
	}
	list_free(lines);
}

struct coverage coverage_of(const struct cell *cell)
{
	struct coverage c = { .nr = 0 };

	for (size_t i = 0; i < cell->nr_results; i++)
		if (!strcmp(cell->results[i].test->name, "recorder.sites"))
			each_line(&c, &cell->results[i], "# site: ", true);
	for (size_t i = 0; i < cell->nr_results; i++)
		each_line(&c, &cell->results[i], "# chain: ", false);
	return c;
}

void coverage_free(struct coverage *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		free(c->sites[i].symbol);
		free(c->sites[i].function);
		list_free(c->sites[i].tests);
	}
	free(c->sites);
	list_free(c->others);
	*c = (struct coverage){ .nr = 0 };
}

bool coverage_complete(const struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++) {
		struct coverage c = coverage_of(&run->cells[i]);
		bool has_sites = c.nr;

		coverage_free(&c);
		if (!has_sites)
			return false;
	}
	return true;
}

static void print(const char *fmt, const char *text)
{
	char *clean = escape_text(text, false);

	printf(fmt, clean);
	free(clean);
}

static void print_site(const struct site *s)
{
	size_t nr = list_len(s->tests);

	print(nr ? "  reached      %s" : "  not reached  %s", s->symbol);
	print(s->jump ? ", jump to %s\n" : ", call of %s\n", s->function);
	for (size_t i = 0; i < nr && i < TESTS_SHOWN; i++)
		printf("%s%s", i ? " " : "               by ", s->tests[i]);
	if (nr > TESTS_SHOWN)
		printf(" and %zu more", nr - TESTS_SHOWN);
	if (nr)
		printf("\n");
}

static void print_cell(const struct cell *cell)
{
	struct coverage c = coverage_of(cell);

	print("%s: ", cell->name);
	if (c.nr)
		printf("%zu of %zu call sites reached", c.reached, c.nr);
	else
		printf("no list of call sites: see recorder.sites");
	print(cell->release ? ", Linux %s\n" : "\n",
	      cell->release ? cell->release : "");
	for (size_t i = 0; i < c.nr; i++)
		print_site(&c.sites[i]);
	for (char **o = c.others; o && *o; o++)
		print("  elsewhere    %s\n", *o);
	coverage_free(&c);
}

static void finish(const struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++)
		print_cell(&run->cells[i]);
	if (fflush(stdout))
		report_problem("standard output", 0);
}

const struct reporter report_coverage = {
	.finish = finish,
};
