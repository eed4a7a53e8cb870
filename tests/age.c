// SPDX-License-Identifier: GPL-2.0-only
/*
 * age: the accessed bit goes, or comes back; permissions and frame stay.
 *
 * What the dirty bit does is elsewhere: upgrade.shared_clean where the kernel sets
 * it, device.hardware_dirty where a CPU does.
 */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/guest/idle.h"
#include "../harness/guest/pages.h"
#include "family.h"

STLB_FAMILY(age);

#ifndef MADV_COLD
#define MADV_COLD 20
#endif

static int make_cold(struct scene *s)
{
	return madvise(s->base, s->nr * s->page, MADV_COLD) ? -errno : 0;
}

/* Only pages on an LRU list can be idle. */
static int write_on_lru(struct scene *s)
{
	if (access(IDLE_BITMAP, F_OK))
		return scene_missing(s, IDLE_MISSING);
	scene_write(s);
	return pages_to_lru();
}

static int make_idle(struct scene *s)
{
	int err = idle_set(s->base, s->nr);

	scene_changed(s);
	return err;
}

static const struct transition idle = {
	TRANSITION(age, idle),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.age_before = AGE_YOUNG,
	.age_after = AGE_OLD,
	.frame = FRAME_SAME,
	.setup = write_on_lru,
	.trigger = make_idle,
};

FIXTURE_VARIANT_ADD(age, idle)
{
	.t = &idle,
};

static const struct transition cold = {
	TRANSITION(age, cold),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.age_before = AGE_YOUNG,
	.age_after = AGE_OLD,
	.frame = FRAME_SAME,
	.setup = scene_write,
	.trigger = make_cold,
};

FIXTURE_VARIANT_ADD(age, cold)
{
	.t = &cold,
};

static int write_then_cold(struct scene *s)
{
	scene_write(s);
	return make_cold(s);
}

/* By a fault, or by the CPU itself. */
static const struct transition young = {
	TRANSITION(age, young),
	.before = ACCESS_RW,
	.after = ACCESS_RW,
	.age_before = AGE_OLD,
	.age_after = AGE_YOUNG,
	.frame = FRAME_SAME,
	.setup = write_then_cold,
	.trigger = scene_read,
};

FIXTURE_VARIANT_ADD(age, young)
{
	.t = &young,
};

TEST_HARNESS_MAIN
