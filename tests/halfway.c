// SPDX-License-Identifier: GPL-2.0-only
/*
 * halfway: a call that fails, when it has changed the pages already. They are as changed
 * as by one that succeeds: what is flushed at a call's end is due on each way out of it.
 *
 *	base		+ nr * page
 *	|== units ==|== what it fails at ==|
 */

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness/guest/native_rules.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/share.h"
#include "../harness/guest/uffd.h"
#include "family.h"

STLB_FAMILY(halfway);

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* One page further than the units. */
static size_t too_many(const struct scene *s)
{
	return (s->nr + 1) * s->page;
}

/*
 * Behind the units there is nothing. In the trigger, for mmap() fills a hole that it
 * meets, as that of a device's mailbox does. It was never touched: no entry changes.
 */
static int make_hole(struct scene *s)
{
	return munmap(s->base + s->nr * s->page, s->page) ? -errno : 0;
}

/* The end of a trigger whose call gave @ret and errno, and has to fail with @err. */
static int failed_with(struct scene *s, long ret, int err)
{
	scene_changed(s);
	if (ret >= 0)
		return scene_missing(
			s,
			"needs a call that fails half-way: here it succeeds");
	return errno == err ? 0 : -errno;
}

static int protect_too_many(struct scene *s)
{
	int err = make_hole(s);

	return err ? err :
		     failed_with(s, mprotect(s->base, too_many(s), PROT_READ),
				 ENOMEM);
}

static const struct transition mprotect_ro = {
	TRANSITION(halfway, mprotect_ro),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = protect_too_many,
};

FIXTURE_VARIANT_ADD(halfway, mprotect_ro)
{
	.t = &mprotect_ro,
};

static int close_too_many(struct scene *s)
{
	int err = make_hole(s);

	return err ? err :
		     failed_with(s, mprotect(s->base, too_many(s), PROT_NONE),
				 ENOMEM);
}

static const struct transition mprotect_none = {
	TRANSITION(halfway, mprotect_none),
	.before = ACCESS_RW,
	.after = ACCESS_DENIED,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = close_too_many,
};

FIXTURE_VARIANT_ADD(halfway, mprotect_none)
{
	.t = &mprotect_none,
};

static int populate_too_many(struct scene *s)
{
	int err = make_hole(s);

	return err ? err :
		     failed_with(s,
				 madvise(s->base, too_many(s),
					 MADV_POPULATE_WRITE),
				 ENOMEM);
}

static const struct transition populate = {
	TRANSITION(halfway, populate),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_drop,
	.trigger = populate_too_many,
};

FIXTURE_VARIANT_ADD(halfway, populate)
{
	.t = &populate,
};

static int drop_too_many(struct scene *s)
{
	int err = make_hole(s);

	return err ? err :
		     failed_with(s,
				 madvise(s->base, too_many(s), MADV_DONTNEED),
				 ENOMEM);
}

static const struct transition dontneed = {
	TRANSITION(halfway, dontneed),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.setup = scene_write,
	.trigger = drop_too_many,
};

FIXTURE_VARIANT_ADD(halfway, dontneed)
{
	.t = &dontneed,
};

/* A child that is to have our own id: there is no such id left when its mm is there. */
static int fork_twin(struct scene *s)
{
	pid_t twin = getpid();
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&twin,
		.set_tid_size = 1,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	scene_changed(s);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	else if (errno == ENOSYS)
		return scene_missing(s, "needs clone3() with set_tid: Linux 5.5");
	return failed_with(s, pid, EEXIST);
}

static const struct transition fork_failed = {
	TRANSITION(halfway, fork),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = fork_twin,
};

FIXTURE_VARIANT_ADD(halfway, fork)
{
	.t = &fork_failed,
};

static int write_registered(struct scene *s)
{
	if (native_release() < STLB_RELEASE(6, 3))
		return scene_missing(
			s,
			"needs UFFDIO_WRITEPROTECT of several mappings at once: Linux 6.3");
	return uffd_write_registered(s);
}

/* What is behind the units is not registered. */
static int uffd_protect_too_many(struct scene *s)
{
	struct scene more = *s;
	int err;

	more.nr++;
	err = uffd_protect(&more, true);
	errno = -err;
	return failed_with(s, err, ENOENT);
}

static const struct transition uffd_wp = {
	TRANSITION(halfway, uffd_wp),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.write_waits = true,
	.setup = write_registered,
	.trigger = uffd_protect_too_many,
};

FIXTURE_VARIANT_ADD(halfway, uffd_wp)
{
	.t = &uffd_wp,
};

static int map_one_more(struct scene *s)
{
	return pages_map(s->base, too_many(s)) == MAP_FAILED ? -errno : 0;
}

/* The page behind the units may not be moved together with others: vma_multi_allowed(). */
static int write_and_register_behind(struct scene *s)
{
	struct scene behind = *s;
	int err;

	scene_write(s);
	s->aside = pages_reserve(too_many(s), s->page);
	if (s->aside == MAP_FAILED)
		return -errno;
	behind.base += s->nr * s->page;
	behind.nr = 1;
	err = uffd_register(&behind);
	s->fd = behind.fd;
	s->missing = behind.missing;
	return err;
}

static int move_too_many(struct scene *s)
{
	size_t bytes = too_many(s);
	void *at = mremap(s->base, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
			  s->aside);
	int err = failed_with(s, at == MAP_FAILED ? -1 : 0, EFAULT);
	unsigned char there;

	/* Older kernels look at the whole range first. */
	if (!err && !mincore(s->base, s->page, &there))
		return scene_missing(
			s,
			"needs mremap() of several mappings at once: Linux 6.17");
	return err;
}

static const struct transition mremap_failed = {
	TRANSITION(halfway, mremap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.map = map_one_more,
	.setup = write_and_register_behind,
	.trigger = move_too_many,
};

FIXTURE_VARIANT_ADD(halfway, mremap)
{
	.t = &mremap_failed,
};

TEST_HARNESS_MAIN
