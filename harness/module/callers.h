/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whence the secondary-TLB op is called: by whom it was (STLB_IOC_TRACE), and
 * where in the kernel's text it can be (STLB_IOC_CALLS).
 */
#ifndef _STLB_CALLERS_H
#define _STLB_CALLERS_H

#include <linux/stlb.h>

struct stlb_callers;

/* May sleep. ERR_PTR: -EOPNOTSUPP the kernel saves no stack traces; -ENOMEM. */
struct stlb_callers *stlb_callers_create(void);
/* No caller of stlb_callers_note() may be left. NULL is none. */
void stlb_callers_destroy(struct stlb_callers *callers);
/* From a callback: remembers the chain that led here. Any context but NMI. */
void stlb_callers_note(struct stlb_callers *callers);
/* May sleep. */
int stlb_callers_copy(struct stlb_callers *callers, struct stlb_chains *req);

/* May sleep. */
int stlb_calls_find(struct stlb_calls *req);

#endif /* _STLB_CALLERS_H */
