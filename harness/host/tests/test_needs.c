// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include <errno.h>

#include <stlb/rules.h>

#include "../../guest/needs.h"

/* What becomes of @err: is something missing? */
static bool is_missing(int err, int got, const struct scene *s)
{
	if (s->missing) {
		assert_int_equal(got, -EOPNOTSUPP);
		assert_string_equal(s->missing, "it");
	} else {
		assert_int_equal(got, err);
	}
	return s->missing;
}

static bool before(int err, unsigned int release)
{
	struct scene s = { 0 };

	return is_missing(
		err, needs_release(&s, err, release, STLB_RELEASE(6, 13), "it"),
		&s);
}

/* A regression of a call that the release has is no skip. */
static void release(void **state)
{
	(void)state;
	assert_true(before(-EINVAL, STLB_RELEASE(6, 12)));
	assert_false(before(-EINVAL, STLB_RELEASE(6, 13)));
	assert_false(before(-EINVAL, STLB_RELEASE(7, 0)));
	assert_false(before(-ENOMEM, STLB_RELEASE(6, 1)));
	assert_false(before(0, STLB_RELEASE(6, 1)));
}

static bool with(int err, const char *text)
{
	char *path = make_file(text, strlen(text));
	struct scene s = { 0 };
	bool missing =
		is_missing(err, needs_memory_failure(&s, err, path, "it"), &s);

	unlink(path);
	free(path);
	return missing;
}

static void memory_failure(void **state)
{
	(void)state;
	assert_true(with(-EINVAL, "MemTotal: 1 kB\nPercpu: 1 kB\n"));
	assert_false(
		with(-EINVAL, "MemTotal: 1 kB\nHardwareCorrupted:     0 kB\n"));
	assert_false(with(-EBUSY, "MemTotal: 1 kB\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(release),
		cmocka_unit_test(memory_failure),
	};

	return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
