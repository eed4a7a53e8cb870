/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kind of change that invalidate_range_start announces (mmu_notifier_range.event),
 * and by which drivers decide what to do: one that hears RELEASE, or MIGRATE with its
 * own owner, keeps the page (amdkfd's svm_range_cpu_invalidate_pagetables(),
 * hmm-tests' dmirror_interval_invalidate()); one that hears UNMAP gives the range up
 * for good (drm_gpusvm_range_set_unmapped()).
 */
#ifndef _STLB_KINDS_H
#define _STLB_KINDS_H

#include <stlb/tests.h>

#include "evidence.h"

/* "unmap", ...; for the trace and messages */
const char *kind_name(enum stlb_range_kind kind);

/* What may be announced at a transition. */
struct kinds {
	const char *
		transitions; /* patterns as of fnmatch(3), separated by blanks */
	unsigned int kinds; /* 1U << enum stlb_range_kind */
	const char *
		cite; /* where a kernel announces it, and of what kind that is */
};

/* The row of the transition of that name ("cow.copy"); NULL: there is none. */
const struct kinds *kinds_of(const char *transition);

/*
 * The first announcement of watched pages between the marks whose kind is not one of
 * @kinds, or NULL. A kernel thread's counts if a watched page changed under it.
 */
const struct stlb_event *kinds_wrong(const struct evidence *e,
				     unsigned int kinds);

#endif /* _STLB_KINDS_H */
