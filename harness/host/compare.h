/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two results held against each other: verdicts, and what the kernels did.
 */
#ifndef _STLB_COMPARE_H
#define _STLB_COMPARE_H

#include "options.h"

/*
 * opt->words: the results before and after. Prints a line per difference and
 * one per cell on stdout; docs/ci.md. Returns RUN_OK, RUN_FAILED or, if files
 * cannot be used, RUN_USAGE; with opt->gate RUN_INFRA if something was not
 * judged.
 */
int compare(const struct options *opt);

#endif /* _STLB_COMPARE_H */
