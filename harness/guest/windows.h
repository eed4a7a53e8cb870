/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invalidate_range_start and _end as windows, by the recorder's stream.
 *
 * A mirror keeps out of a range from each start to its end (mmu_notifier.h). Tasks are
 * independent of each other, and a task's own windows may be nested:
 *
 *	event	    1	  2	3     4	    5	  6
 *	task A	    |===========|     .	    |=====|
 *	task B	    .	  |===========|	    .	  .
 *
 * Each event has the entries of all watched pages, so what differs between two
 * neighbouring events was changed in between, and the windows that the first of them
 * leaves open are those that were open then. Only what takes something away from who
 * holds a copy (pte_takes()) needs one. An entry that goes and comes back with all
 * that it allowed, as where an entry is broken before it is made again under one
 * page-table lock, took nothing away.
 *
 * A task's start and its end have one range. An end needs a start; a start that some
 * subscriber refused has its end as well, for those who were told of it and did not
 * refuse, and a recorder never refuses. When the trigger's last call has returned
 * nothing is open that a thread of the address space's own opened, or that a watched
 * page changed under: others, kernel threads or who reclaims memory, may be at work on
 * pages that are not watched. Release ends them all: who was told of it is told of
 * nothing more.
 *
 * The whole stream is followed, from BIND on, which waits for windows under way
 * (mm_take_all_locks()); judged is what happens between the two marks.
 */
#ifndef _STLB_WINDOWS_H
#define _STLB_WINDOWS_H

#include "evidence.h"

enum window_fault {
	WINDOW_FINE,
	/* Of a change of a page: */
	WINDOW_MISSING, /* no start covered the page at all */
	WINDOW_LATE, /* the first that did came after the change */
	WINDOW_ENDED, /* those that did had ended before the change */
	/* Of a callback: */
	WINDOW_NO_START, /* an end without a start of its task and range */
	WINDOW_LATE_END, /* a start whose end came after the call had returned */
	WINDOW_NO_END, /* a start without an end */
};

struct window_finding {
	enum window_fault fault;
	size_t page; /* of a change: which watched page's */
	const struct stlb_event
		*ev; /* of a callback: the one without a partner */
};

/* The first change of a watched page over which no window was open. */
struct window_finding windows_changes(const struct evidence *e);

/* The first callback, of any range, that has no partner in time. */
struct window_finding windows_pairs(const struct evidence *e);

#endif /* _STLB_WINDOWS_H */
