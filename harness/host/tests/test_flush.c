// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plugin without QEMU: what each instruction is taken for, and the box. Code is as
 * the GNU assembler makes it.
 */

#include "capture.h"

#include <sys/mman.h>

#include "../../plugin/box.h"

#define NR(a) (sizeof(a) / sizeof(*(a)))

#define ALL FLUSH_EVERYTHING
#define LEAF STLB_FLUSH_LEAF
#define TABLES STLB_FLUSH_TABLES
#define BOTH (LEAF | TABLES)
#define WIDE STLB_FLUSH_BROADCAST
#define ANY STLB_FLUSH_ANY_SPACE
#define RANGE STLB_FLUSH_BY_RANGE
#define SWITCH STLB_FLUSH_SWITCH
#define DONE STLB_FLUSH_SYNCED

struct wanted {
	const char *text; /* the instruction */
	const char *code; /* its bytes, as hexadecimal digits */
	enum insn_kind kind;
	uint64_t regs[INSN_REGS];
	uint64_t memory[2];
	bool nothing; /* an INSN_FLUSH that flushes nothing */
	struct stlb_flush flush;
};

static size_t bytes_of(const char *code, uint8_t bytes[16])
{
	size_t len = strlen(code) / 2;

	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(code + 2 * i, "%2x", &byte), 1);
		bytes[i] = byte;
	}
	return len;
}

static void check(const struct decoder *decoder, const struct wanted *w)
{
	struct stlb_flush f = { 0 };
	struct insn insn = { 0 };
	struct operands ops = { 0 };
	uint8_t code[16];
	size_t len = bytes_of(w->code, code);
	bool any = decoder->decode(code, len, &insn);

	if (any != (w->kind != INSN_OTHER) || (any && insn.kind != w->kind))
		fail_msg("%s is taken for kind %d", w->text,
			 any ? (int)insn.kind : INSN_OTHER);
	if (w->kind != INSN_FLUSH)
		return;
	memcpy(ops.regs, w->regs, sizeof(ops.regs));
	memcpy(ops.memory, w->memory, sizeof(ops.memory));
	if (decoder->flush(&insn, &ops, &f) != !w->nothing)
		fail_msg("%s: does it flush something?", w->text);
	if (w->nothing)
		return;
	if (f.start != w->flush.start || f.end != w->flush.end)
		fail_msg("%s: flushes %#llx to %#llx", w->text,
			 (unsigned long long)f.start,
			 (unsigned long long)f.end);
	if (f.flags != w->flush.flags)
		fail_msg("%s: flags %#x", w->text, f.flags);
	if (!(f.flags & ANY) && f.space != w->flush.space)
		fail_msg("%s: space %#llx", w->text,
			 (unsigned long long)f.space);
	if (f.level != w->flush.level || f.shift != w->flush.shift)
		fail_msg("%s: level %u, shift %u", w->text, f.level, f.shift);
}

static void arm64(void **state)
{
	/* ASID 0x12, VA 0x7f1234567000 */
	const uint64_t va = 0x12ULL << 48 | 0x7f1234567;
	/* TTL: 4 KiB granule, level 3, then 2 */
	const uint64_t page = va | 7ULL << 44, block = va | 6ULL << 44;
	/* TG 4 KiB, SCALE 0, NUM 3: 8 pages; TTL level 3 */
	const uint64_t range = 0x12ULL << 48 | 1ULL << 46 | 3ULL << 39 |
			       3ULL << 37 | 0x123456;
	const struct stlb_flush one = { .start = 0x7f1234567000,
					.end = 0x7f1234568000 };
	const struct wanted all[] = {
		{ "vae1is", "238308d5", INSN_FLUSH, { va }, .flush = {
			.start = one.start, .end = one.end, .space = 0x12,
			.flags = BOTH | WIDE | RANGE } },
		{ "vae1is nXS", "239308d5", INSN_FLUSH, { va }, .flush = {
			.start = one.start, .end = one.end, .space = 0x12,
			.flags = BOTH | WIDE | RANGE } },
		{ "vale1is, level 3", "a38308d5", INSN_FLUSH, { page }, .flush = {
			.start = one.start, .end = one.end, .space = 0x12,
			.flags = LEAF | WIDE | RANGE, .level = 1 } },
		{ "vale1is, level 2", "a38308d5", INSN_FLUSH, { block }, .flush = {
			.start = one.start, .end = one.end, .space = 0x12,
			.flags = LEAF | WIDE | RANGE, .level = 2 } },
		{ "vale1", "a38708d5", INSN_FLUSH, { va }, .flush = {
			.start = one.start, .end = one.end, .space = 0x12,
			.flags = LEAF | RANGE } },
		{ "vae1os", "238108d5", INSN_FLUSH, { va }, .flush = {
			.start = one.start, .end = one.end, .space = 0x12,
			.flags = BOTH | WIDE | RANGE } },
		{ "vaale1is", "e58308d5", INSN_FLUSH, { va }, .flush = {
			.start = one.start, .end = one.end,
			.flags = LEAF | WIDE | RANGE | ANY } },
		{ "vae1is of the kernel's", "238308d5", INSN_FLUSH,
		  { 0xff800012345 }, .flush = {
			.start = 0xffff800012345000,
			.end = 0xffff800012346000,
			.flags = BOTH | WIDE | RANGE } },
		{ "aside1is", "448308d5", INSN_FLUSH, { 0x12ULL << 48 }, .flush = {
			.end = ALL, .space = 0x12, .flags = BOTH | WIDE } },
		{ "vmalle1", "1f8708d5", INSN_FLUSH, .flush = {
			.end = ALL, .flags = BOTH | ANY } },
		{ "vmalle1is", "1f8308d5", INSN_FLUSH, .flush = {
			.end = ALL, .flags = BOTH | WIDE | ANY } },
		{ "rvae1is", "268208d5", INSN_FLUSH, { range }, .flush = {
			.start = 0x123456000, .end = 0x12345e000, .space = 0x12,
			.flags = BOTH | WIDE | RANGE, .level = 1 } },
		{ "rvale1", "a68608d5", INSN_FLUSH, { range }, .flush = {
			.start = 0x123456000, .end = 0x12345e000, .space = 0x12,
			.flags = LEAF | RANGE, .level = 1 } },
		{ "rvae1is, SCALE 1", "268208d5", INSN_FLUSH,
		  { 1ULL << 46 | 1ULL << 44 | 0x100 }, .flush = {
			.start = 0x100000, .end = 0x140000,
			.flags = BOTH | WIDE | RANGE } },
		{ "rvae1is without a granule", "268208d5", INSN_FLUSH, { 0x100 },
		  .nothing = true },
		{ "alle1is", "9f830cd5", INSN_FLUSH, .flush = {
			.end = ALL, .flags = BOTH | WIDE | ANY } },
		{ "vae2is", "23830cd5", INSN_FLUSH, { va }, .nothing = true },
		{ "dsb ish", "9f3b03d5", .kind = INSN_BARRIER },
		{ "dsb ishst", "9f3a03d5", .kind = INSN_BARRIER },
		{ "dsb sy", "9f3f03d5", .kind = INSN_BARRIER },
		{ "hint #119", "ff2e03d5", .kind = INSN_MARK },
		{ "hint #118", "df2e03d5", .kind = INSN_OTHER },
		{ "nop", "1f2003d5", .kind = INSN_OTHER },
		{ "dmb ish", "bf3b03d5", .kind = INSN_OTHER },
		{ "isb", "df3f03d5", .kind = INSN_OTHER },
		{ "msr ttbr0_el1", "012018d5", .kind = INSN_OTHER },
		{ "dc civac", "207e0bd5", .kind = INSN_OTHER },
		{ "half an instruction", "ff2e", .kind = INSN_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < NR(all); i++)
		check(&stlb_decoder_arm64, &all[i]);
}

static void powerpc(void **state)
{
	const uint64_t pid = 7ULL << 32;
	const uint64_t page = 0x7fff12340000 | 5 << 5; /* 64 KiB */
	const uint64_t huge = 0x7fff12200000 | 1 << 5; /* 2 MiB */
	const uint64_t whole = 1 << 10, second_set = 1 << 12;
	const struct wanted all[] = {
		{ "tlbie RIC=0", "641a837c", INSN_FLUSH, { page, pid }, .flush = {
			.start = 0x7fff12340000, .end = 0x7fff12350000,
			.space = 7, .flags = LEAF | WIDE | RANGE,
			.shift = 16 } },
		{ "tlbie RIC=2, 2 MiB", "641a8b7c", INSN_FLUSH, { huge, pid },
		  .flush = {
			.start = 0x7fff12200000, .end = 0x7fff12400000,
			.space = 7, .flags = BOTH | WIDE | RANGE,
			.shift = 21 } },
		{ "tlbie RIC=1, a PID", "641a877c", INSN_FLUSH, { whole, pid },
		  .flush = { .end = ALL, .space = 7, .flags = TABLES | WIDE } },
		{ "tlbiel RIC=0", "241a837c", INSN_FLUSH, { page, pid }, .flush = {
			.start = 0x7fff12340000, .end = 0x7fff12350000,
			.space = 7, .flags = LEAF | RANGE, .shift = 16 } },
		{ "tlbiel RIC=2, a PID", "241a8b7c", INSN_FLUSH, { whole, pid },
		  .flush = { .end = ALL, .space = 7, .flags = BOTH } },
		{ "the same, the second set", "241a837c", INSN_FLUSH,
		  { whole | second_set, pid }, .nothing = true },
		{ "tlbie RIC=2, a partition", "641a8b7c", INSN_FLUSH,
		  { 2 << 10, pid },
		  .flush = { .end = ALL, .flags = BOTH | WIDE | ANY } },
		{ "H_RPT_INVALIDATE", "22000044", INSN_FLUSH,
		  { 0x448, 7, 1, 3 },
		  .flush = { .end = ALL, .space = 7,
			     .flags = BOTH | WIDE | DONE } },
		{ "another hypercall", "22000044", INSN_FLUSH, { 0x58, 7, 1, 3 },
		  .nothing = true },
		{ "sc", "02000044", .kind = INSN_OTHER },
		{ "ptesync", "ac04407c", .kind = INSN_BARRIER },
		{ "tlbsync", "6c04007c", .kind = INSN_OTHER },
		{ "hwsync", "ac04007c", .kind = INSN_OTHER },
		{ "oris 23,23,0", "0000f766", .kind = INSN_MARK },
		{ "nop", "00000060", .kind = INSN_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < NR(all); i++)
		check(&stlb_decoder_powerpc, &all[i]);
}

static void x86(void **state)
{
	const uint64_t frame = 0x1234, cr3 = frame << 12, pcide = 1 << 17;
	const struct wanted all[] = {
		{ "invlpg (%rdi)", "0f013f", INSN_FLUSH,
		  { 0x7f0000001008, 0, cr3, 0 }, .flush = {
			.start = 0x7f0000001000, .end = 0x7f0000002000,
			.space = frame, .flags = BOTH | RANGE | DONE } },
		{ "invlpg (%r12)", "410f013c24", INSN_FLUSH,
		  { 0x1000, 0, cr3, 0 }, .flush = {
			.start = 0x1000, .end = 0x2000, .space = frame,
			.flags = BOTH | RANGE | DONE } },
		{ "invlpg 0x10(%rax,%rcx,8)", "0f017cc810", INSN_FLUSH,
		  { 0xff8, 0x200, cr3, 0 }, .flush = {
			.start = 0x2000, .end = 0x3000, .space = frame,
			.flags = BOTH | RANGE | DONE } },
		{ "invlpg 0x12345678(%r9)", "410f01b978563412", INSN_FLUSH,
		  { 0, 0, cr3, 0 }, .flush = {
			.start = 0x12345000, .end = 0x12346000, .space = frame,
			.flags = BOTH | RANGE | DONE } },
		{ "mov %rax,%cr3", "0f22d8", INSN_FLUSH,
		  { cr3, 0, 0x5000, 0 }, .flush = {
			.end = ALL, .space = frame,
			.flags = BOTH | ANY | SWITCH | DONE } },
		{ "the same again", "0f22d8", INSN_FLUSH, { cr3, 0, cr3, 0 },
		  .flush = { .end = ALL, .space = frame,
			     .flags = BOTH | ANY | DONE } },
		{ "mov %r12,%cr3 with PCIDs", "410f22dc", INSN_FLUSH,
		  { cr3 | 3, 0, 0x5000, pcide }, .flush = {
			.end = ALL, .space = frame,
			.flags = BOTH | SWITCH | DONE } },
		{ "the same, NOFLUSH", "410f22dc", INSN_FLUSH,
		  { cr3 | 3 | 1ULL << 63, 0, 0x5000, pcide }, .nothing = true },
		{ "mov %rcx,%cr4", "0f22e1", INSN_FLUSH, { 0x20, 0, cr3, 0xa0 },
		  .flush = { .end = ALL, .flags = BOTH | ANY | DONE } },
		{ "the same value", "0f22e1", INSN_FLUSH, { 0xa0, 0, cr3, 0xa0 },
		  .nothing = true },
		{ "mov %rcx,%cr0", "0f22c1", .kind = INSN_OTHER },
		{ "mov %rcx,%cr8", "440f22c1", .kind = INSN_OTHER },
		{ "mov %cr3,%rax", "0f20d8", .kind = INSN_OTHER },
		{ "invpcid, an address", "660f38820424", INSN_FLUSH,
		  { 0, 0, 0 }, { 5, 0x1000 }, .flush = {
			.start = 0x1000, .end = 0x2000, .space = 5,
			.flags = BOTH | RANGE | DONE } },
		{ "invpcid, all", "660f38820424", INSN_FLUSH, { 0, 0, 2 },
		  { 5, 0x1000 },
		  .flush = { .end = ALL, .flags = BOTH | ANY | DONE } },
		{ "invlpgb of three pages", "0f01fe", INSN_FLUSH,
		  { 0x1001, 2, 0 }, .flush = {
			.start = 0x1000, .end = 0x4000,
			.flags = BOTH | ANY | WIDE | RANGE } },
		{ "tlbsync", "0f01ff", .kind = INSN_BARRIER },
		{ "swapgs", "0f01f8", .kind = INSN_OTHER },
		{ "lgdt", "0f0110", .kind = INSN_OTHER },
		{ "the mark", "0f1f840053544c42", .kind = INSN_MARK },
		{ "another long nop", "0f1f840053544c43", .kind = INSN_OTHER },
		{ "a short one", "0f1f0400", .kind = INSN_OTHER },
		{ "half an instruction", "0f01", .kind = INSN_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < NR(all); i++)
		check(&stlb_decoder_x86, &all[i]);
}

/* ---- the box ------------------------------------------------------------ */

#define MEMORY (1 << 20)
/* Physical addresses of powerpc are where QEMU has them. */
#define BOX_AT 0x20000
#define ENTRY_AT 0x1008
#define STAMP_AT 0x2004

static const struct decoder *const decoder = &stlb_decoder_powerpc;
static char *memory;

static struct stlb_flush_box *box_of(unsigned int room)
{
	struct stlb_flush_box *b = (void *)(memory + BOX_AT);

	memset(memory, 0, MEMORY);
	b->magic = STLB_FLUSH_MAGIC;
	b->phys = BOX_AT;
	b->abi = STLB_FLUSH_ABI;
	b->room = room;
	b->stamp = STAMP_AT;
	b->space = 7;
	b->mask = ~0xfULL;
	b->nr_watched = 2;
	for (int i = 0; i < 2; i++)
		b->words[i][0] = (struct stlb_flush_word){
			.phys = ENTRY_AT + 8 * i,
			.value = 0,
		};
	return b;
}

static void tlbie(struct box *box, unsigned int cpu, uint64_t pid)
{
	const struct operands ops = { .regs = { 5 << 5, pid << 32 } };
	const uint8_t code[] = { 0x64, 0x1a, 0x83, 0x7c };
	struct insn insn = { 0 };

	assert_true(decoder->decode(code, sizeof(code), &insn));
	box_flush(box, decoder, cpu, &insn, &ops);
}

/* A mapping of its own, as QEMU's is: nothing else joins it. */
static int map_memory(void **state)
{
	char *around = mmap(NULL, 3 * MEMORY, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	memory = around + MEMORY;
	return around == MAP_FAILED ||
	       mprotect(memory, MEMORY, PROT_READ | PROT_WRITE);
}

/* In order, with the stamp and the entries as they are at the moment. */
static void fills(void **state)
{
	struct stlb_flush_box *b = box_of(16);
	struct box box = { 0 };

	(void)state;
	tlbie(&box, 0, 7);
	box_barrier(&box, decoder, 0);
	box_mark(&box, decoder, 0, STLB_MARK_EVENT, 1);
	assert_int_equal(b->nr, 0);
	box_mark(&box, decoder, 1, STLB_MARK_OPEN, BOX_AT);
	assert_int_equal(b->answered, STLB_FLUSH_ABI);
	box_mark(&box, decoder, 1, STLB_MARK_EVENT, 42);
	tlbie(&box, 0, 7);
	tlbie(&box, 0, 8); /* of no interest */
	*(uint64_t *)(memory + ENTRY_AT + 8) = 0x10;
	*(uint64_t *)(memory + ENTRY_AT) = 0xf; /* what hardware sets */
	tlbie(&box, 1, 7);
	box_barrier(&box, decoder, 0);
	*(uint32_t *)(memory + STAMP_AT) = 3;
	box_barrier(&box, decoder, 1);
	box_mark(&box, decoder, 0, STLB_MARK_VISIT, 43);
	box_mark(&box, decoder, 0, 0x1234, 44); /* no mark */
	assert_int_equal(b->nr, 4);
	assert_int_equal(b->lost, 0);
	assert_int_equal(b->events[0].kind, STLB_FLUSH_MARK);
	assert_int_equal(b->events[0].value, 42);
	assert_int_equal(b->events[0].cpu, 1);
	assert_int_equal(b->events[1].kind, STLB_FLUSH_TLB);
	assert_int_equal(b->events[1].cpu, 0);
	assert_int_equal(b->events[1].old, 3);
	assert_true(b->events[1].flags & DONE);
	assert_int_equal(b->events[1].synced, 0);
	assert_int_equal(b->events[2].old, 1);
	assert_int_equal(b->events[2].stamp, 0);
	assert_true(b->events[2].flags & DONE);
	assert_int_equal(b->events[2].synced, 3);
	assert_int_equal(b->events[3].kind, STLB_FLUSH_VISIT);
	assert_int_equal(b->events[3].stamp, 3);
	box_mark(&box, decoder, 0, STLB_MARK_CLOSE, 0);
	tlbie(&box, 0, 7);
	assert_int_equal(b->nr, 4);
}

/* What finds no room, or could not be watched, is counted. */
static void loses(void **state)
{
	struct stlb_flush_box *b = box_of(2);
	struct box box = { 0 };

	(void)state;
	box_mark(&box, decoder, 0, STLB_MARK_OPEN, BOX_AT);
	for (int i = 0; i < 5; i++)
		tlbie(&box, 0, 7);
	box_mark(&box, decoder, 0, STLB_MARK_EVENT, 42);
	assert_int_equal(b->nr, 2);
	assert_int_equal(b->lost, 4);
	box_mark(&box, decoder, 0, STLB_MARK_CLOSE, 0);
	box_overflow(&box);
	box_mark(&box, decoder, 0, STLB_MARK_OPEN, BOX_AT);
	assert_int_equal(b->lost, 1);
}

/* Nothing answers to what is no box. */
static void refuses(void **state)
{
	struct stlb_flush_box *b = box_of(2);
	struct box box = { 0 };

	(void)state;
	box_mark(&box, decoder, 0, STLB_MARK_OPEN, BOX_AT + 8);
	b->phys++;
	box_mark(&box, decoder, 0, STLB_MARK_OPEN, BOX_AT);
	b->phys--;
	b->abi++;
	box_mark(&box, decoder, 0, STLB_MARK_OPEN, BOX_AT);
	b->abi--;
	b->magic++;
	box_mark(&box, decoder, 0, STLB_MARK_OPEN, BOX_AT);
	assert_false(box_is_open(&box));
	assert_int_equal(b->answered, 0);
}

/* Where the boards have their memory */
static void offsets(void **state)
{
	const uint64_t gib = 1ULL << 30;

	(void)state;
	assert_int_equal(stlb_decoder_arm64.offset(gib + 4096, gib), 4096);
	assert_int_equal(stlb_decoder_powerpc.offset(4096, gib), 4096);
	assert_int_equal(stlb_decoder_x86.offset(4096, gib), 4096);
	assert_int_equal(stlb_decoder_x86.offset(4 * gib + 4096, 4 * gib),
			 2 * gib + 4096);
	assert_int_equal(stlb_decoder_arm64.cpu(0x80000000), 0);
	assert_int_equal(stlb_decoder_arm64.cpu(0x80003000), 1);
	assert_int_equal(stlb_decoder_arm64.cpu(0x80006000), 2);
	assert_int_equal(stlb_decoder_arm64.cpu(0x80003000), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arm64),   cmocka_unit_test(powerpc),
		cmocka_unit_test(x86),	   cmocka_unit_test(fills),
		cmocka_unit_test(loses),   cmocka_unit_test(refuses),
		cmocka_unit_test(offsets),
	};

	return cmocka_run_group_tests_name("flush", tests, map_memory, NULL);
}
