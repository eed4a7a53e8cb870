// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm64: TLBI in all its forms, DSB, and the mark, HINT #119, which is not allocated:
 * a NOP, with a kind in X0 and a value in X1. Arm ARM is DDI0487 M.a.a.
 */

#include "../../harness/plugin/decoder.h"

static const char *const registers[] = {
	"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",	 "x7",	"x8",  "x9",
	"x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19",
	"x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29",
	"x30", NULL,
};

#define HINT_MARK 0xd5032effU

/* DSB, and DSB nXS, with all domains and types of access */
#define DSB_MASK 0xfffff0ffU
#define DSB 0xd503309fU
#define DSB_NXS_MASK 0xfffff3ffU
#define DSB_NXS 0xd503323fU

/* SYS, with CRn = 8, and with 9 for nXS (C5.5, TLB maintenance) */
#define SYS_MASK 0xfff8f000U
#define SYS_TLBI 0xd5088000U
#define SYS_TLBI_NXS 0xd5089000U

static unsigned int op1(uint32_t op) { return op >> 16 & 7; }
static unsigned int crm(uint32_t op) { return op >> 8 & 15; }
static unsigned int op2(uint32_t op) { return op >> 5 & 7; }

static bool decode(const uint8_t *code, size_t len, struct insn *insn)
{
	uint32_t op;

	if (len != 4)
		return false;
	op = code[0] | code[1] << 8 | code[2] << 16 | (uint32_t)code[3] << 24;
	if ((op & 0xffe00000U) != 0xd5000000U)
		return false;
	insn->op = op;
	if (op == HINT_MARK) {
		insn->kind = INSN_MARK;
		insn->nr = 2;
		insn->regs[0] = 0;
		insn->regs[1] = 1;
	} else if ((op & DSB_MASK) == DSB || (op & DSB_NXS_MASK) == DSB_NXS) {
		insn->kind = INSN_BARRIER;
	} else if ((op & SYS_MASK) == SYS_TLBI ||
		   (op & SYS_MASK) == SYS_TLBI_NXS) {
		insn->kind = INSN_FLUSH;
		/* XZR: those that take no operand */
		insn->nr = (op & 31) != 31;
		insn->regs[0] = op & 31;
	} else {
		return false;
	}
	return true;
}

/* Is CRm that of a broadcast, or of an operation on a range of addresses? */
static bool is_shareable(unsigned int m)
{
	return m == 1 || m == 2 || m == 3 || m == 5;
}

static bool is_range(unsigned int m)
{
	return m == 2 || m == 5 || m == 6;
}

/* TLBIs by VA: VA[55:12] in the low bits, its top byte as bit 55. */
static uint64_t extended(uint64_t va)
{
	return va & 1ULL << 55 ? va | 0xffULL << 56 : va & ~(0xffULL << 56);
}

/* The leaf's level, 1 to 3, 0 for any, of a TTL field (Arm ARM, TLBI VAE1, TTL). */
static uint32_t leaf_of(unsigned int level)
{
	return level ? 1 + (3 - level) : 0;
}

static void by_address(uint64_t operand, struct stlb_flush *f)
{
	unsigned int granule = operand >> 46 & 3, level = operand >> 44 & 3;

	f->start = extended((operand & ((1ULL << 44) - 1)) << 12);
	f->end = f->start + 4096;
	if (granule)
		f->level = leaf_of(level);
}

/* RVAE1 and its like: TG, SCALE, NUM, TTL, BaseADDR */
static bool by_range(uint64_t operand, struct stlb_flush *f)
{
	unsigned int granule = operand >> 46 & 3, scale = operand >> 44 & 3;
	unsigned int num = operand >> 39 & 31, level = operand >> 37 & 3;
	unsigned int shift = 10 + 2 * granule;
	uint64_t base = operand & ((1ULL << 37) - 1);

	if (!granule)
		return false;
	/* BaseADDR is a signed number of granules. */
	if (base & 1ULL << 36)
		base |= ~0ULL << 37;
	f->start = base << shift;
	f->end = f->start + ((num + 1ULL) << (5 * scale + 1) << shift);
	f->level = leaf_of(level);
	return true;
}

static bool flush(const struct insn *insn, const struct operands *ops,
		  struct stlb_flush *f)
{
	unsigned int m = crm(insn->op), what = op2(insn->op);
	uint64_t operand = insn->nr ? ops->regs[0] : 0;

	f->value = operand;
	f->space = operand >> 48;
	f->end = FLUSH_EVERYTHING;
	f->flags = STLB_FLUSH_LEAF | STLB_FLUSH_TABLES;
	if (is_shareable(m))
		f->flags |= STLB_FLUSH_BROADCAST;
	if (op1(insn->op) != 0) {
		/* EL2: ALLE1 and VMALLS12E1 take EL1's entries, nothing else does. */
		f->flags |= STLB_FLUSH_ANY_SPACE;
		return op1(insn->op) == 4 && (what == 4 || what == 6) &&
		       !is_range(m);
	}
	if (!is_range(m) && m != 1 && m != 3 && m != 7)
		return false;
	if (!is_range(m) && what == 0) {
		f->flags |= STLB_FLUSH_ANY_SPACE;
		return true;
	}
	if (!is_range(m) && what == 2)
		return true;
	/* 1 VAE1, 3 VAAE1, 5 VALE1, 7 VAALE1 */
	if (!(what & 1))
		return false;
	f->flags |= STLB_FLUSH_BY_RANGE;
	if (what & 2)
		f->flags |= STLB_FLUSH_ANY_SPACE;
	if (what & 4)
		f->flags &= ~STLB_FLUSH_TABLES;
	if (is_range(m))
		return by_range(operand, f);
	by_address(operand, f);
	return true;
}

/* QEMU's virt: memory begins at 1 GiB */
static uint64_t offset(uint64_t phys, uint64_t size)
{
	return phys - (1ULL << 30);
}

/*
 * The kernel keeps in TPIDR_EL1 where a CPU's own variables are: another place for each
 * CPU, numbered in the order in which they turn up. (QEMU does not tell MPIDR_EL1.)
 */
static unsigned int cpu(uint64_t tpidr)
{
	static uint64_t seen[64];
	static unsigned int nr;

	for (unsigned int i = 0; i < nr; i++)
		if (seen[i] == tpidr)
			return i;
	if (nr == 64)
		return 63;
	seen[nr] = tpidr;
	return nr++;
}

const struct decoder stlb_decoder_arm64 = {
	.target = "aarch64",
	.registers = registers,
	.identity = "TPIDR_EL1",
	.cpu = cpu,
	.decode = decode,
	.flush = flush,
	.offset = offset,
};
