// SPDX-License-Identifier: GPL-2.0-only

#include <stdarg.h>
#include <stdio.h>

#include "outcome.h"

static const char *const property_names[NR_PROPERTIES] = {
	[PROP_SETUP] = "setup",	      [PROP_CHANGE] = "change",
	[PROP_COVERAGE] = "coverage", [PROP_ORDER] = "order",
	[PROP_IDENTITY] = "identity", [PROP_CONTEXT] = "context",
	[PROP_ECONOMY] = "economy",   [PROP_PAIRING] = "pairing",
	[PROP_LIVENESS] = "liveness", [PROP_SAFETY] = "safety",
	[PROP_CONTROL] = "control",   [PROP_LOSS] = "loss",
};

static void say(const char *prefix, const char *fmt, va_list ap)
{
	printf("# %s", prefix);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
}

void outcome_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void outcome_fail(struct outcome *o, enum property p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(o->failed ? "" : "stlb: reason ", fmt, ap);
	va_end(ap);
	if (!(o->failed & (1U << p)))
		printf("# stlb: failed %s\n", property_names[p]);
	o->failed |= 1U << p;
}

void outcome_data(const char *name, long long value)
{
	printf("# stlb: data %s=%lld\n", name, value);
	fflush(stdout);
}

void outcome_trace(const char *text)
{
	printf("# stlb: trace %s\n", text);
	fflush(stdout);
}
