/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results as results.json has them, each text once (schema 3), and as they are worked
 * with, where each test has its own (schema 2); docs/results.md.
 */
#ifndef _STLB_PACK_H
#define _STLB_PACK_H

#include <stdio.h>

#include <jansson.h>

#define PACK_SCHEMA 3

/* Of results with all that docs/results.md says of a test; json_decref() frees. */
json_t *pack(const json_t *results);

/*
 * The same again, or NULL: @packed is not what pack() makes. What is the same in many
 * tests is one object: nobody may change it. json_decref() frees.
 */
json_t *unpack(const json_t *packed);

/* As JSON, an entry of a table and a test a line each. */
void pack_put(FILE *f, const json_t *packed);

#endif /* _STLB_PACK_H */
