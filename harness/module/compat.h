/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that stlb.ko builds for, 6.1 to 7.3: how they
 * tell secondary TLBs. Kbuild compiles this file alone with STLB_SHAPE = 1, 2,
 * ... and takes the first shape that fits; nothing outside knows a version. A
 * new shape is one more #elif:
 *
 *	STLB_SECONDARY_OP	the member of the ops that is called
 *	STLB_SECONDARY_ARGS	its arguments, if they are others than below. The
 *				module uses subscription, mm, start and end.
 *	STLB_SUBSCRIPTION	what is subscribed, if that is no mmu_notifier. X
 *				stands for struct X, struct X_ops, which has a
 *				release as well, X_register() and X_unregister().
 *	STLB_ONE_TABLE_REFUSED	1: registration refuses an ops table that has the op
 *				and invalidate_range_start or _end as well
 */
#ifndef _STLB_COMPAT_H
#define _STLB_COMPAT_H

#include <linux/mmu_notifier.h>
#include <linux/pgtable.h>

#if STLB_SHAPE == 1
/* From 6.6: 1af5a8109904 */
#define STLB_SECONDARY_OP arch_invalidate_secondary_tlbs
#define STLB_ONE_TABLE_REFUSED 1
#elif STLB_SHAPE == 2
/* Up to 6.5 */
#define STLB_SECONDARY_OP invalidate_range
/* From here on, what has been proposed: harness/mutants/api-*.patch */
#elif STLB_SHAPE == 3
/* api-renamed */
#define STLB_SECONDARY_OP invalidate_secondary_tlbs
#define STLB_ONE_TABLE_REFUSED 1
#elif STLB_SHAPE == 4
/* api-tlb-notifier: a table, and a subscription, of its own */
#define STLB_SECONDARY_OP invalidate_secondary_tlbs
#define STLB_SUBSCRIPTION tlb_notifier
#elif STLB_SHAPE == 5
/* api-level */
#define STLB_SECONDARY_OP arch_invalidate_secondary_tlbs
#define STLB_SECONDARY_ARGS                                      \
	struct mmu_notifier *subscription, struct mm_struct *mm, \
		unsigned long start, unsigned long end, int level
#define STLB_ONE_TABLE_REFUSED 1
#else
#error "stlb: build through harness/module/Kbuild, which sets STLB_SHAPE"
#endif

#ifndef STLB_SUBSCRIPTION
#define STLB_SUBSCRIPTION mmu_notifier
/* An ops table can have the op and invalidate_range_start/end. */
#define STLB_ONE_TABLE
#endif

#ifndef STLB_ONE_TABLE_REFUSED
#define STLB_ONE_TABLE_REFUSED 0
#endif

#ifndef STLB_SECONDARY_ARGS
#define STLB_SECONDARY_ARGS                                           \
	struct STLB_SUBSCRIPTION *subscription, struct mm_struct *mm, \
		unsigned long start, unsigned long end
#endif

#define STLB_SUBSCRIPTION_OPS __PASTE(STLB_SUBSCRIPTION, _ops)
#define stlb_subscribe __PASTE(STLB_SUBSCRIPTION, _register)
#define stlb_unsubscribe __PASTE(STLB_SUBSCRIPTION, _unregister)

#ifdef STLB_PROBE
/* All that the module takes for granted of a shape, each with its own message. */
#define EXPECT(what, type, name) \
	_Static_assert(__same_type(what, type), name " is declared otherwise")
#define MEMBER(ops, member) (((struct ops *)0)->member)
#define NAME(x) __stringify(x)

EXPECT(*MEMBER(STLB_SUBSCRIPTION_OPS, STLB_SECONDARY_OP),
       void(STLB_SECONDARY_ARGS), NAME(STLB_SECONDARY_OP));
EXPECT(*MEMBER(STLB_SUBSCRIPTION_OPS, release),
       void(struct STLB_SUBSCRIPTION *, struct mm_struct *),
       NAME(STLB_SUBSCRIPTION_OPS) ".release");
EXPECT(stlb_subscribe, int(struct STLB_SUBSCRIPTION *, struct mm_struct *),
       NAME(stlb_subscribe));
EXPECT(stlb_unsubscribe, void(struct STLB_SUBSCRIPTION *, struct mm_struct *),
       NAME(stlb_unsubscribe));
EXPECT(*MEMBER(mmu_notifier_ops, invalidate_range_start),
       int(struct mmu_notifier *, const struct mmu_notifier_range *),
       "invalidate_range_start");
EXPECT(*MEMBER(mmu_notifier_ops, invalidate_range_end),
       void(struct mmu_notifier *, const struct mmu_notifier_range *),
       "invalidate_range_end");
#endif

#endif /* _STLB_COMPAT_H */
