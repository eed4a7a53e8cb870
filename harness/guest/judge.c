// SPDX-License-Identifier: GPL-2.0-only

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "judge.h"
#include "scene.h"
#include "trace.h"

/* The kernel's "everything": the end of a range that has no end. */
#define EVERYTHING (~0ULL)

static const char *const op_names[] = {
	[STLB_OP_SECONDARY] = "secondary",
	[STLB_OP_RANGE_START] = "range_start",
	[STLB_OP_RANGE_END] = "range_end",
	[STLB_OP_RELEASE] = "release",
	[STLB_OP_MARK] = "mark",
};

static const char *const need_names[] = {
	[STLB_REQUIRED] = "REQUIRED",
	[STLB_OPTIONAL] = "OPTIONAL",
	[STLB_UNWANTED] = "UNWANTED",
};

enum access pte_access(const struct stlb_pte *pte)
{
	if (!(pte->flags & STLB_PTE_PRESENT))
		return ACCESS_NONE;
	/* An entry that is only old has lost no permission. */
	if (!(pte->flags & STLB_PTE_HW_READ) && pte->flags & STLB_PTE_YOUNG)
		return ACCESS_DENIED;
	return pte->flags & STLB_PTE_HW_WRITE ? ACCESS_RW : ACCESS_RO;
}

bool pte_executable(const struct stlb_pte *pte)
{
	return pte->flags & STLB_PTE_HW_EXEC;
}

const char *access_name(enum access a)
{
	static const char *const names[] = {
		[ACCESS_NONE] = "not present",
		[ACCESS_DENIED] = "present and closed to user space",
		[ACCESS_RO] = "read-only",
		[ACCESS_RW] = "writable",
		[ACCESS_GONE] = "gone",
	};

	return names[a];
}

/* Could a copy of @old still be right where the entry is @now? */
static bool still_old(const struct stlb_pte *old, const struct stlb_pte *now)
{
	return pte_access(old) == pte_access(now) &&
	       pte_executable(old) == pte_executable(now) &&
	       old->pfn == now->pfn;
}

/*
 * A change may take several steps: KSM write-protects a page, then puts another
 * in its place. Could who fetched the entry as it was in between, @seen, do
 * what it may not as it is in the end, @last?
 */
static bool is_step(const struct stlb_pte *seen, const struct stlb_pte *last)
{
	enum access now = pte_access(last);

	if (pte_executable(seen) && !pte_executable(last))
		return true;
	switch (pte_access(seen)) {
	case ACCESS_RW:
		return now != ACCESS_RW || seen->pfn != last->pfn;
	case ACCESS_RO:
		return (now != ACCESS_RO && now != ACCESS_RW) ||
		       seen->pfn != last->pfn;
	default:
		return false;
	}
}

/* What happened to a page, for messages. */
static const char *change_name(const struct transition *t)
{
	static const char *const names[] = {
		[ACCESS_NONE] = "was unmapped",
		[ACCESS_DENIED] = "was closed to user space",
		[ACCESS_RO] = "became read-only",
		[ACCESS_RW] = "became writable",
		[ACCESS_GONE] = "went away with its address space",
	};

	if (t->takes_exec)
		return "ceased to be executable";
	return t->frame == FRAME_NEW ? "moved to a new frame" : names[t->after];
}

static size_t watched(const struct evidence *e)
{
	return scene_watched(e->scene);
}

static size_t number(const struct evidence *e, size_t i)
{
	return scene_number(e->scene, i);
}

static bool covers(const struct evidence *e, const struct stlb_event *ev,
		   size_t i)
{
	uint64_t start = (uintptr_t)scene_spot(e->scene, i);

	return ev->start <= start && ev->end >= start + e->scene->base_page;
}

static uint64_t span_start(const struct evidence *e, size_t unit)
{
	return (uintptr_t)e->scene->base + unit * e->scene->page;
}

static uint64_t span_end(const struct evidence *e, size_t unit)
{
	return span_start(e, unit) + e->scene->span;
}

/* Bytes of the watched spans that the event's range has. */
static uint64_t overlap(const struct evidence *e, const struct stlb_event *ev)
{
	uint64_t bytes = 0;

	for (size_t u = 0; u < e->scene->nr; u++) {
		uint64_t start = span_start(e, u), end = span_end(e, u);

		start = ev->start > start ? ev->start : start;
		end = ev->end < end ? ev->end : end;
		bytes += end > start ? end - start : 0;
	}
	return bytes;
}

static bool touches_any(const struct evidence *e, const struct stlb_event *ev)
{
	return ev->op != STLB_OP_MARK && overlap(e, ev);
}

/* The event behind @ev that lies between the two marks, or NULL. */
static const struct stlb_event *next_in_window(const struct evidence *e,
					       const struct stlb_event *ev)
{
	bool in = ev != NULL;

	while ((ev = recorder_next(e->rec, ev))) {
		if (ev->op == STLB_OP_MARK && ev->cookie == MARK_BEGIN)
			in = true;
		else if (ev->op == STLB_OP_MARK && ev->cookie == MARK_END)
			return NULL;
		else if (in)
			return ev;
	}
	return NULL;
}

void judge_note_rule(const struct stlb_profile_info *p,
		     const struct stlb_rule *r)
{
	outcome_note("rule: %s for %s: %s", need_names[r->need], p->name,
		     r->why);
	outcome_note("cite: %s", r->cite);
}

/*
 * Which of page @i's events are there? One of @op while its old entry stood, one
 * after it, and the entries of all steps on the way, had gone, and one when the
 * call that made the change had returned: by then the device's owner may rely on
 * it.
 */
struct calls {
	const struct stlb_event *early;
	const struct stlb_event *after;
	const struct stlb_event *late;
};

static struct calls calls(const struct evidence *e, enum stlb_op op, size_t i)
{
	const struct stlb_event *ev = NULL;
	struct calls c = { 0 };

	while ((ev = next_in_window(e, ev))) {
		bool step = is_step(&ev->ptes[i], &e->after[i]);

		if (step)
			c.after = NULL;
		if (ev->op != op || !covers(e, ev, i))
			continue;
		if (ev->stamp == STAMP_AFTER)
			c.late = ev;
		else if (still_old(&e->before[i], &ev->ptes[i]))
			c.early = ev;
		else if (!step)
			c.after = ev;
	}
	return c;
}

static bool has_event(const struct evidence *e, enum stlb_op op)
{
	const struct stlb_event *ev = NULL;

	while ((ev = next_in_window(e, ev)))
		if (ev->op == op)
			return true;
	return false;
}

enum told judge_told(const struct evidence *e, size_t page)
{
	struct calls c = calls(e, STLB_OP_SECONDARY, page);

	if (c.after)
		return TOLD;
	if (c.late)
		return TOLD_LATE;
	if (c.early)
		return TOLD_EARLY;
	return has_event(e, STLB_OP_SECONDARY) ? TOLD_OTHERS : TOLD_NOTHING;
}

/* Did the old entries stand in all pages watched that the event covers? */
static bool is_early(const struct evidence *e, const struct stlb_event *ev)
{
	bool old = false;

	for (size_t i = 0; i < watched(e); i++) {
		if (!covers(e, ev, i))
			continue;
		if (!still_old(&e->before[i], &ev->ptes[i]))
			return false;
		old = true;
	}
	return old;
}

/* The first byte of a unit's span that no event of @op covers, or the end. */
static uint64_t covered_up_to(const struct evidence *e, enum stlb_op op,
			      size_t unit)
{
	uint64_t at = span_start(e, unit), last;

	do {
		const struct stlb_event *ev = NULL;

		last = at;
		while ((ev = next_in_window(e, ev)))
			if (ev->op == op && ev->stamp != STAMP_AFTER &&
			    ev->start <= at && ev->end > at &&
			    (op != STLB_OP_SECONDARY || !is_early(e, ev)))
				at = ev->end;
	} while (at != last && at < span_end(e, unit));
	return at;
}

/*
 * Between the pages watched in a span: one or more events of @op together must
 * leave no hole.
 */
static void require_whole(const struct evidence *e, enum stlb_op op,
			  const struct stlb_profile_info *p,
			  const struct stlb_rule *r, struct outcome *o)
{
	for (size_t u = 0; u < e->scene->nr; u++) {
		uint64_t at = covered_up_to(e, op, u);

		if (at >= span_end(e, u))
			continue;
		outcome_fail(
			o, PROP_COVERAGE,
			"%s: page %zu %s and no %s callback covered it, though pages around it",
			p->name,
			(size_t)(at - span_start(e, 0)) / e->scene->base_page,
			change_name(e->t), op_names[op]);
		judge_note_rule(p, r);
		return;
	}
}

static void require_secondary(const struct evidence *e,
			      const struct stlb_profile_info *p,
			      const struct stlb_rule *r, struct outcome *o)
{
	for (size_t i = 0; i < watched(e); i++) {
		enum told told = judge_told(e, i);

		if (told == TOLD)
			continue;
		if (told == TOLD_EARLY)
			outcome_fail(
				o, PROP_ORDER,
				"%s: page %zu was told only while its PTE was still %s; expected a callback after the change",
				p->name, number(e, i),
				e->t->takes_exec ?
					"executable" :
					access_name(pte_access(&e->before[i])));
		else if (told == TOLD_LATE)
			outcome_fail(
				o, PROP_ORDER,
				"%s: page %zu was told only after the call that changed it had returned; expected a callback before that",
				p->name, number(e, i));
		else
			outcome_fail(
				o, PROP_COVERAGE,
				"%s: page %zu %s and no secondary-TLB callback covered it; expected one after the change",
				p->name, number(e, i), change_name(e->t));
		judge_note_rule(p, r);
		return;
	}
	require_whole(e, STLB_OP_SECONDARY, p, r, o);
}

/* A mirror must be told before the change, and released after it. */
static void require_range(const struct evidence *e,
			  const struct stlb_profile_info *p,
			  const struct stlb_rule *r, struct outcome *o)
{
	for (size_t i = 0; i < watched(e); i++) {
		struct calls start = calls(e, STLB_OP_RANGE_START, i);
		struct calls end = calls(e, STLB_OP_RANGE_END, i);

		if (start.early && end.after)
			continue;
		if (!start.early && !start.after && !start.late)
			outcome_fail(
				o, PROP_COVERAGE,
				"%s: page %zu %s and no invalidate_range_start covered it; expected one before the change",
				p->name, number(e, i), change_name(e->t));
		else if (!start.early)
			outcome_fail(
				o, PROP_ORDER,
				"%s: page %zu: invalidate_range_start came only after the PTE had changed",
				p->name, number(e, i));
		else
			outcome_fail(
				o, PROP_ORDER,
				"%s: page %zu: no invalidate_range_end came after the PTE had changed%s",
				p->name, number(e, i),
				end.late ? " and before the call returned" :
					   "");
		judge_note_rule(p, r);
		return;
	}
	require_whole(e, STLB_OP_RANGE_START, p, r, o);
	require_whole(e, STLB_OP_RANGE_END, p, r, o);
}

static bool is_of_teller(const struct stlb_event *ev, enum stlb_teller teller)
{
	if (teller == STLB_BY_NOTIFIER)
		return ev->op == STLB_OP_SECONDARY;
	return ev->op == STLB_OP_RANGE_START || ev->op == STLB_OP_RANGE_END;
}

static void refuse(const struct evidence *e, const struct stlb_profile_info *p,
		   const struct stlb_rule *r, struct outcome *o)
{
	const struct stlb_event *ev = NULL;

	while ((ev = next_in_window(e, ev))) {
		if (!is_of_teller(ev, p->teller) || !touches_any(e, ev))
			continue;
		outcome_fail(
			o, PROP_ECONOMY,
			"%s: a %s callback covered pages that did not change; expected none",
			p->name, op_names[ev->op]);
		judge_note_rule(p, r);
		return;
	}
}

/*
 * An address space that ends: .release comes once, while the pages are still
 * there ("always before all pages are freed", mmu_notifier.h), unless the change
 * takes them before, and the secondary-TLB op never after it.
 */
static void require_release(const struct evidence *e,
			    const struct stlb_profile_info *p,
			    const struct stlb_rule *r, struct outcome *o)
{
	const struct stlb_event *ev = NULL, *release = NULL;
	unsigned int had = o->failed;
	bool whole;
	int nr = 0;

	while ((ev = next_in_window(e, ev))) {
		if (ev->op == STLB_OP_RELEASE) {
			release = ev;
			nr++;
		} else if (release && touches_any(e, ev)) {
			outcome_fail(o, PROP_ORDER,
				     "%s: a %s callback came after release",
				     p->name, op_names[ev->op]);
		}
	}
	if (nr != 1)
		outcome_fail(
			o, PROP_COVERAGE,
			"%s: the address space went away and release was called %d times; expected once",
			p->name, nr);
	whole = release && !e->t->passes_none;
	for (size_t i = 0; whole && i < watched(e); i++) {
		if (still_old(&e->before[i], &release->ptes[i]))
			continue;
		outcome_fail(
			o, PROP_ORDER,
			"%s: at release page %zu was already %s; expected it before any page is freed",
			p->name, number(e, i),
			access_name(pte_access(&release->ptes[i])));
		break;
	}
	if (o->failed != had)
		judge_note_rule(p, r);
}

static void judge_profile(const struct evidence *e,
			  const struct stlb_profile_info *p, struct outcome *o)
{
	const struct stlb_rule *r = &e->rules->rules[e->t->id][p->id];

	if (r->need == STLB_UNWANTED)
		refuse(e, p, r, o);
	if (r->need != STLB_REQUIRED)
		return;
	if (e->t->after == ACCESS_GONE) {
		require_release(e, p, r, o);
		if (!e->t->passes_none)
			return;
	}
	if (p->teller == STLB_BY_NOTIFIER)
		require_secondary(e, p, r, o);
	else
		require_range(e, p, r, o);
}

/* What holds for every callback, whatever the rule says. */
static void judge_callback(const struct stlb_event *ev, struct outcome *o)
{
	if (ev->context & STLB_CTX_FOREIGN_MM)
		outcome_fail(
			o, PROP_IDENTITY,
			"a %s callback was handed another mm than the one it is registered for",
			op_names[ev->op]);
	if (ev->context & STLB_CTX_INTERRUPT)
		outcome_fail(o, PROP_CONTEXT,
			     "a %s callback ran in interrupt context",
			     op_names[ev->op]);
	if (ev->context & STLB_CTX_BLOCKABLE &&
	    ev->context & (STLB_CTX_ATOMIC | STLB_CTX_IRQS_OFF))
		outcome_fail(
			o, PROP_CONTEXT,
			"a %s callback was marked blockable but ran %s (preempt_count %#x)",
			op_names[ev->op],
			ev->context & STLB_CTX_IRQS_OFF ?
				"with interrupts off" :
				"in atomic context",
			ev->preempt);
}

static void note_event(const struct evidence *e, const struct stlb_event *ev)
{
	int64_t page = e->scene->base_page;
	const char *ptl = ev->context & STLB_CTX_PTL ? " ptl" : "";
	const char *irq = ev->context & STLB_CTX_IRQS_OFF ? " irqs-off" : "";

	if (ev->end == EVERYTHING)
		outcome_note("seen: %s, everything, page 0 %s,%s%s %s/%u",
			     op_names[ev->op],
			     access_name(pte_access(&ev->ptes[0])), ptl, irq,
			     ev->comm, ev->pid);
	else
		outcome_note(
			"seen: %s, pages [%lld, %lld), page 0 %s,%s%s %s/%u",
			op_names[ev->op],
			(long long)(int64_t)(ev->start - span_start(e, 0)) /
				page,
			(long long)(int64_t)(ev->end - span_start(e, 0)) / page,
			access_name(pte_access(&ev->ptes[0])), ptl, irq,
			ev->comm, ev->pid);
}

/*
 * Width: pages told beyond the watched ones, the widest callback's; -1 where
 * the kernel told everything.
 */
static void measure(const struct evidence *e, struct outcome *o)
{
	const struct stlb_event *ev = NULL;
	long long callbacks = 0, width = 0, ranges = 0, ptl = 0, noted = 0;

	while ((ev = next_in_window(e, ev))) {
		judge_callback(ev, o);
		if (!touches_any(e, ev))
			continue;
		if (noted < TRACE_MAX && !e->t->machine_wide)
			trace_event(e, ev);
		if (noted++ < 16)
			note_event(e, ev);
		ranges += ev->op == STLB_OP_RANGE_START;
		if (ev->op != STLB_OP_SECONDARY)
			continue;
		callbacks++;
		ptl += !!(ev->context & STLB_CTX_PTL);
		if (ev->end == EVERYTHING || width < 0) {
			width = -1;
		} else {
			long long pages =
				(ev->end - ev->start - overlap(e, ev)) /
				(long long)e->scene->base_page;

			width = pages > width ? pages : width;
		}
	}
	if (noted > 16)
		outcome_note("seen: %lld more", noted - 16);
	if (!e->t->machine_wide)
		trace_rest(noted - TRACE_MAX);
	outcome_data("callbacks", callbacks);
	outcome_data("width", width);
	outcome_data("ranges", ranges);
	outcome_data("under_ptl", ptl);
}

/*
 * A mirror counts: it stays away from a range from each start to its end. So
 * the two come in pairs of one range, nested if at all.
 */
static void judge_pairs(const struct evidence *e, struct outcome *o)
{
	const struct stlb_event *ev = NULL, *open[8];
	size_t nr = 0;

	while ((ev = next_in_window(e, ev))) {
		if (!touches_any(e, ev))
			continue;
		if (ev->op == STLB_OP_RANGE_START) {
			if (nr == sizeof(open) / sizeof(open[0]))
				break;
			open[nr++] = ev;
		} else if (ev->op == STLB_OP_RANGE_END) {
			if (!nr || open[nr - 1]->start != ev->start ||
			    open[nr - 1]->end != ev->end)
				break;
			nr--;
		}
	}
	if (ev)
		outcome_fail(o, PROP_PAIRING,
			     "a %s callback has no partner of the same range",
			     op_names[ev->op]);
	else if (nr)
		outcome_fail(
			o, PROP_PAIRING,
			"%zu range_start callbacks were not followed by range_end",
			nr);
}

void judge(const struct evidence *e, struct outcome *o)
{
	measure(e, o);
	judge_pairs(e, o);
	for (unsigned int i = 0; i < e->rules->nr_profiles; i++) {
		const struct stlb_profile_info *p = &e->rules->profiles[i];

		if (p->not_admitted || p->teller == STLB_BY_BROADCAST)
			continue;
		judge_profile(e, p, o);
	}
}
