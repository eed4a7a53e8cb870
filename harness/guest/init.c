// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the guest: loads the module, runs the planned tests one after the
 * other, and reports on the result channel (harness/host/channel.h).
 *
 * A test talks to a pipe, never to the channel. After each test every process
 * but this one is killed, so nothing of it is left for the next.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../host/channel.h"
#include "khugepaged.h"
#include "sysfs.h"

#define PLAN "/plan"
#define DISK "/disk.img"
#define MODULES "/modules"
/* Lines of one test that are passed on; the rest is counted. */
#define LOG_LINES_MAX 2000
/* kselftest's */
#define EXIT_SKIP 4

static int channel_fd = -1;
static int kmsg_fd = -1;
static uint64_t seq;

static struct {
	char channel[64];
	char module[64];
	long timeout; /* seconds */
	char **tests;
	size_t nr_tests;
} plan = { .timeout = 60 };

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		buf += n;
		len -= n;
	}
}

__attribute__((format(printf, 1, 2))) static void report(const char *fmt, ...)
{
	char line[CHANNEL_LINE_MAX + 1];
	va_list ap;
	int at, n;

	at = snprintf(line, sizeof(line), "stlb %llu ",
		      (unsigned long long)seq++);
	va_start(ap, fmt);
	n = vsnprintf(line + at, sizeof(line) - at - 1, fmt, ap);
	va_end(ap);
	at += n < (int)sizeof(line) - at - 1 ? n : (int)sizeof(line) - at - 2;
	line[at++] = '\n';
	write_all(channel_fd, line, at);
}

/* The kernel log's own marks let the host tell which test a splat is from. */
__attribute__((format(printf, 1, 2))) static void mark(const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "<1>stlb: ");
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	/* Without it the kernel holds the line back until the next. */
	n += snprintf(line + n, sizeof(line) - n, "\n");
	write_all(kmsg_fd, line, n);
}

/* Everything to the host is out of the UART before the power goes. */
static void __attribute__((noreturn)) power_off(void)
{
	tcdrain(channel_fd);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

__attribute__((format(printf, 1, 2), noreturn)) static void
give_up(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mark("error %s", text);
	report("error %s", text);
	power_off();
}

/* "on", "off", or "none" where the kernel has no lockdep; debug_locks is in its statistics. */
static const char *lockdep(void)
{
	FILE *f = fopen("/proc/lockdep_stats", "re");
	const char *state = "none";
	char line[128];
	int on;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " debug_locks: %d", &on) == 1)
			state = on ? "on" : "off";
	if (f)
		fclose(f);
	return state;
}

/* Has the kernel reported a fault of its own, and would it report another? */
static void report_state(void)
{
	char taint[32] = "0";

	sysfs_value("/proc/sys/kernel/tainted", taint, sizeof(taint));
	report("state %s %s", taint, lockdep());
}

/*
 * What the last test has left for others to do is done when its reports still count:
 * RCU callbacks, and the work items that they queue, have had their turn.
 */
static void let_finish(void)
{
	for (int i = 0; i < 2; i++)
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
			usleep(100 * 1000);
}

static void parse_plan_line(char *line)
{
	char *value = strchr(line, ' ');

	if (!value)
		return;
	*value++ = '\0';
	if (!strcmp(line, "channel")) {
		snprintf(plan.channel, sizeof(plan.channel), "%s", value);
	} else if (!strcmp(line, "module")) {
		snprintf(plan.module, sizeof(plan.module), "%s", value);
	} else if (!strcmp(line, "timeout")) {
		plan.timeout = atol(value);
	} else if (!strcmp(line, "seconds")) {
		setenv("STLB_SECONDS", value, 1);
	} else if (!strcmp(line, "seed")) {
		setenv("STLB_SEED", value, 1);
	} else if (!strcmp(line, "coverage")) {
		setenv("STLB_COVERAGE", value, 1);
	} else if (!strcmp(line, "test")) {
		plan.tests = realloc(plan.tests,
				     (plan.nr_tests + 1) * sizeof(*plan.tests));
		plan.tests[plan.nr_tests++] = strdup(value);
	}
}

static void read_plan(void)
{
	FILE *f = fopen(PLAN, "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		parse_plan_line(line);
	}
	if (f)
		fclose(f);
}

static void mount_filesystems(void)
{
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

/*
 * What hurries NUMA hints (numa_hint.c) is debugfs alone, and counts from the start of
 * a process. It does nothing until balancing is switched on. Without it they take
 * longer.
 */
static void hurry_numa_hints(void)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	sysfs_write("/sys/kernel/debug/sched/numa_balancing/scan_delay_ms",
		    "1");
}

/* A word of the kernel's command line? */
static bool has_parameter(const char *word)
{
	FILE *f = fopen("/proc/cmdline", "re");
	char line[4096], *save = NULL, *w;
	bool found = false;

	if (f && fgets(line, sizeof(line), f))
		for (w = strtok_r(line, " \n", &save); w && !found;
		     w = strtok_r(NULL, " \n", &save))
			found = !strcmp(w, word);
	if (f)
		fclose(f);
	return found;
}

/*
 * Who changes page tables by himself sleeps, or, with stlb.eager on the command line (for
 * a check of the tests themselves), never does. What starts one of them is a test.
 */
static void set_background_writers(bool eager)
{
	static const struct {
		const char *path, *calm, *eager; /* NULL: as it is */
	} settings[] = {
		{ "/proc/sys/vm/dirty_writeback_centisecs", "0", "20" },
		{ "/proc/sys/vm/dirty_expire_centisecs", NULL, "20" },
		{ "/proc/sys/vm/compaction_proactiveness", "0", "100" },
		{ "/sys/kernel/debug/sched/numa_balancing/scan_period_min_ms",
		  NULL, "1" },
		{ "/sys/kernel/debug/sched/numa_balancing/scan_period_max_ms",
		  NULL, "1" },
		{ "/proc/sys/kernel/numa_balancing", NULL, "1" },
		{ "/sys/kernel/mm/ksm/sleep_millisecs", NULL, "0" },
		{ "/sys/kernel/mm/ksm/run", NULL, "1" },
		{ "/sys/kernel/mm/transparent_hugepage/khugepaged/alloc_sleep_millisecs",
		  NULL, "0" },
		{ "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs",
		  NULL, "0" },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const char *value = eager ? settings[i].eager :
					    settings[i].calm;

		if (value)
			sysfs_write(settings[i].path, value);
	}
	if (!eager)
		khugepaged_calm();
}

static bool open_channel(void)
{
	struct termios t;

	channel_fd = open(plan.channel, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (channel_fd < 0)
		return false;
	if (!tcgetattr(channel_fd, &t)) {
		cfmakeraw(&t);
		cfsetspeed(&t, B115200);
		tcsetattr(channel_fd, TCSANOW, &t);
	}
	return true;
}

static void load_module(void)
{
	int fd = open(plan.module, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		give_up("cannot open %s: %s", plan.module, strerror(errno));
	/* Another version magic, version of a symbol, set of symbols */
	if (syscall(SYS_finit_module, fd, "", 0))
		give_up("cannot load %s: %s%s", plan.module, strerror(errno),
			errno == ENOEXEC || errno == EINVAL || errno == ENOENT ?
				": it was built for another kernel than this: give the --build-dir of this one; the console log has the kernel's own words" :
				"");
	close(fd);
	/* For the test that unloads it and loads it again. */
	setenv("STLB_MODULE", plan.module, 1);
	/* For the tests that need others, where the kernel has not built them in. */
	setenv("STLB_MODULES", MODULES, 1);
	/* For the tests that need a disk: this machine's may be written to. */
	setenv("STLB_DISK", DISK, 1);
}

/* One line of output, made printable, as a log record. */
static void log_line(const char *line, size_t len)
{
	char text[CHANNEL_TEXT_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < len && n + 4 < sizeof(text); i++) {
		unsigned char c = line[i];

		if (c >= 0x20 && c <= 0x7e && c != '\\')
			text[n++] = c;
		else
			n += sprintf(text + n, "\\x%02x", c);
	}
	text[n] = '\0';
	report("log %s", text);
}

struct output {
	char line[CHANNEL_TEXT_MAX];
	size_t len;
	unsigned long lines;
	bool skipped; /* TAP's word for the test */
};

/* The harness exits with 0 for a test that is skipped. */
static bool is_skip(const struct output *out)
{
	return out->len > 3 && !memcmp(out->line, "ok ", 3) &&
	       memmem(out->line, out->len, " # SKIP", 7);
}

static void end_line(struct output *out)
{
	out->skipped |= is_skip(out);
	if (out->lines++ < LOG_LINES_MAX)
		log_line(out->line, out->len);
	out->len = 0;
}

static void take_output(struct output *out, const char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n')
			end_line(out);
		else if (out->len < sizeof(out->line))
			out->line[out->len++] = buf[i];
	}
}

/* Returns false at the end of file. */
static bool read_output(int fd, struct output *out)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		take_output(out, buf, n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static pid_t start_test(const char *name, int out)
{
	char path[160];
	pid_t pid;

	snprintf(path, sizeof(path), "/tests/%.*s", (int)strcspn(name, "."),
		 name);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(out, 1);
		dup2(out, 2);
		execl(path, path, "-r", name, NULL);
		fprintf(stderr, "cannot run %s: %s\n", path, strerror(errno));
		_exit(127);
	}
	return pid;
}

/*
 * Until the test's process ends (its pidfd becomes readable) or its time is
 * up. A grandchild that keeps the pipe open does not delay the end.
 */
static bool wait_for_test(pid_t pid, int out_fd, struct output *out)
{
	int64_t deadline = now_ms() + plan.timeout * 1000;
	struct pollfd fds[] = {
		{ .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN },
		{ .fd = out_fd, .events = POLLIN },
	};
	bool ended = false;

	while (!ended) {
		int64_t left = deadline - now_ms();

		if (left <= 0)
			break;
		if (poll(fds, 2, left) < 0 && errno != EINTR)
			break;
		if (fds[1].revents && !read_output(out_fd, out))
			fds[1].fd = -1;
		ended = fds[0].revents;
	}
	close(fds[0].fd);
	return ended;
}

static void reap_all(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* For who has the console alone (run_tests.sh export): no word begins another. */
static const char *result_of(bool ended, int status, bool skipped)
{
	if (!ended || !WIFEXITED(status))
		return "fail";
	if (WEXITSTATUS(status) == EXIT_SKIP)
		return "skip";
	if (WEXITSTATUS(status))
		return "fail";
	return skipped ? "skip" : "pass";
}

static void run_test(const char *name)
{
	struct output out = { .len = 0 };
	int fds[2], status = 0;
	char how[32];
	bool ended;
	pid_t pid;

	mark("begin %s", name);
	report("begin %s", name);
	if (pipe2(fds, O_CLOEXEC))
		give_up("pipe: %s", strerror(errno));
	pid = start_test(name, fds[1]);
	if (pid < 0)
		give_up("fork: %s", strerror(errno));
	close(fds[1]);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);

	ended = wait_for_test(pid, fds[0], &out);
	if (ended)
		waitpid(pid, &status, 0);
	reap_all();
	while (read_output(fds[0], &out) && errno != EAGAIN)
		errno = 0;
	if (out.len)
		end_line(&out);
	close(fds[0]);
	if (out.lines > LOG_LINES_MAX)
		report("log # %lu more lines were dropped",
		       out.lines - LOG_LINES_MAX);

	if (!ended)
		snprintf(how, sizeof(how), "timeout");
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	mark("result %s %s", name, result_of(ended, status, out.skipped));
	mark("end %s", name);
	report("end %s %s", name, how);
	report_state();
}

int main(void)
{
	struct utsname uts;

	/*
	 * Where a mapping lies decides which page tables go with it, and so how
	 * far its flush reaches: the same in each boot.
	 */
	personality(ADDR_NO_RANDOMIZE);
	mount_filesystems();
	hurry_numa_hints();
	set_background_writers(has_parameter("stlb.eager"));
	read_plan();
	if (!open_channel()) {
		mark("error cannot open the result channel '%s': %s",
		     plan.channel, strerror(errno));
		power_off();
	}
	uname(&uts);
	mark("hello");
	report("hello 1 %s %s %ld", uts.release, uts.machine,
	       sysconf(_SC_PAGESIZE));
	report_state();
	load_module();
	report_state();
	for (size_t i = 0; i < plan.nr_tests; i++)
		run_test(plan.tests[i]);
	let_finish();
	report_state();
	mark("done");
	report("done");
	power_off();
}
