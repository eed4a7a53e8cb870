// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include "../witness.h"

#define NR 3

static const struct test tests_planned[NR] = {
	{ .name = "t.one", .family = "t" },
	{ .name = "t.two", .family = "t" },
	{ .name = "t.three", .family = "t" },
};

/* One boot, and the verdicts in the order in which they came. */
struct boot_seen {
	struct witness w;
	const struct test *plan[NR];
	struct result results[NR];
	size_t settled;
	uint64_t seq;
};

static void on_hello(void *arg, const char *release, unsigned long page_size)
{
	(void)arg;
	assert_string_equal(release, "6.12-x");
	assert_int_equal(page_size, 4096);
}

static void on_begin(void *arg, size_t index)
{
	struct boot_seen *b = arg;

	assert_true(index < NR && index >= b->settled);
}

static void on_settled(void *arg, size_t index)
{
	struct boot_seen *b = arg;

	assert_int_equal(index, b->settled);
	judge(&b->w.ev[index], 1, &b->results[index]);
	b->settled++;
}

static bool busy;

static char *on_starved(void *arg)
{
	return busy ? text_dup("in 90 s QEMU had a CPU for 9.0 s") : NULL;
}

static const struct witness_ops ops = { .hello = on_hello,
					.begin = on_begin,
					.starved = on_starved,
					.settled = on_settled };

static void channel(struct boot_seen *b, const char *record)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "stlb %u %s\n",
			 (unsigned int)b->seq++, record);

	witness_channel(&b->w, line, n);
}

static void console(struct boot_seen *b, const char *message)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "[    1.000001] %s\r\n", message);

	witness_console(&b->w, line, n);
}

static void start(struct boot_seen *b)
{
	size_t i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < NR; i++) {
		b->plan[i] = &tests_planned[i];
		b->results[i].test = &tests_planned[i];
	}
	witness_init(&b->w, b->plan, NR, 60, &ops, b);
	channel(b, "hello 1 6.12-x aarch64 4096");
	channel(b, "state 4096 on"); /* an out-of-tree module */
}

/* One whole test on the channel, as it should be. */
static void passes_on_channel(struct boot_seen *b, const char *name)
{
	char line[200];

	snprintf(line, sizeof(line), "begin %s", name);
	channel(b, line);
	snprintf(line, sizeof(line), "log ok 1 %s", name);
	channel(b, line);
	snprintf(line, sizeof(line), "end %s exit 0", name);
	channel(b, line);
	channel(b, "state 4096 on");
}

static void marks(struct boot_seen *b, const char *name)
{
	char line[200];

	snprintf(line, sizeof(line), "stlb: begin %s", name);
	console(b, line);
	snprintf(line, sizeof(line), "stlb: end %s", name);
	console(b, line);
}

/* Compares "PFI-": pass, fail, infra, not settled. Frees everything. */
static void finish(struct boot_seen *b, const char *verdicts)
{
	static const char letters[NR_VERDICTS] = "-PFXYSI";
	char got[NR + 1] = "";
	size_t i;

	for (i = 0; i < NR; i++) {
		struct result *r = &b->results[i];

		got[i] = letters[r->verdict];
		judge_infra(r, "");
		free(r->signature);
		free(r->reason);
		free(r->log);
	}
	witness_free(&b->w);
	assert_string_equal(got, verdicts);
}

static void channel_first(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	passes_on_channel(&b, "t.one");
	passes_on_channel(&b, "t.two");
	passes_on_channel(&b, "t.three");
	channel(&b, "done");
	assert_int_equal(b.settled, 0);
	marks(&b, "t.one");
	assert_int_equal(b.settled, 0);
	marks(&b, "t.two");
	assert_int_equal(b.settled, 1);
	marks(&b, "t.three");
	console(&b, "stlb: done");
	assert_int_equal(b.settled, 2);
	witness_finish(&b.w, NULL, NULL);
	assert_int_equal(b.settled, 3);
	finish(&b, "PPP");
}

static void console_first(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	marks(&b, "t.two");
	console(&b, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2");
	marks(&b, "t.three");
	console(&b, "stlb: done");
	passes_on_channel(&b, "t.one");
	passes_on_channel(&b, "t.two");
	passes_on_channel(&b, "t.three");
	assert_int_equal(b.settled, 2);
	channel(&b, "done");
	witness_finish(&b.w, NULL, NULL);
	finish(&b, "PFP"); /* between two tests: the one before */
}

/* The kernel dies in the second test; the third is left for another boot. */
static void dies(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	passes_on_channel(&b, "t.one");
	console(&b, "stlb: begin t.two");
	channel(&b, "begin t.two");
	console(&b, "Kernel panic - not syncing: x");
	assert_true(b.w.panicked);
	assert_int_equal(witness_begun(&b.w), 2);
	witness_finish(&b.w, "the machine stopped", NULL);
	assert_string_equal(b.results[1].reason,
			    "Kernel panic - not syncing: x");
	finish(&b, "PF-");
}

/* Its begin record never came, but the console has its mark. */
static void dies_at_begin(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	passes_on_channel(&b, "t.one");
	console(&b, "stlb: begin t.two");
	assert_int_equal(witness_begun(&b.w), 2);
	witness_finish(&b.w, "the kernel stopped answering", NULL);
	assert_string_equal(b.results[1].signature, "kernel");
	finish(&b, "PF-");
}

static void dies_between(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	passes_on_channel(&b, "t.one");
	witness_finish(&b.w, "the machine stopped", NULL);
	assert_string_equal(b.results[0].signature, "kernel");
	finish(&b, "F--");
}

/* All tests ended, but the run did not. */
static void dies_before_done(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	marks(&b, "t.two");
	marks(&b, "t.three");
	console(&b, "stlb: done");
	passes_on_channel(&b, "t.one");
	passes_on_channel(&b, "t.two");
	passes_on_channel(&b, "t.three");
	assert_int_equal(b.settled, 2);
	witness_finish(&b.w, "the machine stopped", NULL);
	finish(&b, "PPF");
}

static void dies_at_boot(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	console(&b, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2");
	console(&b, "Kernel panic - not syncing: x");
	assert_int_equal(witness_begun(&b.w), 0);
	assert_non_null(strstr(b.w.early, "WARNING"));
	witness_finish(&b.w, "the machine stopped", NULL);
	finish(&b, "---");
}

/* QEMU's own end is nobody's failure. */
static void machine_is_killed(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	passes_on_channel(&b, "t.one");
	console(&b, "stlb: begin t.two");
	channel(&b, "begin t.two");
	witness_finish(&b.w, NULL, "QEMU ended with signal 9");
	finish(&b, "PI-");
}

static void corrupt(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	passes_on_channel(&b, "t.one");
	console(&b, "stlb: begin t.two");
	channel(&b, "begin t.two");
	witness_channel(&b.w, "ok 1 t.two\n", 11);
	assert_non_null(b.w.useless);
	assert_true(witness_idle(&b.w));
	channel(&b, "end t.two exit 0");
	witness_finish(&b.w, NULL, NULL);
	assert_non_null(strstr(b.results[2].reason, "result channel corrupt"));
	finish(&b, "PII");
}

/* What came before the corruption stands, once the console has caught up. */
static void corrupt_and_late(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	passes_on_channel(&b, "t.one");
	channel(&b, "begin t.two");
	witness_channel(&b.w, "\xff\n", 2);
	assert_false(witness_idle(&b.w));
	marks(&b, "t.one");
	console(&b, "stlb: begin t.two");
	assert_true(witness_idle(&b.w));
	witness_finish(&b.w, NULL, NULL);
	finish(&b, "PII");
}

static void init_gives_up(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	channel(&b, "error cannot insert /stlb.ko");
	assert_true(witness_idle(&b.w));
	witness_finish(&b.w, NULL, NULL);
	assert_string_equal(b.results[0].reason,
			    "init: cannot insert /stlb.ko");
	finish(&b, "III");
}

static void wrong_order(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	channel(&b, "begin t.two");
	assert_non_null(
		strstr(b.w.useless, "begins t.two where t.one was due"));
	witness_finish(&b.w, NULL, NULL);
	finish(&b, "III");
}

static void early_done(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	console(&b, "stlb: done");
	passes_on_channel(&b, "t.one");
	channel(&b, "done");
	witness_finish(&b.w, NULL, NULL);
	assert_non_null(strstr(b.results[1].reason, "done came before t.two"));
	finish(&b, "PII");
}

static void a_fourth_test(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	passes_on_channel(&b, "t.one");
	passes_on_channel(&b, "t.two");
	passes_on_channel(&b, "t.three");
	passes_on_channel(&b, "t.three");
	assert_non_null(b.w.useless);
	witness_finish(&b.w, NULL, NULL);
	finish(&b, "III"); /* and the console was never seen */
}

/* Output alone is no progress, so it does not put off a deadline. */
static void output_is_no_progress(void **state)
{
	struct boot_seen b;
	uint64_t records;

	(void)state;
	start(&b);
	channel(&b, "begin t.one");
	records = b.w.records;
	channel(&b, "log x");
	assert_int_equal(b.w.records, records);
	channel(&b, "end t.one exit 0");
	assert_int_equal(b.w.records, records + 1);
	witness_finish(&b.w, NULL, NULL);
	finish(&b, "F--");
}

/* Marks that a test forges move reports about, but nothing passes by them. */
static void forged_marks(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	console(&b, "stlb: begin t.one");
	console(&b, "stlb: begin t.three");
	console(&b, "stlb: begin no.such");
	console(&b, "BUG: Bad page state in process x");
	console(&b, "stlb: begin t.two");
	console(&b, "stlb: done");
	passes_on_channel(&b, "t.one");
	passes_on_channel(&b, "t.two");
	passes_on_channel(&b, "t.three");
	channel(&b, "done");
	witness_finish(&b.w, NULL, NULL);
	finish(&b, "PIF");
}

/* All three pass on both streams, but for what is said between and around them. */
static void plays(struct boot_seen *b, const char *late)
{
	marks(b, "t.one");
	passes_on_channel(b, "t.one");
	marks(b, "t.two");
	passes_on_channel(b, "t.two");
	marks(b, "t.three");
	passes_on_channel(b, "t.three");
	console(b, "stlb: done");
	channel(b, "done");
	if (late)
		console(b, late);
	witness_finish(&b->w, NULL, NULL);
}

static void reports_before_the_first_test(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	console(&b, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2");
	plays(&b, NULL);
	assert_non_null(strstr(b.results[1].reason, "before the first test"));
	assert_non_null(strstr(b.results[1].reason, "a.c:1"));
	finish(&b, "III");
}

/* The console did not show it, but the kernel says that there was one. */
static void is_tainted_before_the_first_test(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	channel(&b, "state 4608 on");
	plays(&b, NULL);
	assert_non_null(strstr(b.results[0].reason, "taint 0x1200"));
	finish(&b, "III");
}

static void reports_after_done(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	plays(&b, "BUG: KASAN: slab-use-after-free in f+0x1/0x2");
	assert_string_equal(b.results[2].signature, "kernel");
	finish(&b, "PPF");
}

/* A test that fails does so in a kernel that sees less; one that passes, not. */
static void lockdep_gives_up(void **state)
{
	struct boot_seen b;

	(void)state;
	start(&b);
	marks(&b, "t.one");
	console(&b, "WARNING: possible circular locking dependency detected");
	channel(&b, "begin t.one");
	channel(&b, "log ok 1 t.one");
	channel(&b, "end t.one exit 0");
	channel(&b, "state 4096 off");
	marks(&b, "t.two");
	channel(&b, "begin t.two");
	channel(&b, "log # stlb: failed coverage");
	channel(&b, "end t.two exit 1");
	channel(&b, "state 4096 off");
	marks(&b, "t.three");
	passes_on_channel(&b, "t.three");
	console(&b, "stlb: done");
	channel(&b, "done");
	witness_finish(&b.w, NULL, NULL);
	assert_non_null(
		strstr(b.results[2].reason, "lockdep gave up in t.one"));
	finish(&b, "FFI");
}

static void is_blinded(const char *after, const char *reason)
{
	struct boot_seen b;

	start(&b);
	marks(&b, "t.one");
	channel(&b, "begin t.one");
	channel(&b, "log ok 1 t.one");
	channel(&b, "end t.one exit 0");
	if (after)
		channel(&b, after);
	marks(&b, "t.two");
	channel(&b, "begin t.two");
	assert_non_null(strstr(b.results[0].reason, reason));
	witness_finish(&b.w, NULL, "killed");
	finish(&b, "II-");
}

static void reports_that_the_console_lost(void **state)
{
	(void)state;
	is_blinded("state 4096 off", "lockdep gave up in the test");
	is_blinded("state 4128 on", "taint flags say");
	is_blinded(NULL, "init did not say");
}

/* Whatever the tests say: the instrument is broken. */
static void the_module_is_at_fault(void **state)
{
	static const char *const reports[] = {
		"BUG: KASAN: slab-use-after-free in model_access+0x1/0x2 [stlb]",
		"WARNING: CPU: 0 PID: 1 at ring.c:1 ring_write+0x1/0x2 [stlb]",
		"pc : model_access+0x1/0x2 [stlb]",
		"RIP: 0010:model_access+0x1/0x2 [stlb]",
		"NIP [c008000000001234] model_access+0x1/0x2 [stlb]",
		"stlb: smmuv3: CR0 0x1 not acknowledged: CR0ACK 0",
	};
	struct boot_seen b;

	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		start(&b);
		marks(&b, "t.one");
		passes_on_channel(&b, "t.one");
		console(&b, "stlb: begin t.two");
		console(&b, reports[i]);
		channel(&b, "begin t.two");
		channel(&b, "log # stlb: failed coverage");
		channel(&b, "end t.two exit 1");
		channel(&b, "state 4096 on");
		marks(&b, "t.three");
		passes_on_channel(&b, "t.three");
		console(&b, "stlb: done");
		channel(&b, "done");
		witness_finish(&b.w, NULL, NULL);
		assert_non_null(strstr(b.results[1].reason, "stlb.ko itself"));
		finish(&b, "PII");
	}
}

/* A kernel that gets no CPU is slow, and says so: that is not its fault. */
static void is_slow(const char *verdicts)
{
	struct boot_seen b;

	start(&b);
	marks(&b, "t.one");
	channel(&b, "begin t.one");
	channel(&b, "end t.one timeout");
	channel(&b, "state 4096 on");
	console(&b, "stlb: begin t.two");
	console(&b, "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:");
	passes_on_channel(&b, "t.two");
	console(&b, "stlb: begin t.three");
	console(&b, "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [x:1]");
	channel(&b, "begin t.three");
	witness_finish(&b.w, "the machine stopped", NULL);
	if (busy)
		assert_non_null(strstr(b.results[0].reason, "a CPU for 9.0 s"));
	finish(&b, verdicts);
}

static void slow_host(void **state)
{
	(void)state;
	busy = false;
	is_slow("FFF");
	busy = true;
	is_slow("III");
	busy = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel_first),
		cmocka_unit_test(console_first),
		cmocka_unit_test(dies),
		cmocka_unit_test(dies_at_begin),
		cmocka_unit_test(dies_between),
		cmocka_unit_test(dies_before_done),
		cmocka_unit_test(dies_at_boot),
		cmocka_unit_test(machine_is_killed),
		cmocka_unit_test(corrupt),
		cmocka_unit_test(corrupt_and_late),
		cmocka_unit_test(init_gives_up),
		cmocka_unit_test(wrong_order),
		cmocka_unit_test(early_done),
		cmocka_unit_test(a_fourth_test),
		cmocka_unit_test(output_is_no_progress),
		cmocka_unit_test(forged_marks),
		cmocka_unit_test(slow_host),
		cmocka_unit_test(reports_before_the_first_test),
		cmocka_unit_test(is_tainted_before_the_first_test),
		cmocka_unit_test(reports_after_done),
		cmocka_unit_test(lockdep_gives_up),
		cmocka_unit_test(reports_that_the_console_lost),
		cmocka_unit_test(the_module_is_at_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
