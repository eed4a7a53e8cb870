// SPDX-License-Identifier: GPL-2.0-only

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "outcome.h"

#define NAME(NAME, name, scope, contract) #name,
static const char *const property_names[] = { STLB_PROPERTIES(NAME) };

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

/* More than there are words for one test; one that is not kept is said again. */
#define WORDS_MAX 64

static void say_word(enum property p, const char *part, const char *profile)
{
	static char said[WORDS_MAX][64];
	static size_t nr;
	char word[64];

	snprintf(word, sizeof(word), "%s%s%s%s%s", property_names[p],
		 part ? ":" : "", part ?: "", profile ? ":" : "",
		 profile ?: "");
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(said[i], word))
			return;
	if (nr < WORDS_MAX)
		strcpy(said[nr++], word);
	printf("# stlb: failed %s\n", word);
	fflush(stdout);
}

static void fail(struct outcome *o, enum property p, const char *part,
		 const char *profile, const char *fmt, va_list ap)
{
	say(o->failed ? "" : "stlb: reason ", fmt, ap);
	say_word(p, part, profile);
	o->failed |= 1U << p;
}

void outcome_fail(struct outcome *o, enum property p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(o, p, NULL, NULL, fmt, ap);
	va_end(ap);
}

void outcome_fail_of(struct outcome *o, enum property p, const char *part,
		     const char *profile, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(o, p, part, profile, fmt, ap);
	va_end(ap);
}

void outcome_judges(const char *profile)
{
	printf("# stlb: judges %s\n", profile);
	fflush(stdout);
}

void outcome_void(struct outcome *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("stlb: void ", fmt, ap);
	va_end(ap);
	o->is_void = true;
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
