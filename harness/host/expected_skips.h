/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Expected skips (configs/expected-skips.ini), for --strict-skips: what cannot
 * run where, so that a SKIP for any other reason fails the run. One ini section
 * per thing that is missing:
 *
 *	[no-ram-disk]
 *	tests = file.mkwrite swap	patterns, as --test takes them
 *	arch = arm64 x86		optional; default: all
 *	kernel = debian:*		patterns of --kernel's SPEC; optional: all
 *	cpu = max*			patterns of QEMU's -cpu; optional: all
 *	config = kasan			patterns of --config's names; optional: all
 *	without = kvm-*			none of --config's names is of these; optional
 *	page = 4K 16K			sizes of base pages; optional: all
 *	memory = 1536			cells with at most as many MiB; optional: all
 *	reason = the SKIP's own, as the reports have it
 *
 * tests and reason may go on in indented lines. Several entries may claim one
 * test: for each reason that it may have on these cells there is one.
 */
#ifndef _STLB_EXPECTED_SKIPS_H
#define _STLB_EXPECTED_SKIPS_H

#include "run.h"

struct expected_skips;

/* Returns 0, or RUN_USAGE after one line on stderr (file, line, key). */
int expected_skips_load(struct expected_skips **skips, const char *path);
void expected_skips_free(struct expected_skips *skips);

/*
 * Turns a SKIP that no entry expects into FAIL "skip", and what an entry says
 * is skipped, but was not, from PASS or XFAIL into XPASS; leaves every other
 * result alone. NULL expects nothing and turns nothing.
 */
void expected_skips_apply(const struct expected_skips *skips,
			  const struct cell *cell, struct result *result);

#endif /* _STLB_EXPECTED_SKIPS_H */
