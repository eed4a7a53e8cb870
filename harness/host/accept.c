// SPDX-License-Identifier: GPL-2.0-only

#include "accept.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "catalogue.h"
#include "ini_file.h"
#include "message.h"
#include "text.h"
#include "trace.h"
#include "words.h"

struct accept {
	char *name;
	char **tests; /* patterns */
	char **archs; /* NULL: all */
	char **differences;
	char *reason;
	bool compared, met;
};

struct accepts {
	struct accept *at;
	size_t nr;
};

enum { TESTS, ARCH, DIFFERENCE, REASON };

#define BLANKS " \t,"

static char **words_of(const char *value)
{
	char **all = value ? list_split(value, BLANKS) : NULL, **words = NULL;

	for (char **w = all; w && *w; w++)
		if (**w)
			words = list_add(words, text_dup(*w));
	list_free(all);
	return words;
}

static int check_differences(const struct ini_section *s, char *const *words)
{
	for (; *words; words++) {
		int d;

		for (d = 0; d < NR_TRACE_DIFFERENCES; d++)
			if (!strcmp(trace_name(d), *words))
				break;
		if (d == NR_TRACE_DIFFERENCES)
			return ini_error(
				s, DIFFERENCE,
				"there is no difference '%s': docs/ci.md has the list",
				*words);
	}
	return 0;
}

static bool matches_any(const char *pattern)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; i < nr; i++)
		if (catalogue_match(&t[i], pattern))
			return true;
	return false;
}

static int check_accept(const struct ini_section *s, const struct accept *a)
{
	for (char **t = a->tests; t && *t; t++)
		if (!matches_any(*t))
			return ini_error(s, TESTS,
					 "'%s' matches no test: see --list",
					 *t);
	for (char **w = a->archs; w && *w; w++)
		if (!stlb_arch_find(*w))
			return ini_error(
				s, ARCH,
				"unknown architecture '%s': write arm64, x86 or powerpc",
				*w);
	if (!a->tests || !a->differences)
		return ini_error(s, -1, "[%s] names no test or no difference",
				 s->name);
	return check_differences(s, a->differences);
}

static int take_accept(void *arg, const struct ini_section *s)
{
	struct accepts *accepts = arg;
	struct accept *a;

	accepts->at =
		alloc_grow(accepts->at, accepts->nr + 1, sizeof(*accepts->at));
	a = &accepts->at[accepts->nr++];
	*a = (struct accept){
		.name = text_dup(s->name),
		.tests = words_of(s->values[TESTS]),
		.archs = words_of(s->values[ARCH]),
		.differences = words_of(s->values[DIFFERENCE]),
		.reason = text_dup(s->values[REASON]),
	};
	return check_accept(s, a);
}

static const struct ini_format format = {
	.file = "list of accepted differences",
	.section = "difference",
	.example = "[fork-tells-less]",
	.keys = {
		[TESTS] = { .name = "tests", .required = true, .lines = true },
		[ARCH] = { .name = "arch" },
		[DIFFERENCE] = { .name = "difference", .required = true },
		[REASON] = { .name = "reason", .required = true, .lines = true },
	},
	.may_be_empty = true,
	.take = take_accept,
};

int accept_load(struct accepts **accepts, const char *path)
{
	*accepts = alloc_zero(1, sizeof(**accepts));
	return path ? ini_load(&format, path, *accepts) : 0;
}

void accept_free(struct accepts *accepts)
{
	for (size_t i = 0; i < accepts->nr; i++) {
		struct accept *a = &accepts->at[i];

		free(a->name);
		list_free(a->tests);
		list_free(a->archs);
		list_free(a->differences);
		free(a->reason);
	}
	free(accepts->at);
	free(accepts);
}

static bool is_for(const struct accept *a, const char *arch, const char *test)
{
	const struct test *t = catalogue_find(test);

	return t && (!a->archs || list_has(a->archs, arch)) &&
	       catalogue_chosen(t, a->tests);
}

void accept_compared(struct accepts *accepts, const char *arch,
		     const char *test)
{
	for (size_t i = 0; i < accepts->nr; i++)
		if (is_for(&accepts->at[i], arch, test))
			accepts->at[i].compared = true;
}

const char *accept_find(struct accepts *accepts, const char *arch,
			const char *test, const char *difference)
{
	for (size_t i = 0; i < accepts->nr; i++) {
		struct accept *a = &accepts->at[i];

		if (!is_for(a, arch, test) ||
		    !list_has(a->differences, difference))
			continue;
		a->met = true;
		return a->reason;
	}
	return NULL;
}

bool accept_stale(const struct accepts *accepts)
{
	bool stale = false;

	for (size_t i = 0; i < accepts->nr; i++) {
		const struct accept *a = &accepts->at[i];

		if (!a->compared || a->met)
			continue;
		message("--accept: [%s] met no difference: remove it", a->name);
		stale = true;
	}
	return stale;
}
