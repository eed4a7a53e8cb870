// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "coverage.h"

/* The most that a recorder keeps apart, and more sites than any kernel has. */
#define CHAINS 64
#define CALLS 512

void coverage_begin(struct recorder *r)
{
	/* Where it cannot be done, recorder.sites says so. */
	if (getenv("STLB_COVERAGE"))
		ioctl(r->fd, STLB_IOC_TRACE);
}

static void print_chain(const struct stlb_chain *chain)
{
	printf("# chain:");
	for (int i = 0; i < STLB_CHAIN_FRAMES && *chain->frames[i].symbol; i++)
		printf(" %s>%s", chain->frames[i].symbol,
		       chain->frames[i].callee);
	printf("\n");
	fflush(stdout);
}

/* Tells @take of each symbol of the kernel's; false: there is no list of them. */
static bool each_symbol(void (*take)(void *arg, __u64 address, const char *name),
			void *arg)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	char line[1024], name[512];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %511s", &address, name) == 2)
			take(arg, address, name);
	fclose(f);
	return true;
}

static void print_address(void *arg, __u64 address, const char *name)
{
	static const char *const names[] = {
		"mmu_notifier_synchronize",
		"handle_mm_fault",
		"__mmu_notifier_arch_invalidate_secondary_tlbs",
		"__mmu_notifier_invalidate_secondary_tlbs",
		"__mmu_notifier_invalidate_range",
		"__mmu_notifier_invalidate_range_start",
		"__mmu_notifier_invalidate_range_end",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			printf("# address: %s %#llx\n", name,
			       (unsigned long long)address);
}

/* In this boot, and so in each one of this kernel: nothing is where chance has it. */
static void print_addresses(void)
{
	each_symbol(print_address, NULL);
	fflush(stdout);
}

void coverage_addresses(void)
{
	const char *mode = getenv("STLB_COVERAGE");
	static bool done;

	if (!done && mode && !strcmp(mode, "2"))
		print_addresses();
	done = true;
}

void coverage_report(struct recorder *r)
{
	static struct stlb_chain chains[CHAINS];
	struct stlb_chains req = {
		.chains = (uintptr_t)chains,
		.nr = CHAINS,
	};

	if (ioctl(r->fd, STLB_IOC_CHAINS, &req))
		return;
	for (__u32 i = 0; i < req.nr; i++)
		print_chain(&chains[i]);
}

/* The function that tells, under each name; up to 6.5 a range's end tells, too. */
static const char *const telling[] = {
	"__mmu_notifier_arch_invalidate_secondary_tlbs",
	"__mmu_notifier_invalidate_secondary_tlbs",
	"__mmu_notifier_invalidate_range",
	"__mmu_notifier_invalidate_range_end",
};

enum { TELLING = sizeof(telling) / sizeof(telling[0]) };

struct text {
	__u64 start, end;
	__u64 functions[TELLING];
};

static void take_symbol(void *arg, __u64 address, const char *name)
{
	struct text *t = arg;

	if (!strcmp(name, "_stext"))
		t->start = address;
	else if (!strcmp(name, "_etext"))
		t->end = address;
	for (int i = 0; i < TELLING; i++)
		if (!strcmp(name, telling[i]))
			t->functions[i] = address;
}

static int read_text(struct text *t)
{
	*t = (struct text){ .start = 0 };
	if (!each_symbol(take_symbol, t))
		return -errno;
	/* The new names' kernels tell nobody at a range's end. */
	if (t->functions[0] || t->functions[1])
		t->functions[2] = t->functions[3] = 0;
	else if (!t->functions[2])
		return -ENOENT;
	return t->start && t->end ? 0 : -ENOENT;
}

static int print_calls(struct recorder *r, const struct text *t, int which)
{
	static struct stlb_call calls[CALLS];
	struct stlb_calls req = {
		.function = t->functions[which],
		.start = t->start,
		.end = t->end,
		.calls = (uintptr_t)calls,
		.nr = CALLS,
	};

	if (!req.function)
		return 0;
	if (ioctl(r->fd, STLB_IOC_CALLS, &req))
		return -errno;
	for (__u32 i = 0; i < req.nr; i++)
		printf("# site: %s %s %s\n", calls[i].jump ? "jump" : "call",
		       calls[i].symbol, telling[which]);
	fflush(stdout);
	return req.nr;
}

int coverage_sites(struct recorder *r)
{
	struct text t;
	int err = read_text(&t), nr = 0;

	for (int i = 0; i < TELLING && !err; i++) {
		int n = print_calls(r, &t, i);

		err = n < 0 ? n : 0;
		nr += n;
	}
	return err ? err : nr;
}
