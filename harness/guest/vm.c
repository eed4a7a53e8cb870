// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "l2.h"
#include "vm.h"

#define KVM "/dev/kvm"

/* Both ends of what x86 can address in 32 bits, the APIC's page left out. */
#define GIB (1UL << 30)
#define MEMORY_MAX (2 * GIB)

#ifndef KVM_GET_STATS_FD
#define KVM_GET_STATS_FD _IO(KVMIO, 0xce)
#endif

/* One that is loaded, or that the kernel has built in, is no matter. */
static void load(const char *dir, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.ko", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	syscall(SYS_finit_module, fd, "", 0);
	close(fd);
}

static int open_kvm(const char **missing)
{
	const char *dir = getenv("STLB_MODULES");
	int fd = open(KVM, O_RDWR | O_CLOEXEC);

	if (fd < 0 && dir) {
		for (const char *const *m = l2_ops.modules; *m; m++)
			load(dir, *m);
		fd = open(KVM, O_RDWR | O_CLOEXEC);
	}
	if (fd >= 0)
		return fd;
	*missing =
		errno == ENOENT || errno == ENODEV ?
			"needs " KVM
			": a kernel with KVM, its modules, and a machine that lets guests have guests" :
			"needs " KVM ": it cannot be opened";
	return -EOPNOTSUPP;
}

/* A page failed: KVM sends SIGBUS where the vCPU meets it, and KVM_RUN ends by EINTR. */
static void failed_page(int sig)
{
}

static int expect_failed_pages(void)
{
	struct sigaction act = { .sa_handler = failed_page };

	return sigaction(SIGBUS, &act, NULL) ? -errno : 0;
}

static int set_memory(struct vm *vm, unsigned int slot, __u64 gpa,
		      const void *start, size_t bytes)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = bytes,
		.userspace_addr = (uintptr_t)start,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static int load_code(struct vm *vm)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *code = mmap(NULL, page, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (code == MAP_FAILED)
		return -errno;
	vm->code = code;
	memcpy(code, l2_ops.code, l2_ops.code_bytes);
	return set_memory(vm, 0, 0, code, page);
}

/* A descriptor of the kernel's, with the name behind it, KVM_STATS_NAME_SIZE bytes. */
union descriptor {
	struct kvm_stats_desc desc;
	char bytes[sizeof(struct kvm_stats_desc) + 64];
};

static int read_at(const struct vm *vm, void *buf, size_t len, size_t at)
{
	return pread(vm->stats, buf, len, at) == (ssize_t)len ? 0 : -EIO;
}

/* Where in the file it is. */
static int find_statistic(const struct vm *vm, const char *name, size_t *at)
{
	struct kvm_stats_header head;
	union descriptor d;
	size_t each;
	int err = read_at(vm, &head, sizeof(head), 0);

	each = sizeof(d.desc) + head.name_size;
	if (err || each > sizeof(d))
		return err ? err : -E2BIG;
	for (__u32 i = 0; i < head.num_desc; i++) {
		err = read_at(vm, &d, each, head.desc_offset + i * each);
		if (err)
			return err;
		*at = head.data_offset + d.desc.offset;
		if (!strncmp(d.bytes + sizeof(d.desc), name, head.name_size))
			return 0;
	}
	return -ENOENT;
}

static int find_exits(struct vm *vm)
{
	const char *const *name;
	int err = 0;

	for (name = l2_ops.exits; *name && !err; name++)
		err = find_statistic(vm, *name, &vm->exits[vm->nr_exits++]);
	return err;
}

int vm_exits(struct vm *vm, uint64_t *nr)
{
	uint64_t other;
	int err = read_at(vm, nr, sizeof(*nr), vm->exits[0]);

	for (size_t i = 1; i < vm->nr_exits && !err; i++) {
		err = read_at(vm, &other, sizeof(other), vm->exits[i]);
		*nr -= other;
	}
	return err;
}

static int add_vcpu(struct vm *vm)
{
	void *run;
	int err;

	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0)
		return -errno;
	run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		   vm->vcpu, 0);
	if (run == MAP_FAILED)
		return -errno;
	vm->run = run;
	vm->stats = ioctl(vm->vcpu, KVM_GET_STATS_FD, 0);
	if (vm->stats < 0)
		return -errno;
	err = find_exits(vm);
	return err ? err : l2_ops.setup(vm->fd, vm->vcpu, vm->run);
}

/* Runs until the program leaves the guest: the value that it has read. */
static int run(struct vm *vm, uint32_t *value)
{
	if (ioctl(vm->vcpu, KVM_RUN, 0)) {
		vm->is_lost = true;
		return errno == EINTR ? -EFAULT : -errno;
	}
	return l2_ops.has_left(vm->run, value) ? 0 : -EPROTO;
}

static int begin(struct vm *vm)
{
	uint32_t value;

	return run(vm, &value);
}

int vm_open(struct vm *vm, const char **missing)
{
	int kvm, err, bytes;

	*vm = VM_NONE;
	kvm = open_kvm(missing);
	if (kvm < 0)
		return kvm;
	bytes = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	err = bytes < 0 || vm->fd < 0 ? -errno : 0;
	close(kvm);
	if (err)
		return err;
	vm->run_bytes = bytes;
	err = expect_failed_pages();
	if (!err)
		err = load_code(vm);
	if (!err)
		err = add_vcpu(vm);
	return err ? err : begin(vm);
}

int vm_map(struct vm *vm, const void *start, size_t bytes)
{
	vm->memory = (uintptr_t)start;
	vm->memory_bytes = bytes;
	if (bytes > MEMORY_MAX)
		return -E2BIG;
	return set_memory(vm, 1, GIB + vm->memory % GIB, start, bytes);
}

void vm_close(struct vm *vm)
{
	if (vm->run)
		munmap(vm->run, vm->run_bytes);
	if (vm->stats >= 0)
		close(vm->stats);
	if (vm->vcpu >= 0)
		close(vm->vcpu);
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->code)
		munmap(vm->code, sysconf(_SC_PAGESIZE));
	*vm = VM_NONE;
}

static int access_memory(struct vm *vm, struct l2_command *c, const void *at,
			 uint32_t *value)
{
	uintptr_t offset = (uintptr_t)at - vm->memory;
	int err;

	if (offset >= vm->memory_bytes)
		return -EINVAL;
	if (vm->is_lost) {
		err = l2_ops.restart(vm->vcpu, vm->run);
		if (!err)
			err = begin(vm);
		if (err)
			return err == -EFAULT ? -EPROTO : err;
		vm->is_lost = false;
	}
	c->gpa = GIB + vm->memory % GIB + offset;
	l2_ops.command(vm->run, c);
	return run(vm, value);
}

int vm_read(struct vm *vm, const void *at, uint32_t *value)
{
	struct l2_command c = { .write = false };

	return access_memory(vm, &c, at, value);
}

int vm_write(struct vm *vm, const void *at, uint32_t value)
{
	struct l2_command c = { .write = true, .value = value };

	return access_memory(vm, &c, at, &value);
}
