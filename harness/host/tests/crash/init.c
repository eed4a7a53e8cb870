// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of a guest that is to crash. $CRASH (on the kernel command line, so it
 * is in the environment) is a kind of this file's, or of crash.ko's, which a
 * child then loads. $CRASH_WAIT seconds later at the latest the guest ends.
 *
 * The kernel log gets the same marks as from a real run.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *crash;

static void __attribute__((format(printf, 1, 2))) kmsg(const char *fmt, ...)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char line[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (fd >= 0) {
		/* Nobody is there to be told that it did not work. */
		if (write(fd, line, strlen(line)) < 0)
			errno = 0;
		close(fd);
	}
}

static void load(void)
{
	int fd = open("/crash.ko", O_RDONLY | O_CLOEXEC);
	char param[128];

	snprintf(param, sizeof(param), "kind=%s", crash);
	if (syscall(SYS_finit_module, fd, param, 0))
		kmsg("<4>crash: crash.ko did not load: %m\n");
}

/* What a process does to itself: no fault of the kernel's, though it tells. */
static void user_crash(void)
{
	if (!strcmp(crash, "user_segv"))
		*(volatile int *)8 = 1;
	else if (!strcmp(crash, "user_ill"))
		__builtin_trap();
	else
		load();
	_exit(0);
}

static void wait_for(pid_t pid)
{
	const char *text = getenv("CRASH_WAIT");
	struct timespec limit = { .tv_sec = text ? atoi(text) : 5 };
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	if (waitpid(pid, NULL, WNOHANG) != pid)
		sigtimedwait(&chld, NULL, &limit);
	waitpid(pid, NULL, WNOHANG);
}

int main(void)
{
	sigset_t chld;
	pid_t pid;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	crash = getenv("CRASH");
	if (!crash)
		crash = "clean";
	kmsg("<4>stlb: begin %s\n", crash);
	if (!strcmp(crash, "init_exit"))
		return 3;
	if (!strcmp(crash, "init_segv"))
		*(volatile int *)8 = 1;
	if (strcmp(crash, "clean")) {
		pid = fork();
		if (!pid)
			user_crash();
		if (pid > 0)
			wait_for(pid);
	}
	kmsg("<4>stlb: end %s\n", crash);
	kmsg("<4>stlb: done\n");
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
