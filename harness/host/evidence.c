// SPDX-License-Identifier: GPL-2.0-only
#include "judge.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "signature.h"
#include "words.h"

#define TRACE "# stlb: trace "

void evidence_free(struct evidence *ev)
{
	size_t i;

	for (i = 0; i < ev->nr_properties; i++)
		free(ev->properties[i]);
	for (i = 0; i < ev->nr_data; i++)
		free(ev->data[i].name);
	free(ev->data);
	list_free(ev->judges);
	list_free(ev->trace);
	free(ev->reason);
	free(ev->skip);
	free(ev->splat);
	free(ev->death);
	free(ev->infra);
	free(ev->blind);
	text_free(&ev->log);
	*ev = (struct evidence){ 0 };
}

static void add_property(struct evidence *ev, const char *name)
{
	size_t i;

	for (i = 0; i < ev->nr_properties; i++)
		if (!strcmp(ev->properties[i], name))
			return;
	if (ev->nr_properties < EVIDENCE_PROPERTIES_MAX)
		ev->properties[ev->nr_properties++] = text_dup(name);
}

static bool is_name(const char *s, const char *chars)
{
	size_t len = strlen(s);

	return len && len <= EVIDENCE_NAME_MAX && strspn(s, chars) == len;
}

static bool take_failed(struct evidence *ev, const char *name)
{
	/* One that has no room is a fault, which has. */
	if (strlen(name) > EVIDENCE_NAME_MAX || !signature_is_word(name) ||
	    ev->nr_properties >= EVIDENCE_PROPERTIES_MAX - 1)
		return false;
	add_property(ev, name);
	return true;
}

static bool take_reason(struct evidence *ev, const char *text)
{
	if (!ev->reason)
		ev->reason = text_reason(text);
	return true;
}

static bool take_judges(struct evidence *ev, const char *profile)
{
	if (!is_name(profile, "abcdefghijklmnopqrstuvwxyz0123456789-") ||
	    list_len(ev->judges) == EVIDENCE_PROFILES_MAX)
		return false;
	if (!list_has(ev->judges, profile))
		ev->judges = list_add(ev->judges, text_dup(profile));
	return true;
}

static bool take_void(struct evidence *ev, const char *text)
{
	if (!ev->infra)
		ev->infra = text_reason(text);
	return true;
}

static bool take_data(struct evidence *ev, const char *text)
{
	const char *eq = strchr(text, '=');
	struct datum d;
	char *end;

	if (!eq || !isdigit((unsigned char)eq[1 + (eq[1] == '-')]))
		return false;
	errno = 0;
	d.value = strtoll(eq + 1, &end, 10);
	if (errno || *end || ev->nr_data == EVIDENCE_DATA_MAX)
		return false;
	d.name = text_printf("%.*s", (int)(eq - text), text);
	if (!is_name(d.name, "abcdefghijklmnopqrstuvwxyz0123456789_.")) {
		free(d.name);
		return false;
	}
	ev->data = alloc_grow(ev->data, ev->nr_data + 1, sizeof(*ev->data));
	ev->data[ev->nr_data++] = d;
	return true;
}

static bool is_trace(const struct evidence *ev, const char *text)
{
	return *text &&
	       !text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_,- ")] &&
	       list_len(ev->trace) < EVIDENCE_TRACE_MAX;
}

static void take_stlb(struct evidence *ev, const char *line)
{
	bool understood = false;

	if (!strncmp(line, "failed ", 7))
		understood = take_failed(ev, line + 7);
	else if (!strncmp(line, "reason ", 7))
		understood = take_reason(ev, line + 7);
	else if (!strncmp(line, "judges ", 7))
		understood = take_judges(ev, line + 7);
	else if (!strncmp(line, "void ", 5))
		understood = take_void(ev, line + 5);
	else if (!strncmp(line, "data ", 5))
		understood = take_data(ev, line + 5);
	if (understood)
		return;
	add_property(ev, "harness");
	if (!ev->reason) {
		char *what = text_printf("the test printed a line that is not "
					 "understood: # stlb: %s",
					 line);

		ev->reason = text_reason(what);
		free(what);
	}
}

/* "1 TEST" or "1 TEST # SKIP why" behind "ok ". */
static void take_ok(struct evidence *ev, const char *line)
{
	size_t len = strlen(ev->test->name);

	if (strncmp(line, "1 ", 2) || strncmp(line + 2, ev->test->name, len))
		return;
	line += 2 + len;
	if (!*line) {
		ev->ok = true;
	} else if (!strncmp(line, " # SKIP", 7) &&
		   (!line[7] || line[7] == ' ')) {
		ev->ok = true;
		free(ev->skip);
		ev->skip = text_reason(line[7] && line[8] ? line + 8 :
							    "no reason given");
	}
}

static void keep(struct evidence *ev, const char *line)
{
	static const char note[] = "(the rest of the output was dropped)\n";
	size_t len = strlen(line);

	if (ev->log.cut)
		return;
	if (ev->log.len + len + 1 > EVIDENCE_LOG_MAX) {
		text_append(&ev->log, note, strlen(note), SIZE_MAX);
		ev->log.cut = true;
		return;
	}
	text_append(&ev->log, line, len, EVIDENCE_LOG_MAX);
	text_append(&ev->log, "\n", 1, EVIDENCE_LOG_MAX);
}

void evidence_line(struct evidence *ev, const char *line)
{
	if (!strncmp(line, TRACE, strlen(TRACE)) &&
	    is_trace(ev, line + strlen(TRACE))) {
		ev->trace = list_add(ev->trace, text_dup(line + strlen(TRACE)));
		return;
	}
	keep(ev, line);
	if (!strncmp(line, "# stlb: ", 8)) {
		take_stlb(ev, line + 8);
	} else if (!strncmp(line, "ok ", 3)) {
		ev->result_lines++;
		take_ok(ev, line + 3);
	} else if (!strncmp(line, "not ok ", 7)) {
		ev->result_lines++;
	}
}

/* "... at FUNCTION+0x1/0x2, ..." or "... FUNCTION+0x1/0x2": that function's? */
static bool is_in(const char *line, const char *function)
{
	size_t len = strlen(function);
	const char *p = line;

	while ((p = strstr(p, function))) {
		if (p > line && p[-1] == ' ' && p[len] == '+')
			return true;
		p += len;
	}
	return false;
}

void evidence_splat(struct evidence *ev, const struct console_splat *s)
{
	if (s->kind == SPLAT_WARN && ev->test->warns && !ev->warned &&
	    is_in(s->line, ev->test->warns)) {
		ev->warned = true;
		return;
	}
	if (!ev->splat)
		ev->splat = text_reason(s->line);
}
