// SPDX-License-Identifier: GPL-2.0-only

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "options.h"
#include "report.h"
#include "rule_text.h"
#include "text.h"
#include "words.h"

/* Of a longer log the middle is left out; results.json has all of it. */
#define LOG_LINES 200

/*
 * Text of a guest's that the kernel's own parser would take for the end of the
 * log, wherever it stands in a line.
 */
static void defuse(char *s)
{
	static const char *const ends[] = {
		"List of all partitions:",
		"Kernel panic - not syncing: VFS:",
		"reboot: System halted",
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		for (char *p = s; (p = strstr(p, ends[i]));)
			*strchr(p, ' ') = '_';
}

/* What follows a directive; '#' there would begin another one. */
static void put_text(FILE *f, const char *s)
{
	char *clean = escape_text(s, false);

	defuse(clean);
	for (const char *c = clean; *c; c++) {
		if (*c == '#')
			fputc('\\', f);
		fputc(*c, f);
	}
	free(clean);
}

static void put_diagnostic(FILE *f, const char *indent, const char *line)
{
	char *clean = escape_text(line, false);

	defuse(clean);
	/* "# Subtest:" is a header. */
	fprintf(f, "%s# %s%s\n", indent,
		strncmp(clean, "Subtest:", 8) ? "" : " ", clean);
	free(clean);
}

static void put_named(FILE *f, const char *indent, const char *name,
		      const char *value)
{
	char *line;

	if (!value)
		return;
	line = text_printf("%s: %s", name, value);
	put_diagnostic(f, indent, line);
	free(line);
}

static size_t count_lines(const char *log)
{
	size_t n = 0;

	for (; *log; log += *log == '\n') {
		log += strcspn(log, "\n");
		n++;
	}
	return n;
}

static void put_log(FILE *f, const char *indent, const char *log)
{
	size_t nr = count_lines(log), skip = 0, i = 0;

	if (nr > LOG_LINES)
		skip = nr - LOG_LINES;
	for (; *log; log += *log == '\n', i++) {
		size_t n = strcspn(log, "\n");
		char *line = text_printf("%.*s", (int)n, log);

		if (i < LOG_LINES / 2 || i >= LOG_LINES / 2 + skip)
			put_diagnostic(f, indent, line);
		else if (i == LOG_LINES / 2)
			fprintf(f,
				"%s# ... %zu lines left out, see results.json\n",
				indent, skip);
		free(line);
		log += n;
	}
}

static void put_rules(FILE *f, const char *indent, const struct cell *cell,
		      const struct result *r)
{
	char **rules = rule_lines(cell, r);

	for (char **rule = rules; rule && *rule; rule++)
		put_named(f, indent, "rule", *rule);
	list_free(rules);
}

static void put_data(FILE *f, const char *indent, const struct result *r)
{
	for (size_t i = 0; i < r->nr_data; i++) {
		char *line = text_printf("data: %s=%lld", r->data[i].name,
					 r->data[i].value);

		put_diagnostic(f, indent, line);
		free(line);
	}
}

/* @r NULL: for all of the cell */
static void put_command(FILE *f, const char *indent, const struct run *run,
			const struct cell *cell, const struct result *r)
{
	char *command = report_reproduce(run, cell, r);

	put_named(f, indent, "reproduce", command);
	free(command);
}

static void put_details(FILE *f, const char *indent, const struct run *run,
			const struct cell *cell, const struct result *r)
{
	if (report_verdict(r) != VERDICT_XFAIL && !report_is_bad(r->verdict)) {
		if (run->opt->verbose)
			put_data(f, indent, r);
		return;
	}
	if (r->log)
		put_log(f, indent, r->log);
	if (r->verdict == VERDICT_FAIL || r->verdict == VERDICT_XFAIL ||
	    r->verdict == VERDICT_XPASS)
		put_rules(f, indent, cell, r);
	if (r->signature && *r->signature)
		put_named(f, indent, "failed", r->signature);
	if (!cell->infra)
		put_command(f, indent, run, cell, r);
}

/* What kept all of the cell from being judged is told once, before its tests. */
static bool is_of_the_cell(const struct cell *cell, const struct result *r)
{
	return cell->infra && !strcmp(report_reason(cell, r), cell->infra);
}

static void put_result(FILE *f, const char *indent, const struct cell *cell,
		       const struct result *r, size_t nr)
{
	static const char *const directives[NR_VERDICTS] = {
		[VERDICT_XFAIL] = "XFAIL",
		[VERDICT_XPASS] = "XPASS",
		[VERDICT_SKIP] = "SKIP",
		[VERDICT_INFRA] = "ERROR",
	};
	enum verdict v = report_verdict(r);

	fprintf(f, "%s%s %zu %s", indent, report_is_bad(v) ? "not ok" : "ok",
		nr, r->test->name);
	if (v == VERDICT_FAIL) /* a reason alone could read like a directive */
		fprintf(f, " # failed %s: ", r->signature ? r->signature : "");
	else if (directives[v])
		fprintf(f, " # %s ", directives[v]);
	if (v == VERDICT_INFRA && is_of_the_cell(cell, r))
		fprintf(f, "the cell could not be judged");
	else if (v != VERDICT_PASS)
		put_text(f, report_reason(cell, r));
	fputc('\n', f);
}

void ktap_cell(FILE *f, const struct run *run, const struct cell *cell,
	       const char *indent)
{
	fprintf(f, "%sKTAP version 1\n", indent);
	fprintf(f, "%s# Subtest: %s\n", indent, cell->name);
	fprintf(f, "%s1..%zu\n", indent, cell->nr_results);
	put_named(f, indent, "kernel", cell->release);
	put_named(f, indent, "package", cell->package);
	put_named(f, indent, "note", cell->note);
	if (cell->infra) {
		put_named(f, indent, "cannot be judged", cell->infra);
		put_command(f, indent, run, cell, NULL);
	}
	for (size_t i = 0; i < cell->nr_results; i++) {
		put_details(f, indent, run, cell, &cell->results[i]);
		put_result(f, indent, cell, &cell->results[i], i + 1);
	}
}

void ktap_cell_line(FILE *f, const struct cell *cell, size_t nr)
{
	struct tally t = { { 0 } };
	bool bad;

	report_count(&t, cell);
	bad = cell->infra || !cell->nr_results || t.nr[VERDICT_FAIL] ||
	      t.nr[VERDICT_XPASS] || t.nr[VERDICT_INFRA];
	fprintf(f, "%s %zu %s", bad ? "not ok" : "ok", nr, cell->name);
	if (cell->infra) {
		fprintf(f, " # ERROR ");
		put_text(f, cell->infra);
	} else if (cell->nr_results && t.nr[VERDICT_SKIP] == cell->nr_results) {
		fprintf(f, " # SKIP every test was skipped");
	}
	fputc('\n', f);
}
