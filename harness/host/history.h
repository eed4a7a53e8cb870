/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last run of the same cells: what it found, and how long it took.
 */
#ifndef _STLB_HISTORY_H
#define _STLB_HISTORY_H

#include <jansson.h>

#include "run.h"

struct history;

/*
 * The newest results below @out that have all cells of @run, on the same kernels; NULL:
 * there are none, which is nobody's mistake. history_free() frees; both take NULL.
 */
struct history *history_find(const struct run *run, const char *out);
void history_free(struct history *h);

/* Where it is, and when it began ("2026-11-29T08:34:44Z"). */
const char *history_dir(const struct history *h);
const char *history_started(const struct history *h);

/* That test there, or NULL. */
const json_t *history_test(const struct history *h, const struct cell *cell,
			   const struct result *r);

/* Seconds until @run ends if all takes as long as then; negative: not known. */
double history_left(const struct history *h, const struct run *run);

#endif /* _STLB_HISTORY_H */
