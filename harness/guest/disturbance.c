// SPDX-License-Identifier: GPL-2.0-only

#include "disturbance.h"
#include "scene.h"

bool disturbance_between(const struct stlb_pte *after,
			 const struct stlb_pte *now)
{
	__u32 lost = after->flags & ~now->flags;

	return pte_takes(after, now) ||
	       lost & (STLB_PTE_HW_READ | STLB_PTE_HW_WRITE);
}

const struct stlb_event *disturbance(const struct evidence *e)
{
	const struct stlb_event *ev = NULL;
	bool over = false, begun = false;

	while ((ev = recorder_next(e->rec, ev))) {
		if (ev->op == STLB_OP_MARK) {
			begun |= ev->cookie == MARK_BEGIN;
			over = ev->cookie == MARK_END;
			continue;
		}
		/* The call may have returned, and its mark be still to come. */
		over |= begun && (ev->stamp == STAMP_AFTER ||
				  ev->stamp == STAMP_PROBED);
		for (size_t i = 0; over && i < ev->nr_ptes; i++)
			if (disturbance_between(&e->after[i], &ev->ptes[i]))
				return ev;
	}
	return NULL;
}
