// SPDX-License-Identifier: GPL-2.0-only

#include "scratch.h"

#include "../pack.h"
#include "../reread.h"

#define TEST(name, log, command)                                              \
	"{\"name\":\"" name "\",\"transition\":\"cow.copy\",\"verdict\":"     \
	"\"FAIL\",\"signature\":\"order\",\"reason\":\"why\",\"rules\":[{"    \
	"\"need\":\"REQUIRED\"}],\"data\":{\"a\":1},\"trace\":[\"x\",\"x\"]," \
	"\"log\":\"" log "\",\"boot\":1,\"seconds\":0.125,\"reproduce\":"     \
	"\"" command "\"}"
#define PLAIN                                                                 \
	"{\"name\":\"api.once\",\"transition\":null,\"verdict\":\"PASS\","    \
	"\"signature\":\"\",\"reason\":null,\"rules\":[],\"data\":{},"        \
	"\"trace\":[],\"log\":\"\",\"boot\":0,\"seconds\":0.0,\"reproduce\":" \
	"\"\"}"
#define CELL(name, tests)                                                      \
	"{\"name\":\"" name "\",\"arch\":\"arm64\",\"kernel\":\"debian:6.1\"," \
	"\"cpu\":\"max\",\"cpus\":1,\"memory_mib\":512,\"boots\":1,"           \
	"\"infra\":null,\"tests\":[" tests "]}"

static const char results[] = "{\"schema\":2,\"cells\":[" CELL(
	"a",
	TEST("cow.copy.page", "one\\n\\ntwo", "x cow.copy.page y") "," TEST(
		"cow.copy.run", "\\n",
		"nothing") "," PLAIN) "," CELL("b", TEST("cow.copy.page",
							 "one\\n\\ntwo\\n",
							 "cow.copy.page")) "]}";

static json_t *packed(void)
{
	json_t *whole = json_loads(results, 0, NULL), *j;

	assert_non_null(whole);
	j = pack(whole);
	json_decref(whole);
	return j;
}

static void nothing_is_lost(void **state)
{
	json_t *whole = json_loads(results, 0, NULL), *j = packed(), *again;

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(j, "schema")),
			 PACK_SCHEMA);
	again = unpack(j);
	assert_non_null(again);
	assert_true(json_equal(whole, again));
	json_decref(again);
	json_decref(j);
	json_decref(whole);
}

static void a_text_is_there_once(void **state)
{
	json_t *j = packed();

	(void)state;
	assert_int_equal(json_array_size(json_object_get(j, "tests")), 3);
	assert_int_equal(json_array_size(json_object_get(j, "reasons")), 1);
	assert_int_equal(json_array_size(json_object_get(j, "rules")), 2);
	assert_int_equal(json_array_size(json_object_get(j, "lines")), 3);
	assert_int_equal(json_array_size(json_object_get(j, "commands")), 4);
	json_decref(j);
}

static void put_packed(json_t *j)
{
	char *path = in_dir("results.json");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	pack_put(f, j);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static void what_is_written_is_read(void **state)
{
	json_t *whole = json_loads(results, 0, NULL), *j = packed(), *again;

	(void)state;
	put_packed(j);
	again = reread(dir);
	assert_true(json_equal(whole, again));
	json_decref(again);
	json_decref(j);
	json_decref(whole);
}

/* The member of the first test becomes @value, which is taken. */
static void refuses(const char *member, json_t *value)
{
	json_t *j = packed();
	json_t *cell = json_array_get(json_object_get(j, "cells"), 0);
	json_t *test = json_array_get(json_object_get(cell, "tests"), 0);

	json_object_set_new(test, member, value);
	assert_null(unpack(j));
	put_packed(j);
	capture_start();
	assert_null(reread(dir));
	assert_message(capture_end(), "does not have");
	json_decref(j);
}

static void numbers_of_nothing_are_refused(void **state)
{
	static const char *const members[] = { "test",	   "reason", "rules",
					       "data",	   "trace",  "log",
					       "reproduce" };

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		refuses(members[i], json_integer(99));
		refuses(members[i], json_integer(-1));
		refuses(members[i], json_string("0"));
	}
}

/* @table of what is packed becomes @value, which is taken. */
static void refuses_table(const char *table, json_t *value)
{
	json_t *j = packed();

	json_object_set_new(j, table, value);
	assert_null(unpack(j));
	json_decref(j);
}

static void tables_of_other_things_are_refused(void **state)
{
	static const char *const tables[] = { "tests", "reasons", "rules",
					      "lines", "logs",	  "commands",
					      "cells" };

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		refuses_table(tables[i], json_integer(1));
	refuses_table("lines", json_pack("[i, i, i]", 1, 2, 3));
	refuses_table("tests", json_pack("[{s:i}]", "name", 1));
	refuses_table("commands", json_pack("[[i]]", 1));
	refuses_table("cells", json_pack("[{s:i}]", "tests", 1));
}

static int setup(void **state)
{
	(void)state;
	return scratch_make();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(a_text_is_there_once),
		cmocka_unit_test_setup_teardown(what_is_written_is_read, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(numbers_of_nothing_are_refused,
						setup, scratch_remove),
		cmocka_unit_test(tables_of_other_things_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
