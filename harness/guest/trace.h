/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A callback in a form that is the same in each run of the same kernel, for the
 * runner to compare two kernels by (harness/host/trace.h):
 *
 *	# stlb: trace OP FIRST END PAGES CONTEXT[,CONTEXT...] [KIND]
 *
 * FIRST, END	the range in pages, the first watched page being 0, END not in
 *		it; "0 all" where the kernel said "everything"
 * PAGES	the watched pages as they were then, like "1w7r": how many, and
 *		- not present, x closed to user space, r read-only, e read-only
 *		and executable, w writable; a capital letter: on another frame
 *		than before the trigger
 * CONTEXT	the bits of struct stlb_event.context, or -; without ptl if another
 *		CPU holds it, and without current-mm if struct transition says
 *		by_anyone
 *
 * KIND		of range_start and range_end: what is announced (kinds.h)
 *
 * No address, frame, time, CPU, task or count of earlier events is in it.
 *
 * For pictures alone, as a callback's place among them says nothing else:
 *
 *	# stlb: trace before PAGES	when the trigger began
 *	# stlb: trace after PAGES	when its call had returned: callbacks behind this
 *					line came late
 *	# stlb: trace look PROFILE PAGE read|write|fetch moved|FAULT
 *					what a device's first access to that page then came
 *					to; PAGE is the first with a finding, or 0
 *	# stlb: trace callback OP	in a .cpu test, of one unit: where such a callback
 *					came between the flushes (flush_trace.h)
 */
#ifndef _STLB_TRACE_H
#define _STLB_TRACE_H

#include "evidence.h"

/* Lines of one test; what comes after them is counted. */
#define TRACE_MAX 64

/* Prints the line of @ev, an event that touches the watched pages. */
void trace_event(const struct evidence *e, const struct stlb_event *ev);

/* Prints the line of a @when, before or after, of which @ptes are the watched pages'. */
void trace_pages(const struct evidence *e, const char *when,
		 const struct stlb_pte *ptes);

/* Prints the line of where @ev lies among others' lines, for pictures. */
void trace_place(const struct stlb_event *ev);

/* Prints that @nr events were left out, if any was. */
void trace_rest(long long nr);

#endif /* _STLB_TRACE_H */
