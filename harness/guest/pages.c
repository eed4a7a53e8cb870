// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pages.h"

#ifndef MADV_COLD
#define MADV_COLD 20
#endif

void *pages_map(void *at, size_t bytes)
{
	void *p = mmap(at, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1,
		       0);

	/* EINVAL: a kernel without THP, which is what is asked for. */
	if (p != MAP_FAILED && madvise(p, bytes, MADV_NOHUGEPAGE) &&
	    errno != EINVAL)
		return MAP_FAILED;
	return p;
}

/* A table has the size of a page, and its entries are of 8 bytes. */
static size_t table_bytes(void)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return page / 8 * page;
}

void *pages_reserve(size_t bytes)
{
	size_t table = table_bytes();
	size_t tables = (bytes + table - 1) / table;
	char *hole = mmap(NULL, (tables + 1) * table, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (hole == MAP_FAILED)
		return hole;
	hole += table - 1;
	return hole - (uintptr_t)hole % table;
}

/* MADV_COLD empties the batches, also where there is nothing to make cold. */
int pages_to_lru(void)
{
	size_t bytes = sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED || madvise(p, bytes, MADV_COLD) ? -errno : 0;
}
