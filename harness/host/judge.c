// SPDX-License-Identifier: GPL-2.0-only
#include "judge.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "words.h"

static void clear(struct result *r)
{
	size_t i;

	for (i = 0; i < r->nr_data; i++)
		free(r->data[i].name);
	free(r->data);
	list_free(r->judged);
	list_free(r->trace);
	free(r->signature);
	free(r->reason);
	free(r->log);
	*r = (struct result){ .test = r->test };
}

void judge_infra(struct result *result, const char *reason)
{
	clear(result);
	result->verdict = VERDICT_INFRA;
	result->signature = text_dup("");
	result->reason = text_reason(reason);
	result->log = text_dup("");
}

/* What failed besides the properties that the test named, or NULL. */
static const char *conduct(const struct evidence *ev)
{
	bool named = ev->nr_properties;

	if (!ev->ended)
		return NULL; /* the kernel's death says all */
	if (ev->how == CHANNEL_TIMEOUT)
		return "timeout";
	if (ev->how == CHANNEL_SIGNAL)
		return "died";
	if (named)
		return NULL;
	if (ev->code == 4 && ev->ok && ev->skip && ev->result_lines == 1)
		return NULL;
	if (ev->code)
		return "harness";
	if (!ev->result_lines)
		return "silent";
	return ev->ok && ev->result_lines == 1 ? NULL : "harness";
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, unique, comma separated; "" if nothing failed. */
static char *signature(const struct evidence *ev)
{
	const char *what[EVIDENCE_PROPERTIES_MAX + 2];
	struct text sig = { 0 };
	size_t nr = ev->nr_properties, i;

	memcpy(what, ev->properties, nr * sizeof(what[0]));
	if (conduct(ev))
		what[nr++] = conduct(ev);
	if (ev->splat || ev->death)
		what[nr++] = "kernel";
	qsort(what, nr, sizeof(what[0]), compare);
	for (i = 0; i < nr; i++) {
		if (i && !strcmp(what[i], what[i - 1]))
			continue;
		if (i)
			text_append(&sig, ",", 1, SIZE_MAX);
		text_append(&sig, what[i], strlen(what[i]), SIZE_MAX);
	}
	return sig.s ? sig.s : text_dup("");
}

static char *conduct_reason(const struct evidence *ev)
{
	const char *what = conduct(ev);

	if (!what)
		return NULL;
	if (!strcmp(what, "timeout"))
		return text_printf(
			"the test did not end within %u s; the kernel is alive",
			ev->timeout);
	if (!strcmp(what, "died"))
		return text_printf("the test died of signal %d (%s)", ev->code,
				   strsignal(ev->code));
	if (!strcmp(what, "silent"))
		return text_dup(
			"the test ended with status 0, but without a result line");
	if (ev->result_lines > 1)
		return text_printf("the test printed %u result lines, not one",
				   ev->result_lines);
	if (ev->code)
		return text_printf(
			"the test ended with status %d without saying what failed",
			ev->code);
	return text_dup("the test's result line is not its own \"ok\"");
}

/* The kernel's own words first, then the test's, then ours. */
static char *failure_reason(const struct evidence *ev)
{
	char *reason;

	if (ev->splat)
		return text_dup(ev->splat);
	if (ev->death)
		return text_reason(ev->death);
	if (ev->reason)
		return text_dup(ev->reason);
	reason = conduct_reason(ev);
	return reason ? reason : text_dup("the test said so, without a reason");
}

/*
 * Why clean evidence is no evidence, or NULL: without its marks on the console
 * nobody knows whether the kernel complained during the test, and a kernel that has
 * stopped looking does not.
 */
static const char *blind(const struct evidence *ev)
{
	if (!ev->marked || !ev->passed_by)
		return "the console did not show this test's marks, so the kernel's complaints could not be seen";
	if (ev->blind)
		return ev->blind;
	if (!ev->before.known || !ev->after.known)
		return "init did not say whether the kernel's own checks were at work";
	if (ev->splat || ev->warned)
		return NULL;
	if (ev->after.lockdep_off)
		return "lockdep gave up in the test, and the console does not show a report";
	if (ev->after.taint & ~ev->before.taint & TAINT_REPORTS)
		return "the kernel's taint flags say that it reported something in the test, and the console does not show what";
	return NULL;
}

static void take_data(const struct evidence *ev, struct result *r)
{
	size_t i;

	if (!ev->nr_data)
		return;
	r->data = alloc_zero(ev->nr_data, sizeof(*r->data));
	for (i = 0; i < ev->nr_data; i++) {
		r->data[i].name = text_dup(ev->data[i].name);
		r->data[i].value = ev->data[i].value;
	}
	r->nr_data = ev->nr_data;
}

static void take_trace(const struct evidence *ev, struct result *r)
{
	for (char **t = ev->trace; t && *t; t++)
		r->trace = list_add(r->trace, text_dup(*t));
}

static void take_judges(const struct evidence *ev, struct result *r)
{
	for (char **p = ev->judges; p && *p; p++)
		r->judged = list_add(r->judged, text_dup(*p));
}

static void decide(const struct evidence *ev, struct result *r)
{
	r->signature = signature(ev);
	if (*r->signature) {
		r->verdict = VERDICT_FAIL;
		r->reason = failure_reason(ev);
		return;
	}
	if (!ev->ended || blind(ev)) {
		r->verdict = VERDICT_INFRA;
		r->reason = text_dup(ev->ended ? blind(ev) :
						 "the test did not end");
		return;
	}
	r->verdict = ev->skip ? VERDICT_SKIP : VERDICT_PASS;
	if (ev->skip)
		r->reason = text_dup(ev->skip);
}

void judge(const struct evidence *ev, unsigned int boot, struct result *result)
{
	const char *log = ev->log.s ? ev->log.s : "";

	if (ev->infra || !ev->begun) {
		judge_infra(result,
			    ev->infra ? ev->infra : "the test was not run");
		free(result->log);
	} else {
		clear(result);
		decide(ev, result);
	}
	result->log = text_dup(log);
	take_judges(ev, result);
	take_data(ev, result);
	take_trace(ev, result);
	result->boot = boot;
	if (ev->end_ns > ev->begin_ns)
		result->ns = ev->end_ns - ev->begin_ns;
}
