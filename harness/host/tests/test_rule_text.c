// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../arch.h"
#include "../rule_text.h"
#include "../run.h"
#include "../words.h"

#define NR(a) (sizeof(a) / sizeof(*(a)))

/* Every profile there is. */
static const struct {
	const char *arch, *profile;
	bool notifier, device, cpu; /* can be watched there */
	const char *plane; /* in words */
} profiles[] = {
	{ "arm64", "smmuv3", true, true, false, "notifier and device plane" },
	{ "arm64", "smmuv3-pri", true, true, false, "notifier and device" },
	{ "arm64", "smmuv3-btm", false, false, true, "CPU plane, by the CPU's" },
	{ "arm64", "kvm-shadow", true, false, false, "notifier and mirror" },
	{ "arm64", "cpu", false, false, true, "CPU plane, by what" },
	{ "x86", "vtd", true, true, false, "notifier and device plane" },
	{ "x86", "vtd-pri", true, true, false, "notifier and device plane" },
	{ "x86", "kvm-shadow", true, false, false, "notifier and mirror" },
	{ "x86", "cpu", false, false, true, "CPU plane, by what" },
	{ "powerpc", "opencapi-p9", false, true, true, "device and CPU plane" },
	{ "powerpc", "opencapi-p10", true, true, false, "notifier and device" },
	{ "powerpc", "kvm-shadow", true, false, false, "notifier and mirror" },
	{ "powerpc", "cpu", false, false, true, "CPU plane, by what" },
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

static void watched(void **state)
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
		if (stlb_watches(p, STLB_NOTIFIER_PLANE) !=
			    profiles[i].notifier ||
		    stlb_watches(p, STLB_DEVICE_PLANE) != profiles[i].device ||
		    stlb_watches(p, STLB_CPU_PLANE) != profiles[i].cpu)
			fail_msg("%s is watched on another plane", p->name);
		if (!strstr(rule_plane(p), profiles[i].plane))
			fail_msg("%s: wanted '%s' in: %s", p->name,
				 profiles[i].plane, rule_plane(p));
	}
}

#define UP STLB_T_upgrade_wp_reuse
#define COPY STLB_T_cow_copy

static const struct stlb_exemption exemptions[] = {
	{ STLB_RELEASE(5, 0), STLB_RELEASE(6, 5), "one" },
	{ STLB_RELEASE(6, 10), 0, "two" },
	{ 0 },
};

static const struct stlb_rule rules[STLB_NR_TRANSITIONS][STLB_NR_PROFILES] = {
	[UP] = { [STLB_VTD] = { STLB_REQUIRED, "cite", "why", exemptions } },
	[COPY] = { [STLB_VTD] = { STLB_REQUIRED, "cite", "why" } },
};

/* A row binds nobody on some kernels; the profile's others do. */
static void exempt(void **state)
{
	static const struct {
		unsigned int release;
		const char *why;
	} want[] = {
		{ STLB_RELEASE(4, 19), NULL },	{ STLB_RELEASE(5, 0), "one" },
		{ STLB_RELEASE(6, 5), "one" },	{ STLB_RELEASE(6, 6), NULL },
		{ STLB_RELEASE(6, 9), NULL },	{ STLB_RELEASE(6, 10), "two" },
		{ STLB_RELEASE(7, 99), "two" },
	};
	const struct stlb_profile_info vtd = { .id = STLB_VTD, .name = "vtd" };
	const struct stlb_rulebook book = { .profiles = &vtd,
					    .nr_profiles = 1,
					    .rules = rules };
	char *text = rule_exemptions(&rules[UP][STLB_VTD]);

	(void)state;
	assert_string_equal(
		text,
		"decides no verdict from 5.0 to 6.5: one; decides no verdict from 6.10: two");
	free(text);
	for (size_t i = 0; i < NR(want); i++) {
		unsigned int release = want[i].release;
		const char *why = stlb_exempt(&book, UP, &vtd, release);

		assert_int_equal(!why, !want[i].why);
		assert_true(!why || !strcmp(why, want[i].why));
		for (int plane = 0; plane < 2; plane++) {
			assert_int_equal(stlb_decides(&book, UP, &vtd, plane,
						      release),
					 !why);
			assert_true(stlb_decides(&book, COPY, &vtd, plane,
						 release));
		}
	}
}

/* Only a profile that broadcasts reach is there to be heard. */
static void heard(void **state)
{
	struct stlb_profile_info p = { .teller = STLB_BY_BROADCAST };

	(void)state;
	assert_false(stlb_watches(&p, STLB_DEVICE_PLANE));
	p.heard = true;
	assert_true(stlb_watches(&p, STLB_DEVICE_PLANE));
	assert_false(stlb_watches(&p, STLB_NOTIFIER_PLANE));
	assert_true(stlb_watches(&p, STLB_CPU_PLANE));
	assert_false(stlb_watches(&p, STLB_MIRROR_PLANE));
	p.teller = STLB_BY_RANGE;
	assert_true(stlb_watches(&p, STLB_MIRROR_PLANE));
	assert_false(stlb_watches(&p, STLB_DEVICE_PLANE));
	assert_false(stlb_watches(&p, STLB_CPU_PLANE));
	p.teller = STLB_BY_NOTIFIER;
	assert_false(stlb_watches(&p, STLB_MIRROR_PLANE));
	p.teller = STLB_BY_FLUSH;
	assert_false(stlb_watches(&p, STLB_DEVICE_PLANE));
	assert_false(stlb_watches(&p, STLB_NOTIFIER_PLANE));
	assert_true(stlb_watches(&p, STLB_CPU_PLANE));
}

static enum stlb_need op_need(const char *arch, enum stlb_transition t)
{
	return rule_op_need(stlb_arch_find(arch)->rules, t,
			    STLB_RELEASE(6, 12));
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

static const struct test *test_of(enum stlb_transition t, enum stlb_plane plane)
{
	static struct test test;

	test = (struct test){ .id = t, .plane = plane };
	return &test;
}

/* The profiles whose rules a result could break, in order: "a b". */
static void expect_lines(const char *arch, enum stlb_transition t,
			 enum stlb_plane plane, const char *judged,
			 const char *want)
{
	struct cell cell = { .arch = stlb_arch_find(arch),
			     .release = "6.12.94+" };
	struct result r = { .test = test_of(t, plane),
			    .judged = list_split(judged, " ") };
	char **lines = rule_lines(&cell, &r);
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
	list_free(r.judged);
}

static void lines_of_each_plane(void **state)
{
	const enum stlb_plane notifier = STLB_NOTIFIER_PLANE;
	const enum stlb_plane device = STLB_DEVICE_PLANE;
	const enum stlb_plane cpu = STLB_CPU_PLANE;
	const char *smmu = "smmuv3 smmuv3-pri smmuv3-btm kvm-shadow cpu";
	const char *vtd = "vtd vtd-pri kvm-shadow cpu";
	const char *capi = "opencapi-p9 opencapi-p10 kvm-shadow cpu";

	(void)state;
	expect_lines("arm64", UP, notifier, smmu, "smmuv3 smmuv3-pri");
	expect_lines("arm64", UP, device, smmu, "smmuv3 smmuv3-pri");
	expect_lines("arm64", COPY, notifier, smmu,
		     "smmuv3 smmuv3-pri kvm-shadow");
	expect_lines("arm64", COPY, device, smmu, "smmuv3 smmuv3-pri");
	/* An upgrade binds no VT-d, whatever a guest says. */
	expect_lines("x86", UP, notifier, vtd, "");
	expect_lines("x86", UP, device, vtd, "");
	expect_lines("x86", COPY, notifier, vtd, "vtd vtd-pri kvm-shadow");
	expect_lines("x86", COPY, device, vtd, "vtd vtd-pri");
	expect_lines("powerpc", UP, notifier, capi, "");
	expect_lines("powerpc", UP, device, capi, "opencapi-p9");
	expect_lines("powerpc", COPY, notifier, capi,
		     "opencapi-p10 kvm-shadow");
	expect_lines("powerpc", COPY, device, capi, "opencapi-p9 opencapi-p10");
	/* No kernel has an SMMU listen, whatever a guest says. */
	expect_lines("arm64", UP, cpu, smmu, "");
	expect_lines("arm64", COPY, cpu, smmu, "cpu");
	expect_lines("x86", UP, cpu, vtd, "");
	expect_lines("x86", COPY, cpu, vtd, "cpu");
	expect_lines("powerpc", UP, cpu, capi, "opencapi-p9");
	expect_lines("powerpc", COPY, cpu, capi, "opencapi-p9 cpu");
	expect_lines("arm64", STLB_T_NONE, notifier, smmu, "");
	expect_lines("arm64", STLB_T_NONE, device, smmu, "");
}

/* QEMU's VT-d takes no page requests, so vtd-pri decided nothing. */
static void lines_of_what_was_played(void **state)
{
	(void)state;
	expect_lines("x86", COPY, STLB_DEVICE_PLANE, "vtd", "vtd");
	expect_lines("x86", COPY, STLB_DEVICE_PLANE, "", "");
	expect_lines("x86", COPY, STLB_DEVICE_PLANE, "vt vtd- smmuv3", "");
}

/* Need, reason and source, as the row has them. */
static void a_line(void **state)
{
	char *judged[] = { "opencapi-p9", NULL };
	struct cell cell = { .arch = stlb_arch_find("powerpc") };
	struct result r = { .test = test_of(UP, STLB_DEVICE_PLANE),
			    .judged = judged };
	char **lines = rule_lines(&cell, &r);

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
		cmocka_unit_test(watched),
		cmocka_unit_test(exempt),
		cmocka_unit_test(heard),
		cmocka_unit_test(need_of_the_op),
		cmocka_unit_test(lines_of_each_plane),
		cmocka_unit_test(lines_of_what_was_played),
		cmocka_unit_test(a_line),
	};

	return cmocka_run_group_tests_name("rule_text", tests, NULL, NULL);
}
