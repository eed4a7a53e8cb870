/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a picture of one test shows: made of results (picture_parts.c), drawn as SVG
 * (picture_draw.c).
 */
#ifndef _STLB_PICTURE_PARTS_H
#define _STLB_PICTURE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* So many callbacks, flushes and rows of pages have room. */
#define PICTURE_EVENTS 32
#define PICTURE_FLUSHES 32
#define PICTURE_ROWS 10

enum lane {
	LANE_NONE, /* it stands in the words alone */
	LANE_WINDOWS,
	LANE_CALLBACKS,
	LANE_FLUSHES,
	LANE_DEVICE,
};

/* A line of the trace, in order: a callback, or in struct flush a flush. */
struct event {
	char **words;
	const char *op, *context, *kind;
	long long first, end; /* pages; end LLONG_MAX: everything */
	char *pages; /* a letter for each watched page, as the line's kind has them */
	bool late; /* the call that made the change had returned */
};

/* What a CPU executed to flush TLBs: its context is HOW of harness/guest/flush_trace.h. */
struct flush {
	struct event ev;
	size_t at; /* callbacks that came before it */
};

/* Watched pages beside each other of which all is the same. */
struct row {
	size_t from, nr; /* of the watched ones */
	long long first, last; /* their numbers */
};

/* What failed, in the test's own words; for whom else is in @profiles. */
struct failure {
	char *word; /* of the signature, without the profile */
	char **profiles;
	char *text;
	const json_t *rule; /* of the first profile; NULL: none */
	long long page; /* that the text names; -1: none */
	enum lane lane;
};

/* A device's first access behind the change, and what it came to. */
struct look {
	const char *what, *result; /* "write", "permission fault" */
};

/* One device of one test of the transition. */
struct device_lane {
	char *name; /* "model smmuv3" */
	bool by_range; /* it hears of windows, as KVM does */
	long long page;
	long long stale; /* pages that it could not use, or could and must not */
	struct look looks[3];
	size_t nr_looks;
	char **words; /* what the looks are parts of */
	long failure; /* its number, or -1 */
};

struct picture {
	const json_t *cell, *test; /* which the picture is of */
	const json_t
		*seen; /* whose callbacks: the test, or one of its transition */
	char *before,
		*after; /* letters of the watched pages; NULL: not known */
	struct event *events;
	size_t nr_events, left_out;
	struct flush *flushes; /* of the .cpu test */
	size_t nr_flushes;
	bool flushes_seen; /* there is such a test, with the same callbacks */
	size_t watched;
	long long *numbers; /* of the watched pages */
	struct row rows[PICTURE_ROWS];
	size_t nr_rows, rows_left_out;
	struct failure *failures;
	size_t nr_failures;
	struct device_lane *devices;
	size_t nr_devices;
};

/*
 * @others: tests of the cell, all of the same transition among them. Returns whether there
 * is anything to draw. picture_free() in any case.
 */
bool picture_of(struct picture *p, const json_t *cell, const json_t *test,
		const json_t *others);
void picture_free(struct picture *p);

/* Does the event's range have all of the row's pages? */
bool picture_covers(const struct event *ev, const struct row *row);

/* Had the row's pages all changed, none of them, or is that not known? */
enum { PICTURE_UNKNOWN, PICTURE_OLD, PICTURE_CHANGED };
int picture_age(const struct picture *p, const struct event *ev,
		const struct row *row);

/* Does the flush have all of the row's pages, when they had changed? */
bool picture_flushes(const struct flush *flush, const struct row *row);

/* Was the row told by this callback of the secondary-TLB op, at the right time? */
bool picture_tells(const struct picture *p, const struct event *ev,
		   const struct row *row);

/*
 * As an SVG element, or, alone, with its title and style as a document; the caller frees.
 */
char *picture_draw(const struct picture *p, bool alone);

#endif /* _STLB_PICTURE_PARTS_H */
