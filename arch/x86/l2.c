// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86: 32 bits, flat, without paging. OUT leaves the guest; registers come and go in
 * struct kvm_run (KVM_CAP_SYNC_REGS).
 */

#include <errno.h>
#include <sys/ioctl.h>

#include "../../harness/guest/l2.h"

#define PORT "0x10"

/* ebx: address; ecx: is it a write?; edx: what to write; eax: what was read */
asm(".pushsection .rodata\n"
    ".code32\n"
    "l2_code:\n"
    "0:	outb	%al, $" PORT "\n"
    "	testl	%ecx, %ecx\n"
    "	jnz	1f\n"
    "	movl	(%ebx), %eax\n"
    "	jmp	0b\n"
    "1:	movl	%edx, (%ebx)\n"
    "	jmp	0b\n"
    "l2_code_end:\n"
    ".code64\n"
    ".popsection");
extern const char l2_code[], l2_code_end[];

static struct kvm_segment flat(__u8 type, __u16 selector)
{
	return (struct kvm_segment){
		.limit = ~0U,
		.selector = selector,
		.type = type,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
}

static int setup(int vm, int vcpu, struct kvm_run *run)
{
	struct kvm_regs regs = { .rip = 0, .rflags = 2 };
	struct kvm_sregs sregs;

	run->kvm_valid_regs = KVM_SYNC_X86_REGS;
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cs = flat(11, 8); /* execute and read, accessed */
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = flat(3, 16);
	sregs.cr0 |= 1; /* protected mode */
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) ||
	    ioctl(vcpu, KVM_SET_REGS, &regs))
		return -errno;
	return 0;
}

static int restart(int vcpu, struct kvm_run *run)
{
	struct kvm_regs regs = { .rip = 0, .rflags = 2 };

	return ioctl(vcpu, KVM_SET_REGS, &regs) ? -errno : 0;
}

static bool has_left(const struct kvm_run *run, __u32 *value)
{
	if (run->exit_reason != KVM_EXIT_IO)
		return false;
	*value = run->s.regs.regs.rax;
	return true;
}

static void command(struct kvm_run *run, const struct l2_command *c)
{
	struct kvm_regs *regs = &run->s.regs.regs;

	regs->rbx = c->gpa;
	regs->rcx = c->write;
	regs->rdx = c->value;
	run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

static const char *const modules[] = {
	"irqbypass", "ccp", "kvm", "kvm-amd", NULL,
};
static const char *const exits[] = { "exits", NULL };

const struct l2_ops l2_ops = {
	.modules = modules,
	.code = l2_code,
	.code_bytes = 16,
	.setup = setup,
	.restart = restart,
	.has_left = has_left,
	.command = command,
	.exits = exits,
};
