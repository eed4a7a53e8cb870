/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results for KernelCI: its I/O schema 5.3 (kcidb-io, kcidb_io/schema/v05_03.py).
 */
#ifndef _STLB_KCIDB_H
#define _STLB_KCIDB_H

#include <jansson.h>

/*
 * Of results as reread() gives them. @url: where their directory can be read, without a
 * '/' at its end, or NULL. json_decref() frees.
 */
json_t *kcidb(const json_t *results, const char *url);

#endif /* _STLB_KCIDB_H */
