// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include <jansson.h>
#include <libxml/parser.h>
#include <sys/stat.h>

#include "../catalogue.h"
#include "../escape.h"
#include "../matrix.h"
#include "../options.h"
#include "../report.h"
#include "../reread.h"
#include "../text.h"
#include "../words.h"

/* Every byte but NUL, twice over in ways that break naive reports. */
static char hostile[800];

static void make_hostile(void)
{
	char *h = hostile;

	for (int c = 1; c < 256; c++)
		*h++ = c;
	strcpy(h,
	       "]]> --> &amp; </log> # SKIP \xed\xa0\x80 \xef\xbf\xbf "
	       "\xc0\x80 \xf4\x90\x80\x80 \xe2\x80\xae \xc3\xa9 \xf0\x9f\x98\x80 "
	       "\xc2\nok 1 forged\nnot ok 2 forged\nKTAP version 1\n1..9\n"
	       "Subtest: forged\nreboot: System halted\n\xf0\x9f");
}

static struct options opt;
static struct run run;
static char dir[] = "/tmp/stlb-reports-XXXXXX";

static void set(size_t i, enum verdict v, const char *signature,
		const char *reason)
{
	struct result *r = &run.cells[0].results[i];

	r->verdict = v;
	r->signature = text_dup(signature);
	r->reason = reason ? text_dup(reason) : NULL;
	r->log = text_dup(hostile);
	/* QEMU's SMMU is no smmuv3-pri. */
	r->judged = list_split(strstr(r->test->name, ".emulated") ?
				       "smmuv3" :
				       "smmuv3 smmuv3-pri kvm-shadow",
			       " ");
}

static int setup(void **state)
{
	static char *tests[] = { "cow.copy", "recorder.order", NULL };
	static const char matrix[] = "[c]\narch = arm64\nkernel = debian:6.1\n";
	char *path = make_file(matrix, strlen(matrix));

	(void)state;
	make_hostile();
	if (!mkdtemp(dir))
		return -1;
	opt.matrix = path;
	opt.root = ".";
	opt.timeout = OPTIONS_TIMEOUT;
	opt.tests = tests;
	run.opt = &opt;
	if (matrix_load(&run, &opt))
		return -1;
	unlink(path);
	free(path);
	opt.matrix = NULL;
	catalogue_plan(&run, tests);
	run.dir = text_dup(dir);
	run.cells[0].dir = text_printf("%s/c", dir);
	run.cells[0].release = text_dup(hostile);
	run.cells[0].note = text_dup(hostile);
	run.cells[0].stage = CELL_DONE;
	mkdir(run.cells[0].dir, 0700);
	set(0, VERDICT_FAIL, "coverage", hostile);
	set(1, VERDICT_XFAIL, "coverage", hostile);
	set(2, VERDICT_SKIP, "", hostile);
	set(3, VERDICT_XPASS, "", hostile);
	set(4, VERDICT_PASS, "", NULL);
	set(5, VERDICT_PASS, "", NULL);
	set(6, VERDICT_PASS, "", NULL);
	return 0;
}

static int teardown(void **state)
{
	char *command[] = { "results.json", "junit.xml", "c/ktap", NULL };

	(void)state;
	for (char **c = command; *c; c++) {
		char *path = text_printf("%s/%s", dir, *c);

		unlink(path);
		free(path);
	}
	rmdir(run.cells[0].dir);
	rmdir(dir);
	matrix_free(&run);
	free(run.dir);
	return 0;
}

static void escapes(void **state)
{
	char *s = escape_text("a\tb\nc\x01\xff\xc3\xa9", false);
	char *l = escape_text("a\tb\nc\r", true);

	(void)state;
	assert_string_equal(s, "a b\\x0ac\\x01\\xff\xc3\xa9");
	assert_string_equal(l, "a\tb\nc\\x0d");
	free(s);
	free(l);
	assert_int_equal(escape_char("\xc0\x80"), 0); /* overlong */
	assert_int_equal(escape_char("\xe0\x80\x80"), 0);
	assert_int_equal(escape_char("\xed\xa0\x80"), 0); /* surrogate */
	assert_int_equal(escape_char("\xef\xbf\xbf"), 0);
	assert_int_equal(escape_char("\xf4\x90\x80\x80"), 0);
	assert_int_equal(escape_char("\xe2\x80\xae"), 0); /* right to left */
	assert_int_equal(escape_char("\xc2\x9b"), 0); /* CSI */
	assert_int_equal(escape_char("\xf0\x9f"), 0); /* cut */
	assert_int_equal(escape_char("\xf0\x9f\x98\x80"), 4);
}

static void quoting(void **state)
{
	static const char *const words[][2] = {
		{ "debian:6.1", "debian:6.1" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "it's", "'it'\\''s'" },
		{ "$(x)", "'$(x)'" },
		{ "~", "'~'" },
		{ "*", "'*'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char *q = escape_shell(words[i][0]);

		assert_string_equal(q, words[i][1]);
		free(q);
	}
}

static void reproduce(void **state)
{
	const struct cell *cell = &run.cells[0];
	char *command = report_reproduce(&run, cell, &cell->results[0]);

	(void)state;
	assert_string_equal(command,
			    "./run_tests.sh --arch arm64 --kernel debian:6.1 "
			    "--test cow.copy.page");
	free(command);
	opt.matrix = "my matrix";
	opt.build_dir = "/b";
	opt.known_bugs = "k'b";
	opt.timeout = 7;
	opt.seconds = 30;
	opt.seed = 9;
	command = report_reproduce(&run, cell, NULL);
	assert_string_equal(command,
			    "./run_tests.sh --arch arm64 --kernel debian:6.1 "
			    "--test cow.copy --test recorder.order "
			    "--matrix 'my matrix' --build-dir /b "
			    "--known-bugs 'k'\\''b' --timeout 7 "
			    "--seconds 30 --seed 9");
	free(command);
	opt.matrix = opt.build_dir = opt.known_bugs = NULL;
	opt.timeout = OPTIONS_TIMEOUT;
	opt.seconds = opt.seed = 0;
}

static json_t *tests_of(json_t *root)
{
	json_t *cell = json_array_get(json_object_get(root, "cells"), 0);

	assert_string_equal(json_string_value(json_object_get(cell, "dir")),
			    "c");
	return json_object_get(cell, "tests");
}

/* The names of the profiles that decide the verdict of @test. */
static void expect_deciding(const json_t *test, const char *want)
{
	const json_t *rows = json_object_get(test, "rules");
	char got[100] = "";

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const json_t *name = json_object_get(row, "profile");

		if (json_is_true(json_object_get(row, "decides")))
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%s ", json_string_value(name));
	}
	assert_string_equal(got, want);
}

static void json(void **state)
{
	json_t *root, *t;

	(void)state;
	report_json.start(&run);
	report_json.finish(&run);
	root = reread(dir);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "status")),
			 RUN_FAILED);
	t = json_array_get(tests_of(root), 0);
	assert_string_equal(json_string_value(json_object_get(t, "verdict")),
			    "FAIL");
	assert_true(json_array_size(json_object_get(t, "rules")) > 0);
	expect_deciding(t, "smmuv3 smmuv3-pri kvm-shadow ");
	assert_non_null(
		strstr(json_string_value(json_object_get(t, "log")), "\\xff"));
	t = json_array_get(tests_of(root), 2);
	assert_string_equal(json_string_value(json_object_get(t, "name")),
			    "cow.copy.model");
	expect_deciding(t, "smmuv3 smmuv3-pri ");
	t = json_array_get(tests_of(root), 3);
	assert_string_equal(json_string_value(json_object_get(t, "name")),
			    "cow.copy.emulated");
	expect_deciding(t, "smmuv3 ");
	t = json_array_get(tests_of(root), 6);
	assert_string_equal(json_string_value(json_object_get(t, "name")),
			    "recorder.order");
	assert_true(json_is_null(json_object_get(t, "reason")));
	assert_true(json_is_null(json_object_get(t, "transition")));
	expect_deciding(t, "");
	json_decref(root);
}

static void junit(void **state)
{
	char *path = text_printf("%s/junit.xml", dir), *text;
	xmlDocPtr doc;

	(void)state;
	report_junit.finish(&run);
	doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	assert_string_equal(xmlDocGetRootElement(doc)->name, "testsuites");
	xmlFreeDoc(doc);
	xmlCleanupParser();
	text = read_whole(path);
	assert_non_null(strstr(
		text, "tests=\"7\" failures=\"2\" errors=\"0\" skipped=\"2\""));
	assert_non_null(strstr(text, "<skipped message=\"XFAIL: "));
	assert_non_null(strstr(text, "<failure message=\"XPASS: "));
	free(text);
	free(path);
}

/* Only what the runner judged is a result line, header or plan. */
static void ktap(void **state)
{
	char *path = text_printf("%s/c/ktap", dir), *text, *save;
	int results = 0, versions = 0;

	(void)state;
	report_ktap_files.done(&run, &run.cells[0]);
	text = read_whole(path);
	free(path);
	assert_null(strstr(text, "reboot: System halted"));
	for (char *l = strtok_r(text, "\n", &save); l;
	     l = strtok_r(NULL, "\n", &save)) {
		const char *s = l + strspn(l, " ");

		results += !strncmp(s, "ok", 2) || !strncmp(s, "not ok", 6);
		versions += !strncmp(s, "KTAP", 4);
		assert_true(!strncmp(s, "ok ", 3) ||
			    !strncmp(s, "not ok ", 7) || *s == '#' ||
			    !strcmp(s, "KTAP version 1") ||
			    !strcmp(s, "1..7") || !strcmp(l, "1..1"));
		if (!strncmp(s, "# Subtest:", 10))
			assert_string_equal(s, "# Subtest: c");
		if (*s != '#' && strstr(s, "SKIP"))
			assert_true(strstr(s, " # ") < strstr(s, "SKIP"));
	}
	assert_int_equal(results, 8);
	assert_int_equal(versions, 2);
	free(text);
}

static void ktap_lines(void **state)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	ktap_cell_line(f, &run.cells[0], 7);
	ktap_cell(f, &run, &run.cells[0], "  ");
	fclose(f);
	assert_memory_equal(text, "not ok 7 c\n", 11);
	assert_non_null(
		strstr(text, "\n  not ok 1 cow.copy.page # failed coverage: "));
	assert_non_null(strstr(text, "\n  ok 2 cow.copy.run # XFAIL "));
	assert_non_null(strstr(text, "\n  ok 3 cow.copy.model # SKIP "));
	assert_non_null(
		strstr(text, "\n  not ok 4 cow.copy.emulated # XPASS "));
	assert_non_null(strstr(text, "\n  ok 7 recorder.order\n"));
	assert_non_null(strstr(
		text,
		"  # reproduce: ./run_tests.sh --arch arm64 --kernel debian:6.1 --test cow.copy.page\n  not ok 1"));
	free(text);
}

/* Which rules stand in both reports if test @i is the only one that failed? */
static void expect_rules(size_t i, bool of_the_mirror)
{
	struct result *r = run.cells[0].results;
	const enum verdict had[] = { r[0].verdict, r[1].verdict, r[2].verdict,
				     r[3].verdict };

	for (size_t k = 0; k < 4; k++)
		r[k].verdict = k == i ? VERDICT_FAIL : VERDICT_PASS;
	for (int report = 0; report < 2; report++) {
		char *text;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		if (report)
			summary_print(f, &run, 80, false);
		else
			ktap_cell(f, &run, &run.cells[0], "  ");
		fclose(f);
		assert_non_null(strstr(text, "rule: smmuv3 REQUIRED: "));
		assert_int_equal(of_the_mirror,
				 !!strstr(text, "rule: kvm-shadow "));
		assert_null(strstr(text, "rule: smmuv3-btm "));
		free(text);
	}
	for (size_t k = 0; k < 4; k++)
		r[k].verdict = had[k];
}

/* No device plays kvm-shadow, so its rule is not what failed there. */
static void rules_of_each_plane(void **state)
{
	(void)state;
	expect_rules(0, true);
	expect_rules(1, true);
	expect_rules(2, false);
	expect_rules(3, false);
}

/* The matrix, which the legend ends, never wraps on a narrow terminal. */
static void narrow_matrix(void **state)
{
	(void)state;
	for (unsigned int width = 1; width < 100; width++) {
		char *text, *save;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		summary_print(f, &run, width, false);
		fclose(f);
		assert_null(strchr(text, '\033'));
		for (char *l = strtok_r(text, "\n", &save);
		     l && strncmp(l, "1r: ", 4);
		     l = strtok_r(NULL, "\n", &save))
			assert_true(width < 21 || strlen(l) < width);
		free(text);
	}
}

/* What kept a whole cell from being judged is the first thing that is read, once. */
static void cell_not_judged(void **state)
{
	struct cell cell = run.cells[0];
	struct result results[2] = { 0 };
	const struct run one = { .opt = &opt, .cells = &cell, .nr_cells = 1 };
	char *text;
	size_t len;
	FILE *f;

	(void)state;
	cell.results = results;
	cell.nr_results = 2;
	cell.shows = "the fault\nof all";
	cell.infra = "no compiler";
	for (size_t i = 0; i < 2; i++)
		results[i] = (struct result){
			.test = run.cells[0].results[i].test,
			.verdict = VERDICT_INFRA,
			.reason = cell.infra,
		};

	f = open_memstream(&text, &len);
	summary_print(f, &one, 80, false);
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(
		text,
		"INFRA c could not be judged, so this was not shown: the fault\\x0aof all");
	free(text);

	f = open_memstream(&text, &len);
	ktap_cell(f, &one, &cell, "  ");
	fclose(f);
	assert_non_null(strstr(text, "\n  # cannot be judged: no compiler\n"));
	assert_non_null(strstr(
		text,
		"\n  not ok 2 cow.copy.run # ERROR the cell could not be judged\n"));
	assert_null(strstr(strstr(text, "no compiler") + 1, "no compiler"));
	free(text);
}

static void unwritable(void **state)
{
	char *before = run.dir;

	(void)state;
	run.dir = "/nonexistent";
	assert_false(report_incomplete());
	capture_start();
	report_json.finish(&run);
	report_junit.finish(&run); /* for the same reason: said once */
	assert_message(capture_end(), "results.json cannot be written");
	assert_true(report_incomplete());
	run.dir = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(quoting),
		cmocka_unit_test(reproduce),
		cmocka_unit_test(json),
		cmocka_unit_test(junit),
		cmocka_unit_test(ktap),
		cmocka_unit_test(ktap_lines),
		cmocka_unit_test(rules_of_each_plane),
		cmocka_unit_test(narrow_matrix),
		cmocka_unit_test(cell_not_judged),
		cmocka_unit_test(unwritable),
	};

	return cmocka_run_group_tests_name("reports", tests, setup, teardown);
}
