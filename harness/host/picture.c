// SPDX-License-Identifier: GPL-2.0-only

#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "options.h"
#include "picture_parts.h"
#include "reread.h"
#include "run.h"
#include "text.h"
#include "words.h"

char *picture_svg(const json_t *cell, const json_t *test, const json_t *others,
		  bool alone)
{
	struct picture p;
	char *svg = picture_of(&p, cell, test, others) ?
			    picture_draw(&p, alone) :
			    NULL;

	picture_free(&p);
	return svg;
}

static int unknown_cell(const json_t *cells, const char *name)
{
	const json_t *cell;
	char **names = NULL, *all;
	int err;
	size_t i;

	json_array_foreach(cells, i, cell)
		names = list_add(names, text_dup(reread_string(cell, "name")));
	all = names ? list_join(names, ", ") : text_dup("none");
	err = name ? usage_error("there is no cell %s: there are %s", name,
				 all) :
		     usage_error("say which cell: --cell NAME of %s", all);
	free(all);
	list_free(names);
	return err;
}

/* The one that is named, or the only one. */
static int find_cell(const struct options *opt, const json_t *results,
		     const json_t **cell)
{
	const json_t *cells = json_object_get(results, "cells");
	const char *name = opt->cells ? opt->cells[0] : NULL;

	if (list_len(opt->cells) > 1)
		return usage_error("a picture is of one cell: give one --cell");
	if (name)
		*cell = reread_cell(results, name);
	else
		*cell = json_array_size(cells) == 1 ? json_array_get(cells, 0) :
						      NULL;
	return *cell ? 0 : unknown_cell(cells, name);
}

static int draw(const json_t *cell, const char *name)
{
	const json_t *test = reread_test(cell, name);
	char *svg;

	if (!test)
		return usage_error(
			"%s has no test %s: see the verdicts command for those it has",
			reread_string(cell, "name"), name);
	svg = picture_svg(cell, test, json_object_get(cell, "tests"), true);
	if (!svg)
		return usage_error(
			"%s in %s shows nothing to draw: it is %s, and has neither callbacks nor a failure",
			name, reread_string(cell, "name"),
			reread_string(test, "verdict"));
	fputs(svg, stdout);
	free(svg);
	return RUN_OK;
}

int picture(const struct options *opt)
{
	const char *path = list_len(opt->words) > 1 ? opt->words[1] : opt->out;
	json_t *results = reread(path);
	const json_t *cell;
	int status = results ? 0 : RUN_USAGE;

	if (!status)
		status = find_cell(opt, results, &cell);
	if (!status)
		status = draw(cell, opt->words[0]);
	json_decref(results);
	return status;
}
