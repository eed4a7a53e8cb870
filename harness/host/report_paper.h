/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the summary are written on. */
#ifndef _STLB_REPORT_PAPER_H
#define _STLB_REPORT_PAPER_H

#include "report.h"

struct paper {
	FILE *f;
	const struct run *run;
	size_t width;
	size_t name; /* width of the column of names */
	bool colour;
};

/* In its colour, if there are colours */
void paper_verdict(const struct paper *p, enum verdict v);
/* Somebody else's words, made printable */
void paper_text(const struct paper *p, const char *s);

/* How many cells from @from on fit, each in @column characters behind p->name; at least 1 */
size_t paper_columns(const struct paper *p, size_t from, size_t column);
/* A cell's name stands above its column, with a line down to it. */
void paper_heads(const struct paper *p, size_t from, size_t nr, size_t column);

/* A line for each test: its verdict in each cell */
void paper_matrix(struct paper *p);
/* A line for each family: "ok", or how many of what, in each cell */
void paper_families(struct paper *p);
/* A line for each finding, or reason if it is none: how many tests it explains */
void paper_known_bugs(const struct paper *p);
/* What changed since the last run, if there was one */
void paper_changes(const struct paper *p);
/* A line for each of the most frequent reasons to skip a test */
void paper_skips(const struct paper *p);

#endif /* _STLB_REPORT_PAPER_H */
