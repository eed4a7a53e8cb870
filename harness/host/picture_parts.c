// SPDX-License-Identifier: GPL-2.0-only

#include "picture_parts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "reread.h"
#include "text.h"
#include "words.h"

/* More watched pages than any test has. */
#define WATCHED_MAX 4096

/* ---- the trace ----------------------------------------------------------- */

/* "2r1w" is "rrw"; NULL: it is no such thing. The caller frees. */
static char *letters_of(const char *pages)
{
	char *text = NULL, *end;
	size_t len, all = 0;
	FILE *f = alloc_stream(&text, &len);
	long n;

	for (; (n = strtol(pages, &end, 10)) > 0 && *end; pages = end + 1) {
		all += n;
		if (n > WATCHED_MAX || all > WATCHED_MAX)
			break;
		for (long i = 0; i < n; i++)
			fputc(*end, f);
	}
	fclose(f);
	if (!*pages && all)
		return text;
	free(text);
	return NULL;
}

static const char *word(char *const *words, size_t i)
{
	return i < list_len(words) ? words[i] : "";
}

static bool is_op(const char *op)
{
	return !strcmp(op, "secondary") || !strcmp(op, "range_start") ||
	       !strcmp(op, "range_end") || !strcmp(op, "release");
}

/* Takes @words. */
static struct event parse(char **words)
{
	return (struct event){
		.words = words,
		.op = words[0],
		.first = atoll(word(words, 1)),
		.end = !strcmp(word(words, 2), "all") ? LLONG_MAX :
							atoll(word(words, 2)),
		.pages = letters_of(word(words, 3)),
		.context = word(words, 4),
		.kind = word(words, 5),
	};
}

static void free_event(struct event *ev)
{
	list_free(ev->words);
	free(ev->pages);
}

/* Takes @words. */
static void add_event(struct picture *p, char **words)
{
	struct event *ev;

	if (p->nr_events == PICTURE_EVENTS) {
		p->left_out++;
		list_free(words);
		return;
	}
	p->events = alloc_grow(p->events, p->nr_events + 1, sizeof(*ev));
	ev = &p->events[p->nr_events++];
	*ev = parse(words);
	ev->late = p->after;
}

static void set_pages(char **to, char *const *words)
{
	free(*to);
	*to = letters_of(word(words, 1));
}

static void read_line(struct picture *p, const char *line)
{
	char **words = list_split(line, " ");

	if (is_op(words[0])) {
		add_event(p, words);
		return;
	}
	if (!strcmp(words[0], "before"))
		set_pages(&p->before, words);
	else if (!strcmp(words[0], "after"))
		set_pages(&p->after, words);
	else if (!strcmp(words[0], "more"))
		p->left_out += atol(word(words, 1));
	list_free(words);
}

/* Takes @words; false: it is not of these watched pages, as those of a run are not. */
static bool add_flush(struct picture *p, char **words, size_t at)
{
	struct flush flush = { .ev = parse(words), .at = at };

	if (flush.ev.pages && !p->watched)
		p->watched = strlen(flush.ev.pages);
	if (!flush.ev.pages || strlen(flush.ev.pages) != p->watched ||
	    p->nr_flushes == PICTURE_FLUSHES) {
		free_event(&flush.ev);
		return false;
	}
	p->flushes = alloc_grow(p->flushes, p->nr_flushes + 1, sizeof(flush));
	p->flushes[p->nr_flushes++] = flush;
	return true;
}

static void drop_flushes(struct picture *p)
{
	while (p->nr_flushes)
		free_event(&p->flushes[--p->nr_flushes].ev);
}

static size_t events_in_time(const struct picture *p)
{
	size_t nr = 0;

	while (nr < p->nr_events && !p->events[nr].late)
		nr++;
	return nr;
}

/*
 * A .cpu test says where callbacks came between its flushes: if these are the ones that
 * are drawn, there is one order of both.
 */
static void read_flushes(struct picture *p, const json_t *test)
{
	size_t i, at = 0, due = events_in_time(p);
	bool same = true, more = true;
	const json_t *line;

	json_array_foreach(json_object_get(test, "trace"), i, line) {
		char **words = list_split(json_string_value(line) ?: "", " ");

		if (!strcmp(words[0], "flush") && more) {
			more = add_flush(p, words, due ? at : 0);
			continue;
		}
		if (!strcmp(words[0], "callback")) {
			same &= at < due &&
				!strcmp(word(words, 1), p->events[at].op);
			at++;
		}
		list_free(words);
	}
	p->flushes_seen = p->seen == test || (same && at == due);
	if (!p->flushes_seen)
		drop_flushes(p);
}

static void forget_other_pages(char **pages, size_t watched)
{
	if (!*pages || strlen(*pages) == watched)
		return;
	free(*pages);
	*pages = NULL;
}

static void read_trace(struct picture *p)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(p->seen, "trace"), i, line)
		read_line(p, json_string_value(line) ?: "");
	p->watched = p->before ? strlen(p->before) : 0;
	for (i = 0; i < p->nr_events && !p->watched; i++)
		if (p->events[i].pages)
			p->watched = strlen(p->events[i].pages);
	forget_other_pages(&p->before, p->watched);
	forget_other_pages(&p->after, p->watched);
	for (i = 0; i < p->nr_events; i++)
		forget_other_pages(&p->events[i].pages, p->watched);
}

/* ---- rows ---------------------------------------------------------------- */

/* Of a huge page the first, the middle and the last page are watched (scene.c). */
static void number_pages(struct picture *p)
{
	long long pages = json_integer_value(
		json_object_get(json_object_get(p->seen, "data"), "pages"));
	long long units = p->watched / 3;
	bool huge = units && !(p->watched % 3) &&
		    pages > (long long)p->watched && !(pages % units);
	long long each = huge ? pages / units : 1;
	const long long spots[] = { 0, each / 2, each - 1 };

	p->numbers = alloc_zero(p->watched + 1, sizeof(*p->numbers));
	for (size_t i = 0; i < p->watched; i++)
		p->numbers[i] =
			huge ? (long long)(i / 3) * each + spots[i % 3] :
			       (long long)i;
}

static bool covers(const struct event *ev, long long page)
{
	return ev->first <= page && ev->end > page;
}

/* Are two watched pages the same to it? */
static bool is_even(const struct picture *p, const struct event *ev, size_t a,
		    size_t b)
{
	return (!ev->pages || ev->pages[a] == ev->pages[b]) &&
	       covers(ev, p->numbers[a]) == covers(ev, p->numbers[b]);
}

static bool alike(const struct picture *p, size_t a, size_t b)
{
	if ((p->before && p->before[a] != p->before[b]) ||
	    (p->after && p->after[a] != p->after[b]))
		return false;
	for (size_t i = 0; i < p->nr_events; i++)
		if (!is_even(p, &p->events[i], a, b))
			return false;
	for (size_t i = 0; i < p->nr_flushes; i++)
		if (!is_even(p, &p->flushes[i].ev, a, b))
			return false;
	return true;
}

static void make_rows(struct picture *p)
{
	size_t watched = p->watched ? p->watched : 1;

	number_pages(p);
	for (size_t i = 0, nr; i < watched; i += nr) {
		for (nr = 1; i + nr < watched && alike(p, i, i + nr); nr++)
			;
		if (p->nr_rows == PICTURE_ROWS) {
			p->rows_left_out += nr;
			continue;
		}
		p->rows[p->nr_rows++] = (struct row){
			.from = i,
			.nr = nr,
			.first = p->numbers[i],
			.last = p->numbers[i + nr - 1],
		};
	}
}

bool picture_covers(const struct event *ev, const struct row *row)
{
	return covers(ev, row->first) && covers(ev, row->last);
}

bool picture_flushes(const struct flush *flush, const struct row *row)
{
	return picture_covers(&flush->ev, row) &&
	       flush->ev.pages[row->from] != 'o';
}

int picture_age(const struct picture *p, const struct event *ev,
		const struct row *row)
{
	if (!p->before || !ev->pages)
		return PICTURE_UNKNOWN;
	return p->before[row->from] == ev->pages[row->from] ? PICTURE_OLD :
							      PICTURE_CHANGED;
}

bool picture_tells(const struct picture *p, const struct event *ev,
		   const struct row *row)
{
	return !strcmp(ev->op, "secondary") && !ev->late &&
	       picture_covers(ev, row) &&
	       picture_age(p, ev, row) != PICTURE_OLD;
}

/* ---- what failed --------------------------------------------------------- */

static enum lane lane_of(const char *signature_word)
{
	static const char *const of_device[] = { "liveness", "safety",
						 "control" };
	const char *op = strchr(signature_word, ':');
	size_t len = strcspn(signature_word, ":");

	for (size_t i = 0; i < 3; i++)
		if (strlen(of_device[i]) == len &&
		    !strncmp(signature_word, of_device[i], len))
			return LANE_DEVICE;
	if (!op)
		return LANE_NONE;
	if (!strcmp(op + 1, "flush"))
		return LANE_FLUSHES;
	return strncmp(op + 1, "range_", 6) ? LANE_CALLBACKS : LANE_WINDOWS;
}

static const json_t *rule_of(const json_t *test, const char *profile)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(test, "rules"), i, rule)
		if (!strcmp(reread_string(rule, "profile"), profile))
			return rule;
	return NULL;
}

static long long page_of(const char *text)
{
	const char *at = strstr(text, "page ");
	char *end;
	long long page = at ? strtoll(at + 5, &end, 10) : -1;

	return at && end != at + 5 ? page : -1;
}

/* The number of one that says the same, or of a new one; "" is nobody's profile. */
static size_t find_failure(struct picture *p, const char *what,
			   const char *text)
{
	struct failure *f;

	for (size_t i = 0; i < p->nr_failures; i++)
		if (!strcmp(p->failures[i].word, what) &&
		    !strcmp(p->failures[i].text, text))
			return i;
	p->failures = alloc_grow(p->failures, p->nr_failures + 1, sizeof(*f));
	p->failures[p->nr_failures] = (struct failure){
		.word = text_dup(what),
		.text = text_dup(text),
		.page = page_of(text),
		.lane = lane_of(what),
	};
	return p->nr_failures++;
}

/* "coverage:secondary:smmuv3", and "smmuv3: page 0 ..." */
static void add_failure(struct picture *p, const json_t *test, const char *of,
			const char *text)
{
	char **parts = list_split(of, ":");
	const char *profile = word(parts, 2);
	char *what = list_len(parts) > 1 ?
			     text_printf("%s:%s", parts[0], parts[1]) :
			     text_dup(parts[0]);
	size_t len = strlen(profile), nr;
	struct failure *f;

	if (len && !strncmp(text, profile, len) && text[len] == ':')
		text += len + 1 + strspn(text + len + 1, " ");
	nr = find_failure(p, what, text);
	f = &p->failures[nr];
	if (len && !list_has(f->profiles, profile)) {
		f->profiles = list_add(f->profiles, text_dup(profile));
		if (!f->rule)
			f->rule = rule_of(test, profile);
	}
	free(what);
	list_free(parts);
}

static const char *after_head(const char *s, const char *head)
{
	size_t len = strlen(head);

	return strncmp(s, head, len) ? NULL : s + len;
}

/* What the test said before it said that it failed. */
static void read_failures(struct picture *p, const json_t *test)
{
	char **lines = list_split(reread_string(test, "log"), "\n");
	const char *said = "", *of, *text;

	for (char **l = lines; *reread_string(test, "signature") && *l; l++) {
		of = after_head(*l, "# stlb: failed ");
		text = after_head(*l, "# stlb: reason ");
		if (!text && !after_head(*l, "# stlb: "))
			text = after_head(*l, "# ");
		if (of && *said)
			add_failure(p, test, of, said);
		else if (text)
			said = text;
	}
	list_free(lines);
}

/* ---- devices ------------------------------------------------------------- */

static const char *form_of(const json_t *test)
{
	size_t len = strlen(reread_string(test, "transition"));
	const char *name = reread_string(test, "name");

	return strlen(name) > len + 1 ? name + len + 1 : name;
}

static long failure_of(const struct picture *p, const char *form,
		       const char *profile)
{
	for (size_t i = 0; i < p->nr_failures; i++) {
		const struct failure *f = &p->failures[i];
		const char *of = strchr(f->word, ':');

		if (f->lane == LANE_DEVICE && of && !strcmp(of + 1, form) &&
		    list_has(f->profiles, profile))
			return i;
	}
	return -1;
}

/* Its first accesses are in lines "look PROFILE PAGE WHAT RESULT". */
static void read_looks(struct device_lane *d, const json_t *test,
		       const char *profile)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(test, "trace"), i, line) {
		const char *text = json_string_value(line) ?: "";
		char **words = list_split(text, " ");

		if (strcmp(words[0], "look") || list_len(words) < 5 ||
		    strcmp(words[1], profile) || d->nr_looks == 3) {
			list_free(words);
			continue;
		}
		d->page = atoll(words[2]);
		d->words = list_add(d->words, text_dup(words[3]));
		d->looks[d->nr_looks].what = d->words[list_len(d->words) - 1];
		d->words = list_add(d->words, list_join(words + 4, " "));
		d->looks[d->nr_looks++].result =
			d->words[list_len(d->words) - 1];
		list_free(words);
	}
}

/* "smmuv3_pri.stale_pages" is the profile smmuv3-pri's (device_plane.c). */
static void add_device(struct picture *p, const json_t *test, const char *name,
		       long long stale)
{
	char *profile = text_printf("%.*s", (int)strcspn(name, "."), name);
	struct device_lane *d;

	for (char *c = profile; *c; c++)
		if (*c == '_')
			*c = '-';
	p->devices = alloc_grow(p->devices, p->nr_devices + 1, sizeof(*d));
	d = &p->devices[p->nr_devices++];
	*d = (struct device_lane){
		.name = text_printf("%s %s", form_of(test), profile),
		.by_range = !strcmp(form_of(test), "kvm"),
		.stale = stale,
		.failure = failure_of(p, form_of(test), profile),
	};
	read_looks(d, test, profile);
	free(profile);
}

static void read_devices(struct picture *p, const json_t *test)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(test, "data"), name, value) {
		const char *dot = strchr(name, '.');

		if (dot && !strcmp(dot, ".stale_pages"))
			add_device(p, test, name, json_integer_value(value));
	}
}

/* ---- all of it ----------------------------------------------------------- */

static bool ran(const json_t *test)
{
	const char *verdict = reread_string(test, "verdict");

	return strcmp(verdict, "SKIP") && strcmp(verdict, "INFRA");
}

static bool of_transition(const json_t *test, const char *transition)
{
	return *transition && ran(test) &&
	       !strcmp(reread_string(test, "transition"), transition);
}

static bool has_callbacks(const json_t *test)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(test, "trace"), i, line)
		if (!after_head(json_string_value(line) ?: "", "look ") &&
		    !after_head(json_string_value(line) ?: "", "flush ") &&
		    !after_head(json_string_value(line) ?: "", "callback "))
			return true;
	return json_object_get(json_object_get(test, "data"), "callbacks");
}

/* Its own callbacks; else those of another test of the same transition. */
static const json_t *find_seen(const json_t *test, const json_t *others)
{
	const char *transition = reread_string(test, "transition");
	const json_t *other;
	size_t i;

	if (has_callbacks(test))
		return test;
	json_array_foreach(others, i, other)
		if (of_transition(other, transition) && has_callbacks(other))
			return other;
	return test;
}

bool picture_of(struct picture *p, const json_t *cell, const json_t *test,
		const json_t *others)
{
	const char *transition = reread_string(test, "transition");
	const json_t *other;
	size_t i;

	*p = (struct picture){ .cell = cell, .test = test };
	if (!ran(test))
		return false;
	p->seen = find_seen(test, others);
	read_trace(p);
	json_array_foreach(others, i, other)
		if (of_transition(other, transition) &&
		    !strcmp(form_of(other), "cpu"))
			read_flushes(p, other);
	make_rows(p);
	read_failures(p, p->seen);
	if (p->seen != test)
		read_failures(p, test);
	json_array_foreach(others, i, other) {
		if (!of_transition(other, transition))
			continue;
		if (!has_callbacks(other) && other != test)
			read_failures(p, other);
		read_devices(p, other);
	}
	return p->watched || p->nr_failures;
}

void picture_free(struct picture *p)
{
	for (size_t i = 0; i < p->nr_events; i++)
		free_event(&p->events[i]);
	drop_flushes(p);
	free(p->flushes);
	for (size_t i = 0; i < p->nr_failures; i++) {
		free(p->failures[i].word);
		free(p->failures[i].text);
		list_free(p->failures[i].profiles);
	}
	for (size_t i = 0; i < p->nr_devices; i++) {
		free(p->devices[i].name);
		list_free(p->devices[i].words);
	}
	free(p->events);
	free(p->failures);
	free(p->devices);
	free(p->numbers);
	free(p->before);
	free(p->after);
}
