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
 * Reserves addresses whose page tables are nobody else's, aligned to what one table maps:
 * a kernel may flush, announce and tell all of that where one of its entries changes.
 * Nothing is mapped there; pages_map() does it. MAP_FAILED and errno if it cannot.
 */
void *pages_reserve(size_t bytes);
/*
 * Brings the new pages that wait in a batch of this CPU's to their LRU lists.
 * Returns 0 or -errno.
 */
int pages_to_lru(void);

#endif /* _STLB_PAGES_H */
