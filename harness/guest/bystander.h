/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second process with pages of its own at the same addresses, recording
 * while the test changes its pages. What it sees there was meant for somebody
 * else.
 *
 *	test				bystander
 *	bystander_start()
 *					populate, bind, watch, mark
 *					say "ready"
 *	(change the pages)		block in read()
 *	bystander_stop()
 *					drain, count, say the count, exit
 */
#ifndef _STLB_BYSTANDER_H
#define _STLB_BYSTANDER_H

#include "transition.h"

struct bystander {
	pid_t pid;
	int go; /* a byte ends the watch */
	int answer;
};

/*
 * Forks; the scene's pages must not be populated yet. Returns 0 or -errno when
 * it is ready.
 */
int bystander_start(struct bystander *b, struct scene *s);

/*
 * Ends the watch. Returns the number of callbacks that covered one of its
 * pages and that it did not bring about itself (a flush of its whole mm may
 * be its own memory allocator's), or -errno if it cannot tell.
 */
int bystander_stop(struct bystander *b);

#endif /* _STLB_BYSTANDER_H */
