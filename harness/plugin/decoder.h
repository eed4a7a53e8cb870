/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the plugin must know of an architecture: which instructions change TLBs, and
 * what each does by its operands. arch/ARCH/flush.c has one; nothing in there knows of
 * QEMU, and `make check CHECK=unit_flush` runs all three on the host.
 */
#ifndef _STLB_DECODER_H
#define _STLB_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stlb/flush.h>

enum insn_kind {
	INSN_OTHER, /* of no interest */
	INSN_FLUSH,
	INSN_BARRIER, /* completes this CPU's flushes in front of it */
	INSN_MARK,
};

/* Registers that an instruction is looked at with. */
#define INSN_REGS 4

struct insn {
	enum insn_kind kind;
	uint32_t op; /* the decoder's own */
	int32_t displacement; /* the decoder's own */
	uint8_t nr; /* of regs that count */
	uint8_t regs[INSN_REGS]; /* which, of decoder.registers */
};

/* Of an instruction about to be executed. */
struct operands {
	uint64_t regs[INSN_REGS]; /* the values of insn.regs */
	uint64_t memory[2]; /* what decoder.memory() asked for */
};

struct decoder {
	const char *target; /* QEMU's name for it */
	const char *const *registers; /* QEMU's names; NULL-terminated */
	/*
	 * Where QEMU runs all CPUs in one thread (icount), it gives a callback the number
	 * of the CPU that translated the code, and not of the one that executes it. So,
	 * if any: the register that tells, and the CPU's number by it, below 64, which is
	 * the same each time. Calls are serialised.
	 */
	const char *identity;
	unsigned int (*cpu)(uint64_t identity);
	/*
	 * @code: an instruction's @len bytes as they are in memory. False: one of no
	 * interest. Called for each that is translated.
	 */
	bool (*decode)(const uint8_t *code, size_t len, struct insn *insn);
	/*
	 * Optional: has it an operand of 16 bytes in memory? Its address then in
	 * *@address.
	 */
	bool (*memory)(const struct insn *insn, const struct operands *ops,
		       uint64_t *address);
	/*
	 * What an INSN_FLUSH does: fills all of @f that the operands say, which is
	 * zeroed. False: it does nothing to a TLB after all.
	 */
	bool (*flush)(const struct insn *insn, const struct operands *ops,
		      struct stlb_flush *f);
	/* Where in QEMU's block of @size bytes of memory a physical address lies. */
	uint64_t (*offset)(uint64_t phys, uint64_t size);
};

extern const struct decoder stlb_decoder_arm64;
extern const struct decoder stlb_decoder_x86;
extern const struct decoder stlb_decoder_powerpc;

#define FLUSH_EVERYTHING (~0ULL)

#endif /* _STLB_DECODER_H */
