// SPDX-License-Identifier: GPL-2.0-only
/*
 * build/host/claims-md: prints docs/claims.md, and fails if a test that a row
 * names is not in the catalogue, or a claim has no row.
 *
 * The claims, numbered, of the discussion that this project began with, with the
 * tests that answer each, or why there is none.
 */

#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "text.h"
#include "words.h"

#define LAST 34

struct claim {
	unsigned int row;
	const char *what;
	const char *tests; /* patterns of --test, blanks between; NULL: none */
	const char *how; /* what they show, or why there is none */
};

static const struct claim claims[] = {
	{ 1, "arm64: read-only to read-write needs an invalidation",
	  "upgrade.*.model upgrade.*.emulated",
	  "the second half of each plays a device that hears nothing, which must stay stuck" },
	{ 2, "up to 6.5 an upgrade told nobody",
	  "upgrade.wp_reuse.* upgrade.by_*.* upgrade.shared_clean.*",
	  "on arm64 6.1 (XFAIL), on 6.12 (PASS)" },
	{ 3, "an SMMU without BTM keeps the denying entry; a retry must end it",
	  "upgrade.*.model upgrade.*.emulated device.denied device.at_work race.*",
	  "every write faults until the entry is gone, counted" },
	{ 4,
	  "an SMMU with BTM needs the broadcast, its driver skips the notifier",
	  "device.denied upgrade.*.cpu",
	  "`device.denied` plays such a driver. Which TLBI was executed, and whether it was broadcast, is in the traces of `.cpu`; the rows decide nothing, for no kernel has an SMMU listen (docs/rules.md)" },
	{ 5,
	  "the upgrade is told as one page, after the PTE, when something changed",
	  "upgrade.wp_reuse.page spurious.write.*",
	  "data `width`, property `order`; nothing where nothing changed" },
	{ 6,
	  "the callback may come under the page-table lock, so it never sleeps",
	  "*.page *.run *.model *.emulated",
	  "property `context`; data `under_ptl`; each device invalidates there, on a kernel with DEBUG_ATOMIC_SLEEP if the matrix has one" },
	{ 7,
	  "an earlier patch: a new range event that architectures and drivers filter; who filters sees no change",
	  "api.own_calls",
	  "no kernel has that event. What can be shown is that a subscriber gets the calls that it asked for and no others" },
	{ 8, "hugetlb: what is told is the whole contiguous set",
	  "hugetlb.*_64k.* hugetlb.*_32m.* contpte.*.*",
	  "contiguous PTEs and contiguous PMDs (with base pages of 4 KiB); first, middle and last page, and no hole between" },
	{ 9, "each documented call point of the op has a trace", NULL,
	  "not a test but a command: `./run_tests.sh coverage` lists the call sites in a kernel's binary and the tests that reach each" },
	{ 10,
	  "invalidating before the answer to a page request ends the fault, with PRI only",
	  "device.page_request_hack", "with every profile, with and without" },
	{ 11, "is it mm or the driver?", "*.model *.emulated",
	  "the end of each reason: mm sent nothing; not for this page; before the change; after the call; or what was due, and the driver did not carry it out" },
	{ 12, "an entry that denies an access may be cached",
	  "device.denied upgrade.*.model upgrade.*.emulated",
	  "the device must fault before the change" },
	{ 13, "sharing without PRI works if mm tells, and only then",
	  "upgrade.*.model", "for `smmuv3`, and its half that hears nothing" },
	{ 14, "a hypervisor's shadow of a stage-1 table is affected alike",
	  "upgrade.*.kvm cow.*.kvm downgrade.*.kvm unmap.*.kvm",
	  "KVM itself: it looks a page up again where its own entry denies a write, so an upgrade need not be told (`kvm-shadow` OPTIONAL, and a VM that hears nothing recovers); of all else it must be told, and a VM that hears nothing is stale" },
	{ 15,
	  "VT-d: who takes page faults may skip it, who does not may not; a mixed group takes the stricter rule",
	  "upgrade.*.model device.mixed_group",
	  "`vtd` and `vtd-pri`, and both on one address space" },
	{ 16, "\"invalidation\" is ill-defined",
	  "upgrade.* downgrade.* cow.* unmap.* age.* spurious.* device.hardware_dirty",
	  "each kind of change is a row of docs/rules.md: read-only and writable, present and not, clean and dirty (`upgrade.shared_clean`, and by hardware), young and old, executable or not (`downgrade.exec`), another frame, none" },
	{ 17,
	  "a mirror retries by sequence; a notifier never establishes a mapping",
	  "api.mirror",
	  "a mirror that follows the protocol, in windows made long" },
	{ 18, "the op is opt-in: who has it not sees nothing",
	  "api.own_calls api.interval_first", "a subscriber of release alone" },
	{ 19, "only those who share the page tables register for the op", NULL,
	  "who registers is a fact of the source, not of a kernel that runs: in a guest stlb.ko is the only subscriber" },
	{ 20,
	  "KVM's APIC page: no use of a page between its zap and the last invalidation",
	  "unmap.*.kvm api.mirror unmap.*.model race.unmap",
	  "memory of a VM's, whose use ends with the call that takes it; a mirror by the same protocol, and a device that may not be the last to hold a frame when it is told (data `early_free`). Not the APIC page itself: emulated CPUs have no AVIC and no virtualised APIC accesses" },
	{ 21, "KVM's fix: a reload honours the invalidations under way",
	  "api.mirror",
	  "a mirror's protocol in windows made long: read_begin waits, read_retry sends back. KVM's own, by faults that meet an open window, has no test yet" },
	{ 22, "renaming the op changes no behaviour", "api.own_calls",
	  "stlb.ko takes the op under each name, and every test is the same under both" },
	{ 23, "no second event from invalidate_range_end",
	  "unmap.none.page unmap.none.run",
	  "where nothing was mapped nothing else can call; XFAIL up to 6.5" },
	{ 24, "unmapping what has no entries sends nothing",
	  "unmap.none.page unmap.none.run unmap.sparse.page",
	  "property `economy`; data `width`" },
	{ 25,
	  "a CPU's TLB flush and an IOMMU's are one to one, neither broader nor narrower",
	  "*.page *.run *.cpu api.once",
	  "`.cpu` sees both, in one order (property `mirror`): a flush that no callback covers is a failure where a device has to be told; a callback without a flush is measured (data `told_alone`). Narrower is one, too (coverage); broader is legal and measured (data `width`, `callbacks`). One flush calls a subscriber once (docs/contract.md)" },
	{ 26,
	  "OpenCAPI shares the tables: unmap reaches it, an upgrade needs no flush",
	  "unmap.*.model upgrade.*.model",
	  "for `opencapi-p10`: the half that hears nothing must recover" },
	{ 27, "\"ppc does not suffer\"", "upgrade.*.model device.copro",
	  "POWER10: as above. POWER9 (`cpu = power9`): with the coprocessor count the upgrade is broadcast, without it never" },
	{ 28, "only arm64 changes: x86 and ppc behave as before",
	  "upgrade.wp_reuse.page upgrade.wp_reuse.run",
	  "data `callbacks` of the x86 and powerpc cells: 0 on 6.1 and on 6.12" },
	{ 29,
	  "a proposal: own ops, own registration, one shared list; each kind gets only its own callbacks",
	  "api.own_calls api.interval_first api.race",
	  "every kind of subscriber that the kernel has, on one address space" },
	{ 30,
	  "the proposal drops the call in invalidate_range_end: who relied on it must still invalidate",
	  "cow.*.page downgrade.*.page unmap.*.page",
	  "from 6.6 that call is gone; on powerpc the one-page flush relied on it (docs/findings/powerpc-page-flush-not-told.md)" },
	{ 31,
	  "the TLB before the device's cache (ATC); after release no translation is usable",
	  "device.atc_order exit.*.model exit.*.emulated api.release", "" },
	{ 32, "what an upgrade costs", "upgrade.*.model",
	  "data `PROFILE.commands`, `.callbacks`, `.page_requests`, `.attempts`" },
	{ 33, "each commit of a series passes by itself", NULL,
	  "of a series, not of a kernel: `--kernel tree:PATH@REF,tree:PATH@REF,...` builds and judges each" },
	{ 34,
	  "an interval notifier that registers first breaks no later registration",
	  "api.interval_first", "and the reverse, `api.own_calls`" },
};

#define NR (sizeof(claims) / sizeof(*claims))

static bool matches(const char *pattern)
{
	size_t nr;
	const struct test *t = catalogue(&nr);

	for (size_t i = 0; i < nr; i++)
		if (catalogue_match(&t[i], pattern))
			return true;
	return false;
}

/* Prints the patterns; returns how many match nothing. */
static int print_tests(const struct claim *c)
{
	char **patterns = list_split(c->tests ? c->tests : "", " ");
	const char *comma = "";
	int wrong = 0;

	for (char **p = patterns; *p; p++) {
		if (!**p)
			continue;
		printf("%s`%s`", comma, *p);
		comma = ", ";
		if (matches(*p))
			continue;
		fprintf(stderr, "claim %u names %s, which is no test\n", c->row,
			*p);
		wrong++;
	}
	list_free(patterns);
	return wrong;
}

int main(void)
{
	int wrong = 0;

	printf("<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
	       "<!-- Made from harness/host/claims_md.c by `make docs`; do not edit. -->\n\n"
	       "# Claims, and what answers them\n\n"
	       "The claims, numbered, of the discussion that this project began with (\"arm64:\n"
	       "Notify on pte permission upgrades\", May 2023). `*` stands for any word, as for\n"
	       "`--test`: `.page` and `.run` watch callbacks, `.model` and `.emulated` what a\n"
	       "device can still do, `.cpu` what the CPUs execute. docs/contract.md says more on some.\n\n"
	       "| row | claim | tests | what they show, or why there is none |\n"
	       "|---|---|---|---|\n");
	for (size_t i = 0; i < NR; i++) {
		const struct claim *c = &claims[i];

		if (c->row != i + 1) {
			fprintf(stderr, "claim %zu has no row\n", i + 1);
			wrong++;
		}
		printf("| %u | %s | ", c->row, c->what);
		wrong += print_tests(c);
		printf(" | %s |\n", c->how);
	}
	if (NR != LAST) {
		fprintf(stderr, "%zu claims, not %d\n", NR, LAST);
		wrong++;
	}
	return wrong || fflush(stdout) || ferror(stdout);
}
