// SPDX-License-Identifier: GPL-2.0-only

#include "expected_skips.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "catalogue.h"
#include "ini_file.h"
#include "matrix.h"
#include "text.h"
#include "words.h"

struct expected_skip {
	char *name;
	char **tests; /* patterns */
	char **archs; /* names; NULL: all */
	char **kernels; /* patterns; NULL: all */
	char **cpus; /* patterns; NULL: all */
	char **configs; /* patterns; NULL: all */
	char **without; /* patterns of configs that none may match; NULL: all may */
	unsigned long page_sizes; /* or-ed; 0: all */
	unsigned int memory_mib; /* at most; 0: any */
	char *reason;
};

struct expected_skips {
	struct expected_skip *skips;
	size_t nr;
};

enum { TESTS, ARCH, KERNEL, CPU, CONFIG, WITHOUT, PAGE, MEMORY, REASON };

#define BLANKS " \t,"

/* NULL if there is no such key. */
static char **take_words(const struct ini_section *s, int key)
{
	char **words, **list = NULL;

	if (!s->values[key])
		return NULL;
	words = list_split(s->values[key], BLANKS);
	for (char **w = words; *w; w++)
		if (**w)
			list = list_add(list, text_dup(*w));
	list_free(words);
	return list;
}

static bool matches_a_test(const char *pattern)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; i < nr; i++)
		if (catalogue_match(&t[i], pattern))
			return true;
	return false;
}

static int check(const struct ini_section *s, const struct expected_skip *skip)
{
	for (char **t = skip->tests; t && *t; t++)
		if (!matches_a_test(*t))
			return ini_error(
				s, TESTS,
				"there is no test '%s': remove it, or write patterns as for --test",
				*t);
	for (char **a = skip->archs; a && *a; a++)
		if (!stlb_arch_find(*a))
			return ini_error(
				s, ARCH,
				"unknown architecture '%s': write arm64, x86 or powerpc",
				*a);
	if (s->values[PAGE] && !skip->page_sizes)
		return ini_error(
			s, PAGE,
			"page = %s is no page size: write 4K, 16K or 64K",
			s->values[PAGE]);
	if (s->values[MEMORY] && !skip->memory_mib)
		return ini_error(
			s, MEMORY,
			"memory = %s is not a number of MiB: write memory = 512",
			s->values[MEMORY]);
	if (!skip->tests)
		return ini_error(s, TESTS,
				 "tests names none: write tests = NAME ...");
	return 0;
}

static int take_skip(void *arg, const struct ini_section *s)
{
	struct expected_skips *skips = arg;
	struct expected_skip *skip;

	skips->skips = alloc_grow(skips->skips, skips->nr + 1, sizeof(*skip));
	skip = &skips->skips[skips->nr++];
	*skip = (struct expected_skip){
		.name = text_dup(s->name),
		.tests = take_words(s, TESTS),
		.archs = take_words(s, ARCH),
		.kernels = take_words(s, KERNEL),
		.cpus = take_words(s, CPU),
		.configs = take_words(s, CONFIG),
		.without = take_words(s, WITHOUT),
		.page_sizes =
			s->values[PAGE] ? word_page_sizes(s->values[PAGE]) : 0,
		.reason = text_dup(s->values[REASON]),
	};
	if (s->values[MEMORY])
		word_number(s->values[MEMORY], 1, UINT_MAX, &skip->memory_mib);
	return check(s, skip);
}

static const struct ini_format expected_skips_format = {
	.file = "expected-skips",
	.section = "skip",
	.example = "[no-ram-disk]",
	.keys = {
		[TESTS] = { .name = "tests", .required = true, .lines = true },
		[ARCH] = { .name = "arch" },
		[KERNEL] = { .name = "kernel", .lines = true },
		[CPU] = { .name = "cpu" },
		[CONFIG] = { .name = "config" },
		[WITHOUT] = { .name = "without" },
		[PAGE] = { .name = "page" },
		[MEMORY] = { .name = "memory" },
		[REASON] = { .name = "reason", .required = true, .lines = true },
	},
	.may_be_empty = true, /* nothing is ever skipped */
	.take = take_skip,
};

int expected_skips_load(struct expected_skips **skips, const char *path)
{
	int err;

	*skips = alloc_zero(1, sizeof(**skips));
	err = ini_load(&expected_skips_format, path, *skips);
	if (err) {
		expected_skips_free(*skips);
		*skips = NULL;
	}
	return err;
}

void expected_skips_free(struct expected_skips *skips)
{
	for (size_t i = 0; skips && i < skips->nr; i++) {
		struct expected_skip *s = &skips->skips[i];

		list_free(s->tests);
		list_free(s->archs);
		list_free(s->kernels);
		list_free(s->cpus);
		list_free(s->configs);
		list_free(s->without);
		free(s->name);
		free(s->reason);
	}
	if (skips)
		free(skips->skips);
	free(skips);
}

/* NULL is no list, and has all. */
static bool has_one_of(char **patterns, const char *name)
{
	for (char **p = patterns; p && *p; p++)
		if (!fnmatch(*p, name, 0))
			return true;
	return !patterns;
}

static bool claims(const struct expected_skip *s, const struct cell *cell,
		   const struct test *test)
{
	bool arch = !s->archs, config = !s->configs,
	     page = !s->page_sizes || s->page_sizes & cell->page_size,
	     memory = !s->memory_mib || cell->memory_mib <= s->memory_mib;

	for (char **a = s->archs; a && *a; a++)
		arch |= stlb_arch_find(*a) == cell->arch;
	for (char **c = cell->configs; c && *c; c++)
		config |= has_one_of(s->configs, *c);
	for (char **c = cell->configs; s->without && c && *c; c++)
		config &= !has_one_of(s->without, *c);
	return arch && config && page && memory &&
	       has_one_of(s->kernels, cell->kernel) &&
	       has_one_of(s->cpus, matrix_cell_cpu(cell)) &&
	       catalogue_chosen(test, s->tests);
}

static void become(struct result *result, enum verdict v, const char *signature,
		   char *reason)
{
	free(result->signature);
	free(result->reason);
	result->verdict = v;
	result->signature = text_dup(signature);
	result->reason = reason;
}

void expected_skips_apply(const struct expected_skips *skips,
			  const struct cell *cell, struct result *result)
{
	bool skipped = result->verdict == VERDICT_SKIP;

	if (!skips || (!skipped && result->verdict != VERDICT_PASS &&
		       result->verdict != VERDICT_XFAIL))
		return;
	for (size_t i = 0; i < skips->nr; i++) {
		const struct expected_skip *s = &skips->skips[i];

		if (!claims(s, cell, result->test))
			continue;
		if (!skipped) {
			become(result, VERDICT_XPASS, "",
			       text_printf(
				       "expected skip [%s] is gone: take the test out of its entry",
				       s->name));
			return;
		}
		if (!strcmp(result->reason, s->reason))
			return;
	}
	if (skipped)
		become(result, VERDICT_FAIL, "skip",
		       text_printf("skipped, which nothing expects here: %s",
				   result->reason));
}
