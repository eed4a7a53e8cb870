/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocation that does not fail: running out of memory ends the program with
 * one line and RUN_INFRA.
 */
#ifndef _STLB_ALLOC_H
#define _STLB_ALLOC_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

void *alloc_zero(size_t n, size_t size);
void *alloc_grow(void *p, size_t n, size_t size);
char *alloc_vprintf(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));
/* open_memstream(); fclose() it before *text, which the caller frees, is read. */
FILE *alloc_stream(char **text, size_t *len);

#endif /* _STLB_ALLOC_H */
