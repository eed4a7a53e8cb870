// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>

#include "touch.h"

static sigjmp_buf failed;

static void on_signal(int sig)
{
	siglongjmp(failed, 1);
}

static int touch(volatile uint32_t *at, uint32_t *word, bool write)
{
	static const int signals[] = { SIGSEGV, SIGBUS };
	struct sigaction ours = { .sa_handler = on_signal }, old[2];
	volatile int err = 0;

	for (int i = 0; i < 2; i++)
		sigaction(signals[i], &ours, &old[i]);
	if (sigsetjmp(failed, 1))
		err = -EFAULT;
	else if (write)
		*at = *word;
	else
		*word = *at;
	for (int i = 0; i < 2; i++)
		sigaction(signals[i], &old[i], NULL);
	return err;
}

int touch_read(const void *at, uint32_t *word)
{
	return touch((volatile uint32_t *)at, word, false);
}

int touch_write(void *at, uint32_t word)
{
	return touch(at, &word, true);
}
