/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test found, and how it says so.
 *
 * A test's process speaks to whoever runs it in TAP diagnostics on stdout. A
 * person reads all of them; the runner also takes these as data:
 *
 *	# stlb: failed WORD		one per kind of failure, see
 *					stlb/properties.h
 *	# stlb: reason TEXT		the first one heads the report
 *	# stlb: judges PROFILE		its row of the rules decided here
 *	# stlb: void TEXT		why nothing can be concluded: what else was
 *					found counts neither way, the test is INFRA
 *	# stlb: data NAME=INTEGER	measured, not judged
 *	# stlb: trace TEXT		a callback, see trace.h
 */
#ifndef _STLB_OUTCOME_H
#define _STLB_OUTCOME_H

#include <stdbool.h>

#include <stlb/properties.h>

/* PROP_SETUP is setup, and so on. */
enum property {
#define STLB_ENUM_PROPERTY(NAME, name, scope, contract) PROP_##NAME,
	STLB_PROPERTIES(STLB_ENUM_PROPERTY)
#undef STLB_ENUM_PROPERTY
	NR_PROPERTIES,
};

struct outcome {
	unsigned int failed; /* 1U << enum property */
	const char *skip; /* the missing requirement, or NULL */
	bool is_void; /* nothing can be concluded */
};

/*
 * Prints one line "# " and the text; outcome_fail() and outcome_fail_of() also the
 * failed record, once in a process for each word, and the reason if it is the first.
 * May be called by any thread if no two share @o.
 */
void outcome_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void outcome_fail(struct outcome *o, enum property p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * @part: the op ("secondary") or the device ("model") that it is about; @profile:
 * whose rule, or NULL where it holds for all of them.
 */
void outcome_fail_of(struct outcome *o, enum property p, const char *part,
		     const char *profile, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void outcome_judges(const char *profile);
/* The machine, or somebody who is not the kernel, spoilt the attempt. */
void outcome_void(struct outcome *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Keeps back what this process and its children print on stdout, until the release says
 * what becomes of it: it is printed, or shown as what was dropped. Not nested.
 */
void outcome_hold(void);
void outcome_release(bool keep);
void outcome_data(const char *name, long long value);
void outcome_trace(const char *text);

#endif /* _STLB_OUTCOME_H */
