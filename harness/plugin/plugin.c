// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCG plugin of QEMU: puts each instruction that changes TLBs, with its operands,
 * into the guest's flush box (stlb/flush.h). Only these are instrumented, when they are
 * translated; the rest of the guest runs as ever.
 *
 * qemu-plugin.h is QEMU's own, of the generation that this is built for.
 */

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qemu-plugin.h>

#include "box.h"
#include "decoder.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* More than there are different ones in a kernel: registers make them differ. */
#define INSNS_MAX 4096
#define REGISTERS_MAX 64
/* Longest instruction that any decoder wants to see */
#define CODE_MAX 16

static const struct decoder *const decoders[] = {
	&stlb_decoder_arm64,
	&stlb_decoder_x86,
	&stlb_decoder_powerpc,
};

static const struct decoder *decoder;
static struct box box;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under lock; what is in there stays, for translated code refers to it. */
static struct insn insns[INSNS_MAX];
static size_t nr_insns;

/* Handles of decoder->registers, and of decoder->identity, the same on all CPUs. */
static struct qemu_plugin_register *handles[REGISTERS_MAX], *identity;

static uint64_t read_register(struct qemu_plugin_register *handle)
{
	GByteArray *bytes;
	uint64_t value = 0;

	if (!handle)
		return 0;
	bytes = g_byte_array_new();
	if (qemu_plugin_read_register(handle, bytes) > 0)
		memcpy(&value, bytes->data,
		       bytes->len < sizeof(value) ? bytes->len : sizeof(value));
	g_byte_array_free(bytes, TRUE);
	return value;
}

static void read_operands(const struct insn *insn, struct operands *ops)
{
	GByteArray *bytes;
	uint64_t address;

	memset(ops, 0, sizeof(*ops));
	for (unsigned int i = 0; i < insn->nr; i++)
		if (insn->regs[i] < REGISTERS_MAX)
			ops->regs[i] = read_register(handles[insn->regs[i]]);
	if (!decoder->memory || !decoder->memory(insn, ops, &address))
		return;
	bytes = g_byte_array_new();
	if (qemu_plugin_read_memory_vaddr(address, bytes, sizeof(ops->memory)))
		memcpy(ops->memory, bytes->data, sizeof(ops->memory));
	g_byte_array_free(bytes, TRUE);
}

/* Right before @insn is executed by CPU @cpu. */
static void executing(unsigned int cpu, void *data)
{
	const struct insn *insn = data;
	struct operands ops;
	uint64_t who;

	/* Who cannot tell CPUs apart answers nobody. */
	if (decoder->identity && !identity)
		return;
	/* Who opens the box is the one who executes the mark, so this is in time. */
	if (insn->kind != INSN_MARK && !box_is_open(&box))
		return;
	read_operands(insn, &ops);
	who = read_register(identity);
	pthread_mutex_lock(&lock);
	if (decoder->identity)
		cpu = decoder->cpu(who);
	switch (insn->kind) {
	case INSN_MARK:
		box_mark(&box, decoder, cpu, ops.regs[0], ops.regs[1]);
		break;
	case INSN_FLUSH:
		box_flush(&box, decoder, cpu, insn, &ops);
		break;
	case INSN_BARRIER:
		box_barrier(&box, decoder, cpu);
		break;
	default:
		break;
	}
	pthread_mutex_unlock(&lock);
}

/* The one that is kept of those that are the same; NULL: there are too many. */
static struct insn *keep(const struct insn *insn)
{
	struct insn *kept = NULL;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < nr_insns && !kept; i++)
		if (!memcmp(&insns[i], insn, sizeof(*insn)))
			kept = &insns[i];
	if (!kept && nr_insns < INSNS_MAX) {
		kept = &insns[nr_insns++];
		memcpy(kept, insn, sizeof(*kept));
	}
	pthread_mutex_unlock(&lock);
	return kept;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *at = qemu_plugin_tb_get_insn(tb, i);
		uint8_t code[CODE_MAX];
		size_t len = qemu_plugin_insn_data(at, code, sizeof(code));
		struct insn insn, *kept;

		memset(&insn, 0, sizeof(insn));
		if (!decoder->decode(code, len, &insn))
			continue;
		kept = keep(&insn);
		if (kept)
			qemu_plugin_register_vcpu_insn_exec_cb(
				at, executing, QEMU_PLUGIN_CB_R_REGS, kept);
		else
			box_overflow(&box);
	}
}

static struct qemu_plugin_register *find_register(GArray *all, const char *name)
{
	for (size_t i = 0; i < all->len; i++) {
		qemu_plugin_reg_descriptor *d =
			&g_array_index(all, qemu_plugin_reg_descriptor, i);

		if (!strcmp(d->name, name))
			return d->handle;
	}
	return NULL;
}

/* The CPU's registers have the same handles each time. */
static void cpu_begins(qemu_plugin_id_t id, unsigned int cpu)
{
	GArray *all = qemu_plugin_get_registers();

	for (size_t r = 0; decoder->registers[r] && r < REGISTERS_MAX; r++)
		if (!handles[r])
			handles[r] = find_register(all, decoder->registers[r]);
	if (decoder->identity && !identity)
		identity = find_register(all, decoder->identity);
	g_array_free(all, TRUE);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const qemu_info_t *info, int argc,
					   char **argv)
{
	for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
		if (!strcmp(info->target_name, decoders[i]->target))
			decoder = decoders[i];
	if (!decoder) {
		fprintf(stderr,
			"stlb: the plugin knows no TLB instructions of %s\n",
			info->target_name);
		return -1;
	}
	qemu_plugin_register_vcpu_init_cb(id, cpu_begins);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
