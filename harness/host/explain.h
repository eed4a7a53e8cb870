/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_EXPLAIN_H
#define _STLB_EXPLAIN_H

#include "options.h"

/*
 * Prints what the rules say of the transitions that opt->explain chooses, for
 * all architectures or those of --arch. It chooses at least one test.
 */
void explain(const struct options *opt);

#endif /* _STLB_EXPLAIN_H */
