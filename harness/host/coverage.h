/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which call sites of the function that tells secondary TLBs a cell's tests
 * reached. The tests print both, in lines that harness/guest/coverage.h
 * describes: recorder.sites all sites of the kernel's text, the others the chains
 * by which a callback came.
 *
 * A chain reaches the site whose return address is its first such frame. A jump
 * leaves no return address: there the frame shows which function was called, and
 * every jump in it counts, because nothing tells which one it was.
 */
#ifndef _STLB_COVERAGE_H
#define _STLB_COVERAGE_H

#include "run.h"

struct site {
	char *symbol; /* FUNCTION+0xOFFSET/0xSIZE@DISTANCE: right behind the call */
	char *function; /* what is called there */
	bool jump;
	char **tests; /* that reached it, NULL-terminated; NULL: none */
};

struct coverage {
	struct site *sites; /* in the order of the text */
	size_t nr;
	size_t reached;
	char **others; /* chains that lead to none of them; NULL: none */
};

/* Of a cell that is done; free it with coverage_free(). */
struct coverage coverage_of(const struct cell *cell);
void coverage_free(struct coverage *c);

/* Does each cell have its list of sites? */
bool coverage_complete(const struct run *run);

/* What the coverage command prints, on stdout. */
extern const struct reporter report_coverage;

#endif /* _STLB_COVERAGE_H */
