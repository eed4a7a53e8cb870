// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data of a page, each text once:
 *
 *	texts	all of them; elsewhere they are numbers
 *	rules	lists of rules, each as results.json has it
 *	tests	[name, transition]
 *	cells	members of results.json's; results: a list for each test of
 *		[verdict, signature, reason, rules, data, trace, log, command, picture],
 *		in the order of tests, or null
 *
 * In a comparison a cell has "was", a cell without what follows, if it was there, and
 * "changes": for each test a list of [kind, text], or null.
 *
 * A command has the test's name as a "\1". The log of a test that passed is left out. A
 * picture is an SVG document, or "". As base64 of gzip, for it repeats itself.
 */

#include "page.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"
#include "options.h"
#include "picture.h"
#include "report.h"
#include "reread.h"
#include "text.h"

struct texts {
	json_t *list; /* of strings */
	json_t *numbers; /* by text */
};

static json_t *number_of(struct texts *t, const char *text)
{
	json_t *nr = json_object_get(t->numbers, text);

	if (!nr) {
		nr = json_integer(json_array_size(t->list));
		json_object_set_new(t->numbers, text, nr);
		json_array_append_new(t->list, json_string(text));
	}
	return json_incref(nr);
}

/* Frees @text. */
static json_t *number_of_own(struct texts *t, char *text)
{
	json_t *nr = number_of(t, text);

	free(text);
	return nr;
}

static json_t *text_of(struct texts *t, const json_t *object,
		       const char *member)
{
	return number_of(t, reread_string(object, member));
}

/* ---- one result --------------------------------------------------------- */

/* The same rules are those of many tests. */
static json_t *rules_of(struct texts *rules, const json_t *test)
{
	return number_of_own(rules, json_dumps(json_object_get(test, "rules"),
					       JSON_COMPACT));
}

/* "a=1 b=2" */
static json_t *data_of(struct texts *t, const json_t *test)
{
	const char *name, *blank = "";
	json_t *value;
	char *text;
	size_t len;
	FILE *f = alloc_stream(&text, &len);

	json_object_foreach(json_object_get(test, "data"), name, value) {
		fprintf(f, "%s%s=%lld", blank, name,
			(long long)json_integer_value(value));
		blank = " ";
	}
	fclose(f);
	return number_of_own(t, text);
}

static json_t *trace_of(struct texts *t, const json_t *test)
{
	const json_t *line;
	char *text;
	size_t len, i;
	FILE *f = alloc_stream(&text, &len);

	json_array_foreach(json_object_get(test, "trace"), i, line)
		fprintf(f, "%s%s", i ? "\n" : "", json_string_value(line));
	fclose(f);
	return number_of_own(t, text);
}

static json_t *command_of(struct texts *t, const json_t *test)
{
	const char *command = reread_string(test, "reproduce");
	const char *name = reread_string(test, "name");
	const char *at = *name ? strstr(command, name) : NULL;

	if (!at)
		return number_of(t, command);
	return number_of_own(t, text_printf("%.*s\1%s", (int)(at - command),
					    command, at + strlen(name)));
}

/* @groups: the cell's tests by transition */
static json_t *picture_text(struct texts *t, const json_t *cell,
			    const json_t *groups, const json_t *test)
{
	const json_t *others =
		json_object_get(groups, reread_string(test, "transition"));

	return number_of_own(t, picture_svg(cell, test, others, false) ?:
					text_dup(""));
}

static json_t *result_of(struct texts *t, struct texts *rules,
			 const json_t *cell, const json_t *groups,
			 const json_t *test)
{
	bool passed = !strcmp(reread_string(test, "verdict"), "PASS");
	json_t *r = json_array();

	json_array_append_new(r, text_of(t, test, "verdict"));
	json_array_append_new(r, text_of(t, test, "signature"));
	json_array_append_new(r, text_of(t, test, "reason"));
	json_array_append_new(r, rules_of(rules, test));
	json_array_append_new(r, data_of(t, test));
	json_array_append_new(r, trace_of(t, test));
	json_array_append_new(r, passed ? number_of(t, "") :
					  text_of(t, test, "log"));
	json_array_append_new(r, command_of(t, test));
	json_array_append_new(r, picture_text(t, cell, groups, test));
	return r;
}

/* ---- all of them -------------------------------------------------------- */

static void add_tests(json_t *tests, json_t *have, const json_t *cell)
{
	const json_t *test;
	size_t i;

	json_array_foreach(json_object_get(cell, "tests"), i, test) {
		const char *name = reread_string(test, "name");

		if (json_object_get(have, name))
			continue;
		json_object_set_new(have, name, json_true());
		json_array_append_new(
			tests, json_pack("[s, s]", name,
					 reread_string(test, "transition")));
	}
}

/* Tests of all cells, in the order in which they first come. */
static json_t *tests_of(const json_t *results)
{
	json_t *tests = json_array(), *have = json_object();
	const json_t *cell;
	size_t c;

	json_array_foreach(json_object_get(results, "cells"), c, cell) {
		add_tests(tests, have, cell);
		add_tests(tests, have, json_object_get(cell, "was"));
	}
	json_decref(have);
	return tests;
}

static json_t *by_transition(const json_t *cell)
{
	json_t *all = json_object(), *test, *group;
	size_t i;

	json_array_foreach(json_object_get(cell, "tests"), i, test) {
		const char *transition = reread_string(test, "transition");

		group = json_object_get(all, transition);
		if (!group) {
			group = json_array();
			json_object_set_new(all, transition, group);
		}
		json_array_append(group, test);
	}
	return all;
}

static json_t *cell_of(struct texts *t, struct texts *rules,
		       const json_t *tests, const json_t *cell)
{
	static const char *const members[] = {
		"name",	    "arch",   "kernel", "release", "package",
		"compiler", "append", "infra",	"note",	   "seconds",
	};
	json_t *c = json_object(), *results = json_array(),
	       *all = reread_by_name(cell), *groups = by_transition(cell);
	const json_t *name;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(*members); i++)
		json_object_set(c, members[i],
				json_object_get(cell, members[i]));
	json_array_foreach(tests, i, name) {
		const json_t *test = json_object_get(
			all, json_string_value(json_array_get(name, 0)));

		json_array_append_new(results, test ? result_of(t, rules, cell,
								groups, test) :
						      json_null());
	}
	json_decref(all);
	json_decref(groups);
	json_object_set_new(c, "results", results);
	return c;
}

/* With what it was, and what changed */
static json_t *compared_cell(struct texts *t, struct texts *rules,
			     const json_t *tests, const json_t *cell)
{
	json_t *c = cell_of(t, rules, tests, cell), *list;
	const json_t *changes = json_object_get(cell, "changes");
	const json_t *was = json_object_get(cell, "was"), *name;
	size_t i;

	if (!changes)
		return c;
	list = json_array();
	json_array_foreach(tests, i, name) {
		json_t *of = json_object_get(
			changes, json_string_value(json_array_get(name, 0)));

		json_array_append(list, of);
		if (!of)
			json_array_append_new(list, json_null());
	}
	json_object_set_new(c, "changes", list);
	if (was)
		json_object_set_new(c, "was", cell_of(t, rules, tests, was));
	return c;
}

static json_t *lists(const struct texts *rules)
{
	json_t *all = json_array();
	const json_t *text;
	size_t i;

	json_array_foreach(rules->list, i, text)
		json_array_append_new(all, json_loads(json_string_value(text),
						      0, NULL));
	return all;
}

static struct texts texts_new(void)
{
	return (struct texts){ json_array(), json_object() };
}

static json_t *data(const json_t *results)
{
	struct texts t = texts_new(), rules = texts_new();
	json_t *page = json_object(), *cells = json_array();
	json_t *tests = tests_of(results);
	const json_t *cell;
	size_t i;

	json_array_foreach(json_object_get(results, "cells"), i, cell)
		json_array_append_new(cells,
				      compared_cell(&t, &rules, tests, cell));
	json_object_set(page, "started", json_object_get(results, "started"));
	json_object_set(page, "before", json_object_get(results, "before"));
	json_object_set(page, "seconds", json_object_get(results, "seconds"));
	json_object_set_new(page, "tests", tests);
	json_object_set_new(page, "cells", cells);
	json_object_set_new(page, "rules", lists(&rules));
	json_object_set(page, "texts", t.list);
	json_decref(t.list);
	json_decref(t.numbers);
	json_decref(rules.list);
	json_decref(rules.numbers);
	return page;
}

/* Returns the bytes of @text as gzip, which the caller frees, and sets *len. */
static unsigned char *gzip_of(const char *text, size_t *len)
{
	size_t size = strlen(text), room = size + size / 100 + 4096;
	unsigned char *bytes = alloc_zero(room, 1);
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	bool done;

	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "data");
	done = !archive_write_set_format_raw(a) &&
	       !archive_write_add_filter_gzip(a) &&
	       !archive_write_set_filter_option(a, "gzip", "timestamp", NULL) &&
	       !archive_write_open_memory(a, bytes, room, len) &&
	       !archive_write_header(a, entry) &&
	       archive_write_data(a, text, size) == (la_ssize_t)size;
	done &= !archive_write_close(a);
	archive_entry_free(entry);
	archive_write_free(a);
	if (!done)
		*len = 0;
	return bytes;
}

static void put_base64(FILE *f, const unsigned char *b, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t nr = len - i < 3 ? len - i : 3;
		unsigned long bits = b[i] << 16 | (nr > 1 ? b[i + 1] : 0) << 8 |
				     (nr > 2 ? b[i + 2] : 0);

		for (size_t k = 0; k < 4; k++)
			fputc(k <= nr ? digits[bits >> (18 - 6 * k) & 63] : '=',
			      f);
	}
	fputc('\n', f);
}

static void put_data(FILE *f, const json_t *results)
{
	json_t *page = data(results);
	char *text = json_dumps(page, JSON_COMPACT);
	unsigned char *bytes;
	size_t len;

	bytes = gzip_of(text ?: "", &len);
	put_base64(f, bytes, len);
	free(bytes);
	free(text);
	json_decref(page);
}

/* ---- without a script --------------------------------------------------- */

static void put_row(FILE *f, const json_t *results, const char *name, size_t at)
{
	const json_t *cell;
	size_t c;

	fputs("<tr><th scope=row>", f);
	escape_markup(f, name);
	json_array_foreach(json_object_get(results, "cells"), c, cell) {
		const json_t *test =
			json_array_get(json_object_get(cell, "tests"), at);

		/* Cells of one run have the same tests. */
		if (strcmp(reread_string(test, "name"), name))
			test = reread_test(cell, name);
		fputs("<td>", f);
		escape_markup(f, reread_string(test, "verdict"));
	}
	fputc('\n', f);
}

static void put_table(FILE *f, const json_t *results)
{
	json_t *tests = tests_of(results);
	const json_t *cell, *test;
	size_t i;

	fputs("<table><tr><th scope=col>test", f);
	json_array_foreach(json_object_get(results, "cells"), i, cell) {
		fputs("<th scope=col>", f);
		escape_markup(f, reread_string(cell, "name"));
	}
	fputc('\n', f);
	json_array_foreach(tests, i, test)
		put_row(f, results, json_string_value(json_array_get(test, 0)),
			i);
	fputs("</table>\n", f);
	json_decref(tests);
}

/* ---- the page ----------------------------------------------------------- */

/* Returns 0 or an errno of reading the template. */
static int put_form(FILE *f, const json_t *results, const char *template)
{
	FILE *in = fopen(template, "re");
	char *line = NULL;
	size_t size = 0;

	if (!in)
		return errno;
	while (getline(&line, &size, in) > 0)
		if (!strcmp(line, "@DATA@\n"))
			put_data(f, results);
		else if (!strcmp(line, "@PICTURE_STYLE@\n"))
			fprintf(f, "%s\n", picture_style);
		else if (!strcmp(line, "@TABLE@\n"))
			put_table(f, results);
		else
			fputs(line, f);
	free(line);
	fclose(in);
	return 0;
}

void page_put(const char *path, const json_t *results,
	      const struct options *opt)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? text_printf("%.*s", (int)(slash - path), path) :
			    text_dup(".");
	char *template = text_printf("%s/harness/host/page.html", opt->root);
	struct report_file file;
	int err;

	report_open(&file, dir, slash ? slash + 1 : path);
	err = put_form(file.f, results, template);
	report_close(&file);
	if (err)
		report_problem(template, err);
	free(template);
	free(dir);
}

static int report_of(const struct options *opt, const char *path)
{
	char *where = reread_dir(path);
	json_t *results = reread(path);

	if (results) {
		char *page = text_printf("%s/report.html", where);

		page_put(page, results, opt);
		printf("%s\n", page);
		free(page);
		json_decref(results);
	}
	free(where);
	if (!results)
		return RUN_USAGE;
	return report_incomplete() ? RUN_INFRA : RUN_OK;
}

int page_report(const struct options *opt)
{
	int status = RUN_OK;

	for (char **w = opt->words; *w && status == RUN_OK; w++)
		status = report_of(opt, *w);
	return status;
}
