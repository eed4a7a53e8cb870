/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that go on for as long as they are told: STLB_SEED is the first round's seed
 * and each further one's is one higher; there is one round, or as many as STLB_SECONDS
 * see begin. The runner's --seed and --seconds.
 */
#ifndef _STLB_ROUNDS_H
#define _STLB_ROUNDS_H

#include <stdbool.h>
#include <time.h>

struct rounds {
	unsigned long first_seed; /* at least 1 */
	unsigned long seconds; /* 0: one round */
	time_t end; /* of CLOCK_MONOTONIC */
};

struct rounds rounds_begin(void);
/* Has STLB_SECONDS passed since rounds_begin()? */
bool rounds_over(const struct rounds *r);

#endif /* _STLB_ROUNDS_H */
