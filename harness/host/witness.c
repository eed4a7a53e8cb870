// SPDX-License-Identifier: GPL-2.0-only
#include "witness.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"

/* Gives up on the channel; the first reason stays. */
static void useless(struct witness *w, char *reason)
{
	if (w->useless)
		free(reason);
	else
		w->useless = reason;
}

/* The first reason stays. */
static void blind(struct witness *w, size_t from, char *reason)
{
	if (w->blind) {
		free(reason);
		return;
	}
	w->blind = reason;
	w->blind_from = from;
}

/* The last one is, when the guest has ended. */
static bool is_settled(const struct witness *w, size_t i)
{
	const struct evidence *ev = &w->ev[i];

	return i + 1 < w->nr && ev->ended && ev->passed_by &&
	       (ev->after.known || w->on_channel > i + 1);
}

static void settle(struct witness *w, size_t end)
{
	for (; w->settled < end; w->settled++) {
		struct evidence *ev = &w->ev[w->settled];

		if (w->own && w->settled >= w->own_from && !ev->infra)
			ev->infra = text_dup(w->own);
		if (w->blind && w->settled >= w->blind_from)
			ev->blind = text_dup(w->blind);
		w->ops->settled(w->arg, w->settled);
	}
}

static void settle_whole(struct witness *w)
{
	size_t end = w->settled;

	while (end < w->nr && is_settled(w, end))
		end++;
	settle(w, end);
}

static void take_state(struct witness *w, const struct kernel_health *state)
{
	size_t ended = w->on_channel;

	w->state = *state;
	if (ended)
		w->ev[ended - 1].after = *state;
	if (!ended && state->taint & TAINT_REPORTS)
		blind(w, 0,
		      text_printf(
			      "the kernel had reported a fault of its own before the first test (taint %#llx), so whether it would report another is unknown",
			      (unsigned long long)state->taint));
	if (state->lockdep_off)
		blind(w, ended,
		      text_printf(
			      "lockdep gave up %s%s: what it would have seen is unknown",
			      ended ? "in " : "before the first test",
			      ended ? w->plan[ended - 1]->name : ""));
}

static void begin(struct witness *w, const char *name)
{
	size_t i = w->on_channel;

	if (i == w->nr || strcmp(w->plan[i]->name, name)) {
		useless(w,
			text_printf(
				"result channel corrupt: it begins %s where %s was due",
				name,
				i == w->nr ? "nothing" : w->plan[i]->name));
		return;
	}
	w->on_channel++;
	w->ev[i].begun = true;
	w->ev[i].before = w->state;
	w->ev[i].begin_ns = clock_now();
	w->ops->begin(w->arg, i);
}

/* Slowness, of a guest that did not get its CPUs, is nobody's fault: true. */
static bool excused(struct witness *w, struct evidence *ev)
{
	char *starved = w->ops->starved ? w->ops->starved(w->arg) : NULL;

	if (starved && !ev->infra)
		ev->infra = text_printf(
			"this machine had too little time for the guest: %s",
			starved);
	free(starved);
	return ev->infra;
}

static bool is_of_slowness(enum splat kind)
{
	return kind == SPLAT_RCU_STALL || kind == SPLAT_HUNG_TASK ||
	       kind == SPLAT_LOCKUP;
}

static void end(struct witness *w, const struct channel_event *e)
{
	struct evidence *ev = &w->ev[w->on_channel - 1];

	ev->ended = true;
	ev->end_ns = clock_now();
	ev->how = e->how;
	if (e->how == CHANNEL_TIMEOUT)
		excused(w, ev);
	ev->code = e->code;
}

static void done(struct witness *w)
{
	if (w->on_channel < w->nr)
		useless(w,
			text_printf(
				"result channel corrupt: done came before %s was run",
				w->plan[w->on_channel]->name));
	else
		w->done = true;
}

static void event(void *arg, const struct channel_event *e)
{
	struct witness *w = arg;

	if (w->useless)
		return;
	switch (e->record) {
	case CHANNEL_HELLO:
		w->hello = true;
		w->ops->hello(w->arg, e->text, e->page_size);
		break;
	case CHANNEL_STATE:
		take_state(w, &e->state);
		break;
	case CHANNEL_BEGIN:
		begin(w, e->text);
		break;
	case CHANNEL_LOG:
		evidence_line(&w->ev[w->on_channel - 1], e->text);
		return;
	case CHANNEL_END:
		end(w, e);
		break;
	case CHANNEL_ERROR:
		useless(w, text_printf("init: %s", e->text));
		return;
	case CHANNEL_DONE:
		done(w);
		break;
	}
	w->records++;
	settle_whole(w);
}

/* Index of a test of the plan, or ->nr. */
static size_t find(const struct witness *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->nr; i++)
		if (!strcmp(w->plan[i]->name, name))
			break;
	return i;
}

static void passed_by(struct witness *w, size_t end)
{
	size_t i;

	for (i = w->settled; i < end; i++)
		w->ev[i].passed_by = true;
}

static void mark(void *arg, enum console_mark kind, const char *name)
{
	struct witness *w = arg;
	size_t i;

	switch (kind) {
	case CONSOLE_BEGIN:
		i = find(w, name);
		if (i == w->nr || i < w->on_console)
			return;
		passed_by(w, w->on_console);
		w->on_console = i + 1;
		w->ev[i].begun = true;
		w->ev[i].marked = true;
		break;
	case CONSOLE_END:
		return;
	case CONSOLE_DONE:
		passed_by(w, w->on_console);
		break;
	}
	settle_whole(w);
}

static void splat(void *arg, const struct console_splat *s)
{
	struct witness *w = arg;
	size_t i = s->test ? find(w, s->test) : w->nr;

	w->panicked |= s->fatal;
	/* Between two tests the one before has caused it. */
	if (i == w->nr || i < w->settled)
		i = w->on_console ? w->on_console - 1 : 0;
	if (s->own && !w->own) {
		w->own = text_printf("stlb.ko itself is at fault: %s", s->line);
		w->own_from = i;
	}
	if (!s->kind)
		return;
	if (!w->on_console) {
		if (!w->early)
			w->early = text_reason(s->line);
		blind(w, 0,
		      text_printf(
			      "the kernel complained before the first test, so whether it would again is unknown: %s",
			      w->early));
	} else if (i >= w->settled &&
		   !(is_of_slowness(s->kind) && excused(w, &w->ev[i]))) {
		evidence_splat(&w->ev[i], s);
	}
}

static const struct console_ops console_ops = { .splat = splat, .mark = mark };

void witness_init(struct witness *w, const struct test *const *plan, size_t nr,
		  unsigned int timeout, const struct witness_ops *ops,
		  void *arg)
{
	size_t i;

	*w = (struct witness){ .plan = plan, .nr = nr, .ops = ops, .arg = arg };
	w->ev = alloc_zero(nr, sizeof(*w->ev));
	for (i = 0; i < nr; i++) {
		w->ev[i].test = plan[i];
		w->ev[i].timeout = timeout;
	}
	channel_init(&w->channel, event, w);
	console_init(&w->console, &console_ops, w);
}

void witness_free(struct witness *w)
{
	size_t i;

	for (i = 0; i < w->nr; i++)
		evidence_free(&w->ev[i]);
	free(w->ev);
	free(w->useless);
	free(w->early);
	free(w->blind);
	free(w->own);
	*w = (struct witness){ 0 };
}

void witness_channel(struct witness *w, const void *buf, size_t len)
{
	channel_feed(&w->channel, buf, len);
	if (channel_corrupt(&w->channel) && !w->done)
		useless(w, text_printf("result channel corrupt: %s",
				       channel_corrupt(&w->channel)));
}

void witness_console(struct witness *w, const void *buf, size_t len)
{
	console_feed(&w->console, buf, len);
}

size_t witness_begun(const struct witness *w)
{
	return w->on_channel > w->on_console ? w->on_channel : w->on_console;
}

bool witness_idle(const struct witness *w)
{
	size_t ended = w->on_channel;

	if (!w->useless)
		return false;
	if (ended && !w->ev[ended - 1].ended)
		ended--;
	return w->settled >= ended;
}

/* The tests from @i on that did not end tell nothing, for @reason. */
static void no_verdict(struct witness *w, size_t i, const char *reason)
{
	for (; i < w->nr; i++) {
		struct evidence *ev = &w->ev[i];

		if (!ev->ended && !ev->infra)
			ev->infra = text_reason(reason);
	}
}

void witness_finish(struct witness *w, const char *death, const char *infra)
{
	struct evidence *last;
	size_t begun;

	console_finish(&w->console);
	begun = witness_begun(w);
	if (w->useless) {
		no_verdict(w, w->settled, w->useless);
		settle(w, w->nr);
		return;
	}
	last = begun ? &w->ev[begun - 1] : NULL;
	if (last && begun > w->settled) {
		if (infra && !last->splat && !last->infra)
			last->infra = text_reason(infra);
		else if (death && !last->death)
			last->death = text_reason(death);
	}
	settle(w, begun);
}
