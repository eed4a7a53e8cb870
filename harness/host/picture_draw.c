// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture as SVG. Time goes from left to right, a step for each callback, not to scale;
 * lanes are one below the other. All that is written in it is text, whatever it holds.
 */

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "catalogue.h"
#include "escape.h"
#include "picture.h"
#include "picture_parts.h"
#include "reread.h"
#include "text.h"
#include "words.h"

#define LEFT 150 /* names of lanes and rows */
#define BEFORE 110
#define AFTER 260
#define BARE 170 /* between the marks, where no callback came */
#define GAP 84 /* for what did not come */
#define MARGIN 16
#define CHAR 6.4 /* of text, on average */
#define BOLD 7.0
#define ROW 20
#define THIN 14 /* a row of windows and callbacks */

struct sheet {
	FILE *f;
	const struct picture *p;
	double x[PICTURE_EVENTS], flush[PICTURE_FLUSHES]; /* where each is */
	double step; /* the room of each */
	double begin, gap, end, right; /* the marks; where gaps are; the edge */
	double y; /* where the next lane begins */
};

const char picture_style[] =
	".pic{--b:#fff;--t:#1a1a1a;--d:#666;--l:#ccc;--w:#bfe3c4;--r:#f6dc9a;--n:#eee;--x:#c9c9c9;--c:#1f6feb;--bad:#c5221f;--v:#dbe7fb;"
	"font:11px system-ui,sans-serif}"
	"@media(prefers-color-scheme:dark){.pic{--b:#16181c;--t:#e6e6e6;--d:#9aa0a6;--l:#454a52;--w:#24552d;--r:#6b5518;--n:#2a2d33;"
	"--x:#55585e;--c:#6ea8fe;--bad:#ff6b62;--v:#22334f}}"
	".pic text{fill:var(--t)}.pic .d{fill:var(--d)}.pic .h{font-weight:bold}.pic .e{fill:var(--bad)}"
	".pic .bg{fill:var(--b)}.pic .l{stroke:var(--l)}.pic .m{stroke:var(--d);stroke-dasharray:4 3}"
	".pic .sw{fill:var(--w)}.pic .sr,.pic .se{fill:var(--r)}.pic .sn{fill:var(--n)}.pic .sx{fill:var(--x)}"
	".pic .s{stroke:var(--b)}.pic .c{fill:var(--c)}.pic .bad{fill:var(--bad)}.pic .v{fill:var(--v);stroke:var(--c)}"
	".pic .g{fill:none;stroke:var(--bad);stroke-width:2;stroke-dasharray:5 3}.pic .k{fill:var(--b)}"
	".pic .st{fill:none;stroke:var(--bad);stroke-width:2}"
	"";

/* ---- marks on paper ------------------------------------------------------ */

static void put_text(FILE *f, const char *s)
{
	char *clean = escape_text(s, false);

	escape_markup(f, clean);
	free(clean);
}

/* @anchor: start, middle or end */
__attribute__((format(printf, 6, 7))) static void
say(struct sheet *s, double x, double y, const char *class, const char *anchor,
    const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = alloc_vprintf(fmt, ap);
	va_end(ap);
	fprintf(s->f, "<text x=\"%.0f\" y=\"%.0f\" class=\"%s\"", x, y, class);
	if (strcmp(anchor, "start"))
		fprintf(s->f, " text-anchor=\"%s\"", anchor);
	fputc('>', s->f);
	put_text(s->f, text);
	fputs("</text>", s->f);
	free(text);
}

/* @title: what a pointer on it shows, or NULL */
static void box(struct sheet *s, double x, double y, double w, double h,
		const char *class, const char *title)
{
	fprintf(s->f,
		"<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" class=\"%s\"",
		x, y, w > 1 ? w : 1, h, class);
	if (!title) {
		fputs("/>", s->f);
		return;
	}
	fputs("><title>", s->f);
	put_text(s->f, title);
	fputs("</title></rect>", s->f);
}

static void line(struct sheet *s, double x1, double y1, double x2, double y2,
		 const char *class)
{
	fprintf(s->f,
		"<line x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\" class=\"%s\"/>",
		x1, y1, x2, y2, class);
}

/* The number of a failure, which the words below the lanes have, too. */
static void badge(struct sheet *s, double x, double y, size_t nr)
{
	fprintf(s->f, "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"8\" class=\"bad\"/>",
		x, y);
	fprintf(s->f,
		"<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\" class=\"h\" style=\"fill:#fff\">%zu</text>",
		x, y + 4, nr + 1);
}

static bool fits(double width, const char *text)
{
	return strlen(text) * CHAR < width;
}

/* ---- what is where ------------------------------------------------------- */

static bool lane_has_gap(const struct failure *f)
{
	return !strncmp(f->word, "coverage", 8) ||
	       !strncmp(f->word, "reach", 5) || !strncmp(f->word, "cover:", 6) ||
	       (!strncmp(f->word, "order", 5) && f->lane != LANE_FLUSHES);
}

static bool has_gaps(const struct picture *p)
{
	for (size_t i = 0; i < p->nr_failures; i++)
		if (p->failures[i].lane != LANE_DEVICE &&
		    lane_has_gap(&p->failures[i]))
			return true;
	return false;
}

/* Those that came before callback @i, from @x on; returns what is behind them. */
static double flushes_before(struct sheet *s, size_t *at, size_t i, double x)
{
	for (; *at < s->p->nr_flushes && s->p->flushes[*at].at <= i; (*at)++) {
		s->flush[*at] = x + s->step / 2;
		x += s->step;
	}
	return x;
}

static void lay_out(struct sheet *s)
{
	const struct picture *p = s->p;
	size_t nr = p->nr_events + p->nr_flushes, at = 0;
	double x;

	s->step = nr ? 720.0 / nr : 0;
	s->step = s->step > 104 ? 104 : s->step < 30 ? 30 : s->step;
	s->begin = LEFT + BEFORE;
	x = s->begin + MARGIN;
	for (size_t i = 0; i < p->nr_events && !p->events[i].late; i++) {
		x = flushes_before(s, &at, i, x);
		s->x[i] = x + s->step / 2;
		x += s->step;
	}
	x = flushes_before(s, &at, p->nr_events, x);
	if (x < s->begin + BARE)
		x = s->begin + BARE;
	s->gap = x;
	s->end = x + (has_gaps(p) ? GAP : 0);
	x = s->end + MARGIN;
	for (size_t i = 0; i < p->nr_events; i++) {
		if (!p->events[i].late)
			continue;
		s->x[i] = x + s->step / 2;
		x += s->step;
	}
	s->right = x + AFTER;
}

static double row_y(const struct sheet *s, size_t row, double height)
{
	return s->y + row * height;
}

static void row_names(struct sheet *s, double height)
{
	const struct picture *p = s->p;

	for (size_t i = 0; i < p->nr_rows; i++) {
		const struct row *r = &p->rows[i];
		double y = row_y(s, i, height) + height / 2 + 4;

		if (r->first == r->last)
			say(s, LEFT - 8, y, "d", "end", "page %lld", r->first);
		else
			say(s, LEFT - 8, y, "d", "end", "%zu pages %lld-%lld",
			    r->nr, r->first, r->last);
	}
}

static void begin_lane(struct sheet *s, const char *name)
{
	line(s, 8, s->y, s->right, s->y, "l");
	s->y += 16;
	say(s, 8, s->y - 2, "h", "start", "%s", name);
}

/* ---- the page table ------------------------------------------------------ */

static const struct state {
	char letter;
	const char *class, *name;
} states[] = {
	{ '-', "s sn", "not present" },
	{ 'x', "s sx", "closed to user space" },
	{ 'r', "s sr", "read-only" },
	{ 'e', "s se", "read-only, executable" },
	{ 'w', "s sw", "writable" },
};

static bool is_moved(char letter)
{
	return letter >= 'A' && letter <= 'Z';
}

static const struct state *state_of(char letter)
{
	char small = is_moved(letter) ? letter + 'a' - 'A' : letter;

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (states[i].letter == small)
			return &states[i];
	return NULL;
}

static bool moves(const struct picture *p)
{
	if (p->after)
		for (const char *c = p->after; *c; c++)
			if (is_moved(*c))
				return true;
	for (size_t i = 0; i < p->nr_events; i++)
		for (const char *c = p->events[i].pages; c && *c; c++)
			if (is_moved(*c))
				return true;
	return false;
}

static void segment(struct sheet *s, double x1, double x2, double y,
		    char letter)
{
	const struct state *state = state_of(letter);
	char *text = text_printf(
		"%s%s", state ? state->name : "not seen",
		!state || state->letter == '-' || !moves(s->p) ? "" :
		is_moved(letter)			       ? ", frame B" :
								 ", frame A");

	box(s, x1, y, x2 - x1, ROW - 2, state ? state->class : "s bg", text);
	if (fits(x2 - x1, text))
		say(s, (x1 + x2) / 2, y + 13, state ? "" : "d", "middle", "%s",
		    text);
	free(text);
}

static char letter_of(const char *pages, const struct row *r)
{
	return pages ? pages[r->from] : '?';
}

/* Flushes between @seen and @x know as well whether the first entry still stood. */
static void narrow(const struct sheet *s, const struct row *r, double *seen,
		   double *x)
{
	for (size_t i = 0; i < s->p->nr_flushes; i++) {
		bool stood = letter_of(s->p->flushes[i].ev.pages, r) == 'o';

		if (s->flush[i] <= *seen || s->flush[i] >= *x)
			continue;
		if (stood)
			*seen = s->flush[i];
		else
			*x = s->flush[i];
	}
}

/* Between two callbacks that saw two entries it changed, at a time that nobody saw. */
static void entry_row(struct sheet *s, const struct row *r, double y)
{
	const struct picture *p = s->p;
	char is = letter_of(p->before, r), next;
	double from = LEFT, seen = s->begin, x;
	size_t i;

	for (i = 0; i <= p->nr_events; i++) {
		next = i < p->nr_events ? letter_of(p->events[i].pages, r) :
					  letter_of(p->after, r);
		x = i < p->nr_events ? s->x[i] : s->end;
		/* What the call left is seen when it has returned. */
		if (i == p->nr_events && i && p->events[i - 1].late)
			break;
		if (next == '?' || next == is) {
			seen = x;
			continue;
		}
		if (from == LEFT)
			narrow(s, r, &seen, &x);
		segment(s, from, (seen + x) / 2, y, is);
		from = (seen + x) / 2;
		is = next;
		seen = i < p->nr_events ? s->x[i] : s->end;
	}
	segment(s, from, s->right - AFTER + 60, y, is);
}

static void entries(struct sheet *s)
{
	const struct picture *p = s->p;

	begin_lane(s, "page table");
	row_names(s, ROW);
	for (size_t i = 0; i < p->nr_rows; i++)
		entry_row(s, &p->rows[i], row_y(s, i, ROW));
	s->y += p->nr_rows * ROW + 4;
	if (!p->rows_left_out)
		return;
	say(s, LEFT, s->y + 8, "d", "start", "and %zu pages more, not drawn",
	    p->rows_left_out);
	s->y += 14;
}

/* ---- callbacks and windows ----------------------------------------------- */

static bool is(const struct event *ev, const char *op)
{
	return !strcmp(ev->op, op);
}

static char *range_text(const struct event *ev)
{
	return ev->end == LLONG_MAX ?
		       text_dup("everything") :
		       text_printf("[%lld, %lld)", ev->first, ev->end);
}

/* The first and the last row of which the range has a page; false: none. */
static bool rows_of(const struct picture *p, const struct event *ev,
		    size_t *first, size_t *last)
{
	bool found = false;

	for (size_t i = 0; i < p->nr_rows; i++) {
		if (ev->first > p->rows[i].last || ev->end <= p->rows[i].first)
			continue;
		if (!found)
			*first = i;
		*last = i;
		found = true;
	}
	return found;
}

/* It told of nothing but entries that changed later. */
static bool is_early(const struct picture *p, const struct event *ev)
{
	bool old = false;

	for (size_t i = 0; i < p->nr_rows; i++) {
		const struct row *r = &p->rows[i];

		if (!picture_covers(ev, r))
			continue;
		if (picture_age(p, ev, r) != PICTURE_OLD)
			return false;
		old |= p->after && p->after[r->from] != p->before[r->from];
	}
	return old;
}

static void call_bar(struct sheet *s, size_t i)
{
	const struct event *ev = &s->p->events[i];
	bool wrong = ev->late || is_early(s->p, ev);
	char *title = list_join(ev->words, " "), *range = range_text(ev);
	char *text = text_printf("%s%s%s",
				 is(ev, "release") ? "release " :
				 ev->late	   ? "late " :
				 wrong		   ? "early " :
						     "",
				 range, "");
	size_t first = 0, last = 0;

	if (rows_of(s->p, ev, &first, &last))
		box(s, s->x[i] - 5, row_y(s, first, THIN), 10,
		    (last - first + 1) * THIN - 2, wrong ? "bad" : "c", title);
	say(s, s->x[i], s->y - 3, wrong ? "e" : "", "middle", "%s",
	    fits(s->step, text) ? text : "");
	free(text);
	free(range);
	free(title);
}

/* The end of the window that event @i opens: the next one of the same range. */
static size_t end_of(const struct picture *p, size_t i)
{
	for (size_t k = i + 1; k < p->nr_events; k++)
		if (is(&p->events[k], "range_end") &&
		    p->events[k].first == p->events[i].first &&
		    p->events[k].end == p->events[i].end)
			return k;
	return p->nr_events;
}

static void window(struct sheet *s, size_t i)
{
	const struct event *ev = &s->p->events[i];
	size_t first = 0, last = 0, end = end_of(s->p, i);
	double to = end < s->p->nr_events ? s->x[end] : s->end;
	char *title = list_join(ev->words, " "), *range = range_text(ev);
	char *text = text_printf("%s %s", ev->kind, range);

	if (rows_of(s->p, ev, &first, &last))
		box(s, s->x[i], row_y(s, first, THIN), to - s->x[i],
		    (last - first + 1) * THIN - 2, "v", title);
	if (fits(to - s->x[i] + s->step / 2, text))
		say(s, s->x[i], s->y - 3, "", "start", "%s", text);
	free(text);
	free(range);
	free(title);
}

static bool row_is_told(const struct picture *p, enum lane lane,
			const struct row *r)
{
	for (size_t i = 0; i < p->nr_flushes && lane == LANE_FLUSHES; i++)
		if (picture_flushes(&p->flushes[i], r))
			return true;
	if (lane == LANE_FLUSHES)
		return false;
	for (size_t i = 0; i < p->nr_events; i++) {
		const struct event *ev = &p->events[i];

		if (lane == LANE_CALLBACKS ?
			    picture_tells(p, ev, r) :
			    is(ev, "range_start") && picture_covers(ev, r))
			return true;
	}
	return false;
}

static bool row_has(const struct row *r, long long page)
{
	return page >= r->first && page <= r->last;
}

static void gap_box(struct sheet *s, const struct failure *f, size_t first,
		    size_t last)
{
	double y = row_y(s, first, THIN) - 1,
	       height = (last - first + 1) * THIN;

	box(s, s->gap + 8, y, GAP - 16, height, "g", f->text);
	say(s, s->gap + GAP / 2, y + height / 2 + 4, "e", "middle", "missing");
}

/* Rows that nothing came for; if all were told, the one that the words name, or all. */
static void gap(struct sheet *s, const struct failure *f, size_t nr)
{
	const struct picture *p = s->p;
	bool found = false;

	badge(s, s->gap + GAP / 2, s->y - 8, nr);
	for (size_t i = 0, n; i < p->nr_rows; i += n) {
		for (n = 0; i + n < p->nr_rows &&
			    !row_is_told(p, f->lane, &p->rows[i + n]);
		     n++)
			;
		if (n)
			gap_box(s, f, i, i + n - 1);
		found |= n;
		n += !n;
	}
	for (size_t i = 0; !found && i < p->nr_rows; i++)
		if (row_has(&p->rows[i], f->page)) {
			gap_box(s, f, i, i);
			found = true;
		}
	if (!found)
		gap_box(s, f, 0, p->nr_rows - 1);
}

/* At the first callback that it is about, else at the lane's end. */
static void point_at(struct sheet *s, const struct failure *f, size_t nr)
{
	const char *op = strchr(f->word, ':');

	for (size_t i = 0; op && i < s->p->nr_events; i++)
		if (is(&s->p->events[i], op + 1)) {
			badge(s, s->x[i] + 13, s->y + THIN / 2 - 1, nr);
			return;
		}
	badge(s, s->end - 12, s->y + THIN / 2 - 1, nr);
}

static bool in_lane(const struct event *ev, enum lane lane)
{
	return is(ev, "range_start") || is(ev, "range_end") ?
		       lane == LANE_WINDOWS :
		       lane == LANE_CALLBACKS;
}

static void calls_lane(struct sheet *s, enum lane lane, const char *name)
{
	const struct picture *p = s->p;
	size_t nr = 0;

	begin_lane(s, name);
	s->y += 4;
	row_names(s, THIN);
	for (size_t i = 0; i < p->nr_events; i++) {
		if (!in_lane(&p->events[i], lane))
			continue;
		nr++;
		if (lane == LANE_CALLBACKS)
			call_bar(s, i);
		else if (is(&p->events[i], "range_start"))
			window(s, i);
	}
	if (!nr)
		say(s, s->begin + MARGIN, s->y + THIN / 2 + 3, "d", "start",
		    "none came");
	for (size_t i = 0; i < p->nr_failures; i++) {
		const struct failure *f = &p->failures[i];

		if (f->lane == lane && lane_has_gap(f))
			gap(s, f, i);
		else if (f->lane == lane)
			point_at(s, f, i);
	}
	s->y += p->nr_rows * THIN + 4;
}

/* ---- the CPUs' flushes --------------------------------------------------- */

static void flush_bar(struct sheet *s, size_t i)
{
	const struct event *flush = &s->p->flushes[i].ev;
	char *title = list_join(flush->words, " "), *range = range_text(flush);
	char *text = text_printf("%s, %s", range,
				 strncmp(flush->context, "broadcast", 9) ?
					 "own" :
					 "all");
	size_t first = 0, last = 0;

	if (rows_of(s->p, flush, &first, &last))
		box(s, s->flush[i] - 5, row_y(s, first, THIN), 10,
		    (last - first + 1) * THIN - 2,
		    strchr(flush->pages, 'n') ? "c" : "sx", title);
	say(s, s->flush[i], s->y - 3, "", "middle", "%s",
	    fits(s->step, text) ? text : "");
	free(text);
	free(range);
	free(title);
}

static void flushes_lane(struct sheet *s)
{
	const struct picture *p = s->p;

	begin_lane(s, "CPUs' TLBs flushed");
	s->y += 4;
	row_names(s, THIN);
	for (size_t i = 0; i < p->nr_flushes; i++)
		flush_bar(s, i);
	if (!p->nr_flushes)
		say(s, s->begin + MARGIN, s->y + THIN / 2 + 3, "d", "start",
		    "none came");
	for (size_t i = 0; i < p->nr_failures; i++) {
		const struct failure *f = &p->failures[i];
		double x = p->nr_flushes ? s->flush[0] + 13 : s->end - 12;

		if (f->lane == LANE_FLUSHES && lane_has_gap(f))
			gap(s, f, i);
		else if (f->lane == LANE_FLUSHES)
			badge(s, x, s->y + THIN / 2 - 1, i);
	}
	s->y += p->nr_rows * THIN + 4;
}

/* ---- devices ------------------------------------------------------------- */

static const struct row *row_of(const struct picture *p, long long page)
{
	for (size_t i = 0; i < p->nr_rows; i++)
		if (row_has(&p->rows[i], page))
			return &p->rows[i];
	return &p->rows[0];
}

/* Where what the device has cached ends: at the first callback that tells it. */
static double cut_of(const struct sheet *s, const struct device_lane *d,
		     const struct row *r)
{
	for (size_t i = 0; i < s->p->nr_events; i++) {
		const struct event *ev = &s->p->events[i];

		if (d->by_range ? is(ev, "range_start") &&
					  picture_covers(ev, r) :
				  picture_tells(s->p, ev, r))
			return s->x[i];
	}
	return s->end + 40;
}

static void device_words(struct sheet *s, const struct device_lane *d)
{
	char *text = text_dup(d->nr_looks || !d->stale ? "" : "stale"), *more;

	for (size_t i = 0; i < d->nr_looks; i++) {
		const struct look *l = &d->looks[i];

		more = text_printf("%s%s%s: %s", text, i ? ", " : "", l->what,
				   strcmp(l->result, "moved") ? l->result :
								"done");
		free(text);
		text = more;
	}
	say(s, s->end + MARGIN, s->y + 13, d->failure >= 0 ? "e" : "", "start",
	    "%s", text);
	free(text);
}

static void device(struct sheet *s, const struct device_lane *d)
{
	const struct row *r = row_of(s->p, d->page);
	const struct state *state = state_of(letter_of(s->p->before, r));
	bool stale = d->stale > 0;
	double to = stale ? s->end + 8 : cut_of(s, d, r);
	char *text = state && state->letter == '-' ?
			     text_dup("has nothing cached") :
			     text_printf("has cached: %s",
					 state ? state->name : "the entry");

	if (to > s->end + 8)
		to = s->end + 8;
	say(s, LEFT - 8, s->y + 13, "d", "end", "%s", d->name);
	box(s, LEFT, s->y, to - LEFT, ROW - 2, state ? state->class : "s sn",
	    text);
	if (stale)
		box(s, s->begin, s->y, to - s->begin, ROW - 2, "st",
		    "still cached when the page table said otherwise");
	if (fits(to - LEFT, text))
		say(s, LEFT + 4, s->y + 13, "", "start", "%s", text);
	device_words(s, d);
	if (d->failure >= 0)
		badge(s, s->end - 6, s->y + ROW / 2 - 1, d->failure);
	s->y += ROW;
	free(text);
}

static void devices(struct sheet *s)
{
	if (!s->p->nr_devices)
		return;
	begin_lane(s, "devices' own TLBs");
	say(s, s->end + MARGIN, s->y - 2, "d", "start", "first access then");
	for (size_t i = 0; i < s->p->nr_devices; i++)
		device(s, &s->p->devices[i]);
	s->y += 4;
}

/* ---- words --------------------------------------------------------------- */

/* Lines that are no wider than the picture. */
static void paragraph(struct sheet *s, double x, const char *class,
		      const char *text)
{
	size_t room = (s->right - x - 8) / (*class == 'h' ? BOLD : CHAR), len;

	while (*text) {
		len = strlen(text);
		if (len > room) {
			for (len = room; len && text[len] != ' '; len--)
				;
			len = len ? len : room;
			/* Not within a character. */
			while (len < strlen(text) &&
			       ((unsigned char)text[len] & 0xc0) == 0x80)
				len++;
		}
		s->y += 15;
		say(s, x, s->y, class, "start", "%.*s", (int)len, text);
		text += len + (text[len] == ' ');
	}
}

static void failure_words(struct sheet *s, const struct failure *f, size_t nr)
{
	char *who = list_join(f->profiles, ", ");
	char *text = text_printf("%s%s%s", f->profiles ? who : "",
				 f->profiles ? ": " : "", f->text);

	badge(s, 20, s->y + 11, nr);
	paragraph(s, 36, "h", text);
	free(text);
	if (f->rule) {
		text = text_printf("the rule: %s: %s (%s)",
				   reread_string(f->rule, "need"),
				   reread_string(f->rule, "why"),
				   reread_string(f->rule, "cite"));
		paragraph(s, 36, "d", text);
		free(text);
	}
	free(who);
	s->y += 4;
}

static void words(struct sheet *s)
{
	const struct picture *p = s->p;
	const char *reason = reread_string(p->test, "reason");

	line(s, 8, s->y, s->right, s->y, "l");
	for (size_t i = 0; i < p->nr_failures; i++)
		failure_words(s, &p->failures[i], i);
	if (!strcmp(reread_string(p->test, "verdict"), "XFAIL")) {
		char *text = text_printf("a known bug: %s", reason);

		paragraph(s, 36, "d", text);
		free(text);
	}
	if (p->left_out) {
		char *text = text_printf("%zu callbacks more, not drawn",
					 p->left_out);

		paragraph(s, 36, "d", text);
		free(text);
	}
	if (p->seen != p->test) {
		char *text =
			text_printf("page table and callbacks are those of %s",
				    reread_string(p->seen, "name"));

		paragraph(s, 36, "d", text);
		free(text);
	}
	s->y += 12;
}

/* ---- the CPU ------------------------------------------------------------- */

static void cpu(struct sheet *s)
{
	begin_lane(s, "CPU");
	box(s, s->begin, s->y, s->end - s->begin, ROW - 2, "v", NULL);
	say(s, (s->begin + s->end) / 2, s->y + 13, "", "middle",
	    "the change is made");
	say(s, s->begin, s->y - 3, "d", "middle", "begins");
	say(s, s->end, s->y - 3, "d", "middle", "has returned");
	s->y += ROW + 2;
}

static void title(struct sheet *s)
{
	const struct picture *p = s->p;
	const char *name = reread_string(p->test, "name");
	const struct test *test = catalogue_find(name);

	s->y = 4;
	say(s, 8, s->y + 14, "h", "start", "%s in %s: %s", name,
	    reread_string(p->cell, "name"), reread_string(p->test, "verdict"));
	s->y += 16;
	if (test)
		paragraph(s, 8, "d", catalogue_what(test));
	s->y += 8;
}

char *picture_draw(const struct picture *p, bool alone)
{
	char *body, *all;
	size_t len;
	struct sheet s = { .p = p };
	double top;
	FILE *f;

	lay_out(&s);
	s.f = alloc_stream(&body, &len);
	if (alone)
		title(&s);
	top = s.y + 16;
	cpu(&s);
	entries(&s);
	calls_lane(&s, LANE_WINDOWS, "invalidate_range windows");
	calls_lane(&s, LANE_CALLBACKS, "secondary TLBs told");
	if (p->flushes_seen)
		flushes_lane(&s);
	devices(&s);
	line(&s, s.begin, top, s.begin, s.y, "m");
	line(&s, s.end, top, s.end, s.y, "m");
	words(&s);
	fclose(s.f);
	f = alloc_stream(&all, &len);
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pic\" role=\"img\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\"><title>",
		s.right + 8, s.y, s.right + 8, s.y);
	put_text(f, alone ? reread_string(p->test, "name") :
			    "page table, callbacks and devices over time");
	fprintf(f,
		"</title>%s%s%s<rect width=\"100%%\" height=\"100%%\" class=\"bg\"/>%s</svg>\n",
		alone ? "<style>" : "", alone ? picture_style : "",
		alone ? "</style>" : "", body);
	fclose(f);
	free(body);
	return all;
}
