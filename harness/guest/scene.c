// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scene.h"

int scene_create(struct scene *s, size_t nr)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *hole;

	/* A page of nothing on either side keeps the VMA from merging. */
	hole = mmap(NULL, (nr + 2) * page, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (hole == MAP_FAILED)
		return -errno;
	*s = (struct scene){
		.base = hole + page,
		.page = page,
		.nr = nr,
		.child_go = -1,
	};
	if (mmap(s->base, nr * page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	/* EINVAL: a kernel without THP, which is what is asked for. */
	if (madvise(s->base, nr * page, MADV_NOHUGEPAGE) && errno != EINVAL)
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

int scene_protect(struct scene *s, int prot)
{
	return mprotect(s->base, s->nr * s->page, prot) ? -errno : 0;
}

/*
 * The child lives until the parent's end of the pipe is closed: explicitly, or
 * because the parent died.
 */
int scene_fork(struct scene *s)
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
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	close(go[0]);
	s->child_go = go[1];
	return 0;
}

void scene_reap(struct scene *s)
{
	if (!s->child)
		return;
	close(s->child_go);
	waitpid(s->child, NULL, 0);
	s->child = 0;
}
