// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "escape.h"
#include "ini_file.h"
#include "message.h"
#include "run.h"
#include "text.h"
#include "words.h"

struct seen {
	char *name;
	int line;
};

struct ini_parser {
	const struct ini_format *format;
	void *arg;
	const char *path;
	FILE *file;
	char *buf;
	size_t buf_size;
	int line;
	bool indented; /* the line begins with white space */
	int last_key;
	struct ini_section section; /* name NULL: before the first */
	struct seen *seen;
	size_t nr_seen;
	/* The first error; nothing is read once it is set. */
	char *error;
	int error_line;
};

static void fail(struct ini_parser *p, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void fail(struct ini_parser *p, int line, const char *fmt, ...)
{
	va_list ap;

	if (p->error)
		return;
	va_start(ap, fmt);
	p->error = alloc_vprintf(fmt, ap);
	va_end(ap);
	p->error_line = line;
}

int ini_error(const struct ini_section *s, int key, const char *fmt, ...)
{
	struct ini_parser *p = s->parser;
	va_list ap;

	if (p->error)
		return RUN_USAGE;
	va_start(ap, fmt);
	p->error = alloc_vprintf(fmt, ap);
	va_end(ap);
	p->error_line = key < 0 ? s->line : s->lines[key];
	return RUN_USAGE;
}

static char *key_names(const struct ini_format *format)
{
	char **list = NULL, *out;

	for (int i = 0; format->keys[i].name; i++)
		list = list_add(list, text_dup(format->keys[i].name));
	out = list_join(list, ", ");
	list_free(list);
	return out;
}

static void section_free(struct ini_section *s)
{
	free(s->name);
	for (int i = 0; i < INI_KEYS_MAX; i++)
		free(s->values[i]);
	memset(s, 0, sizeof(*s));
}

/* Hands over the section that has just ended. */
static void section_end(struct ini_parser *p)
{
	struct ini_section *s = &p->section;

	if (!s->name || p->error)
		goto out;
	for (int i = 0; p->format->keys[i].name; i++) {
		if (p->format->keys[i].required && !s->values[i]) {
			fail(p, s->line, "%s [%s] has no %s: add '%s = ...'",
			     p->format->section, s->name,
			     p->format->keys[i].name, p->format->keys[i].name);
			goto out;
		}
	}
	p->format->take(p->arg, s);
out:
	section_free(s);
}

static bool name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n && !name[n] && n <= INI_NAME_MAX && !strchr("._-", *name);
}

static void section_start(struct ini_parser *p, const char *header)
{
	size_t n = strcspn(header, "]");
	char *name;

	section_end(p);
	if (p->error)
		return;
	name = text_printf("%.*s", (int)n, header);
	p->section.parser = p;
	p->section.name = name;
	p->section.line = p->line;
	p->last_key = -1;
	if (!name_ok(name)) {
		fail(p, p->line,
		     "'%s' cannot name a %s: use a-z 0-9 . _ -, at most %d, and begin with a letter or digit",
		     name, p->format->section, INI_NAME_MAX);
		return;
	}
	for (size_t i = 0; i < p->nr_seen; i++) {
		if (!strcmp(p->seen[i].name, name)) {
			fail(p, p->line,
			     "duplicate %s [%s], first in line %d: rename or remove one",
			     p->format->section, name, p->seen[i].line);
			return;
		}
	}
	p->seen = alloc_grow(p->seen, p->nr_seen + 1, sizeof(*p->seen));
	p->seen[p->nr_seen++] = (struct seen){ text_dup(name), p->line };
}

/* Is this line of len bytes text that inih can take? */
static bool check_line(struct ini_parser *p, const char *s, size_t len,
		       size_t max)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = s[i] == '\t' ? 1 : escape_char(s + i);
		if (!n) {
			fail(p, p->line,
			     "byte 0x%02x is not text: is this a %s file, in UTF-8?",
			     (unsigned char)s[i], p->format->file);
			return false;
		}
	}
	if (len > max) {
		fail(p, p->line,
		     "the line is longer than %zu bytes: shorten it, or go on in an indented line",
		     max);
		return false;
	}
	return true;
}

static void syntax(struct ini_parser *p, int line)
{
	fail(p, line,
	     "neither [%s] nor 'key = value' nor a comment (# or ;): mend or remove the line",
	     p->format->section);
}

/* Section headers, and lines that inih would report out of order. */
static void look_at(struct ini_parser *p, const char *s)
{
	const char *text = s + strspn(s, " \t");

	p->indented = text != s && p->section.name && p->last_key >= 0;
	if (!*text || strchr("#;", *text))
		return;
	if (*text == '[') {
		p->indented = false;
		if (strchr(text, ']'))
			section_start(p, text + 1);
		else
			syntax(p, p->line);
	} else if (!p->indented && !strpbrk(text, "=:")) {
		syntax(p, p->line);
	}
}

/* inih's reader: one whole line per call, or the end of the file. */
static char *read_line(char *str, int num, void *stream)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct ini_parser *p = stream;
	char *s;
	ssize_t len;

	if (p->error)
		return NULL;
	errno = 0;
	len = getline(&p->buf, &p->buf_size, p->file);
	if (len < 0) {
		if (ferror(p->file))
			fail(p, 0, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	s = p->buf;
	if (!p->line++ && !strncmp(s, bom, 3)) {
		s += 3;
		len -= 3;
	}
	while (len && (s[len - 1] == '\n' || s[len - 1] == '\r'))
		s[--len] = '\0';
	/* num counts inih's own '\r', '\n' and NUL. */
	if (!check_line(p, s, len, num - 3))
		return NULL;
	look_at(p, s);
	if (p->error)
		return NULL;
	snprintf(str, num, "%s\n", s + (p->indented ? 0 : strspn(s, " \t")));
	return str;
}

static int find_key(const struct ini_parser *p, const char *name)
{
	for (int i = 0; p->format->keys[i].name; i++)
		if (!strcmp(p->format->keys[i].name, name))
			return i;
	return -1;
}

static void go_on(struct ini_parser *p, int key, const char *value)
{
	struct ini_section *s = &p->section;
	char *joined;

	if (!p->format->keys[key].lines) {
		fail(p, p->line,
		     "an indented line goes on with %s, which takes one line: start keys in the first column",
		     p->format->keys[key].name);
		return;
	}
	joined = text_printf("%s %s", s->values[key], value);
	free(s->values[key]);
	s->values[key] = joined;
}

static void unknown_key(struct ini_parser *p, const char *name)
{
	const char *known[INI_KEYS_MAX];
	size_t nr = 0;
	char *all = key_names(p->format);
	const char *meant;

	for (; p->format->keys[nr].name; nr++)
		known[nr] = p->format->keys[nr].name;
	meant = suggest(name, known, nr);
	if (meant)
		fail(p, p->line, "unknown key '%s': did you mean '%s'?", name,
		     meant);
	else
		fail(p, p->line, "unknown key '%s': a %s has %s", name,
		     p->format->section, all);
	free(all);
}

static int handle(void *user, const char *section, const char *name,
		  const char *value)
{
	struct ini_parser *p = user;
	struct ini_section *s = &p->section;
	int key;

	(void)section; /* cut at inih's own limit; p->section has it whole */
	if (p->error)
		return 0;
	if (!s->name) {
		fail(p, p->line,
		     "'%s' stands before the first %s: start one with %s", name,
		     p->format->section, p->format->example);
		return 0;
	}
	key = find_key(p, name);
	if (key < 0)
		unknown_key(p, name);
	else if (p->indented && key == p->last_key)
		go_on(p, key, value);
	else if (s->values[key])
		fail(p, p->line,
		     "duplicate key '%s', first in line %d: remove one", name,
		     s->lines[key]);
	else if (!*value)
		fail(p, p->line, "%s has no value: give one or remove the line",
		     name);
	if (p->error)
		return 0;
	p->last_key = key;
	if (!s->values[key]) {
		s->values[key] = text_dup(value);
		s->lines[key] = p->line;
	}
	return 1;
}

static int open_file(struct ini_parser *p)
{
	struct stat st;

	p->file = fopen(p->path, "re");
	if (!p->file)
		return usage_error("%s: %s: give a readable %s file", p->path,
				   strerror(errno), p->format->file);
	if (!fstat(fileno(p->file), &st) && S_ISDIR(st.st_mode)) {
		fclose(p->file);
		return usage_error("%s: is a directory: give a %s file",
				   p->path, p->format->file);
	}
	return 0;
}

static int report(struct ini_parser *p)
{
	if (p->error && p->error_line)
		return usage_error("%s:%d: %s", p->path, p->error_line,
				   p->error);
	if (p->error)
		return usage_error("%s: %s", p->path, p->error);
	if (!p->nr_seen && !p->format->may_be_empty)
		return usage_error("%s: has no %s in it: start one with %s",
				   p->path, p->format->section,
				   p->format->example);
	return 0;
}

int ini_load(const struct ini_format *format, const char *path, void *arg)
{
	struct ini_parser p = { .format = format, .arg = arg, .path = path };
	int err = open_file(&p);

	if (err)
		return err;
	err = ini_parse_stream(read_line, &p, handle, &p);
	if (err)
		syntax(&p, err > 0 ? err : 0);
	section_end(&p);
	err = report(&p);
	section_free(&p.section);
	for (size_t i = 0; i < p.nr_seen; i++)
		free(p.seen[i].name);
	free(p.seen);
	free(p.error);
	free(p.buf);
	fclose(p.file);
	return err;
}
