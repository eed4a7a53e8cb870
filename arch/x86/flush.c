// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86: INVLPG, INVPCID, loads of CR3 and CR4, INVLPGB and TLBSYNC; and the mark, a long
 * NOP with the displacement "STLB", a kind in RDI and a value in RSI. SDM is Intel's vol.
 * 3A, 4.10.4; APM is AMD's vol. 3.
 */

#include "../../harness/plugin/decoder.h"

enum {
	RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI,
	R8, R9, R10, R11, R12, R13, R14, R15,
	CR3, CR4,
};

/* In the order of an instruction's own numbers */
static const char *const registers[] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8",
	"r9",  "r10", "r11", "r12", "r13", "r14", "r15", "cr3", "cr4",
	NULL,
};

enum op { OP_INVLPG, OP_INVPCID, OP_CR3, OP_CR4, OP_INVLPGB };

#define CR3_NOFLUSH (1ULL << 63)
#define CR3_FRAME 0x000ffffffffff000ULL
#define CR3_PCID 0xfffULL
#define CR4_PCIDE (1ULL << 17)

#define NONE 0xff

/*
 * The memory operand of a ModRM byte in 64-bit code: base and index in insn->regs[0]
 * and [1], scale behind op. RIP-relative is nothing that the kernel does here.
 */
static bool take_memory(const uint8_t *modrm, size_t len, unsigned int rex,
			struct insn *insn)
{
	unsigned int mod = modrm[0] >> 6, rm = modrm[0] & 7, scale = 0;
	size_t at = 1;

	if (mod == 3)
		return false;
	insn->regs[0] = rm | (rex & 1) << 3;
	insn->regs[1] = NONE;
	if (rm == 4) {
		if (len < 2)
			return false;
		scale = modrm[1] >> 6;
		insn->regs[0] = (modrm[1] & 7) | (rex & 1) << 3;
		if ((modrm[1] >> 3 & 7) != 4 || rex & 2)
			insn->regs[1] = (modrm[1] >> 3 & 7) | (rex & 2) << 2;
		if ((modrm[1] & 7) == 5 && !mod)
			return false;
		at = 2;
	} else if (rm == 5 && !mod) {
		return false;
	}
	insn->op |= scale << 8;
	if (mod == 1 && len > at)
		insn->displacement = (int8_t)modrm[at];
	if (mod == 2 && len >= at + 4)
		insn->displacement = (int32_t)(modrm[at] | modrm[at + 1] << 8 |
					       modrm[at + 2] << 16 |
					       (uint32_t)modrm[at + 3] << 24);
	return true;
}

static bool decode_two(const uint8_t *code, size_t len, unsigned int rex,
		       struct insn *insn)
{
	unsigned int reg = code[1] >> 3 & 7, rm = code[1] & 7;

	insn->kind = INSN_FLUSH;
	insn->nr = 4;
	insn->regs[2] = CR3;
	insn->regs[3] = CR4;
	if (code[0] == 0x01 && code[1] == 0xfe) {
		insn->op = OP_INVLPGB;
		insn->regs[0] = RAX;
		insn->regs[1] = RCX;
		insn->regs[2] = RDX;
		return true;
	}
	if (code[0] == 0x01 && code[1] == 0xff) {
		insn->kind = INSN_BARRIER;
		insn->nr = 0;
		return true;
	}
	if (code[0] == 0x01 && reg == 7 && code[1] >> 6 != 3) {
		insn->op = OP_INVLPG;
		return take_memory(code + 1, len - 1, rex, insn);
	}
	if (code[0] == 0x22 && (reg == 3 || reg == 4) && !(rex & 4)) {
		insn->op = reg == 3 ? OP_CR3 : OP_CR4;
		insn->regs[0] = rm | (rex & 1) << 3;
		insn->regs[1] = NONE;
		return true;
	}
	return false;
}

static bool decode(const uint8_t *code, size_t len, struct insn *insn)
{
	static const uint8_t mark[] = { 0x0f, 0x1f, 0x84, 0x00,
					'S',  'T',  'L',  'B' };
	unsigned int rex = 0, operand_size = 0;

	if (len == sizeof(mark) && code[0] == mark[0] && code[1] == mark[1]) {
		for (size_t i = 2; i < sizeof(mark); i++)
			if (code[i] != mark[i])
				return false;
		insn->kind = INSN_MARK;
		insn->nr = 2;
		insn->regs[0] = RDI;
		insn->regs[1] = RSI;
		return true;
	}
	if (len && code[0] == 0x66) {
		operand_size = 1;
		code++;
		len--;
	}
	if (len && (code[0] & 0xf0) == 0x40) {
		rex = code[0];
		code++;
		len--;
	}
	if (len < 3 || code[0] != 0x0f)
		return false;
	if (operand_size && len >= 4 && code[1] == 0x38 && code[2] == 0x82) {
		insn->kind = INSN_FLUSH;
		insn->op = OP_INVPCID;
		insn->nr = 3;
		insn->regs[2] = (code[3] >> 3 & 7) | (rex & 4) << 1;
		return take_memory(code + 3, len - 3, rex, insn);
	}
	return !operand_size && decode_two(code + 1, len - 1, rex, insn);
}

static uint64_t address_of(const struct insn *insn, const struct operands *ops)
{
	uint64_t index = insn->regs[1] == NONE ? 0 : ops->regs[1];

	return ops->regs[0] + (index << (insn->op >> 8 & 3)) +
	       insn->displacement;
}

static bool memory(const struct insn *insn, const struct operands *ops,
		   uint64_t *address)
{
	if ((insn->op & 0xff) != OP_INVPCID)
		return false;
	*address = address_of(insn, ops);
	return true;
}

static void one_page(uint64_t address, struct stlb_flush *f)
{
	f->start = address & ~0xfffULL;
	f->end = f->start + 4096;
	f->flags |= STLB_FLUSH_BY_RANGE;
}

/*
 * A load of CR3 flushes one PCID, all there is where PCIDs are off. Of the table that is
 * in use already, it is the kernel's way to flush, and of another a switch.
 */
static bool load_cr3(const struct operands *ops, struct stlb_flush *f)
{
	f->space = (ops->regs[0] & CR3_FRAME) >> 12;
	if (f->space != (ops->regs[2] & CR3_FRAME) >> 12)
		f->flags |= STLB_FLUSH_SWITCH;
	if (!(ops->regs[3] & CR4_PCIDE)) {
		f->flags |= STLB_FLUSH_ANY_SPACE;
		return true;
	}
	return !(ops->regs[0] & CR3_NOFLUSH);
}

/* APM, INVLPGB: RAX says by what, ECX how many more pages, EDX whose */
static bool invlpgb(const struct operands *ops, struct stlb_flush *f)
{
	uint64_t rax = ops->regs[0], pages = 1 + (ops->regs[1] & 0xffff);
	unsigned int shift = ops->regs[1] & 1ULL << 31 ? 21 : 12;

	f->flags |= STLB_FLUSH_BROADCAST;
	/* ASIDs of its own, which no frame of a table tells: any space's */
	f->flags |= STLB_FLUSH_ANY_SPACE;
	if (rax & 1) {
		one_page(rax, f);
		f->end = f->start + (pages << shift);
	}
	return true;
}

/* By their number: one address, one space, all, all but global ones (SDM, INVPCID) */
static bool invpcid(const struct operands *ops, struct stlb_flush *f)
{
	f->space = ops->memory[0] & CR3_PCID;
	if (ops->regs[2] == 0)
		one_page(ops->memory[1], f);
	if (ops->regs[2] >= 2)
		f->flags |= STLB_FLUSH_ANY_SPACE;
	return ops->regs[2] <= 3;
}

static bool flush(const struct insn *insn, const struct operands *ops,
		  struct stlb_flush *f)
{
	f->value = ops->regs[0];
	f->end = FLUSH_EVERYTHING;
	f->flags = STLB_FLUSH_LEAF | STLB_FLUSH_TABLES | STLB_FLUSH_SYNCED;
	switch (insn->op & 0xff) {
	case OP_INVLPG:
		f->value = address_of(insn, ops);
		f->space = (ops->regs[2] & CR3_FRAME) >> 12;
		one_page(f->value, f);
		return true;
	case OP_CR3:
		return load_cr3(ops, f);
	case OP_CR4:
		f->flags |= STLB_FLUSH_ANY_SPACE;
		return ops->regs[0] != ops->regs[3];
	case OP_INVLPGB:
		f->flags &= ~STLB_FLUSH_SYNCED;
		return invlpgb(ops, f);
	default:
		return invpcid(ops, f);
	}
}

/* QEMU's q35: with 2.75 GiB or more, what is above 2 GiB lies at 4 GiB */
static uint64_t offset(uint64_t phys, uint64_t size)
{
	if (phys < 4ULL << 30)
		return phys;
	return phys - (4ULL << 30) + (2ULL << 30);
}

const struct decoder stlb_decoder_x86 = {
	.target = "x86_64",
	.registers = registers,
	.decode = decode,
	.memory = memory,
	.flush = flush,
	.offset = offset,
};
