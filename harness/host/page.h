/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results as a page to look at: report.html, one file that needs no other.
 */
#ifndef _STLB_PAGE_H
#define _STLB_PAGE_H

#include <jansson.h>

struct options;

/*
 * Writes @results, as reread() gives them, to the file @path in the form of page.html: its
 * line "@DATA@" becomes the data for its script, "@PICTURE_STYLE@" picture.h's, and
 * "@TABLE@" a table for who has no script. In a comparison results have "before", the time
 * of those, and cells have "was", the cell then, and "changes", by test a list of
 * [kind, text]. What goes wrong is a report_problem().
 */
void page_put(const char *path, const json_t *results,
	      const struct options *opt);

/* The command report: DIR/report.html for each of its words. An enum run_status. */
int page_report(const struct options *opt);

#endif /* _STLB_PAGE_H */
