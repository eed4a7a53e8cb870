// SPDX-License-Identifier: GPL-2.0-only
/*
 * upgrade: a read-only entry becomes writable, the frame stays.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness/guest/clean.h"
#include "../harness/guest/clear_refs.h"
#include "../harness/guest/disk.h"
#include "../harness/guest/numa_hint.h"
#include "../harness/guest/share.h"
#include "../harness/guest/soft_dirty.h"
#include "../harness/guest/uffd.h"
#include "family.h"

STLB_FAMILY(upgrade);

static const struct transition wp_reuse = {
	TRANSITION(upgrade, wp_reuse),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_drop,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(upgrade, wp_reuse)
{
	.t = &wp_reuse,
};

/*
 * The same write fault, taken for another process: the PTE is one address
 * space's and current another's. The writer shares none of the pages.
 */
static int write_by_process_vm(struct scene *s, pid_t subject)
{
	struct iovec to[STLB_RUN_PAGES];
	char bytes[STLB_RUN_PAGES] = { 0 };
	struct iovec from = { .iov_base = bytes, .iov_len = s->nr };
	ssize_t n;

	for (size_t i = 0; i < s->nr; i++)
		to[i] = (struct iovec){ s->base + i * s->page, 1 };
	n = process_vm_writev(subject, &from, 1, to, s->nr, 0);
	if (n < 0)
		return -errno;
	return n == (ssize_t)s->nr ? 0 : -EIO;
}

static int by_process_vm_setup(struct scene *s)
{
	int err = scene_start_helper(s, write_by_process_vm);

	return err ? err : share_and_drop(s);
}

static int by_process_vm_ask(struct scene *s)
{
	int err = scene_ask_helper(s);

	if (err == -ENOSYS)
		return scene_missing(
			s,
			"needs process_vm_writev(): CONFIG_CROSS_MEMORY_ATTACH");
	return err;
}

static const struct transition by_process_vm_writev = {
	TRANSITION(upgrade, by_process_vm_writev),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = by_process_vm_setup,
	.trigger = by_process_vm_ask,
};

FIXTURE_VARIANT_ADD(upgrade, by_process_vm_writev)
{
	.t = &by_process_vm_writev,
};

static int write_by_proc_mem(struct scene *s, pid_t subject)
{
	char path[32];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/proc/%d/mem", subject);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < s->nr && !err; i++)
		if (pwrite(fd, "", 1, (uintptr_t)s->base + i * s->page) != 1)
			err = -errno;
	scene_changed(s);
	close(fd);
	return err;
}

static int by_proc_mem_setup(struct scene *s)
{
	int err = scene_start_helper(s, write_by_proc_mem);

	return err ? err : share_and_drop(s);
}

static const struct transition by_proc_mem = {
	TRANSITION(upgrade, by_proc_mem),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = by_proc_mem_setup,
	.trigger = scene_ask_helper,
};

FIXTURE_VARIANT_ADD(upgrade, by_proc_mem)
{
	.t = &by_proc_mem,
};

/* The subject waits for the answer meanwhile; its read() goes on afterwards. */
static int write_by_ptrace(struct scene *s, pid_t subject)
{
	int err = 0;

	if (ptrace(PTRACE_SEIZE, subject, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, subject, NULL, NULL) ||
	    waitpid(subject, NULL, __WALL) != subject)
		return -errno;
	for (size_t i = 0; i < s->nr && !err; i++)
		if (ptrace(PTRACE_POKEDATA, subject, s->base + i * s->page, 0))
			err = -errno;
	scene_changed(s);
	if (ptrace(PTRACE_DETACH, subject, NULL, NULL))
		err = -errno;
	return err;
}

static int by_ptrace_setup(struct scene *s)
{
	int err = scene_start_helper(s, write_by_ptrace);

	return err ? err : share_and_drop(s);
}

static const struct transition by_ptrace = {
	TRANSITION(upgrade, by_ptrace),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = by_ptrace_setup,
	.trigger = scene_ask_helper,
};

FIXTURE_VARIANT_ADD(upgrade, by_ptrace)
{
	.t = &by_ptrace,
};

/* The write fault is taken in kernel mode, in copy_to_user(). */
static int read_into_pages(struct scene *s)
{
	char bytes[STLB_RUN_PAGES] = { 0 };
	int ends[2], err = 0;

	if (pipe(ends))
		return -errno;
	if (write(ends[1], bytes, s->nr) != (ssize_t)s->nr)
		err = -EIO;
	for (size_t i = 0; i < s->nr && !err; i++)
		if (read(ends[0], s->base + i * s->page, 1) != 1)
			err = -errno;
	scene_changed(s);
	close(ends[0]);
	close(ends[1]);
	return err;
}

static const struct transition by_read = {
	TRANSITION(upgrade, by_read),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_drop,
	.trigger = read_into_pages,
};

FIXTURE_VARIANT_ADD(upgrade, by_read)
{
	.t = &by_read,
};

/* The same, out of a pipe into the memory that its reader names. */
static int vmsplice_into_pages(struct scene *s)
{
	struct iovec to[STLB_RUN_PAGES];
	char bytes[STLB_RUN_PAGES] = { 0 };
	int ends[2], err = 0;

	if (pipe(ends))
		return -errno;
	for (size_t i = 0; i < s->nr; i++)
		to[i] = (struct iovec){ s->base + i * s->page, 1 };
	if (write(ends[1], bytes, s->nr) != (ssize_t)s->nr)
		err = -EIO;
	else if (vmsplice(ends[0], to, s->nr, 0) != (ssize_t)s->nr)
		err = -EIO;
	scene_changed(s);
	close(ends[0]);
	close(ends[1]);
	return err;
}

static const struct transition by_vmsplice = {
	TRANSITION(upgrade, by_vmsplice),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_drop,
	.trigger = vmsplice_into_pages,
};

FIXTURE_VARIANT_ADD(upgrade, by_vmsplice)
{
	.t = &by_vmsplice,
};

/* Bytes on the disk, not in the page cache: a direct read of a hole pins nothing. */
static int share_and_write_file(struct scene *s)
{
	int err = disk_file(s);

	if (err)
		return err;
	err = disk_fill(s);
	if (err)
		return err;
	if (fcntl(s->fd, F_SETFL, O_DIRECT))
		return -errno;
	return share_and_drop(s);
}

/*
 * The pages are pinned for writing (bio_iov_iter_get_pages()), which takes the
 * fault; the disk then writes to their frames.
 */
static int read_direct(struct scene *s)
{
	ssize_t bytes = s->nr * s->page, n = pread(s->fd, s->base, bytes, 0);

	if (n < 0)
		return -errno;
	return n == bytes ? 0 : -EIO;
}

static const struct transition by_direct_read = {
	TRANSITION(upgrade, by_direct_read),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_write_file,
	.trigger = read_direct,
};

FIXTURE_VARIANT_ADD(upgrade, by_direct_read)
{
	.t = &by_direct_read,
};

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* No write at all: the kernel takes the fault for one that is to come. */
static int populate(struct scene *s)
{
	/* Since 5.14, so that all kernels have it which stlb.ko can be built for. */
	return madvise(s->base, s->nr * s->page, MADV_POPULATE_WRITE) ? -errno :
									0;
}

static const struct transition by_populate = {
	TRANSITION(upgrade, by_populate),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_drop,
	.trigger = populate,
};

FIXTURE_VARIANT_ADD(upgrade, by_populate)
{
	.t = &by_populate,
};

static const struct transition mprotect_rw = {
	TRANSITION(upgrade, mprotect),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = scene_write_and_protect,
	.trigger = scene_unprotect_and_write,
};

FIXTURE_VARIANT_ADD(upgrade, mprotect)
{
	.t = &mprotect_rw,
};

static int uffd_setup(struct scene *s)
{
	int err = uffd_register(s);

	scene_write(s);
	return err ? err : uffd_protect(s, true);
}

/* As with mprotect(): the write bit comes at once, or with the write. */
static int uffd_resolve(struct scene *s)
{
	int err = uffd_protect(s, false);

	return err ? err : scene_write(s);
}

static const struct transition uffd = {
	TRANSITION(upgrade, uffd),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = uffd_setup,
	.trigger = uffd_resolve,
};

FIXTURE_VARIANT_ADD(upgrade, uffd)
{
	.t = &uffd,
};

static int uffd_async_setup(struct scene *s)
{
	int err = uffd_register_async(s);

	scene_write(s);
	return err ? err : uffd_protect(s, true);
}

/* The write fault takes the protection away, and asks nobody. */
static const struct transition uffd_async = {
	TRANSITION(upgrade, uffd_async),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = uffd_async_setup,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(upgrade, uffd_async)
{
	.t = &uffd_async,
};

/* The write fault sets the bit, and the entry writable again. */
static int write_and_clear(struct scene *s)
{
	int err = soft_dirty_write(s);

	return err ? err : clear_refs_soft_dirty(s);
}

static const struct transition soft_dirty = {
	TRANSITION(upgrade, soft_dirty),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = write_and_clear,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(upgrade, soft_dirty)
{
	.t = &soft_dirty,
};

static const struct transition shared_clean = {
	TRANSITION(upgrade, shared_clean),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.map = scene_map_file,
	.setup = scene_read,
	.lacks = clean_lacks,
	.trigger = clean_write,
};

FIXTURE_VARIANT_ADD(upgrade, shared_clean)
{
	.t = &shared_clean,
};

static int write_and_close(struct scene *s)
{
	scene_write(s);
	return scene_protect(s, PROT_NONE);
}

static const struct transition prot_none_restored = {
	TRANSITION(upgrade, prot_none_restored),
	.before = ACCESS_DENIED,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = write_and_close,
	.trigger = scene_unprotect_and_write,
};

FIXTURE_VARIANT_ADD(upgrade, prot_none_restored)
{
	.t = &prot_none_restored,
};

/* Its fault is one that the scheduler counts: do_numa_page(). */
static const struct transition numa_hint_restored = {
	TRANSITION(upgrade, numa_hint_restored),
	.before = ACCESS_DENIED,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* change_pte_range(), up to 6.1 */
	.first_only = true,
	.setup = numa_hint_closed,
	.trigger = scene_write,
};

FIXTURE_VARIANT_ADD(upgrade, numa_hint_restored)
{
	.t = &numa_hint_restored,
};

TEST_HARNESS_MAIN
