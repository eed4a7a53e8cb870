// SPDX-License-Identifier: GPL-2.0-only

#include <stdlib.h>
#include <string.h>

#include <stlb/properties.h>

#include "run.h"
#include "signature.h"
#include "text.h"
#include "words.h"

#define NR(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	const char *name;
	enum stlb_scope scope;
	bool contract;
} properties[] = {
#define PROPERTY(NAME, name, scope, contract) { #name, scope, contract },
	STLB_PROPERTIES(PROPERTY)
};

#define NAME(name) #name,
static const char *const ops[] = { STLB_OPS(NAME) };
static const char *const devices[] = { STLB_DEVICES(NAME) STLB_MIRRORS(
	NAME) };

/* What the runner itself finds; see docs/results.md. */
static const char *const own[] = { "kernel",  "timeout", "died",
				   "harness", "skip",	 "silent" };

static bool is_among(const char *s, const char *const *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(s, list[i]))
			return true;
	return false;
}

/* Which property begins the word, or -1. */
static int property_of(const char *word)
{
	size_t len = strcspn(word, ":");

	for (size_t i = 0; i < NR(properties); i++)
		if (strlen(properties[i].name) == len &&
		    !strncmp(properties[i].name, word, len))
			return i;
	return -1;
}

bool signature_is_word(const char *word)
{
	static const char *const chars[] = {
		"abcdefghijklmnopqrstuvwxyz_", /* property */
		"abcdefghijklmnopqrstuvwxyz_", /* part */
		"abcdefghijklmnopqrstuvwxyz0123456789-", /* profile */
	};

	for (size_t i = 0; i < NR(chars); i++) {
		size_t len = strspn(word, chars[i]);

		if (!len)
			return false;
		word += len;
		if (!*word)
			return true;
		if (*word++ != ':')
			return false;
	}
	return false;
}

bool signature_is_contract(const char *signature)
{
	char **words = list_split(signature, ",");
	bool contract = true;

	for (char **w = words; *w; w++) {
		int p = property_of(*w);

		contract &= p >= 0 && properties[p].contract;
	}
	list_free(words);
	return contract;
}

static bool has_profile(const struct stlb_arch *arch, const char *name)
{
	for (unsigned int i = 0; i < arch->rules->nr_profiles; i++)
		if (!strcmp(arch->rules->profiles[i].name, name))
			return true;
	return false;
}

/* An example of a right word. */
static char *example(int p, const struct stlb_arch *arch)
{
	const char *profile = arch->rules->profiles[0].name;

	switch (properties[p].scope) {
	case STLB_OF_OP:
		return text_printf("%s:%s", properties[p].name, ops[0]);
	case STLB_OF_OP_FOR_PROFILE:
		return text_printf("%s:%s:%s", properties[p].name, ops[0],
				   profile);
	case STLB_OF_DEVICE:
		return text_printf("%s:%s:%s", properties[p].name, devices[0],
				   profile);
	case STLB_OF_TEST:
		break;
	}
	return text_dup(properties[p].name);
}

/* @parts: what stands behind the property; NULL-terminated. */
static char *fault_of_parts(int p, char *const *parts, const struct test *test,
			    const struct stlb_arch *arch)
{
	static const size_t nr_parts[] = {
		[STLB_OF_TEST] = 0,
		[STLB_OF_OP] = 1,
		[STLB_OF_OP_FOR_PROFILE] = 2,
		[STLB_OF_DEVICE] = 2,
	};
	enum stlb_scope scope = properties[p].scope;
	size_t nr = list_len(parts);
	char *like, *fault = NULL;

	if (!nr && !test->transition)
		return NULL;
	like = example(p, arch);
	if (nr != nr_parts[scope])
		fault = text_printf(
			"'%s' alone does not say what failed for whom: write a word like %s, as the results have it",
			properties[p].name, like);
	else if (nr && scope == STLB_OF_DEVICE &&
		 !is_among(parts[0], devices, NR(devices)))
		fault = text_printf(
			"there is no device '%s': write a word like %s",
			parts[0], like);
	else if (nr && scope != STLB_OF_DEVICE &&
		 !is_among(parts[0], ops, NR(ops)))
		fault = text_printf(
			"there is no callback '%s': write a word like %s",
			parts[0], like);
	else if (nr == 2 && !has_profile(arch, parts[1]))
		fault = text_printf(
			"%s has no profile '%s': write a word like %s",
			arch->name, parts[1], like);
	free(like);
	return fault;
}

char *signature_fault(const char *word, const struct test *test,
		      const struct stlb_arch *arch)
{
	int p = property_of(word);
	char **parts;
	char *fault;

	if (is_among(word, own, NR(own)))
		return NULL;
	if (p < 0)
		return text_printf(
			"there is no property '%.*s': docs/results.md has them all",
			(int)strcspn(word, ":"), word);
	parts = list_split(word, ":");
	fault = fault_of_parts(p, parts + 1, test, arch);
	list_free(parts);
	return fault;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *signature_of(const char *words)
{
	char **all = list_split(words, " \t,"), **list = NULL;
	char *signature = NULL;
	size_t nr;
	bool twice = false;

	for (char **w = all; *w; w++)
		if (**w)
			list = list_add(list, text_dup(*w));
	nr = list_len(list);
	if (nr)
		qsort(list, nr, sizeof(*list), compare);
	for (size_t i = 1; i < nr; i++)
		twice |= !strcmp(list[i - 1], list[i]);
	if (nr && !twice)
		signature = list_join(list, ",");
	list_free(all);
	list_free(list);
	return signature;
}
