// SPDX-License-Identifier: GPL-2.0-only

#include "markdown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"
#include "report.h"
#include "reread.h"
#include "run.h"
#include "text.h"

#define FAILURES 20
#define REASONS 12

/* Text that is nothing else: each character that Markdown or HTML could take for its own. */
static void put(FILE *f, const char *text)
{
	char *clean = escape_text(text, false);

	for (const char *c = clean; *c; c++)
		if (*c == '<' || *c == '>' || *c == '&' || *c == '@')
			fprintf(f, "&#%d;", *c);
		else if (strchr("\\`*_[]|~#$!", *c))
			fprintf(f, "\\%c", *c);
		else
			fputc(*c, f);
	free(clean);
}

static const char *const order[] = { "FAIL",  "XPASS", "INFRA",
				     "XFAIL", "SKIP",  "PASS" };
#define NR_ORDER (sizeof(order) / sizeof(*order))

static size_t count(const json_t *cell, const char *family, const char *verdict)
{
	const json_t *test;
	size_t nr = 0, i, len = strlen(family);

	json_array_foreach(json_object_get(cell, "tests"), i, test) {
		const char *name = reread_string(test, "name");

		nr += !strcmp(reread_string(test, "verdict"), verdict) &&
		      (!len ||
		       (!strncmp(name, family, len) && name[len] == '.'));
	}
	return nr;
}

static bool is_bad(const json_t *test)
{
	const char *verdict = reread_string(test, "verdict");

	return !strcmp(verdict, "FAIL") || !strcmp(verdict, "XPASS") ||
	       !strcmp(verdict, "INFRA");
}

/* ---- the table ----------------------------------------------------------- */

static void put_entry(FILE *f, const json_t *cell, const char *family)
{
	const char *between = "";

	for (size_t i = 0; i < NR_ORDER; i++) {
		size_t nr = count(cell, family, order[i]);

		if (!nr)
			continue;
		fprintf(f, i < 3 ? "%s**%zu %s**" : "%s%zu %s", between, nr,
			order[i]);
		between = ", ";
	}
}

/* As members of an object; @bad: only where a test asks for a look. */
static json_t *families(const json_t *results, bool bad)
{
	json_t *all = json_object(), *cell, *test;
	size_t c, t;

	json_array_foreach(json_object_get(results, "cells"), c, cell)
		json_array_foreach(json_object_get(cell, "tests"), t, test) {
			const char *name = reread_string(test, "name");
			char *family = text_printf(
				"%.*s", (int)strcspn(name, "."), name);

			if (!bad || is_bad(test))
				json_object_set_new(all, family, json_true());
			free(family);
		}
	return all;
}

static void put_table(FILE *f, const json_t *results)
{
	json_t *all = families(results, true), *cell, *value;
	const char *family;
	size_t c;

	fputs("| cell | kernel | all |", f);
	json_object_foreach(all, family, value) {
		fputc(' ', f);
		put(f, family);
		fputs(" |", f);
	}
	fputs("\n|---|---|---|", f);
	for (c = 0; c < json_object_size(all); c++)
		fputs("---|", f);
	fputc('\n', f);
	json_array_foreach(json_object_get(results, "cells"), c, cell) {
		fputs("| ", f);
		put(f, reread_string(cell, "name"));
		fputs(" | ", f);
		put(f, *reread_string(cell, "release") ?
			       reread_string(cell, "release") :
			       reread_string(cell, "kernel"));
		fputs(" | ", f);
		put_entry(f, cell, "");
		fputs(" |", f);
		json_object_foreach(all, family, value) {
			fputc(' ', f);
			put_entry(f, cell, family);
			fputs(" |", f);
		}
		fputc('\n', f);
	}
	json_decref(all);
}

/* ---- what asks for a look ------------------------------------------------ */

static void put_failure(FILE *f, const json_t *cell, const json_t *test)
{
	const char *signature = reread_string(test, "signature");
	char *command = escape_text(reread_string(test, "reproduce"), false);

	fprintf(f, "\n**%s** ", reread_string(test, "verdict"));
	put(f, reread_string(cell, "name"));
	fputc(' ', f);
	put(f, reread_string(test, "name"));
	if (*signature) {
		fputs(" (", f);
		put(f, signature);
		fputc(')', f);
	}
	fputs(": ", f);
	put(f, reread_string(test, "reason"));
	/* Of an indented line nothing is markup. */
	fprintf(f, "\n\n    %s\n", command);
	free(command);
}

static void put_failures(FILE *f, const json_t *results)
{
	const json_t *cell, *test;
	size_t c, t, nr = 0;

	json_array_foreach(json_object_get(results, "cells"), c, cell) {
		if (json_is_string(json_object_get(cell, "infra"))) {
			fputs("\n**INFRA** ", f);
			put(f, reread_string(cell, "name"));
			fputs(" could not be judged: ", f);
			put(f, reread_string(cell, "infra"));
			fputc('\n', f);
			continue;
		}
		json_array_foreach(json_object_get(cell, "tests"), t, test)
			if (is_bad(test) && ++nr <= FAILURES)
				put_failure(f, cell, test);
	}
	if (nr > FAILURES)
		fprintf(f, "\nand %zu more\n", nr - FAILURES);
}

/* "docs/findings/NAME.md" of the reason, or the reason; the caller frees. */
static char *short_reason(const char *reason)
{
	const char *at = strstr(reason, "docs/findings/");

	return at ? text_printf("%.*s", (int)strcspn(at, ") ;,"), at) :
		    text_dup(reason);
}

/* The member with the highest number, or NULL. */
static const char *most(json_t *numbers)
{
	const char *name, *found = NULL;
	json_int_t highest = 0;
	json_t *value;

	json_object_foreach(numbers, name, value)
		if (json_integer_value(value) > highest) {
			highest = json_integer_value(value);
			found = name;
		}
	return found;
}

/* Reasons of one verdict, each once with the number of its tests. */
static void put_reasons(FILE *f, const json_t *results, const char *verdict,
			const char *head)
{
	json_t *all = json_object(), *cell, *test;
	const char *reason;
	size_t c, t, nr;

	json_array_foreach(json_object_get(results, "cells"), c, cell)
		json_array_foreach(json_object_get(cell, "tests"), t, test) {
			char *key;

			if (strcmp(reread_string(test, "verdict"), verdict))
				continue;
			key = short_reason(reread_string(test, "reason"));
			json_object_set_new(
				all, key,
				json_integer(json_integer_value(json_object_get(
						     all, key)) +
					     1));
			free(key);
		}
	if (json_object_size(all))
		fprintf(f, "\n<details><summary>%s</summary>\n\n", head);
	for (nr = 0; nr < REASONS && (reason = most(all)); nr++) {
		fprintf(f, "- %lld: ",
			(long long)json_integer_value(
				json_object_get(all, reason)));
		put(f, reason);
		fputc('\n', f);
		json_object_del(all, reason);
	}
	if (json_object_size(all))
		fprintf(f, "- and %zu reasons more\n", json_object_size(all));
	if (nr)
		fputs("\n</details>\n", f);
	json_decref(all);
}

/* ---- all of it ----------------------------------------------------------- */

static void put_all(FILE *f, const char *dir, const json_t *results)
{
	const json_t *totals = json_object_get(results, "totals");
	const char *between = "";

	fputs("## stlb: ", f);
	for (size_t i = 0; i < NR_ORDER; i++) {
		long long nr =
			json_integer_value(json_object_get(totals, order[i]));

		if (!nr)
			continue;
		fprintf(f, "%s%lld %s", between, nr, order[i]);
		between = ", ";
	}
	fputs("\n\n", f);
	put_table(f, results);
	put_failures(f, results);
	put_reasons(f, results, "XFAIL", "known bugs");
	put_reasons(f, results, "SKIP", "skipped");
	fputs("\nResults: ", f);
	put(f, dir);
	fputs("\n", f);
}

void markdown_append(const char *path, const char *dir, const json_t *results)
{
	FILE *f = fopen(path, "ae");

	if (f)
		put_all(f, dir, results);
	if (!f || ferror(f) | fclose(f))
		report_problem(path, errno);
}
