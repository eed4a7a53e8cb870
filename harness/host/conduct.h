/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cell on its way from its kernel to DONE: boots it, again after each death,
 * until every test has its verdict.
 */
#ifndef _STLB_CONDUCT_H
#define _STLB_CONDUCT_H

#include "boot.h"
#include "known_bugs.h"
#include "options.h"
#include "prepare.h"
#include "run.h"

/* What all cells of a run are given. */
struct conduct_context {
	struct run *run;
	const struct known_bugs *bugs;
	const struct reporter *const *reporters; /* NULL-terminated */
};

struct conduct {
	const struct conduct_context *ctx;
	struct cell *cell;
	struct kernel *kernel;
	struct emulator *emulator;
	struct boot boot;
	bool *begun; /* of each result: its test was */
	/* The boot's tests. */
	bool dma; /* all of them want, or none */
	const struct test **plan;
	size_t *index; /* of their results */
	size_t nr;
	uint64_t start_ns;
};

void conduct_init(struct conduct *c, const struct conduct_context *ctx,
		  struct cell *cell, struct kernel *kernel,
		  struct emulator *emulator);
void conduct_free(struct conduct *c);

/* Tells the reporters, if it is another than before. */
void conduct_stage(struct conduct *c, enum cell_stage stage);

/* Starts the first boot. */
void conduct_boot(struct conduct *c);

/* The boot's QEMU was reaped: boots again, or ends the cell. */
void conduct_boot_ended(struct conduct *c, int status);

/*
 * Ends the cell; @reason is that of every test without a verdict, and, if
 * @whole, the cell's.
 */
void conduct_end(struct conduct *c, const char *reason, bool whole);

#endif /* _STLB_CONDUCT_H */
