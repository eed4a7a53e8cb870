// SPDX-License-Identifier: GPL-2.0-only
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "words.h"

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && !strcmp(s + len - n, end);
}

static bool is_path(const char *fragment)
{
	return strchr(fragment, '/') || ends_in(fragment, ".config");
}

char *config_path(const char *root, const char *fragment)
{
	if (is_path(fragment))
		return text_dup(fragment);
	return text_printf("%s/configs/kernel/options/%s.config", root,
			   fragment);
}

/* "debug, kasan, ...": the names that there are */
static char *names(const char *root)
{
	char *pattern = config_path(root, "*"), **list = NULL, *all;
	glob_t found;

	if (!glob(pattern, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			char *base = strrchr(found.gl_pathv[i], '/') + 1;

			base[strlen(base) - strlen(".config")] = '\0';
			list = list_add(list, text_dup(base));
		}
		globfree(&found);
	}
	free(pattern);
	all = list_join(list, ", ");
	list_free(list);
	return all;
}

static char *missing(const char *root, const char *fragment, const char *path)
{
	char *all, *error;

	if (is_path(fragment))
		return text_printf(
			"the fragment %s cannot be read: %s: give the path of a kernel configuration's fragment",
			path, strerror(errno));
	all = names(root);
	error = text_printf(
		"no configuration '%s': there are %s, or give the path of a fragment",
		fragment, all);
	free(all);
	return error;
}

static char *add(char ***list, const char *root, const char *fragment)
{
	char *whole = is_path(fragment) ? realpath(fragment, NULL) : NULL;
	char *path = config_path(root, whole ? whole : fragment), *error = NULL;

	if (access(path, R_OK))
		error = missing(root, fragment, path);
	else if (!list_has(*list, whole ? whole : fragment))
		*list = list_add(*list, text_dup(whole ? whole : fragment));
	free(whole);
	free(path);
	return error;
}

char *config_parse(char ***list, const char *root, const char *value)
{
	char **words = list_split(value, ","), *error = NULL;

	for (char **w = words; *w && !error; w++) {
		char *word = *w + strspn(*w, " \t");

		word[strcspn(word, " \t")] = '\0';
		if (*word)
			error = add(list, root, word);
		else
			error = text_printf(
				"'%s' has an empty name: write kasan,lockdep",
				value);
	}
	list_free(words);
	return error;
}
