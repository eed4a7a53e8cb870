// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm64: EL1 with its MMU off. A load from where nothing is leaves the guest (MMIO): the
 * value is in its address, and the command is what is loaded.
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../harness/guest/l2.h"

/* Within 40 bits, the addresses of a VM of type 0, and far above its memory. */
#define DOOR (1ULL << 38)

/*
 * x0: the door; x1: command, address << 32 | value, bit 32 is set for a write; w2: what
 * was read
 */
asm(".pushsection .rodata\n"
    ".balign 4\n"
    "l2_code:\n"
    "0:	ldr	x1, [x0, x2, lsl #3]\n"
    "	lsr	x3, x1, #32\n"
    "	tbnz	w3, #0, 1f\n"
    "	ldr	w2, [x3]\n"
    "	b	0b\n"
    "1:	and	x3, x3, #~1\n"
    "	str	w1, [x3]\n"
    "	b	0b\n"
    "l2_code_end:\n"
    ".popsection");
extern const char l2_code[], l2_code_end[];

static int set(int vcpu, __u64 offset, __u64 value)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      offset / sizeof(__u32),
		.addr = (uintptr_t)&value,
	};

	return ioctl(vcpu, KVM_SET_ONE_REG, &reg) ? -errno : 0;
}

static int restart(int vcpu, struct kvm_run *run)
{
	return set(vcpu, offsetof(struct kvm_regs, regs.pc), 0);
}

static int setup(int vm, int vcpu, struct kvm_run *run)
{
	struct kvm_vcpu_init init;
	int err;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) ||
	    ioctl(vcpu, KVM_ARM_VCPU_INIT, &init))
		return -errno;
	err = set(vcpu, offsetof(struct kvm_regs, regs.regs[0]), DOOR);
	return err ? err : restart(vcpu, run);
}

static bool has_left(const struct kvm_run *run, __u32 *value)
{
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr < DOOR)
		return false;
	*value = (run->mmio.phys_addr - DOOR) >> 3;
	return true;
}

static void command(struct kvm_run *run, const struct l2_command *c)
{
	__u64 word = (__u64)(c->gpa | c->write) << 32 | c->value;

	memcpy(run->mmio.data, &word, sizeof(word));
}

static const char *const none[] = { NULL };
static const char *const exits[] = { "exits", NULL };

const struct l2_ops l2_ops = {
	.modules = none,
	.code = l2_code,
	.code_bytes = 32,
	.setup = setup,
	.restart = restart,
	.has_left = has_left,
	.command = command,
	.exits = exits,
};
