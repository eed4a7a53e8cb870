/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One boot of a cell: a QEMU process, its pipes, its deadlines.
 *
 * Deadlines, for a --timeout of T seconds per test (CLOCK_MONOTONIC):
 *
 *	2T	from the start to init's hello, or --boot-timeout
 *	1.5T	from each record to the next; a test's output does not count.
 *		Init itself ends a test after T, so its silence means that the
 *		kernel is gone
 *	10 s	for the guest to power off once the channel has said "done": what the
 *		kernel reports until then counts for the last test. For the console
 *		to catch up with a channel that has become useless
 *	5 s	for the rest of a panic's output
 *
 * One that passes while QEMU waits for a CPU for longer than it has one is put off once,
 * by as much as others took; that the guest is late then is INFRA, with the figures.
 */
#ifndef _STLB_BOOT_H
#define _STLB_BOOT_H

#include <poll.h>

#include "child.h"
#include "logfile.h"
#include "run.h"
#include "starved.h"
#include "text.h"
#include "witness.h"

/* Kept of one boot, of the console and of the channel each, in bytes. */
#define BOOT_LOG_MAX (16U << 20)

enum boot_outcome {
	BOOT_COMPLETE, /* the whole plan was run */
	BOOT_DEAD, /* the kernel died in a test; those after it are left */
	BOOT_FAILED, /* it came to no test; ->reason */
	BOOT_USELESS, /* nothing is left to be judged; ->reason */
};

struct boot {
	struct child qemu;
	struct witness witness;
	struct logfile console_log, channel_log;
	struct text err; /* the end of QEMU's stderr */
	uint64_t deadline;
	unsigned int timeout, boot_timeout; /* as in the configuration */
	uint64_t hello_ns; /* from the start to init's hello; 0: it came to none */
	uint64_t since; /* the last record, or the start */
	struct cpu_time cpu; /* QEMU's, then */
	bool stretched; /* the deadline, since then */
	char *starved; /* boot_starved(), at the end */
	bool running; /* QEMU is there, or not reaped yet */
	bool killed; /* by us */
	bool expired; /* ...because a deadline passed */
	enum boot_outcome outcome; /* once over */
	char *reason;
};

struct boot_config {
	char *const *argv; /* QEMU's */
	const char *dir; /* the cell's, for the logs */
	unsigned int number; /* from 1 */
	unsigned int timeout; /* seconds per test */
	unsigned int boot_timeout; /* seconds to hello; 0: twice @timeout */
	const struct test *const *plan; /* must live as long as the boot */
	size_t nr;
	const struct witness_ops *ops;
	void *arg;
};

/* Returns 0 or -errno of starting QEMU; then there is nothing to free. */
int boot_start(struct boot *b, const struct boot_config *config);

/* The descriptors to poll for input: fills and returns up to BOOT_POLL_MAX. */
#define BOOT_POLL_MAX 3
size_t boot_poll(const struct boot *b, struct pollfd *fds);

/* Reads what there is, a bounded amount. */
void boot_read(struct boot *b);

/* Acts on a passed deadline. */
void boot_tick(struct boot *b, uint64_t now);

/*
 * QEMU was reaped. Takes what the pipes still hold, settles what is left and
 * sets ->outcome.
 */
void boot_reaped(struct boot *b, int status);

/* Why it may be no fault of the guest's that it is slow, or NULL; the caller frees. */
char *boot_starved(const struct boot *b);

/* Kills QEMU; boot_reaped() is still to come. */
void boot_kill(struct boot *b);

void boot_free(struct boot *b);

#endif /* _STLB_BOOT_H */
