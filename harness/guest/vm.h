/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM of KVM's with one vCPU, whose memory is the caller's: a consumer of the notifier's
 * invalidate_range_start/end that ships.
 *
 * Functions return 0 or -errno and print nothing.
 */
#ifndef _STLB_VM_H
#define _STLB_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm.h>

struct vm {
	int fd, vcpu, stats; /* -1: none */
	size_t exits[3]; /* vm_exits(): where these are in @stats */
	size_t nr_exits;
	struct kvm_run *run;
	size_t run_bytes;
	void *code; /* a page */
	uintptr_t memory; /* vm_map() */
	size_t memory_bytes;
	bool is_lost; /* the vCPU stays on an access that failed */
};

#define VM_NONE                                   \
	(struct vm)                               \
	{                                         \
		.fd = -1, .vcpu = -1, .stats = -1 \
	}

/*
 * Makes a VM of this process; loads the modules of KVM's that are in the directory
 * $STLB_MODULES. -EOPNOTSUPP: *missing says what there is not.
 */
int vm_open(struct vm *vm, const char **missing);
/*
 * Gives it @bytes of this process's memory at @start, page-aligned and at most 2 GiB: once
 * in a VM's life. Addresses keep their place in huge pages.
 */
int vm_map(struct vm *vm, const void *start, size_t bytes);
/* The end; of what vm_open() left as well. */
void vm_close(struct vm *vm);

/*
 * One access of 4 bytes at @at, in what vm_map() was given, by the program in the VM.
 * -EFAULT: KVM finds no page that allows it.
 */
int vm_read(struct vm *vm, const void *at, uint32_t *value);
int vm_write(struct vm *vm, const void *at, uint32_t value);

/*
 * How often the vCPU has left the guest, interrupts apart as far as the kernel tells them
 * apart. An access that KVM need not be asked for adds one, any other more.
 */
int vm_exits(struct vm *vm, uint64_t *nr);

#endif /* _STLB_VM_H */
