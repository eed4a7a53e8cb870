/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results as a page to look at: report.html, one file that needs no other.
 */
#ifndef _STLB_PAGE_H
#define _STLB_PAGE_H

#include <jansson.h>
#include <stdio.h>

/*
 * Writes @results, as reread() gives them, into the form of @template, a file: its
 * line "@DATA@" becomes the data for its script, and "@TABLE@" a table for who has none.
 * Returns 0 or -errno of reading the template.
 */
int page_write(FILE *f, const json_t *results, const char *template);

struct options;

/* A run's results.json and report.html, in @dir. */
void page_results(const char *dir, const json_t *results,
		  const struct options *opt);

/* The command report: DIR/report.html for each of its words. An enum run_status. */
int page_report(const struct options *opt);

#endif /* _STLB_PAGE_H */
