/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child whose output is kept: the set-up scripts, `qemu -version`.
 */
#ifndef _STLB_JOB_H
#define _STLB_JOB_H

#include <poll.h>
#include <stdint.h>

#include "child.h"
#include "text.h"

/* Kept of each stream, in bytes: the beginning of stdout, the end of stderr. */
#define JOB_OUTPUT_MAX (64U << 10)

struct job {
	struct child child;
	struct text out, err;
	uint64_t deadline; /* NO_DEADLINE: none */
	bool running;
	/* Called once the child was reaped and ->running is false; or NULL. */
	void (*ended)(void *arg);
	void *arg;
	bool expired; /* killed for its deadline */
	bool echo; /* its stderr is shown on ours as well */
};

#define JOB_NONE                    \
	{                           \
		.child = CHILD_NONE \
	}

/*
 * Returns 0 or -errno. @seconds: 0, or how long it may take. ->ended, ->arg and
 * ->echo stay as they are.
 */
int job_start(struct job *job, const char *const *argv, unsigned int seconds);
/* The same, and waits for its end, not for that of any other child. */
int job_run(struct job *job, const char *const *argv, unsigned int seconds);
#define JOB_POLL_MAX 2
size_t job_poll(const struct job *job, struct pollfd *fds);
void job_read(struct job *job);
void job_tick(struct job *job, uint64_t now);
/* Asks the child's group to end (SIGTERM), and kills it 2 s later. */
void job_stop(struct job *job);
/* The child was reaped: takes its last output and calls ->ended. */
void job_reaped(struct job *job, int status);
/* Forgets the child and its output. */
void job_free(struct job *job);

/*
 * Why a job that ended did not succeed: its last line on stderr, or what else
 * is known. NULL if it did succeed. The caller frees.
 */
char *job_error(const struct job *job, const char *what);

#endif /* _STLB_JOB_H */
