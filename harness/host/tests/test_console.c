// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include "../console.h"

/* What was said on a console, one line per report and mark. */
struct seen {
	struct console con;
	char text[16384];
	bool fatal;
};

static void add(struct seen *s, const char *what, const char *line,
		const char *test)
{
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof(s->text) - len, "%s|%s|%s\n", what,
		 test ? test : "-", line);
}

static void on_splat(void *arg, const struct console_splat *splat)
{
	static const char *const names[] = {
		[SPLAT_NONE] = "NONE",	     [SPLAT_WARN] = "WARN",
		[SPLAT_BUG] = "BUG",	     [SPLAT_OOPS] = "OOPS",
		[SPLAT_PANIC] = "PANIC",     [SPLAT_RCU_STALL] = "RCU",
		[SPLAT_HUNG_TASK] = "HUNG",  [SPLAT_LOCKUP] = "LOCKUP",
		[SPLAT_LOCKDEP] = "LOCKDEP", [SPLAT_KASAN] = "KASAN",
	};
	struct seen *s = arg;

	s->fatal |= splat->fatal;
	add(s, names[splat->kind], splat->line, splat->test);
}

static void on_mark(void *arg, enum console_mark mark, const char *test)
{
	static const char *const names[] = { "begin", "end", "done" };

	add(arg, names[mark], "", test);
}

static const struct console_ops ops = { .splat = on_splat, .mark = on_mark };

static void start(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	console_init(&s->con, &ops, s);
}

static void feed(struct seen *s, const char *bytes)
{
	start(s);
	console_feed(&s->con, bytes, strlen(bytes));
	console_finish(&s->con);
}

/* Each line is of this kind, with every prefix that a console may put on it. */
static void expect_kind(const char *kind, const char *const *lines)
{
	static const char *const prefixes[] = {
		"",
		"[    0.123456] ",
		"[12345.123456] ",
		"[    1.000000][    T1] ",
		"[    1.000000][   C12] ",
		"[    1.000000] [   T12] ",
		"<4>[    1.000000] ",
		"<0>",
		"\x1b[33m[    1.000000] \x1b[0m",
		"[    0.500000] firmware said this[    1.000000] ",
		"\r\r",
	};
	char line[1000], want[1000];
	struct seen s;
	size_t i;

	for (; *lines; lines++) {
		for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
			snprintf(line, sizeof(line), "%s%s\r\n", prefixes[i],
				 *lines);
			snprintf(want, sizeof(want), "%s|-|%s\n", kind, *lines);
			feed(&s, line);
			assert_string_equal(s.text, want);
			assert_int_equal(s.fatal, !strcmp(kind, "PANIC"));
		}
	}
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void panics(void **state)
{
	(void)state;
	expect_kind(
		"PANIC",
		LINES("Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
		      "Kernel panic - not syncing: Oops - BUG: Fatal exception",
		      "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100"));
}

static void oopses(void **state)
{
	(void)state;
	expect_kind(
		"OOPS",
		LINES(/* arm64 */
		      "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008",
		      "Unable to handle kernel paging request at virtual address dead000000000100",
		      "Internal error: Oops: 0000000096000046 [#1] SMP",
		      "Internal error: Oops - BUG: 00000000f2000800 [#1] SMP",
		      "Internal error: synchronous external abort: 96000010 [#1] SMP",
		      "SError Interrupt on CPU0, code 0x00000000be000000 -- SError",
		      "Insufficient stack space to handle exception!",
		      /* x86 */
		      "BUG: kernel NULL pointer dereference, address: 0000000000000008",
		      "BUG: unable to handle page fault for address: ffff9f0000000000",
		      "BUG: TASK stack guard page was hit at 0000000012345678 (stack is 0000000012345678..0000000012345678)",
		      "general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] PREEMPT SMP NOPTI",
		      "Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] PREEMPT SMP NOPTI",
		      "Oops: 0002 [#1] PREEMPT SMP NOPTI",
		      "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
		      "Oops: invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
		      "stack segment: 0000 [#3] SMP",
		      "double fault: 0000 [#1] SMP",
		      "traps: PANIC: double fault, error_code: 0x0",
		      /* powerpc */
		      "BUG: Kernel NULL pointer dereference on write at 0x00000008",
		      "BUG: Unable to handle kernel data access on write at 0xc000200000000000",
		      "BUG: Unable to handle kernel instruction fetch (NULL function pointer?)",
		      "Kernel attempted to write user page (10000) - exploit attempt? (uid: 0)",
		      "kernel tried to execute user page (0) - exploit attempt? (uid: 0)",
		      "Oops: Kernel access of bad area, sig: 11 [#1]",
		      "Oops: Exception in kernel mode, sig: 5 [#1]",
		      "Oops: Kernel stack overflow, sig: 11 [#1]",
		      "Unrecoverable exception 0 at c000000000000000 (msr=0)",
		      "Bad kernel stack pointer 3fffc9e6c0d0 at c000000000000000"));
}

static void bugs(void **state)
{
	(void)state;
	expect_kind(
		"BUG",
		LINES("kernel BUG at mm/memory.c:1234!",
		      "Kernel BUG at set+0x10/0x20 [verbose debug info unavailable]",
		      "BUG: scheduling while atomic: swapper/0/1/0x00000002",
		      "BUG: sleeping function called from invalid context at mm/slab.h:274",
		      "BUG: Bad page state in process upgrade  pfn:12345",
		      "BUG: Bad page map in process upgrade  pte:12345 pmd:12345",
		      "BUG: Bad page cache in process upgrade  pfn:12345",
		      "BUG: Bad rss-counter state mm:00000000a1b2c3d4 type:MM_ANONPAGES val:1",
		      "BUG: non-zero pgtables_bytes on freeing mm: 4096",
		      "BUG: spinlock bad magic on CPU#0, upgrade/77",
		      "BUG: using smp_processor_id() in preemptible [00000000] code: upgrade/77",
		      "BUG: workqueue leaked atomic, lock or RCU: kworker/0:1[10]",
		      "list_add corruption. next->prev should be prev (ffff8000082d39e8), but was 0000000000000000.",
		      "list_del corruption, ffff8000082d39e8->next is LIST_POISON1 (dead000000000100)",
		      "mm/pgtable-generic.c:50: bad pmd 00000000a1b2c3d4(0000000000000001)",
		      "get_swap_device: Bad swap file entry 1a00000000000000"));
}

static void warnings(void **state)
{
	(void)state;
	expect_kind(
		"WARN",
		LINES("WARNING: CPU: 0 PID: 78 at mm/memory.c:13 set+0x1e8/0xf6c [crash]",
		      "WARNING: CPU: 1 PID: 78 at set+0x1e8/0xf6c [crash]",
		      "WARNING: mm/memory.c:13 at set+0x1e8/0xf6c [crash], CPU#0: upgrade/78",
		      "WARNING: at set+0x1e8/0xf6c [crash], CPU#0: upgrade/78",
		      "refcount_t: addition on 0; use-after-free.",
		      "refcount_t: underflow; use-after-free."));
}

static void stalls(void **state)
{
	(void)state;
	expect_kind(
		"RCU",
		LINES("rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
		      "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks: { 1-... } 3 jiffies s: 5",
		      "rcu: INFO: rcu_preempt self-detected stall on CPU",
		      "rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 0-.... } 5252 jiffies s: 133 root: 0x1/.",
		      "INFO: rcu_tasks detected stalls on tasks:"));
	expect_kind(
		"HUNG",
		LINES("INFO: task upgrade:78 blocked for more than 120 seconds.",
		      "INFO: task kworker/0:1:78 blocked in I/O wait for more than 241 seconds."));
	expect_kind(
		"LOCKUP",
		LINES("watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [unmap:79]",
		      "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 34s!",
		      "watchdog: Watchdog detected hard LOCKUP on cpu 1",
		      "NMI watchdog: Watchdog detected hard LOCKUP on cpu 1",
		      "watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 1",
		      "watchdog: CPU 0 detected hard LOCKUP on other CPUs 1",
		      "watchdog: CPU 0 self-detected hard LOCKUP @ set+0x10/0x20",
		      "watchdog: CPU 1 Hard LOCKUP"));
}

static void lockdep(void **state)
{
	(void)state;
	expect_kind(
		"LOCKDEP",
		LINES("WARNING: possible circular locking dependency detected",
		      "WARNING: possible recursive locking detected",
		      "WARNING: possible irq lock inversion dependency detected",
		      "WARNING: inconsistent lock state",
		      "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected",
		      "WARNING: suspicious RCU usage",
		      "WARNING: held lock freed!",
		      "WARNING: lock held when returning to user space!",
		      "WARNING: upgrade/78 still has locks held!",
		      "WARNING: bad unlock balance detected!",
		      "WARNING: Nested lock was not taken",
		      "[ BUG: Invalid wait context ]",
		      "INFO: trying to register non-static key."));
}

static void sanitizers(void **state)
{
	(void)state;
	expect_kind(
		"KASAN",
		LINES("BUG: KASAN: slab-use-after-free in set+0x10/0x20 [crash]",
		      "BUG: KCSAN: data-race in set / get",
		      "BUG: KFENCE: use-after-free read in set+0x10/0x20",
		      "BUG: KMSAN: uninit-value in set+0x10/0x20",
		      "KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]",
		      "UBSAN: array-index-out-of-bounds in mm/memory.c:12:3"));
}

/* The same words in a place where they are no report. */
static void harmless(void **state)
{
	static const char *const lines[] = {
		"Kernel command line: console=ttyS0 panic=-1 oops=panic softlockup_panic=1 hung_task_panic=1",
		"Kernel command line: BUG: WARNING: CPU: 0 PID: 1 Oops: Kernel panic - not syncing",
		"Unknown kernel command line parameters \"oops=panic BUG:\", will be passed to user space.",
		"stlb: loading out-of-tree module taints kernel.",
		"stlb: module verification failed: signature and/or required key missing - tainting kernel",
		"stlb: begin",
		"stlb: panic",
		"rcu: Hierarchical RCU implementation.",
		"rcu: \tRCU restricting CPUs from NR_CPUS=256 to nr_cpu_ids=1.",
		"rcu: \tRCU CPU stall warnings timeout set to 21 (rcu_cpu_stall_timeout).",
		"rcu: rcu_sched kthread starved for 5252 jiffies! g-911 f0x2 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=0",
		"NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.",
		"watchdog: Delayed init of the lockup detector failed: -19",
		"WARNING: Unable to determine the size of the framebuffer",
		"WARNING: a driver is at fault",
		"WARNING: nvram corruption detected: 0-length partition",
		"WARNING! power/level is deprecated",
		"traps: upgrade[78] general protection fault ip:401000 sp:7ffe error:0 in upgrade[401000+1000]",
		"upgrade[78]: segfault at 8 ip 0000000000401000 sp 00007ffe error 6 in upgrade[401000+1000]",
		"upgrade[78]: unhandled signal 11 code 1 at 0x8 in upgrade",
		"---[ end Kernel panic - not syncing: x ]---",
		"------------[ cut here ]------------",
		"Call trace:",
		"DEBUG: everything is fine",
		"lockdep is turned off.",
		"INFO: lockdep is turned off.",
		"INFO: NMI handler (x) took too long to run: 1.5 msecs",
		"Console: switching to colour frame buffer device [#]",
		"item [#12",
		"",
	};
	char line[1000];
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(line, sizeof(line), "[    1.000000] %s\n%s\n",
			 lines[i], lines[i]);
		feed(&s, line);
		assert_string_equal(s.text, "");
	}
}

static void marks(void **state)
{
	struct seen s;

	(void)state;
	feed(&s, "[ 1.000000] WARNING: CPU: 0 PID: 1 at a\r\n"
		 "[ 1.000000] stlb: begin t.one\r\n"
		 "[ 1.000000] BUG: one\r\n"
		 "[ 1.000000] stlb: end t.one\r\n"
		 "[ 1.000000] BUG: between\r\n"
		 "[ 1.000000] stlb: begin t.two\r\n"
		 "[ 1.000000] stlb: begin t.three\r\n"
		 "[ 1.000000] BUG: three\r\n"
		 "[ 1.000000] stlb: done\r\n");
	assert_string_equal(s.text, "WARN|-|WARNING: CPU: 0 PID: 1 at a\n"
				    "begin|t.one|\n"
				    "BUG|t.one|BUG: one\n"
				    "end|t.one|\n"
				    "BUG|-|BUG: between\n"
				    "begin|t.two|\n"
				    "begin|t.three|\n"
				    "BUG|t.three|BUG: three\n"
				    "done|-|\n");
}

static void in_pieces(void **state)
{
	static const char bytes[] = "[ 1.000000] stlb: begin t\r\n"
				    "[ 1.000000] \x1b[1;31mBUG: x\x1b[0m\r\n";
	struct seen s;
	size_t i;

	(void)state;
	start(&s);
	for (i = 0; i < sizeof(bytes) - 1; i++)
		console_feed(&s.con, bytes + i, 1);
	assert_string_equal(s.text, "begin|t|\nBUG|t|BUG: x\n");
}

/* The last line counts without a newline: the kernel died in the middle. */
static void truncated(void **state)
{
	struct seen s;

	(void)state;
	feed(&s,
	     "[ 1.000000] stlb: begin t\n[ 1.000000] Kernel panic - not syncing: x");
	assert_string_equal(s.text, "begin|t|\n"
				    "PANIC|t|Kernel panic - not syncing: x\n");
	assert_true(s.fatal);
	feed(&s, "[ 1.000000] Kernel panic - no");
	assert_string_equal(s.text, "");
	feed(&s, "");
	assert_string_equal(s.text, "");
}

static void binary(void **state)
{
	char bytes[65536];
	unsigned int x = 1;
	struct seen s;
	size_t i, round;

	(void)state;
	start(&s);
	for (round = 0; round < 64; round++) {
		for (i = 0; i < sizeof(bytes); i++) {
			x = x * 1103515245 + 12345;
			bytes[i] = x >> 16;
		}
		console_feed(&s.con, bytes, sizeof(bytes));
	}
	console_feed(&s.con, "\n\0\x80\xff[ 1.000000] BUG: x\xff\n", 24);
	assert_non_null(strstr(s.text, "BUG|-|"));
}

/* A line without end takes no memory, and the next one is read again. */
static void endless(void **state)
{
	struct seen s;
	char *mib = malloc(1 << 20);
	int i;

	(void)state;
	assert_non_null(mib);
	memset(mib, 'A', 1 << 20);
	start(&s);
	for (i = 0; i < 64; i++)
		console_feed(&s.con, mib, 1 << 20);
	console_feed(&s.con, "BUG: in the dropped part", 24);
	assert_string_equal(s.text, "");
	console_feed(&s.con, "\nBUG: x\n", 8);
	assert_string_equal(s.text, "BUG|-|BUG: x\n");
	free(mib);
}

/* Cut lines keep their beginning, which is what is looked at. */
static void long_line(void **state)
{
	char line[3 * CONSOLE_LINE_MAX];
	struct seen s;

	(void)state;
	memset(line, 'y', sizeof(line));
	memcpy(line, "[ 1.000000] BUG: ", 17);
	line[sizeof(line) - 1] = '\0';
	feed(&s, line);
	assert_memory_equal(s.text, "BUG|-|BUG: yyy", 14);
	assert_true(strlen(s.text) < CONSOLE_LINE_MAX + 10);
}

static void escapes(void **state)
{
	struct seen s;

	(void)state;
	feed(&s, "\x1b[2J\x1b[H\x1b"
		 "c\x1b[?7l[ 1.000000] BUG: x\n");
	assert_string_equal(s.text, "BUG|-|BUG: x\n");
	feed(&s, "\x1b[");
	feed(&s, "\x1b");
	feed(&s, "\x1b[999999999999999999999");
	assert_string_equal(s.text, "");
	feed(&s, "BUG:\x07 a\tb \x7f\n");
	assert_string_equal(s.text, "BUG|-|BUG: a b\n");
}

static void long_test_name(void **state)
{
	char bytes[400] = "stlb: begin ";
	struct seen s;

	(void)state;
	memset(bytes + 12, 'n', 200);
	strcpy(bytes + 212, "\nBUG: x\n");
	feed(&s, bytes);
	assert_non_null(strstr(s.text, "BUG|-|BUG: x\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(panics),     cmocka_unit_test(oopses),
		cmocka_unit_test(bugs),	      cmocka_unit_test(warnings),
		cmocka_unit_test(stalls),     cmocka_unit_test(lockdep),
		cmocka_unit_test(sanitizers), cmocka_unit_test(harmless),
		cmocka_unit_test(marks),      cmocka_unit_test(in_pieces),
		cmocka_unit_test(truncated),  cmocka_unit_test(binary),
		cmocka_unit_test(endless),    cmocka_unit_test(long_line),
		cmocka_unit_test(escapes),    cmocka_unit_test(long_test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
