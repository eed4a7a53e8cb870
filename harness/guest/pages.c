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

void *pages_reserve(size_t bytes, size_t align)
{
	size_t whole = (bytes + align - 1) / align * align;
	char *hole = mmap(NULL, whole + align, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (hole == MAP_FAILED)
		return hole;
	hole += align - 1;
	return hole - (uintptr_t)hole % align;
}

/* A table has the size of a page, and its entries are of 8 bytes. */
void *pages_reserve_tables(size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return pages_reserve(bytes, page / 8 * page);
}

/* MADV_COLD empties the batches, also where there is nothing to make cold. */
int pages_to_lru(void)
{
	size_t bytes = sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED || madvise(p, bytes, MADV_COLD) ? -errno : 0;
}
