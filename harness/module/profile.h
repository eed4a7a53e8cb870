/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_PROFILE_H
#define _STLB_PROFILE_H

#include <linux/types.h>

/*
 * How a device of one profile behaves, where profiles differ. Where a
 * specification leaves a choice, this is the choice that needs most help from
 * the kernel: software must be right for all of them.
 */
struct stlb_traits {
	/* Its driver acts on the secondary-TLB op. */
	bool notified;
	/* It takes part in the CPUs' broadcasts. */
	bool snoops;
	/* Asks the kernel to handle a fault, then retries. */
	bool page_requests;
	/* A page request drops the entry that denied the access. */
	bool drops_on_request;
	/* An entry that denies an access is fetched again first. */
	bool refetches;
	/* A cache in the device (ATC, DevTLB), filled from the IOMMU's TLB. */
	bool atc;
	/* Its requests may be for instructions, and the entry's right decides. */
	bool fetches;
	/* One invalidation command per page, not per range. */
	bool command_per_page;
};

/* @profile: enum stlb_profile. NULL for one that no device can play. */
const struct stlb_traits *stlb_traits(u32 profile);

#endif /* _STLB_PROFILE_H */
