// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz: /dev/stlb against whatever it is asked. Valid calls, in sequences that make
 * sense, and the same with something wrong: a field, the request's number, where its
 * argument lies. stlb.ko is told to go after so many calls, and has to.
 *
 * What a test can see is that all calls come back and the module goes; that nothing was
 * freed too early, lost, or locked in the wrong order is for the kernel to say: KASAN
 * and lockdep, the cells *-kasan-debug of configs/debug.matrix.
 *
 *	./run_tests.sh --set debug --cell arm64-kasan-debug --test fuzz --seconds 600
 *
 * A device writes where it is told, and the kernel copies to wherever it is told, so
 * the calls are made by a process of its own, a few at a time; if it spoils itself and
 * dies, with its files open, that is one more thing that happens to processes:
 *
 *	test				child
 *	fork
 *					CALLS_PER_CHILD calls, by THREADS threads
 *					exit, or SIGSEGV
 *	wait for it and its children
 *	... CALLS_PER_LOAD in all: unload the module, load it
 *
 * The calls of a thread are those of a seed (--seed), how the threads meet is chance.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../harness/guest/dice.h"
#include "../harness/guest/native_rules.h"
#include "../harness/guest/outcome.h"
#include "../harness/guest/pages.h"
#include "../harness/guest/recorder.h"
#include "../harness/guest/rounds.h"

/* Calls of both threads: */
#define CALLS_PER_CHILD 1000
/* after which the module is unloaded and loaded again. */
#define CALLS_PER_LOAD 100000
/* Without --seconds */
#define CALLS_SHORT 4000
#define THREADS 2
#define FILES 6
#define PAGES 16
/* The largest argument of a request; see the ioctl numbers in stlb.h. */
#define ARGUMENT 512
#define LONG 7200

/* What a child has done: in a page that the test shares with it. */
struct tally {
	atomic_ulong calls;
	atomic_ulong succeeded[64]; /* by the index of the request */
};

struct fuzz {
	size_t page;
	char *map; /* PAGES private pages: what the calls are about */
	char *shared; /* a page: the stamp, a mailbox */
	char *readonly;
	char *answers; /* 64 pages for what is copied out */
	__u64 text, text_end; /* of the kernel, 0: unknown */
	atomic_int fds[FILES];
	struct tally *tally;
};

struct worker {
	struct fuzz *fuzz;
	struct dice dice;
	pthread_t thread;
};

static uint32_t roll(struct worker *w, uint32_t sides)
{
	return dice_roll(&w->dice, sides);
}

static __u64 some_page(struct worker *w)
{
	return (uintptr_t)w->fuzz->map + roll(w, PAGES) * (__u64)w->fuzz->page;
}

static __u64 answers(struct worker *w)
{
	return (uintptr_t)w->fuzz->answers;
}

/* ---- valid arguments ---------------------------------------------------- */

static void fill_bind(struct worker *w, void *arg)
{
	*(struct stlb_bind *)arg = (struct stlb_bind){
		.abi = STLB_ABI,
		.ring_bytes = STLB_MIN_RING << roll(w, 3),
	};
}

static void fill_watch(struct worker *w, void *arg)
{
	*(struct stlb_watch *)arg = (struct stlb_watch){
		.start = some_page(w),
		.nr_pages = 1 + roll(w, 2 * PAGES),
	};
}

static void fill_ptes(struct worker *w, void *arg)
{
	*(struct stlb_ptes *)arg = (struct stlb_ptes){
		.ptes = answers(w),
		.nr_ptes = roll(w, 2 * STLB_MAX_WATCHED),
	};
}

static void fill_word(struct worker *w, void *arg)
{
	*(__u64 *)arg = roll(w, 1000);
}

static void fill_stamp(struct worker *w, void *arg)
{
	*(__u64 *)arg = (uintptr_t)w->fuzz->shared + 4 * roll(w, 64);
}

static void fill_chains(struct worker *w, void *arg)
{
	*(struct stlb_chains *)arg = (struct stlb_chains){
		.chains = answers(w),
		.nr = roll(w, 65),
	};
}

static void fill_flushes(struct worker *w, void *arg)
{
	*(struct stlb_flushes *)arg = (struct stlb_flushes){
		.flushes = answers(w),
		.nr = roll(w, 65),
	};
}

static void fill_calls(struct worker *w, void *arg)
{
	struct fuzz *f = w->fuzz;
	__u64 at = f->text;

	if (f->text_end > f->text + 0x20000)
		at += roll(w, f->text_end - f->text - 0x20000) & -4U;
	*(struct stlb_calls *)arg = (struct stlb_calls){
		.function = at + roll(w, 0x10000),
		.start = at,
		.end = at + 4 + roll(w, 0x10000),
		.calls = answers(w),
		.nr = roll(w, 64),
	};
}

static void fill_device(struct worker *w, void *arg)
{
	*(struct stlb_device_info *)arg = (struct stlb_device_info){
		.device = roll(w, STLB_NR_DEVICES),
		.profile = roll(w, STLB_NR_PROFILES),
	};
}

static void fill_attach(struct worker *w, void *arg)
{
	/* One in some hundred: an access of its costs a tenth of a second. */
	bool emulated = roll(w, 256) == 0;

	*(struct stlb_attach *)arg = (struct stlb_attach){
		.abi = STLB_ABI,
		.device = emulated ? STLB_DEVICE_EMULATED : STLB_DEVICE_MODEL,
		.profile = emulated ? native_rules.profiles[0].id :
				      roll(w, STLB_NR_PROFILES),
		.flags = roll(w, 2) ? roll(w, STLB_ATTACH_FLAGS + 1) :
				      STLB_ATTACH_HOLD,
		.sets = emulated ? 0 : 1U << roll(w, 5),
		.ways = emulated ? 0 : 1 + roll(w, 8),
		.mailbox = emulated ? (uintptr_t)w->fuzz->shared : 0,
	};
}

static void fill_access(struct worker *w, void *arg)
{
	*(struct stlb_access *)arg = (struct stlb_access){
		.addr = some_page(w) + roll(w, w->fuzz->page),
		.data = answers(w),
		.len = 1 + roll(w, roll(w, 16) ? 64 : 3 * w->fuzz->page),
		.kind = roll(w, STLB_NR_KINDS),
		.retries = roll(w, 3),
	};
}

static void fill_range(struct worker *w, void *arg)
{
	__u64 start = some_page(w);

	*(struct stlb_range *)arg = (struct stlb_range){
		.start = roll(w, 16) ? start : 0,
		.end = start + (1 + roll(w, PAGES)) * w->fuzz->page,
	};
}

static void fill_query(struct worker *w, void *arg)
{
	*(struct stlb_query *)arg = (struct stlb_query){
		.addr = some_page(w) + roll(w, w->fuzz->page),
	};
}

static void fill_run(struct worker *w, void *arg)
{
	*(struct stlb_run *)arg = (struct stlb_run){
		.addr = some_page(w),
		.len = (1 + roll(w, 2)) * w->fuzz->page,
		.write = roll(w, 2),
		.retries = roll(w, 3),
	};
}

/* The accesses have a place of their own behind the answers. */
static void fill_probe(struct worker *w, void *arg)
{
	struct stlb_probe_access *accesses =
		(void *)(w->fuzz->answers + 48 * w->fuzz->page);
	__u32 nr = 1 + roll(w, 4);

	for (__u32 i = 0; i < nr; i++)
		accesses[i] = (struct stlb_probe_access){
			.addr = some_page(w),
			.kind = roll(w, STLB_NR_KINDS),
		};
	*(struct stlb_probe_request *)arg = (struct stlb_probe_request){
		.word = (uintptr_t)w->fuzz->shared + 4 * roll(w, 64),
		.accesses = (uintptr_t)accesses,
		.nr = nr,
	};
}

static void fill_subscribe(struct worker *w, void *arg)
{
	bool all = roll(w, 2);

	*(struct stlb_sub_request *)arg = (struct stlb_sub_request){
		.abi = STLB_ABI,
		/* Only a mirror has a request of its own. */
		.kind = roll(w, 3) ? roll(w, STLB_NR_SUBSCRIBERS) :
				     STLB_SUB_INTERVAL,
		.start = all ? (uintptr_t)w->fuzz->map : some_page(w),
		.len = (all ? PAGES : 1 + roll(w, PAGES)) * w->fuzz->page,
		.flags = roll(w, 4) ? 0 : 1U << roll(w, 3),
	};
}

static void fill_look(struct worker *w, void *arg)
{
	*(struct stlb_look *)arg = (struct stlb_look){
		.addr = some_page(w) + 8 * roll(w, 64),
	};
}

enum kind { ANY, RECORDER, DEVICE, SUBSCRIBER };

static const struct request {
	unsigned long nr;
	enum kind kind; /* of the files that take it */
	void (*fill)(struct worker *w, void *arg);
	const char *name;
} requests[] = {
#define REQUEST(name, kind, fill)                  \
	{                                          \
		STLB_IOC_##name, kind, fill, #name \
	}
	REQUEST(BIND, ANY, fill_bind),
	REQUEST(WATCH, RECORDER, fill_watch),
	REQUEST(PTES, RECORDER, fill_ptes),
	REQUEST(INFO, RECORDER, NULL),
	REQUEST(MARK, RECORDER, fill_word),
	REQUEST(STAMP, RECORDER, fill_stamp),
	REQUEST(TRACE, RECORDER, NULL),
	REQUEST(CHAINS, RECORDER, fill_chains),
	REQUEST(FLUSHES_OPEN, RECORDER, NULL),
	REQUEST(FLUSHES, RECORDER, fill_flushes),
	REQUEST(VISIT, RECORDER, fill_word),
	REQUEST(CALLS, ANY, fill_calls),
	REQUEST(DEVICE, ANY, fill_device),
	REQUEST(ATTACH, ANY, fill_attach),
	REQUEST(ACCESS, DEVICE, fill_access),
	REQUEST(INVALIDATE, DEVICE, fill_range),
	REQUEST(GUARD, DEVICE, fill_range),
	REQUEST(QUERY, DEVICE, fill_query),
	REQUEST(STATS, DEVICE, NULL),
	REQUEST(RUN, DEVICE, fill_run),
	REQUEST(HALT, DEVICE, NULL),
	REQUEST(PROBE, DEVICE, fill_probe),
	REQUEST(PROBED, DEVICE, fill_probe),
	REQUEST(SUBSCRIBE, ANY, fill_subscribe),
	REQUEST(COUNTS, SUBSCRIBER, NULL),
	REQUEST(LOOK, SUBSCRIBER, fill_look),
	REQUEST(UNSUBSCRIBE, SUBSCRIBER, NULL),
#undef REQUEST
};

/* ---- what is wrong with them -------------------------------------------- */

static __u64 odd_value(struct worker *w)
{
	const struct fuzz *f = w->fuzz;
	const __u64 values[] = {
		0,
		1,
		~0ULL,
		~0ULL - f->page + 1,
		f->page - 1,
		f->page,
		1ULL << 31,
		1ULL << 32,
		1ULL << 47,
		1ULL << 48,
		1ULL << 63,
		(uintptr_t)f->map - 1,
		(uintptr_t)f->map + PAGES * f->page,
		(uintptr_t)f->readonly,
		f->text,
		f->text_end,
	};

	return values[roll(w, ARRAY_SIZE(values))];
}

static void spoil(struct worker *w, char *arg, size_t size)
{
	__u64 value = odd_value(w);

	if (size < 4)
		return;
	switch (roll(w, 3)) {
	case 0:
		arg[roll(w, size)] ^= 1 << roll(w, 8);
		break;
	case 1:
		memcpy(arg + roll(w, size / 4) * 4, &value, 4);
		break;
	default:
		if (size >= 8)
			memcpy(arg + roll(w, size / 8) * 8, &value, 8);
	}
}

/* Where the kernel finds the argument: mostly where it is. */
static void *misplace(struct worker *w, void *arg)
{
	const struct fuzz *f = w->fuzz;

	switch (roll(w, 64)) {
	case 0:
		return NULL;
	case 1:
		return f->readonly;
	case 2:
		/* Its end is not there. */
		return f->answers + 64 * f->page - 4;
	case 3:
		return (void *)(uintptr_t)odd_value(w);
	default:
		return arg;
	}
}

/* ---- calls -------------------------------------------------------------- */

static const struct request *pick(struct worker *w, int kind)
{
	const struct request *r;

	do
		r = &requests[roll(w, ARRAY_SIZE(requests))];
	while (r->kind != ANY && (int)r->kind != kind && roll(w, 32));
	return r;
}

/* The file's number says what it is to become, most of the time. */
static int kind_of(int slot)
{
	return 1 + slot % 3;
}

static bool becomes(const struct request *r, int kind)
{
	return r->nr == (kind == RECORDER ? STLB_IOC_BIND :
			 kind == DEVICE	  ? STLB_IOC_ATTACH :
					    STLB_IOC_SUBSCRIBE);
}

static void call(struct worker *w, int slot)
{
	int fd = atomic_load(&w->fuzz->fds[slot]), kind = kind_of(slot);
	const struct request *r = pick(w, kind);
	char arg[ARGUMENT] = { 0 };
	unsigned long nr = r->nr;

	/* Nothing else that makes something of a file: that is its own's turn. */
	while (r->kind == ANY && !becomes(r, kind) && roll(w, 16)) {
		r = pick(w, kind);
		nr = r->nr;
	}
	if (r->fill)
		r->fill(w, arg);
	if (roll(w, 2))
		spoil(w, arg, _IOC_SIZE(nr));
	/* The kernel warns of that one, as it should (api.one_table). */
	if (nr == STLB_IOC_SUBSCRIBE &&
	    ((struct stlb_sub_request *)arg)->kind == STLB_SUB_BOTH)
		((struct stlb_sub_request *)arg)->kind = STLB_SUB_RANGE;
	if (roll(w, 128) == 0)
		nr ^= 1UL << roll(w, 32);
	if (!ioctl(fd, nr, misplace(w, arg)) && nr == r->nr)
		atomic_fetch_add(&w->fuzz->tally->succeeded[r - requests], 1);
	atomic_fetch_add(&w->fuzz->tally->calls, 1);
}

static void reopen(struct worker *w, int slot)
{
	int fd = open(STLB_DEVICE, O_RDONLY | O_CLOEXEC);

	fd = atomic_exchange(&w->fuzz->fds[slot], fd);
	if (fd >= 0)
		close(fd);
}

/* So that there is something to tell of. */
static void change_pages(struct worker *w)
{
	size_t page = w->fuzz->page, nr = 1 + roll(w, 4);
	char *at = (char *)(uintptr_t)some_page(w);
	pid_t pid;

	if (at + nr * page > w->fuzz->map + PAGES * page)
		nr = 1;
	/* For a probe that waits on it. */
	((__u32 *)w->fuzz->shared)[roll(w, 64)] = STLB_PROBE_GO;
	switch (roll(w, 5)) {
	case 0:
		madvise(at, nr * page, MADV_DONTNEED);
		break;
	case 1:
		mprotect(at, nr * page, PROT_READ);
		break;
	case 2:
		mprotect(at, nr * page, PROT_READ | PROT_WRITE);
		break;
	case 3:
		mprotect(w->fuzz->map, PAGES * page, PROT_READ | PROT_WRITE);
		/* The other thread may take that away: the kernel's write gives EFAULT. */
		(void)!syscall(SYS_getrandom, at, 16, 0);
		break;
	default:
		if (roll(w, 16))
			break;
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct fuzz *f = w->fuzz;

	while (atomic_load(&f->tally->calls) < CALLS_PER_CHILD) {
		int slot = roll(w, FILES);

		if (atomic_load(&f->fds[slot]) < 0 || roll(w, 48) == 0)
			reopen(w, slot);
		call(w, slot);
		if (kind_of(slot) == RECORDER && roll(w, 4) == 0)
			(void)!read(atomic_load(&f->fds[slot]), f->answers,
				    roll(w, 48 * f->page));
		if (roll(w, 4) == 0)
			change_pages(w);
	}
	return NULL;
}

/* ---- test --------------------------------------------------------------- */

FIXTURE(fuzz)
{
	struct fuzz f;
	unsigned long calls, died;
	unsigned long succeeded[64];
};

static void find_text(struct fuzz *f)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long long at;
	char line[512], name[64];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx %*c %63s", &at, name) != 2)
			continue;
		if (!strcmp(name, "_stext"))
			f->text = at;
		else if (!strcmp(name, "_etext"))
			f->text_end = at;
	}
	if (file)
		fclose(file);
}

FIXTURE_SETUP(fuzz)
{
	struct fuzz *f = &self->f;
	struct recorder r;
	int err = recorder_open(&r);

	if (recorder_missing(err))
		SKIP(return, "%s", recorder_missing(err));
	ASSERT_EQ(0, err);
	recorder_close(&r);
	f->page = sysconf(_SC_PAGESIZE);
	f->map = pages_map(NULL, PAGES * f->page);
	f->answers = pages_map(NULL, 65 * f->page);
	f->shared = mmap(NULL, f->page, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	f->tally = mmap(NULL, f->page, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, f->tally);
	f->readonly = mmap(NULL, f->page, PROT_READ,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, f->map);
	ASSERT_NE(MAP_FAILED, f->answers);
	ASSERT_NE(MAP_FAILED, f->shared);
	ASSERT_NE(MAP_FAILED, f->readonly);
	ASSERT_EQ(0, munmap(f->answers + 64 * f->page, f->page));
	find_text(f);
	for (int i = 0; i < FILES; i++)
		f->fds[i] = -1;
}

FIXTURE_TEARDOWN(fuzz)
{
}

/* What kselftest shares with its tests is not for devices to write to. */
static void keep_to_itself(const struct fuzz *f)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[256], shared;

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %*3c%c", &start, &end, &shared) ==
			    3 &&
		    shared == 's' && start != (uintptr_t)f->shared &&
		    start != (uintptr_t)f->tally)
			munmap((void *)start, end - start);
	if (maps)
		fclose(maps);
}

static void __attribute__((noreturn))
be_child(struct fuzz *f, unsigned long seed)
{
	struct worker workers[THREADS];
	int err = 0;

	keep_to_itself(f);
	for (int i = 0; i < THREADS && !err; i++) {
		workers[i].fuzz = f;
		dice_seed(&workers[i].dice, seed, i);
		err = pthread_create(&workers[i].thread, NULL, work,
				     &workers[i]);
	}
	for (int i = 0; i < THREADS && !err; i++)
		pthread_join(workers[i].thread, NULL);
	_exit(err);
}

/* Calls of one child; when it returns nobody has a file open. */
static int make_calls(FIXTURE_DATA(fuzz) * self, unsigned long seed)
{
	struct tally *tally = self->f.tally;
	unsigned long calls;
	int status = 0;
	pid_t pid;

	memset(tally, 0, sizeof(*tally));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		be_child(&self->f, seed);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	/* Its own children, if it died before they did. */
	while (waitpid(-1, NULL, 0) > 0)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return -WEXITSTATUS(status);
	self->died += WIFSIGNALED(status);
	/* It may have spoilt this, too. */
	calls = tally->calls;
	if (calls > CALLS_PER_CHILD + THREADS)
		return 0;
	self->calls += calls;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (tally->succeeded[i] <= calls)
			self->succeeded[i] += tally->succeeded[i];
	return 0;
}

static int reload(const char *path)
{
	int fd, err = 0;

	if (syscall(SYS_delete_module, "stlb", O_NONBLOCK))
		return -errno;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static void report(const FIXTURE_DATA(fuzz) * self, unsigned long seed,
		   unsigned long loads)
{
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		snprintf(name, sizeof(name), "succeeded.%s", requests[i].name);
		for (char *c = name; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c += 'a' - 'A';
		outcome_data(name, self->succeeded[i]);
	}
	outcome_data("seed", seed);
	outcome_data("calls", self->calls);
	outcome_data("died", self->died);
	outcome_data("loads", loads);
}

TEST_F_TIMEOUT(fuzz, ioctls, LONG)
{
	struct rounds rounds = rounds_begin();
	unsigned long load = rounds.seconds ? CALLS_PER_LOAD : CALLS_SHORT;
	unsigned long loads = 0, children = 0, next = load;
	const char *path = getenv("STLB_MODULE");

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (bool over = false; !over;) {
		ASSERT_EQ(0, make_calls(self, rounds.first_seed + children));
		children++;
		over = self->calls >= load && rounds_over(&rounds);
		if (self->calls < next && !over)
			continue;
		next = self->calls + load;
		if (path) {
			ASSERT_EQ(0, reload(path))
			{
				TH_LOG("after %lu calls, seed %lu", self->calls,
				       rounds.first_seed + children - 1);
			}
			loads++;
		}
		outcome_note("%lu calls, %lu loads", self->calls, loads);
	}
	report(self, rounds.first_seed, loads);
	/* Of so many each has been a valid one that could succeed. */
	for (size_t i = 0; rounds.seconds && i < ARRAY_SIZE(requests); i++) {
		EXPECT_NE(0, self->succeeded[i])
		{
			TH_LOG("%s never succeeded", requests[i].name);
		}
	}
}

TEST_HARNESS_MAIN
