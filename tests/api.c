// SPDX-License-Identifier: GPL-2.0-only
/*
 * api: what the mmu_notifier API itself promises its subscribers
 * (mm/mmu_notifier.c, include/linux/mmu_notifier.h), whatever changes the pages.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../harness/guest/idle.h"
#include "../harness/guest/outcome.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/recorder.h"
#include "../harness/guest/settings.h"
#include "../harness/guest/subscriber.h"

#define PAGES 8
/* Changes of the pages, one after another. */
#define ROUNDS 40
/* Subscriptions made and ended while another thread changes pages. */
#define RACES 20
/* Turns after which what must have been seen never comes. */
#define MISSED 1000
/* Of a mirror at one page, one after another. */
#define LOOKS 8
/* Seconds; the runner has a deadline of its own. */
#define LONG 3600

FIXTURE(api)
{
	size_t page, bytes;
	char *map; /* PAGES private anonymous pages, untouched; holes around */
	char *elsewhere; /* as many, never changed by change() */
	struct settings settings;
	struct outcome out;
};

/* With page tables of their own. */
static void *map_alone(size_t page, size_t bytes)
{
	char *hole = pages_reserve_tables(bytes + 2 * page);

	return hole == MAP_FAILED ? hole : pages_map(hole + page, bytes);
}

FIXTURE_SETUP(api)
{
	struct subscriber s;
	int err = subscriber_open(&s);

	if (recorder_missing(err))
		SKIP(return, "%s", recorder_missing(err));
	ASSERT_EQ(0, err);
	subscriber_close(&s);
	ASSERT_EQ(0, settings_quiet(&self->settings));
	self->page = sysconf(_SC_PAGESIZE);
	self->bytes = PAGES * self->page;
	self->map = map_alone(self->page, self->bytes);
	self->elsewhere = map_alone(self->page, self->bytes);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_NE(MAP_FAILED, self->elsewhere);
}

FIXTURE_TEARDOWN(api)
{
	settings_restore(&self->settings);
}

/*
 * One CPU for this process: then a thread that gives it up is one that lets the
 * other run.
 */
static int pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/* ---- helpers ------------------------------------------------------------ */

/*
 * Populates the pages and takes them away: a range of theirs is announced, and
 * each secondary TLB has to be told.
 */
static int change(char *map, size_t page, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		*(volatile char *)(map + i * page) = 1;
	return madvise(map, nr * page, MADV_DONTNEED) ? -errno : 0;
}

/* A subscriber of the test's pages, or of those elsewhere. */
struct one {
	struct subscriber s;
	const char *name;
	struct stlb_counts counts;
};

static int add(struct one *one, const char *name,
	       enum stlb_subscriber_kind kind, const void *start, size_t bytes)
{
	int err = subscriber_open(&one->s);

	one->name = name;
	return err ? err : subscriber_subscribe(&one->s, kind, start, bytes, 0);
}

__attribute__((format(printf, 4, 5))) static void
demand(struct outcome *o, bool held, enum property p, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (held)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	outcome_fail(o, p, "%s", text);
}

static void demand_none(struct outcome *o, const struct one *one,
			const char *op, unsigned long long nr)
{
	demand(o, !nr, PROP_IDENTITY,
	       "the subscriber '%s' got %llu calls of %s, which it did not ask for; expected none",
	       one->name, nr, op);
}

static void demand_calls(struct outcome *o, const struct one *one,
			 const char *op, unsigned long long nr,
			 unsigned long long least)
{
	demand(o, nr >= least, PROP_COVERAGE,
	       "the subscriber '%s' got %llu calls of %s for %llu changes; expected one each at least",
	       one->name, nr, op, least);
}

static void demand_same(struct outcome *o, const struct one *a,
			const struct one *b, const char *op,
			unsigned long long nr_a, unsigned long long nr_b)
{
	demand(o, nr_a == nr_b, PROP_COVERAGE,
	       "the subscriber '%s' got %llu calls of %s and '%s' %llu; expected the same",
	       a->name, nr_a, op, b->name, nr_b);
}

/* ---- arguments ---------------------------------------------------------- */

TEST_F(api, arguments)
{
	const struct stlb_sub_request good = {
		.abi = STLB_ABI,
		.kind = STLB_SUB_INTERVAL,
		.start = (uintptr_t)self->map,
		.len = self->page,
	};
	static const __u32 flags_of[STLB_NR_SUBSCRIBERS] = {
		[STLB_SUB_RANGE] = STLB_SUB_LINGER,
		[STLB_SUB_BOTH] = STLB_SUB_LINGER,
		[STLB_SUB_INTERVAL] = STLB_SUB_LINGER | STLB_SUB_REFUSE,
		[STLB_SUB_START] = STLB_SUB_LINGER | STLB_SUB_REFUSE,
		[STLB_SUB_AGING] = STLB_SUB_YOUNG,
	};
	struct stlb_sub_request bad[8];
	struct stlb_counts counts;
	struct stlb_look look;
	struct subscriber s;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = good;
	bad[0].kind = STLB_NR_SUBSCRIBERS;
	bad[1].start++;
	bad[2].len = 0;
	bad[3].len++;
	bad[4].len = (STLB_SUB_MAX_PAGES + 1) * self->page;
	bad[5].start = -self->page;
	bad[6].flags = ~STLB_SUB_FLAGS;
	bad[7].reserved = 1;

	ASSERT_EQ(0, subscriber_open(&s));
	EXPECT_EQ(-ENXIO, subscriber_counts(&s, &counts));
	EXPECT_EQ(-ENXIO, subscriber_look(&s, self->map, &look));
	EXPECT_EQ(-ENXIO, subscriber_end(&s));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-1, ioctl(s.fd, STLB_IOC_SUBSCRIBE, &bad[i]));
		EXPECT_EQ(EINVAL, errno)
		{
			TH_LOG("case %zu", i);
		}
	}
	/* A flag that would have no effect on the kind. */
	for (__u32 kind = 0; kind < STLB_NR_SUBSCRIBERS; kind++)
		for (__u32 flag = 1; flag <= STLB_SUB_FLAGS; flag *= 2) {
			bad[0] = good;
			bad[0].kind = kind;
			bad[0].flags = flag;
			if (flag & flags_of[kind])
				continue;
			EXPECT_EQ(-1, ioctl(s.fd, STLB_IOC_SUBSCRIBE, &bad[0]));
			EXPECT_EQ(EINVAL, errno)
			{
				TH_LOG("kind %u, flag %u", kind, flag);
			}
		}
	bad[0] = good;
	bad[0].abi++;
	EXPECT_EQ(-1, ioctl(s.fd, STLB_IOC_SUBSCRIBE, &bad[0]));
	EXPECT_EQ(EPROTONOSUPPORT, errno);
	EXPECT_EQ(-1, ioctl(s.fd, STLB_IOC_SUBSCRIBE, 1));
	EXPECT_EQ(EFAULT, errno);

	EXPECT_EQ(0, ioctl(s.fd, STLB_IOC_SUBSCRIBE, &good));
	EXPECT_EQ(-1, ioctl(s.fd, STLB_IOC_SUBSCRIBE, &good));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-EINVAL, subscriber_look(&s, self->map + self->page, &look));
	EXPECT_EQ(-EINVAL, subscriber_look(&s, self->map + 1, &look));
	EXPECT_EQ(0, subscriber_look(&s, self->map, &look));
	EXPECT_EQ(0, look.pfn);
	EXPECT_EQ(0, subscriber_end(&s));
	EXPECT_EQ(-ENOENT, subscriber_end(&s));
	EXPECT_EQ(-EINVAL, subscriber_look(&s, self->map, &look));
	EXPECT_EQ(0, subscriber_counts(&s, &counts));
	subscriber_close(&s);
}

/* ---- who gets what ------------------------------------------------------ */

/*
 * An IOMMU driver's table and a mirror's in one: from 6.6 the kernel refuses it,
 * with a warning that the runner expects here (catalogue.c); up to 6.5 it works.
 */
TEST_F(api, one_table)
{
	struct stlb_counts rule;
	struct one both = { .name = "both" }, probe = { .name = "probe" };
	int err;

	ASSERT_EQ(0, add(&probe, "probe", STLB_SUB_SECONDARY, self->map,
			 self->bytes));
	ASSERT_EQ(0, subscriber_counts(&probe.s, &rule));
	err = add(&both, "both", STLB_SUB_BOTH, self->map, self->bytes);
	/* The op has a table of its own: the compiler refuses the other. */
	if (err == -EOPNOTSUPP)
		return;
	if (err) {
		ASSERT_EQ(-EINVAL, err);
	} else if (rule.flags & STLB_COUNTS_REFUSES_BOTH) {
		demand(&self->out, false, PROP_IDENTITY,
		       "the kernel took an ops table with the secondary-TLB op and invalidate_range_start/end; expected -EINVAL from __mmu_notifier_register()");
	} else {
		for (int i = 0; i < ROUNDS; i++)
			ASSERT_EQ(0, change(self->map, self->page, PAGES));
		ASSERT_EQ(0, subscriber_counts(&both.s, &both.counts));
		demand_calls(&self->out, &both, "the secondary-TLB op",
			     both.counts.secondary, ROUNDS);
		demand_calls(&self->out, &both, "invalidate_range_start",
			     both.counts.starts, ROUNDS);
	}
	ASSERT_EQ(0, self->out.failed);
}

enum {
	SECONDARY,
	SECONDARY2,
	RANGE,
	RANGE2,
	RELEASE,
	INTERVAL,
	INTERVAL2,
	FAR_INTERVAL,
	NR
};

static const struct {
	const char *name;
	enum stlb_subscriber_kind kind;
} kinds[NR] = {
	[SECONDARY] = { "secondary", STLB_SUB_SECONDARY },
	[SECONDARY2] = { "another secondary", STLB_SUB_SECONDARY },
	[RANGE] = { "range", STLB_SUB_RANGE },
	[RANGE2] = { "another range", STLB_SUB_RANGE },
	[RELEASE] = { "release only", STLB_SUB_RELEASE },
	[INTERVAL] = { "interval", STLB_SUB_INTERVAL },
	[INTERVAL2] = { "another interval", STLB_SUB_INTERVAL },
	[FAR_INTERVAL] = { "interval elsewhere", STLB_SUB_INTERVAL },
};

/* What each may get, and what it must. */
static void judge_each(struct outcome *o, const struct one *one, int which,
		       unsigned long long changes)
{
	const struct stlb_counts *c = &one->counts;
	bool secondary = kinds[which].kind == STLB_SUB_SECONDARY;
	bool range = kinds[which].kind == STLB_SUB_RANGE;
	bool interval = which == INTERVAL || which == INTERVAL2;

	if (secondary)
		demand_calls(o, one, "the secondary-TLB op", c->secondary,
			     changes);
	else
		demand_none(o, one, "the secondary-TLB op", c->secondary);
	if (range)
		demand_calls(o, one, "invalidate_range_start", c->starts,
			     changes);
	else
		demand_none(o, one, "invalidate_range_start", c->starts);
	demand(o, c->starts == c->ends, PROP_PAIRING,
	       "the subscriber '%s' got %llu calls of invalidate_range_start and %llu of _end",
	       one->name, (unsigned long long)c->starts,
	       (unsigned long long)c->ends);
	if (interval)
		demand_calls(o, one, "the interval callback", c->intervals,
			     changes);
	else
		demand_none(o, one, "the interval callback", c->intervals);
	demand_none(o, one, "release, while the address space lives",
		    c->releases);
	demand(o, !c->foreign, PROP_IDENTITY,
	       "the subscriber '%s' got %llu calls with another address space",
	       one->name, (unsigned long long)c->foreign);
}

static void judge_all(struct outcome *o, const struct one *all,
		      unsigned long long changes)
{
	for (int i = 0; i < NR; i++)
		judge_each(o, &all[i], i, changes);
	demand_same(o, &all[SECONDARY], &all[SECONDARY2],
		    "the secondary-TLB op", all[SECONDARY].counts.secondary,
		    all[SECONDARY2].counts.secondary);
	demand_same(o, &all[RANGE], &all[RANGE2], "invalidate_range_start",
		    all[RANGE].counts.starts, all[RANGE2].counts.starts);
	demand_same(o, &all[INTERVAL], &all[INTERVAL2], "the interval callback",
		    all[INTERVAL].counts.intervals,
		    all[INTERVAL2].counts.intervals);
	/* A range is announced to both kinds of mirror, or to neither. */
	demand_same(o, &all[RANGE], &all[INTERVAL], "a range's announcement",
		    all[RANGE].counts.starts, all[INTERVAL].counts.intervals);
}

/* Subscribes in the order given, changes the pages, judges what each got. */
static int subscribe_and_judge(FIXTURE_DATA(api) * self, const int *order)
{
	struct one all[NR] = { 0 };
	int err = 0;

	for (int i = 0; i < NR && !err; i++) {
		int which = order[i];

		err = add(&all[which], kinds[which].name, kinds[which].kind,
			  which == FAR_INTERVAL ? self->elsewhere : self->map,
			  self->bytes);
	}
	for (int i = 0; i < ROUNDS && !err; i++)
		err = change(self->map, self->page, PAGES);
	for (int i = 0; i < NR && !err; i++)
		err = subscriber_counts(&all[i].s, &all[i].counts);
	if (!err)
		judge_all(&self->out, all, ROUNDS);
	outcome_data("secondary_per_change",
		     all[SECONDARY].counts.secondary / ROUNDS);
	for (int i = 0; i < NR; i++)
		subscriber_close(&all[i].s);
	return err;
}

TEST_F(api, own_calls)
{
	static const int order[NR] = { SECONDARY,  RANGE,	RELEASE,
				       SECONDARY2, RANGE2,	INTERVAL,
				       INTERVAL2,  FAR_INTERVAL };

	ASSERT_EQ(0, subscribe_and_judge(self, order));
	ASSERT_EQ(0, self->out.failed);
}

/*
 * The first interval notifier allocates the mm's list of subscriptions itself
 * (mmu_notifier_register(NULL)), and a later registration has to find it.
 */
TEST_F(api, interval_first)
{
	static const int order[NR] = { INTERVAL,   FAR_INTERVAL, SECONDARY,
				       RANGE,	   INTERVAL2,	 RELEASE,
				       SECONDARY2, RANGE2 };

	ASSERT_EQ(0, subscribe_and_judge(self, order));
	ASSERT_EQ(0, self->out.failed);
}

/* ---- an end is an end --------------------------------------------------- */

static void judge_ended(struct outcome *o, struct one *one,
			const struct stlb_counts *at_end)
{
	demand(o, !one->counts.late, PROP_IDENTITY,
	       "the subscriber '%s' got %llu calls after unregistering had returned",
	       one->name, (unsigned long long)one->counts.late);
	demand(o,
	       one->counts.secondary == at_end->secondary &&
		       one->counts.starts == at_end->starts &&
		       one->counts.intervals == at_end->intervals,
	       PROP_IDENTITY,
	       "the subscriber '%s' was called on after it had unregistered",
	       one->name);
}

TEST_F(api, unregister)
{
	for (int i = 0; i < NR; i++) {
		struct one one = { 0 };
		struct stlb_counts at_end;

		if (i == FAR_INTERVAL)
			continue;
		ASSERT_EQ(0, add(&one, kinds[i].name, kinds[i].kind, self->map,
				 self->bytes));
		ASSERT_EQ(0, change(self->map, self->page, PAGES));
		ASSERT_EQ(0, subscriber_end(&one.s));
		ASSERT_EQ(0, subscriber_counts(&one.s, &at_end));
		ASSERT_EQ(0, change(self->map, self->page, PAGES));
		ASSERT_EQ(0, subscriber_counts(&one.s, &one.counts));
		judge_ended(&self->out, &one, &at_end);
		/* mmu_notifier_unregister() calls it; an interval has none. */
		demand(&self->out,
		       at_end.releases == (kinds[i].kind != STLB_SUB_INTERVAL),
		       PROP_COVERAGE,
		       "unregistering '%s' called release %llu times", one.name,
		       (unsigned long long)at_end.releases);
		subscriber_close(&one.s);
	}
	ASSERT_EQ(0, self->out.failed);
}

/*
 * mmu_notifier_get(): one subscription for all on the mm, so each change is
 * counted once; it lives until the last put, which frees it.
 */
TEST_F(api, shared)
{
	struct one a = { 0 }, b = { 0 }, plain = { 0 };
	struct stlb_counts then;

	ASSERT_EQ(0,
		  add(&plain, "range", STLB_SUB_RANGE, self->map, self->bytes));
	ASSERT_EQ(0,
		  add(&a, "shared", STLB_SUB_SHARED, self->map, self->bytes));
	/* The range is the first one's, or it is another subscription. */
	ASSERT_EQ(0, add(&b, "shared, again", STLB_SUB_SHARED, self->elsewhere,
			 self->bytes));
	for (int i = 0; i < ROUNDS; i++)
		ASSERT_EQ(0, change(self->map, self->page, PAGES));
	ASSERT_EQ(0, subscriber_counts(&plain.s, &plain.counts));
	ASSERT_EQ(0, subscriber_counts(&b.s, &b.counts));
	demand_calls(&self->out, &b, "invalidate_range_start", b.counts.starts,
		     ROUNDS);
	demand_same(&self->out, &plain, &b, "invalidate_range_start",
		    plain.counts.starts, b.counts.starts);

	then = b.counts;
	ASSERT_EQ(0, subscriber_end(&a.s));
	ASSERT_EQ(0, change(self->map, self->page, PAGES));
	ASSERT_EQ(0, subscriber_counts(&b.s, &b.counts));
	demand(&self->out, b.counts.starts > then.starts, PROP_COVERAGE,
	       "one of two gets was put, and the subscription is told no more");
	/* Returns when the kernel has called free_notifier. */
	ASSERT_EQ(0, subscriber_end(&b.s));
	ASSERT_EQ(0, change(self->map, self->page, PAGES));
	ASSERT_EQ(0, self->out.failed);
}

/* ---- how often --------------------------------------------------------- */

/* Pages that a child shares are copied, and others reused, on a write. */
static int share(char *map, size_t page, size_t nr)
{
	int go[2], err = pipe(go) ? -errno : 0;
	char c = 1;
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	if (!pid) {
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	for (size_t i = 0; pid > 0 && i < nr / 2; i++)
		*(volatile char *)(map + i * page) = 2;
	(void)!write(go[1], &c, 1);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		err = -errno;
	for (size_t i = nr / 2; !err && i < nr; i++)
		*(volatile char *)(map + i * page) = 3;
	close(go[0]);
	close(go[1]);
	return err;
}

static int protect(char *map, size_t bytes)
{
	if (mprotect(map, bytes, PROT_READ) ||
	    mprotect(map, bytes, PROT_READ | PROT_WRITE))
		return -errno;
	return 0;
}

/*
 * How often a page is told is the kernel's choice: a second flush is one that the
 * CPUs have, too. But a flush calls the subscribers one after the other, so of two
 * neither is called again before the other has been:
 *
 *	flush				flush
 *	  first, second			  first, second
 *
 * One thread makes all changes, so no flush comes in another's course.
 */
TEST_F(api, once)
{
	struct one two[2] = { 0 };

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, add(&two[i], i ? "second" : "first",
				 STLB_SUB_SECONDARY, self->map, self->bytes));
	for (int i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, change(self->map, self->page, PAGES));
		for (size_t n = 0; n < PAGES; n++)
			self->map[n * self->page] = 1;
		ASSERT_EQ(0, protect(self->map, self->bytes));
		ASSERT_EQ(0, share(self->map, self->page, PAGES));
	}
	for (int i = 0; i < 2; i++) {
		struct stlb_counts *c = &two[i].counts;

		ASSERT_EQ(0, subscriber_counts(&two[i].s, c));
		demand_calls(&self->out, &two[i], "the secondary-TLB op",
			     c->secondary, 3 * ROUNDS);
		demand(&self->out, !c->again, PROP_ECONOMY,
		       "%llu of %llu calls of the secondary-TLB op came to the subscriber '%s' before the other had the one before; expected one for each of a flush",
		       (unsigned long long)c->again,
		       (unsigned long long)c->secondary, two[i].name);
		subscriber_close(&two[i].s);
	}
	outcome_data("calls", two[0].counts.secondary);
	ASSERT_EQ(0, self->out.failed);
}

/* ---- races -------------------------------------------------------------- */

/* A thread that changes the pages until it is told to stop. */
struct changer {
	pthread_t thread;
	char *map;
	size_t page;
	volatile bool stop;
	volatile unsigned long rounds;
	int err;
};

static void *keep_changing(void *arg)
{
	struct changer *c = arg;

	while (!c->stop && !c->err) {
		c->err = change(c->map, c->page, PAGES);
		c->rounds++;
	}
	return NULL;
}

static int start_changer(struct changer *c, char *map, size_t page)
{
	*c = (struct changer){ .map = map, .page = page };
	return -pthread_create(&c->thread, NULL, keep_changing, c);
}

static int stop_changer(struct changer *c)
{
	c->stop = true;
	pthread_join(c->thread, NULL);
	return c->err;
}

/* Returns once the changer has made at least one whole round more. */
static void await_change(struct changer *c)
{
	unsigned long until = c->rounds + 2;

	while (c->rounds < until && !c->err)
		sched_yield();
}

/* Of a process: 'R', 'S', 'D' as in proc(5); 0: it is none. */
static char state_of(pid_t pid)
{
	char name[64], state = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	f = fopen(name, "re");
	if (!f || fscanf(f, "%*d %*s %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state;
}

/* Subscribes and unsubscribes, and is killed where it waits for the kernel. */
static int kill_unsubscriber(const void *start, size_t bytes, int *status)
{
	struct subscriber s;
	pid_t pid = fork();
	char state;

	if (pid < 0)
		return -errno;
	if (!pid) {
		if (subscriber_open(&s) ||
		    subscriber_subscribe(&s, STLB_SUB_SHARED, start, bytes, 0))
			_exit(1);
		_exit(subscriber_end(&s) != 0);
	}
	do
		state = state_of(pid);
	while (state && state != 'D' && state != 'Z');
	kill(pid, SIGKILL);
	return waitpid(pid, status, 0) == pid ? 0 : -errno;
}

/*
 * The last put of a shared subscription ends it by a callback of SRCU. A task that is
 * killed before that comes does not wait for it, and the module may be told to go.
 */
TEST_F_TIMEOUT(api, shared_killed, LONG)
{
	const char *path = getenv("STLB_MODULE");
	int fd, status, killed = 0;

	if (!path)
		SKIP(return, "needs STLB_MODULE=path of stlb.ko");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	for (int i = 0; i < RACES; i++) {
		ASSERT_EQ(0, kill_unsubscriber(self->map, self->bytes, &status));
		killed += WIFSIGNALED(status);
		EXPECT_TRUE(WIFSIGNALED(status) || !status);
		ASSERT_EQ(0, syscall(SYS_delete_module, "stlb", O_NONBLOCK));
		ASSERT_EQ(0, syscall(SYS_finit_module, fd, "", 0));
	}
	outcome_data("killed", killed);
}

/*
 * A range callback gives up the CPU (STLB_SUB_LINGER), so that the other thread
 * is often in the middle of unregistering when it goes on:
 *
 *	changer				test
 *	invalidate_range_start: enter
 *					unregister: must wait
 *	leave
 *					returns; nothing is under way
 */
TEST_F_TIMEOUT(api, unregister_waits, LONG)
{
	unsigned long found = 0, until;
	struct changer c;

	ASSERT_EQ(0, pin());
	ASSERT_EQ(0, start_changer(&c, self->map, self->page));
	for (int i = 0; i < RACES; i++) {
		enum stlb_subscriber_kind kind = i & 1 ? STLB_SUB_INTERVAL :
							 STLB_SUB_RANGE;
		struct stlb_counts before, after;
		struct subscriber s;

		ASSERT_EQ(0, subscriber_open(&s));
		ASSERT_EQ(0,
			  subscriber_subscribe(&s, kind, self->map, self->bytes,
					       STLB_SUB_LINGER));
		until = c.rounds + MISSED;
		do {
			sched_yield();
			ASSERT_EQ(0, subscriber_counts(&s, &before));
		} while (!before.under_way && !c.err && c.rounds < until);
		found += before.under_way;
		ASSERT_EQ(0, subscriber_end(&s));
		ASSERT_EQ(0, subscriber_counts(&s, &after));
		await_change(&c);
		demand(&self->out, !after.under_way, PROP_ORDER,
		       "unregistering returned while a callback was under way");
		ASSERT_EQ(0, subscriber_counts(&s, &after));
		demand(&self->out, !after.late, PROP_IDENTITY,
		       "%llu callbacks came when unregistering had returned",
		       (unsigned long long)after.late);
		subscriber_close(&s);
	}
	ASSERT_EQ(0, stop_changer(&c));
	outcome_data("met_under_way", found);
	demand(&self->out, found, PROP_COVERAGE,
	       "no subscriber was ever in a callback while the pages changed");
	ASSERT_EQ(0, self->out.failed);
}

/*
 * All kinds come and go while another thread changes the pages. Those that stay
 * lose nothing: they get a call for each change, and the same number.
 */
TEST_F_TIMEOUT(api, race, LONG)
{
	static const enum stlb_subscriber_kind come_and_go[] = {
		STLB_SUB_SECONDARY, STLB_SUB_SHARED, STLB_SUB_INTERVAL,
		STLB_SUB_RANGE,	    STLB_SUB_SHARED, STLB_SUB_RELEASE,
	};
	struct one stay[NR] = { 0 };
	unsigned long rounds;
	struct changer c;

	for (int i = 0; i < NR; i++)
		ASSERT_EQ(0,
			  add(&stay[i], kinds[i].name, kinds[i].kind,
			      i == FAR_INTERVAL ? self->elsewhere : self->map,
			      self->bytes));
	ASSERT_EQ(0, start_changer(&c, self->map, self->page));
	for (size_t i = 0; i < RACES; i++) {
		struct subscriber s[ARRAY_SIZE(come_and_go)];

		for (size_t k = 0; k < ARRAY_SIZE(s); k++) {
			ASSERT_EQ(0, subscriber_open(&s[k]));
			ASSERT_EQ(0, subscriber_subscribe(&s[k], come_and_go[k],
							  self->map,
							  self->bytes, 0));
			sched_yield();
		}
		for (size_t k = 0; k < ARRAY_SIZE(s); k++)
			subscriber_close(&s[(k + i) % ARRAY_SIZE(s)]);
	}
	await_change(&c);
	ASSERT_EQ(0, stop_changer(&c));
	rounds = c.rounds;
	for (int i = 0; i < NR; i++)
		ASSERT_EQ(0, subscriber_counts(&stay[i].s, &stay[i].counts));
	judge_all(&self->out, stay, rounds);
	for (int i = 0; i < NR; i++)
		subscriber_close(&stay[i].s);
	outcome_data("changes", rounds);
	ASSERT_EQ(0, self->out.failed);
}

/* ---- release ------------------------------------------------------------ */

/*
 * The process ends: release is called once for each that has it, an interval is
 * told of everything, and unregistering afterwards finds nothing to call.
 */
TEST_F(api, release)
{
	struct one all[NR] = { 0 };
	struct stlb_look look;
	int status;
	pid_t pid;

	for (int i = 0; i < NR; i++)
		ASSERT_EQ(0, subscriber_open(&all[i].s));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int err = 0;

		for (int i = 0; i < NR && !err; i++)
			err = subscriber_subscribe(&all[i].s, kinds[i].kind,
						   self->map, self->bytes, 0);
		for (int i = 0; i < PAGES; i++)
			self->map[i * self->page] = 1;
		if (!err)
			err = subscriber_look(&all[INTERVAL].s, self->map,
					      &look);
		_exit(err || !look.pfn);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	for (int i = 0; i < NR; i++) {
		bool interval = kinds[i].kind == STLB_SUB_INTERVAL;
		struct stlb_counts *c = &all[i].counts;

		all[i].name = kinds[i].name;
		ASSERT_EQ(0, subscriber_counts(&all[i].s, c));
		demand(&self->out, c->releases == !interval, PROP_COVERAGE,
		       "the address space ended and the subscriber '%s' got %llu calls of release",
		       all[i].name, (unsigned long long)c->releases);
		if (interval)
			demand_calls(&self->out, &all[i],
				     "the interval callback", c->intervals, 1);
		ASSERT_EQ(0, subscriber_end(&all[i].s));
		ASSERT_EQ(0, subscriber_counts(&all[i].s, c));
		demand(&self->out, c->releases == !interval, PROP_COVERAGE,
		       "release of '%s' was called again by unregistering",
		       all[i].name);
	}
	for (int i = 0; i < NR; i++)
		subscriber_close(&all[i].s);
	ASSERT_EQ(0, self->out.failed);
}

/* ---- the accessed bit --------------------------------------------------- */

/* One at least of so many is where idle_count() knows. */
#define AGED STLB_SUB_MAX_PAGES
#define ALL_AGED (~0ULL)

struct ageing {
	char *map; /* AGED pages */
	struct one mirrors[2];
	int idle; /* pages that are idle at last */
};

/*
 * A page that is locked just then is passed over, and asked of when the bitmap is read
 * (page_idle_clear_pte_refs()): so it is read until all is as it should be, or never is.
 */
static int look_at_idle(struct ageing *a, bool used)
{
	int err = 0;

	for (int i = 0; i < MISSED && !err; i++) {
		__u64 aged = ALL_AGED;

		a->idle = idle_count(a->map, AGED);
		err = a->idle < 0 ? a->idle : 0;
		for (int m = 0; m < 2 && !err; m++) {
			struct one *one = &a->mirrors[m];

			err = subscriber_counts(&one->s, &one->counts);
			aged &= one->counts.aged;
		}
		if (aged == ALL_AGED && (!used || !a->idle))
			break;
		sched_yield();
	}
	return err;
}

/* Makes written pages idle; one of two mirrors says that it @used them, or none does. */
static int age(FIXTURE_DATA(api) * self, struct ageing *a, bool used)
{
	int err = 0;

	for (int m = 0; m < 2 && !err; m++) {
		struct one *one = &a->mirrors[m];

		one->name = m ? "another mirror" : "mirror";
		err = subscriber_open(&one->s);
		if (!err)
			err = subscriber_subscribe(
				&one->s, STLB_SUB_AGING, a->map,
				AGED * self->page,
				used && m ? STLB_SUB_YOUNG : 0);
	}
	for (size_t i = 0; i < AGED; i++)
		a->map[i * self->page] = 1;
	if (!err)
		err = pages_to_lru();
	if (!err)
		err = idle_set(a->map, AGED);
	if (!err)
		err = look_at_idle(a, used);
	for (int m = 0; m < 2 && !err; m++)
		subscriber_close(&a->mirrors[m].s);
	return err;
}

/*
 * A page is idle when neither a CPU nor a mirror has used it: who clears the accessed
 * bit asks the mirrors, too (clear_young in mmu_notifier.h), here for the bitmap of
 * idle pages.
 */
TEST_F(api, aging)
{
	struct ageing a = { .map = pages_map(NULL, AGED * self->page) };

	ASSERT_NE(MAP_FAILED, a.map);
	if (access(IDLE_BITMAP, F_OK))
		SKIP(return, IDLE_MISSING);
	ASSERT_EQ(0, age(self, &a, false));
	for (int m = 0; m < 2; m++)
		demand(&self->out, a.mirrors[m].counts.aged == ALL_AGED,
		       PROP_COVERAGE,
		       "%d pages were made idle and '%s' was asked of %d (%#llx); expected all",
		       AGED, a.mirrors[m].name,
		       __builtin_popcountll(a.mirrors[m].counts.aged),
		       (unsigned long long)a.mirrors[m].counts.aged);
	demand(&self->out, a.idle, PROP_CONTROL,
	       "none of %d pages that nobody used is idle", AGED);
	ASSERT_EQ(0, age(self, &a, true));
	demand(&self->out, !a.idle, PROP_COVERAGE,
	       "a mirror said that it had used the pages, and %d of %d are idle; expected none",
	       a.idle, AGED);
	ASSERT_EQ(0, self->out.failed);
}

/* ---- an announcement that may not block --------------------------------- */

/* A subscriber of a process that is reaped, and what it got. */
struct witness {
	struct one one;
	enum stlb_subscriber_kind kind;
	__u32 flags;
	struct stlb_counts reaped; /* when the reaper came back */
	struct stlb_counts dead; /* when the process had ended */
};

static void be_reaped(FIXTURE_DATA(api) * self, struct witness *all, size_t nr,
		      int ready)
{
	int err = prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;

	for (size_t i = 0; i < nr && !err; i++)
		err = subscriber_subscribe(&all[i].one.s, all[i].kind,
					   self->map, self->bytes,
					   all[i].flags);
	for (size_t i = 0; i < PAGES; i++)
		self->map[i * self->page] = 1;
	if (err || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* How many of the pages are mapped in the process of @pagemap, or -errno. */
static int pages_there(FIXTURE_DATA(api) * self, int pagemap)
{
	uint64_t entries[PAGES];
	off_t at = (uintptr_t)self->map / self->page * sizeof(*entries);
	int nr = 0;

	if (pread(pagemap, entries, sizeof(entries), at) != sizeof(entries))
		return -errno;
	for (int i = 0; i < PAGES; i++)
		nr += entries[i] >> 63; /* present: pagemap.rst */
	return nr;
}

/* Nothing here waits: the process would run. */
static int kill_and_reap(pid_t pid, int *reaped)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 || kill(pid, SIGKILL))
		return -errno;
	*reaped = syscall(SYS_process_mrelease, fd, 0) ? -errno : 0;
	close(fd);
	return 0;
}

static void judge_refusal(struct outcome *o, const struct witness *all,
			  size_t nr, int reaped, int there)
{
	unsigned long long refused = 0;

	for (size_t i = 0; i < nr; i++)
		refused += all[i].reaped.refused;
	demand(o, refused, PROP_SETUP,
	       "process_mrelease() gave %d and asked nobody who refuses",
	       reaped);
	demand(o, reaped == -EAGAIN, PROP_SAFETY,
	       "a subscriber refused and process_mrelease() gave %d; expected -EAGAIN",
	       reaped);
	demand(o, there == PAGES, PROP_SAFETY,
	       "a subscriber refused and %d of %d pages were taken; expected none",
	       PAGES - there, PAGES);
	for (size_t i = 0; i < nr; i++) {
		const struct witness *w = &all[i];

		demand(o,
		       w->kind != STLB_SUB_RANGE ||
			       w->reaped.starts == w->reaped.ends,
		       PROP_PAIRING,
		       "the subscriber '%s' was told of %llu starts and %llu ends of what another refused",
		       w->one.name, (unsigned long long)w->reaped.starts,
		       (unsigned long long)w->reaped.ends);
		demand(o,
		       w->kind != STLB_SUB_INTERVAL || !w->reaped.sequence ||
			       w->reaped.sequence != w->dead.sequence,
		       PROP_LIVENESS,
		       "the invalidation that was refused (number %llu) was still under way for '%s' when the process ended: mmu_interval_read_begin() and _remove() would wait for ever",
		       (unsigned long long)w->reaped.sequence, w->one.name);
		demand(o, w->kind == STLB_SUB_INTERVAL || w->dead.releases == 1,
		       PROP_COVERAGE,
		       "the address space ended and the subscriber '%s' got %llu calls of release",
		       w->one.name, (unsigned long long)w->dead.releases);
	}
}

/*
 * The one announcement that may not block is the OOM killer's reaper's, whose
 * function is process_mrelease()'s, too. The child does not run again before the
 * parent waits:
 *
 *	child				parent, on the same CPU
 *	subscribes in the order of @all
 *	writes the pages, says so
 *	pauses
 *					becomes SCHED_FIFO
 *					kill(): the child is runnable
 *					process_mrelease(): refused
 *					looks at pages and counts
 *					waits
 *	dies
 *					looks at the counts
 */
static int refuse_and_judge(FIXTURE_DATA(api) * self, struct witness *all,
			    size_t nr)
{
	struct sched_param urgent = { .sched_priority = 1 };
	struct sched_param normal = { .sched_priority = 0 };
	int ready[2], pagemap, there, reaped = 0, err = pin();
	char name[64], byte;
	pid_t pid;

	for (size_t i = 0; i < nr && !err; i++)
		err = subscriber_open(&all[i].one.s);
	if (err || pipe(ready))
		return err ? err : -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		be_reaped(self, all, nr, ready[1]);
	close(ready[1]);
	snprintf(name, sizeof(name), "/proc/%d/pagemap", pid);
	pagemap = open(name, O_RDONLY | O_CLOEXEC);
	if (pagemap < 0 || read(ready[0], &byte, 1) != 1 ||
	    sched_setscheduler(0, SCHED_FIFO, &urgent))
		return errno ? -errno : -EPIPE;

	err = kill_and_reap(pid, &reaped);
	there = pages_there(self, pagemap);
	for (size_t i = 0; i < nr && !err; i++)
		err = subscriber_counts(&all[i].one.s, &all[i].reaped);
	if (sched_setscheduler(0, SCHED_OTHER, &normal) ||
	    waitpid(pid, NULL, 0) != pid)
		return -errno;
	for (size_t i = 0; i < nr && !err; i++)
		err = subscriber_counts(&all[i].one.s, &all[i].dead);
	if (!err && there < 0)
		err = there;
	if (!err)
		judge_refusal(&self->out, all, nr, reaped, there);
	for (size_t i = 0; i < nr; i++)
		subscriber_close(&all[i].one.s);
	return err;
}

/* The kernel calls the last who subscribed first; each order has its turn. */
TEST_F(api, refused)
{
	struct witness all[] = {
		{ .one.name = "range before", .kind = STLB_SUB_RANGE },
		{ .one.name = "who refuses",
		  .kind = STLB_SUB_START,
		  .flags = STLB_SUB_REFUSE },
		{ .one.name = "range after", .kind = STLB_SUB_RANGE },
	};

	ASSERT_EQ(0, refuse_and_judge(self, all, ARRAY_SIZE(all)));
	ASSERT_EQ(0, self->out.failed);
}

TEST_F(api, refused_by_interval)
{
	struct witness all[] = {
		{ .one.name = "range", .kind = STLB_SUB_RANGE },
		{ .one.name = "interval that refuses",
		  .kind = STLB_SUB_INTERVAL,
		  .flags = STLB_SUB_REFUSE },
	};

	ASSERT_EQ(0, refuse_and_judge(self, all, ARRAY_SIZE(all)));
	ASSERT_EQ(0, self->out.failed);
}

/* Two that are in one tree when they go. */
TEST_F(api, refused_window)
{
	struct witness all[] = {
		{ .one.name = "interval", .kind = STLB_SUB_INTERVAL },
		{ .one.name = "another interval", .kind = STLB_SUB_INTERVAL },
		{ .one.name = "who refuses",
		  .kind = STLB_SUB_START,
		  .flags = STLB_SUB_REFUSE },
	};

	ASSERT_EQ(0, refuse_and_judge(self, all, ARRAY_SIZE(all)));
	ASSERT_EQ(0, self->out.failed);
}

/* ---- mirrors ------------------------------------------------------------ */

/* Writes round after round to each page: in place, copied, taken away. */
static int mutate(char *map, size_t page, uint64_t round)
{
	int err = 0;

	for (size_t i = 0; i < PAGES; i++)
		*(volatile uint64_t *)(map + i * page) = round;
	switch (round % 3) {
	case 0:
		err = madvise(map, PAGES * page, MADV_DONTNEED);
		break;
	case 1:
		err = mprotect(map, PAGES * page, PROT_READ);
		if (!err)
			err = mprotect(map, PAGES * page,
				       PROT_READ | PROT_WRITE);
		break;
	default:
		err = mmap(map, PAGES * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			   0) == MAP_FAILED;
	}
	return err ? -errno : 0;
}

static void *keep_mutating(void *arg)
{
	struct changer *c = arg;

	while (!c->stop && !c->err) {
		c->err = mutate(c->map, c->page, ++c->rounds);
		/* What the mirror should no longer have shows now. */
		for (int i = 0; i < LOOKS; i++)
			sched_yield();
	}
	return NULL;
}

/*
 * The sequence protocol. Both sides linger in their windows: the changer
 * between the announcement and the change, the mirror between its walk and its
 * check. What it uses must be what the page table maps, at each use.
 */
TEST_F_TIMEOUT(api, mirror, LONG)
{
	struct changer c = { .map = self->map, .page = self->page };
	unsigned long retries = 0, used = 0;
	struct subscriber mirror, other;
	struct stlb_look look;

	ASSERT_EQ(0, pin());
	ASSERT_EQ(0, subscriber_open(&mirror));
	ASSERT_EQ(0, subscriber_open(&other));
	ASSERT_EQ(0, subscriber_subscribe(&mirror, STLB_SUB_INTERVAL, self->map,
					  self->bytes, STLB_SUB_LINGER));
	ASSERT_EQ(0, subscriber_subscribe(&other, STLB_SUB_RANGE, self->map,
					  self->bytes, STLB_SUB_LINGER));
	ASSERT_EQ(0, -pthread_create(&c.thread, NULL, keep_mutating, &c));
	for (int i = 0; i < 2 * RACES * LOOKS; i++) {
		int page = i / LOOKS % PAGES;

		sched_yield();
		ASSERT_EQ(0, subscriber_look(&mirror,
					     self->map + page * self->page,
					     &look));
		retries += look.retries;
		used += !!look.pfn;
		demand(&self->out, !look.wrong, PROP_SAFETY,
		       "a mirror that keeps to the protocol used frame %#llx of page %d, which the page table no longer mapped (round %lu, %u retries)",
		       (unsigned long long)look.pfn, page, c.rounds,
		       look.retries);
	}
	ASSERT_EQ(0, stop_changer(&c));
	/* With nothing under way, it sees what the CPU writes. */
	for (int i = 0; i < PAGES; i++) {
		*(volatile uint64_t *)(self->map + i * self->page) = 77 + i;
		ASSERT_EQ(0,
			  subscriber_look(&mirror, self->map + i * self->page,
					  &look));
		demand(&self->out, look.word == 77ULL + i, PROP_SAFETY,
		       "the mirror reads %llu from page %d, where the CPU wrote %d",
		       (unsigned long long)look.word, i, 77 + i);
	}
	subscriber_close(&mirror);
	subscriber_close(&other);
	outcome_data("retries", retries);
	outcome_data("used", used);
	outcome_data("changes", c.rounds);
	ASSERT_EQ(0, self->out.failed);
}

TEST_HARNESS_MAIN
