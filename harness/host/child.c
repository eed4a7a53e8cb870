// SPDX-License-Identifier: GPL-2.0-only
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Above every descriptor number that a child is given. */
#define FIRST_FREE_FD 10

/* The pipes of a child that is being started, [0] read, [1] write end. */
struct pipes {
	int out[2], err[2], third[2];
	int exec[2]; /* carries execvp()'s errno; closed by its success */
};

#define PIPES_NONE                                  \
	{                                           \
		{ -1, -1 }, { -1, -1 }, { -1, -1 }, \
		{                                   \
			-1, -1                      \
		}                                   \
	}

void children_init(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int move_up(int *fd)
{
	int up = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);

	if (up < 0)
		return -errno;
	close(*fd);
	*fd = up;
	return 0;
}

static int open_pipe(int fds[2])
{
	int err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = move_up(&fds[0]);
	return err ? err : move_up(&fds[1]);
}

static void close_pipes(struct pipes *p)
{
	int *all = (int *)p;
	size_t i;

	for (i = 0; i < sizeof(*p) / sizeof(int); i++)
		close_fd(&all[i]);
}

static int open_pipes(struct pipes *p, unsigned int flags)
{
	int err = open_pipe(p->out);

	if (!err)
		err = open_pipe(p->err);
	if (!err && (flags & CHILD_THIRD))
		err = open_pipe(p->third);
	if (!err)
		err = open_pipe(p->exec);
	return err;
}

/* In the child, between fork() and exec: async-signal-safe calls only. */
static void become(const char *const *argv, const struct pipes *p, pid_t parent)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	int sig, null, err;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(p->out[1], 1) < 0 ||
	    dup2(p->err[1], 2) < 0)
		goto fail;
	if (null == 0) /* dup2() onto itself keeps close-on-exec */
		fcntl(0, F_SETFD, 0);
	/* Also what our own parent left open. */
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (p->third[1] >= 0 && dup2(p->third[1], 3) < 0)
		goto fail;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], (char *const *)argv);
fail:
	err = errno;
	if (write(p->exec[1], &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Waits until the child has become the program; returns 0 or -errno. */
static int await_exec(int fd, pid_t pid)
{
	int err = 0;
	ssize_t n;

	do {
		n = read(fd, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return -err;
}

static void nonblocking(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
}

int child_spawn(struct child *c, const char *const *argv, unsigned int flags)
{
	struct pipes p = PIPES_NONE;
	pid_t parent = getpid();
	int err = open_pipes(&p, flags);
	pid_t pid = 0;

	*c = (struct child)CHILD_NONE;
	if (!err) {
		pid = fork();
		if (pid < 0)
			err = -errno;
	}
	if (!err && !pid)
		become(argv, &p, parent);
	if (!err) {
		setpgid(pid, pid);
		close_fd(&p.exec[1]);
		err = await_exec(p.exec[0], pid);
	}
	if (!err) {
		c->pid = pid;
		c->out = p.out[0];
		c->err = p.err[0];
		c->third = p.third[0];
		p.out[0] = p.err[0] = p.third[0] = -1;
		nonblocking(c->out);
		nonblocking(c->err);
		nonblocking(c->third);
	}
	close_pipes(&p);
	return err;
}

void child_signal(const struct child *c, int sig)
{
	if (c->pid > 0)
		kill(-c->pid, sig);
}

void child_close(struct child *c)
{
	close_fd(&c->out);
	close_fd(&c->err);
	close_fd(&c->third);
}

pid_t children_reap(int *status)
{
	siginfo_t info = { 0 };
	int ret;

	do {
		ret = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
	} while (ret && errno == EINTR);
	if (ret || !info.si_pid)
		return 0;
	/* Not reaped yet, so the group's number cannot be another's. */
	kill(-info.si_pid, SIGKILL);
	while (waitpid(info.si_pid, status, 0) < 0 && errno == EINTR)
		;
	return info.si_pid;
}

/* Calls kill() on each child of this process; false if it has none. */
static bool kill_children(void)
{
	char path[64];
	bool any = false;
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		 (int)getpid());
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fscanf(f, "%d", &pid) == 1) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		any = true;
	}
	fclose(f);
	return any;
}

void children_kill_all(void)
{
	while (kill_children())
		if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
			return;
}

const char *child_status_name(int status)
{
	static char name[64];

	if (WIFSIGNALED(status))
		snprintf(name, sizeof(name), "signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(name, sizeof(name), "exit status %d",
			 WEXITSTATUS(status));
	return name;
}
