// SPDX-License-Identifier: GPL-2.0-only

#include <stdio.h>
#include <sys/utsname.h>

#include "native_rules.h"

unsigned int native_release(void)
{
	unsigned int major, minor;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return STLB_RELEASE(major, minor);
}

bool native_decides(enum stlb_transition t,
		    const struct stlb_profile_info *profile,
		    enum stlb_plane plane)
{
	return stlb_decides(&native_rules, t, profile, plane, native_release());
}

const char *native_exempt(enum stlb_transition t,
			  const struct stlb_profile_info *profile)
{
	return stlb_exempt(&native_rules, t, profile, native_release());
}
