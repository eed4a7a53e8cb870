/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whence the secondary-TLB op is called, for the runner's coverage command
 * (harness/host/coverage.h). Printed as
 *
 *	# site: call|jump SYMBOL FUNCTION	recorder.sites: FUNCTION is called
 *						there, by an instruction that SYMBOL
 *						is right behind
 *	# chain: SYMBOL>CALLEE ...		tests of transitions: by whom a watched
 *						page was told, struct stlb_frame, from the
 *						function that called the subscriber
 *						outwards
 */
#ifndef _STLB_COVERAGE_H
#define _STLB_COVERAGE_H

#include "recorder.h"

/* If STLB_COVERAGE is in the environment. */
void coverage_begin(struct recorder *r);
/* Prints the chains since then. */
void coverage_report(struct recorder *r);

/*
 * If STLB_COVERAGE is "2", prints once where the kernel's functions are that a debugger
 * wants to stop at, as "# address: NAME ADDRESS".
 */
void coverage_addresses(void);

/*
 * Prints the sites of this kernel; returns how many there are, or -errno.
 * -ENOENT: /proc/kallsyms does not name what it takes.
 */
int coverage_sites(struct recorder *r);

#endif /* _STLB_COVERAGE_H */
