/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_PAGES_H
#define _STLB_PAGES_H

#include <stddef.h>

/*
 * Maps private anonymous memory in which no page is larger than a base page: at
 * @at in place of what is there, or, for NULL, anywhere. MAP_FAILED and errno if
 * it cannot.
 */
void *pages_map(void *at, size_t bytes);
/*
 * Reserves addresses, aligned to @align, a power of two, as far as that reaches: nothing
 * can be accessed there before something is mapped over it. MAP_FAILED and errno if it
 * cannot.
 */
void *pages_reserve(size_t bytes, size_t align);
/*
 * The same, of page tables that are nobody else's: a kernel may flush, announce and tell all
 * that a table maps where one of its entries changes.
 */
void *pages_reserve_tables(size_t bytes);
/*
 * Brings the new pages that wait in a batch of this CPU's to their LRU lists.
 * Returns 0 or -errno.
 */
int pages_to_lru(void);

#endif /* _STLB_PAGES_H */
