/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a row of the rules bind here? The one answer, for the guest that judges and
 * for the runner that reports. Nothing here prints, sleeps or allocates.
 */
#ifndef _STLB_DECIDES_H
#define _STLB_DECIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "rules.h"

/*
 * Why a row binds nobody on a kernel of @release, with the source; NULL: it does, if
 * the profile can be watched. @release: STLB_RELEASE(), of the kernel under test.
 */
static inline const char *stlb_exempt(const struct stlb_rulebook *book,
				      enum stlb_transition t,
				      const struct stlb_profile_info *profile,
				      unsigned int release)
{
	const struct stlb_exemption *e = book->rules[t][profile->id].exempt;

	for (; e && e->why; e++)
		if (release >= e->since && (!e->until || release <= e->until))
			return e->why;
	return NULL;
}

/* Can a test on @watch see what becomes of a TLB of this profile? */
static inline bool stlb_watches(const struct stlb_profile_info *profile,
				enum stlb_plane plane)
{
	switch (profile->teller) {
	case STLB_BY_NOTIFIER:
		return plane == STLB_NOTIFIER_PLANE ||
		       plane == STLB_DEVICE_PLANE;
	case STLB_BY_RANGE:
		return plane == STLB_NOTIFIER_PLANE ||
		       plane == STLB_MIRROR_PLANE;
	case STLB_BY_BROADCAST:
		return plane == STLB_CPU_PLANE ||
		       (plane == STLB_DEVICE_PLANE && profile->heard);
	case STLB_BY_FLUSH:
		return plane == STLB_CPU_PLANE;
	}
	return false;
}

/* Does the row of @t for @profile decide verdicts of tests on @plane? */
static inline bool stlb_decides(const struct stlb_rulebook *book,
				enum stlb_transition t,
				const struct stlb_profile_info *profile,
				enum stlb_plane plane, unsigned int release)
{
	return stlb_watches(profile, plane) &&
	       !stlb_exempt(book, t, profile, release);
}

#endif /* _STLB_DECIDES_H */
