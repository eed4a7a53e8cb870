// SPDX-License-Identifier: GPL-2.0-only
/*
 * race: pages change while devices use them and other threads change them, too.
 *
 * Two changers and a thread for each device share the pages. What each thread may
 * conclude is what the kernel promises to any thread, whatever the others do
 * (harness/guest/crowd.h: words, windows).
 *
 * No write is lost where the page's bytes stay, by fork() and copies too:
 *
 *	changer				device		who faults on the page
 *	mmap_lock for writing
 *	entry: read-only		may write F	waits for mmap_lock
 *	tell				writes no more
 *	unlock
 *							copy F to N
 *							clear the entry, tell
 *							entry: N, writable
 *
 * so the copy has every write that the device was told to have made. The child's
 * memory, by the same token, stays what it was when fork() returned. Migration
 * clears the entry and tells before it copies.
 *
 * Where the bytes go they are gone for all when the call returns, also for who
 * finds the entry cleared by another call that has yet to tell:
 *
 *	A				B
 *	clear entries of all pages
 *					clear one of them: it is clear
 *					another is at work (mm_tlb_flush_nested()):
 *					tell of everything
 *					returns: the device has it no more
 *	tell
 *
 * While A is between its two steps the device may use the old frame, so words
 * that A takes are not judged then; B's own word is, since B's call has returned.
 *
 * An access that the entry allows comes to its end. It may fail while another
 * thread is between a change of the entry and the callback; but not behind that
 * (crowd.c, settle()), if nothing else changes.
 *
 * The changes come in the order of a seed, which is in the data; how the threads
 * meet is chance. Each round ends with the same changes made by one thread alone,
 * of each kind for each device: what needs no other thread to show always shows.
 */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../harness/guest/crowd.h"
#include "../harness/guest/needs.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/rounds.h"
#include "../harness/guest/settings.h"

/* Seconds; STLB_SECONDS is at most half of it. */
#define LONG 7200

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif
/* See judge_counts(). */
#define MEET_PART 10
/* Frames that are lost to the machine when they have been migrated from. */
#define MOST_MIGRATIONS 512

/* Ways to make a change; see the functions of that name. */
enum way {
	PROTECT,
	FORK_REUSE,
	FORK_COPY,
	MIGRATE,
	DROP_ONE,
	DROP_ALL,
	REMAP,
	NR_WAYS,
};

struct plan {
	unsigned int turns; /* of each changer */
	unsigned int odds[NR_WAYS]; /* how likely each is in a turn */
	enum crowd_frames frames;
};

struct race {
	struct crowd crowd;
	const struct plan *plan;
	atomic_ulong changes;
	atomic_ulong migrated;
	unsigned long visits, moved, faulted; /* of devices */
};

static struct race *race_of(struct crowd *c)
{
	return (struct race *)c;
}

static bool maybe(struct changer *by)
{
	return dice_roll(&by->dice, 2);
}

/* The pages that are the changer's to write to. */
static void store_all(struct changer *by)
{
	for (size_t page = by->number; page < CROWD_PAGES;
	     page += CROWD_CHANGERS)
		crowd_store(by, page);
}

/* ---- mprotect() --------------------------------------------------------- */

/* Words of a page that is read-only stay, unless its bytes go. */
static void check_words(struct changer *by, size_t page, const uint64_t *before,
			struct sight taken)
{
	struct crowd *c = by->crowd;
	uint64_t now[CROWD_WORDS];

	crowd_begun(c, CROWD_STILL);
	for (unsigned int i = 0; i < CROWD_WORDS; i++)
		now[i] = crowd_word(c, page, i);
	if (!sight_holds(&c->taken[page], taken))
		return;
	crowd_concluded(c, CROWD_STILL);
	for (unsigned int i = 0; i < CROWD_WORDS; i++)
		if (now[i] != before[i])
			crowd_fail(
				c, NULL, PROP_SAFETY,
				"page %zu is read-only, and its word %u went from %llu to %llu",
				page, i, (unsigned long long)before[i],
				(unsigned long long)now[i]);
}

static void protect(struct changer *by, size_t page, struct crowd_device *d)
{
	struct crowd *c = by->crowd;
	uint64_t before[CROWD_WORDS];
	struct sight taken;
	int err;

	crowd_begin(c, page, 1, false);
	err = mprotect(crowd_page(c, page), c->page, PROT_READ);
	if (!crowd_must(c, err ? -errno : 0, "mprotect"))
		return;
	taken = sight_of(&c->taken[page]);
	for (unsigned int i = 0; i < CROWD_WORDS; i++)
		before[i] = crowd_word(c, page, i);
	crowd_denied(by, page, d, "mprotect(PROT_READ)");
	if (maybe(by))
		crowd_await(c);
	check_words(by, page, before, taken);
	err = mprotect(crowd_page(c, page), c->page, PROT_READ | PROT_WRITE);
	crowd_end(c, page, 1, false);
	if (crowd_must(c, err ? -errno : 0, "mprotect"))
		crowd_reach(by, page, d, "mprotect(PROT_READ|PROT_WRITE)");
}

/* ---- fork() ------------------------------------------------------------- */

struct child {
	pid_t pid;
	int go; /* closing it lets the child look once more, and exit */
};

static uint64_t sum_of_words(const struct crowd *c)
{
	uint64_t sum = 0;

	for (size_t page = 0; page < CROWD_PAGES; page++)
		for (unsigned int i = 0; i < CROWD_WORDS; i++)
			sum = sum * 31 + crowd_word(c, page, i);
	return sum;
}

/* Its memory may not change, whatever its parent's devices write. */
static void __attribute__((noreturn)) be_child(const struct crowd *c, int go)
{
	uint64_t then;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	then = sum_of_words(c);
	(void)!read(go, &byte, 1);
	_exit(sum_of_words(c) != then);
}

static bool start_child(struct crowd *c, struct child *child)
{
	int fds[2];

	if (!crowd_must(c, pipe(fds) ? -errno : 0, "pipe"))
		return false;
	crowd_begin(c, 0, CROWD_PAGES, false);
	child->pid = fork();
	if (!child->pid) {
		close(fds[1]);
		be_child(c, fds[0]);
	}
	crowd_end(c, 0, CROWD_PAGES, false);
	close(fds[0]);
	child->go = fds[1];
	if (crowd_must(c, child->pid < 0 ? -errno : 0, "fork"))
		return true;
	close(child->go);
	return false;
}

static void end_child(struct crowd *c, struct child *child)
{
	char byte = 0;
	int status;

	crowd_begun(c, CROWD_CHILD);
	/* Others' children may hold the pipe open: a byte, not its end. */
	(void)!write(child->go, &byte, 1);
	close(child->go);
	if (waitpid(child->pid, &status, 0) != child->pid)
		crowd_must(c, -errno, "waitpid");
	else if (status)
		crowd_fail(
			c, NULL, PROP_SAFETY,
			"what a child of fork() has in its memory changed after fork() had returned (status %#x)",
			status);
	crowd_concluded(c, CROWD_CHILD);
}

/* The child is gone, or not, when the CPU writes: the frame stays, or is copied. */
static void share(struct changer *by, size_t page, struct crowd_device *d,
		  bool copy)
{
	struct crowd *c = by->crowd;
	struct child child;
	uint64_t got;

	if (!start_child(c, &child))
		return;
	crowd_look(by, page, d, &got);
	if (!copy)
		end_child(c, &child);
	else if (maybe(by))
		crowd_await(c);
	crowd_reach(by, page, d,
		    copy ? "fork()" : "fork() and the child's exit");
	store_all(by);
	if (copy)
		end_child(c, &child);
}

/* ---- migration ---------------------------------------------------------- */

/* Without a reference of somebody else's it succeeds, else it may. */
static void migrate(struct changer *by, size_t page, struct crowd_device *d)
{
	struct crowd *c = by->crowd;
	struct race *r = race_of(c);
	uint64_t got;

	if (atomic_fetch_add(&r->migrated, 1) >= MOST_MIGRATIONS) {
		atomic_fetch_sub(&r->migrated, 1);
		return;
	}
	crowd_store(by, page);
	crowd_look(by, page, d, &got);
	crowd_begin(c, page, 1, false);
	if (madvise(crowd_page(c, page), c->page, MADV_SOFT_OFFLINE))
		atomic_fetch_sub(&r->migrated, 1);
	crowd_end(c, page, 1, false);
	crowd_reach(by, page, d, "migration");
}

/* ---- unmapping ---------------------------------------------------------- */

static int remap(struct crowd *c, size_t page)
{
	return pages_map(crowd_page(c, page), c->page) == MAP_FAILED ? -errno :
								       0;
}

/* Times that one page is taken. */
#define DROPS 2
/* Turns of others that it waits for a call which takes all of them. */
#define PATIENCE 64

/* Best in the course of such a call, which has cleared the entry and not told yet. */
static void meet_drop_all(struct crowd *c, size_t page)
{
	for (int i = 0; i < PATIENCE && sight_of(&c->taken[page]).quiet; i++)
		sched_yield();
}

static const char *drop_name(enum way way)
{
	return way == REMAP ? "mmap(MAP_FIXED)" : "madvise(MADV_DONTNEED)";
}

/* The device has the page, then the call takes it: of one page, or of all. */
static void take(struct changer *by, size_t page, struct crowd_device *d,
		 enum way way)
{
	struct crowd *c = by->crowd;
	size_t first = way == DROP_ALL ? 0 : page;
	size_t nr = way == DROP_ALL ? CROWD_PAGES : 1;
	uint64_t got;
	int err;

	crowd_store(by, page);
	crowd_look(by, page, d, &got);
	if (way == DROP_ONE)
		meet_drop_all(c, page);
	crowd_begin(c, first, nr, true);
	if (way == REMAP)
		err = remap(c, page);
	else
		err = madvise(crowd_page(c, first), nr * c->page,
			      MADV_DONTNEED) ?
			      -errno :
			      0;
	crowd_end(c, first, nr, true);
	if (crowd_must(c, err, drop_name(way)))
		crowd_gone(by, page, d, drop_name(way));
}

static void drop(struct changer *by, size_t page, struct crowd_device *d,
		 enum way way)
{
	struct crowd *c = by->crowd;

	for (int i = 0; i < (way == DROP_ONE ? DROPS : 1); i++)
		take(by, page, d, way);
	/* A read of the CPU's brings the zero page, which a write replaces. */
	if (way != DROP_ALL && crowd_word(c, page, crowd_own(by)))
		crowd_fail(
			c, NULL, PROP_SAFETY,
			"page %zu: the CPU itself has the old frame after %s",
			page, drop_name(way));
	crowd_gone(by, page, d, drop_name(way));
	if (dice_roll(&by->dice, 4) == 0)
		crowd_await(c);
	crowd_reach(by, page, d, drop_name(way));
	if (way == DROP_ALL)
		store_all(by);
}

/* ---- rounds ------------------------------------------------------------- */

static void change(struct changer *by, enum way way, size_t page,
		   struct crowd_device *d)
{
	atomic_store(&by->at, page);
	switch (way) {
	case PROTECT:
		protect(by, page, d);
		break;
	case FORK_REUSE:
	case FORK_COPY:
		share(by, page, d, way == FORK_COPY);
		break;
	case MIGRATE:
		migrate(by, page, d);
		break;
	default:
		drop(by, page, d, way);
	}
	atomic_fetch_add(&race_of(by->crowd)->changes, 1);
}

static enum way roll_way(struct changer *by)
{
	const unsigned int *odds = race_of(by->crowd)->plan->odds;
	unsigned int sum = 0, roll;
	enum way way;

	for (way = 0; way < NR_WAYS; way++)
		sum += odds[way];
	roll = dice_roll(&by->dice, sum);
	for (way = 0; roll >= odds[way]; way++)
		roll -= odds[way];
	return way;
}

static void *take_turns(void *arg)
{
	struct changer *by = arg;
	struct crowd *c = by->crowd;

	for (unsigned int i = 0; i < race_of(c)->plan->turns; i++) {
		size_t page =
			dice_roll(&by->dice, CROWD_PAGES / CROWD_CHANGERS) *
				CROWD_CHANGERS +
			by->number;
		enum way way = roll_way(by);

		if (atomic_load(&c->stop))
			break;
		change(by, way, page,
		       &c->devices[dice_roll(&by->dice, c->nr_models)]);
	}
	return NULL;
}

static void race(struct crowd *c)
{
	bool started[CROWD_CHANGERS];

	/* A frame that comes during an access is none that the device knows. */
	for (unsigned int i = 0; i < CROWD_CHANGERS; i++)
		store_all(&c->changers[i]);
	crowd_work(c);
	for (unsigned int i = 0; i < CROWD_CHANGERS; i++) {
		struct changer *by = &c->changers[i];

		dice_seed(&by->dice, c->seed, CROWD_DEVICES + i);
		started[i] = crowd_must(
			c, -pthread_create(&by->thread, NULL, take_turns, by),
			"start a changer");
	}
	for (unsigned int i = 0; i < CROWD_CHANGERS; i++)
		if (started[i])
			pthread_join(c->changers[i].thread, NULL);
	crowd_rest(c);
}

/*
 * One thread, on one CPU, and pages that nobody else has a reference to: a frame
 * in another CPU's list of new pages would be copied where it could be reused.
 */
static void alone(struct crowd *c)
{
	struct changer *by = &c->changers[0];
	size_t page = 0;
	int err;

	crowd_begin(c, 0, CROWD_PAGES, true);
	err = madvise(c->map, CROWD_PAGES * c->page, MADV_DONTNEED);
	crowd_end(c, 0, CROWD_PAGES, true);
	if (!crowd_must(c, err ? -errno : 0, "madvise"))
		return;
	c->is_alone = true;
	store_all(by);
	for (size_t i = 0; i < c->nr_devices; i++)
		for (enum way way = 0; way < NR_WAYS; way++) {
			if (!race_of(c)->plan->odds[way] ||
			    atomic_load(&c->stop))
				continue;
			change(by, way, page % CROWD_PAGES, &c->devices[i]);
			page += CROWD_CHANGERS;
		}
	c->is_alone = false;
}

static int run_on(cpu_set_t *set)
{
	return sched_setaffinity(0, sizeof(*set), set) ? -errno : 0;
}

static void compete_then_repeat(struct crowd *c)
{
	cpu_set_t all, one;

	race(c);
	CPU_ZERO(&one);
	if (!crowd_must(
		    c, sched_getaffinity(0, sizeof(all), &all) < 0 ? -errno : 0,
		    "the CPUs there are"))
		return;
	CPU_SET(sched_getcpu(), &one);
	if (crowd_must(c, run_on(&one), "stay on a CPU")) {
		alone(c);
		crowd_must(c, run_on(&all), "leave it");
	}
	crowd_check_frees(c);
}

/* ---- tests -------------------------------------------------------------- */

static const char *lacks(const struct race *r)
{
	const struct crowd *c = &r->crowd;
	struct scene s = { .missing = NULL };

	/* Of no page: it says whether there is such a call. */
	if (r->plan->odds[MIGRATE] && madvise(c->map, 0, MADV_SOFT_OFFLINE))
		needs_memory_failure(
			&s, -errno, MEMINFO,
			"needs madvise(MADV_SOFT_OFFLINE): CONFIG_MEMORY_FAILURE");
	return s.missing;
}

/* What the rules call the changes of each way. */
static const enum stlb_transition changes_of[NR_WAYS][4] = {
	[PROTECT] = { STLB_T_downgrade_mprotect, STLB_T_upgrade_mprotect,
		      STLB_T_NONE },
	[FORK_REUSE] = { STLB_T_downgrade_fork, STLB_T_upgrade_wp_reuse,
			 STLB_T_NONE },
	[FORK_COPY] = { STLB_T_downgrade_fork, STLB_T_cow_copy,
			STLB_T_upgrade_wp_reuse, STLB_T_NONE },
	[MIGRATE] = { STLB_T_cow_migrate, STLB_T_NONE },
	[DROP_ONE] = { STLB_T_unmap_dontneed, STLB_T_cow_zero_page,
		       STLB_T_NONE },
	[DROP_ALL] = { STLB_T_unmap_dontneed, STLB_T_cow_zero_page,
		       STLB_T_NONE },
	[REMAP] = { STLB_T_unmap_mmap_over, STLB_T_cow_zero_page, STLB_T_NONE },
};

#define CHANGES_MAX (3 * NR_WAYS + 1)

static void list_changes(const struct plan *plan, enum stlb_transition *all)
{
	for (enum way way = 0; way < NR_WAYS; way++)
		for (size_t i = 0;
		     plan->odds[way] && changes_of[way][i] != STLB_T_NONE; i++)
			*all++ = changes_of[way][i];
	*all = STLB_T_NONE;
}

/* Each round has devices and pages of its own. */
static bool play_round(struct race *r, unsigned long seed)
{
	enum stlb_transition changes[CHANGES_MAX];
	struct crowd *c = &r->crowd;
	bool good;

	list_changes(r->plan, changes);
	good = crowd_open(c, r->plan->frames, changes);
	c->seed = seed;
	if (good)
		c->findings.out.skip = lacks(r);
	if (good && !c->findings.out.skip)
		compete_then_repeat(c);
	r->visits += c->visits;
	for (size_t i = 0; i < c->nr_devices; i++) {
		r->moved += c->devices[i].moved;
		r->faulted += c->devices[i].faulted;
	}
	crowd_close(c);
	return !c->findings.out.skip && !c->broken;
}

static void report_check(const char *phase, enum crowd_check check,
			 struct crowd_count *count)
{
	char name[48];

	if (!count->begun)
		return;
	snprintf(name, sizeof(name), "%s.%s", phase, crowd_check_name(check));
	outcome_data(name, count->concluded);
	snprintf(name, sizeof(name), "%s.%s.begun", phase,
		 crowd_check_name(check));
	outcome_data(name, count->begun);
}

/*
 * A thread that is alone comes to a conclusion each time: nothing is under way. Of
 * threads that meet each kind of check must have come to one in each MEET_PART times
 * at least: right kernels do in one of three, race.unmap's of "kept", and mostly in
 * nearly all. Device threads that did nothing would show in "kept" as well.
 */
static void judge_counts(struct race *r)
{
	struct crowd *c = &r->crowd;

	if (r->plan->frames == CROWD_FRAMES_CHANGE_IF_UNHELD && !c->broken &&
	    !r->migrated)
		outcome_fail(
			&c->findings.out, PROP_VOID,
			"no page was migrated, although no device holds one; expected one at least");
	for (enum crowd_check k = 0; k < NR_CROWD_CHECKS; k++) {
		struct crowd_count *met = &c->findings.met[k];
		struct crowd_count *alone = &c->findings.alone[k];

		report_check("met", k, met);
		report_check("alone", k, alone);
		if (c->broken)
			continue;
		if (alone->concluded != alone->begun)
			outcome_fail(
				&c->findings.out, PROP_VOID,
				"alone, %lu of %lu checks of '%s' came to a conclusion; expected all",
				alone->concluded, alone->begun,
				crowd_check_name(k));
		if (met->concluded * MEET_PART < met->begun ||
		    (k == CROWD_KEPT && !met->concluded))
			outcome_fail(
				&c->findings.out, PROP_VOID,
				"of threads that meet, %lu of %lu checks of '%s' came to a conclusion; expected one of %d",
				met->concluded, met->begun, crowd_check_name(k),
				MEET_PART);
	}
}

static void report(const struct race *r, unsigned long first,
		   unsigned long rounds)
{
	outcome_data("seed", first);
	outcome_data("rounds", rounds);
	outcome_data("changes", r->changes);
	outcome_data("visits", r->visits);
	outcome_data("moved", r->moved);
	outcome_data("faulted", r->faulted);
	outcome_data("findings", r->crowd.findings.nr);
	if (r->plan->odds[MIGRATE])
		outcome_data("migrated", r->migrated);
}

static struct outcome run(const struct plan *plan)
{
	struct rounds rounds = rounds_begin();
	struct settings settings = { .nr = 0 };
	int err = settings_quiet(&settings);
	static struct race r;
	unsigned long nr = 0;

	r.plan = plan;
	while (play_round(&r, rounds.first_seed + nr++) &&
	       !rounds_over(&rounds) && r.migrated < MOST_MIGRATIONS)
		;
	settings_restore(&settings);
	if (!r.crowd.findings.out.skip) {
		if (err)
			outcome_fail(&r.crowd.findings.out, PROP_SETUP,
				     "quiet the kernel: %s", strerror(-err));
		report(&r, rounds.first_seed, nr);
		judge_counts(&r);
	}
	return r.crowd.findings.out;
}

FIXTURE(race)
{
	struct outcome out;
};
FIXTURE_SETUP(race)
{
}
FIXTURE_TEARDOWN(race)
{
}

#define RACE(name)                                          \
	TEST_F_TIMEOUT(race, name, LONG)                    \
	{                                                   \
		self->out = run(&name##_race);              \
		ASSERT_FALSE(self->out.is_void);            \
		if (self->out.skip && !self->out.failed)    \
			SKIP(return, "%s", self->out.skip); \
		ASSERT_EQ(0, self->out.failed);             \
	}

static const struct plan protect_race = {
	.turns = 60,
	.frames = CROWD_FRAMES_STAY,
	.odds = { [PROTECT] = 1 },
};

RACE(protect)

static const struct plan fork_race = {
	.turns = 10,
	.frames = CROWD_FRAMES_CHANGE,
	.odds = { [FORK_REUSE] = 1, [FORK_COPY] = 2 },
};

RACE(fork)

static const struct plan migrate_race = {
	.turns = 40,
	.frames = CROWD_FRAMES_CHANGE_IF_UNHELD, /* folio_migrate_mapping() */
	.odds = { [MIGRATE] = 1 },
};

RACE(migrate)

static const struct plan unmap_race = {
	.turns = 30,
	.frames = CROWD_FRAMES_CHANGE,
	.odds = { [DROP_ONE] = 3, [DROP_ALL] = 3, [REMAP] = 1 },
};

RACE(unmap)

/* Migration succeeds where no device happens to hold the frame. */
static const struct plan all_race = {
	.turns = 30,
	.frames = CROWD_FRAMES_CHANGE,
	.odds = {
		[PROTECT] = 6,
		[FORK_REUSE] = 1,
		[FORK_COPY] = 2,
		[MIGRATE] = 1,
		[DROP_ONE] = 4,
		[DROP_ALL] = 2,
		[REMAP] = 2,
	},
};

RACE(all)

TEST_HARNESS_MAIN
