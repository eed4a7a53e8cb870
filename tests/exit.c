// SPDX-License-Identifier: GPL-2.0-only
/*
 * exit: the process ends, and its address space with it; or only the latter.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "family.h"

STLB_FAMILY(exit);

static const struct transition release = {
	TRANSITION(exit, release),
	.before = ACCESS_RW,
	.after = ACCESS_GONE,
	.setup = scene_write,
};

FIXTURE_VARIANT_ADD(exit, release)
{
	.t = &release,
};

#define BECOMES_NOTHING "STLB_BECOMES_NOTHING"

/* What exec turns the process into: one that ends before main(). */
__attribute__((constructor)) static void become_nothing(void)
{
	if (getenv(BECOMES_NOTHING))
		_exit(0);
}

static int become_another(struct scene *s)
{
	char *argv[] = { "nothing", NULL };
	char *envp[] = { BECOMES_NOTHING "=1", NULL };

	execve("/proc/self/exe", argv, envp);
	return -errno;
}

static const struct transition exec = {
	TRANSITION(exit, exec),
	.before = ACCESS_RW,
	.after = ACCESS_GONE,
	.setup = scene_write,
	.trigger = become_another,
};

FIXTURE_VARIANT_ADD(exit, exec)
{
	.t = &exec,
};

static void *idle(void *unused)
{
	pause();
	return NULL;
}

static sem_t start;
static atomic_ulong turns;

/* Uses the first page, on any CPU, from the trigger on and to the end. */
static void *work(void *page)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
	sem_wait(&start);
	for (;;) {
		*(volatile char *)page = 1;
		turns++;
	}
	return NULL;
}

static int write_with_threads(struct scene *s)
{
	pthread_t thread;
	int err = sem_init(&start, 0, 0) ? -errno : 0;

	if (!err)
		err = -pthread_create(&thread, NULL, idle, NULL);
	if (!err)
		err = -pthread_create(&thread, NULL, work, s->base);
	return err ? err : scene_write(s);
}

/* exit_group() finds one thread asleep and one that has been seen at work. */
static int exit_at_work(struct scene *s)
{
	sem_post(&start);
	while (turns < 1000)
		sched_yield();
	_exit(0);
}

static const struct transition threads = {
	TRANSITION(exit, threads),
	.before = ACCESS_RW,
	.after = ACCESS_GONE,
	.setup = write_with_threads,
	.trigger = exit_at_work,
};

FIXTURE_VARIANT_ADD(exit, threads)
{
	.t = &threads,
};

/*
 * What the OOM killer's reaper does, by its function (__oom_reap_task_mm()). Both
 * are on one CPU, which the subject does not get back before its pages are gone:
 *
 *	subject				helper
 *	asks, sleeps
 *					becomes SCHED_FIFO
 *					kill(): the subject is runnable
 *					process_mrelease()
 *					ends
 *	dies
 */
static int kill_and_reap(struct scene *s, pid_t subject)
{
	struct sched_param urgent = { .sched_priority = 1 };
	int fd = syscall(SYS_pidfd_open, subject, 0);

	if (fd < 0 || sched_setscheduler(0, SCHED_FIFO, &urgent) ||
	    kill(subject, SIGKILL) || syscall(SYS_process_mrelease, fd, 0))
		return -errno;
	return 0;
}

static int write_with_reaper(struct scene *s)
{
	int err = scene_start_helper(s, kill_and_reap);

	return err ? err : scene_write(s);
}

static const struct transition reaped = {
	TRANSITION(exit, reaped),
	.before = ACCESS_RW,
	.after = ACCESS_GONE,
	.passes_none = true,
	.killed = true,
	.setup = write_with_reaper,
	.trigger = scene_ask_helper,
};

FIXTURE_VARIANT_ADD(exit, reaped)
{
	.t = &reaped,
};

TEST_HARNESS_MAIN
