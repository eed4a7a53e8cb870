/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of watched pages that the trigger has not made: it was over by then.
 *
 *	test			flusher, reclaim, a scan for NUMA hints, ...
 *	trigger
 *	mark
 *	reads the entries
 *				changes an entry, tells
 *	a device writes
 *	fails: why?
 */
#ifndef _STLB_DISTURBANCE_H
#define _STLB_DISTURBANCE_H

#include "evidence.h"

/*
 * Does the entry @now give less than @after, what the trigger has left, or another
 * frame? More it may give: the CPU's own accesses make a page young, and dirty.
 */
bool disturbance_between(const struct stlb_pte *after,
			 const struct stlb_pte *now);

/*
 * The first event behind the call that made the change, or its mark, that shows such an
 * entry, or NULL. What is only told late shows the entries as the trigger has left them.
 */
const struct stlb_event *disturbance(const struct evidence *e);

#endif /* _STLB_DISTURBANCE_H */
