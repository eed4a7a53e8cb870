// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "escape.h"
#include "message.h"
#include "options.h"
#include "report.h"
#include "text.h"
#include "words.h"

static bool incomplete;

/* What is wrong with one file is mostly wrong with all: it is said once. */
void report_problem(const char *what, int err)
{
	static int said;

	incomplete = true;
	if (err == said)
		return;
	said = err;
	message("%s cannot be written: %s: %s", what, strerror(err),
		err == ENOSPC || err == EDQUOT ?
			"free some space and run again" :
		err == EPIPE ? "its reader went away" :
		err == EBADF ? "it is closed" :
			       "choose another place with --out");
}

bool report_incomplete(void)
{
	return incomplete;
}

void report_open(struct report_file *file, const char *dir, const char *name)
{
	file->path = text_printf("%s/%s", dir, name);
	file->f = alloc_stream(&file->text, &file->len);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		text += n;
		len -= n;
	}
	return 0;
}

void report_close(struct report_file *file)
{
	char *tmp = text_printf("%s.tmp", file->path);
	int fd, err;

	fclose(file->f);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	err = fd < 0 ? errno : write_all(fd, file->text, file->len);
	if (fd >= 0 && close(fd) && !err)
		err = errno;
	if (!err && rename(tmp, file->path))
		err = errno;
	if (err) {
		unlink(tmp);
		report_problem(file->path, err);
	}
	free(tmp);
	free(file->text);
	free(file->path);
	memset(file, 0, sizeof(*file));
}

static char **add_option(char **words, const char *name, const char *value)
{
	words = list_add(words, text_dup(name));
	return list_add(words, text_dup(value));
}

/* run_tests.sh as seen from where the run was started. */
static char *entry(const char *root)
{
	char *here = realpath(".", NULL), *there = realpath(root, NULL);
	char *path;

	if (!here || !there || !strcmp(here, there))
		path = text_dup("./run_tests.sh");
	else
		path = text_printf("%s/run_tests.sh", there);
	free(here);
	free(there);
	return path;
}

/* Is there another cell of the same architecture and kernel? */
static bool has_namesake(const struct run *run, const struct cell *cell)
{
	for (size_t i = 0; i < run->nr_cells; i++) {
		const struct cell *c = &run->cells[i];

		if (c != cell && c->arch == cell->arch &&
		    !strcmp(c->kernel, cell->kernel))
			return true;
	}
	return false;
}

char **report_again(const struct run *run, const struct cell *cell,
		    const struct result *result)
{
	const struct options *opt = run->opt;
	char **words = list_add(NULL, entry(opt->root));

	words = add_option(words, "--arch", cell->arch->name);
	words = add_option(words, "--kernel", cell->kernel);
	if (result)
		words = add_option(words, "--test", result->test->name);
	for (char **t = opt->tests; !result && t && *t; t++)
		words = add_option(words, "--test", *t);
	if (has_namesake(run, cell))
		words = add_option(words, "--cell", cell->name);
	if (opt->set)
		words = add_option(words, "--set", opt->set);
	if (opt->matrix)
		words = add_option(words, "--matrix", opt->matrix);
	for (char **c = opt->configs; c && *c; c++)
		words = add_option(words, "--config", *c);
	if (opt->defconfig)
		words = list_add(words, text_dup("--defconfig"));
	if (opt->build_dir)
		words = add_option(words, "--build-dir", opt->build_dir);
	if (opt->known_bugs)
		words = add_option(words, "--known-bugs", opt->known_bugs);
	if (opt->strict_skips)
		words = list_add(words, text_dup("--strict-skips"));
	if (opt->expected_skips)
		words = add_option(words, "--expected-skips",
				   opt->expected_skips);
	if (opt->timeout != OPTIONS_TIMEOUT) {
		words = list_add(words, text_dup("--timeout"));
		words = list_add(words, text_printf("%u", opt->timeout));
	}
	if (opt->boot_timeout) {
		words = list_add(words, text_dup("--boot-timeout"));
		words = list_add(words, text_printf("%u", opt->boot_timeout));
	}
	if (opt->seconds) {
		words = list_add(words, text_dup("--seconds"));
		words = list_add(words, text_printf("%u", opt->seconds));
	}
	if (opt->seed) {
		words = list_add(words, text_dup("--seed"));
		words = list_add(words, text_printf("%u", opt->seed));
	}
	return words;
}

char *report_reproduce(const struct run *run, const struct cell *cell,
		       const struct result *result)
{
	char **words = report_again(run, cell, result), **quoted = NULL;
	char *command;

	for (char **w = words; *w; w++)
		quoted = list_add(quoted, escape_shell(*w));
	command = list_join(quoted, " ");
	list_free(quoted);
	list_free(words);
	return command;
}

bool report_is_bad(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_XPASS || v == VERDICT_INFRA ||
	       v == VERDICT_NONE;
}

enum verdict report_verdict(const struct result *r)
{
	return r->verdict == VERDICT_NONE ? VERDICT_INFRA : r->verdict;
}

const char *report_reason(const struct cell *cell, const struct result *r)
{
	if (r->reason)
		return r->reason;
	switch (report_verdict(r)) {
	case VERDICT_PASS:
		return "";
	case VERDICT_INFRA:
		return cell->infra ? cell->infra : "the run ended before it";
	default:
		return r->signature ? r->signature : "";
	}
}

void report_count(struct tally *t, const struct cell *cell)
{
	for (size_t i = 0; i < cell->nr_results; i++)
		t->nr[report_verdict(&cell->results[i])]++;
}

char *report_tally(const struct tally *t)
{
	static const struct {
		enum verdict v;
		const char *name;
	} order[] = {
		{ VERDICT_FAIL, "fail" },   { VERDICT_XPASS, "xpass" },
		{ VERDICT_INFRA, "infra" }, { VERDICT_PASS, "pass" },
		{ VERDICT_XFAIL, "xfail" }, { VERDICT_SKIP, "skip" },
	};
	char **words = NULL, *all;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (t->nr[order[i].v])
			words = list_add(words, text_printf("%zu %s",
							    t->nr[order[i].v],
							    order[i].name));
	if (!words)
		return text_dup("no verdict");
	all = list_join(words, ", ");
	list_free(words);
	return all;
}

/* A cell that could not be judged says why here, too, not only in its KTAP. */
/* A log that keeps stderr alone has what to look at, and how to see it again. */
#define LINE_FAILURES 20

static void line_failures(const struct run *run)
{
	size_t nr = 0;

	for (size_t c = 0; c < run->nr_cells; c++) {
		const struct cell *cell = &run->cells[c];

		for (size_t i = 0; i < cell->nr_results; i++) {
			const struct result *r = &cell->results[i];
			char *why, *command;

			if (!report_is_bad(report_verdict(r)) || cell->infra ||
			    ++nr > LINE_FAILURES)
				continue;
			why = escape_text(report_reason(cell, r), false);
			command = report_reproduce(run, cell, r);
			fprintf(stderr,
				"stlb: %s %s %s: %s\nstlb: reproduce: %s\n",
				verdict_name(report_verdict(r)), cell->name,
				r->test->name, why, command);
			free(command);
			free(why);
		}
	}
	if (nr > LINE_FAILURES)
		fprintf(stderr, "stlb: and %zu more: see %s\n",
			nr - LINE_FAILURES,
			run->dir ? run->dir : "standard output");
}

static void line_finish(const struct run *run)
{
	struct tally t = { { 0 } };
	char *tally;

	for (size_t i = 0; i < run->nr_cells; i++) {
		const struct cell *cell = &run->cells[i];

		report_count(&t, cell);
		if (cell->infra) {
			char *why = escape_text(cell->infra, false);

			fprintf(stderr, "stlb: %s: %s\n", cell->name, why);
			free(why);
		}
	}
	line_failures(run);
	tally = report_tally(&t);
	fprintf(stderr, "stlb: %s%s%s%s\n", tally,
		run->interrupted ? ", interrupted" : "",
		run->dir ? "; results in " : "", run->dir ? run->dir : "");
	free(tally);
}

const struct reporter report_line = { .finish = line_finish };
