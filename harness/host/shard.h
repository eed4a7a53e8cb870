/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --shard K/N: a part of the cells, for a run on N machines. Which cells it has
 * hangs only on their order, so N runs with the same matrix and options have
 * each cell once. merge.h puts them together again.
 */
#ifndef _STLB_SHARD_H
#define _STLB_SHARD_H

#include "options.h"
#include "run.h"

/* "2/3". Returns whether it is one: 1 <= K <= N. */
bool shard_parse(const char *s, unsigned int *k, unsigned int *n);

/*
 * Sets run->plan to the names of all cells, and takes out those of other
 * shards. Returns 0, or RUN_USAGE after one line on stderr if none is left.
 */
int shard_cut(struct run *run, const struct options *opt);

#endif /* _STLB_SHARD_H */
