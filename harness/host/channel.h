/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result channel: what the guest's init says on the second serial port.
 *
 * Lines end in '\n' (a '\r' before it is dropped). Each is
 *
 *	stlb SEQ RECORD
 *
 * with SEQ counting from 0 without gaps, and RECORD one of
 *
 *	hello 1 RELEASE MACHINE PAGE_SIZE	first; 1 is the protocol
 *	state TAINT LOCKDEP	between tests: /proc/sys/kernel/tainted, and whether
 *				lockdep is "on", "off" (it gave up) or there is "none"
 *	begin TEST
 *	log TEXT	one line of the running test's output
 *	end TEST exit N | end TEST signal N | end TEST timeout
 *	error TEXT	init could not do its work; the run is over
 *	done		last: everything planned was run
 *
 * A test's output reaches the channel only behind "log", so nothing a test
 * prints can end a test, or the run. Init escapes bytes outside 0x20..0x7e in
 * TEXT as \xHH and cuts a line at CHANNEL_TEXT_MAX.
 *
 * Everything here is hostile input: a record out of sequence, out of order,
 * malformed or longer than CHANNEL_LINE_MAX makes the channel corrupt, for
 * good; what came before it stands.
 */
#ifndef _STLB_CHANNEL_H
#define _STLB_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_TEXT_MAX 1000
#define CHANNEL_LINE_MAX 1200

enum channel_record {
	CHANNEL_HELLO,
	CHANNEL_STATE,
	CHANNEL_BEGIN,
	CHANNEL_LOG,
	CHANNEL_END,
	CHANNEL_ERROR,
	CHANNEL_DONE,
};

/* Can the kernel still see what it watches itself for? */
struct kernel_health {
	bool known;
	uint64_t taint; /* bits: TAINT_* of the kernel's panic.h */
	bool lockdep_off; /* it is built in, and has given up */
};

enum channel_end { CHANNEL_EXIT, CHANNEL_SIGNAL, CHANNEL_TIMEOUT };

struct channel_event {
	enum channel_record record;
	/* HELLO: release; BEGIN, END: test; LOG, ERROR: text */
	const char *text;
	enum channel_end how; /* END */
	int code; /* END: exit status or signal number */
	unsigned long page_size; /* HELLO */
	struct kernel_health state; /* STATE */
};

struct channel {
	void (*event)(void *arg, const struct channel_event *ev);
	void *arg;
	/* private */
	char line[CHANNEL_LINE_MAX + 1];
	size_t len;
	uint64_t seq;
	int state;
	char test[128];
	const char *corrupt;
};

void channel_init(struct channel *ch,
		  void (*event)(void *arg, const struct channel_event *ev),
		  void *arg);

/* Feeds bytes; calls ->event for each whole record. */
void channel_feed(struct channel *ch, const void *buf, size_t len);

/* NULL, or what made the channel corrupt (one line, static storage). */
const char *channel_corrupt(const struct channel *ch);

/* The done record has come. */
bool channel_done(const struct channel *ch);

#endif /* _STLB_CHANNEL_H */
