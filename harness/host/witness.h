/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one boot of a cell shows, put together: the result channel says what
 * init saw, the console what the kernel said; each test of the plan gets the
 * evidence of both.
 *
 * The two streams are read independently, so either may be ahead. A test is
 * settled when its end record has come and the console has moved on to the
 * next test (for the last one: when the guest has ended): only then can
 * no report of the kernel's belong to it any more. Tests settle in order.
 *
 * From the moment that the kernel can no longer see its own faults (a report before
 * the first test, lockdep that gave up) no test passes; from a report of stlb.ko's own
 * on none is judged.
 */
#ifndef _STLB_WITNESS_H
#define _STLB_WITNESS_H

#include "channel.h"
#include "console.h"
#include "judge.h"

struct witness_ops {
	/* init runs; uname -r of its kernel */
	void (*hello)(void *arg, const char *release, unsigned long page_size);
	void (*begin)(void *arg, size_t index);
	/*
	 * How little of a CPU the guest has got since the last record, if that alone may
	 * be why it is slow, or NULL. The caller frees. Optional.
	 */
	char *(*starved)(void *arg);
	/* the evidence of this test is whole */
	void (*settled)(void *arg, size_t index);
};

struct witness {
	const struct test *const *plan;
	size_t nr;
	struct evidence *ev; /* one per test of the plan */
	const struct witness_ops *ops;
	void *arg;

	struct channel channel;
	struct console console;
	size_t on_channel; /* tests begun, by the channel */
	size_t on_console; /* 1 + index of the last begin mark; 0: none */
	size_t settled;
	uint64_t records; /* taken, a test's output apart: it makes progress */
	bool hello, done;
	bool panicked; /* the console says that the kernel cannot go on */
	/*
	 * Why the channel can tell nothing more (corrupt, or init's error), or
	 * NULL. What is settled stands.
	 */
	char *useless;
	char *early; /* first report before the first test, or NULL */
	struct kernel_health state; /* the last that init told */
	/* Why nothing can be told from @blind_from on, or NULL. */
	char *blind;
	size_t blind_from;
	/* The same, for a fault of stlb.ko's own. */
	char *own;
	size_t own_from;
};

/* @plan stays the caller's; @timeout is in seconds. */
void witness_init(struct witness *w, const struct test *const *plan, size_t nr,
		  unsigned int timeout, const struct witness_ops *ops,
		  void *arg);
void witness_free(struct witness *w);

void witness_channel(struct witness *w, const void *buf, size_t len);
void witness_console(struct witness *w, const void *buf, size_t len);

/* Number of tests that have begun: the last of them dies with the kernel. */
size_t witness_begun(const struct witness *w);

/* No more can be learnt by waiting: the channel is useless, and the console has caught up. */
bool witness_idle(const struct witness *w);

/*
 * The boot is over. @death: how the kernel died, or NULL if it did not;
 * @infra: the same, where it is not the kernel's fault. Settles every test
 * that has begun and, if the channel is useless, the rest as well.
 */
void witness_finish(struct witness *w, const char *death, const char *infra);

#endif /* _STLB_WITNESS_H */
