/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the reports share.
 */
#ifndef _STLB_REPORT_H
#define _STLB_REPORT_H

#include <stdio.h>

#include "run.h"

#define STLB_VERSION "0.1"

/* KTAP of the whole run on stdout, cell by cell as they are done. */
extern const struct reporter report_ktap;
/* CELL/ktap, results.json and junit.xml in the results directory. */
extern const struct reporter report_ktap_files;
extern const struct reporter report_json;
extern const struct reporter report_junit;
/* The live table and the final matrix, on a terminal. */
extern const struct reporter report_table;
/* One line on stderr at the end, for where stdout is not a terminal. */
extern const struct reporter report_line;

/*
 * A report could not be written: one line on stderr. The others go on, and the
 * run does not end with RUN_OK.
 */
void report_problem(const char *what, int err);
bool report_incomplete(void);

/* A file that is written in memory, and appears under its name whole. */
struct report_file {
	FILE *f;
	char *text;
	size_t len;
	char *path;
};

void report_open(struct report_file *file, const char *dir, const char *name);
/* Writes it, or reports the problem. */
void report_close(struct report_file *file);

/*
 * The command that runs just this test again; result NULL: the cell's tests. As words,
 * and as a POSIX shell reads them. The caller frees.
 */
char **report_again(const struct run *run, const struct cell *cell,
		    const struct result *result);
char *report_reproduce(const struct run *run, const struct cell *cell,
		       const struct result *result);

/* Does this verdict ask for the test's log and a command to reproduce it? */
bool report_is_bad(enum verdict v);

/* What a result counts as once the run is over. */
enum verdict report_verdict(const struct result *r);

/* Its reason; never NULL, "" for a plain PASS. */
const char *report_reason(const struct cell *cell, const struct result *r);

struct tally {
	size_t nr[NR_VERDICTS];
};

void report_count(struct tally *t, const struct cell *cell);
/* "120 pass, 4 xfail": those that occur. */
char *report_tally(const struct tally *t);

/* One cell as KTAP, each line behind indent. */
void ktap_cell(FILE *f, const struct run *run, const struct cell *cell,
	       const char *indent);
/* The line that ends it, "not ok NR CELL ..."; nr: its number in the plan. */
void ktap_cell_line(FILE *f, const struct cell *cell, size_t nr);

/* The end of the report for people: matrix, failures, totals. */
void summary_print(FILE *f, const struct run *run, unsigned int width,
		   bool colour);

#endif /* _STLB_REPORT_H */
