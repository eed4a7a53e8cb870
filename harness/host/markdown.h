/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results as Markdown, for the summary of a job (--summary): what an eye should see first.
 */
#ifndef _STLB_MARKDOWN_H
#define _STLB_MARKDOWN_H

#include <jansson.h>

/*
 * Appends to @path, as a job's summary wants it, the results of @dir. What goes wrong is a
 * report_problem().
 */
void markdown_append(const char *path, const char *dir, const json_t *results);

#endif /* _STLB_MARKDOWN_H */
