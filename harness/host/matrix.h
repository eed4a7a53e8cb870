/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The matrix file (configs/ *.matrix): one ini section per cell, whose name is
 * the cell's.
 *
 *	[arm64-6.12]
 *	arch = arm64		required
 *	kernel = debian:6.12	required: see kernel_spec.h
 *	cpu = cortex-a57	QEMU's -cpu
 *	cpus = 2		1..64
 *	memory = 512		MiB, 128..65536
 *	config = kasan, 64k	of a kernel from source: see config.h
 *	defconfig = no		or yes: its tree's own defconfig, and those
 *
 * A ';' behind white space begins a comment.
 */
#ifndef _STLB_MATRIX_H
#define _STLB_MATRIX_H

#include "options.h"
#include "run.h"

/*
 * Fills run->cells from opt->matrix or opt->set, narrowed by --arch and --kernel: with
 * --kernel the cells are those architectures of the matrix times the kernels
 * named. Returns 0, or RUN_USAGE after one line on stderr (file, line, key).
 */
int matrix_load(struct run *run, const struct options *opt);
void matrix_free(struct run *run);

/* QEMU's -cpu: the cell's own, or its machine's default. */
const char *matrix_cell_cpu(const struct cell *cell);
/* What one cell holds. */
void matrix_cell_free(struct cell *cell);

#endif /* _STLB_MATRIX_H */
