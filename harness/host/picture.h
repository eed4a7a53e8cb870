/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one test saw, as a picture: page table, windows, callbacks and devices over time.
 */
#ifndef _STLB_PICTURE_H
#define _STLB_PICTURE_H

#include <stdbool.h>

#include <jansson.h>

struct options;

/*
 * An SVG element, of the class "pic", for a page that has picture_style, or, alone, a
 * document that needs no other file. @others: tests of the cell, all of the same
 * transition among them. NULL: nothing to draw. The caller frees.
 */
char *picture_svg(const json_t *cell, const json_t *test, const json_t *others,
		  bool alone);

/* A style sheet. */
extern const char picture_style[];

/*
 * The command picture: of a test of one cell of earlier results, on stdout. An enum
 * run_status.
 */
int picture(const struct options *opt);

#endif /* _STLB_PICTURE_H */
