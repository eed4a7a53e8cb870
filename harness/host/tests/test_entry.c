// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../../guest/entry.h"

static enum access of(__u32 flags)
{
	struct stlb_pte pte = { .flags = flags };

	return pte_access(&pte);
}

/* The accessed bit says nothing of what an entry allows, on any architecture. */
static void accesses(void **state)
{
	const __u32 there = STLB_PTE_PRESENT | STLB_PTE_SOME;

	(void)state;
	assert_int_equal(of(0), ACCESS_NONE);
	assert_int_equal(of(STLB_PTE_SOME), ACCESS_NONE);
	for (int young = 0; young < 2; young++) {
		__u32 age = young ? STLB_PTE_YOUNG : 0;

		assert_int_equal(of(there | age), ACCESS_DENIED);
		assert_int_equal(of(there | age | STLB_PTE_HW_WRITE),
				 ACCESS_DENIED);
		assert_int_equal(of(there | age | STLB_PTE_HW_USER), ACCESS_RO);
		assert_int_equal(of(there | age | STLB_PTE_HW_USER |
				    STLB_PTE_HW_READ | STLB_PTE_HW_WRITE),
				 ACCESS_RW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
