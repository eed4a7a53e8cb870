/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Evidence of one test in one boot, and the verdict it amounts to.
 *
 * The evidence only grows: lines of the test's output as they come, its end,
 * what the kernel's console said meanwhile. What a test prints can make it
 * fail, and can make it pass only together with its exit status, which init
 * reports, and with a console that was seen and is clean.
 *
 * Lines of the output with a meaning:
 *
 *	# stlb: failed WORD		see signature.h; as many as there are
 *	# stlb: reason TEXT		the first one counts
 *	# stlb: judges PROFILE		[a-z0-9-]+; as many as there are
 *	# stlb: void TEXT		there is no verdict, whatever else is found
 *	# stlb: data NAME=INTEGER	[a-z0-9_.]+, decimal, signed 64 bits
 *	# stlb: trace TEXT		[a-zA-Z0-9_,- ]+, at most EVIDENCE_TRACE_MAX
 *					lines; not kept in the log
 *	ok 1 TEST			exactly one line that begins with
 *	ok 1 TEST # SKIP TEXT		"ok " or "not ok "
 *	not ok 1 TEST
 *
 * Any other "# stlb:" line is a fault of the test's: it fails as "harness".
 */
#ifndef _STLB_JUDGE_H
#define _STLB_JUDGE_H

#include "channel.h"
#include "console.h"
#include "run.h"
#include "text.h"

/* What is kept of one test; more is dropped, and the log says so. */
#define EVIDENCE_LOG_MAX (64U << 10)
#define EVIDENCE_PROPERTIES_MAX 64
#define EVIDENCE_PROFILES_MAX 16
#define EVIDENCE_DATA_MAX 256
#define EVIDENCE_NAME_MAX 64
#define EVIDENCE_TRACE_MAX 256

/*
 * Taint flags that the kernel sets with a report of a fault of its own: bad page,
 * machine check, die, warning, soft lockup (Documentation/admin-guide/tainted-kernels.rst).
 */
#define TAINT_REPORTS (1U << 4 | 1U << 5 | 1U << 7 | 1U << 9 | 1U << 14)

struct evidence {
	const struct test *test;
	bool begun; /* its begin record or its console mark has come */
	bool ended; /* its end record has come */
	enum channel_end how;
	int code;
	bool marked; /* the console showed its begin mark... */
	bool passed_by; /* ...and a later mark of another test's, or "done" */
	struct kernel_health before, after; /* as init saw it */
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC */
	unsigned int timeout; /* seconds it was given, for messages */

	struct text log;
	char *properties[EVIDENCE_PROPERTIES_MAX];
	size_t nr_properties;
	char **judges; /* profiles; NULL-terminated; NULL: none */
	struct datum *data;
	size_t nr_data;
	char **trace; /* NULL-terminated; NULL: none */
	char *reason; /* the test's own */
	char *skip; /* the reason on its result line */
	unsigned int result_lines; /* "ok ..." and "not ok ..." */
	bool ok; /* one of them was right */

	bool warned; /* the one warning of ->test->warns has come */
	char *splat; /* first console line of a report, or NULL */
	char *death; /* how the kernel died while the test ran, or NULL */
	char *infra; /* why there can be no verdict, or NULL */
	char *blind; /* why the kernel could not see its own faults, or NULL */
};

void evidence_free(struct evidence *ev);

/* One line of the test's output. */
void evidence_line(struct evidence *ev, const char *line);

/* A report on the console; the first one stays. */
void evidence_splat(struct evidence *ev, const struct console_splat *s);

/*
 * Sets verdict, signature, reason, judged, log, data, trace, boot and ns of @result, whose
 * ->test is set and whose strings, if any, are freed first. Never leaves
 * VERDICT_NONE.
 */
void judge(const struct evidence *ev, unsigned int boot, struct result *result);

/* A result that could not be judged; @reason is copied. */
void judge_infra(struct result *result, const char *reason);

#endif /* _STLB_JUDGE_H */
