// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pages.h"
#include "scene.h"

int scene_map_private(struct scene *s)
{
	size_t bytes = s->nr * s->page;

	return pages_map(s->base, bytes) == MAP_FAILED ? -errno : 0;
}

/* A shared page, present here; what a child needs to reach it is a page fault. */
static int map_stamp(struct scene *s)
{
	void *p = mmap(NULL, s->page, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	s->stamp = p;
	*s->stamp = STAMP_BEFORE;
	return 0;
}

/* A page of nothing on either side keeps the VMA from merging. */
int scene_create(struct scene *s, size_t nr)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *hole = pages_reserve_tables((nr + 2) * page);
	int err;

	if (hole == MAP_FAILED)
		return -errno;
	*s = (struct scene){
		.base = hole + page,
		.page = page,
		.nr = nr,
		.span = page,
		.leaf = page,
		.base_page = page,
		.fd = -1,
		.child_go = -1,
	};
	err = map_stamp(s);
	return err ? err : scene_map_private(s);
}

/* The word behind the stamp, shared as well: is there a probe to wait for? */
static volatile __u32 *has_probe(const struct scene *s)
{
	return s->stamp + 1;
}

void scene_await_probe(struct scene *s, void *mailbox)
{
	s->mailbox = mailbox;
	*has_probe(s) = true;
}

/* No system call, nor one of the C library's: the probe's thread is the kernel's. */
void scene_changed(struct scene *s)
{
	if (*s->stamp != STAMP_BEFORE)
		return;
	if (s->mailbox)
		*s->mailbox = 1;
	*s->stamp = STAMP_AFTER;
	while (*has_probe(s) && *s->stamp == STAMP_AFTER)
		;
}

void scene_perhaps_changed(struct scene *s)
{
	*s->stamp = STAMP_PERHAPS;
}

void scene_changing(struct scene *s)
{
	*s->stamp = STAMP_BEFORE;
}

int scene_enlarge(struct scene *s, size_t unit)
{
	size_t nr = s->nr < STLB_RUN_PAGES ? 1 : 2;
	char *hole = mmap(NULL, (nr + 3) * unit, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (hole == MAP_FAILED)
		return -errno;
	s->base = (char *)(((uintptr_t)hole / unit + 2) * unit);
	s->page = unit;
	s->nr = nr;
	s->span = unit;
	s->leaf = unit;
	return 0;
}

/* First, middle and last page of a span. */
#define SPOTS 3

static size_t spots(const struct scene *s)
{
	return s->span == s->base_page ? 1 : SPOTS;
}

size_t scene_watched(const struct scene *s)
{
	return s->nr * spots(s);
}

char *scene_spot(const struct scene *s, size_t i)
{
	size_t last = s->span / s->base_page - 1;
	const size_t pages[SPOTS] = { 0, (last + 1) / 2, last };

	return s->base + i / spots(s) * s->page +
	       pages[i % spots(s)] * s->base_page;
}

size_t scene_number(const struct scene *s, size_t i)
{
	return (scene_spot(s, i) - s->base) / s->base_page;
}

int scene_missing(struct scene *s, const char *what)
{
	s->missing = what;
	return -EOPNOTSUPP;
}

int scene_map_file(struct scene *s)
{
	size_t bytes = s->nr * s->page;

	s->fd = memfd_create("stlb", MFD_CLOEXEC);
	if (s->fd < 0 && errno == ENOSYS)
		return scene_missing(
			s, "needs memfd_create(): CONFIG_MEMFD_CREATE");
	if (s->fd < 0 || ftruncate(s->fd, bytes) ||
	    mmap(s->base, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 s->fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

int scene_write(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		*(volatile char *)(s->base + i * s->page) = 1;
	return 0;
}

int scene_read(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		(void)*(volatile char *)(s->base + i * s->page);
	return 0;
}

int scene_write_all(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		for (size_t at = 0; at < s->span; at += s->base_page)
			*(volatile char *)(s->base + i * s->page + at) = 1;
	return 0;
}

int scene_read_all(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		for (size_t at = 0; at < s->span; at += s->base_page)
			(void)*(volatile char *)(s->base + i * s->page + at);
	return 0;
}

int scene_protect(struct scene *s, int prot)
{
	return mprotect(s->base, s->nr * s->page, prot) ? -errno : 0;
}

int scene_write_protect(struct scene *s)
{
	return scene_protect(s, PROT_READ);
}

int scene_write_and_protect(struct scene *s)
{
	scene_write(s);
	return scene_write_protect(s);
}

int scene_unprotect_and_write(struct scene *s)
{
	int err = scene_protect(s, PROT_READ | PROT_WRITE);

	return err ? err : scene_write(s);
}

int scene_close(struct scene *s)
{
	return scene_protect(s, PROT_NONE);
}

int scene_unmap(struct scene *s)
{
	return munmap(s->base, s->nr * s->page) ? -errno : 0;
}

int scene_write_and_free(struct scene *s)
{
	int err;

	scene_write(s);
	if (madvise(s->base, s->nr * s->page, MADV_FREE))
		return -errno;
	err = scene_write_protect(s);
	return err ? err : scene_read(s);
}

int scene_page_out(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_PAGEOUT) ? -errno : 0;
}

int scene_reserve(struct scene *s)
{
	s->aside = pages_reserve(s->nr * s->page, s->page);
	return s->aside == MAP_FAILED ? -errno : 0;
}

int scene_write_to_move(struct scene *s)
{
	scene_write(s);
	return scene_reserve(s);
}

int scene_move(struct scene *s)
{
	size_t bytes = s->nr * s->page;

	return mremap(s->base, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
		      s->aside) == MAP_FAILED ?
		       -errno :
		       0;
}

/*
 * The child lives until the parent's end of the pipe is closed: explicitly, or
 * because the parent died. With @ready, a file, it reads the pages and says so.
 */
static int fork_child(struct scene *s, int ready)
{
	int go[2];
	char c;

	if (pipe(go))
		return -errno;
	s->child = fork();
	if (s->child < 0)
		return -errno;
	if (!s->child) {
		close(go[1]);
		if (ready >= 0) {
			scene_read(s);
			(void)!write(ready, "", 1);
		}
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	/* No system call behind fork(): it may be the trigger. */
	s->child_wait = go[0];
	s->child_go = go[1];
	return 0;
}

int scene_fork(struct scene *s)
{
	return fork_child(s, -1);
}

int scene_fork_reader(struct scene *s)
{
	int ready[2], err;
	char c;

	if (pipe(ready))
		return -errno;
	err = fork_child(s, ready[1]);
	close(ready[1]);
	if (!err && read(ready[0], &c, 1) != 1)
		err = -EPIPE;
	close(ready[0]);
	return err;
}

void scene_reap(struct scene *s)
{
	if (!s->child)
		return;
	close(s->child_go);
	close(s->child_wait);
	waitpid(s->child, NULL, 0);
	s->child = 0;
}

int scene_start_helper(struct scene *s,
		       int (*work)(struct scene *s, pid_t subject))
{
	pid_t subject = getpid();
	int go[2], answer[2], err;
	char c;

	if (pipe(go) || pipe(answer))
		return -errno;
	s->helper = fork();
	if (s->helper < 0)
		return -errno;
	if (!s->helper) {
		close(go[1]);
		/* So that scene_changed() takes no fault. */
		scene_changing(s);
		if (read(go[0], &c, 1) != 1)
			_exit(1);
		err = work(s, subject);
		scene_changed(s);
		_exit(write(answer[1], &err, sizeof(err)) != sizeof(err));
	}
	close(go[0]);
	close(answer[1]);
	s->helper_go = go[1];
	s->helper_answer = answer[0];
	return 0;
}

int scene_ask_helper(struct scene *s)
{
	int err;

	if (write(s->helper_go, "", 1) != 1 ||
	    read(s->helper_answer, &err, sizeof(err)) != sizeof(err))
		return -EPIPE;
	return err;
}

int scene_set(struct scene *s, const char *path, const char *value)
{
	return settings_set(&s->settings, path, value);
}

static void end_helper(struct scene *s)
{
	if (!s->helper)
		return;
	kill(s->helper, SIGKILL);
	waitpid(s->helper, NULL, 0);
	close(s->helper_go);
	close(s->helper_answer);
	s->helper = 0;
}

void scene_end(struct scene *s)
{
	scene_reap(s);
	end_helper(s);
	if (s->borrowed)
		munmap(s->borrowed, s->borrowed_bytes);
	/* Without a page size there never was a scene, and 0 is no file of it. */
	if (s->page && s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	settings_restore(&s->settings);
	if (s->end)
		s->end();
}
