/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command debug: one test in one cell, run once as always, and then again under gdb,
 * or, with --record, replayed under it.
 */
#ifndef _STLB_DEBUG_H
#define _STLB_DEBUG_H

#include "run.h"

/* Is it one test of one cell? 0, or RUN_USAGE after one line on stderr. */
int debug_check(const struct run *run);

/*
 * After the run, of which @status came: CELL/gdb, a script for gdb, and on stdout how it
 * is used. On a terminal QEMU then takes this process's place, and waits for gdb. Returns
 * @status, or RUN_INFRA after one line on stderr.
 *
 * The script stops at the trigger's mark (recorder_mark(), in the test's program, second
 * argument MARK_BEGIN), and from there on in functions that tell secondary TLBs and where
 * they were called from in the run. Their addresses are those of the run: neither kernel
 * nor program is where chance has it.
 */
int debug_offer(const struct run *run, int status);

#endif /* _STLB_DEBUG_H */
