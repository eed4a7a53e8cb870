/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --accept FILE: differences in behaviour that are meant, each with a reason.
 */
#ifndef _STLB_ACCEPT_H
#define _STLB_ACCEPT_H

#include <stdbool.h>

struct accepts;

/* @path NULL: none. Returns 0, or RUN_USAGE after one line on stderr. */
int accept_load(struct accepts **accepts, const char *path);
void accept_free(struct accepts *accepts);

/* This test was compared, so an entry for it has had its chance. */
void accept_compared(struct accepts *accepts, const char *arch,
		     const char *test);

/* The reason why this difference is accepted, or NULL. */
const char *accept_find(struct accepts *accepts, const char *arch,
			const char *test, const char *difference);

/*
 * Says on stderr which entries had a chance and met no difference. Returns
 * whether there are any.
 */
bool accept_stale(const struct accepts *accepts);

#endif /* _STLB_ACCEPT_H */
