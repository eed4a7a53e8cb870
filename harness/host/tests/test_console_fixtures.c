// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console scanner against logs of real crashes: fixtures/expected.txt says
 * what is in each (fixtures/README.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../console.h"

#ifndef FIXTURES
#define FIXTURES "harness/host/tests/fixtures"
#endif

#define NR_KINDS (SPLAT_KASAN + 1)

/* What expected.txt calls the kinds. */
static const char *const tokens[NR_KINDS] = {
	[SPLAT_NONE] = "none",
	[SPLAT_WARN] = "warn",
	[SPLAT_BUG] = "bug",
	[SPLAT_OOPS] = "oops",
	[SPLAT_PANIC] = "panic",
	[SPLAT_RCU_STALL] = "rcu_stall",
	[SPLAT_HUNG_TASK] = "hung_task",
	[SPLAT_LOCKUP] = "lockup",
	[SPLAT_LOCKDEP] = "lockdep",
	[SPLAT_KASAN] = "kasan",
};

/* What the scanner saw; kinds in the order of their first report. */
struct seen {
	char kinds[256];
	bool has[NR_KINDS];
	size_t reports;
	bool fatal;
	char first[CONSOLE_LINE_MAX + 1];
	char test[128]; /* of the last begin mark */
	bool astray; /* a report in another test than that */
	bool ended;
	bool done;
};

static void on_splat(void *arg, const struct console_splat *s)
{
	struct seen *seen = arg;

	if (!seen->reports++)
		strcpy(seen->first, s->line);
	seen->fatal |= s->fatal;
	if (seen->test[0] && !seen->ended)
		seen->astray |= !s->test || strcmp(s->test, seen->test);
	else
		seen->astray |= s->test != NULL;
	if (seen->has[s->kind])
		return;
	seen->has[s->kind] = true;
	if (seen->kinds[0])
		strcat(seen->kinds, ",");
	strcat(seen->kinds, tokens[s->kind]);
}

static void on_mark(void *arg, enum console_mark mark, const char *test)
{
	struct seen *seen = arg;

	if (mark == CONSOLE_BEGIN)
		snprintf(seen->test, sizeof(seen->test), "%s", test);
	seen->ended |= mark == CONSOLE_END;
	seen->done |= mark == CONSOLE_DONE;
}

static const struct console_ops ops = { .splat = on_splat, .mark = on_mark };

static char *read_file(const char *name, size_t *len)
{
	char path[512];
	char *buf;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot be read", path);
	fseek(f, 0, SEEK_END);
	*len = ftell(f);
	rewind(f);
	buf = malloc(*len + 1);
	assert_non_null(buf);
	assert_int_equal(fread(buf, 1, *len, f), *len);
	buf[*len] = '\0';
	fclose(f);
	return buf;
}

/* Feeds @log in pieces of @piece bytes. */
static void scan(struct seen *seen, const char *log, size_t len, size_t piece)
{
	struct console con;
	size_t i;

	memset(seen, 0, sizeof(*seen));
	console_init(&con, &ops, seen);
	for (i = 0; i < len; i += piece)
		console_feed(&con, log + i, len - i < piece ? len - i : piece);
	console_finish(&con);
	if (!seen->reports)
		strcpy(seen->kinds, tokens[SPLAT_NONE]);
}

/* One line of expected.txt; the fields are tab-separated. */
struct expected {
	const char *file;
	const char *kinds;
	const char *line; /* how the first report's line begins */
};

static bool agrees(const struct expected *e, const struct seen *seen)
{
	bool panic = strstr(e->kinds, tokens[SPLAT_PANIC]) != NULL;
	bool ok = true;

	if (strcmp(seen->kinds, e->kinds)) {
		print_error("%s: %s, not %s\n", e->file, seen->kinds, e->kinds);
		ok = false;
	}
	if (strncmp(seen->first, e->line, strlen(e->line))) {
		print_error("%s: first report is '%s', not '%s'\n", e->file,
			    seen->first, e->line);
		ok = false;
	}
	if (seen->fatal != panic) {
		print_error("%s: fatal is %d\n", e->file, seen->fatal);
		ok = false;
	}
	if (seen->astray) {
		print_error("%s: a report in the wrong test\n", e->file);
		ok = false;
	}
	return ok;
}

static bool check(const struct expected *e)
{
	/* In one go, byte by byte, and at odd seams. */
	static const size_t pieces[] = { SIZE_MAX / 2, 1, 7, 4096 };
	struct seen seen, first;
	bool ok = true;
	size_t len, i;
	char *log;

	log = read_file(e->file, &len);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		scan(&seen, log, len, pieces[i]);
		if (!i) {
			first = seen;
			ok = agrees(e, &seen);
		} else if (memcmp(&seen, &first, sizeof(seen))) {
			print_error("%s: differs in pieces of %zu bytes\n",
				    e->file, pieces[i]);
			ok = false;
		}
	}
	free(log);
	return ok;
}

/* Calls @fn for each line of expected.txt; returns how many there are. */
static size_t each_expected(bool (*fn)(const struct expected *e), bool *ok)
{
	size_t len, n = 0;
	char *text = read_file("expected.txt", &len);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		struct expected e = { .file = strsep(&line, "\t") };

		if (!e.file[0] || e.file[0] == '#')
			continue;
		e.kinds = strsep(&line, "\t");
		e.line = line ? line : "";
		if (!e.kinds)
			fail_msg("expected.txt: '%s' has no kind", e.file);
		*ok &= fn(&e);
		n++;
	}
	free(text);
	return n;
}

static void test_fixtures(void **state)
{
	bool ok = true;

	(void)state;
	assert_true(each_expected(check, &ok) > 0);
	assert_true(ok);
}

static bool exists(const struct expected *e)
{
	size_t len;

	free(read_file(e->file, &len));
	return true;
}

/* No log lies there that nobody looks at. */
static void test_all_are_expected(void **state)
{
	bool ok = true;
	size_t n = 0;
	DIR *dir = opendir(FIXTURES);
	struct dirent *d;

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		size_t len = strlen(d->d_name);

		n += len > 4 && !strcmp(d->d_name + len - 4, ".log");
	}
	closedir(dir);
	assert_int_equal(n, each_expected(exists, &ok));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_all_are_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
