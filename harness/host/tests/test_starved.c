// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include <unistd.h>

#include "../clock.h"
#include "../starved.h"

#define S NS_PER_S

/* In 60 s, with so many seconds of a CPU and so many of waiting for one. */
static bool starved(unsigned int ran, unsigned int waited)
{
	const struct cpu_time from = { .ran = 5 * S, .waited = 3 * S };
	const struct cpu_time to = { .ran = (5 + ran) * S,
				     .waited = (3 + waited) * S };

	return is_starved(&from, &to, 60 * S);
}

static void who_is(void **state)
{
	(void)state;
	assert_true(starved(10, 50));
	assert_true(starved(0, 60));
	assert_true(starved(14, 15));
	/* Two busy CPUs, one of them there for it half of the time */
	assert_false(starved(90, 30));
	assert_false(starved(60, 0));
	/* Idle: it hangs, and wants none */
	assert_false(starved(1, 14));
	assert_false(starved(0, 0));
}

static void stretch(void **state)
{
	const struct cpu_time none = { 0 }, half = { .ran = S, .waited = S },
			      tenth = { .ran = S, .waited = 9 * S };

	(void)state;
	assert_int_equal(starved_stretch(&none, &half, 60 * S), 60 * S);
	assert_int_equal(starved_stretch(&none, &tenth, 60 * S),
			 STRETCH_MAX * 60 * S);
}

static void of_a_process(void **state)
{
	struct cpu_time first = cpu_time_of(getpid()), last;
	uint64_t end = clock_in(1);

	(void)state;
	if (!first.ran && !first.waited)
		skip();
	while (clock_now() < end)
		;
	last = cpu_time_of(getpid());
	assert_true(last.ran > first.ran);
	assert_true(last.waited >= first.waited);
	last = cpu_time_of(-1);
	assert_int_equal(last.ran + last.waited, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is),
		cmocka_unit_test(stretch),
		cmocka_unit_test(of_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
