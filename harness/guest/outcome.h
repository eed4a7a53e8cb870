/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test found, and how it says so.
 *
 * A test's process speaks to whoever runs it in TAP diagnostics on stdout. A
 * person reads all of them; the runner also takes these as data:
 *
 *	# stlb: failed PROPERTY		one per kind of failure
 *	# stlb: reason TEXT		the first one heads the report
 *	# stlb: data NAME=INTEGER	measured, not judged
 *	# stlb: trace TEXT		a callback, see trace.h
 */
#ifndef _STLB_OUTCOME_H
#define _STLB_OUTCOME_H

/* Properties of the contract, and of the test itself. */
enum property {
	PROP_SETUP, /* the page was not in the state the transition starts in */
	PROP_CHANGE, /* the trigger did not make the change */
	PROP_COVERAGE, /* a changed page was not told */
	PROP_ORDER, /* told while the old PTE stood, or after the call */
	PROP_IDENTITY, /* the wrong mm, or another process, was told */
	PROP_CONTEXT, /* called where it must not be */
	PROP_ECONOMY, /* told although nothing changed */
	PROP_PAIRING, /* a range_start without its range_end, or the reverse */
	PROP_LIVENESS, /* a device never got at a page that it may use */
	PROP_SAFETY, /* a device got at what it may no longer use */
	PROP_CONTROL, /* a device that hears nothing was not stale: no proof */
	PROP_LOSS, /* the recorder lost events: nothing can be concluded */
	NR_PROPERTIES,
};

struct outcome {
	unsigned int failed; /* 1U << enum property */
	const char *skip; /* the missing requirement, or NULL */
};

/*
 * Prints one line "# " and the text; with outcome_fail() also the failed
 * record, and the reason if it is the first.
 */
void outcome_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void outcome_fail(struct outcome *o, enum property p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void outcome_data(const char *name, long long value);
void outcome_trace(const char *text);

#endif /* _STLB_OUTCOME_H */
