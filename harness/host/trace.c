// SPDX-License-Identifier: GPL-2.0-only

#include "trace.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "text.h"
#include "words.h"

#define OPS_MAX 8

/* One line; words that are not there are "". */
struct call {
	char **words;
	const char *op, *first, *end, *pages, *context, *kind;
};

struct calls {
	struct call *at;
	size_t nr;
};

static const char *const names[NR_TRACE_DIFFERENCES] = {
	[TRACE_OP] = "op",
	[TRACE_MORE] = "more",
	[TRACE_FEWER] = "fewer",
	[TRACE_REORDERED] = "reordered",
	[TRACE_WIDER] = "wider",
	[TRACE_NARROWER] = "narrower",
	[TRACE_ELSEWHERE] = "elsewhere",
	[TRACE_EVERYTHING] = "everything",
	[TRACE_KIND] = "kind",
	[TRACE_CONTEXT] = "context",
	[TRACE_PAGES] = "pages",
};

const char *trace_name(enum trace_difference d)
{
	return names[d];
}

static struct call parse(const char *line)
{
	struct call c = { .words = list_split(line, " ") };
	const char **fields[] = { &c.op,    &c.first,	&c.end,
				  &c.pages, &c.context, &c.kind };
	size_t nr = list_len(c.words);

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		*fields[i] = i < nr ? c.words[i] : "";
	return c;
}

/*
 * The state of the first @nr pages from @a, of the others from @b. States are
 * written in runs, "5-3w"; what is not written so counts as @b. The caller
 * frees.
 */
static char *join_pages(const char *a, const char *b, long nr)
{
	char *text = NULL;
	size_t len;
	FILE *f = alloc_stream(&text, &len);
	long at = 0, n;

	for (char *end; at < nr && (n = strtol(a, &end, 10)) > 0 && *end;
	     a = end + 1) {
		n = n < nr - at ? n : nr - at;
		fprintf(f, "%ld%c", n, *end);
		at += n;
	}
	for (char *end; (n = strtol(b, &end, 10)) > 0 && *end; b = end + 1) {
		long skip = n < at ? n : at;

		at -= skip;
		if (n > skip)
			fprintf(f, "%ld%c", n - skip, *end);
	}
	fclose(f);
	return text;
}

/* "3-5-" is "8-". The caller frees. */
static char *tidy_pages(const char *pages)
{
	char *text = NULL, letter = '\0';
	size_t len;
	FILE *f = alloc_stream(&text, &len);
	long nr = 0, n;

	for (char *end; (n = strtol(pages, &end, 10)) > 0 && *end;
	     pages = end + 1) {
		if (*end != letter && nr)
			fprintf(f, "%ld%c", nr, letter);
		nr = *end == letter ? nr + n : n;
		letter = *end;
	}
	if (nr)
		fprintf(f, "%ld%c", nr, letter);
	fclose(f);
	return text;
}

/*
 * zap_pte_range() stops when it need_resched() and, for a shared file, has then
 * to flush what it has taken away so far: how many calls tell of one range hangs
 * on the time. Within a range_start and range_end, calls for adjacent ranges in
 * one context are one.
 */
static bool join(struct call *a, const struct call *b)
{
	char *pages;

	if (strcmp(a->op, "secondary") || strcmp(b->op, "secondary") ||
	    strcmp(a->end, b->first) || strcmp(a->context, b->context))
		return false;
	pages = join_pages(a->pages, b->pages, atol(a->end));
	a->words = list_add(a->words, text_dup(b->end));
	a->end = a->words[list_len(a->words) - 1];
	a->words = list_add(a->words, tidy_pages(pages));
	a->pages = a->words[list_len(a->words) - 1];
	free(pages);
	return true;
}

static void join_all(struct calls *calls)
{
	size_t kept = 0;
	int open = 0;

	for (size_t i = 0; i < calls->nr; i++) {
		struct call *c = &calls->at[i];

		open += !strcmp(c->op, "range_start");
		open -= !strcmp(c->op, "range_end");
		if (open > 0 && kept && join(&calls->at[kept - 1], c))
			list_free(c->words);
		else
			calls->at[kept++] = *c;
	}
	calls->nr = kept;
}

static void add_cost(struct trace_cost *cost, const struct call *c)
{
	cost->cut |= !strcmp(c->op, "more");
	if (strcmp(c->op, "secondary"))
		return;
	cost->calls++;
	if (!strcmp(c->end, "all"))
		cost->all++;
	else
		cost->told += atoll(c->end) - atoll(c->first);
}

struct trace_cost trace_cost(const json_t *trace)
{
	struct trace_cost cost = { .calls = 0 };
	const json_t *line;
	size_t i;

	json_array_foreach(trace, i, line) {
		struct call c = parse(json_string_value(line) ?: "");

		add_cost(&cost, &c);
		list_free(c.words);
	}
	return cost;
}

/* The other lines are for pictures. */
static bool is_callback(const struct call *c)
{
	return strcmp(c->op, "before") && strcmp(c->op, "after") &&
	       strcmp(c->op, "look") && strcmp(c->op, "callback");
}

static struct calls parse_all(const json_t *trace)
{
	struct calls calls = { .nr = 0 };

	calls.at = alloc_zero(json_array_size(trace) + 1, sizeof(*calls.at));
	for (size_t i = 0; i < json_array_size(trace); i++) {
		const char *line = json_string_value(json_array_get(trace, i));
		struct call c = parse(line ? line : "");

		if (is_callback(&c))
			calls.at[calls.nr++] = c;
		else
			list_free(c.words);
	}
	join_all(&calls);
	return calls;
}

static void free_all(struct calls *calls)
{
	for (size_t i = 0; i < calls->nr; i++)
		list_free(calls->at[i].words);
	free(calls->at);
}

static unsigned int count(const struct calls *calls, const char *op)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < calls->nr; i++)
		nr += !strcmp(calls->at[i].op, op);
	return nr;
}

unsigned int trace_count(const json_t *trace, const char *op)
{
	struct calls calls = parse_all(trace);
	unsigned int nr = count(&calls, op);

	free_all(&calls);
	return nr;
}

/* The @n-th call of @op, or NULL. */
static const struct call *nth(const struct calls *calls, const char *op,
			      unsigned int n)
{
	for (size_t i = 0; i < calls->nr; i++)
		if (!strcmp(calls->at[i].op, op) && !n--)
			return &calls->at[i];
	return NULL;
}

static void note(char *text[], enum trace_difference d, char *what)
{
	if (text[d])
		free(what);
	else
		text[d] = what;
}

static void compare_ranges(const struct call *a, const struct call *b,
			   char *text[])
{
	long a0 = atol(a->first), b0 = atol(b->first);
	long a1 = strcmp(a->end, "all") ? atol(a->end) : LONG_MAX;
	long b1 = strcmp(b->end, "all") ? atol(b->end) : LONG_MAX;
	enum trace_difference d = TRACE_ELSEWHERE;

	if (!strcmp(a->first, b->first) && !strcmp(a->end, b->end))
		return;
	/* "Everything" begins at address 0, wherever the pages are. */
	if (b1 == LONG_MAX || (a1 != LONG_MAX && b0 <= a0 && b1 >= a1))
		d = TRACE_WIDER;
	else if (a1 == LONG_MAX || (a0 <= b0 && a1 >= b1))
		d = TRACE_NARROWER;
	note(text, d,
	     text_printf("%s of pages [%s, %s) is now [%s, %s)", a->op,
			 a->first, a->end, b->first, b->end));
}

/* "more 12": so many were left out. */
static void compare_rests(const struct call *a, const struct call *b,
			  char *text[])
{
	long was = atol(a->first), is = atol(b->first);

	if (was != is)
		note(text, is > was ? TRACE_MORE : TRACE_FEWER,
		     text_printf("%ld callbacks were left out, now %ld", was,
				 is));
}

static void compare_calls(const struct call *a, const struct call *b,
			  char *text[])
{
	if (!*a->end || !*b->end) {
		compare_rests(a, b, text);
		return;
	}
	compare_ranges(a, b, text);
	/* Results of before kinds were recorded have none. */
	if (*a->kind && *b->kind && strcmp(a->kind, b->kind))
		note(text, TRACE_KIND,
		     text_printf("%s announces %s, now %s", a->op, a->kind,
				 b->kind));
	if (strcmp(a->context, b->context))
		note(text, TRACE_CONTEXT,
		     text_printf("%s in %s is now in %s", a->op, a->context,
				 b->context));
	if (strcmp(a->pages, b->pages))
		note(text, TRACE_PAGES,
		     text_printf("%s while the pages were %s is now while %s",
				 a->op, a->pages, b->pages));
}

static void compare_op(const struct calls *a, const struct calls *b,
		       const char *op, char *text[])
{
	unsigned int was = count(a, op), is = count(b, op);

	if (was != is) {
		note(text, is > was ? TRACE_MORE : TRACE_FEWER,
		     text_printf("%s came %u times, now %u", op, was, is));
		return;
	}
	for (unsigned int i = 0; i < was; i++)
		compare_calls(nth(a, op, i), nth(b, op, i), text);
}

static void compare_order(const struct calls *a, const struct calls *b,
			  char *text[])
{
	for (size_t i = 0; i < a->nr && i < b->nr; i++) {
		if (!strcmp(a->at[i].op, b->at[i].op))
			continue;
		note(text, TRACE_REORDERED,
		     text_printf("callback %zu was %s, now %s", i + 1,
				 a->at[i].op, b->at[i].op));
		return;
	}
}

static size_t add_ops(const char *ops[], size_t nr, const struct calls *calls)
{
	for (size_t i = 0; i < calls->nr; i++) {
		size_t k;

		for (k = 0; k < nr && strcmp(ops[k], calls->at[i].op); k++)
			;
		if (k == nr && nr < OPS_MAX)
			ops[nr++] = calls->at[i].op;
	}
	return nr;
}

/* Fewer of one and more of another are one thing: it moved. */
static void merge_moved(char *text[])
{
	if (!text[TRACE_MORE] || !text[TRACE_FEWER])
		return;
	note(text, TRACE_OP,
	     text_printf("%s; %s", text[TRACE_FEWER], text[TRACE_MORE]));
	free(text[TRACE_MORE]);
	free(text[TRACE_FEWER]);
	text[TRACE_MORE] = NULL;
	text[TRACE_FEWER] = NULL;
}

bool trace_compare(const json_t *before, const json_t *now,
		   char *text[NR_TRACE_DIFFERENCES])
{
	struct calls a, b;
	const char *ops[OPS_MAX];
	size_t nr;

	memset(text, 0, NR_TRACE_DIFFERENCES * sizeof(*text));
	if (json_equal(before, now))
		return false;
	a = parse_all(before);
	b = parse_all(now);
	nr = add_ops(ops, 0, &a);
	nr = add_ops(ops, nr, &b);
	for (size_t i = 0; i < nr; i++)
		compare_op(&a, &b, ops[i], text);
	if (a.nr == b.nr && !text[TRACE_MORE] && !text[TRACE_FEWER])
		compare_order(&a, &b, text);
	merge_moved(text);
	free_all(&a);
	free_all(&b);
	for (nr = 0; nr < NR_TRACE_DIFFERENCES; nr++)
		if (text[nr])
			return true;
	return false;
}
