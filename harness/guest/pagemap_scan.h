/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioctl(PAGEMAP_SCAN) write-protects pages that were written to
 * (Documentation/admin-guide/mm/pagemap.rst), for which uffd_register_async() comes first.
 */
#ifndef _STLB_PAGEMAP_SCAN_H
#define _STLB_PAGEMAP_SCAN_H

#include "transition.h"

/*
 * Triggers. The kernel has a loop of its own for each of the first three: nothing is
 * reported, the pages that were written to are, or they and what else they are.
 */
int pagemap_scan(struct scene *s);
int pagemap_scan_written(struct scene *s);
int pagemap_scan_present(struct scene *s);
/*
 * Goes on to the second page behind the units, for which the report has no room: the scan
 * ends there. The page in between was not written to.
 */
int pagemap_scan_full(struct scene *s);

#endif /* _STLB_PAGEMAP_SCAN_H */
