/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deadlines: points of CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef _STLB_CLOCK_H
#define _STLB_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S 1000000000ULL
#define NS_PER_MS 1000000ULL

#define NO_DEADLINE UINT64_MAX

static inline uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static inline uint64_t clock_in(unsigned int seconds)
{
	return clock_now() + seconds * NS_PER_S;
}

#endif /* _STLB_CLOCK_H */
