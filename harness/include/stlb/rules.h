/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules: what a secondary TLB of one profile needs at a transition.
 *
 * Each arch/ARCH/rules.c defines one struct stlb_rulebook. Nothing here
 * allocates, sleeps or depends on the kernel under test.
 */
#ifndef _STLB_RULES_H
#define _STLB_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/stlb.h>

#include "tests.h"

/* What the rule says of telling the secondary TLB. */
enum stlb_need {
	STLB_NO_ROW = 0, /* not a row: the profile is not of this architecture */
	STLB_REQUIRED, /* each changed page must be told, after its PTE changed */
	STLB_OPTIONAL, /* telling or not are both right */
	/* Nothing changed: a call that covers it, and no change near by, is a fault. */
	STLB_UNWANTED,
};

/* Where a test watches. */
enum stlb_plane {
	STLB_NOTIFIER_PLANE, /* callbacks */
	STLB_DEVICE_PLANE, /* what a device can still do */
	STLB_CPU_PLANE, /* what the CPUs execute to flush TLBs */
	STLB_MIRROR_PLANE, /* what a mirror of the kernel's own can still do */
};

/* Who tells a secondary TLB of this profile, so which plane can judge it. */
enum stlb_teller {
	STLB_BY_NOTIFIER, /* the secondary-TLB op */
	STLB_BY_RANGE, /* invalidate_range_start/end */
	STLB_BY_BROADCAST, /* the CPU's own TLB maintenance reaches it */
	STLB_BY_FLUSH, /* a CPU: what it executes itself, and others broadcast */
};

/* Of a release's first two numbers, as `uname -r` has them: they compare. */
#define STLB_RELEASE(major, minor) ((major) << 16 | (minor))

/*
 * Kernels on which a row binds nobody, because Linux lets no device share a user's page
 * tables to which that would matter. A list of them ends with one without @why.
 */
struct stlb_exemption {
	unsigned int since, until; /* STLB_RELEASE(), both included; 0: open */
	const char *why; /* with the source */
};

struct stlb_rule {
	enum stlb_need need;
	const char *cite; /* specification and section, or kernel commit */
	const char *why; /* one line, our words */
	/*
	 * NULL: it binds on every kernel. Else what such a row alone asks for is
	 * reported and decides nothing, see stlb/decides.h; what holds whatever the
	 * row says is judged as ever.
	 */
	const struct stlb_exemption *exempt;
};

struct stlb_profile_info {
	enum stlb_profile id;
	const char *name; /* "smmuv3-pri" */
	enum stlb_teller teller;
	/* STLB_BY_BROADCAST: can a device of stlb.ko hear the broadcasts? */
	bool heard;
	/*
	 * How often such a device may have to retry an access that the page
	 * table allows, all of the kernel's duties done.
	 */
	unsigned int retries;
};

struct stlb_rulebook {
	const char *arch; /* "arm64", "x86", "powerpc" */
	const struct stlb_profile_info *profiles;
	unsigned int nr_profiles;
	/* [transition][profile]; every pair of this architecture is filled */
	const struct stlb_rule (*rules)[STLB_NR_PROFILES];
};

extern const struct stlb_rulebook stlb_rulebook_arm64;
extern const struct stlb_rulebook stlb_rulebook_x86;
extern const struct stlb_rulebook stlb_rulebook_powerpc;

#endif /* _STLB_RULES_H */
