// SPDX-License-Identifier: GPL-2.0-only

#include <linux/stlb.h>

#include "profile.h"

static const struct stlb_traits traits[STLB_NR_PROFILES] = {
	/*
	 * Arm ARM R_JVXRH: an entry that denies a write may stay (SMMU 3.21.1).
	 * Transactions are marked as instruction or data (SMMU, STE.INSTCFG).
	 */
	[STLB_SMMUV3] = { .notified = true, .fetches = true },
	/* No rule makes a page request drop anything (SMMU 3.9.1, PCIe 10.4). */
	[STLB_SMMUV3_PRI] = { .notified = true,
			      .page_requests = true,
			      .fetches = true,
			      .atc = true },
	/*
	 * The driver leaves the TLB to the broadcasts (SMMU 3.17), so its
	 * callback does nothing for a device without an ATC.
	 */
	[STLB_SMMUV3_BTM] = { .snoops = true, .fetches = true },
	/*
	 * VT-d 6.2.4.1: a cached entry is used without a look at memory. Requests
	 * with a PASID may ask for execution (PASID-table entry, ERE).
	 */
	[STLB_VTD] = { .notified = true, .fetches = true },
	/* VT-d 6.5.3.1: implicit invalidation at a page request, one page. */
	[STLB_VTD_PRI] = { .notified = true,
			   .page_requests = true,
			   .drops_on_request = true,
			   .fetches = true,
			   .atc = true },
	/* bd5050e38aec: this nest MMU does not fetch an entry again. */
	[STLB_OPENCAPI_P9] = { .snoops = true,
			       .page_requests = true,
			       .command_per_page = true },
	/* Power ISA 3.1B: fetched again on insufficient authority. */
	[STLB_OPENCAPI_P10] = { .notified = true,
				.page_requests = true,
				.refetches = true,
				.command_per_page = true },
};

const struct stlb_traits *stlb_traits(u32 profile)
{
	if (profile >= STLB_NR_PROFILES || profile == STLB_KVM_SHADOW ||
	    profile == STLB_CPU)
		return NULL;
	return &traits[profile];
}
