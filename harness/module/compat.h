/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that stlb.ko builds for, 6.1 to 7.3. The
 * Kbuild file probes the headers; nothing outside this file knows a version.
 */
#ifndef _STLB_COMPAT_H
#define _STLB_COMPAT_H

#include <linux/mmu_notifier.h>
#include <linux/pgtable.h>

/*
 * STLB_SECONDARY_OP names the member of struct mmu_notifier_ops that tells a
 * secondary TLB: invalidate_range up to 6.5, arch_invalidate_secondary_tlbs
 * from 6.6 (1af5a8109904). All have had the same arguments.
 */
#ifndef STLB_SECONDARY_OP
#error "stlb: STLB_SECONDARY_OP is not set: build through harness/module/Kbuild"
#endif

#endif /* _STLB_COMPAT_H */
