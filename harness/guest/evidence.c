// SPDX-License-Identifier: GPL-2.0-only

#include "evidence.h"
#include "scene.h"

const struct stlb_event *evidence_next(const struct evidence *e,
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

bool evidence_is_late(const struct stlb_event *ev)
{
	return ev->stamp != STAMP_BEFORE;
}

uint64_t evidence_span_start(const struct evidence *e, size_t unit)
{
	return (uintptr_t)e->scene->base + unit * e->scene->page;
}

uint64_t evidence_span_end(const struct evidence *e, size_t unit)
{
	return evidence_span_start(e, unit) + e->scene->span;
}

bool evidence_covers(const struct evidence *e, const struct stlb_event *ev,
		     size_t i)
{
	uint64_t start = (uintptr_t)scene_spot(e->scene, i);

	return ev->start <= start && ev->end >= start + e->scene->base_page;
}

uint64_t evidence_overlap(const struct evidence *e, const struct stlb_event *ev)
{
	uint64_t bytes = 0;

	for (size_t u = 0; u < e->scene->nr; u++) {
		uint64_t start = evidence_span_start(e, u);
		uint64_t end = evidence_span_end(e, u);

		start = ev->start > start ? ev->start : start;
		end = ev->end < end ? ev->end : end;
		bytes += end > start ? end - start : 0;
	}
	return bytes;
}
