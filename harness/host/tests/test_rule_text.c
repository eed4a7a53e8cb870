// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../arch.h"
#include "../rule_text.h"
#include "../words.h"

#define NR(a) (sizeof(a) / sizeof(*(a)))

/* Every profile there is. */
static const struct {
	const char *arch, *profile;
	bool notifier, device; /* decides verdicts there */
	const char *plane; /* in words */
} profiles[] = {
	{ "arm64", "smmuv3", true, true, "notifier and device plane" },
	{ "arm64", "smmuv3-pri", true, true, "notifier and device plane" },
	{ "arm64", "smmuv3-btm", false, false, "not watched" },
	{ "arm64", "kvm-shadow", true, false, "notifier plane, by inv" },
	{ "x86", "vtd", false, false, "notifier and device plane" },
	{ "x86", "vtd-pri", true, true, "notifier and device plane" },
	{ "x86", "kvm-shadow", true, false, "notifier plane, by inv" },
	{ "powerpc", "opencapi-p9", false, true, "device plane, by the CPU" },
	{ "powerpc", "opencapi-p10", true, true, "notifier and device plane" },
	{ "powerpc", "kvm-shadow", true, false, "notifier plane, by inv" },
};

/* The profile of that name, or NULL. */
static const struct stlb_profile_info *find(const char *arch, const char *name)
{
	const struct stlb_rulebook *book = stlb_arch_find(arch)->rules;

	for (unsigned int i = 0; i < book->nr_profiles; i++)
		if (!strcmp(book->profiles[i].name, name))
			return &book->profiles[i];
	return NULL;
}

static void decides(void **state)
{
	size_t nr = 0;

	(void)state;
	for (const struct stlb_arch *a = stlb_archs; a->name; a++)
		nr += a->rules->nr_profiles;
	assert_int_equal(nr, NR(profiles));
	for (size_t i = 0; i < nr; i++) {
		const struct stlb_profile_info *p =
			find(profiles[i].arch, profiles[i].profile);

		assert_non_null(p);
		if (rule_decides(p, STLB_NOTIFIER_PLANE) !=
			    profiles[i].notifier ||
		    rule_decides(p, STLB_DEVICE_PLANE) != profiles[i].device)
			fail_msg("%s decides on another plane", p->name);
		if (!strstr(rule_plane(p), profiles[i].plane))
			fail_msg("%s: wanted '%s' in: %s", p->name,
				 profiles[i].plane, rule_plane(p));
	}
}

/* Whoever tells it, where Linux does not let it share page tables. */
static void not_admitted(void **state)
{
	(void)state;
	for (int t = STLB_BY_NOTIFIER; t <= STLB_BY_BROADCAST; t++) {
		const struct stlb_profile_info p = {
			.name = "p",
			.teller = t,
			.heard = true,
			.not_admitted = "refused",
		};

		assert_false(rule_decides(&p, STLB_NOTIFIER_PLANE));
		assert_false(rule_decides(&p, STLB_DEVICE_PLANE));
	}
}

/* Only a profile that broadcasts reach is there to be heard. */
static void heard(void **state)
{
	struct stlb_profile_info p = { .teller = STLB_BY_BROADCAST };

	(void)state;
	assert_false(rule_decides(&p, STLB_DEVICE_PLANE));
	p.heard = true;
	assert_true(rule_decides(&p, STLB_DEVICE_PLANE));
	assert_false(rule_decides(&p, STLB_NOTIFIER_PLANE));
	p.teller = STLB_BY_RANGE;
	assert_false(rule_decides(&p, STLB_DEVICE_PLANE));
}

static enum stlb_need op_need(const char *arch, enum stlb_transition t)
{
	return rule_op_need(stlb_arch_find(arch)->rules, t);
}

/* vtd and opencapi-p9 REQUIRE an upgrade to be told, but not by the op. */
static void need_of_the_op(void **state)
{
	(void)state;
	assert_int_equal(op_need("arm64", STLB_T_upgrade_wp_reuse),
			 STLB_REQUIRED);
	assert_int_equal(op_need("x86", STLB_T_upgrade_wp_reuse),
			 STLB_OPTIONAL);
	assert_int_equal(op_need("powerpc", STLB_T_upgrade_wp_reuse),
			 STLB_OPTIONAL);
	for (const struct stlb_arch *a = stlb_archs; a->name; a++) {
		assert_int_equal(op_need(a->name, STLB_T_cow_copy),
				 STLB_REQUIRED);
		assert_int_equal(op_need(a->name, STLB_T_unmap_none),
				 STLB_UNWANTED);
		assert_int_equal(op_need(a->name, STLB_T_NONE), STLB_NO_ROW);
	}
}

/* The profiles whose rules a result can break, in order: "a b". */
static void expect_lines(const char *arch, enum stlb_transition t,
			 enum stlb_plane plane, const char *want)
{
	char **lines = rule_lines(stlb_arch_find(arch)->rules, t, plane);
	char got[200] = "";

	for (char **l = lines; l && *l; l++) {
		size_t len = strcspn(*l, " ");

		assert_true(len > 0 && strlen(got) + len + 2 < sizeof(got));
		if (*got)
			strcat(got, " ");
		strncat(got, *l, len);
	}
	assert_string_equal(got, want);
	list_free(lines);
}

static void lines_of_each_plane(void **state)
{
	const enum stlb_transition up = STLB_T_upgrade_wp_reuse;
	const enum stlb_transition copy = STLB_T_cow_copy;
	const enum stlb_plane notifier = STLB_NOTIFIER_PLANE;
	const enum stlb_plane device = STLB_DEVICE_PLANE;

	(void)state;
	expect_lines("arm64", up, notifier, "smmuv3 smmuv3-pri");
	expect_lines("arm64", up, device, "smmuv3 smmuv3-pri");
	expect_lines("arm64", copy, notifier, "smmuv3 smmuv3-pri kvm-shadow");
	expect_lines("arm64", copy, device, "smmuv3 smmuv3-pri");
	expect_lines("x86", up, notifier, "");
	expect_lines("x86", up, device, "");
	expect_lines("x86", copy, notifier, "vtd-pri kvm-shadow");
	expect_lines("x86", copy, device, "vtd-pri");
	expect_lines("powerpc", up, notifier, "");
	expect_lines("powerpc", up, device, "opencapi-p9");
	expect_lines("powerpc", copy, notifier, "opencapi-p10 kvm-shadow");
	expect_lines("powerpc", copy, device, "opencapi-p9 opencapi-p10");
	expect_lines("arm64", STLB_T_NONE, notifier, "");
	expect_lines("arm64", STLB_T_NONE, device, "");
}

/* Need, reason and source, as the row has them. */
static void a_line(void **state)
{
	const struct stlb_rulebook *book = stlb_arch_find("powerpc")->rules;
	char **lines =
		rule_lines(book, STLB_T_upgrade_wp_reuse, STLB_DEVICE_PLANE);

	(void)state;
	assert_non_null(lines);
	assert_string_equal(
		lines[0],
		"opencapi-p9 REQUIRED: this nest MMU cannot relax an entry: invalid, flush, then the new one (bd5050e38aec)");
	assert_null(lines[1]);
	list_free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides),
		cmocka_unit_test(not_admitted),
		cmocka_unit_test(heard),
		cmocka_unit_test(need_of_the_op),
		cmocka_unit_test(lines_of_each_plane),
		cmocka_unit_test(a_line),
	};

	return cmocka_run_group_tests_name("rule_text", tests, NULL, NULL);
}
