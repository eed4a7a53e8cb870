/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel console, read as hostile bytes: which of the kernel's own reports
 * of trouble are in it, and during which test.
 *
 * Init marks the log through /dev/kmsg: "stlb: begin TEST", "stlb: end TEST",
 * "stlb: done". Any process of the guest could write such a line: marks place
 * a report in time, they never make a test pass.
 */
#ifndef _STLB_CONSOLE_H
#define _STLB_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Longer lines are cut; the rest of the line is dropped from the scan. */
#define CONSOLE_LINE_MAX 1024

enum splat {
	SPLAT_NONE,
	SPLAT_WARN, /* WARN_ON, WARN_ONCE */
	SPLAT_BUG, /* BUG_ON, "BUG: ..." */
	SPLAT_OOPS, /* bad access, unhandled exception, die() */
	SPLAT_PANIC,
	SPLAT_RCU_STALL,
	SPLAT_HUNG_TASK,
	SPLAT_LOCKUP, /* soft and hard */
	SPLAT_LOCKDEP,
	SPLAT_KASAN, /* KASAN, KCSAN, UBSAN, KFENCE */
};

struct console_splat {
	enum splat kind;
	const char *line; /* the line that gave it away, cleaned */
	const char *test; /* running test by the log's own marks; NULL: none */
	bool fatal; /* the kernel cannot go on: panic */
	bool own; /* it is of code of stlb.ko's */
};

enum console_mark { CONSOLE_BEGIN, CONSOLE_END, CONSOLE_DONE };

struct console_ops {
	/*
	 * A report; or, ->own and of kind SPLAT_NONE, a line of the last one which says
	 * that stlb.ko was at work, or what stlb.ko prints of a fault ("stlb: DEVICE: ...").
	 */
	void (*splat)(void *arg, const struct console_splat *s);
	/* A mark of init's; @test is NULL for CONSOLE_DONE. */
	void (*mark)(void *arg, enum console_mark mark, const char *test);
};

struct console {
	const struct console_ops *ops;
	void *arg;
	/* private */
	char line[CONSOLE_LINE_MAX + 1];
	size_t len;
	bool overflow;
	char test[128];
};

/* @ops' members may be NULL. Strings they are handed die with the call. */
void console_init(struct console *con, const struct console_ops *ops,
		  void *arg);
void console_feed(struct console *con, const void *buf, size_t len);
/* Ends an unfinished last line. */
void console_finish(struct console *con);

/*
 * What kind of report one message is (a console line without its time stamp);
 * *fatal is set if it says that the kernel cannot go on.
 */
enum splat console_classify(const char *message, bool *fatal);

/*
 * Is this message about code of stlb.ko's: the place that a report is of, or the
 * instruction that it stopped at?
 */
bool console_is_own(const char *message, enum splat kind);

#endif /* _STLB_CONSOLE_H */
