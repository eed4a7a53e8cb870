// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"

static int request(struct device *d, unsigned long cmd, void *arg)
{
	return ioctl(d->fd, cmd, arg) ? -errno : 0;
}

int device_open(struct device *d)
{
	*d = (struct device){
		.fd = open(STLB_DEVICE, O_RDONLY | O_CLOEXEC),
	};
	return d->fd < 0 ? -errno : 0;
}

void device_close(struct device *d)
{
	if (d->fd >= 0)
		close(d->fd);
	if (d->mailbox)
		munmap(d->mailbox, sysconf(_SC_PAGESIZE));
	*d = (struct device){ .fd = -1 };
}

int device_info(struct device *d, enum stlb_device_id id,
		enum stlb_profile profile, struct stlb_device_info *info)
{
	*info = (struct stlb_device_info){ .device = id, .profile = profile };
	return request(d, STLB_IOC_DEVICE, info);
}

/* Shared, so fork() write-protects it nowhere and no write copies it. */
static int map_mailbox(struct device *d)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, page, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	d->mailbox = p;
	device_touch_mailbox(d);
	return 0;
}

int device_attach(struct device *d, enum stlb_device_id id,
		  enum stlb_profile profile, __u32 flags)
{
	struct stlb_attach req = {
		.abi = STLB_ABI,
		.device = id,
		.profile = profile,
		.flags = flags,
	};
	int err = 0;

	if (id == STLB_DEVICE_MODEL) {
		req.sets = DEVICE_SETS;
		req.ways = DEVICE_WAYS;
	} else {
		err = map_mailbox(d);
		req.mailbox = (uintptr_t)d->mailbox;
	}
	return err ? err : request(d, STLB_IOC_ATTACH, &req);
}

void device_touch_mailbox(struct device *d)
{
	if (d->mailbox)
		*(volatile char *)d->mailbox = 1;
}

int device_read(struct device *d, const void *addr, void *data, __u32 len,
		__u32 retries, struct stlb_access *access)
{
	*access = (struct stlb_access){
		.addr = (uintptr_t)addr,
		.data = (uintptr_t)data,
		.len = len,
		.retries = retries,
	};
	return request(d, STLB_IOC_ACCESS, access);
}

int device_write(struct device *d, void *addr, const void *data, __u32 len,
		 __u32 retries, struct stlb_access *access)
{
	*access = (struct stlb_access){
		.addr = (uintptr_t)addr,
		.data = (uintptr_t)data,
		.len = len,
		.kind = STLB_WRITE,
		.retries = retries,
	};
	return request(d, STLB_IOC_ACCESS, access);
}

int device_fetch(struct device *d, const void *addr, void *data, __u32 len,
		 __u32 retries, struct stlb_access *access)
{
	*access = (struct stlb_access){
		.addr = (uintptr_t)addr,
		.data = (uintptr_t)data,
		.len = len,
		.kind = STLB_FETCH,
		.retries = retries,
	};
	return request(d, STLB_IOC_ACCESS, access);
}

int device_invalidate(struct device *d, const void *start, size_t bytes)
{
	struct stlb_range range = {
		.start = (uintptr_t)start,
		.end = (uintptr_t)start + bytes,
	};

	return request(d, STLB_IOC_INVALIDATE, &range);
}

int device_guard(struct device *d, const void *start, size_t bytes)
{
	struct stlb_range range = {
		.start = (uintptr_t)start,
		.end = (uintptr_t)start + bytes,
	};

	return request(d, STLB_IOC_GUARD, &range);
}

int device_query(struct device *d, const void *addr, struct stlb_query *query)
{
	*query = (struct stlb_query){ .addr = (uintptr_t)addr };
	return request(d, STLB_IOC_QUERY, query);
}

int device_stats(struct device *d, struct stlb_stats *stats)
{
	return request(d, STLB_IOC_STATS, stats);
}

int device_run(struct device *d, void *start, size_t bytes, int write,
	       __u32 retries)
{
	struct stlb_run run = {
		.addr = (uintptr_t)start,
		.len = bytes,
		.write = write,
		.retries = retries,
	};

	return request(d, STLB_IOC_RUN, &run);
}

int device_halt(struct device *d, struct stlb_halt *halt)
{
	return request(d, STLB_IOC_HALT, halt);
}

const char *device_name(enum stlb_device_id id)
{
	return id == STLB_DEVICE_EMULATED ? "emulated" : "model";
}

int device_probe(struct device *d, volatile __u32 *word,
		 struct stlb_probe_access *accesses, size_t nr)
{
	struct stlb_probe_request req = {
		.word = (uintptr_t)word,
		.accesses = (uintptr_t)accesses,
		.nr = nr,
	};

	return request(d, STLB_IOC_PROBE, &req);
}

int device_probed(struct device *d, struct stlb_probe_access *accesses,
		  size_t nr)
{
	struct stlb_probe_request req = {
		.accesses = (uintptr_t)accesses,
		.nr = nr,
	};

	return request(d, STLB_IOC_PROBED, &req);
}

bool device_is_broken(int err)
{
	return err == -ETIMEDOUT || err == -EIO;
}

const char *fault_name(__u32 fault)
{
	static const char *const names[] = {
		[STLB_FAULT_NONE] = "no fault",
		[STLB_FAULT_TRANSLATION] = "translation fault",
		[STLB_FAULT_PERMISSION] = "permission fault",
		[STLB_FAULT_DEAD] = "dead frame",
		[STLB_FAULT_SILENT] = "no bytes moved",
	};

	return fault < sizeof(names) / sizeof(names[0]) ? names[fault] : "?";
}
