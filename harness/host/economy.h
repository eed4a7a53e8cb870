/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_ECONOMY_H
#define _STLB_ECONOMY_H

#include "options.h"

/*
 * The command economy DIR: what each change cost secondary TLBs, of which cells, the worst
 * first, on stdout; and DIR's economy.tsv, next to its results.json, with a line for each
 * test and cell. Returns an enum run_status; what went wrong is said on stderr.
 */
int economy(const struct options *opt);

#endif /* _STLB_ECONOMY_H */
