// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task that has run for the scan delay, a second if nobody changed it, scans its mm
 * at its next return to user space (task_tick_numa(), task_numa_work() in
 * kernel/sched/fair.c). So it runs, and looks at its own entries meanwhile: the clock
 * is its own CPU time, which is also the scheduler's.
 *
 * Left out of a scan are pages of a process with one thread on the node that it runs
 * on, hence the second thread; and, up to 6.1, pages with another reference than the
 * mapping's, which new ones have while they are in a batch of the CPU's on the way to
 * an LRU list (pages_to_lru()).
 */

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "entry.h"
#include "numa_hint.h"
#include "pages.h"
#include "recorder.h"
#include "sysfs.h"

#define BALANCING "/proc/sys/kernel/numa_balancing"

/* Of CPU time, far above the scan delay. */
#define PATIENCE_S 10

static struct recorder eye;

static void *idle(void *unused)
{
	pause();
	return NULL;
}

static int open_eye(const struct scene *s)
{
	int err = recorder_open(&eye);

	if (!err)
		err = recorder_bind(&eye, RECORDER_RING);
	return err ? err : recorder_watch(&eye, s->base, s->nr);
}

int numa_hint_prepare(struct scene *s)
{
	pthread_t thread;
	int err;

	if (access(BALANCING, F_OK))
		return scene_missing(
			s, "needs CONFIG_NUMA_BALANCING: no " BALANCING);
	/* Where it was on, it is on again when the scene has ended. */
	err = scene_set(s, BALANCING, "0");
	if (!err)
		err = -pthread_create(&thread, NULL, idle, NULL);
	if (!err)
		err = open_eye(s);
	if (err)
		return err;
	scene_write(s);
	return pages_to_lru();
}

/* Are all of them closed? Or -errno. */
static int are_closed(const struct scene *s)
{
	struct stlb_pte ptes[STLB_RUN_PAGES];
	int err = recorder_ptes(&eye, ptes, s->nr);

	for (size_t i = 0; i < s->nr && !err; i++)
		if (pte_access(&ptes[i]) != ACCESS_DENIED)
			return 0;
	return err ? err : 1;
}

static time_t cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec;
}

int numa_hint_await(struct scene *s)
{
	time_t last = cpu_seconds() + PATIENCE_S;
	int err = sysfs_write(BALANCING, "1"), closed = 0;

	if (err)
		return err;
	while (!closed && cpu_seconds() <= last)
		closed = are_closed(s);
	scene_changed(s);
	err = sysfs_write(BALANCING, "0");
	if (closed < 0 || err)
		return closed < 0 ? closed : err;
	if (!closed)
		return scene_missing(
			s,
			"needs NUMA hints for anonymous memory: none came in 10 seconds of CPU time");
	return 0;
}

int numa_hint_closed(struct scene *s)
{
	int err = numa_hint_prepare(s);

	return err ? err : numa_hint_await(s);
}
