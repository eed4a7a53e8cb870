/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Child processes: each in a process group of its own, that dies with us.
 *
 * A child starts with default signal dispositions, no signal blocked, stdin
 * from /dev/null, and no descriptor of ours but those named here. Its whole
 * group is killed with it, and children_kill_all() also finds what left the
 * group: the runner is a subreaper, so its orphaned descendants come to it.
 */
#ifndef _STLB_CHILD_H
#define _STLB_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: not running, or reaped */
	int status; /* of waitpid(), once reaped */
	/* Read ends, non-blocking and close-on-exec; -1: none, or closed */
	int out, err;
	int third; /* what the child writes to its descriptor 3 */
};

#define CHILD_NONE                                \
	{                                         \
		.out = -1, .err = -1, .third = -1 \
	}

/* child_spawn() flags */
#define CHILD_THIRD 1U /* give it a pipe as descriptor 3 */

/* Once per process, before the first child. */
void children_init(void);

/*
 * Starts argv[0], looked up in PATH. Returns 0, or a negative errno; -ENOENT
 * and -EACCES are execvp()'s. On failure @c is CHILD_NONE.
 */
int child_spawn(struct child *c, const char *const *argv, unsigned int flags);

/* Sends @sig to the child's group; harmless if it has been reaped. */
void child_signal(const struct child *c, int sig);

/* Closes the pipes. */
void child_close(struct child *c);

/*
 * Reaps one child of the process, whichever, after killing what is left of its
 * group. Returns its pid and sets *status, or 0 if none has ended.
 */
pid_t children_reap(int *status);

/*
 * Kills every descendant that is left (SIGKILL) and reaps it. Returns when
 * there is none.
 */
void children_kill_all(void);

/* "exit status 3", "signal 9 (Killed)"; static storage */
const char *child_status_name(int status);

#endif /* _STLB_CHILD_H */
