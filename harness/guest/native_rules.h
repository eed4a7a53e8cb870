/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rulebook of the architecture this is compiled for, and the kernel that runs.
 */
#ifndef _STLB_NATIVE_RULES_H
#define _STLB_NATIVE_RULES_H

#include <stlb/decides.h>

#if defined(__aarch64__)
#define native_rules stlb_rulebook_arm64
#elif defined(__x86_64__)
#define native_rules stlb_rulebook_x86
#elif defined(__powerpc64__)
#define native_rules stlb_rulebook_powerpc
#else
#error "stlb has no arch/ folder for this architecture: docs/adding.md says how to add one"
#endif

/* STLB_RELEASE() of uname(2); 0 if that is no release. */
unsigned int native_release(void);

/* stlb_decides() and stlb_exempt() here. */
bool native_decides(enum stlb_transition t,
		    const struct stlb_profile_info *profile,
		    enum stlb_plane plane);
const char *native_exempt(enum stlb_transition t,
			  const struct stlb_profile_info *profile);

#endif /* _STLB_NATIVE_RULES_H */
