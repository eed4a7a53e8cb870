// SPDX-License-Identifier: GPL-2.0-only
/*
 * The notifier plane: what the kernel told its subscribers.
 */

#include <string.h>

#include "attempt.h"
#include "bystander.h"
#include "judge.h"

bool transition_takes_frames(const struct transition *t)
{
	return t->frame == FRAME_NEW || !access_may_read(t->after);
}

struct notifier_plane {
	/*
	 * Bound before and after the recorder that is read, and never read: a
	 * kernel that tells only its first or its last subscriber then leaves
	 * that one out.
	 */
	struct recorder others[2];
};

static bool bind_three(struct attempt *a)
{
	struct notifier_plane *plane = a->plane;

	return attempt_must(a,
			    recorder_bind(&plane->others[0],
					  RECORDER_RING_UNREAD),
			    PROP_SETUP, "bind") &&
	       attempt_bind(a) &&
	       attempt_must(a,
			    recorder_bind(&plane->others[1],
					  RECORDER_RING_UNREAD),
			    PROP_SETUP, "bind");
}

static void check_bystander(struct attempt *a, struct bystander *b)
{
	int nr = bystander_stop(b);

	if (attempt_must(a, nr, PROP_LOSS, "the bystander's count") && nr)
		outcome_fail_of(
			&a->out, PROP_IDENTITY, "bystander", NULL,
			"another process with pages of its own at these addresses got %d callbacks; expected none",
			nr);
}

static bool provoke_beside_bystander(struct attempt *a)
{
	struct bystander b;
	bool done;

	if (!attempt_must(a, bystander_start(&b, &a->scene), PROP_SETUP,
			  "start the bystander"))
		return false;
	done = attempt_provoke(a);
	check_bystander(a, &b);
	return done;
}

static void attempt(struct attempt *a)
{
	bool done = a->t->machine_wide ? attempt_provoke(a) :
					 provoke_beside_bystander(a);

	if (done && attempt_collect(a)) {
		struct evidence e = attempt_evidence(a);

		judge(&e, &a->out);
		attempt_void_if_disturbed(a);
	}
}

struct notifier_attempt {
	const struct transition *t;
	size_t nr;
};

static struct outcome run_once(void *arg, const char **voided)
{
	const struct notifier_attempt *one = arg;
	struct notifier_plane plane;
	struct attempt a = { .t = one->t, .bind = bind_three, .plane = &plane };
	int err[2];

	for (size_t i = 0; i < 2; i++)
		err[i] = recorder_open(&plane.others[i]);
	if (attempt_open(&a, one->nr) &&
	    attempt_must(&a, err[0] + err[1], PROP_SETUP, "open " STLB_DEVICE))
		attempt(&a);
	attempt_close(&a);
	recorder_close(&plane.others[0]);
	recorder_close(&plane.others[1]);
	*voided = a.voided;
	return a.out;
}

struct outcome transition_run(const struct transition *t, size_t nr)
{
	struct notifier_attempt one = { .t = t, .nr = nr };

	return attempt_repeat(t->name, run_once, &one);
}
