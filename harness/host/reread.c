// SPDX-License-Identifier: GPL-2.0-only

#include "reread.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "message.h"
#include "pack.h"
#include "run.h"
#include "signature.h"
#include "text.h"

/* Older ones were written with their tests whole. */
#define SCHEMA_WHOLE 2

char *reread_file(const char *path)
{
	static const char *const tails[] = { "/results.json",
					     "/latest/results.json" };
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return text_dup(path);
	for (size_t i = 0; i < 2; i++) {
		char *file = text_printf("%s%s", path, tails[i]);

		if (!access(file, F_OK))
			return file;
		free(file);
	}
	return text_printf("%s%s", path, tails[0]);
}

char *reread_dir(const char *path)
{
	char *dir = reread_file(path), *slash = strrchr(dir, '/');

	if (slash) {
		*slash = '\0';
		return dir;
	}
	free(dir);
	return text_dup(".");
}

static bool is_text_or_null(const json_t *object, const char *member)
{
	const json_t *j = json_object_get(object, member);

	return json_is_string(j) || json_is_null(j);
}

static bool has_texts(const json_t *object, const char *const *members)
{
	for (; *members; members++)
		if (!json_is_string(json_object_get(object, *members)))
			return false;
	return true;
}

static bool is_test(const json_t *test)
{
	static const char *const texts[] = { "name", "verdict", "signature",
					     NULL };

	return has_texts(test, texts) && is_text_or_null(test, "reason") &&
	       json_is_array(json_object_get(test, "rules"));
}

static bool is_cell(const json_t *cell)
{
	static const char *const texts[] = { "name", "arch", "kernel", "cpu",
					     NULL };
	static const char *const numbers[] = { "cpus", "memory_mib", "boots" };
	const json_t *tests = json_object_get(cell, "tests"), *test;
	size_t i;

	if (!has_texts(cell, texts) || !is_text_or_null(cell, "infra") ||
	    !json_is_array(tests))
		return false;
	for (i = 0; i < 3; i++)
		if (!json_is_integer(json_object_get(cell, numbers[i])))
			return false;
	json_array_foreach(tests, i, test) if (!is_test(test)) return false;
	return true;
}

static const char *fault(const json_t *results)
{
	const json_t *cells = json_object_get(results, "cells"), *cell;
	size_t i;

	if (json_integer_value(json_object_get(results, "schema")) !=
	    SCHEMA_WHOLE)
		return "is not a results.json of schema 2 or 3";
	if (!json_is_array(cells))
		return "has no cells";
	json_array_foreach(cells, i, cell) if (
		!is_cell(
			cell)) return "has a cell that docs/results.md does not know";
	return NULL;
}

/* Takes @file's @j. Sets *wrong to what is wrong with it, and then returns NULL. */
static json_t *whole(json_t *j, const char **wrong)
{
	json_t *all = j;

	if (json_integer_value(json_object_get(j, "schema")) == PACK_SCHEMA) {
		all = unpack(j);
		json_decref(j);
	}
	*wrong = all ? fault(all) :
		       "refers to texts that it does not have";
	if (!*wrong)
		return all;
	json_decref(all);
	return NULL;
}

json_t *reread_quietly(const char *file)
{
	const char *wrong;
	json_t *j = json_load_file(file, JSON_REJECT_DUPLICATES, NULL);

	return j ? whole(j, &wrong) : NULL;
}

json_t *reread(const char *path)
{
	char *file = reread_file(path);
	const char *wrong = NULL;
	json_error_t error;
	json_t *j = json_load_file(file, JSON_REJECT_DUPLICATES, &error);

	if (!j)
		message("%s: %s: give a directory of results", file,
			error.text);
	else
		j = whole(j, &wrong);
	if (wrong)
		message("%s %s: give a directory of results", file, wrong);
	free(file);
	return j;
}

const char *reread_string(const json_t *object, const char *member)
{
	const char *s = json_string_value(json_object_get(object, member));

	return s ? s : "";
}

static const json_t *find(const json_t *array, const char *name)
{
	const json_t *j;
	size_t i;

	json_array_foreach(array, i, j) if (!strcmp(reread_string(j, "name"),
						    name)) return j;
	return NULL;
}

const json_t *reread_cell(const json_t *results, const char *name)
{
	return find(json_object_get(results, "cells"), name);
}

const json_t *reread_test(const json_t *cell, const char *name)
{
	return find(json_object_get(cell, "tests"), name);
}

json_t *reread_by_name(const json_t *cell)
{
	json_t *all = json_object(), *test;
	size_t i;

	json_array_foreach(json_object_get(cell, "tests"), i, test)
		json_object_set(all, reread_string(test, "name"), test);
	return all;
}

static void print_field(const char *s, char end)
{
	char *clean = escape_text(s, false);

	printf("%s%c", clean, end);
	free(clean);
}

static void print_test(const json_t *cell, const json_t *test)
{
	print_field(reread_string(cell, "name"), '\t');
	print_field(reread_string(cell, "arch"), '\t');
	print_field(reread_string(test, "name"), '\t');
	print_field(reread_string(test, "verdict"), '\t');
	print_field(reread_string(test, "signature"), '\t');
	printf("%lld\t",
	       (long long)json_integer_value(json_object_get(cell, "boots")));
	print_field(reread_string(test, "reason"), '\t');
	print_field(signature_is_contract(reread_string(test, "signature")) ?
			    "contract" :
			    "",
		    '\t');
	printf("%.1f\n",
	       json_number_value(json_object_get(cell, "boot_seconds")));
}

int reread_verdicts(const char *path)
{
	json_t *results = reread(path);
	const json_t *cell, *test;
	size_t c, t;

	if (!results)
		return RUN_USAGE;
	json_array_foreach(json_object_get(results, "cells"), c, cell)
		json_array_foreach(json_object_get(cell, "tests"), t, test)
			print_test(cell, test);
	json_decref(results);
	return RUN_OK;
}

int reread_whole(const char *path)
{
	json_t *results = reread(path);

	if (!results)
		return RUN_USAGE;
	json_dumpf(results, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(results);
	return RUN_OK;
}
