/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cells share and need before they can boot: a kernel with its stlb.ko,
 * and a QEMU that is new enough. Each is made once per run.
 */
#ifndef _STLB_PREPARE_H
#define _STLB_PREPARE_H

#include "job.h"
#include "kernel.h"
#include "options.h"
#include "run.h"

enum kernel_state {
	KERNEL_NEW,
	KERNEL_FETCHING,
	KERNEL_FETCHED, /* wants a slot for the module's build */
	KERNEL_BUILDING,
	KERNEL_READY,
	KERNEL_FAILED,
};

struct kernel {
	const struct options *opt;
	const struct cell *cell; /* the first of those that want it */
	enum kernel_state state;
	struct job job;
	struct kernel_files files; /* from FETCHED on */
	char *module; /* READY: path of stlb.ko */
	char *compiler; /* READY: what built that, or NULL if it is not known */
	char *note; /* READY: what is to be known of that compiler, or NULL */
	char *error; /* FAILED: why, one line */
	bool misconfigured; /* FAILED: by what the user asked for */
};

void kernel_init(struct kernel *k, const struct options *opt,
		 const struct cell *cell);
/* Is it @cell's, too? */
bool kernel_is_of(const struct kernel *k, const struct cell *cell);
/* Is it yet to be built from source, or being built? */
bool kernel_is_uncompiled(const struct kernel *k);
/* Is it yet to be fetched as it is, or being fetched? */
bool kernel_is_downloaded(const struct kernel *k);
/* Is there something to start? */
bool kernel_wants_slot(const struct kernel *k);
/* Starts it; may fail, or be ready, at once. */
void kernel_advance(struct kernel *k);
void kernel_free(struct kernel *k);

enum emulator_state {
	EMULATOR_NEW,
	EMULATOR_ASKED,
	EMULATOR_READY,
	EMULATOR_FAILED,
};

struct emulator {
	const struct stlb_machine *machine;
	enum emulator_state state;
	struct job job;
	char *error; /* FAILED: why, one line */
};

void emulator_init(struct emulator *emu, const struct stlb_machine *machine);
/* Asks it for its version; without a check it is ready at once. */
void emulator_ask(struct emulator *emu);
void emulator_free(struct emulator *emu);

#endif /* _STLB_PREPARE_H */
