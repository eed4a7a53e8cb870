// SPDX-License-Identifier: GPL-2.0-only

#include <stdlib.h>

#include "scene.h"
#include "windows.h"

struct window {
	const struct stlb_event *start;
	bool judged; /* opened between the marks */
	bool changed; /* a watched page in it has changed meanwhile */
};

/* A watched page. */
struct page {
	struct stlb_pte held; /* what a mirror may have a copy of */
	/* The entry has gone, and WINDOW_FINE: under a window. */
	enum window_fault gone;
};

struct machine {
	const struct evidence *e;
	struct page *pages; /* [scene_watched()] */
	struct window *open; /* in the order in which they were opened */
	size_t nr, room;
	bool judging; /* between the marks */
	struct window_finding change, pair;
};

/* The first of its kind counts. */
static void note(struct window_finding *f, struct window_finding found)
{
	if (!f->fault)
		*f = found;
}

static void note_change(struct machine *m, enum window_fault fault, size_t page)
{
	note(&m->change,
	     (struct window_finding){ .fault = fault, .page = page });
}

static void note_pair(struct machine *m, enum window_fault fault,
		      const struct stlb_event *ev)
{
	note(&m->pair, (struct window_finding){ .fault = fault, .ev = ev });
}

/* ---- pairs --------------------------------------------------------------- */

static void open_window(struct machine *m, const struct stlb_event *ev)
{
	if (m->nr == m->room) {
		m->room = 2 * m->room + 8;
		m->open = realloc(m->open, m->room * sizeof(*m->open));
		if (!m->open)
			abort();
	}
	m->open[m->nr++] = (struct window){
		.start = ev,
		.judged = m->judging,
	};
}

/* The youngest that @end can be the end of, or NULL. */
static struct window *find_window(const struct machine *m,
				  const struct stlb_event *end)
{
	for (size_t i = m->nr; i--;) {
		const struct stlb_event *start = m->open[i].start;

		if (start->pid == end->pid && start->start == end->start &&
		    start->end == end->end)
			return &m->open[i];
	}
	return NULL;
}

/* Must it be closed when the trigger's calls have returned? */
static bool is_due(const struct window *w)
{
	return w->judged &&
	       (w->changed || w->start->context & STLB_CTX_CURRENT_MM);
}

static void close_window(struct machine *m, const struct stlb_event *ev)
{
	struct window *w = find_window(m, ev);

	if (!w) {
		if (m->judging)
			note_pair(m, WINDOW_NO_START, ev);
		return;
	}
	if (evidence_is_late(ev) && !evidence_is_late(w->start) && is_due(w))
		note_pair(m, WINDOW_LATE_END, w->start);
	for (m->nr--; w < m->open + m->nr; w++)
		w[0] = w[1];
}

static void close_all(struct machine *m)
{
	for (size_t i = 0; i < m->nr; i++)
		if (is_due(&m->open[i]))
			note_pair(m, WINDOW_NO_END, m->open[i].start);
}

/* ---- changes ------------------------------------------------------------- */

/* Is a window open over watched page @i? Notes that the page changed under it. */
static bool is_open_over(struct machine *m, size_t i)
{
	bool found = false;

	for (size_t k = 0; k < m->nr; k++) {
		if (!evidence_covers(m->e, m->open[k].start, i))
			continue;
		m->open[k].changed = true;
		found = true;
	}
	return found;
}

/* Watched page @i changed before @ev, NULL: the last, and no window was open. */
static enum window_fault why_not_open(const struct machine *m, size_t i,
				      const struct stlb_event *ev)
{
	const struct stlb_event *other = NULL;
	enum window_fault fault = WINDOW_ENDED;

	while ((other = evidence_next(m->e, other))) {
		if (other == ev)
			fault = WINDOW_LATE;
		if (other->op == STLB_OP_RANGE_START &&
		    evidence_covers(m->e, other, i))
			return fault;
	}
	return WINDOW_MISSING;
}

/* Watched page @i has the entry @now; @ev, or the last proof, has seen it. */
static void see(struct machine *m, size_t i, const struct stlb_pte *now,
		const struct stlb_event *ev)
{
	struct page *page = &m->pages[i];
	enum window_fault fault = page->gone;

	if (!pte_takes(&page->held, now)) {
		page->gone = WINDOW_FINE;
		page->held = *now;
		return;
	}
	if (!fault && is_open_over(m, i)) {
		page->held = *now;
		return;
	}
	if (!fault)
		fault = why_not_open(m, i, ev);
	if (pte_access(now) == ACCESS_NONE) {
		page->gone = fault;
		return;
	}
	note_change(m, fault, i);
	page->gone = WINDOW_FINE;
	page->held = *now;
}

static void see_all(struct machine *m, const struct stlb_pte *ptes,
		    const struct stlb_event *ev)
{
	for (size_t i = 0; i < scene_watched(m->e->scene); i++)
		see(m, i, &ptes[i], ev);
}

/* Those that did not come back. */
static void see_gone(struct machine *m)
{
	for (size_t i = 0; i < scene_watched(m->e->scene); i++)
		if (m->pages[i].gone)
			note_change(m, m->pages[i].gone, i);
}

/* ---- both ---------------------------------------------------------------- */

static void begin(struct machine *m)
{
	m->judging = true;
	for (size_t i = 0; i < scene_watched(m->e->scene); i++)
		m->pages[i].held = m->e->before[i];
}

static void end(struct machine *m)
{
	if (m->e->t->after != ACCESS_GONE)
		see_all(m, m->e->after, NULL);
	see_gone(m);
	close_all(m);
	m->judging = false;
}

/* Which mark is it? 0: none. */
static uint64_t mark_of(const struct stlb_event *ev)
{
	return ev->op == STLB_OP_MARK ? ev->cookie : 0;
}

static void follow(struct machine *m)
{
	const struct stlb_event *ev = NULL;

	while ((ev = recorder_next(m->e->rec, ev))) {
		if (mark_of(ev) == MARK_BEGIN)
			begin(m);
		if (mark_of(ev) == MARK_END)
			return end(m);
		if (m->judging && ev->nr_ptes == scene_watched(m->e->scene))
			see_all(m, ev->ptes, ev);
		if (ev->op == STLB_OP_RANGE_START)
			open_window(m, ev);
		else if (ev->op == STLB_OP_RANGE_END)
			close_window(m, ev);
		else if (ev->op == STLB_OP_RELEASE)
			m->nr = 0;
	}
}

static void run(struct machine *m, const struct evidence *e)
{
	*m = (struct machine){ .e = e };
	m->pages = calloc(scene_watched(e->scene), sizeof(*m->pages));
	if (!m->pages)
		abort();
	follow(m);
	free(m->pages);
	free(m->open);
}

struct window_finding windows_changes(const struct evidence *e)
{
	struct machine m;

	run(&m, e);
	return m.change;
}

struct window_finding windows_pairs(const struct evidence *e)
{
	struct machine m;

	run(&m, e);
	return m.pair;
}
