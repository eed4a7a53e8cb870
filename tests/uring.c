// SPDX-License-Identifier: GPL-2.0-only
/*
 * uring: io_uring reads into pages of the task, or pins them. Whoever does it,
 * the task itself, a worker or a polling thread, the pages are the task's, and
 * so is the write fault. (The name: liburing has an io_uring_setup() already,
 * which is what kselftest_harness.h would call the setup of a family io_uring.)
 */

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../harness/guest/share.h"
#include "family.h"

STLB_FAMILY(uring);

#define ENTRIES STLB_RUN_PAGES
#define BUFFER_GROUP 1

/*
 * One process plays a transition several times, each with a ring of its own. All
 * stay until it exits: a ring that is closed sends its task a signal of the
 * kernel's own later, which would interrupt a system call somewhere else.
 */
static struct io_uring ring;
static struct iovec pages[STLB_RUN_PAGES]; /* one byte of each watched page */

/*
 * Its threads stay on this process's CPU (attempt.c, pin(), says why). With
 * IORING_SETUP_SQPOLL in @flags a kernel thread submits.
 */
static int open_ring(struct scene *s, unsigned int flags)
{
	struct io_uring_params params = { .flags = flags };
	cpu_set_t set;
	int err;

	if (flags & IORING_SETUP_SQPOLL) {
		params.flags |= IORING_SETUP_SQ_AFF;
		params.sq_thread_cpu = sched_getcpu();
		params.sq_thread_idle = 1; /* ms; then it sleeps */
	}
	err = io_uring_queue_init_params(ENTRIES, &ring, &params);
	if (err == -ENOSYS)
		return scene_missing(s, "needs io_uring: CONFIG_IO_URING");
	if (err == -EPERM)
		return scene_missing(
			s,
			"needs io_uring: sysctl kernel.io_uring_disabled forbids it");
	if (err)
		return err;
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	for (size_t i = 0; i < s->nr; i++)
		pages[i] = (struct iovec){ s->base + i * s->page, 1 };
	return io_uring_register_iowq_aff(&ring, sizeof(set), &set);
}

static int share_with_ring(struct scene *s)
{
	int err = open_ring(s, 0);

	return err ? err : share_and_drop(s);
}

/* Submits what is queued; @nr requests complete with a result of @want each. */
static int submit(unsigned int nr, int want)
{
	struct io_uring_cqe *cqe;
	int err = io_uring_submit_and_wait(&ring, nr);

	for (; err >= 0 && nr; nr--) {
		err = io_uring_wait_cqe(&ring, &cqe);
		if (err)
			return err;
		if (cqe->res != want)
			err = cqe->res < 0 ? cqe->res : -EIO;
		io_uring_cqe_seen(&ring, cqe);
	}
	return err < 0 ? err : 0;
}

/* A pipe with @times bytes for each watched page; @s->fd is where to read them. */
static int fill_pipe(struct scene *s, size_t times)
{
	char bytes[2 * STLB_RUN_PAGES] = { 0 };
	ssize_t nr = times * s->nr;
	int ends[2], err = 0;

	/* O_NONBLOCK: Linux 6.1 reads no other pipe without a worker. */
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	if (write(ends[1], bytes, nr) != nr)
		err = -EIO;
	close(ends[1]);
	s->fd = ends[0];
	return err;
}

/*
 * Registered buffers are pinned for writing (io_pin_pages(), FOLL_WRITE |
 * FOLL_LONGTERM): the fault is taken before anybody writes.
 */
static int register_pages(struct scene *s)
{
	struct iovec all = { s->base, s->nr * s->page };

	return io_uring_register_buffers(&ring, &all, 1);
}

static const struct transition fixed_buffer = {
	TRANSITION(uring, fixed_buffer),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_with_ring,
	.trigger = register_pages,
};

FIXTURE_VARIANT_ADD(uring, fixed_buffer)
{
	.t = &fixed_buffer,
};

static int read_fixed(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

		io_uring_prep_read_fixed(sqe, s->fd, pages[i].iov_base, 1, 0,
					 0);
		sqe->flags |= IOSQE_ASYNC;
	}
	return submit(s->nr, 1);
}

/*
 * The bytes come through the pin, not through the page table. The pages are read into once
 * before: the process's own pages change the first time, and a kernel may tell of
 * everything then.
 */
static int write_registered(struct scene *s)
{
	int err = open_ring(s, 0);

	scene_write(s);
	if (!err)
		err = register_pages(s);
	if (!err)
		err = fill_pipe(s, 2);
	return err ? err : read_fixed(s);
}

static const struct transition into_fixed = {
	TRANSITION(uring, read_fixed),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.setup = write_registered,
	.trigger = read_fixed,
};

FIXTURE_VARIANT_ADD(uring, read_fixed)
{
	.t = &into_fixed,
};

static int share_and_fill(struct scene *s)
{
	int err = share_with_ring(s);

	return err ? err : fill_pipe(s, 1);
}

/* An io-wq worker takes the write faults. */
static int read_by_worker(struct scene *s)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_readv(sqe, s->fd, pages, s->nr, 0);
	sqe->flags |= IOSQE_ASYNC;
	return submit(1, s->nr);
}

static const struct transition by_worker = {
	TRANSITION(uring, by_worker),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_fill,
	.trigger = read_by_worker,
};

FIXTURE_VARIANT_ADD(uring, by_worker)
{
	.t = &by_worker,
};

static int share_and_poll(struct scene *s)
{
	int err = open_ring(s, IORING_SETUP_SQPOLL);

	if (!err)
		err = share_and_drop(s);
	return err ? err : fill_pipe(s, 1);
}

/* The polling thread takes them. */
static int read_by_poller(struct scene *s)
{
	io_uring_prep_readv(io_uring_get_sqe(&ring), s->fd, pages, s->nr, 0);
	return submit(1, s->nr);
}

static const struct transition by_sqpoll = {
	TRANSITION(uring, by_sqpoll),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_poll,
	.trigger = read_by_poller,
};

FIXTURE_VARIANT_ADD(uring, by_sqpoll)
{
	.t = &by_sqpoll,
};

/* The kernel chooses where to read to: a ring of buffers, one in each page. */
static int provide_pages(struct scene *s)
{
	struct io_uring_buf_ring *buffers;
	struct io_uring_buf_reg reg = {
		.ring_entries = ENTRIES,
		.bgid = BUFFER_GROUP,
	};
	int err;

	buffers = mmap(NULL, s->page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffers == MAP_FAILED)
		return -errno;
	reg.ring_addr = (uintptr_t)buffers;
	err = io_uring_register_buf_ring(&ring, &reg, 0);
	if (err)
		return err;
	io_uring_buf_ring_init(buffers);
	for (size_t i = 0; i < s->nr; i++)
		io_uring_buf_ring_add(buffers, pages[i].iov_base, 1, i,
				      io_uring_buf_ring_mask(ENTRIES), i);
	io_uring_buf_ring_advance(buffers, s->nr);
	return 0;
}

static int share_and_provide(struct scene *s)
{
	int err = share_and_fill(s);

	return err ? err : provide_pages(s);
}

static int read_into_provided(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

		io_uring_prep_read(sqe, s->fd, NULL, 1, 0);
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = BUFFER_GROUP;
	}
	return submit(s->nr, 1);
}

static const struct transition provided_buffer = {
	TRANSITION(uring, provided_buffer),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.sole_owner = true, /* wp_can_reuse_anon_folio() */
	.setup = share_and_provide,
	.trigger = read_into_provided,
};

FIXTURE_VARIANT_ADD(uring, provided_buffer)
{
	.t = &provided_buffer,
};

TEST_HARNESS_MAIN
