// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../signature.h"

static void form(void **state)
{
	static const char *const good[] = {
		"setup",
		"a_b",
		"coverage:secondary",
		"order:range_end:vtd-pri",
		"safety:model:opencapi-p10",
	};
	static const char *const bad[] = {
		"",    ":",   "a:",   "a::b",	 ":a",	  "A",
		"a,b", "a b", "a:b:", "a:b:c:d", "a:b-c", "a:b:c d",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!signature_is_word(good[i]))
			fail_msg("'%s' is a word", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (signature_is_word(bad[i]))
			fail_msg("'%s' is no word", bad[i]);
}

/* What a search for a commit may go by */
static void contract(void **state)
{
	(void)state;
	assert_true(signature_is_contract("coverage"));
	assert_true(signature_is_contract(
		"coverage:secondary:smmuv3,order:range_end:kvm-shadow"));
	assert_true(signature_is_contract("safety:emulated:vtd"));
	assert_true(signature_is_contract(
		"cover:flush:cpu,mirror:secondary:cpu,reach:flush:cpu"));
	assert_false(signature_is_contract(""));
	assert_false(signature_is_contract("setup"));
	assert_false(signature_is_contract("coverage:secondary:vtd,kernel"));
	assert_false(signature_is_contract("control:model:vtd"));
	assert_false(signature_is_contract("coverag"));
	assert_false(signature_is_contract("coverages:secondary:vtd"));
}

static void expect(const char *words, const char *want)
{
	char *got = signature_of(words);

	if (!want)
		assert_null(got);
	else
		assert_string_equal(got, want);
	free(got);
}

static void sorted(void **state)
{
	(void)state;
	expect("b a", "a,b");
	expect("b,\ta , c", "a,b,c");
	/* As the runner sorts them: by bytes */
	expect("a:b:c-d a:b:c", "a:b:c,a:b:c-d");
	expect("a b a", NULL);
	expect("", NULL);
	expect(" , ", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form),
		cmocka_unit_test(contract),
		cmocka_unit_test(sorted),
	};

	return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
