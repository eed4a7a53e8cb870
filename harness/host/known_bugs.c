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
			meant = catalogue_suggest(*w);
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

static int take_release(const struct ini_section *s, int key, const char *name,
			unsigned int *release)
{
	if (!s->values[key])
		return 0;
	*release = word_release(s->values[key], false);
	if (*release)
		return 0;
	return ini_error(
		s, key,
		"%s = %s is not a release: write its first two numbers, like %s = 6.5",
		name, s->values[key], name);
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
	if (take_tests(s, bug) || take_archs(s, bug) ||
	    take_release(s, SINCE, "since", &bug->since) ||
	    take_release(s, UNTIL, "until", &bug->until) ||
	    take_page_sizes(s, bug) || take_fails(s, bug))
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
		[UNTIL] = { .name = "until" },
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
		free(b->name);
		free(b->fails);
		free(b->reason);
		free(b->link);
	}
	if (bugs)
		free(bugs->bugs);
	free(bugs);
}

const struct known_bug *
known_bugs_find(const struct known_bugs *bugs, const struct stlb_arch *arch,
		const char *release, unsigned long page_size, const char *test)
{
	unsigned int r = release ? word_release(release, true) : 0;

	for (size_t i = 0; r && bugs && i < bugs->nr; i++) {
		const struct known_bug *b = &bugs->bugs[i];

		if (r >= b->since && r <= b->until && has_arch(b, arch) &&
		    (!b->page_sizes || b->page_sizes & page_size) &&
		    list_has(b->tests, test))
			return b;
	}
	return NULL;
}

void known_bugs_apply(const struct known_bugs *bugs, const struct cell *cell,
		      struct result *result)
{
	const struct known_bug *b =
		known_bugs_find(bugs, cell->arch, cell->release,
				cell->page_size, result->test->name);
	char *reason = NULL;

	if (!b)
		return;
	if (result->verdict == VERDICT_PASS) {
		result->verdict = VERDICT_XPASS;
		reason = text_printf(
			"known bug [%s] is gone: end its entry before %s",
			b->name, cell->release);
	} else if (result->verdict == VERDICT_FAIL && result->signature &&
		   !strcmp(result->signature, b->fails)) {
		result->verdict = VERDICT_XFAIL;
		reason = text_printf("%s (%s)", b->reason, b->link);
	} else if (result->verdict == VERDICT_FAIL) {
		reason = text_printf(
			"%s%sknown bug [%s] fails by '%s', this by '%s'",
			result->reason ? result->reason : "",
			result->reason ? "; " : "", b->name, b->fails,
			result->signature ? result->signature : "");
	}
	if (reason) {
		free(result->reason);
		result->reason = reason;
	}
}
