/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results of earlier runs, read back (docs/results.md).
 */
#ifndef _STLB_REREAD_H
#define _STLB_REREAD_H

#include <jansson.h>

/*
 * Reads the results.json that @path is or has: a directory of a run, or one
 * that --out named, of which it is the latest. Whoever wrote the file, the
 * members that are promised below are there and of their types:
 *
 *	cells[]		name, arch, kernel, cpu: strings; tests: array;
 *			cpus, memory_mib, boots: integers; infra: string or null
 *	cells[].tests[]	name, verdict, signature: strings; reason: string or
 *			null; rules: array
 *
 * Tests are whole, whatever the file's schema (pack.h). Returns NULL after one line on
 * stderr; json_decref() frees. Nobody changes what is in a test.
 */
json_t *reread(const char *path);

/* The same of a file, and not a word if it is not what it should be. */
json_t *reread_quietly(const char *file);

/* Which file that is; the caller frees. */
char *reread_file(const char *path);

/* The directory that this file is in; the caller frees. */
char *reread_dir(const char *path);

/* A member that is a string, or "" if it is not there or is null. */
const char *reread_string(const json_t *object, const char *member);

/* By its name, or NULL. */
const json_t *reread_cell(const json_t *results, const char *name);
const json_t *reread_test(const json_t *cell, const char *name);

/* The tests of @cell, which may be NULL, as members of an object; json_decref() frees. */
json_t *reread_by_name(const json_t *cell);

/*
 * Prints a line per test on stdout, fields separated by tabs: cell,
 * architecture, test, verdict, signature, boots of the cell, reason, and
 * "contract" where every word of the signature is about a property of the
 * contract, and boot_seconds of the cell. Returns an enum run_status.
 */
int reread_verdicts(const char *path);

/* Prints results with whole tests, as JSON on stdout. Returns an enum run_status. */
int reread_whole(const char *path);

#endif /* _STLB_REREAD_H */
