// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bystander.h"
#include "recorder.h"
#include "scene.h"

static int prepare(struct recorder *r, struct scene *s)
{
	/* Of its own: what is mapped there may be shared. */
	int err = scene_map_private(s);

	if (err)
		return err;
	scene_write(s);
	err = recorder_open(r);
	if (!err)
		err = recorder_bind(r, RECORDER_RING);
	if (!err)
		err = recorder_watch(r, s->base, s->nr);
	return err;
}

/*
 * Neither the bystander's own doing nor a kernel thread's, which reclaims memory or
 * moves it, the bystander's as well as others'.
 */
static bool is_of_another(const struct stlb_event *ev, __u32 self)
{
	return ev->op != STLB_OP_MARK && ev->tgid != self &&
	       !(ev->context & STLB_CTX_KTHREAD);
}

static int count_callbacks(struct recorder *r, struct scene *s)
{
	uintptr_t start = (uintptr_t)s->base, end = start + s->nr * s->page;
	const struct stlb_event *ev = NULL;
	__u32 self = getpid();
	struct stlb_info info;
	int err, nr = 0;

	err = recorder_info(r, &info);
	if (!err && info.lost)
		err = -ENOBUFS;
	if (!err)
		err = recorder_drain(r);
	if (err)
		return err;
	while ((ev = recorder_next(r, ev)))
		nr += is_of_another(ev, self) && ev->start < end &&
		      ev->end > start;
	return nr;
}

static void say(int fd, int value)
{
	if (write(fd, &value, sizeof(value)) != sizeof(value))
		_exit(1);
}

static void watch(struct scene *s, int go, int answer)
{
	struct recorder r;
	char c;
	int err;

	err = prepare(&r, s);
	say(answer, err);
	if (err)
		_exit(1);
	(void)!read(go, &c, 1);
	say(answer, count_callbacks(&r, s));
	_exit(0);
}

static int hear(struct bystander *b)
{
	int value;

	if (read(b->answer, &value, sizeof(value)) != sizeof(value))
		return -EPIPE;
	return value;
}

int bystander_start(struct bystander *b, struct scene *s)
{
	int go[2], answer[2];

	if (pipe(go) || pipe(answer))
		return -errno;
	b->pid = fork();
	if (b->pid < 0)
		return -errno;
	if (!b->pid) {
		close(go[1]);
		close(answer[0]);
		watch(s, go[0], answer[1]);
	}
	close(go[0]);
	close(answer[1]);
	b->go = go[1];
	b->answer = answer[0];
	return hear(b);
}

int bystander_stop(struct bystander *b)
{
	int nr;

	/* A byte, not end of file: other children hold copies of b->go. */
	if (write(b->go, "", 1) != 1)
		return -errno;
	nr = hear(b);
	close(b->go);
	close(b->answer);
	waitpid(b->pid, NULL, 0);
	return nr;
}
