/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The catalogue of tests (stlb/tests.h) as data, and name patterns.
 */
#ifndef _STLB_CATALOGUE_H
#define _STLB_CATALOGUE_H

#include "run.h"

struct transition {
	const char *name; /* "upgrade.wp_reuse" */
	const char *what; /* what happens to the watched pages */
};

/* Indexed by enum stlb_transition. */
extern const struct transition catalogue_transitions[STLB_NR_TRANSITIONS];

/* All tests in running order; *nr is set to their number. */
const struct test *catalogue(size_t *nr);

/* What happens in a test of the catalogue, or what it checks: one line. */
const char *catalogue_what(const struct test *test);

/* By full name; NULL if there is none. */
const struct test *catalogue_find(const char *name);

/* The test whose name was probably meant, or NULL. */
const char *catalogue_suggest(const char *name);

/*
 * Does a pattern (shell wildcards) choose this test? A pattern matches the
 * full name, or a whole-component prefix of it ("upgrade",
 * "upgrade.wp_reuse").
 */
bool catalogue_match(const struct test *test, const char *pattern);

/* By any of the patterns; NULL: all tests are chosen. */
bool catalogue_chosen(const struct test *test, char *const *patterns);

/* Gives each cell of the run one empty result per chosen test. */
void catalogue_plan(struct run *run, char *const *patterns);

#endif /* _STLB_CATALOGUE_H */
