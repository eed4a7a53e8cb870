// SPDX-License-Identifier: GPL-2.0-only
/*
 * The form is that of the kernel's Documentation/admin-guide/reporting-issues.rst: what
 * happens and since when, on which kernels and machines, how to see it again.
 */

#include "mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "catalogue.h"
#include "escape.h"
#include "message.h"
#include "options.h"
#include "report.h"
#include "reread.h"
#include "run.h"
#include "text.h"
#include "words.h"

/* Lines of one test's log. */
#define LOG_LINES 30

/* ---- the finding's text -------------------------------------------------- */

/* What of @line is for a reader of plain text: no ** and no `. The caller frees. */
static char *plain(const char *line)
{
	char *text = text_dup(line), *to = text;

	for (const char *c = line; *c; c++) {
		if (*c == '`' || *c == '\n')
			continue;
		if (c[0] == '*' && c[1] == '*') {
			c++;
			continue;
		}
		*to++ = *c;
	}
	*to = '\0';
	return text;
}

/* The heading, without "# "; NULL: there is none. The caller frees. */
static char *title_of(char *const *lines)
{
	for (; *lines; lines++)
		if (!strncmp(*lines, "# ", 2))
			return plain(*lines + 2);
	return NULL;
}

/* All behind the heading. */
static void put_text(char *const *lines)
{
	bool on = false;

	for (; *lines; lines++) {
		char *text = plain(*lines);

		if (on)
			puts(text);
		on |= !strncmp(*lines, "# ", 2);
		free(text);
	}
}

/* Files of the kernel's that it names, each once. */
static char **files_of(const char *text)
{
	static const char *const roots[] = { "arch/",	 "mm/",	    "drivers/",
					     "include/", "kernel/", "virt/" };
	char **files = NULL;

	for (const char *c = text; *c; c++) {
		size_t len = strcspn(c + 1, "`");
		char *name;

		if (*c != '`')
			continue;
		name = text_printf("%.*s", (int)len, c + 1);
		for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++)
			if (!strncmp(name, roots[i], strlen(roots[i])) &&
			    strchr(name, '.') && !list_has(files, name))
				files = list_add(files, text_dup(name));
		c += len + !!c[len + 1];
		free(name);
	}
	return files;
}

/* ---- what results show of it --------------------------------------------- */

struct shown {
	const char *mark; /* "docs/findings/NAME." */
	char **tests; /* that it explains, in any cell */
	const json_t *first; /* one of these, and its cell */
	const json_t *first_cell;
};

static bool explains(const struct shown *s, const json_t *test)
{
	return !strcmp(reread_string(test, "verdict"), "XFAIL") &&
	       strstr(reread_string(test, "reason"), s->mark);
}

static void find(struct shown *s, const json_t *results)
{
	const json_t *cell, *test;
	size_t c, t;

	json_array_foreach(json_object_get(results, "cells"), c, cell)
		json_array_foreach(json_object_get(cell, "tests"), t, test) {
			const char *name = reread_string(test, "name");

			if (!explains(s, test))
				continue;
			if (!list_has(s->tests, name))
				s->tests = list_add(s->tests, text_dup(name));
			if (s->first)
				continue;
			s->first = test;
			s->first_cell = cell;
		}
}

static void put_clean(const char *text)
{
	char *clean = escape_text(text, false);

	fputs(clean, stdout);
	free(clean);
}

/* How many of the tests fail so in this cell, and how many pass. */
static void put_cell(const struct shown *s, const json_t *cell)
{
	size_t failed = 0, passed = 0, i;
	const json_t *test;

	json_array_foreach(json_object_get(cell, "tests"), i, test) {
		if (!list_has(s->tests, reread_string(test, "name")))
			continue;
		failed += explains(s, test);
		passed += !strcmp(reread_string(test, "verdict"), "PASS");
	}
	if (!failed && !passed)
		return;
	fputs("  ", stdout);
	put_clean(reread_string(cell, "arch"));
	fputs(", ", stdout);
	put_clean(*reread_string(cell, "release") ?
			  reread_string(cell, "release") :
			  reread_string(cell, "kernel"));
	fputs(" (", stdout);
	put_clean(reread_string(cell, "package"));
	printf("): %s, %zu tests fail, %zu pass\n",
	       failed ? "affected" : "not affected", failed, passed);
}

static void put_rules(const json_t *test)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(test, "rules"), i, rule) {
		if (!json_is_true(json_object_get(rule, "decides")) ||
		    !strcmp(reread_string(rule, "need"), "OPTIONAL"))
			continue;
		fputs("  ", stdout);
		put_clean(reread_string(rule, "need"));
		fputs(" for ", stdout);
		put_clean(reread_string(rule, "profile"));
		fputs(": ", stdout);
		put_clean(reread_string(rule, "why"));
		fputs(" (", stdout);
		put_clean(reread_string(rule, "cite"));
		puts(")");
	}
}

/* What the test said, without the lines that are for the runner. */
static void put_log(const json_t *test)
{
	char **lines = list_split(reread_string(test, "log"), "\n");
	size_t nr = 0;

	for (char **l = lines; *l && nr < LOG_LINES; l++) {
		const char *reason = "# stlb: reason ";
		bool is_reason = !strncmp(*l, reason, strlen(reason));

		if (!is_reason && strncmp(*l, "# seen: ", 8))
			continue;
		fputs("  ", stdout);
		put_clean(is_reason ? *l + strlen(reason) : *l + 2);
		putchar('\n');
		nr++;
	}
	list_free(lines);
}

static void put_shown(const struct shown *s, const json_t *results)
{
	const struct test *test =
		catalogue_find(reread_string(s->first, "name"));
	const json_t *cell;
	size_t c;

	printf("\nSeen with stlb %s, a test suite of secondary TLBs, in QEMU, %s:\n\n",
	       STLB_VERSION, reread_string(results, "started"));
	json_array_foreach(json_object_get(results, "cells"), c, cell)
		put_cell(s, cell);
	fputs("\nOne of the tests, ", stdout);
	put_clean(reread_string(s->first, "name"));
	fputs(" on ", stdout);
	put_clean(reread_string(s->first_cell, "release"));
	printf(":\n\n");
	if (test)
		printf("  what happens: %s\n", catalogue_what(test));
	put_log(s->first);
	puts("\nThe rule that it breaks:\n");
	put_rules(s->first);
	puts("\nTo see it again:\n");
	fputs("  ", stdout);
	put_clean(reread_string(s->first, "reproduce"));
	putchar('\n');
}

/* ---- the mail ------------------------------------------------------------ */

static char *read_file(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text, line[1024];
	size_t len;
	FILE *f;

	if (!in)
		return NULL;
	f = alloc_stream(&text, &len);
	while (fgets(line, sizeof(line), in))
		fputs(line, f);
	fclose(in);
	fclose(f);
	return text;
}

static void put_mail(const char *text, const struct shown *s,
		     const json_t *results)
{
	char **lines = list_split(text, "\n"), **files = files_of(text);
	char *title = title_of(lines);

	printf("Subject: [BUG] %s\n", title ? title : "secondary TLBs");
	if (files) {
		char *all = list_join(files, " -f ");

		printf("X-To-find-whom: scripts/get_maintainer.pl -f %s\n",
		       all);
		free(all);
	}
	puts("\nHi,");
	put_text(lines);
	if (s->first)
		put_shown(s, results);
	else
		puts("\nNo test of the results at hand shows it.");
	free(title);
	list_free(files);
	list_free(lines);
}

/* A name, not a path. */
static bool is_name(const char *s)
{
	return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_")];
}

int mail(const struct options *opt, const json_t *results)
{
	char *path =
		text_printf("%s/docs/findings/%s.md", opt->root, opt->finding);
	char *mark = text_printf("docs/findings/%s.", opt->finding);
	char *text = is_name(opt->finding) ? read_file(path) : NULL;
	struct shown s = { .mark = mark };
	int status = RUN_OK;

	if (text) {
		find(&s, results);
		put_mail(text, &s, results);
	} else {
		status = usage_error(
			"--finding %s: there is no docs/findings/%s.md: see docs/findings for those there are",
			opt->finding, opt->finding);
	}
	list_free(s.tests);
	free(text);
	free(mark);
	free(path);
	return status;
}
