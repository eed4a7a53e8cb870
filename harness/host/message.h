/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the runner tells a person, on stderr: "run_tests.sh: WHAT: what to do",
 * always one line, whatever bytes went into it.
 */
#ifndef _STLB_MESSAGE_H
#define _STLB_MESSAGE_H

#include <stddef.h>

void message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same; returns RUN_USAGE. */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The word of known[0..nr) that was probably meant, or NULL. */
const char *suggest(const char *word, const char *const *known, size_t nr);

#endif /* _STLB_MESSAGE_H */
