// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "../child.h"
#include "../clock.h"
#include "../job.h"

#define SH(script) ((const char *const[]){ "sh", "-c", script, NULL })

/* All that comes on @fd until its end. */
static void slurp(int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len + 1 < size) {
		assert_int_equal(poll(&p, 1, 10000), 1);
		n = read(fd, buf + len, size - 1 - len);
		if (n > 0)
			len += n;
	}
	buf[len] = '\0';
}

static int status_of(struct child *c)
{
	int status;

	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	child_close(c);
	return status;
}

static void pipes(void **state)
{
	char out[100], err[100], third[100];
	struct child c;

	(void)state;
	assert_int_equal(
		child_spawn(
			&c,
			SH("echo out; echo err >&2; echo 3 >&3; cat; exit 7"),
			CHILD_THIRD),
		0);
	slurp(c.out, out, sizeof(out));
	slurp(c.err, err, sizeof(err));
	slurp(c.third, third, sizeof(third));
	assert_string_equal(out, "out\n");
	assert_string_equal(err, "err\n");
	assert_string_equal(third, "3\n");
	assert_int_equal(WEXITSTATUS(status_of(&c)), 7);
	assert_int_equal(c.out, -1);
}

/* No descriptor of ours but the four, no blocked signal, its own group. */
static void clean_start(void **state)
{
	struct child c, other;
	char out[400], want[100];
	sigset_t set;

	(void)state;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(child_spawn(&other, SH("exec sleep 100"), 0), 0);
	assert_int_equal(
		child_spawn(&c,
			    SH("ls /proc/self/fd | tr '\\n' ' ';"
			       "grep -E 'Sig(Blk|Ign)' /proc/self/status;"
			       "readlink /proc/self/fd/0;"
			       "cut -d' ' -f1,5 /proc/$$/stat"),
			    0),
		0);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_DFL);
	slurp(c.out, out, sizeof(out));
	/* 3 is ls's own */
	assert_non_null(strstr(out, "0 1 2 3 SigBlk:\t0000000000000000\n"));
	/* What make starts ignores 32 and 33, the C library's own. */
	assert_true(strstr(out, "SigIgn:\t0000000000000000\n/dev/null\n") ||
		    strstr(out, "SigIgn:\t0000000180000000\n/dev/null\n"));
	snprintf(want, sizeof(want), "%d %d\n", c.pid, c.pid);
	assert_non_null(strstr(out, want));
	status_of(&c);
	child_signal(&other, SIGKILL);
	assert_true(WIFSIGNALED(status_of(&other)));
}

static void no_such_program(void **state)
{
	const char *const missing[] = { "/nonexistent/x", NULL };
	const char *const directory[] = { "/tmp", NULL };
	struct child c;

	(void)state;
	assert_int_equal(child_spawn(&c, missing, CHILD_THIRD), -ENOENT);
	assert_int_equal(c.pid, 0);
	assert_int_equal(c.third, -1);
	assert_int_equal(child_spawn(&c, directory, 0), -EACCES);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* What a child leaves behind dies with it. */
static void group_dies(void **state)
{
	char out[100];
	struct child c;
	pid_t left;
	int status;

	(void)state;
	assert_int_equal(
		child_spawn(&c, SH("sleep 1000 >/dev/null 2>&1 & echo $!"), 0),
		0);
	slurp(c.out, out, sizeof(out));
	left = atoi(out);
	assert_true(left > 1);
	while (children_reap(&status) != c.pid)
		poll(NULL, 0, 1);
	child_close(&c);
	/* it is our subreaper's orphan: wait for it */
	assert_int_equal(waitpid(left, &status, 0), left);
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* Even what left the group, and does not listen to SIGTERM. */
static void all_die(void **state)
{
	char out[100];
	struct child c;
	pid_t left;

	(void)state;
	assert_int_equal(
		child_spawn(
			&c,
			SH("trap '' TERM;"
			   "setsid sh -c 'trap \"\" TERM; echo $$; sleep 1000' 2>/dev/null &"
			   "sleep 1000"),
			0),
		0);
	out[0] = '\0';
	while (!strchr(out, '\n')) {
		ssize_t n = read(c.out, out, sizeof(out) - 1);

		if (n > 0)
			out[n] = '\0';
		else
			poll(NULL, 0, 1);
	}
	left = atoi(out);
	assert_int_equal(kill(left, 0), 0);
	children_kill_all();
	assert_int_equal(kill(left, 0), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	child_close(&c);
}

/* Runs a job to its end; returns its error. */
static char *run_job(struct job *job, const char *script, unsigned int seconds)
{
	struct pollfd fds[JOB_POLL_MAX];
	int status;

	*job = (struct job)JOB_NONE;
	assert_int_equal(job_start(job, SH(script), seconds), 0);
	while (job->running) {
		poll(fds, job_poll(job, fds), 20);
		job_read(job);
		job_tick(job, clock_now());
		if (children_reap(&status) == job->child.pid)
			job_reaped(job, status);
	}
	return job_error(job, "the script");
}

static void expect_job(const char *script, unsigned int seconds,
		       const char *out, const char *error)
{
	struct job job;
	char *line = run_job(&job, script, seconds);

	if (error)
		assert_string_equal(line, error);
	else
		assert_null(line);
	if (out)
		assert_string_equal(job.out.s ? job.out.s : "", out);
	free(line);
	job_free(&job);
}

static void jobs(void **state)
{
	(void)state;
	expect_job("echo path; echo progress >&2", 0, "path\n", NULL);
	expect_job("echo one >&2; printf 'the reason \\n\\n' >&2; exit 3", 0,
		   "", "the reason");
	expect_job("printf 'no newline' >&2; exit 2", 0, "", "no newline");
	expect_job("exit 4", 0, "", "the script ended with exit status 4");
	expect_job("kill -9 $$", 0, "",
		   "the script ended with signal 9 (Killed)");
	expect_job("sleep 1000", 1, "", "the script did not end in time");
	/* a flood on both: the end of stderr is kept */
	expect_job("yes out | head -c 1000000;"
		   "yes err | head -c 1000000 >&2;"
		   "printf '\\nlast\\n' >&2; exit 1",
		   0, NULL, "last");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipes),
		cmocka_unit_test(clean_start),
		cmocka_unit_test(no_such_program),
		cmocka_unit_test(group_dies),
		cmocka_unit_test(all_die),
		cmocka_unit_test(jobs),
	};

	children_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
