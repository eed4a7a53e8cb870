// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include "../judge.h"

static const struct test test = { .name = "upgrade.wp_reuse.page",
				  .family = "upgrade" };

#define OK "ok 1 upgrade.wp_reuse.page"

/* A test that ended like this, its console seen and clean. */
static struct evidence ended(enum channel_end how, int code)
{
	return (struct evidence){
		.test = &test,
		.begun = true,
		.ended = true,
		.how = how,
		.code = code,
		.marked = true,
		.before.known = true,
		.after.known = true,
		.passed_by = true,
		.timeout = 60,
		.begin_ns = 1000,
		.end_ns = 3000,
	};
}

/* Feeds lines, separated by '\n'. */
static void lines(struct evidence *ev, const char *text)
{
	char *copy = strdup(text), *save = NULL, *line;

	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		evidence_line(ev, line);
	free(copy);
}

static void splat(struct evidence *ev, const char *line)
{
	struct console_splat s = { .kind = SPLAT_WARN, .line = line };

	evidence_splat(ev, &s);
}

static void clean(struct evidence *ev, struct result *r)
{
	evidence_free(ev);
	judge_infra(r, ""); /* frees what was there */
	free(r->signature);
	free(r->reason);
	free(r->log);
}

/* Judges, compares, and frees the evidence. @reason: a part of it, or NULL. */
static void expect(struct evidence *ev, enum verdict verdict,
		   const char *signature, const char *reason)
{
	struct result r = { .test = &test };

	judge(ev, 1, &r);
	assert_int_equal(r.verdict, verdict);
	assert_string_equal(r.signature, signature);
	if (reason) {
		assert_non_null(r.reason);
		if (!strstr(r.reason, reason))
			fail_msg("wanted '%s' in: %s", reason, r.reason);
	}
	assert_ptr_equal(r.test, &test);
	assert_non_null(r.log);
	assert_int_equal(r.boot, 1);
	clean(ev, &r);
}

static void expect_end(const char *output, enum channel_end how, int code,
		       enum verdict verdict, const char *signature)
{
	struct evidence ev = ended(how, code);

	lines(&ev, output);
	expect(&ev, verdict, signature, NULL);
}

static void passes(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);
	struct result r = { .test = &test };

	(void)state;
	lines(&ev, "TAP version 13\n# hello\n" OK);
	judge(&ev, 2, &r);
	assert_int_equal(r.verdict, VERDICT_PASS);
	assert_string_equal(r.signature, "");
	assert_null(r.reason);
	assert_string_equal(r.log, "TAP version 13\n# hello\n" OK "\n");
	assert_int_equal(r.boot, 2);
	assert_int_equal(r.ns, 2000);
	clean(&ev, &r);
}

/* Nothing but exit 0 and the test's own line is a pass. */
static void forged(void **state)
{
	static const char *const silent[] = {
		"", "# " OK, " " OK, "OK 1 upgrade.wp_reuse.page", "ok",
	};
	static const char *const harness[] = {
		"ok 2 upgrade.wp_reuse.page",
		"ok 1 upgrade.wp_reuse.pag",
		"ok 1 upgrade.wp_reuse.page2",
		"ok 1 upgrade.wp_reuse.page.x",
		"ok 1 cow.copy.page",
		"ok 1 ",
		OK " # TODO later",
		OK " # XFAIL known",
		OK " # skipped",
		OK " # SKIPPED",
		OK "\n" OK,
		OK "\nok 1 other",
		OK "\nnot " OK,
		"not " OK "\n" OK,
		"not " OK,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		expect_end(silent[i], CHANNEL_EXIT, 0, VERDICT_FAIL, "silent");
	for (i = 0; i < sizeof(harness) / sizeof(harness[0]); i++)
		expect_end(harness[i], CHANNEL_EXIT, 0, VERDICT_FAIL,
			   "harness");
	expect_end(OK, CHANNEL_EXIT, 1, VERDICT_FAIL, "harness");
	expect_end(OK, CHANNEL_EXIT, 4, VERDICT_FAIL, "harness");
	expect_end(OK, CHANNEL_EXIT, 255, VERDICT_FAIL, "harness");
	expect_end(OK, CHANNEL_SIGNAL, 11, VERDICT_FAIL, "died");
	expect_end(OK, CHANNEL_TIMEOUT, 0, VERDICT_FAIL, "timeout");
}

static void skips(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 4);

	(void)state;
	lines(&ev, OK " # SKIP no CONFIG_KSM");
	expect(&ev, VERDICT_SKIP, "", "no CONFIG_KSM");
	expect_end(OK " # SKIP x", CHANNEL_EXIT, 0, VERDICT_SKIP, "");
	expect_end(OK " # SKIP", CHANNEL_EXIT, 4, VERDICT_SKIP, "");
	expect_end(OK " # SKIP x", CHANNEL_EXIT, 1, VERDICT_FAIL, "harness");
	expect_end("not " OK " # SKIP x", CHANNEL_EXIT, 4, VERDICT_FAIL,
		   "harness");
	expect_end("# stlb: failed order\n" OK " # SKIP x", CHANNEL_EXIT, 4,
		   VERDICT_FAIL, "order");
	expect_end(OK " # SKIP x\n" OK, CHANNEL_EXIT, 0, VERDICT_FAIL,
		   "harness");
	expect_end("", CHANNEL_EXIT, 4, VERDICT_FAIL, "harness");

	ev = ended(CHANNEL_EXIT, 4);
	lines(&ev, OK " # SKIP x");
	splat(&ev, "WARNING: CPU: 0 PID: 1 at x.c:1");
	expect(&ev, VERDICT_FAIL, "kernel", "WARNING: CPU: 0");
}

static void properties(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 1);

	(void)state;
	lines(&ev, "# stlb: failed order\n# stlb: failed coverage\n"
		   "# stlb: failed order\n# stlb: reason page 3\n"
		   "# stlb: reason page 4\nnot " OK);
	expect(&ev, VERDICT_FAIL, "coverage,order", "page 3");
	/* a named failure counts whatever the status says */
	expect_end("# stlb: failed economy\n" OK, CHANNEL_EXIT, 0, VERDICT_FAIL,
		   "economy");
	expect_end("# stlb: failed economy", CHANNEL_SIGNAL, 6, VERDICT_FAIL,
		   "died,economy");
	expect_end("# stlb: failed setup", CHANNEL_TIMEOUT, 0, VERDICT_FAIL,
		   "setup,timeout");
	expect_end("# stlb: failed harness", CHANNEL_EXIT, 1, VERDICT_FAIL,
		   "harness");
}

/* What cannot be read is never dropped. */
static void malformed(void **state)
{
	static const char *const bad[] = {
		"# stlb: failed ",
		"# stlb: failed Coverage",
		"# stlb: failed coverage,order",
		"# stlb: failed a b",
		"# stlb: failed coverage:",
		"# stlb: failed coverage::smmuv3",
		"# stlb: failed coverage:secondary:smmuv3:",
		"# stlb: failed coverage:secondary:smmuv3:page",
		"# stlb: failed :secondary",
		"# stlb: faild coverage",
		"# stlb: ",
		"# stlb: trace ",
		"# stlb: trace secondary 0 1 \xe9",
		"# stlb: trace secondary\t0",
		"# stlb: data",
		"# stlb: data x",
		"# stlb: data =1",
		"# stlb: data x=",
		"# stlb: data x= 1",
		"# stlb: data x=+1",
		"# stlb: data x=1x",
		"# stlb: data x=0x10",
		"# stlb: data x=1.5",
		"# stlb: data x=-",
		"# stlb: data X=1",
		"# stlb: data a b=1",
		"# stlb: data x=9223372036854775808",
		"# stlb: data x=-9223372036854775809",
		"# stlb: data x=99999999999999999999999999",
	};
	char line[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct evidence ev = ended(CHANNEL_EXIT, 0);

		snprintf(line, sizeof(line), "%s\n" OK, bad[i]);
		lines(&ev, line);
		expect(&ev, VERDICT_FAIL, "harness", "not understood");
	}
}

static void trace(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);
	struct result r = { .test = &test };

	(void)state;
	lines(&ev, "# stlb: trace secondary -1 8 1w7r ptl,current-mm\n"
		   "# stlb: trace release 0 all 8w -\n" OK);
	judge(&ev, 1, &r);
	assert_int_equal(r.verdict, VERDICT_PASS);
	assert_string_equal(r.trace[0], "secondary -1 8 1w7r ptl,current-mm");
	assert_string_equal(r.trace[1], "release 0 all 8w -");
	assert_null(r.trace[2]);
	assert_string_equal(r.log, OK "\n");
	clean(&ev, &r);
	ev = ended(CHANNEL_EXIT, 0);
	for (int i = 0; i <= EVIDENCE_TRACE_MAX; i++)
		lines(&ev, "# stlb: trace x");
	expect(&ev, VERDICT_FAIL, "harness", "not understood");
}

static void data(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);
	struct result r = { .test = &test };

	(void)state;
	lines(&ev, "# stlb: data width=8\n# stlb: data a.b_2=-1\n"
		   "# stlb: data max=9223372036854775807\n" OK);
	judge(&ev, 1, &r);
	assert_int_equal(r.verdict, VERDICT_PASS);
	assert_int_equal(r.nr_data, 3);
	assert_string_equal(r.data[0].name, "width");
	assert_int_equal(r.data[0].value, 8);
	assert_string_equal(r.data[1].name, "a.b_2");
	assert_int_equal(r.data[1].value, -1);
	assert_true(r.data[2].value == INT64_MAX);
	clean(&ev, &r);
}

static void too_much_data(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);
	char line[64];
	int i;

	(void)state;
	for (i = 0; i < EVIDENCE_DATA_MAX + 10; i++) {
		snprintf(line, sizeof(line), "# stlb: data n%d=%d", i, i);
		evidence_line(&ev, line);
	}
	evidence_line(&ev, OK);
	assert_int_equal(ev.nr_data, EVIDENCE_DATA_MAX);
	expect(&ev, VERDICT_FAIL, "harness", NULL);
}

static void too_many_properties(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);
	char line[] = "# stlb: failed aa";
	struct result r = { .test = &test };
	int i;

	(void)state;
	for (i = 0; i < 26 * 26; i++) {
		line[15] = 'a' + i / 26;
		line[16] = 'a' + i % 26;
		evidence_line(&ev, line);
	}
	evidence_line(&ev, OK);
	splat(&ev, "BUG: x");
	judge(&ev, 1, &r);
	assert_int_equal(r.verdict, VERDICT_FAIL);
	assert_non_null(strstr(r.signature, "kernel"));
	/* One that has no room must not look like a known bug. */
	assert_non_null(strstr(r.signature, "harness"));
	clean(&ev, &r);
}

/* The log is cut; what comes behind the cut still counts. */
static void endless_output(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);
	struct result r = { .test = &test };
	char line[1000];
	int i;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	evidence_line(&ev, OK);
	for (i = 0; i < 10000; i++)
		evidence_line(&ev, line);
	evidence_line(&ev, "# stlb: failed coverage");
	judge(&ev, 1, &r);
	assert_int_equal(r.verdict, VERDICT_FAIL);
	assert_string_equal(r.signature, "coverage");
	assert_true(strlen(r.log) < EVIDENCE_LOG_MAX + 100);
	assert_non_null(strstr(r.log, "dropped"));
	clean(&ev, &r);
}

static void binary_output(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 1);
	struct result r = { .test = &test };

	(void)state;
	evidence_line(&ev, "# stlb: failed order");
	evidence_line(&ev, "# stlb: reason \x1b[31m\xff\x01 a");
	judge(&ev, 1, &r);
	assert_string_equal(r.reason, "?[31m?? a");
	clean(&ev, &r);
}

/* One warning, of the function that the test makes warn, and no other report. */
static void expected_warning(void **state)
{
	static const char at[] =
		"WARNING: CPU: 0 PID: 9 at mm/m.c:609 refuse+0x20/0x310";
	static const char newer[] =
		"WARNING: mm/m.c:609 at refuse+0x20/0x310, CPU#0: api/9";
	const struct test warns = { .name = test.name, .warns = "refuse" };
	const char *const others[] = {
		"WARNING: CPU: 0 PID: 9 at mm/m.c:609 refuse_all+0x20/0x310",
		"WARNING: CPU: 0 PID: 9 at mm/m.c:609 do_refuse+0x20/0x310",
		"WARNING: CPU: 0 PID: 9 at mm/m.c:609",
		at,
	};
	struct console_splat bug = { .kind = SPLAT_BUG, .line = at };
	struct evidence ev;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ev = ended(CHANNEL_EXIT, 0);
		ev.test = &warns;
		lines(&ev, OK);
		splat(&ev, i & 1 ? newer : at);
		assert_null(ev.splat);
		splat(&ev, others[i]);
		expect(&ev, VERDICT_FAIL, "kernel", others[i]);
	}
	ev = ended(CHANNEL_EXIT, 0);
	ev.test = &warns;
	lines(&ev, OK);
	splat(&ev, at);
	expect(&ev, VERDICT_PASS, "", NULL);

	ev = ended(CHANNEL_EXIT, 0);
	ev.test = &warns;
	lines(&ev, OK);
	evidence_splat(&ev, &bug);
	expect(&ev, VERDICT_FAIL, "kernel", at);
}

static void kernel(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);

	(void)state;
	lines(&ev, OK);
	splat(&ev, "WARNING: CPU: 0 PID: 7 at mm/memory.c:1");
	splat(&ev, "Kernel panic - not syncing: later");
	expect(&ev, VERDICT_FAIL, "kernel", "mm/memory.c:1");

	ev = ended(CHANNEL_EXIT, 1);
	lines(&ev, "# stlb: failed coverage\n# stlb: reason mine\nnot " OK);
	splat(&ev, "BUG: Bad page state");
	expect(&ev, VERDICT_FAIL, "coverage,kernel", "BUG: Bad page state");

	ev = ended(CHANNEL_EXIT, 0);
	ev.ended = false;
	ev.death = strdup("the kernel stopped answering");
	lines(&ev, OK);
	expect(&ev, VERDICT_FAIL, "kernel", "stopped answering");

	/* dead behind its end record, but before the next test */
	ev = ended(CHANNEL_EXIT, 0);
	ev.death = strdup("the machine stopped");
	lines(&ev, OK);
	expect(&ev, VERDICT_FAIL, "kernel", "machine stopped");
}

/* Whatever else it found, and if it passed. */
static void void_attempt(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 1);

	(void)state;
	lines(&ev, "# stlb: reason x\n# stlb: failed safety\n"
		   "# stlb: void smmuv3: it was invalidated before the change\n"
		   "# stlb: void another\nnot ok 1 t");
	expect(&ev, VERDICT_INFRA, "", "it was invalidated before");
	ev = ended(CHANNEL_EXIT, 0);
	lines(&ev, "# stlb: void x\n" OK);
	expect(&ev, VERDICT_INFRA, "", "x");
}

static void infra(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);

	(void)state;
	lines(&ev, OK);
	ev.infra = strdup("result channel corrupt: x");
	expect(&ev, VERDICT_INFRA, "", "channel corrupt");

	ev = ended(CHANNEL_EXIT, 0);
	ev.begun = ev.ended = false;
	expect(&ev, VERDICT_INFRA, "", "not run");

	/* begun, without an end, and nobody knows why */
	ev = ended(CHANNEL_EXIT, 0);
	ev.ended = false;
	lines(&ev, OK);
	expect(&ev, VERDICT_INFRA, "", "did not end");
}

/* A console that was not seen proves nothing. */
static void blind(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);

	(void)state;
	lines(&ev, OK);
	ev.marked = false;
	expect(&ev, VERDICT_INFRA, "", "console");

	ev = ended(CHANNEL_EXIT, 4);
	lines(&ev, OK " # SKIP x");
	ev.passed_by = false;
	expect(&ev, VERDICT_INFRA, "", "console");

	ev = ended(CHANNEL_EXIT, 1);
	lines(&ev, "# stlb: failed order");
	ev.marked = false;
	expect(&ev, VERDICT_FAIL, "order", NULL);
}

/* Judging again replaces, and leaks nothing. */
static void again(void **state)
{
	struct evidence ev = ended(CHANNEL_EXIT, 0);
	struct result r = { .test = &test };

	(void)state;
	lines(&ev, "# stlb: data a=1\n" OK);
	judge(&ev, 1, &r);
	judge(&ev, 2, &r);
	assert_int_equal(r.nr_data, 1);
	assert_int_equal(r.boot, 2);
	judge_infra(&r, "two\nlines");
	assert_int_equal(r.nr_data, 0);
	assert_string_equal(r.reason, "two?lines");
	clean(&ev, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes),
		cmocka_unit_test(forged),
		cmocka_unit_test(skips),
		cmocka_unit_test(properties),
		cmocka_unit_test(malformed),
		cmocka_unit_test(trace),
		cmocka_unit_test(data),
		cmocka_unit_test(too_much_data),
		cmocka_unit_test(too_many_properties),
		cmocka_unit_test(endless_output),
		cmocka_unit_test(binary_output),
		cmocka_unit_test(kernel),
		cmocka_unit_test(expected_warning),
		cmocka_unit_test(void_attempt),
		cmocka_unit_test(infra),
		cmocka_unit_test(blind),
		cmocka_unit_test(again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
