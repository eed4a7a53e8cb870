// SPDX-License-Identifier: GPL-2.0-only

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <stlb/decides.h>

#include "judge.h"
#include "kinds.h"
#include "scene.h"
#include "trace.h"
#include "windows.h"

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

static bool touches_any(const struct evidence *e, const struct stlb_event *ev)
{
	return ev->op != STLB_OP_MARK && evidence_overlap(e, ev);
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
	bool by_range; /* one of those after it was not for everything */
};

static struct calls calls(const struct evidence *e, enum stlb_op op, size_t i)
{
	const struct stlb_event *ev = NULL;
	struct calls c = { 0 };

	while ((ev = evidence_next(e, ev))) {
		bool step = pte_takes(&ev->ptes[i], &e->after[i]);

		if (step) {
			c.after = NULL;
			c.by_range = false;
		}
		if (ev->op != op || !evidence_covers(e, ev, i))
			continue;
		if (evidence_is_late(ev))
			c.late = ev;
		else if (pte_still(&e->before[i], &ev->ptes[i]))
			c.early = ev;
		else if (!step) {
			c.after = ev;
			c.by_range |= ev->end != EVERYTHING;
		}
	}
	return c;
}

static bool has_event(const struct evidence *e, enum stlb_op op)
{
	const struct stlb_event *ev = NULL;

	while ((ev = evidence_next(e, ev)))
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
		if (!evidence_covers(e, ev, i))
			continue;
		if (!pte_still(&e->before[i], &ev->ptes[i]))
			return false;
		old = true;
	}
	return old;
}

/* The first byte of a unit's span that no event of @op covers, or the end. */
static uint64_t covered_up_to(const struct evidence *e, enum stlb_op op,
			      size_t unit)
{
	uint64_t at = evidence_span_start(e, unit), last;

	do {
		const struct stlb_event *ev = NULL;

		last = at;
		while ((ev = evidence_next(e, ev)))
			if (ev->op == op && !evidence_is_late(ev) &&
			    ev->start <= at && ev->end > at &&
			    (op != STLB_OP_SECONDARY || !is_early(e, ev)))
				at = ev->end;
	} while (at != last && at < evidence_span_end(e, unit));
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

		if (at >= evidence_span_end(e, u))
			continue;
		outcome_fail_of(
			o, PROP_COVERAGE, op_names[op], p->name,
			"%s: page %zu %s and no %s callback covered it, though pages around it",
			p->name,
			(size_t)(at - evidence_span_start(e, 0)) /
				e->scene->base_page,
			change_name(e->t), op_names[op]);
		judge_note_rule(p, r);
		return;
	}
}

static void require_secondary(const struct evidence *e,
			      const struct stlb_profile_info *p,
			      const struct stlb_rule *r, struct outcome *o)
{
	const char *op = op_names[STLB_OP_SECONDARY];

	for (size_t i = 0; i < watched(e); i++) {
		enum told told = judge_told(e, i);

		if (told == TOLD)
			continue;
		if (told == TOLD_EARLY)
			outcome_fail_of(
				o, PROP_ORDER, op, p->name,
				"%s: page %zu was told only while its PTE was still %s; expected a callback after the change",
				p->name, number(e, i),
				e->t->takes_exec ?
					"executable" :
					access_name(pte_access(&e->before[i])));
		else if (told == TOLD_LATE)
			outcome_fail_of(
				o, PROP_ORDER, op, p->name,
				"%s: page %zu was told only after the call that changed it had returned; expected a callback before that",
				p->name, number(e, i));
		else
			outcome_fail_of(
				o, PROP_COVERAGE, op, p->name,
				"%s: page %zu %s and no secondary-TLB callback covered it; expected one after the change",
				p->name, number(e, i), change_name(e->t));
		judge_note_rule(p, r);
		return;
	}
	require_whole(e, STLB_OP_SECONDARY, p, r, o);
}

/* A mirror must be told before each change, and released after it. */
static void require_range(const struct evidence *e,
			  const struct stlb_profile_info *p,
			  const struct stlb_rule *r, struct outcome *o)
{
	static const struct {
		enum property property;
		enum stlb_op op;
		const char *text;
	} faults[] = {
		[WINDOW_MISSING] = { PROP_COVERAGE, STLB_OP_RANGE_START,
				     "no invalidate_range_start covered it" },
		[WINDOW_LATE] = { PROP_ORDER, STLB_OP_RANGE_START,
				  "invalidate_range_start came only after that" },
		[WINDOW_ENDED] = { PROP_ORDER, STLB_OP_RANGE_END,
				   "invalidate_range_end came before that" },
	};
	struct window_finding f = windows_changes(e);

	if (!f.fault) {
		require_whole(e, STLB_OP_RANGE_START, p, r, o);
		return;
	}
	outcome_fail_of(
		o, faults[f.fault].property, op_names[faults[f.fault].op],
		p->name,
		"%s: page %zu %s, at once or in steps, and %s; expected each change between a start and its end",
		p->name, number(e, f.page), change_name(e->t),
		faults[f.fault].text);
	judge_note_rule(p, r);
}

static bool is_of_teller(const struct stlb_event *ev, enum stlb_teller teller)
{
	if (teller == STLB_BY_NOTIFIER)
		return ev->op == STLB_OP_SECONDARY;
	return ev->op == STLB_OP_RANGE_START || ev->op == STLB_OP_RANGE_END;
}

/*
 * Is there a change near by that the callback tells of? A kernel may tell of more than
 * has changed: of all that a page table maps, or of everything (mmu_notifier.h, which
 * promises nothing on how exact a range is). How much more is measured (measure()).
 */
static bool is_accounted_for(const struct evidence *e,
			     const struct stlb_event *ev)
{
	uint64_t start = (uintptr_t)e->scene->beside;

	return e->scene->beside_bytes && ev->start <= start &&
	       ev->end >= start + e->scene->beside_bytes;
}

static void refuse(const struct evidence *e, const struct stlb_profile_info *p,
		   const struct stlb_rule *r, struct outcome *o)
{
	const struct stlb_event *ev = NULL;

	while ((ev = evidence_next(e, ev))) {
		/* A kernel thread's own work, such as reclaim, is not the trigger's. */
		if (ev->context & STLB_CTX_KTHREAD ||
		    !is_of_teller(ev, p->teller) || !touches_any(e, ev) ||
		    is_accounted_for(e, ev))
			continue;
		outcome_fail_of(
			o, PROP_ECONOMY, op_names[ev->op], p->name,
			"%s: a %s callback covered pages that did not change, and no change near by accounts for it; expected none",
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

	while ((ev = evidence_next(e, ev))) {
		if (ev->op == STLB_OP_RELEASE) {
			release = ev;
			nr++;
		} else if (release && touches_any(e, ev)) {
			outcome_fail_of(o, PROP_ORDER, op_names[ev->op],
					p->name,
					"%s: a %s callback came after release",
					p->name, op_names[ev->op]);
		}
	}
	if (nr != 1)
		outcome_fail_of(
			o, PROP_COVERAGE, op_names[STLB_OP_RELEASE], p->name,
			"%s: the address space went away and release was called %d times; expected once",
			p->name, nr);
	whole = release && !e->t->passes_none;
	for (size_t i = 0; whole && i < watched(e); i++) {
		if (pte_still(&e->before[i], &release->ptes[i]))
			continue;
		outcome_fail_of(
			o, PROP_ORDER, op_names[STLB_OP_RELEASE], p->name,
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
		outcome_fail_of(
			o, PROP_IDENTITY, op_names[ev->op], NULL,
			"a %s callback was handed another mm than the one it is registered for",
			op_names[ev->op]);
	if (ev->context & STLB_CTX_INTERRUPT)
		outcome_fail_of(o, PROP_CONTEXT, op_names[ev->op], NULL,
				"a %s callback ran in interrupt context",
				op_names[ev->op]);
	if (ev->context & STLB_CTX_BLOCKABLE &&
	    ev->context & (STLB_CTX_ATOMIC | STLB_CTX_IRQS_OFF))
		outcome_fail_of(
			o, PROP_CONTEXT, op_names[ev->op], NULL,
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
			(long long)(int64_t)(ev->start -
					     evidence_span_start(e, 0)) /
				page,
			(long long)(int64_t)(ev->end -
					     evidence_span_start(e, 0)) /
				page,
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
	bool returned = e->t->machine_wide;

	if (!returned)
		trace_pages(e, "before", e->before);
	while ((ev = evidence_next(e, ev))) {
		judge_callback(ev, o);
		if (!touches_any(e, ev))
			continue;
		if (!returned && evidence_is_late(ev)) {
			trace_pages(e, "after", e->after);
			returned = true;
		}
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
			long long pages = (ev->end - ev->start -
					   evidence_overlap(e, ev)) /
					  (long long)e->scene->base_page;

			width = pages > width ? pages : width;
		}
	}
	if (!returned)
		trace_pages(e, "after", e->after);
	if (noted > 16)
		outcome_note("seen: %lld more", noted - 16);
	if (!e->t->machine_wide)
		trace_rest(noted - TRACE_MAX);
	outcome_data("callbacks", callbacks);
	outcome_data("width", width);
	outcome_data("pages", e->scene->nr * (e->scene->span / e->scene->base_page));
	outcome_data("ranges", ranges);
	outcome_data("under_ptl", ptl);
}

/*
 * Pages of which only calls for everything told after the change: they count as told,
 * and yet another cause may have had everything flushed.
 */
static void measure_everything(const struct evidence *e)
{
	long long nr = 0;

	for (size_t i = 0; i < watched(e); i++) {
		struct calls c = calls(e, STLB_OP_SECONDARY, i);

		nr += c.after && !c.by_range;
	}
	outcome_data("by_everything", nr);
}

/* A mirror counts: it stays away from a range from each start to its end. */
static void judge_pairs(const struct evidence *e, struct outcome *o)
{
	struct window_finding f = windows_pairs(e);

	if (!f.fault)
		return;
	note_event(e, f.ev);
	if (f.fault == WINDOW_NO_START)
		outcome_fail_of(
			o, PROP_PAIRING, op_names[STLB_OP_RANGE_END], NULL,
			"a range_end callback had no start; expected one before, by the same task and of the same range");
	else if (f.fault == WINDOW_LATE_END)
		outcome_fail_of(
			o, PROP_PAIRING, op_names[STLB_OP_RANGE_END], NULL,
			"a range_start callback was followed by its range_end only when the call had returned; expected that before");
	else
		outcome_fail_of(
			o, PROP_PAIRING, op_names[STLB_OP_RANGE_START], NULL,
			"a range_start callback was not followed by range_end; expected one before the call returned, by the same task and of the same range");
}

/* Drivers act on what is announced. */
static void judge_kinds(const struct evidence *e, struct outcome *o)
{
	const struct kinds *kinds = kinds_of(e->t->name);
	const struct stlb_event *ev;

	ev = kinds ? kinds_wrong(e, kinds->kinds) : NULL;
	if (!ev)
		return;
	note_event(e, ev);
	outcome_fail_of(o, PROP_KIND, op_names[ev->op], NULL,
			"a change was announced as %s; expected %s",
			kind_name(ev->cookie), kinds->cite);
}

void judge(const struct evidence *e, struct outcome *o)
{
	measure(e, o);
	if (e->t->after != ACCESS_GONE)
		measure_everything(e);
	judge_pairs(e, o);
	judge_kinds(e, o);
	for (unsigned int i = 0; i < e->rules->nr_profiles; i++) {
		const struct stlb_profile_info *p = &e->rules->profiles[i];

		if (!stlb_decides(e->rules, e->t->id, p, STLB_NOTIFIER_PLANE,
				  e->release))
			continue;
		outcome_judges(p->name);
		judge_profile(e, p, o);
	}
}
