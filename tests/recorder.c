// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder: the instrument itself. Arguments it must refuse, the life of a
 * binding, and that no event goes missing unseen.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "../harness/guest/coverage.h"
#include "../harness/guest/recorder.h"
#include "../harness/guest/settings.h"

#define RING STLB_MIN_RING

static int request(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

FIXTURE(recorder)
{
	struct recorder r;
	struct settings settings;
	size_t page;
	char *map; /* 16 pages, untouched */
};

FIXTURE_SETUP(recorder)
{
	int err = recorder_open(&self->r);

	if (recorder_missing(err))
		SKIP(return, "%s", recorder_missing(err));
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, settings_quiet(&self->settings));
	self->page = sysconf(_SC_PAGESIZE);
	self->map = mmap(NULL, 16 * self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(recorder)
{
	recorder_close(&self->r);
	settings_restore(&self->settings);
}

TEST_F(recorder, bind_arguments)
{
	struct stlb_bind req = { .abi = STLB_ABI, .ring_bytes = RING };
	static const __u32 bad_rings[] = {
		0, 1, RING / 2, RING + 1, STLB_MAX_RING * 2, ~0U,
	};
	int fd = self->r.fd;

	EXPECT_EQ(-EFAULT, request(fd, STLB_IOC_BIND, NULL));
	req.abi = STLB_ABI + 1;
	EXPECT_EQ(-EPROTONOSUPPORT, request(fd, STLB_IOC_BIND, &req));
	req.abi = STLB_ABI;
	req.reserved = 1;
	EXPECT_EQ(-EINVAL, request(fd, STLB_IOC_BIND, &req));
	req.reserved = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bad_rings); i++) {
		req.ring_bytes = bad_rings[i];
		EXPECT_EQ(-EINVAL, request(fd, STLB_IOC_BIND, &req))
		{
			TH_LOG("ring of %u bytes", bad_rings[i]);
		}
	}
	req.ring_bytes = RING;
	EXPECT_EQ(0, request(fd, STLB_IOC_BIND, &req));
	EXPECT_EQ(-EBUSY, request(fd, STLB_IOC_BIND, &req));
}

TEST_F(recorder, watch_arguments)
{
	struct stlb_ptes ptes = { .nr_ptes = 0 };
	struct stlb_pte room[STLB_MAX_WATCHED];
	uintptr_t map = (uintptr_t)self->map;
	const struct {
		__u64 start, nr;
		int err;
	} cases[] = {
		{ map + 1, 1, EINVAL },
		{ map, 0, EINVAL },
		{ map, STLB_MAX_WATCHED + 1, EINVAL },
		{ map, ~0ULL, EINVAL },
		{ ~0ULL - self->page + 1, 1, EINVAL },
		{ 1ULL << 63, 1, EINVAL },
		{ map, STLB_MAX_WATCHED, 0 },
		{ map, 1, ENOSPC },
	};

	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	EXPECT_EQ(-EFAULT, request(self->r.fd, STLB_IOC_WATCH, (void *)1));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stlb_watch req = {
			.start = cases[i].start,
			.nr_pages = cases[i].nr,
		};

		EXPECT_EQ(-cases[i].err,
			  request(self->r.fd, STLB_IOC_WATCH, &req))
		{
			TH_LOG("case %zu: start %#llx, %llu pages", i,
			       (unsigned long long)req.start,
			       (unsigned long long)req.nr_pages);
		}
	}

	EXPECT_EQ(-ENOSPC, request(self->r.fd, STLB_IOC_PTES, &ptes));
	EXPECT_EQ(STLB_MAX_WATCHED, ptes.nr_ptes);
	EXPECT_EQ(-EFAULT, request(self->r.fd, STLB_IOC_PTES, &ptes));
	ptes.reserved = 1;
	EXPECT_EQ(-EINVAL, request(self->r.fd, STLB_IOC_PTES, &ptes));
	EXPECT_EQ(0, recorder_ptes(&self->r, room, STLB_MAX_WATCHED));
}

TEST_F(recorder, unbound)
{
	struct stlb_watch watch = { .start = (uintptr_t)self->map,
				    .nr_pages = 1 };
	struct stlb_ptes ptes = { .nr_ptes = 0 };
	struct stlb_info info;
	__u64 cookie = 0;
	char buf[256];

	EXPECT_EQ(-ENXIO, request(self->r.fd, STLB_IOC_WATCH, &watch));
	EXPECT_EQ(-ENXIO, request(self->r.fd, STLB_IOC_PTES, &ptes));
	EXPECT_EQ(-ENXIO, request(self->r.fd, STLB_IOC_INFO, &info));
	EXPECT_EQ(-ENXIO, request(self->r.fd, STLB_IOC_MARK, &cookie));
	EXPECT_EQ(-ENXIO, request(self->r.fd, STLB_IOC_STAMP, &cookie));
	EXPECT_EQ(-1, read(self->r.fd, buf, sizeof(buf)));
	EXPECT_EQ(ENXIO, errno);
}

static __u32 last_stamp(struct recorder *r)
{
	const struct stlb_event *ev = NULL;
	__u32 stamp = 0;

	while ((ev = recorder_next(r, ev)))
		stamp = ev->stamp;
	return stamp;
}

/* The same word in parent and child, as it is when the event is made. */
TEST_F(recorder, stamped)
{
	volatile __u32 *word;
	int status;
	pid_t pid;

	word = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)word);
	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	ASSERT_EQ(0, recorder_mark(&self->r, 1));
	ASSERT_EQ(0, recorder_drain(&self->r));
	EXPECT_EQ(0, last_stamp(&self->r));

	EXPECT_EQ(-EFAULT, request(self->r.fd, STLB_IOC_STAMP, (void *)1));
	EXPECT_EQ(-EINVAL,
		  recorder_stamp(&self->r, (void *)((uintptr_t)word + 2)));
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, recorder_stamp(&self->r, (void *)self->map));
	ASSERT_EQ(0, recorder_stamp(&self->r, word + 1));
	EXPECT_EQ(-EBUSY, recorder_stamp(&self->r, word));

	word[0] = 6;
	word[1] = 7;
	ASSERT_EQ(0, recorder_mark(&self->r, 2));
	ASSERT_EQ(0, recorder_drain(&self->r));
	EXPECT_EQ(7, last_stamp(&self->r));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		word[1] = 8;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, munmap((void *)word, self->page));
	ASSERT_EQ(0, recorder_mark(&self->r, 3));
	ASSERT_EQ(0, recorder_drain(&self->r));
	EXPECT_EQ(8, last_stamp(&self->r));
}

TEST_F(recorder, unknown_requests)
{
	static const unsigned long cmds[] = {
		0, ~0U, _IO('t', 0xb0), _IOW('t', 0xb0, __u8), _IO('t', 0xff),
	};

	for (int bound = 0; bound < 2; bound++) {
		for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
			EXPECT_EQ(-ENOTTY, request(self->r.fd, cmds[i], NULL))
			{
				TH_LOG("request %#lx, bound %d", cmds[i],
				       bound);
			}
		}
		if (!bound)
			ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	}
}

TEST_F(recorder, read_arguments)
{
	struct stlb_event ev;
	char *hole;

	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	EXPECT_EQ(0, read(self->r.fd, &ev, sizeof(ev)));
	ASSERT_EQ(0, recorder_mark(&self->r, 7));

	EXPECT_EQ(-1, read(self->r.fd, &ev, sizeof(ev) - 1));
	EXPECT_EQ(EMSGSIZE, errno);

	/* A record that starts or ends in a hole stays in the ring, whole. */
	hole = self->map + self->page;
	ASSERT_EQ(0, mprotect(hole, self->page, PROT_NONE));
	EXPECT_EQ(-1, read(self->r.fd, hole, sizeof(ev)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(self->r.fd, hole - sizeof(ev) / 2, sizeof(ev)));
	EXPECT_EQ(EFAULT, errno);

	/* The mprotect() above may have added its own events behind it. */
	ASSERT_EQ((ssize_t)sizeof(ev), read(self->r.fd, &ev, sizeof(ev)));
	EXPECT_EQ(sizeof(ev), ev.size);
	EXPECT_EQ(STLB_OP_MARK, ev.op);
	EXPECT_EQ(7, ev.cookie);
}

/* Makes at least one callback for page @i of the map. */
static void provoke(char *map, size_t page, size_t i)
{
	*(volatile char *)(map + i * page) = 1;
	madvise(map + i * page, page, MADV_DONTNEED);
}

TEST_F(recorder, order)
{
	const struct stlb_event *ev = NULL;
	__u64 seq = 0, cookie = 0, time = 0;

	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	ASSERT_EQ(0, recorder_watch(&self->r, self->map, 3));
	for (int i = 0; i < 500; i++) {
		ASSERT_EQ(0, recorder_mark(&self->r, i));
		provoke(self->map, self->page, i % 3);
		if (i % 100 == 99)
			ASSERT_EQ(0, recorder_drain(&self->r));
	}
	ASSERT_EQ(0, recorder_drain(&self->r));
	while ((ev = recorder_next(&self->r, ev))) {
		ASSERT_EQ(seq++, ev->seq);
		ASSERT_LE(time, ev->time_ns);
		time = ev->time_ns;
		if (ev->op == STLB_OP_MARK) {
			ASSERT_EQ(cookie++, ev->cookie);
			ASSERT_EQ(0, ev->nr_ptes);
		} else {
			ASSERT_EQ(3, ev->nr_ptes);
		}
		ASSERT_EQ(sizeof(*ev) + ev->nr_ptes * sizeof(ev->ptes[0]),
			  ev->size);
	}
	EXPECT_EQ(500, cookie);
	/* Each of them told something besides its mark. */
	EXPECT_LT(2 * 500, seq);
}

/* Also the list of sites that the coverage command holds the tests against. */
TEST_F(recorder, sites)
{
	static struct stlb_chain chains[16];
	struct stlb_chains req = {
		.chains = (uintptr_t)chains,
		.nr = ARRAY_SIZE(chains),
	};
	struct stlb_calls bad = { .function = 1, .start = 1, .end = 2 };
	int err;

	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	EXPECT_EQ(-ENODATA, request(self->r.fd, STLB_IOC_CHAINS, &req));
	EXPECT_EQ(-EINVAL, request(self->r.fd, STLB_IOC_CALLS, &bad));
	/* The kernel's half, where nothing is; to the end of all addresses. */
	bad.start = 1ULL << 63 | 4096;
	bad.end = bad.start + 4096;
	EXPECT_EQ(-EINVAL, request(self->r.fd, STLB_IOC_CALLS, &bad));
	bad.start = -4096ULL;
	bad.end = -1ULL;
	EXPECT_EQ(-EINVAL, request(self->r.fd, STLB_IOC_CALLS, &bad));
	ASSERT_EQ(0, recorder_watch(&self->r, self->map, 1));
	err = request(self->r.fd, STLB_IOC_TRACE, NULL);
	if (err == -EOPNOTSUPP)
		SKIP(return, "needs stack traces: CONFIG_STACKTRACE");
	ASSERT_EQ(0, err);
	EXPECT_EQ(-EBUSY, request(self->r.fd, STLB_IOC_TRACE, NULL));
	err = coverage_sites(&self->r);
	if (err == -ENOENT)
		SKIP(return,
			   "needs /proc/kallsyms with the kernel's functions: CONFIG_KALLSYMS");
	EXPECT_LT(0, err);

	provoke(self->map, self->page, 0);
	req.nr = 0;
	EXPECT_EQ(-ENOSPC, request(self->r.fd, STLB_IOC_CHAINS, &req));
	req.nr = ARRAY_SIZE(chains);
	ASSERT_EQ(0, request(self->r.fd, STLB_IOC_CHAINS, &req));
	EXPECT_LT(0, req.nr);
	EXPECT_EQ(0, req.lost);
	for (__u32 i = 0; i < req.nr; i++) {
		EXPECT_NE(0, chains[i].count);
		EXPECT_NE(NULL, strchr(chains[i].frames[0].symbol, '+'));
		EXPECT_NE('\0', chains[i].frames[1].symbol[0]);
	}
	coverage_report(&self->r);
}

/* The marks are there, in order, and one file has them. */
TEST_F(recorder, beside_flushes)
{
	struct stlb_flushes all = { .nr = 0 };
	const struct stlb_event *ev = NULL;
	const struct stlb_flush *f;
	struct recorder other;
	__u64 value = 43, seq[3] = { 0 }, last = 0;
	int err, marks = 0, visits = 0;

	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	EXPECT_EQ(-ENODATA, request(self->r.fd, STLB_IOC_FLUSHES, &all));
	EXPECT_EQ(-ENODATA, request(self->r.fd, STLB_IOC_VISIT, &value));
	err = recorder_flushes_open(&self->r);
	if (err == -EOPNOTSUPP)
		SKIP(return,
			   "needs QEMU with the plugin of stlb, which sees what CPUs execute");
	ASSERT_EQ(0, err);
	EXPECT_EQ(-EBUSY, recorder_flushes_open(&self->r));
	ASSERT_EQ(0, recorder_open(&other));
	ASSERT_EQ(0, recorder_bind(&other, RECORDER_RING_UNREAD));
	EXPECT_EQ(-EBUSY, recorder_flushes_open(&other));

	ASSERT_EQ(0, recorder_mark(&self->r, 1));
	ASSERT_EQ(0, recorder_visit(&self->r, value));
	ASSERT_EQ(0, recorder_mark(&self->r, 2));
	all.nr = 1;
	EXPECT_EQ(-ENOSPC, request(self->r.fd, STLB_IOC_FLUSHES, &all));
	EXPECT_LE(3, all.nr);
	all.reserved = 1;
	EXPECT_EQ(-EINVAL, request(self->r.fd, STLB_IOC_FLUSHES, &all));
	ASSERT_EQ(0, recorder_flushes(&self->r, &all));
	EXPECT_EQ(0, all.lost);
	ASSERT_EQ(0, recorder_drain(&self->r));
	while ((ev = recorder_next(&self->r, ev)))
		if (ev->op == STLB_OP_MARK)
			seq[ev->cookie] = ev->seq;
	/* Callbacks have marks, too. */
	f = (const struct stlb_flush *)(uintptr_t)all.flushes;
	for (__u32 i = 0; i < all.nr; i++, f++) {
		if (f->kind == STLB_FLUSH_VISIT) {
			EXPECT_EQ(value, f->value);
			EXPECT_LE(seq[1], last);
			EXPECT_GT(seq[2], last);
			visits++;
		} else if (f->kind == STLB_FLUSH_MARK) {
			if (marks++)
				EXPECT_EQ(last + 1, f->value);
			last = f->value;
		}
	}
	EXPECT_LE(seq[2], last);
	EXPECT_LE(2, marks);
	EXPECT_EQ(1, visits);
	free((void *)(uintptr_t)all.flushes);
	recorder_close(&self->r);
	EXPECT_EQ(0, recorder_flushes_open(&other));
	recorder_close(&other);
}

TEST_F(recorder, overflow)
{
	struct stlb_bind req = { .abi = STLB_ABI, .ring_bytes = RING };
	const struct stlb_event *ev = NULL;
	__u64 sent = 0, marks = 0, seq = 0, gaps = 0, missing = 0;
	struct stlb_info info;

	ASSERT_EQ(0, request(self->r.fd, STLB_IOC_BIND, &req));
	while (!recorder_mark(&self->r, sent))
		sent++;
	EXPECT_EQ(ENOBUFS, errno);
	EXPECT_EQ(RING / sizeof(struct stlb_event), sent);

	ASSERT_EQ(0, recorder_info(&self->r, &info));
	EXPECT_EQ(1, info.lost);
	EXPECT_EQ(sent, info.recorded);

	/*
	 * Reading gives the room back, and the numbers show what is missing.
	 * The test's own memory management adds events of other kinds.
	 */
	ASSERT_EQ(0, recorder_drain(&self->r));
	ASSERT_EQ(0, recorder_mark(&self->r, sent));
	ASSERT_EQ(0, recorder_drain(&self->r));
	while ((ev = recorder_next(&self->r, ev))) {
		gaps += ev->seq != seq;
		missing += ev->seq - seq;
		seq = ev->seq + 1;
		if (ev->op == STLB_OP_MARK)
			EXPECT_EQ(marks++, ev->cookie);
	}
	ASSERT_EQ(0, recorder_info(&self->r, &info));
	EXPECT_EQ(sent + 1, marks);
	EXPECT_EQ(1, gaps);
	EXPECT_EQ(info.lost, missing);
}

static bool touches(const struct stlb_event *ev, const char *start,
		    size_t bytes)
{
	return ev->start < (uintptr_t)start + bytes &&
	       ev->end > (uintptr_t)start;
}

TEST_F(recorder, inherited)
{
	const struct stlb_event *ev = NULL;
	int status, foreign = 0;
	pid_t pid;

	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	ASSERT_EQ(0, recorder_watch(&self->r, self->map, 1));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/*
		 * Bound to the parent's mm: nothing this child does shows.
		 * What the parent does meanwhile does, but not to the map.
		 */
		if (recorder_drain(&self->r) || recorder_mark(&self->r, 1))
			_exit(1);
		for (int i = 0; i < 10; i++)
			provoke(self->map, self->page, 0);
		if (recorder_mark(&self->r, 2))
			_exit(1);
		_exit(recorder_bind(&self->r, RECORDER_RING) != -EBUSY);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_EQ(0, recorder_drain(&self->r));
	for (bool in = false; (ev = recorder_next(&self->r, ev));) {
		if (ev->op == STLB_OP_MARK)
			in = ev->cookie == 1;
		else
			foreign += in && touches(ev, self->map, self->page);
	}
	EXPECT_EQ(0, foreign);
}

TEST_F(recorder, exit_open)
{
	struct stlb_info info;
	struct stlb_pte ptes[16];
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		if (recorder_bind(&self->r, RECORDER_RING) ||
		    recorder_watch(&self->r, self->map, 16))
			_exit(1);
		for (int i = 0; i < 16; i++)
			*(volatile char *)(self->map + i * self->page) = 1;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);

	ASSERT_EQ(0, recorder_info(&self->r, &info));
	EXPECT_EQ(0, info.mm_users);
	EXPECT_EQ(STLB_INFO_RELEASED, info.flags & STLB_INFO_RELEASED);
	EXPECT_EQ(0, info.lost);
	EXPECT_EQ(-ESRCH, recorder_ptes(&self->r, ptes, 16));
	EXPECT_EQ(0, recorder_mark(&self->r, 1));
	EXPECT_EQ(0, recorder_drain(&self->r));
}

/* SIGKILL while callbacks are under way; the kernel log must stay clean. */
TEST_F(recorder, kill)
{
	for (int i = 0; i < 20; i++) {
		int ready[2], status;
		struct recorder r;
		pid_t pid;
		char c;

		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			if (recorder_open(&r) || recorder_bind(&r, RECORDER_RING) ||
			    recorder_watch(&r, self->map, 16))
				_exit(1);
			for (;;) {
				provoke(self->map, self->page, i % 16);
				if (write(ready[1], "", 1) != 1)
					_exit(1);
			}
		}
		close(ready[1]);
		for (int n = 0; n < 100; n++)
			ASSERT_EQ(1, read(ready[0], &c, 1));
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		close(ready[0]);
	}
}

/* Rounds in which the table of the watched page goes, while others flush all. */
#define TABLES 200
/* What a table of pages of 4K, or of 16K, maps at most is no more than this. */
#define TABLE_BYTES (64UL << 20)

static void *keep_forking(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	return NULL;
}

/*
 * Each fork() ends with a flush of everything, whose callback looks at the watched
 * page's table and lock; the other thread has them freed:
 *
 *	thread				test
 *	fork(): callback		mmap(): unlink, free the table
 *	walk: finds the table
 *	is its lock held?			...
 */
TEST_F_TIMEOUT(recorder, tables_go, 3600)
{
	struct stlb_info info;
	pthread_t thread;
	int stop = 0;
	char *at;

	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	at = mmap(NULL, 2 * TABLE_BYTES, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, at);
	at = (char *)(((uintptr_t)at + TABLE_BYTES - 1) & -TABLE_BYTES);
	ASSERT_EQ(0, recorder_watch(&self->r, at, 1));
	ASSERT_EQ(0, pthread_create(&thread, NULL, keep_forking, &stop));
	for (int i = 0; i < TABLES; i++) {
		ASSERT_EQ(at, mmap(at, TABLE_BYTES, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
					   MAP_NORESERVE,
				   -1, 0));
		*(volatile char *)at = 1;
		/* Not munmap(): an arena of the other thread's might go there. */
		ASSERT_EQ(at, mmap(at, TABLE_BYTES, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
					   MAP_NORESERVE,
				   -1, 0));
		ASSERT_EQ(0, recorder_drain(&self->r));
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, recorder_info(&self->r, &info));
	EXPECT_LT(TABLES, info.recorded);
}

/*
 * By hand: STLB_MODULE names the file to load again. A module in use must
 * refuse to go.
 */
TEST_F(recorder, reload)
{
	const char *path = getenv("STLB_MODULE");
	struct stlb_info info;
	int fd;

	if (!path)
		SKIP(return, "needs STLB_MODULE=path of stlb.ko");
	ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
	EXPECT_EQ(-1, syscall(SYS_delete_module, "stlb", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	EXPECT_EQ(0, recorder_info(&self->r, &info));
	recorder_close(&self->r);

	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, syscall(SYS_delete_module, "stlb", O_NONBLOCK))
		{
			TH_LOG("unload %d: %s", i, strerror(errno));
		}
		ASSERT_EQ(-ENOENT, recorder_open(&self->r));
		ASSERT_EQ(0, syscall(SYS_finit_module, fd, "", 0));
		ASSERT_EQ(0, recorder_open(&self->r));
		ASSERT_EQ(0, recorder_bind(&self->r, RECORDER_RING));
		provoke(self->map, self->page, i);
		recorder_close(&self->r);
	}
	ASSERT_EQ(0, recorder_open(&self->r));
}

TEST_HARNESS_MAIN
