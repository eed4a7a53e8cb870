// SPDX-License-Identifier: GPL-2.0-only

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static char said[WORDS_MAX][64];
static size_t nr_said;

static void say_word(enum property p, const char *part, const char *profile)
{
	char word[64];

	snprintf(word, sizeof(word), "%s%s%s%s%s", property_names[p],
		 part ? ":" : "", part ?: "", profile ? ":" : "",
		 profile ?: "");
	for (size_t i = 0; i < nr_said; i++)
		if (!strcmp(said[i], word))
			return;
	if (nr_said < WORDS_MAX)
		strcpy(said[nr_said++], word);
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

static struct {
	int out; /* stdout's own file; 0: nothing is held */
	size_t nr_said;
} held;

void outcome_hold(void)
{
	int file = memfd_create("stlb-outcome", MFD_CLOEXEC);

	fflush(stdout);
	held.out = file < 0 ? 0 : dup(STDOUT_FILENO);
	held.nr_said = nr_said;
	if (held.out > 0)
		dup2(file, STDOUT_FILENO);
	if (file >= 0)
		close(file);
}

/* Lines that begin with "# stlb:" are taken as data, these are not. */
static void show(int from, const char *prefix)
{
	FILE *f = fdopen(from, "r");
	char line[1024];
	bool start = true;

	if (!f)
		return;
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		printf("%s%s", start ? prefix : "", line);
		start = strchr(line, '\n');
	}
	fclose(f);
}

void outcome_release(bool keep)
{
	int file;

	if (held.out <= 0)
		return;
	fflush(stdout);
	file = dup(STDOUT_FILENO);
	dup2(held.out, STDOUT_FILENO);
	close(held.out);
	held.out = 0;
	if (!keep)
		nr_said = held.nr_said;
	show(file, keep ? "" : "# void: ");
	fflush(stdout);
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
