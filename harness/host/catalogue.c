// SPDX-License-Identifier: GPL-2.0-only

#include <fnmatch.h>
#include <string.h>

#include "alloc.h"
#include "catalogue.h"
#include "message.h"

#define NAME_SIZE 64
#define NR(a) (sizeof(a) / sizeof(*(a)))

#define TRANSITION(family, name, what) { #family "." #name, what },
const struct transition catalogue_transitions[STLB_NR_TRANSITIONS] = {
	STLB_TRANSITIONS(TRANSITION)
};

#define FAMILY(family, name, what) #family,
static const char *const families[] = { STLB_TRANSITIONS(FAMILY) };

/* The tests of each transition. */
#define EXTENT(extent) { #extent, STLB_NOTIFIER_PLANE },
#define WITH_DEVICE(device) { #device, STLB_DEVICE_PLANE },
#define WATCH(watch) { #watch, STLB_CPU_PLANE },
#define WITH_MIRROR(mirror) { #mirror, STLB_MIRROR_PLANE },
static const struct {
	const char *name;
	enum stlb_plane plane;
} aspects[] = { STLB_EXTENTS(EXTENT) STLB_DEVICES(WITH_DEVICE)
		      STLB_WATCHES(WATCH) STLB_MIRRORS(WITH_MIRROR) };

/* By its contract the kernel warns of what these do. */
static const struct {
	const char *test, *function;
} warnings[] = {
	{ "api.one_table", "__mmu_notifier_register" },
};

static const char *warns(const char *test)
{
	for (size_t i = 0; i < NR(warnings); i++)
		if (!strcmp(warnings[i].test, test))
			return warnings[i].function;
	return NULL;
}

/* Tests without a transition. */
struct plain {
	const char *family, *name, *what;
};

#define RECORDER(test, what) { "recorder", "recorder." #test, what },
#define DEVICE(test, what) { "device", "device." #test, what },
#define API(test, what) { "api", "api." #test, what },
#define RACE(test, what) { "race", "race." #test, what },
#define FUZZ(test, what) { "fuzz", "fuzz." #test, what },
static const struct plain plain[] = {
	STLB_RECORDER_TESTS(RECORDER) STLB_DEVICE_TESTS(DEVICE)
		STLB_API_TESTS(API) STLB_RACE_TESTS(RACE) STLB_FUZZ_TESTS(FUZZ)
};

#define NR_TRANSITION_TESTS (STLB_NR_TRANSITIONS * NR(aspects))
#define NR_TESTS (NR_TRANSITION_TESTS + NR(plain))

static struct test tests[NR_TESTS];
static char names[NR_TRANSITION_TESTS][NAME_SIZE];

static void fill(void)
{
	for (size_t i = 0; i < NR_TRANSITION_TESTS; i++) {
		size_t t = i / NR(aspects);
		char *end = stpcpy(names[i], catalogue_transitions[t].name);

		end = stpcpy(end, ".");
		stpcpy(end, aspects[i % NR(aspects)].name);
		tests[i] = (struct test){
			.name = names[i],
			.family = families[t],
			.transition = catalogue_transitions[t].name,
			.id = t,
			.plane = aspects[i % NR(aspects)].plane,
			.dma = !strcmp(aspects[i % NR(aspects)].name,
				       "emulated"),
			.vm = aspects[i % NR(aspects)].plane ==
			      STLB_MIRROR_PLANE,
		};
	}
	for (size_t i = 0; i < NR(plain); i++)
		tests[NR_TRANSITION_TESTS + i] = (struct test){
			.name = plain[i].name,
			.family = plain[i].family,
			.id = STLB_T_NONE,
			.dma = !strcmp(plain[i].family, "device"),
			.warns = warns(plain[i].name),
		};
}

const struct test *catalogue(size_t *nr)
{
	if (!tests[0].name)
		fill();
	*nr = NR_TESTS;
	return tests;
}

const char *catalogue_what(const struct test *test)
{
	if (test->id != STLB_T_NONE)
		return catalogue_transitions[test->id].what;
	return plain[test - &tests[NR_TRANSITION_TESTS]].what;
}

const struct test *catalogue_find(const char *name)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; i < nr; i++)
		if (!strcmp(t[i].name, name))
			return &t[i];
	return NULL;
}

/* Families, transitions and tests are all good names to suggest. */
const char *catalogue_suggest(const char *name)
{
	const char *known[2 * STLB_NR_TRANSITIONS + NR_TESTS];
	size_t nr, n = 0;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; i < nr; i++)
		known[n++] = t[i].name;
	for (size_t i = 0; i < STLB_NR_TRANSITIONS; i++) {
		known[n++] = catalogue_transitions[i].name;
		known[n++] = families[i];
	}
	return suggest(name, known, n);
}

bool catalogue_match(const struct test *test, const char *pattern)
{
	char prefix[NAME_SIZE];

	if (!fnmatch(pattern, test->name, 0))
		return true;
	for (const char *p = strchr(test->name, '.'); p;
	     p = strchr(p + 1, '.')) {
		memcpy(prefix, test->name, p - test->name);
		prefix[p - test->name] = '\0';
		if (!fnmatch(pattern, prefix, 0))
			return true;
	}
	return false;
}

bool catalogue_chosen(const struct test *test, char *const *patterns)
{
	if (!patterns)
		return true;
	for (; *patterns; patterns++)
		if (catalogue_match(test, *patterns))
			return true;
	return false;
}

void catalogue_plan(struct run *run, char *const *patterns)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	for (size_t c = 0; c < run->nr_cells; c++) {
		struct cell *cell = &run->cells[c];

		cell->results = alloc_zero(nr, sizeof(*cell->results));
		cell->nr_results = 0;
		for (size_t i = 0; i < nr; i++)
			if (catalogue_chosen(&t[i], patterns))
				cell->results[cell->nr_results++].test = &t[i];
	}
}
