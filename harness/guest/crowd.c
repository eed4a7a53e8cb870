// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crowd.h"
#include "native_rules.h"
#include "pages.h"
#include "recorder.h"

/* Where a page's words begin. */
#define WORDS_AT 64
/* Of an access that asks for the page and then has it. */
#define ASKING 2
/* Attempts, each behind all that was under way at the one before. */
#define ENDLESS 16

/* ---- findings ----------------------------------------------------------- */

/* Once for each word of the signature: what follows says no more. */
static bool is_new(struct crowd_findings *f, const struct crowd_device *d,
		   enum property p)
{
	unsigned int *seen = d ? &f->seen[d->id][d->profile->id] :
				 &f->seen_by_cpu;
	bool new = !(*seen & (1U << p));

	f->nr++;
	*seen |= 1U << p;
	return new;
}

void crowd_fail(struct crowd *c, const struct crowd_device *d, enum property p,
		const char *fmt, ...)
{
	struct crowd_findings *f = &c->findings;
	char text[384];
	va_list ap;

	pthread_mutex_lock(&c->lock);
	if (is_new(f, d, p)) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		if (d)
			outcome_fail_of(&f->out, p, device_name(d->id),
					d->profile->name,
					"seed %lu: %s%s%s: %s", c->seed,
					d->profile->name,
					d->id == STLB_DEVICE_EMULATED ?
						", emulated" :
						"",
					d->holds ? ", frames held" : "", text);
		else
			outcome_fail(&f->out, p, "seed %lu: %s", c->seed, text);
	}
	pthread_mutex_unlock(&c->lock);
}

/* Whatever was found: the hardware that it was found with is broken. */
static void crowd_void(struct crowd *c)
{
	struct outcome *o = &c->findings.out;

	pthread_mutex_lock(&c->lock);
	if (!o->is_void)
		outcome_void(
			o,
			"seed %lu: the machine's device or IOMMU does not do what it is told",
			c->seed);
	pthread_mutex_unlock(&c->lock);
	atomic_store(&c->broken, true);
	atomic_store(&c->stop, true);
}

bool crowd_must(struct crowd *c, int err, const char *what)
{
	if (device_is_broken(err)) {
		crowd_void(c);
	} else if (err < 0) {
		crowd_fail(c, NULL, PROP_CHANGE, "%s: %s", what,
			   strerror(-err));
		atomic_store(&c->broken, true);
		atomic_store(&c->stop, true);
	}
	return err >= 0;
}

/* A finding about one page and one device. */
#define FAIL(d, p, page, fmt, ...) \
	crowd_fail((d)->crowd, d, p, "page %zu: " fmt, page, ##__VA_ARGS__)

/* ---- counts ------------------------------------------------------------- */

static struct crowd_count *count_of(struct crowd *c, enum crowd_check check)
{
	return c->is_alone ? &c->findings.alone[check] :
			     &c->findings.met[check];
}

void crowd_begun(struct crowd *c, enum crowd_check check)
{
	atomic_fetch_add(&count_of(c, check)->begun, 1);
}

void crowd_concluded(struct crowd *c, enum crowd_check check)
{
	atomic_fetch_add(&count_of(c, check)->concluded, 1);
}

const char *crowd_check_name(enum crowd_check check)
{
	static const char *const names[NR_CROWD_CHECKS] = {
		[CROWD_REACH] = "reach", [CROWD_DENIED] = "denied",
		[CROWD_GONE] = "gone",	 [CROWD_KEPT] = "kept",
		[CROWD_SAME] = "same",	 [CROWD_STILL] = "still",
		[CROWD_CHILD] = "child",
	};

	return names[check];
}

/* ---- windows ------------------------------------------------------------ */

/*
 * No more have ended than had begun, so where the two are the same, the first
 * read first, nothing was under way when the second was read.
 */
struct sight sight_of(const struct window *w)
{
	unsigned long ended = atomic_load(&w->ended);
	unsigned long begun = atomic_load(&w->begun);

	return (struct sight){ .begun = begun, .quiet = begun == ended };
}

bool sight_holds(const struct window *w, struct sight s)
{
	atomic_thread_fence(memory_order_seq_cst);
	return s.quiet && atomic_load(&w->begun) == s.begun;
}

void crowd_begin(struct crowd *c, size_t first, size_t nr, bool takes)
{
	for (size_t i = first; i < first + nr; i++) {
		atomic_fetch_add(&c->changed[i].begun, 1);
		if (takes)
			atomic_fetch_add(&c->taken[i].begun, 1);
	}
}

void crowd_end(struct crowd *c, size_t first, size_t nr, bool takes)
{
	for (size_t i = first; i < first + nr; i++) {
		atomic_fetch_add(&c->changed[i].ended, 1);
		if (takes)
			atomic_fetch_add(&c->taken[i].ended, 1);
	}
}

/* ---- words -------------------------------------------------------------- */

char *crowd_page(const struct crowd *c, size_t page)
{
	return c->map + page * c->page;
}

static uint64_t *address(const struct crowd *c, size_t page, unsigned int word)
{
	return (uint64_t *)(crowd_page(c, page) + WORDS_AT) + word;
}

uint64_t crowd_word(const struct crowd *c, size_t page, unsigned int word)
{
	return *(volatile uint64_t *)address(c, page, word);
}

unsigned int crowd_own(const struct changer *by)
{
	return CROWD_DEVICES + by->number;
}

/* That which devices write for it. */
static unsigned int lent(const struct changer *by)
{
	return CROWD_DEVICES + CROWD_CHANGERS + by->number;
}

uint64_t crowd_store(struct changer *by, size_t page)
{
	*(volatile uint64_t *)address(by->crowd, page, crowd_own(by)) =
		++by->last;
	return by->last;
}

/* ---- accesses ----------------------------------------------------------- */

/* Did bytes move? An error is a finding. */
static bool moved(struct crowd_device *d, int err,
		  const struct stlb_access *access)
{
	crowd_must(d->crowd, err, "the device's access");
	return !err && !access->fault;
}

/* The hardware never asks, and takes its time. */
static __u32 asking(const struct crowd_device *d)
{
	return d->id == STLB_DEVICE_MODEL ? ASKING : 0;
}

static bool read_word(struct crowd_device *d, size_t page, unsigned int word,
		      uint64_t *got, __u32 retries, struct stlb_access *access)
{
	return moved(d,
		     device_read(&d->dev, address(d->crowd, page, word), got,
				 sizeof(*got), retries, access),
		     access);
}

static bool write_word(struct crowd_device *d, size_t page, unsigned int word,
		       uint64_t value, __u32 retries,
		       struct stlb_access *access)
{
	return moved(d,
		     device_write(&d->dev, address(d->crowd, page, word),
				  &value, sizeof(value), retries, access),
		     access);
}

bool crowd_look(struct changer *by, size_t page, struct crowd_device *d,
		uint64_t *got)
{
	struct stlb_access access;

	return read_word(d, page, crowd_own(by), got, asking(d), &access);
}

/* ---- what must hold ----------------------------------------------------- */

/*
 * Returns when whoever changed the page's entry at the time of the call has let
 * its lock go: mincore() takes it. A write that finds the new entry may be
 * earlier than the call of the op, which is made under the same lock:
 *
 *	B				A
 *	lock
 *	entry: writable
 *					write: no fault
 *					device: still denied
 *	tell
 *	unlock
 *					lock, unlock
 *					device: allowed
 */
static void settle(struct crowd *c, size_t page)
{
	unsigned char there;

	mincore(crowd_page(c, page), c->page, &there);
}

/* One attempt: the faults of both accesses, 0 if they moved. */
static __u32 try_once(struct changer *by, size_t page, struct crowd_device *d,
		      const char *after)
{
	struct crowd *c = by->crowd;
	struct sight taken = sight_of(&c->taken[page]);
	uint64_t stored = crowd_store(by, page), got = 0, seen;
	__u32 retries = d->profile->retries, fault;
	struct stlb_access access;

	if (read_word(d, page, crowd_own(by), &got, retries, &access) &&
	    got != stored && sight_holds(&c->taken[page], taken))
		FAIL(d, PROP_SAFETY, page,
		     "after %s the device read %llu from frame %#llx, where the CPU had written %llu",
		     after, (unsigned long long)got,
		     (unsigned long long)access.pfn,
		     (unsigned long long)stored);
	fault = access.fault;
	if (write_word(d, page, lent(by), ++by->last, retries, &access)) {
		seen = crowd_word(c, page, lent(by));
		if (seen != by->last && sight_holds(&c->taken[page], taken))
			FAIL(d, PROP_SAFETY, page,
			     "after %s the device wrote %llu to frame %#llx, and the CPU reads %llu",
			     after, (unsigned long long)by->last,
			     (unsigned long long)access.pfn,
			     (unsigned long long)seen);
	}
	return fault ?: access.fault;
}

void crowd_reach(struct changer *by, size_t page, struct crowd_device *d,
		 const char *after)
{
	struct crowd *c = by->crowd;
	__u32 fault = STLB_FAULT_NONE;

	if (!d->may_stick)
		crowd_begun(c, CROWD_REACH);
	for (int i = 0; i < ENDLESS; i++) {
		struct sight changed = sight_of(&c->changed[page]);

		if (atomic_load(&c->stop))
			return;
		fault = try_once(by, page, d, after);
		if (!fault && !d->may_stick)
			crowd_concluded(c, CROWD_REACH);
		if (!fault || !sight_holds(&c->changed[page], changed))
			return;
		settle(c, page);
	}
	if (!d->may_stick)
		crowd_concluded(c, CROWD_REACH);
	if (fault == STLB_FAULT_DEAD)
		FAIL(d, PROP_SAFETY, page,
		     "after %s the device's entry leads to a frame that the page table no longer maps",
		     after);
	else if (!d->may_stick)
		FAIL(d, PROP_LIVENESS, page,
		     "after %s and a write by the CPU the device could not use the page in %d attempts (%s), and nothing changed meanwhile",
		     after, ENDLESS, fault_name(fault));
}

void crowd_denied(struct changer *by, size_t page, struct crowd_device *d,
		  const char *after)
{
	struct stlb_access access;

	crowd_begun(d->crowd, CROWD_DENIED);
	if (write_word(d, page, lent(by), ++by->last, asking(d), &access))
		FAIL(d, PROP_SAFETY, page,
		     "after %s the device wrote to frame %#llx; expected a fault",
		     after, (unsigned long long)access.pfn);
	crowd_concluded(d->crowd, CROWD_DENIED);
}

void crowd_gone(struct changer *by, size_t page, struct crowd_device *d,
		const char *after)
{
	struct stlb_access access;
	uint64_t got;

	crowd_begun(d->crowd, CROWD_GONE);
	if (read_word(d, page, crowd_own(by), &got, asking(d), &access) && got)
		FAIL(d, PROP_SAFETY, page,
		     "after %s the device read %llu from frame %#llx, which had gone",
		     after, (unsigned long long)got,
		     (unsigned long long)access.pfn);
	crowd_concluded(d->crowd, CROWD_GONE);
}

void crowd_check_frees(struct crowd *c)
{
	struct stlb_stats stats;

	for (size_t i = 0; i < c->nr_devices; i++) {
		struct crowd_device *d = &c->devices[i];

		if (!crowd_must(c, device_stats(&d->dev, &stats), "counters"))
			continue;
		if (stats.timeouts)
			crowd_void(c);
		if (!stats.early_free)
			continue;
		crowd_fail(
			c, d, PROP_SAFETY,
			"%llu frames had been freed before the device was told",
			(unsigned long long)stats.early_free);
	}
}

/* ---- device threads ----------------------------------------------------- */

/*
 * The device's word is what it last wrote there, as the CPU sees it. While the
 * bytes are about to go nobody can say: the CPU may still have the old frame, and
 * the device the new one. Once that is over the word is there, or nothing is.
 */
static void check_kept(struct crowd_device *d, size_t page)
{
	struct crowd *c = d->crowd;
	struct kept *kept = &d->kept[page];
	struct sight now = sight_of(&c->taken[page]);
	uint64_t seen = crowd_word(c, page, d->number);
	bool kept_holds = sight_holds(&c->taken[page], kept->taken);

	if (kept->word)
		crowd_begun(c, CROWD_KEPT);
	if (!sight_holds(&c->taken[page], now))
		return;
	if (kept->word && kept_holds)
		crowd_concluded(c, CROWD_KEPT);
	if (seen != kept->word && (seen || kept_holds))
		FAIL(d, PROP_SAFETY, page,
		     "the device wrote %llu, and the CPU reads %llu: a write was lost",
		     (unsigned long long)kept->word, (unsigned long long)seen);
	*kept = (struct kept){ .word = seen, .taken = now };
}

/* What it reads is what the CPU reads, if that is not about to go. */
static void check_same(struct crowd_device *d, size_t page)
{
	struct crowd *c = d->crowd;
	struct sight taken = sight_of(&c->taken[page]);
	uint64_t seen = crowd_word(c, page, d->number), got = 0;
	struct stlb_access access;

	crowd_begun(c, CROWD_SAME);
	if (!read_word(d, page, d->number, &got, 0, &access) ||
	    !sight_holds(&c->taken[page], taken))
		return;
	crowd_concluded(c, CROWD_SAME);
	if (got != seen)
		FAIL(d, PROP_SAFETY, page,
		     "the device reads %llu from frame %#llx, and the CPU %llu",
		     (unsigned long long)got, (unsigned long long)access.pfn,
		     (unsigned long long)seen);
}

static void write_next(struct crowd_device *d, size_t page)
{
	struct kept next = {
		.word = ++d->last,
		.taken = sight_of(&d->crowd->taken[page]),
	};
	struct stlb_access access;

	if (!write_word(d, page, d->number, next.word, asking(d), &access)) {
		d->faulted++;
		return;
	}
	d->moved++;
	d->kept[page] = next;
	check_kept(d, page);
}

/* Every other time one that is being changed. */
static size_t next_page(struct crowd_device *d)
{
	if (dice_roll(&d->dice, 2))
		return dice_roll(&d->dice, CROWD_PAGES);
	return atomic_load(
		&d->crowd->changers[dice_roll(&d->dice, CROWD_CHANGERS)].at);
}

static void *work(void *arg)
{
	struct crowd_device *d = arg;
	struct crowd *c = d->crowd;

	while (!atomic_load(&c->stop)) {
		size_t page = next_page(d);

		check_kept(d, page);
		write_next(d, page);
		if (dice_roll(&d->dice, 4) == 0)
			check_same(d, page);
		atomic_fetch_add(&c->visits, 1);
		/* There are more threads than CPUs: changers get their turn. */
		sched_yield();
	}
	return NULL;
}

void crowd_work(struct crowd *c)
{
	atomic_store(&c->stop, false);
	for (size_t i = 0; i < c->nr_devices; i++) {
		struct crowd_device *d = &c->devices[i];

		dice_seed(&d->dice, c->seed, d->number);
		d->works = crowd_must(
			c, -pthread_create(&d->thread, NULL, work, d),
			"start a device's thread");
	}
}

void crowd_rest(struct crowd *c)
{
	atomic_store(&c->stop, true);
	for (size_t i = 0; i < c->nr_devices; i++) {
		struct crowd_device *d = &c->devices[i];

		if (d->works)
			pthread_join(d->thread, NULL);
		d->works = false;
	}
	for (size_t i = 0; i < c->nr_devices; i++)
		for (size_t page = 0; page < CROWD_PAGES; page++)
			check_kept(&c->devices[i], page);
	/* For what the changers do alone. */
	atomic_store(&c->stop, atomic_load(&c->broken));
}

void crowd_await(struct crowd *c)
{
	unsigned long until = atomic_load(&c->visits) + c->nr_devices;

	if (!c->devices[0].works)
		return;
	while (atomic_load(&c->visits) < until && !atomic_load(&c->stop))
		sched_yield();
}

/* ---- life time ---------------------------------------------------------- */

/*
 * Where a row binds nobody a device may keep an entry that denies an access, and go on
 * with it at any later time.
 */
static bool may_stick(const struct stlb_profile_info *p,
		      const enum stlb_transition *changes)
{
	for (; *changes != STLB_T_NONE; changes++)
		if (!native_decides(*changes, p, STLB_DEVICE_PLANE))
			return true;
	return false;
}

/* One that cannot be played here is left out. */
static bool add_device(struct crowd *c, const struct stlb_profile_info *p,
		       enum stlb_device_id id, bool holds,
		       const enum stlb_transition *changes)
{
	struct crowd_device *d = &c->devices[c->nr_devices];
	struct stlb_device_info info;

	if (c->nr_devices == CROWD_DEVICES)
		return crowd_must(c, -ENOSPC, "room for another device");
	*d = (struct crowd_device){
		.crowd = c,
		.number = c->nr_devices,
		.profile = p,
		.id = id,
		.holds = holds,
		.may_stick = may_stick(p, changes),
	};
	if (!crowd_must(c, device_open(&d->dev), "open " STLB_DEVICE))
		return false;
	c->nr_devices++;
	if (!crowd_must(c, device_info(&d->dev, id, p->id, &info),
			"ask for the device"))
		return false;
	if (!info.usable) {
		device_close(&d->dev);
		c->nr_devices--;
		return true;
	}
	return crowd_must(c,
			  device_attach(&d->dev, id, p->id,
					holds ? STLB_ATTACH_HOLD : 0),
			  "attach the device");
}

static bool add_all(struct crowd *c, enum stlb_device_id id, bool holds,
		    const enum stlb_transition *changes)
{
	for (unsigned int i = 0; i < native_rules.nr_profiles; i++) {
		const struct stlb_profile_info *p = &native_rules.profiles[i];

		if (stlb_watches(p, STLB_DEVICE_PLANE) &&
		    !add_device(c, p, id, holds, changes))
			return false;
	}
	return true;
}

static bool add_devices(struct crowd *c, enum crowd_frames frames,
			const enum stlb_transition *changes)
{
	if (!add_all(c, STLB_DEVICE_MODEL, false, changes) ||
	    !add_all(c, STLB_DEVICE_MODEL,
		     frames != CROWD_FRAMES_CHANGE_IF_UNHELD, changes))
		return false;
	c->nr_models = c->nr_devices;
	return frames != CROWD_FRAMES_STAY ||
	       add_all(c, STLB_DEVICE_EMULATED, true, changes);
}

static int map_pages(struct crowd *c)
{
	c->page = sysconf(_SC_PAGESIZE);
	c->map = pages_map(NULL, CROWD_PAGES * c->page);
	return c->map == MAP_FAILED ? -errno : 0;
}

bool crowd_open(struct crowd *c, enum crowd_frames frames,
		const enum stlb_transition *changes)
{
	struct crowd_findings findings = c->findings;
	struct device probe;
	int err = device_open(&probe);

	memset(c, 0, sizeof(*c));
	c->findings = findings;
	pthread_mutex_init(&c->lock, NULL);
	c->findings.out.skip = recorder_missing(err);
	if (c->findings.out.skip || !crowd_must(c, err, "open " STLB_DEVICE))
		return false;
	device_close(&probe);
	if (!crowd_must(c, map_pages(c), "map the pages"))
		return false;
	for (unsigned int i = 0; i < CROWD_CHANGERS; i++)
		c->changers[i] = (struct changer){ .crowd = c, .number = i };
	if (!add_devices(c, frames, changes))
		return false;
	if (!c->nr_models)
		c->findings.out.skip = "needs a device that can be judged";
	return c->nr_models;
}

void crowd_close(struct crowd *c)
{
	for (size_t i = 0; i < c->nr_devices; i++)
		device_close(&c->devices[i].dev);
	if (c->map)
		munmap(c->map, CROWD_PAGES * c->page);
	pthread_mutex_destroy(&c->lock);
}
