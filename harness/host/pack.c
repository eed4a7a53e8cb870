// SPDX-License-Identifier: GPL-2.0-only

#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "reread.h"
#include "text.h"

/* Values, each once. */
struct table {
	json_t *list;
	json_t *numbers; /* by value, as text */
};

struct tables {
	struct table tests, reasons, rules, data, traces, lines, logs, commands;
};

static void tables_do(struct tables *t, void (*what)(struct table *))
{
	what(&t->tests);
	what(&t->reasons);
	what(&t->rules);
	what(&t->data);
	what(&t->traces);
	what(&t->lines);
	what(&t->logs);
	what(&t->commands);
}

static void table_new(struct table *t)
{
	t->list = json_array();
	t->numbers = json_object();
}

static void table_free(struct table *t)
{
	json_decref(t->list);
	json_decref(t->numbers);
}

/* Takes @value. */
static json_t *number_of(struct table *t, json_t *value)
{
	char *text = json_is_string(value) ?
			     text_dup(json_string_value(value)) :
			     json_dumps(value, JSON_COMPACT);
	json_t *nr = json_object_get(t->numbers, text);

	if (!nr) {
		nr = json_integer(json_array_size(t->list));
		json_object_set_new(t->numbers, text, nr);
		json_array_append(t->list, value);
	}
	json_decref(value);
	free(text);
	return json_incref(nr);
}

/* ---- one test ------------------------------------------------------------ */

static json_t *test_of(struct tables *t, const json_t *test)
{
	json_t *value = json_object();

	json_object_set(value, "name", json_object_get(test, "name"));
	json_object_set(value, "transition",
			json_object_get(test, "transition") ?: json_null());
	return number_of(&t->tests, value);
}

/* Numbers of its lines. */
static json_t *log_of(struct tables *t, const json_t *test)
{
	const char *at = reread_string(test, "log"), *end;
	json_t *lines = json_array();

	for (; *at; at = *end ? end + 1 : end) {
		end = at + strcspn(at, "\n");
		json_array_append_new(lines,
				      number_of(&t->lines,
						json_stringn(at, end - at)));
		/* One without an end is followed by nothing. */
		if (!*end)
			json_array_append_new(lines, json_null());
	}
	return number_of(&t->logs, lines);
}

/* What stands around its name, or the whole. */
static json_t *command_of(struct tables *t, const json_t *test)
{
	const char *command = reread_string(test, "reproduce");
	const char *name = reread_string(test, "name");
	const char *at = *name ? strstr(command, name) : NULL;
	json_t *parts = json_array();

	json_array_append_new(parts, at ? json_stringn(command, at - command) :
					  json_string(command));
	if (at)
		json_array_append_new(parts, json_string(at + strlen(name)));
	return number_of(&t->commands, parts);
}

static void pack_value(json_t *to, struct table *t, const json_t *test,
		       const char *member)
{
	json_t *value = json_object_get(test, member);

	if (value && !json_is_null(value))
		json_object_set_new(to, member,
				    number_of(t, json_incref(value)));
}

static json_t *pack_test(struct tables *t, const json_t *test)
{
	static const char *const same[] = { "verdict", "boot", "seconds" };
	json_t *j = json_object();

	json_object_set_new(j, "test", test_of(t, test));
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		json_object_set(j, same[i], json_object_get(test, same[i]));
	if (*reread_string(test, "signature"))
		json_object_set(j, "signature",
				json_object_get(test, "signature"));
	pack_value(j, &t->reasons, test, "reason");
	pack_value(j, &t->rules, test, "rules");
	pack_value(j, &t->data, test, "data");
	pack_value(j, &t->traces, test, "trace");
	json_object_set_new(j, "log", log_of(t, test));
	json_object_set_new(j, "reproduce", command_of(t, test));
	return j;
}

/* ---- all of them --------------------------------------------------------- */

static json_t *pack_cell(struct tables *t, json_t *cell)
{
	json_t *j = json_copy(cell), *tests = json_array();
	const json_t *test;
	size_t i;

	json_array_foreach(json_object_get(cell, "tests"), i, test)
		json_array_append_new(tests, pack_test(t, test));
	json_object_set_new(j, "tests", tests);
	return j;
}

json_t *pack(const json_t *results)
{
	json_t *j = json_copy((json_t *)results), *cells = json_array(), *cell;
	struct tables t;
	size_t i;

	tables_do(&t, table_new);
	json_array_foreach(json_object_get(results, "cells"), i, cell)
		json_array_append_new(cells, pack_cell(&t, cell));
	json_object_set_new(j, "schema", json_integer(PACK_SCHEMA));
	json_object_del(j, "cells");
	json_object_set(j, "tests", t.tests.list);
	json_object_set(j, "reasons", t.reasons.list);
	json_object_set(j, "rules", t.rules.list);
	json_object_set(j, "data", t.data.list);
	json_object_set(j, "traces", t.traces.list);
	json_object_set(j, "lines", t.lines.list);
	json_object_set(j, "logs", t.logs.list);
	json_object_set(j, "commands", t.commands.list);
	json_object_set_new(j, "cells", cells);
	tables_do(&t, table_free);
	return j;
}

/* ---- and back ------------------------------------------------------------ */

/* The entry of @table that @number is the number of, or NULL. */
static json_t *entry_of(const json_t *packed, const char *table,
			const json_t *number)
{
	json_int_t nr = json_integer_value(number);

	if (!json_is_integer(number) || nr < 0)
		return NULL;
	return json_array_get(json_object_get(packed, table), nr);
}

/* A string, or NULL. */
static json_t *unpack_log(const json_t *packed, const json_t *numbers)
{
	const json_t *number;
	char *text;
	size_t len, i;
	FILE *f = alloc_stream(&text, &len);
	bool whole = json_is_array(numbers);
	json_t *log;

	json_array_foreach(numbers, i, number) {
		const json_t *line = entry_of(packed, "lines", number);
		bool last = json_is_null(json_array_get(numbers, i + 1));

		if (json_is_null(number))
			break;
		whole &= json_is_string(line);
		fprintf(f, "%s%s", json_string_value(line) ?: "",
			last ? "" : "\n");
	}
	fclose(f);
	log = whole ? json_string(text) : NULL;
	free(text);
	return log;
}

/* The same is one, for its size. */
static json_t *unpack_logs(const json_t *packed)
{
	json_t *all = json_array(), *log;
	const json_t *numbers;
	size_t i;

	json_array_foreach(json_object_get(packed, "logs"), i, numbers) {
		log = unpack_log(packed, numbers);
		json_array_append_new(all, log ?: json_null());
	}
	return all;
}

static json_t *unpack_command(const json_t *packed, const json_t *test,
			      const json_t *name)
{
	const json_t *parts = entry_of(packed, "commands",
				       json_object_get(test, "reproduce"));
	const char *head = json_string_value(json_array_get(parts, 0));
	const char *tail = json_string_value(json_array_get(parts, 1));
	json_t *command;
	char *text;

	if (!head)
		return NULL;
	text = tail ? text_printf("%s%s%s", head, json_string_value(name),
				  tail) :
		      text_dup(head);
	command = json_string(text);
	free(text);
	return command;
}

/* Whether @to has now what member of @test is the number of; it may be missing. */
static bool unpack_value(json_t *to, const json_t *packed, const char *table,
			 const json_t *test, const char *member)
{
	const json_t *number = json_object_get(test, member);

	return !number ||
	       !json_object_set(to, member, entry_of(packed, table, number));
}

static json_t *unpack_test(const json_t *packed, const json_t *logs,
			   json_t *test)
{
	json_t *j = json_copy(test), *log;
	const json_t *which =
		entry_of(packed, "tests", json_object_get(test, "test"));
	json_t *name = json_object_get(which, "name");
	const json_t *number = json_object_get(test, "log");
	bool whole = json_is_string(name) && json_is_integer(number);

	json_object_del(j, "test");
	json_object_update_missing(j, (json_t *)which);
	if (!json_object_get(test, "signature"))
		json_object_set_new(j, "signature", json_string(""));
	json_object_set_new(j, "reason", json_null());
	whole &= unpack_value(j, packed, "reasons", test, "reason") &&
		 unpack_value(j, packed, "rules", test, "rules") &&
		 unpack_value(j, packed, "data", test, "data") &&
		 unpack_value(j, packed, "traces", test, "trace");
	log = json_array_get(logs, json_integer_value(number));
	whole = whole && json_is_string(log) &&
		!json_object_set(j, "log", log) &&
		!json_object_set_new(j, "reproduce",
				     unpack_command(packed, test, name));
	if (whole)
		return j;
	json_decref(j);
	return NULL;
}

static json_t *unpack_cell(const json_t *packed, const json_t *logs,
			   json_t *cell)
{
	json_t *j = json_copy(cell), *tests = json_array(), *test;
	bool is_cell = json_is_array(json_object_get(cell, "tests"));
	size_t i;

	json_array_foreach(json_object_get(cell, "tests"), i, test) {
		json_t *whole = unpack_test(packed, logs, test);

		if (!whole || json_array_append_new(tests, whole)) {
			json_decref(tests);
			json_decref(j);
			return NULL;
		}
	}
	json_object_set_new(j, "tests", tests);
	if (is_cell)
		return j;
	json_decref(j);
	return NULL;
}

json_t *unpack(const json_t *packed)
{
	static const char *const tables[] = { "tests", "reasons", "rules",
					      "data",  "traces",  "lines",
					      "logs",  "commands" };
	json_t *j = json_copy((json_t *)packed), *cells = json_array(), *cell;
	json_t *logs = unpack_logs(packed);
	bool whole = json_is_array(json_object_get(packed, "cells"));
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		json_object_del(j, tables[i]);
	json_object_set_new(j, "schema", json_integer(2));
	json_array_foreach(json_object_get(packed, "cells"), i, cell)
		whole = whole &&
			!json_array_append_new(cells,
					       unpack_cell(packed, logs, cell));
	json_object_set_new(j, "cells", cells);
	json_decref(logs);
	if (whole)
		return j;
	json_decref(j);
	return NULL;
}

/* ---- as text ------------------------------------------------------------- */

/* Containers in it, one within the other: 0 of a number. */
static int height(const json_t *j)
{
	const json_t *value;
	const char *name;
	int highest = 0, h;
	size_t i;

	json_array_foreach(j, i, value) {
		h = height(value);
		highest = h > highest ? h : highest;
	}
	json_object_foreach((json_t *)j, name, value) {
		h = height(value);
		highest = h > highest ? h : highest;
	}
	return json_is_array(j) || json_is_object(j) ? highest + 1 : 0;
}

static void put(FILE *f, const json_t *j, int depth);

static void put_members(FILE *f, const json_t *j, int depth)
{
	const json_t *value;
	const char *name, *between = "";
	size_t i;

	json_array_foreach(j, i, value) {
		fprintf(f, "%s\n%*s", between, depth, "");
		put(f, value, depth);
		between = ",";
	}
	json_object_foreach((json_t *)j, name, value) {
		json_t *key = json_string(name);

		fprintf(f, "%s\n%*s", between, depth, "");
		json_dumpf(key, f, JSON_ENCODE_ANY);
		fputs(": ", f);
		put(f, value, depth);
		json_decref(key);
		between = ",";
	}
}

static void put(FILE *f, const json_t *j, int depth)
{
	int h = height(j);

	if (!h || (depth > 1 && h < 2)) {
		json_dumpf(j, f,
			   JSON_ENCODE_ANY | JSON_COMPACT |
				   JSON_REAL_PRECISION(9));
		return;
	}
	fputc(json_is_array(j) ? '[' : '{', f);
	put_members(f, j, depth + 1);
	fprintf(f, "\n%*s%c", depth, "", json_is_array(j) ? ']' : '}');
}

void pack_put(FILE *f, const json_t *packed)
{
	put(f, packed, 0);
	fputc('\n', f);
}
