/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VM is made of on each architecture: registers, the program that its vCPU runs,
 * and how that leaves the guest. arch/ARCH/l2.c has one struct l2_ops.
 *
 * The program is position independent, fits a page, and is never changed. It runs without
 * address translation of its own, so what it accesses are guest physical addresses:
 *
 *	loop:	leave the guest with the value that was read last
 *		(back, with a command) read or write 4 bytes at an address
 *		go to loop
 */
#ifndef _STLB_L2_H
#define _STLB_L2_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/kvm.h>

struct l2_command {
	__u32 gpa; /* aligned to 4 */
	__u32 value; /* to be written */
	bool write;
};

struct l2_ops {
	/* What must be loaded before there is a /dev/kvm, in this order; NULL-terminated. */
	const char *const *modules;
	/* The program. */
	const char *code;
	size_t code_bytes;
	/* A new vCPU is to begin with the program, which is at address 0. */
	int (*setup)(int vm, int vcpu, struct kvm_run *run);
	/* A vCPU that stays on an access that failed is to go on at the program's start. */
	int (*restart)(int vcpu, struct kvm_run *run);
	/* Has KVM_RUN returned because the program has left the guest? With which value? */
	bool (*has_left)(const struct kvm_run *run, __u32 *value);
	/* What it finds when it is back. */
	void (*command)(struct kvm_run *run, const struct l2_command *c);
	/*
	 * Statistics of a vCPU of which the first counts each exit, and the others those
	 * that the program has not asked for; NULL-terminated.
	 */
	const char *const *exits;
};

extern const struct l2_ops l2_ops;

#endif /* _STLB_L2_H */
