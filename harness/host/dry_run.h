/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_DRY_RUN_H
#define _STLB_DRY_RUN_H

#include "run.h"

/* Prints what the run would do, cell by cell: kernel, QEMU, tests. */
void dry_run(const struct run *run);

#endif /* _STLB_DRY_RUN_H */
