/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages whose entry is writable and clean: on arm64 it denies a write until the
 * dirty state is set, by the kernel or by a CPU with FEAT_HAFDBS.
 */
#ifndef _STLB_CLEAN_H
#define _STLB_CLEAN_H

#include "transition.h"

/* A .lacks: this architecture has no such entry. */
const char *clean_lacks(const struct stlb_pte *pte);
/* What is missing where the write took no fault. */
#define CLEAN_MISSING                                                          \
	"needs a CPU that leaves the dirty state to the kernel: arm64 without FEAT_HAFDBS"
/* Of this process so far: a CPU with FEAT_HAFDBS takes none. */
long minor_faults(void);
/* A trigger: writes; scene_missing() if the CPU set the dirty state itself. */
int clean_write(struct scene *s);

#endif /* _STLB_CLEAN_H */
