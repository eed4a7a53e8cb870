// SPDX-License-Identifier: GPL-2.0-only

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"
#include "scene.h"
#include "trace.h"

static const char *const op_names[] = {
	[STLB_OP_SECONDARY] = "secondary",
	[STLB_OP_RANGE_START] = "range_start",
	[STLB_OP_RANGE_END] = "range_end",
	[STLB_OP_RELEASE] = "release",
};

/* Not mmap_lock: anybody may have it, and a fault may have the VMA's lock instead. */
static const struct {
	unsigned int bit;
	const char *name;
} contexts[] = {
	{ STLB_CTX_IRQS_OFF, "irqs-off" },
	{ STLB_CTX_INTERRUPT, "interrupt" },
	{ STLB_CTX_ATOMIC, "atomic" },
	{ STLB_CTX_PTL, "ptl" },
	{ STLB_CTX_BLOCKABLE, "blockable" },
	{ STLB_CTX_FOREIGN_MM, "foreign-mm" },
	{ STLB_CTX_CURRENT_MM, "current-mm" },
};

static char page_letter(const struct stlb_pte *before,
			const struct stlb_pte *now)
{
	bool moved = before->flags & STLB_PTE_PRESENT &&
		     before->pfn != now->pfn;

	switch (pte_access(now)) {
	case ACCESS_DENIED:
		return moved ? 'X' : 'x';
	case ACCESS_RO:
		if (pte_executable(now))
			return moved ? 'E' : 'e';
		return moved ? 'R' : 'r';
	case ACCESS_RW:
		return moved ? 'W' : 'w';
	default:
		return '-';
	}
}

static void print_pages(FILE *f, const struct evidence *e,
			const struct stlb_pte *ptes)
{
	size_t nr = scene_watched(e->scene);

	for (size_t i = 0, same; i < nr; i += same) {
		char c = page_letter(&e->before[i], &ptes[i]);

		for (same = 1; i + same < nr; same++)
			if (page_letter(&e->before[i + same],
					&ptes[i + same]) != c)
				break;
		fprintf(f, "%zu%c", same, c);
	}
}

static void print_range(FILE *f, const struct evidence *e,
			const struct stlb_event *ev)
{
	uint64_t base = (uintptr_t)e->scene->base;
	int64_t page = e->scene->base_page;

	if (ev->end == EVERYTHING)
		fprintf(f, "0 all ");
	else
		fprintf(f, "%lld %lld ",
			(long long)((int64_t)(ev->start - base) / page),
			(long long)((int64_t)(ev->end - base) / page));
}

/*
 * A page-table lock of the caller's own makes it atomic, where that is counted,
 * and it may not sleep. Else another CPU holds it: ksmd and a test that waits
 * for it, for instance.
 */
static bool own_ptl(const struct evidence *e, const struct stlb_event *ev)
{
	struct stlb_info info;

	if (ev->context & STLB_CTX_ATOMIC)
		return true;
	return !(ev->context & STLB_CTX_BLOCKABLE) &&
	       !recorder_info(e->rec, &info) &&
	       !(info.flags & STLB_INFO_PREEMPT_COUNT);
}

static void print_context(FILE *f, const struct evidence *e,
			  const struct stlb_event *ev)
{
	unsigned int context = ev->context;
	const char *between = "";

	if (!own_ptl(e, ev))
		context &= ~STLB_CTX_PTL;
	if (e->t->by_anyone)
		context &= ~STLB_CTX_CURRENT_MM;
	for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++) {
		if (!(context & contexts[i].bit))
			continue;
		fprintf(f, "%s%s", between, contexts[i].name);
		between = ",";
	}
	if (!*between)
		fputc('-', f);
}

void trace_event(const struct evidence *e, const struct stlb_event *ev)
{
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	if (!f)
		return;
	fprintf(f, "%s ", op_names[ev->op]);
	print_range(f, e, ev);
	print_pages(f, e, ev->ptes);
	fputc(' ', f);
	print_context(f, e, ev);
	if (ev->op == STLB_OP_RANGE_START || ev->op == STLB_OP_RANGE_END)
		fprintf(f, " %s", kind_name(ev->cookie));
	fclose(f);
	outcome_trace(line);
	free(line);
}

void trace_pages(const struct evidence *e, const char *when,
		 const struct stlb_pte *ptes)
{
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	if (!f)
		return;
	fprintf(f, "%s ", when);
	print_pages(f, e, ptes);
	fclose(f);
	outcome_trace(line);
	free(line);
}

void trace_place(const struct stlb_event *ev)
{
	char line[48];

	snprintf(line, sizeof(line), "callback %s", op_names[ev->op]);
	outcome_trace(line);
}

void trace_rest(long long nr)
{
	char line[48];

	if (nr <= 0)
		return;
	snprintf(line, sizeof(line), "more %lld", nr);
	outcome_trace(line);
}
