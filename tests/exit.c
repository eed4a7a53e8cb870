// SPDX-License-Identifier: GPL-2.0-only
/*
 * exit: the process ends, and its address space with it; or only the latter.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
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

static int write_with_threads(struct scene *s)
{
	pthread_t thread;
	int err = 0;

	for (int i = 0; i < 2 && !err; i++)
		err = -pthread_create(&thread, NULL, idle, NULL);
	return err ? err : scene_write(s);
}

static const struct transition threads = {
	TRANSITION(exit, threads),
	.before = ACCESS_RW,
	.after = ACCESS_GONE,
	.setup = write_with_threads,
};

FIXTURE_VARIANT_ADD(exit, threads)
{
	.t = &threads,
};

TEST_HARNESS_MAIN
