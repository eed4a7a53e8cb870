/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings of failures (--record-failures).
 */
#ifndef _STLB_RECORD_H
#define _STLB_RECORD_H

#include "run.h"

/*
 * Runs the first few tests that failed, each by itself, again with --record, and says on
 * stderr where each recording is, or that it did not fail again. Results are below
 * @run's own directory. Changes no verdict.
 */
void record_failures(const struct run *run);

#endif /* _STLB_RECORD_H */
