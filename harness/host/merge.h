/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The results of all shards of a run become one.
 */
#ifndef _STLB_MERGE_H
#define _STLB_MERGE_H

#include "options.h"

/*
 * opt->words: results of every shard (--shard K/N), in any order. Writes a
 * results.json below opt->out with every cell of the matrix, in its order.
 * Returns the status that the verdicts ask for; RUN_INFRA, with nothing written,
 * if a cell is missing; RUN_USAGE if they do not belong together.
 */
int merge(const struct options *opt);

#endif /* _STLB_MERGE_H */
