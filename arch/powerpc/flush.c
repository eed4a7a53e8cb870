// SPDX-License-Identifier: GPL-2.0-only
/*
 * powerpc, radix: tlbie, tlbiel, ptesync, tlbsync, the hypercall H_RPT_INVALIDATE, and
 * the mark, `oris 23,23,0`, which changes no register: a kind in r3, a value in r4.
 * Power ISA is 3.1B, Book III.
 */

#include "../../harness/plugin/decoder.h"

static const char *const registers[] = {
	"r0",  "r1",  "r2",  "r3",  "r4",  "r5",  "r6",	 "r7",	"r8",  "r9",
	"r10", "r11", "r12", "r13", "r14", "r15", "r16", "r17", "r18", "r19",
	"r20", "r21", "r22", "r23", "r24", "r25", "r26", "r27", "r28", "r29",
	"r30", "r31", NULL,
};

#define MARK 0x66f70000U
#define PTESYNC 0x7c4004acU
#define SC_1 0x44000022U

/* Primary opcode 31, with these extended ones */
#define X31_MASK 0xfc0007feU
#define TLBIE 0x7c000264U
#define TLBIEL 0x7c000224U

enum { RIC_TLB, RIC_PWC, RIC_ALL };

/* PAPR, H_RPT_INVALIDATE; arch/powerpc/include/asm/hvcall.h has its names */
#define H_RPT_INVALIDATE 0x448
#define TYPE_TLB 0x1
#define TYPE_PWC 0x2
#define TARGET_CMMU 0x1
#define TARGET_CMMU_LOCAL 0x2

static bool decode(const uint8_t *code, size_t len, struct insn *insn)
{
	uint32_t op;

	if (len != 4)
		return false;
	/* The kernels that are tested are little-endian. */
	op = code[0] | code[1] << 8 | code[2] << 16 | (uint32_t)code[3] << 24;
	insn->op = op;
	if (op == MARK) {
		insn->kind = INSN_MARK;
		insn->nr = 2;
		insn->regs[0] = 3;
		insn->regs[1] = 4;
	} else if (op == PTESYNC) {
		insn->kind = INSN_BARRIER;
	} else if ((op & X31_MASK) == TLBIE || (op & X31_MASK) == TLBIEL) {
		insn->kind = INSN_FLUSH;
		insn->nr = 2;
		insn->regs[0] = op >> 11 & 31; /* RB */
		insn->regs[1] = op >> 21 & 31; /* RS */
	} else if (op == SC_1) {
		insn->kind = INSN_FLUSH;
		insn->nr = 4;
		insn->regs[0] = 3;
		insn->regs[1] = 4;
		insn->regs[2] = 5;
		insn->regs[3] = 6;
	} else {
		return false;
	}
	return true;
}

static uint32_t what_of(unsigned int ric)
{
	switch (ric) {
	case RIC_TLB:
		return STLB_FLUSH_LEAF;
	case RIC_PWC:
		return STLB_FLUSH_TABLES;
	default:
		return STLB_FLUSH_LEAF | STLB_FLUSH_TABLES;
	}
}

/* AP, the actual page size (Power ISA, radix, tlbie) */
static uint32_t shift_of(unsigned int ap)
{
	switch (ap) {
	case 0:
		return 12;
	case 5:
		return 16;
	case 1:
		return 21;
	case 2:
		return 30;
	default:
		return 0;
	}
}

static bool call(const struct operands *ops, struct stlb_flush *f)
{
	uint64_t target = ops->regs[2], type = ops->regs[3];

	if (ops->regs[0] != H_RPT_INVALIDATE || !(type & (TYPE_TLB | TYPE_PWC)))
		return false;
	f->value = type;
	f->space = ops->regs[1];
	f->end = FLUSH_EVERYTHING;
	f->flags = type & TYPE_TLB ? STLB_FLUSH_LEAF : 0;
	f->flags |= type & TYPE_PWC ? STLB_FLUSH_TABLES : 0;
	/* The hypervisor returns when it is done. */
	f->flags |= STLB_FLUSH_SYNCED;
	if (target & TARGET_CMMU)
		f->flags |= STLB_FLUSH_BROADCAST;
	return target & (TARGET_CMMU | TARGET_CMMU_LOCAL);
}

static bool flush(const struct insn *insn, const struct operands *ops,
		  struct stlb_flush *f)
{
	unsigned int ric = insn->op >> 18 & 3, prs = insn->op >> 17 & 1;
	unsigned int radix = insn->op >> 16 & 1;
	uint64_t rb = ops->regs[0], rs = ops->regs[1];
	unsigned int is = rb >> 10 & 3, set = rb >> 12 & 0xfff;
	bool local = (insn->op & X31_MASK) == TLBIEL;

	if (insn->op == SC_1)
		return call(ops, f);
	f->value = rb;
	f->space = rs >> 32;
	f->end = FLUSH_EVERYTHING;
	f->flags = what_of(ric) | (local ? 0 : STLB_FLUSH_BROADCAST);
	switch (is) {
	case 0:
		if (!radix || !prs)
			return false;
		f->shift = shift_of(rb >> 5 & 7);
		f->start = rb & ~0xfffULL;
		f->end = f->start + (1ULL << (f->shift ? f->shift : 12));
		f->flags |= STLB_FLUSH_BY_RANGE;
		return true;
	case 1:
		/* POWER9 takes one of its sets after the other; they are one flush. */
		return prs && !(local && set);
	default:
		f->flags |= STLB_FLUSH_ANY_SPACE;
		return !(local && set);
	}
}

static uint64_t offset(uint64_t phys, uint64_t size)
{
	return phys;
}

const struct decoder stlb_decoder_powerpc = {
	.target = "ppc64",
	.registers = registers,
	.decode = decode,
	.flush = flush,
	.offset = offset,
};
