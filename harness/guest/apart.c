// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attempts in processes of their own: attempt_repeat_apart().
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

struct apart {
	struct outcome (*once)(void *arg, const char **voided);
	void *arg;
};

/* What such a process found. */
struct found {
	unsigned int failed;
	char skip[160]; /* "": none */
	char voided[160]; /* the same */
};

static void run_and_tell(const struct apart *apart, int to)
{
	const char *voided = NULL;
	struct outcome o = apart->once(apart->arg, &voided);
	struct found found = { .failed = o.failed };

	if (o.skip)
		snprintf(found.skip, sizeof(found.skip), "%s", o.skip);
	if (voided)
		snprintf(found.voided, sizeof(found.voided), "%s", voided);
	fflush(NULL);
	_exit(write(to, &found, sizeof(found)) != sizeof(found));
}

static struct outcome once_apart(void *arg, const char **voided)
{
	const struct apart *apart = arg;
	struct outcome o = { .failed = 0 };
	struct found found = { .failed = 0 };
	int answer[2];
	pid_t child;

	fflush(NULL);
	if (pipe(answer)) {
		outcome_fail(&o, PROP_SETUP, "pipe: %s", strerror(errno));
		return o;
	}
	child = fork();
	if (!child)
		run_and_tell(apart, answer[1]);
	close(answer[1]);
	if (child < 0 ||
	    read(answer[0], &found, sizeof(found)) != sizeof(found))
		outcome_fail(&o, PROP_SETUP, "the attempt's process died");
	else
		o.failed = found.failed;
	if (!o.failed && *found.skip)
		o.skip = strdup(
			found.skip); /* the test's process ends with it */
	*voided = *found.voided ? strdup(found.voided) : NULL; /* as well */
	close(answer[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return o;
}

struct outcome attempt_repeat_apart(const char *who,
				    struct outcome (*once)(void *arg,
							   const char **voided),
				    void *arg)
{
	struct apart apart = { .once = once, .arg = arg };

	return attempt_repeat(who, once_apart, &apart);
}
