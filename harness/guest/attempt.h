/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One attempt at a transition: the steps that every plane takes.
 *
 *	attempt_open()
 *	attempt_provoke()	setup, bind and watch (the plane's part), proof of
 *				the first state, mark, trigger, mark, proof of
 *				the second state
 *	attempt_collect()	what was recorded
 *	attempt_close()
 */
#ifndef _STLB_ATTEMPT_H
#define _STLB_ATTEMPT_H

#include <sched.h>
#include <stdbool.h>

#include "evidence.h"
#include "recorder.h"
#include "transition.h"

struct attempt {
	const struct transition *t;
	/*
	 * The plane's own part of the setup: binds @rec, and what else it
	 * watches with, to the caller's mm. Runs in the process whose address
	 * space is watched, pages as the transition's setup left them.
	 */
	bool (*bind)(struct attempt *a);
	/* Optional: the same, once the first state is proved. */
	bool (*begin)(struct attempt *a);
	/*
	 * Optional: right before the change, behind the mark. Is all as @begin left
	 * it? False: nothing is changed, and @voided says why, or @out has the failure.
	 */
	bool (*ready)(struct attempt *a);
	/*
	 * Optional: on each CPU, among them the test's own at last, that the process
	 * visits before the change. 0 or -errno.
	 */
	int (*visited)(struct attempt *a);
	void *plane; /* for those above */
	struct scene scene;
	struct recorder rec;
	cpu_set_t cpus; /* that there are for a run to visit */
	struct stlb_pte *before; /* [scene_watched()] */
	struct stlb_pte *after; /* not for ACCESS_GONE */
	/* ACCESS_GONE: the process whose address space is watched. */
	pid_t subject;
	int subject_go;
	struct outcome out;
	/* Why it proves nothing, the kernel apart: to be repeated. NULL: it does. */
	const char *voided;
};

/*
 * Maps @nr units and opens the recorder. False: @a->out says why, or skips. The
 * process is pinned to one CPU for good.
 */
bool attempt_open(struct attempt *a, size_t nr);
void attempt_close(struct attempt *a);

/* Binds @a->rec to this process. False: @a->out has the failure. */
bool attempt_bind(struct attempt *a);
/* False: @a->out has the failure. */
bool attempt_provoke(struct attempt *a);
/*
 * Has the process run on each CPU that a run of units visits, and call @visited there;
 * a single unit stays where it is. 0 or -errno.
 */
int attempt_visit_cpus(struct attempt *a);
/* Drains @a->rec; false if it lost events. */
bool attempt_collect(struct attempt *a);
/*
 * After attempt_collect(): have watched pages changed since the trigger? Then somebody
 * else has changed them (the flusher, reclaim, a scan for NUMA hints, compaction), and
 * what failed may be that change's: a failed attempt becomes void. Not for who changes
 * them himself after the trigger: a device that asks for pages.
 */
void attempt_void_if_disturbed(struct attempt *a);
/*
 * Makes an attempt until it proves something: one that is void, for which @once sets
 * *voided to the reason, up to ATTEMPTS times; one whose pages are not in the state that
 * it is about, which somebody else's change can do, too, STATE_ATTEMPTS. What the last
 * one found is printed, what others found only shown. @who: for messages.
 */
#define ATTEMPTS 8
#define STATE_ATTEMPTS 3
struct outcome attempt_repeat(const char *who,
			      struct outcome (*once)(void *arg,
						     const char **voided),
			      void *arg);
/* The same, each attempt in a process of its own: of what comes once in a process's life. */
struct outcome attempt_repeat_apart(const char *who,
				    struct outcome (*once)(void *arg,
							   const char **voided),
				    void *arg);
/* After attempt_collect(), for judge(). */
struct evidence attempt_evidence(const struct attempt *a);

/* A failed step: records it with @p. Returns whether @err is none (>= 0). */
bool attempt_must(struct attempt *a, int err, enum property p,
		  const char *what);

#endif /* _STLB_ATTEMPT_H */
