/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known kernel bugs (configs/known-bugs.ini): which failures are expected, on
 * which kernels, and why. One ini section per bug:
 *
 *	[arm64-upgrade-not-told]
 *	tests = upgrade.wp_reuse.page upgrade.wp_reuse.run
 *	arch = arm64			one or more, space separated
 *	since = 4.0			first release that has it; optional
 *	until = 6.18 6.12.100		last release that has it, and those of stable
 *					series that had the mend backported: 6.12.101
 *					has it no more, 6.13 does; optional
 *	page = 4K			size of base pages, one or more of 4K, 16K,
 *					64K; optional
 *	fails = coverage:secondary:smmuv3, coverage:secondary:smmuv3-pri
 *					the exact signature, see signature.h: all
 *					of its words, in any order
 *	reason = one line
 *	link = commit or address
 *
 * tests, fails, reason and link may go on in indented lines. A ';' behind white space
 * begins a comment. Two entries may not claim the same test on the same
 * architecture, release and page size. A file without entries is a good one.
 *
 * Tests are full names: no patterns, so that a new test's failure is never
 * hidden. Releases compare by their first two numbers; of a series that until has
 * with three, by the third. A Debian kernel is the upstream release that its package
 * is of, others what they say (uname -r).
 *
 * debian: and source: kernels are what their number says, so an entry that does not
 * show there is stale, or the suite blind: XPASS. A tree:, tarball: or image: may have
 * a mend, or a bug, that its number does not tell of: there a pass is a pass, and an
 * XFAIL says by what number it is expected.
 */
#ifndef _STLB_KNOWN_BUGS_H
#define _STLB_KNOWN_BUGS_H

#include "run.h"

struct known_bug {
	char *name;
	char **tests; /* NULL-terminated */
	const struct stlb_arch **archs; /* NULL-terminated */
	unsigned long page_sizes; /* or-ed; 0: all */
	unsigned int since, until; /* major << 16 | minor; 0, UINT_MAX: open */
	struct {
		unsigned int series; /* major << 16 | minor */
		unsigned int last; /* of them that has it */
	} * stable;
	size_t nr_stable;
	char *fails;
	char *reason;
	char *link;
};

struct known_bugs;

/* Returns 0, or RUN_USAGE after one line on stderr (file, line, key). */
int known_bugs_load(struct known_bugs **bugs, const char *path);
void known_bugs_free(struct known_bugs *bugs);

/* The entry for this test on this kernel, or NULL. @page_size is in bytes. */
const struct known_bug *
known_bugs_find(const struct known_bugs *bugs, const struct stlb_arch *arch,
		const char *release, unsigned long page_size, const char *test);

/*
 * Turns FAIL with the entry's exact signature into XFAIL, and PASS into XPASS but for
 * trees; leaves every other verdict alone. Sets result->reason: that of a FAIL names
 * the entry that expects another one, or that has ended.
 */
void known_bugs_apply(const struct known_bugs *bugs, const struct cell *cell,
		      struct result *result);

#endif /* _STLB_KNOWN_BUGS_H */
