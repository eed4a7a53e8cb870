/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces of two kernels: what callbacks a test saw, one line each, as
 * harness/guest/trace.h writes them.
 */
#ifndef _STLB_TRACE_H
#define _STLB_TRACE_H

#include <stdbool.h>

#include <jansson.h>

enum trace_difference {
	TRACE_OP, /* fewer of one op, more of another */
	TRACE_MORE, /* of an op */
	TRACE_FEWER,
	TRACE_REORDERED, /* the same ops, in another order */
	TRACE_WIDER, /* a range that has the other in it */
	TRACE_NARROWER,
	TRACE_ELSEWHERE, /* a range that is neither */
	TRACE_EVERYTHING, /* told by calls for everything alone: not by a trace */
	TRACE_KIND, /* announced as another kind of change */
	TRACE_CONTEXT, /* locks held, interrupts off, whose mm, ... */
	TRACE_PAGES, /* the pages were in another state at that time */
	NR_TRACE_DIFFERENCES,
};

/* "wider" */
const char *trace_name(enum trace_difference d);

/*
 * What differs in @now, an array of strings, from @before. For each kind that
 * there is, text[kind] becomes the first case of it, one line; the others
 * become NULL. The caller frees them. Returns whether there is any.
 */
bool trace_compare(const json_t *before, const json_t *now,
		   char *text[NR_TRACE_DIFFERENCES]);

/* What it says of the secondary-TLB op. */
struct trace_cost {
	unsigned long long told; /* base pages, by calls for a range */
	unsigned int calls;
	unsigned int all; /* of these, for everything */
	bool cut; /* it has not all calls: the others are more than that */
};

/* Each call counts, also where trace_compare() takes several for one. */
struct trace_cost trace_cost(const json_t *trace);

/* How many callbacks of @op there are. */
unsigned int trace_count(const json_t *trace, const char *op);

#endif /* _STLB_TRACE_H */
