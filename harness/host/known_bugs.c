// SPDX-License-Identifier: GPL-2.0-only

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "catalogue.h"
#include "ini_file.h"
#include "known_bugs.h"
#include "signature.h"
#include "text.h"
#include "words.h"

struct known_bugs {
	struct known_bug *bugs;
	size_t nr;
};

enum { TESTS, ARCH, SINCE, UNTIL, PAGE, FAILS, REASON, LINK };

#define BLANKS " \t,"

/* A test that may be meant: the first of a transition, or one that is nearly so called. */
static const char *suggest_test(const char *word)
{
	const char *meant = catalogue_suggest(word);
	size_t nr, len = meant ? strlen(meant) : 0;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; meant && i < nr; i++)
		if (!strncmp(t[i].name, meant, len) &&
		    (!t[i].name[len] || t[i].name[len] == '.'))
			return t[i].name;
	return NULL;
}

static int take_tests(const struct ini_section *s, struct known_bug *bug)
{
	char **words = list_split(s->values[TESTS], BLANKS);
	int err = 0;

	for (char **w = words; *w && !err; w++) {
		const char *meant;

		if (!**w)
			continue;
		if (list_has(bug->tests, *w)) {
			err = ini_error(s, TESTS,
					"test %s stands twice: remove one", *w);
		} else if (catalogue_find(*w)) {
			bug->tests = list_add(bug->tests, text_dup(*w));
		} else {
			meant = suggest_test(*w);
			err = ini_error(
				s, TESTS,
				"there is no test '%s': write full names%s%s, or remove a stale one",
				*w, meant ? " like " : "", meant ? meant : "");
		}
	}
	if (!err && !bug->tests)
		err = ini_error(s, TESTS,
				"tests names none: write tests = NAME ...");
	list_free(words);
	return err;
}

static bool has_arch(const struct known_bug *bug, const struct stlb_arch *arch)
{
	for (const struct stlb_arch **a = bug->archs; *a; a++)
		if (*a == arch)
			return true;
	return false;
}

static int take_archs(const struct ini_section *s, struct known_bug *bug)
{
	char **words = list_split(s->values[ARCH], BLANKS);
	size_t nr = 0;
	int err = 0;

	bug->archs = alloc_zero(list_len(words) + 1, sizeof(*bug->archs));
	for (char **w = words; *w && !err; w++) {
		const struct stlb_arch *arch = stlb_arch_find(*w);

		if (!**w)
			continue;
		if (!arch)
			err = ini_error(
				s, ARCH,
				"unknown architecture '%s': write arm64, x86 or powerpc",
				*w);
		else if (has_arch(bug, arch))
			err = ini_error(
				s, ARCH,
				"architecture %s stands twice: remove one",
				arch->name);
		else
			bug->archs[nr++] = arch;
	}
	list_free(words);
	return err;
}

static int take_since(const struct ini_section *s, struct known_bug *bug)
{
	if (!s->values[SINCE])
		return 0;
	bug->since = word_release(s->values[SINCE], false);
	if (bug->since)
		return 0;
	return ini_error(
		s, SINCE,
		"since = %s is not a release: write its first two numbers, like since = 6.5",
		s->values[SINCE]);
}

/* "6.12.100": of a stable series. */
static bool is_stable(const char *word)
{
	return word_release(word, true) && word_patch(word) &&
	       !word[strspn(word, "0123456789.")];
}

static void add_stable(struct known_bug *bug, const char *word)
{
	bug->stable = alloc_grow(bug->stable, bug->nr_stable + 1,
				 sizeof(*bug->stable));
	bug->stable[bug->nr_stable].series = word_release(word, true);
	bug->stable[bug->nr_stable++].last = word_patch(word);
}

static int take_until(const struct ini_section *s, struct known_bug *bug)
{
	char **words =
		list_split(s->values[UNTIL] ? s->values[UNTIL] : "", BLANKS);
	unsigned int until = 0, newest = 0;
	int err = 0;

	for (char **w = words; *w && !err; w++) {
		unsigned int release = word_release(*w, false);

		if (!**w)
			continue;
		if (release && !until) {
			until = release;
		} else if (!release && is_stable(*w)) {
			add_stable(bug, *w);
			release = word_release(*w, true);
			newest = release > newest ? release : newest;
		} else {
			err = ini_error(
				s, UNTIL,
				"until = %s is not a release, and those of stable series: write like until = 6.18 6.12.100",
				s->values[UNTIL]);
		}
	}
	list_free(words);
	if (s->values[UNTIL])
		bug->until = until ? until : newest;
	if (!err && newest > bug->until)
		err = ini_error(
			s, UNTIL,
			"until = %s ends in a stable series after the last release: write the newest of both with two numbers",
			s->values[UNTIL]);
	return err;
}

static int take_page_sizes(const struct ini_section *s, struct known_bug *bug)
{
	if (!s->values[PAGE])
		return 0;
	bug->page_sizes = word_page_sizes(s->values[PAGE]);
	if (bug->page_sizes)
		return 0;
	return ini_error(s, PAGE,
			 "page = %s is no page size: write 4K, 16K or 64K",
			 s->values[PAGE]);
}

/* Each word must be one by which each of the tests can fail. */
static int take_word(const struct ini_section *s, const struct known_bug *bug,
		     const char *word)
{
	for (const struct stlb_arch **a = bug->archs; *a; a++) {
		for (char **t = bug->tests; *t; t++) {
			char *fault =
				signature_fault(word, catalogue_find(*t), *a);
			int err;

			if (!fault)
				continue;
			err = ini_error(s, FAILS, "fails: %s", fault);
			free(fault);
			return err;
		}
	}
	return 0;
}

static int take_fails(const struct ini_section *s, struct known_bug *bug)
{
	char **words;
	int err = 0;

	bug->fails = signature_of(s->values[FAILS]);
	if (!bug->fails)
		return ini_error(
			s, FAILS,
			"fails = %s names no word, or one of them twice: write it as the results have it",
			s->values[FAILS]);
	words = list_split(bug->fails, ",");
	for (char **w = words; *w && !err; w++)
		err = take_word(s, bug, *w);
	list_free(words);
	return err;
}

static int check_overlap(const struct ini_section *s,
			 const struct known_bugs *bugs,
			 const struct known_bug *bug)
{
	for (size_t i = 0; i < bugs->nr; i++) {
		const struct known_bug *b = &bugs->bugs[i];

		if (b == bug || b->since > bug->until ||
		    bug->since > b->until ||
		    (b->page_sizes && bug->page_sizes &&
		     !(b->page_sizes & bug->page_sizes)))
			continue;
		for (const struct stlb_arch **a = bug->archs; *a; a++)
			for (char **t = bug->tests; *t; t++)
				if (has_arch(b, *a) && list_has(b->tests, *t))
					return ini_error(
						s, -1,
						"[%s] and [%s] both claim %s on %s for the same releases: let one have it",
						b->name, bug->name, *t,
						(*a)->name);
	}
	return 0;
}

static int take_bug(void *arg, const struct ini_section *s)
{
	struct known_bugs *bugs = arg;
	struct known_bug *bug;

	bugs->bugs = alloc_grow(bugs->bugs, bugs->nr + 1, sizeof(*bug));
	bug = &bugs->bugs[bugs->nr++];
	*bug = (struct known_bug){
		.name = text_dup(s->name),
		.until = UINT_MAX,
		.reason = text_dup(s->values[REASON]),
		.link = text_dup(s->values[LINK]),
	};
	if (take_tests(s, bug) || take_archs(s, bug) || take_since(s, bug) ||
	    take_until(s, bug) || take_page_sizes(s, bug) || take_fails(s, bug))
		return RUN_USAGE;
	if (bug->since > bug->until)
		return ini_error(s, UNTIL,
				 "until = %s is before since = %s: swap them",
				 s->values[UNTIL], s->values[SINCE]);
	return check_overlap(s, bugs, bug);
}

static const struct ini_format known_bugs_format = {
	.file = "known-bugs",
	.section = "bug",
	.example = "[arm64-upgrade-not-told]",
	.keys = {
		[TESTS] = { .name = "tests", .required = true, .lines = true },
		[ARCH] = { .name = "arch", .required = true },
		[SINCE] = { .name = "since" },
		[UNTIL] = { .name = "until", .lines = true },
		[PAGE] = { .name = "page" },
		[FAILS] = { .name = "fails", .required = true, .lines = true },
		[REASON] = { .name = "reason", .required = true, .lines = true },
		[LINK] = { .name = "link", .required = true, .lines = true },
	},
	.may_be_empty = true, /* no known bug is left */
	.take = take_bug,
};

int known_bugs_load(struct known_bugs **bugs, const char *path)
{
	int err;

	*bugs = alloc_zero(1, sizeof(**bugs));
	err = ini_load(&known_bugs_format, path, *bugs);
	if (err) {
		known_bugs_free(*bugs);
		*bugs = NULL;
	}
	return err;
}

void known_bugs_free(struct known_bugs *bugs)
{
	for (size_t i = 0; bugs && i < bugs->nr; i++) {
		struct known_bug *b = &bugs->bugs[i];

		list_free(b->tests);
		free(b->archs);
		free(b->stable);
		free(b->name);
		free(b->fails);
		free(b->reason);
		free(b->link);
	}
	if (bugs)
		free(bugs->bugs);
	free(bugs);
}

static bool claims(const struct known_bug *b, const struct stlb_arch *arch,
		   unsigned long page_size, const char *test)
{
	return has_arch(b, arch) &&
	       (!b->page_sizes || b->page_sizes & page_size) &&
	       list_has(b->tests, test);
}

/* Has it ended before @release? */
static bool has_ended(const struct known_bug *b, const char *release)
{
	unsigned int series = word_release(release, true);

	for (size_t i = 0; i < b->nr_stable; i++)
		if (b->stable[i].series == series)
			return word_patch(release) > b->stable[i].last;
	return series > b->until;
}

static bool has_begun(const struct known_bug *b, const char *release)
{
	return word_release(release, true) >= b->since;
}

const struct known_bug *
known_bugs_find(const struct known_bugs *bugs, const struct stlb_arch *arch,
		const char *release, unsigned long page_size, const char *test)
{
	if (!bugs || !release || !word_release(release, true))
		return NULL;
	for (size_t i = 0; i < bugs->nr; i++) {
		const struct known_bug *b = &bugs->bugs[i];

		if (claims(b, arch, page_size, test) && has_begun(b, release) &&
		    !has_ended(b, release))
			return b;
	}
	return NULL;
}

/* The last entry for this test that ended before @release, or NULL. */
static const struct known_bug *find_ended(const struct known_bugs *bugs,
					  const struct cell *cell,
					  const char *release, const char *test)
{
	const struct known_bug *last = NULL;

	if (!bugs || !release || !word_release(release, true))
		return NULL;
	for (size_t i = 0; i < bugs->nr; i++) {
		const struct known_bug *b = &bugs->bugs[i];

		if (claims(b, cell->arch, cell->page_size, test) &&
		    has_ended(b, release) && (!last || b->until > last->until))
			last = b;
	}
	return last;
}

/* Is it what its number says, and not somebody's tree? */
static bool is_released(const struct cell *cell)
{
	return !strncmp(cell->kernel, "debian:", 7) ||
	       !strncmp(cell->kernel, "source:", 7);
}

/*
 * "6.1.192-3": of a Debian kernel the package's version, since its uname -r, such as
 * 6.1.0-57-amd64, may be without the stable release.
 */
static const char *release_of(const struct cell *cell)
{
	const char *blank = cell->package ? strchr(cell->package, ' ') : NULL;

	if (blank && cell->release && !strncmp(cell->kernel, "debian:", 7) &&
	    word_release(blank + 1, true) == word_release(cell->release, true))
		return blank + 1;
	return cell->release;
}

static char *good_news(const struct known_bug *b, const struct cell *cell,
		       const char *release)
{
	unsigned int series = word_release(release, true);
	unsigned int patch = word_patch(release);

	if (!is_released(cell))
		return text_printf(
			"%s has known bug [%s], this tree does not show it",
			release, b->name);
	if (!patch)
		return text_printf(
			"good news: known bug [%s] does not show in %s any more: write the last release that has it into until = of this section of the known-bugs file, or remove the section",
			b->name, release);
	return text_printf(
		"good news: known bug [%s] does not show in %s any more: add the last release of %u.%u that has it, such as %u.%u.%u, to until = of this section of the known-bugs file",
		b->name, release, series >> 16, series & 0xffff, series >> 16,
		series & 0xffff, patch - 1);
}

static char *of_failure(const struct result *result, char *more)
{
	char *reason = text_printf("%s%s%s",
				   result->reason ? result->reason : "",
				   result->reason ? "; " : "", more);

	free(more);
	return reason;
}

static char *as_expected(const struct known_bug *b, const struct cell *cell,
			 const char *release)
{
	if (is_released(cell))
		return text_printf("%s (%s)", b->reason, b->link);
	return text_printf("%s (%s), expected by the tree's number, %s",
			   b->reason, b->link, release);
}

static char *expected(const struct known_bug *b, const struct cell *cell,
		      const char *release, struct result *result)
{
	const char *signature = result->signature ? result->signature : "";

	switch (result->verdict) {
	case VERDICT_PASS:
		if (is_released(cell))
			result->verdict = VERDICT_XPASS;
		return good_news(b, cell, release);
	case VERDICT_FAIL:
		if (strcmp(signature, b->fails))
			return of_failure(
				result,
				text_printf(
					"known bug [%s] fails by '%s', this by '%s'",
					b->name, b->fails, signature));
		result->verdict = VERDICT_XFAIL;
		return as_expected(b, cell, release);
	default:
		return NULL;
	}
}

void known_bugs_apply(const struct known_bugs *bugs, const struct cell *cell,
		      struct result *result)
{
	const char *release = release_of(cell), *test = result->test->name;
	const struct known_bug *b = known_bugs_find(bugs, cell->arch, release,
						    cell->page_size, test);
	char *reason = NULL;

	if (b) {
		reason = expected(b, cell, release, result);
	} else if (result->verdict == VERDICT_FAIL) {
		b = find_ended(bugs, cell, release, test);
		if (b)
			reason = of_failure(
				result,
				text_printf(
					"known bug [%s], which fails by '%s', ended before %s",
					b->name, b->fails, release));
	}
	if (reason) {
		free(result->reason);
		result->reason = reason;
	}
}
