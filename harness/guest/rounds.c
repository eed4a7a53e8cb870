// SPDX-License-Identifier: GPL-2.0-only

#include <stdlib.h>

#include "rounds.h"

static unsigned long number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : 0;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

struct rounds rounds_begin(void)
{
	unsigned long seconds = number("STLB_SECONDS");

	return (struct rounds){
		.first_seed = number("STLB_SEED") ?: 1,
		.seconds = seconds,
		.end = now() + seconds,
	};
}

bool rounds_over(const struct rounds *r)
{
	return now() >= r->end;
}
