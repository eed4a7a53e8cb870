// SPDX-License-Identifier: GPL-2.0-only

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "run.h"

/* Says it without allocating. */
static void *must(void *p)
{
	if (p)
		return p;
	fputs("run_tests.sh: out of memory: close other programs, or use fewer --jobs\n",
	      stderr);
	exit(RUN_INFRA);
}

void *alloc_zero(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size));
}

void *alloc_grow(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n ? n : 1, size));
}

char *alloc_vprintf(const char *fmt, va_list ap)
{
	char *s;

	return must(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

FILE *alloc_stream(char **text, size_t *len)
{
	return must(open_memstream(text, len));
}
