// SPDX-License-Identifier: GPL-2.0-only
/*
 * powerpc: real mode under the radix MMU. A hypercall that nobody has (PAPR's numbers are
 * multiples of 4 below this one) leaves the guest, with its arguments.
 */

#include <errno.h>
#include <sys/ioctl.h>

#include "../../harness/guest/l2.h"

#define CALL 0x7ff0

#define MSR_SF (1ULL << 63)
#define MSR_ME (1ULL << 12)
#define MSR_LE (1ULL << 0)

/* r4: address, then what was read; r5: is it a write?; r6: what to write */
asm(".pushsection .rodata\n"
    ".balign 4\n"
    "l2_code:\n"
    "0:	li	3, 0x7ff0\n"
    "	sc	1\n"
    "	cmpdi	5, 0\n"
    "	bne	1f\n"
    "	lwz	4, 0(4)\n"
    "	b	0b\n"
    "1:	stw	6, 0(4)\n"
    "	b	0b\n"
    "l2_code_end:\n"
    ".popsection");
extern const char l2_code[], l2_code_end[];

static int restart(int vcpu, struct kvm_run *run)
{
	struct kvm_regs regs = { .pc = 0, .msr = MSR_SF | MSR_ME | MSR_LE };

	return ioctl(vcpu, KVM_SET_REGS, &regs) ? -errno : 0;
}

static int setup(int vm, int vcpu, struct kvm_run *run)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };

	if (ioctl(vcpu, KVM_ENABLE_CAP, &papr))
		return -errno;
	return restart(vcpu, run);
}

static bool has_left(const struct kvm_run *run, __u32 *value)
{
	if (run->exit_reason != KVM_EXIT_PAPR_HCALL ||
	    run->papr_hcall.nr != CALL)
		return false;
	*value = run->papr_hcall.args[0];
	return true;
}

static void command(struct kvm_run *run, const struct l2_command *c)
{
	run->papr_hcall.ret = 0;
	run->papr_hcall.args[0] = c->gpa;
	run->papr_hcall.args[1] = c->write;
	run->papr_hcall.args[2] = c->value;
}

static const char *const modules[] = { "kvm", "kvm-hv", NULL };
static const char *const exits[] = { "sum_exits", "dec_exits", "ext_intr_exits",
				     NULL };

const struct l2_ops l2_ops = {
	.modules = modules,
	.code = l2_code,
	.code_bytes = 32,
	.setup = setup,
	.restart = restart,
	.has_left = has_left,
	.command = command,
	.exits = exits,
};
