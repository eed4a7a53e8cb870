// SPDX-License-Identifier: GPL-2.0-only

#include "scratch.h"

#include "../reread.h"
#include "../run.h"

#define TEST                                                              \
	"{\"name\":\"cow.copy.page\",\"verdict\":\"FAIL\",\"signature\":" \
	"\"order\",\"reason\":\"why\",\"rules\":[]}"
#define CELL(name)                                                             \
	"{\"name\":\"" name "\",\"arch\":\"arm64\",\"kernel\":\"debian:6.1\"," \
	"\"cpu\":\"max\",\"cpus\":1,\"memory_mib\":512,\"boots\":1,"           \
	"\"infra\":null,\"tests\":[" TEST "]}"
#define RESULTS(cells) "{\"schema\":2,\"cells\":[" cells "]}"

static int setup(void **state)
{
	(void)state;
	return scratch_make();
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void reads_it_where_it_is(void **state)
{
	static const char *const paths[] = { "", "/results.json", "/out" };

	(void)state;
	make("out");
	make("out/latest");
	put_text("results.json", RESULTS(CELL("a") "," CELL("b")));
	put_text("out/latest/results.json", RESULTS(CELL("b")));
	for (size_t i = 0; i < 3; i++) {
		char *path = text_printf("%s%s", dir, paths[i]);
		json_t *j = reread(path);
		const json_t *test;

		assert_non_null(j);
		assert_non_null(reread_cell(j, "b"));
		assert_null(reread_cell(j, "c"));
		test = reread_test(reread_cell(j, "b"), "cow.copy.page");
		assert_string_equal(reread_string(test, "verdict"), "FAIL");
		assert_string_equal(reread_string(test, "nothing"), "");
		json_decref(j);
		free(path);
	}
}

static void refuses(const char *text, const char *want)
{
	put_text("results.json", text);
	capture_start();
	assert_null(reread(dir));
	assert_message(capture_end(), want);
}

static void refuses_what_it_is_not(void **state)
{
	(void)state;
	refuses("", "results.json: ");
	refuses("{", "results.json: ");
	refuses("[]", "schema 2");
	refuses("{\"schema\":1,\"cells\":[]}", "schema 2");
	refuses("{\"schema\":2}", "no cells");
	refuses(RESULTS("{}"), "does not know");
	refuses(RESULTS("{\"name\":1}"), "does not know");
	capture_start();
	assert_null(reread("/nowhere\n"));
	assert_message(capture_end(), "nowhere");
	capture_start();
	assert_int_equal(reread_verdicts("/nowhere"), RUN_USAGE);
	free(capture_end());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_it_where_it_is, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(refuses_what_it_is_not, setup,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
