// SPDX-License-Identifier: GPL-2.0-only
#include "job.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

int job_start(struct job *job, const char *const *argv, unsigned int seconds)
{
	int err;

	job_free(job);
	job->deadline = seconds ? clock_in(seconds) : NO_DEADLINE;
	err = child_spawn(&job->child, argv, 0);
	job->running = !err;
	return err;
}

size_t job_poll(const struct job *job, struct pollfd *fds)
{
	size_t nr = 0;

	if (job->child.out >= 0)
		fds[nr++] = (struct pollfd){ .fd = job->child.out,
					     .events = POLLIN };
	if (job->child.err >= 0)
		fds[nr++] = (struct pollfd){ .fd = job->child.err,
					     .events = POLLIN };
	return nr;
}

#define STOP_S 2
/* While one is waited for. */
#define POLL_MS 10

/* Reads what there is; true if there may be more. */
static bool read_some(int *fd, struct text *t, bool keep_end, bool echo)
{
	char buf[4096];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, buf, sizeof(buf));
	if (n > 0 && keep_end)
		text_append_end(t, buf, n, JOB_OUTPUT_MAX);
	else if (n > 0)
		text_append(t, buf, n, JOB_OUTPUT_MAX);
	if (n > 0 && echo && write(STDERR_FILENO, buf, n) < 0)
		return true; /* nobody listens; the end is kept all the same */
	if (n > 0)
		return true;
	if (!n || (errno != EAGAIN && errno != EINTR)) {
		close(*fd);
		*fd = -1;
	}
	return false;
}

void job_read(struct job *job)
{
	int reads = 64;
	bool more;

	do {
		more = read_some(&job->child.out, &job->out, false, false);
		more |= read_some(&job->child.err, &job->err, true, job->echo);
	} while (more && --reads);
}

void job_tick(struct job *job, uint64_t now)
{
	if (!job->running || now < job->deadline)
		return;
	job->expired = true;
	job->deadline = NO_DEADLINE;
	child_signal(&job->child, SIGKILL);
}

void job_stop(struct job *job)
{
	uint64_t deadline = clock_in(STOP_S);

	if (!job->running)
		return;
	child_signal(&job->child, SIGTERM);
	if (deadline < job->deadline)
		job->deadline = deadline;
}

void job_reaped(struct job *job, int status)
{
	job->running = false;
	job_read(job);
	child_close(&job->child);
	job->child.pid = 0;
	job->child.status = status;
	if (job->ended)
		job->ended(job->arg);
}

void job_free(struct job *job)
{
	child_close(&job->child);
	text_free(&job->out);
	text_free(&job->err);
	job->child = (struct child)CHILD_NONE;
	job->running = false;
	job->expired = false;
}

/* Our scripts' messages name the program; a reason does not. */
static void drop_name(char *line)
{
	static const char name[] = "run_tests.sh: ";
	size_t len = strlen(name);

	if (!strncmp(line, name, len))
		memmove(line, line + len, strlen(line + len) + 1);
}

char *job_error(const struct job *job, const char *what)
{
	int status = job->child.status;
	char *last;

	if (job->expired)
		return text_printf("%s did not end in time", what);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return NULL;
	last = text_last_line(&job->err);
	if (last) {
		drop_name(last);
		return last;
	}
	return text_printf("%s ended with %s", what, child_status_name(status));
}

/* The end of this child only: the engine may have others. */
static void await(struct job *job)
{
	struct pollfd fds[JOB_POLL_MAX];
	int status = 0;

	while (job->running) {
		siginfo_t info = { 0 };

		poll(fds, job_poll(job, fds), POLL_MS);
		job_read(job);
		job_tick(job, clock_now());
		if (!waitid(P_PID, job->child.pid, &info,
			    WEXITED | WNOHANG | WNOWAIT) &&
		    !info.si_pid)
			continue;
		/* Not reaped yet, so the group's number is still its own. */
		child_signal(&job->child, SIGKILL);
		waitpid(job->child.pid, &status, 0);
		job_reaped(job, status);
	}
}

int job_run(struct job *job, const char *const *argv, unsigned int seconds)
{
	int err = job_start(job, argv, seconds);

	if (!err)
		await(job);
	return err;
}
