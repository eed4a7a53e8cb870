/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that device threads use all the time while other threads, the changers,
 * change their entries.
 *
 * Each thread has a word of its own in each page and puts generation numbers
 * there: a word has one writer, so its reader knows what must be in it. What a
 * change under way may spoil, and what not, is told by windows: whoever changes a
 * page announces it before the call and revokes that when the call has returned.
 *
 *	changer				other thread
 *					sight: nothing is announced
 *	begun++				...
 *	madvise()			...
 *	ended++				does the sight hold? No: nothing is judged
 *
 * Of the two kinds of window one says that the page's bytes may go (TAKEN), the
 * other that its entry may change at all (CHANGED).
 */
#ifndef _STLB_CROWD_H
#define _STLB_CROWD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stlb/rules.h>

#include "device.h"
#include "dice.h"
#include "outcome.h"

#define CROWD_PAGES 32
#define CROWD_DEVICES 8
#define CROWD_CHANGERS 2

/* Whose words a page has. */
#define CROWD_WORDS (CROWD_DEVICES + 2 * CROWD_CHANGERS)

struct window {
	atomic_ulong begun;
	atomic_ulong ended;
};

struct sight {
	unsigned long begun;
	bool quiet;
};

/* What must hold, see crowd_reach() and those after it. */
enum crowd_check {
	CROWD_REACH,
	CROWD_DENIED,
	CROWD_GONE,
	CROWD_KEPT, /* what a device wrote last is there */
	CROWD_SAME, /* a device reads what the CPU reads */
	CROWD_STILL, /* a read-only page's words stay */
	CROWD_CHILD, /* a child's memory stays */
	NR_CROWD_CHECKS,
};

/*
 * How often it was looked at, and how often that came to a conclusion: nothing that
 * was under way, and might have spoilt it, was met.
 */
struct crowd_count {
	atomic_ulong begun;
	atomic_ulong concluded;
};

struct crowd;

/* What a device's thread knows of its word in a page. */
struct kept {
	uint64_t word;
	struct sight taken; /* from before it was written */
};

struct crowd_device {
	struct crowd *crowd;
	unsigned int number;
	const struct stlb_profile_info *profile;
	enum stlb_device_id id;
	bool holds; /* STLB_ATTACH_HOLD */
	/* One of the changes may leave it with an entry that no rule here ends. */
	bool may_stick;
	struct device dev;
	pthread_t thread; /* while @works */
	bool works;
	struct dice dice;
	struct kept kept[CROWD_PAGES];
	uint64_t last; /* generation number */
	unsigned long moved; /* accesses */
	unsigned long faulted;
};

/*
 * A changer alone changes what its pages permit, and alone writes to them by CPU,
 * so it knows when such a write is allowed.
 */
struct changer {
	struct crowd *crowd;
	unsigned int number;
	pthread_t thread;
	struct dice dice;
	uint64_t last;
	atomic_size_t at; /* the page that it changes: devices are often there */
};

/* What was found. It stays when the same crowd is opened once more. */
struct crowd_findings {
	struct outcome out;
	unsigned long nr; /* all of them, also those that were not printed */
	/* 1U << enum property, of each device and profile; and of no device */
	unsigned int seen[STLB_NR_DEVICES][STLB_NR_PROFILES];
	unsigned int seen_by_cpu;
	/* By threads that meet, and by one that is alone */
	struct crowd_count met[NR_CROWD_CHECKS], alone[NR_CROWD_CHECKS];
};

struct crowd {
	char *map; /* CROWD_PAGES private anonymous pages */
	size_t page;
	struct crowd_device devices[CROWD_DEVICES];
	size_t nr_devices;
	size_t nr_models; /* of these, the first ones: an access is soon over */
	struct changer changers[CROWD_CHANGERS];
	struct window taken[CROWD_PAGES];
	struct window changed[CROWD_PAGES];
	atomic_ulong visits; /* of device threads to pages */
	atomic_bool stop;
	bool is_alone; /* one thread makes the changes, and no device's is there */
	atomic_bool broken; /* a call failed: the test goes no further */
	unsigned long seed;
	pthread_mutex_t lock; /* of @findings */
	struct crowd_findings findings;
};

/* What the changes do to frames decides which devices can be there. */
enum crowd_frames {
	CROWD_FRAMES_STAY,
	CROWD_FRAMES_CHANGE,
	CROWD_FRAMES_CHANGE_IF_UNHELD, /* only where no device holds the frame */
};

/*
 * Maps the pages and attaches devices: of each profile that can be judged here a
 * model that holds its frames, unless they would then not change, and one that
 * does not; and, where frames stay, the emulated one: its hardware could write to
 * a frame that nobody holds any more. @changes: all that will be made, STLB_T_NONE
 * behind the last; the rules say what they do to whom. False: @c->findings.out says
 * why, or skips.
 */
bool crowd_open(struct crowd *c, enum crowd_frames frames,
		const enum stlb_transition *changes);
void crowd_close(struct crowd *c);

/*
 * All findings count, and the run goes on: one that is known hides no other. The
 * first of each word of the signature is printed. @d: the device that showed it, or
 * NULL. Any thread.
 */
void crowd_fail(struct crowd *c, const struct crowd_device *d, enum property p,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A call that may not fail. Else the run ends. */
bool crowd_must(struct crowd *c, int err, const char *what);

/* Counts a check; "reach", ... */
void crowd_begun(struct crowd *c, enum crowd_check check);
void crowd_concluded(struct crowd *c, enum crowd_check check);
const char *crowd_check_name(enum crowd_check check);

/* Device threads, from now on; with crowd_rest() they are at rest again. */
void crowd_work(struct crowd *c);
void crowd_rest(struct crowd *c);
/* Until each device could have been at a page. At once if none works. */
void crowd_await(struct crowd *c);

struct sight sight_of(const struct window *w);
/* Nothing was under way then, and nothing has begun since. */
bool sight_holds(const struct window *w, struct sight s);
/* Around a change of @nr pages: does it take their bytes, too? */
void crowd_begin(struct crowd *c, size_t first, size_t nr, bool takes);
void crowd_end(struct crowd *c, size_t first, size_t nr, bool takes);

char *crowd_page(const struct crowd *c, size_t page);
uint64_t crowd_word(const struct crowd *c, size_t page, unsigned int word);
/* The changer's own word. */
unsigned int crowd_own(const struct changer *by);

/* A new number to the changer's own word in its page, by CPU. */
uint64_t crowd_store(struct changer *by, size_t page);
/*
 * The device reads the changer's own word. True: bytes moved, to *@got. Its
 * retries are as many as let it ask for the page.
 */
bool crowd_look(struct changer *by, size_t page, struct crowd_device *d,
		uint64_t *got);

/*
 * What must hold of a page of the changer's, held against what the device does.
 * @after: the call that has returned, for messages.
 *
 * reach	the page is writable: the device reads what the CPU wrote, and
 *		writes where the CPU sees it, unless a change is under way
 * denied	it is read-only: the device cannot write
 * gone		its bytes are gone: the device does not read them
 */
void crowd_reach(struct changer *by, size_t page, struct crowd_device *d,
		 const char *after);
void crowd_denied(struct changer *by, size_t page, struct crowd_device *d,
		  const char *after);
void crowd_gone(struct changer *by, size_t page, struct crowd_device *d,
		const char *after);
/* No frame of a page that is held was free when its device was told. */
void crowd_check_frees(struct crowd *c);

#endif /* _STLB_CROWD_H */
