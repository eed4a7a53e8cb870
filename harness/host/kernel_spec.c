// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"
#include "words.h"

struct kind {
	const char *name;
	const char *argument; /* "VERSION", or what kind of path */
	bool source;
};

static const struct kind kinds[] = {
	{ "debian", "VERSION", false }, { "tree", "PATH", true },
	{ "source", "VERSION", true },	{ "tarball", "FILE", true },
	{ "image", "PATH", false },
};

#define NR_KINDS (sizeof(kinds) / sizeof(*kinds))
#define ALL_KINDS \
	"debian:VERSION, tree:PATH, source:VERSION, tarball:FILE or image:PATH"
#define AN_EXAMPLE "6.12"

const char *kernel_spec_after(const char *spec, const char *kind)
{
	size_t len = strlen(kind);

	return !strncmp(spec, kind, len) && spec[len] == ':' ? spec + len + 1 :
							       NULL;
}

static const struct kind *find_kind(const char *spec)
{
	for (size_t i = 0; i < NR_KINDS; i++)
		if (kernel_spec_after(spec, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static bool takes_version(const struct kind *kind)
{
	return !strcmp(kind->argument, "VERSION");
}

bool kernel_spec_is_path(const char *spec)
{
	const struct kind *kind = find_kind(spec);

	return kind && !takes_version(kind);
}

bool kernel_spec_is_source(const char *spec)
{
	const struct kind *kind = find_kind(spec);

	return kind && kind->source;
}

static char said[160];

static const char *say(const char *text, const char *kind, const char *argument)
{
	snprintf(said, sizeof(said), "%s%s:%.80s", text, kind, argument);
	return said;
}

/* What may have been meant by a spec of no known kind. */
static const char *no_kind(const char *spec)
{
	const char *names[NR_KINDS], *meant, *rest = strchr(spec, ':');
	char *word;
	size_t i;

	if (word_release(spec, false))
		return "the kind is missing: write debian:VERSION or source:VERSION";
	if (!rest && strchr(spec, '/'))
		return "the kind is missing: write tree:PATH, tarball:FILE or image:PATH";
	for (i = 0; i < NR_KINDS; i++)
		names[i] = kinds[i].name;
	word = text_printf("%.*s", (int)strcspn(spec, ":"), spec);
	meant = suggest(word, names, NR_KINDS);
	free(word);
	if (!meant)
		return "no such kind of kernel: write " ALL_KINDS;
	for (i = 0; strcmp(kinds[i].name, meant); i++)
		;
	if (!rest || !rest[1])
		rest = takes_version(&kinds[i]) ? ":" AN_EXAMPLE : ":PATH";
	say("did you mean ", meant, rest + 1);
	strcat(said, "?");
	return said;
}

const char *kernel_spec_error(const char *spec)
{
	const struct kind *kind = find_kind(spec);
	const char *rest;

	if (!kind)
		return no_kind(spec);
	rest = kernel_spec_after(spec, kind->name);
	if (takes_version(kind))
		return word_release(rest, false) ?
			       NULL :
			       say("this is not a version: write ", kind->name,
				   AN_EXAMPLE);
	if (!*rest || *rest == '@')
		return say("the path is missing: write ", kind->name,
			   kind->argument);
	if (!strcmp(kind->name, "tree") && rest[strlen(rest) - 1] == '@')
		return "the commit behind @ is missing: write tree:PATH@REF";
	return NULL;
}

/* The path in @spec without what adds nothing: its last part names a cell. */
static char *absolute(const char *path)
{
	const char *home = getenv("HOME");
	char *base = NULL, *whole;
	size_t len;

	if (path[0] == '~' && (!path[1] || path[1] == '/' || path[1] == '@') &&
	    home && *home) {
		base = text_dup(home);
		path++;
	} else if (*path != '/') {
		base = realpath(".", NULL);
	}
	while (base && path[0] == '.' && path[1] == '/')
		path += 2;
	if (path[0] == '.' && (!path[1] || path[1] == '@'))
		path++;
	whole = text_printf(
		"%s%s%s", base ? base : "",
		base && *path && *path != '/' && *path != '@' ? "/" : "", path);
	free(base);
	for (len = strlen(whole); len > 1 && whole[len - 1] == '/'; len--)
		whole[len - 1] = '\0';
	return whole;
}

char *kernel_spec_absolute(const char *spec)
{
	char *path, *whole;

	if (!kernel_spec_is_path(spec))
		return text_dup(spec);
	path = absolute(strchr(spec, ':') + 1);
	whole = text_printf("%.*s:%s", (int)strcspn(spec, ":"), spec, path);
	free(path);
	return whole;
}
