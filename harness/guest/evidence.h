/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one attempt at a transition has left to judge: the recorder's stream, and the
 * entries of the watched pages before and after the trigger.
 */
#ifndef _STLB_EVIDENCE_H
#define _STLB_EVIDENCE_H

#include <stdint.h>

#include "entry.h"
#include "recorder.h"
#include "transition.h"

/* The end of a range that has no end: "everything". */
#define EVERYTHING (~0ULL)

/* Cookies of the two marks around the trigger. */
enum { MARK_BEGIN = 1, MARK_END = 2 };

struct evidence {
	const struct transition *t;
	const struct stlb_rulebook *rules;
	unsigned int release; /* of the kernel, STLB_RELEASE() */
	const struct scene *scene;
	const struct recorder *rec; /* drained */
	const struct stlb_pte *before; /* [scene_watched()], proved */
	const struct stlb_pte *after; /* the same; not for ACCESS_GONE */
};

/* Did it come when the call that made the change had returned? */
bool evidence_is_late(const struct stlb_event *ev);

/* The event behind @ev, NULL for the first, that lies between the two marks, or NULL. */
const struct stlb_event *evidence_next(const struct evidence *e,
				       const struct stlb_event *ev);

/* The first byte of a unit's span, and the first one behind it. */
uint64_t evidence_span_start(const struct evidence *e, size_t unit);
uint64_t evidence_span_end(const struct evidence *e, size_t unit);

/* Does the event's range have all of watched page @i? */
bool evidence_covers(const struct evidence *e, const struct stlb_event *ev,
		     size_t i);
/* Bytes of the watched spans that the event's range has. */
uint64_t evidence_overlap(const struct evidence *e,
			  const struct stlb_event *ev);

#endif /* _STLB_EVIDENCE_H */
