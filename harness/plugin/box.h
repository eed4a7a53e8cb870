/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flush box from QEMU's side: found in the guest's memory, and filled. Calls are
 * serialised by the caller, but for box_is_open() and box_overflow().
 */
#ifndef _STLB_BOX_H
#define _STLB_BOX_H

#include <stdatomic.h>

#include "decoder.h"

/* CPUs whose barriers are kept apart; those above have none. */
#define BOX_CPUS 64

struct box {
	_Atomic(struct stlb_flush_box *) open; /* NULL: none */
	char *memory; /* the guest's, as QEMU has it mapped */
	uint64_t bytes;
	atomic_bool overflown; /* an instruction could not be watched */
	/* Per CPU: the first event whose flush no barrier has completed yet */
	uint32_t unsynced[BOX_CPUS];
};

static inline bool box_is_open(struct box *box)
{
	return atomic_load_explicit(&box->open, memory_order_relaxed);
}

/* From now on every box loses something. */
void box_overflow(struct box *box);

/* A mark, executed by @cpu: of the kind @kind (enum stlb_mark); others are ignored. */
void box_mark(struct box *box, const struct decoder *decoder, unsigned int cpu,
	      uint64_t kind, uint64_t value);
void box_flush(struct box *box, const struct decoder *decoder,
	       unsigned int cpu, const struct insn *insn,
	       const struct operands *ops);
void box_barrier(struct box *box, const struct decoder *decoder,
		 unsigned int cpu);

#endif /* _STLB_BOX_H */
