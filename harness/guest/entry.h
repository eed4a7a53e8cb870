/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one page-table entry lets its holder do, and what another takes away from it.
 */
#ifndef _STLB_ENTRY_H
#define _STLB_ENTRY_H

#include <stdbool.h>

#include <linux/stlb.h>

/* What a PTE lets its holder do, hardware dirty management aside. */
enum access {
	ACCESS_NONE, /* no present entry */
	ACCESS_DENIED, /* PROT_NONE: present to the kernel, not to hardware */
	ACCESS_RO,
	ACCESS_RW,
	ACCESS_GONE, /* the address space itself is gone */
};

enum access pte_access(const struct stlb_pte *pte);
bool pte_executable(const struct stlb_pte *pte);
const char *access_name(enum access a);
bool access_may_read(enum access a);

/* Could a copy of @old still be right where the entry is @now? */
bool pte_still(const struct stlb_pte *old, const struct stlb_pte *now);

/*
 * Could who has a copy of @held do what it may not by the entry @now: use it at all,
 * write, execute, or use another frame?
 */
bool pte_takes(const struct stlb_pte *held, const struct stlb_pte *now);

#endif /* _STLB_ENTRY_H */
