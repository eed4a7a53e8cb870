// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stand-in for QEMU: plays kernel and init, well or badly, without running
 * either. Like QEMU it prints the console on stdout and the result channel on
 * descriptor 3; the tests it plays are those of /plan in its -initrd.
 *
 *	STLB_FAKE	how it behaves: a name of modes[] below
 *	STLB_FAKE_AT	the test at which it does so, empty: at all; it plays the
 *			others well
 *	STLB_FAKE_PROPERTIES	what any -device has, for -device NAME,help
 *	STLB_FAKE_DIR	a directory; "pids" there gets the number of each of its
 *			processes, a FIFO "up" a line when it begins to hang
 *
 * A well played test takes no time, so only a mode that hangs or floods needs
 * the runner to end it.
 */

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHANNEL_FD 3
#define NR_TESTS_MAX 4096

static char *tests[NR_TESTS_MAX];
static size_t nr_tests;
static uint64_t seq;

/* ---- what QEMU would print ---------------------------------------------- */

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0)
			exit(1);
		buf += n;
		len -= n;
	}
}

static void vline(int fd, const char *before, const char *fmt, va_list ap)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "%s", before);

	n += vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	line[n++] = '\n';
	write_all(fd, line, n);
}

/* A line of the kernel's. */
__attribute__((format(printf, 1, 2))) static void console(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vline(STDOUT_FILENO, "[    1.234567] ", fmt, ap);
	va_end(ap);
}

/* A record of init's. */
__attribute__((format(printf, 1, 2))) static void record(const char *fmt, ...)
{
	char before[32];
	va_list ap;

	snprintf(before, sizeof(before), "stlb %llu ",
		 (unsigned long long)seq++);
	va_start(ap, fmt);
	vline(CHANNEL_FD, before, fmt, ap);
	va_end(ap);
}

static void hello(void)
{
	record("hello 1 6.1.0-stand-in aarch64 4096");
	record("state 0 none");
}

static void begin(const char *test)
{
	console("stlb: begin %s", test);
	record("begin %s", test);
	record("log # stlb: judges smmuv3");
}

static void end(const char *test, const char *how)
{
	console("stlb: end %s", test);
	record("end %s %s", test, how);
	record("state 0 none");
}

static void done(void)
{
	console("stlb: done");
	record("done");
}

/* ---- who is there, for the one who watches ------------------------------- */

static int open_in_dir(const char *name, int flags)
{
	const char *dir = getenv("STLB_FAKE_DIR");
	char path[4096];

	if (!dir)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, flags | O_CLOEXEC, 0666);
}

static void sign_in(void)
{
	int fd = open_in_dir("pids", O_WRONLY | O_CREAT | O_APPEND);
	char line[32];

	if (fd < 0)
		return;
	write_all(fd, line, sprintf(line, "%d\n", (int)getpid()));
	close(fd);
}

static void tell_up(void)
{
	int fd = open_in_dir("up", O_WRONLY);

	if (fd < 0)
		return;
	write_all(fd, "up\n", 3);
	close(fd);
}

__attribute__((noreturn)) static void hang(void)
{
	tell_up();
	for (;;)
		pause();
}

/* ---- before the first test ------------------------------------------------ */

static void hang_boot(void)
{
	hang();
}

static void exit_boot(void)
{
	exit(0);
}

static void fail_boot(void)
{
	fputs("fake_qemu: could not load the kernel\n", stderr);
	exit(1);
}

static void panic_boot(void)
{
	console("Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)");
	exit(0);
}

static void two_hellos(void)
{
	hello();
	hello();
}

static void other_protocol(void)
{
	record("hello 2 6.1.0-stand-in aarch64 4096");
}

static void init_error(void)
{
	hello();
	console("stlb: error cannot load /stlb.ko: Exec format error");
	record("error cannot load /stlb.ko: Exec format error");
	hang();
}

__attribute__((noreturn)) static void flood(int fd, const char *what)
{
	tell_up();
	for (;;)
		write_all(fd, what, strlen(what));
}

static void flood_boot(void)
{
	flood(STDOUT_FILENO, "all work and no play\n");
}

/* All bytes there are, over and over, the same in each run. */
static void garble(void)
{
	unsigned char buf[4096];
	uint32_t x = 1;

	for (int i = 0; i < 64; i++) {
		for (size_t k = 0; k < sizeof(buf); k++) {
			x = x * 1664525 + 1013904223;
			buf[k] = x >> 24;
		}
		write_all(STDOUT_FILENO, (char *)buf, sizeof(buf));
		write_all(CHANNEL_FD, (char *)buf, sizeof(buf));
	}
	hang();
}

/* ---- tests ---------------------------------------------------------------- */

static void play_well(const char *test)
{
	begin(test);
	record("log TAP version 13");
	record("log 1..1");
	record("log ok 1 %s", test);
	end(test, "exit 0");
}

static void hang_test(const char *test)
{
	begin(test);
	hang();
}

static void hang_hard(const char *test)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	hang_test(test);
}

static void crash(const char *test)
{
	begin(test);
	raise(SIGSEGV);
}

static void exit_test(const char *test)
{
	begin(test);
	exit(0);
}

static void flood_console(const char *test)
{
	begin(test);
	flood(STDOUT_FILENO, "all work and no play\n");
}

static void flood_log(const char *test)
{
	begin(test);
	tell_up();
	for (;;)
		record("log all work and no play");
}

static void flood_channel(const char *test)
{
	begin(test);
	flood(CHANNEL_FD, "all work and no play, ");
}

static void garble_test(const char *test)
{
	begin(test);
	garble();
}

/* Another's result, and an end that only init may report. */
static void forge_result(const char *test)
{
	begin(test);
	record("log ok 1 %s.other", test);
	record("log stlb %llu end %s exit 0", (unsigned long long)seq, test);
	record("log end %s exit 0", test);
	end(test, "exit 0");
}

/* "ok" from a test that then fails. */
static void forge_ok(const char *test)
{
	begin(test);
	record("log ok 1 %s", test);
	record("log end %s exit 0", test);
	end(test, "exit 1");
}

static void wrong_sequence(const char *test)
{
	begin(test);
	record("log ok 1 %s", test);
	seq += 7;
	end(test, "exit 0");
}

static void lie(const char *test)
{
	begin(test);
	end(tests[0], "exit 0");
	hang();
}

static void wrong_test(const char *test)
{
	console("stlb: begin %s", test);
	record("begin spurious.write.run");
	hang();
}

static void early_done(const char *test)
{
	play_well(test);
	done();
	hang();
}

static void say_panic(const char *test)
{
	begin(test);
	console("Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000");
	console("Internal error: Oops: 0000000096000004 [#1] SMP");
	console("Kernel panic - not syncing: Oops: Fatal exception");
}

static void panic_test(const char *test)
{
	say_panic(test);
	exit(0);
}

static void panic_hang(const char *test)
{
	say_panic(test);
	hang();
}

static void warn(const char *test)
{
	begin(test);
	console("------------[ cut here ]------------");
	console("WARNING: CPU: 0 PID: 42 at mm/memory.c:4711 do_wp_page+0x1c/0x5a0");
	record("log ok 1 %s", test);
	end(test, "exit 0");
}

static void skip(const char *test)
{
	begin(test);
	record("log ok 1 %s # SKIP no such hardware", test);
	end(test, "exit 4");
}

static void fail(const char *test)
{
	begin(test);
	record("log # stlb: reason page 0 was not told");
	record("log # stlb: failed coverage:secondary:smmuv3");
	record("log not ok 1 %s", test);
	end(test, "exit 1");
}

/* With what a debugger wants to know, and what it must not take for that. */
static void fail_addressed(const char *test)
{
	begin(test);
	record("log # address: mmu_notifier_synchronize 0xffff800000000000");
	record("log # address: __mmu_notifier_invalidate_range 0xffff800000001000");
	record("log # address: shell evil 0x1");
	record("log # chain: wp_page_reuse+0x58/0x70@88>__mmu_notifier_invalidate_range@4096 evil");
	record("log # stlb: failed coverage:secondary:smmuv3");
	record("log not ok 1 %s", test);
	end(test, "exit 1");
}

static void test_timeout(const char *test)
{
	begin(test);
	end(test, "timeout");
}

static void test_signal(const char *test)
{
	begin(test);
	end(test, "signal 11");
}

static void silent(const char *test)
{
	begin(test);
	end(test, "exit 0");
}

/* A process that left the group, ignores what it can, and holds the pipes. */
static void orphan(const char *test)
{
	int up[2];
	char c;

	if (pipe(up))
		exit(1);
	if (!fork()) {
		setsid();
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		if (fork())
			_exit(0);
		sign_in();
		write_all(up[1], "u", 1);
		for (;;)
			pause();
	}
	close(up[1]);
	if (read(up[0], &c, 1) != 1)
		exit(1);
	play_well(test);
}

/* ---- after the last test -------------------------------------------------- */

static void truncate_record(void)
{
	char half[32];

	console("stlb: done");
	write_all(CHANNEL_FD, half,
		  sprintf(half, "stlb %llu do", (unsigned long long)seq));
	exit(0);
}

static void exit_undone(void)
{
	exit(0);
}

static void panic_undone(void)
{
	console("Kernel panic - not syncing: Attempted to kill init!");
	exit(0);
}

static void hang_done(void)
{
	done();
	hang();
}

/* Work that the last test has left runs when init is done. */
static void warn_done(void)
{
	done();
	usleep(500 * 1000);
	console("WARNING: CPU: 0 PID: 12 at kernel/workqueue.c:1 process_one_work+0x1/0x2");
	exit(0);
}

static void warn_boot(void)
{
	console("WARNING: CPU: 0 PID: 1 at init/main.c:1 start_kernel+0x1/0x2");
	hello();
}

/* ---- */

struct mode {
	const char *name;
	void (*boot)(void); /* instead of the hello */
	void (*test)(const char *test); /* of test STLB_FAKE_AT */
	void (*after)(void); /* instead of done */
};

static const struct mode modes[] = {
	{ .name = "good" },
	{ .name = "old" }, /* only its -version is */
	{ .name = "hang_help" }, /* at -device NAME,help */
	{ .name = "hang_boot", .boot = hang_boot },
	{ .name = "exit_boot", .boot = exit_boot },
	{ .name = "fail_boot", .boot = fail_boot },
	{ .name = "panic_boot", .boot = panic_boot },
	{ .name = "flood_boot", .boot = flood_boot },
	{ .name = "garble_boot", .boot = garble },
	{ .name = "two_hellos", .boot = two_hellos },
	{ .name = "other_protocol", .boot = other_protocol },
	{ .name = "init_error", .boot = init_error },
	{ .name = "hang_test", .test = hang_test },
	{ .name = "hang_hard", .test = hang_hard },
	{ .name = "crash", .test = crash },
	{ .name = "exit_test", .test = exit_test },
	{ .name = "flood_console", .test = flood_console },
	{ .name = "flood_log", .test = flood_log },
	{ .name = "flood_channel", .test = flood_channel },
	{ .name = "garble_test", .test = garble_test },
	{ .name = "forge_result", .test = forge_result },
	{ .name = "forge_ok", .test = forge_ok },
	{ .name = "wrong_sequence", .test = wrong_sequence },
	{ .name = "lie", .test = lie },
	{ .name = "wrong_test", .test = wrong_test },
	{ .name = "early_done", .test = early_done },
	{ .name = "panic_test", .test = panic_test },
	{ .name = "panic_hang", .test = panic_hang },
	{ .name = "warn", .test = warn },
	{ .name = "skip", .test = skip },
	{ .name = "fail", .test = fail },
	{ .name = "fail_addressed", .test = fail_addressed },
	{ .name = "timeout", .test = test_timeout },
	{ .name = "signal", .test = test_signal },
	{ .name = "silent", .test = silent },
	{ .name = "orphan", .test = orphan },
	{ .name = "truncate_record", .after = truncate_record },
	{ .name = "exit_undone", .after = exit_undone },
	{ .name = "panic_undone", .after = panic_undone },
	{ .name = "hang_done", .after = hang_done },
	{ .name = "warn_done", .after = warn_done },
	{ .name = "warn_boot", .boot = warn_boot },
};

static const struct mode *find_mode(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (name && !strcmp(modes[i].name, name))
			return &modes[i];
	fprintf(stderr, "fake_qemu: STLB_FAKE=%s is no mode\n",
		name ? name : "");
	exit(2);
}

static void take_plan(char *plan)
{
	char *line, *save;

	for (line = strtok_r(plan, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "test ", 5) && nr_tests < NR_TESTS_MAX)
			tests[nr_tests++] = line + 5;
}

static void read_plan(const char *initrd)
{
	static char plan[1 << 18];
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	archive_read_support_format_cpio(a);
	if (!initrd || archive_read_open_filename(a, initrd, 65536))
		exit(2);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		if (strcmp(archive_entry_pathname(e), "plan"))
			continue;
		if (archive_read_data(a, plan, sizeof(plan) - 1) <= 0)
			exit(2);
		take_plan(plan);
	}
	archive_read_free(a);
	if (!nr_tests) {
		fputs("fake_qemu: there is no plan in the initrd\n", stderr);
		exit(2);
	}
}

static void print_version(const struct mode *mode)
{
	printf("QEMU emulator version %s (a stand-in)\n",
	       strcmp(mode->name, "old") ? "10.0.2" : "7.2.22");
}

/* -device NAME,help */
static bool is_help(const char *option, const char *value)
{
	size_t len = value ? strlen(value) : 0;

	return !strcmp(option, "-device") && len > 5 &&
	       !strcmp(value + len - 5, ",help");
}

static void print_help(const struct mode *mode, const char *value)
{
	const char *all = getenv("STLB_FAKE_PROPERTIES");
	char *list = strdup(all ? all : ""), *save;

	sign_in();
	if (!strcmp(mode->name, "hang_help"))
		hang();
	printf("%.*s options:\n", (int)strlen(value) - 5, value);
	for (char *p = strtok_r(list, " ", &save); p;
	     p = strtok_r(NULL, " ", &save))
		printf("  %s=<bool>             -  (default: off)\n", p);
	free(list);
}

int main(int argc, char **argv)
{
	const struct mode *mode = find_mode(getenv("STLB_FAKE"));
	const char *at = getenv("STLB_FAKE_AT"), *initrd = NULL;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-version")) {
			print_version(mode);
			return 0;
		}
		if (is_help(argv[i], argv[i + 1])) {
			print_help(mode, argv[i + 1]);
			return 0;
		}
		if (!strcmp(argv[i], "-initrd") && argv[i + 1])
			initrd = argv[i + 1];
	}
	sign_in();
	read_plan(initrd);
	console("Booting Linux on a stand-in");
	if (mode->boot)
		mode->boot();
	else
		hello();
	for (size_t i = 0; i < nr_tests; i++) {
		bool here = !at || !*at || !strcmp(at, tests[i]);

		if (mode->test && here)
			mode->test(tests[i]);
		else
			play_well(tests[i]);
	}
	if (mode->after)
		mode->after();
	else
		done();
	return 0;
}
