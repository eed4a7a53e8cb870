/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures: what failed, in words that a known bug can be told by.
 *
 * A word is PROPERTY, PROPERTY:PART or PROPERTY:PART:PROFILE:
 *
 *	coverage:secondary:smmuv3	a profile's rule about a callback
 *	safety:emulated:vtd		what a device of a profile did
 *	context:range_start		what holds for a callback, whoever needs it
 *	setup				of the test as a whole
 *
 * PART is an op of the notifier, a process that is not to hear of anything
 * (bystander), or the device that has the secondary TLB; PROFILE a name of struct
 * stlb_profile_info. Both the guest, which writes the words, and the runner, which
 * holds known bugs against them, go by this list. A test without a transition may
 * also fail by PROPERTY alone.
 */
#ifndef _STLB_PROPERTIES_H
#define _STLB_PROPERTIES_H

/* What the words of a property name besides it in a transition's test. */
enum stlb_scope {
	STLB_OF_TEST, /* nothing */
	STLB_OF_OP, /* the op */
	STLB_OF_OP_FOR_PROFILE, /* the op and the profile */
	STLB_OF_DEVICE, /* the device and the profile */
};

/*
 * X(PROPERTY, property, scope, is it one of the contract's?) The others are about
 * the test itself: it proves nothing here.
 */
#define STLB_PROPERTIES(X)                                                     \
	/* the page was not in the state the transition starts in */           \
	X(SETUP, setup, STLB_OF_TEST, false)                                   \
	/* the trigger did not make the change */                              \
	X(CHANGE, change, STLB_OF_TEST, false)                                 \
	/* a changed page was not told */                                      \
	X(COVERAGE, coverage, STLB_OF_OP_FOR_PROFILE, true)                    \
	/* told while the old PTE stood, or after the call */                  \
	X(ORDER, order, STLB_OF_OP_FOR_PROFILE, true)                          \
	/* the wrong mm (of an op), or another process, was told */            \
	X(IDENTITY, identity, STLB_OF_OP, true)                                \
	/* called where it must not be */                                      \
	X(CONTEXT, context, STLB_OF_OP, true)                                  \
	/* told although nothing changed */                                    \
	X(ECONOMY, economy, STLB_OF_OP_FOR_PROFILE, true)                      \
	/* a range_start without its range_end, or the reverse */              \
	X(PAIRING, pairing, STLB_OF_OP, true)                                  \
	/* a change was announced as another kind of change than it is */      \
	X(KIND, kind, STLB_OF_OP, true)                                        \
	/* a device never got at a page that it may use */                     \
	X(LIVENESS, liveness, STLB_OF_DEVICE, true)                            \
	/* a device got at what it may no longer use */                        \
	X(SAFETY, safety, STLB_OF_DEVICE, true)                                \
	/* a device that hears nothing was not stale: no proof */              \
	X(CONTROL, control, STLB_OF_DEVICE, false)                             \
	/* a CPU that may hold the old entry was not told before the call returned */ \
	X(REACH, reach, STLB_OF_OP_FOR_PROFILE, true)                          \
	/* CPUs were told, but not of all that changed */                      \
	X(COVER, cover, STLB_OF_OP_FOR_PROFILE, true)                          \
	/* CPUs were told and subscribers were not, or the reverse */          \
	X(MIRROR, mirror, STLB_OF_OP_FOR_PROFILE, true)                        \
	/* the recorder lost events: nothing can be concluded */               \
	X(LOSS, loss, STLB_OF_TEST, false)                                     \
	/* too few checks came to a conclusion: nothing is proved */           \
	X(VOID, void, STLB_OF_TEST, false)

/* X(op): whose words have STLB_OF_OP or STLB_OF_OP_FOR_PROFILE */
#define STLB_OPS(X)                                                            \
	X(secondary)                                                           \
	X(range_start)                                                         \
	X(range_end)                                                           \
	X(release)                                                             \
	X(flush) /* no op: what CPUs execute to flush TLBs */                  \
	X(bystander) /* no op: a process that has nothing to do with it */

#endif /* _STLB_PROPERTIES_H */
