// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "../picture.h"

/* One test of the transition upgrade.wp_reuse; @more: further members. */
#define TEST(form, verdict, signature, trace, log, more)                  \
	"{\"name\":\"upgrade.wp_reuse." form "\",\"transition\":"         \
	"\"upgrade.wp_reuse\",\"verdict\":\"" verdict "\",\"signature\":" \
	"\"" signature "\",\"reason\":null,\"rules\":[{\"profile\":"      \
	"\"smmuv3\",\"need\":\"REQUIRED\",\"why\":\"it may\",\"cite\":"   \
	"\"the book\"}],\"trace\":[" trace "],\"log\":\"" log "\"" more "}"
#define MISSED                                                              \
	"# stlb: reason smmuv3: page 0 became writable and nothing came\\n" \
	"# stlb: failed coverage:secondary:smmuv3\\n"

/* The picture of the first of these tests; NULL: none. The caller frees. */
static char *draw(const char *tests, bool alone)
{
	json_t *cell = json_pack("{s:s,s:o}", "name", "arm64-6.1", "tests",
				 json_loads(tests, 0, NULL));
	const json_t *all = json_object_get(cell, "tests");
	char *svg;

	assert_true(json_is_array(all));
	svg = picture_svg(cell, json_array_get(all, 0), all, alone);
	json_decref(cell);
	return svg;
}

static void shows(const char *svg, const char *what)
{
	assert_non_null(svg);
	if (!strstr(svg, what))
		fail_msg("there is no %s in %s", what, svg);
}

static size_t count(const char *svg, const char *what)
{
	size_t nr = 0;

	for (; (svg = strstr(svg, what)); svg++)
		nr++;
	return nr;
}

/* The seed: nothing came, and the device's write faults. */
static void endless_fault(void **state)
{
	char *svg = draw(
		"[" TEST(
			"page", "XFAIL", "coverage:secondary:smmuv3",
			"\"before 1r\",\"after 1w\"", MISSED,
			",\"data\":{\"callbacks\":0,\"pages\":1}") "," TEST("model",
									    "XFAIL",
									    "liveness:model:smmuv3",
									    "\"look smmuv3 0 read moved\","
									    "\"look smmuv3 0 write permission fault\"",
									    "# stlb: reason smmuv3: page 0: the write failed\\n"
									    "# stlb: failed liveness:model:smmuv3\\n",
									    ",\"data\":{\"smmuv3.stale_pages\":1}") "]",
		true);

	(void)state;
	shows(svg, ">read-only</text>");
	shows(svg, ">writable</text>");
	assert_int_equal(count(svg, ">missing</text>"), 1);
	shows(svg, ">none came</text>");
	shows(svg, ">smmuv3: page 0 became writable and nothing came</text>");
	shows(svg, ">the rule: REQUIRED: it may (the book)</text>");
	shows(svg, ">model smmuv3</text>");
	shows(svg, ">read: done, write: permission fault</text>");
	shows(svg, ">smmuv3: page 0: the write failed</text>");
	free(svg);
}

static void early(void **state)
{
	char *svg = draw("[" TEST("page", "FAIL", "order:secondary:smmuv3",
				  "\"before 1r\",\"secondary 0 1 1r ptl\","
				  "\"after 1w\"",
				  "# stlb: reason smmuv3: page 0 was told only "
				  "while it was read-only\\n"
				  "# stlb: failed order:secondary:smmuv3\\n",
				  "") "]",
			 true);

	(void)state;
	shows(svg, ">early [0, 1)</text>");
	assert_int_equal(count(svg, ">missing</text>"), 1);
	shows(svg, "was told only while it was read-only</text>");
	free(svg);
}

/* Two of three pages heard nothing, on both sides of the one that did. */
static void narrow(void **state)
{
	char *svg = draw("[" TEST("run", "FAIL", "coverage:secondary:smmuv3",
				  "\"before 3r\",\"secondary 1 2 3w ptl\","
				  "\"after 3w\"",
				  MISSED, "") "]",
			 true);

	(void)state;
	shows(svg, ">[1, 2)</text>");
	assert_int_equal(count(svg, ">missing</text>"), 2);
	free(svg);
}

static void late_and_windows(void **state)
{
	char *svg =
		draw("[" TEST("page", "PASS", "",
			      "\"before 1r\",\"range_start 0 1 1r - clear\","
			      "\"secondary 0 all 1- ptl\",\"range_end 0 1 1W - "
			      "clear\",\"after 1W\",\"secondary 0 1 1W ptl\"",
			      "", "") "]",
		     true);

	(void)state;
	shows(svg, ">clear [0, 1)</text>");
	shows(svg, ">everything</text>");
	shows(svg, ">late [0, 1)</text>");
	shows(svg, ">read-only, frame A</text>");
	shows(svg, "writable, frame B");
	assert_null(strstr(svg, "missing"));
	free(svg);
}

#define CPU(trace) TEST("cpu", "PASS", "", trace, "", "")
#define PAGE                                                          \
	TEST("page", "PASS", "",                                      \
	     "\"before 1r\",\"range_start 0 1 1r - clear\","          \
	     "\"secondary 0 1 1- ptl\",\"range_end 0 1 1W - clear\"," \
	     "\"after 1W\"",                                          \
	     "", "")

/* In one order with the callbacks, if they are the same; those of the run are left out. */
static void flushes(void **state)
{
	char *svg = draw("[" PAGE "," CPU(
				 "\"callback range_start\","
				 "\"flush 0 1 1n broadcast,leaf\","
				 "\"callback secondary\","
				 "\"callback range_end\","
				 "\"flush 0 all 1n local\","
				 "\"flush 0 1 8n broadcast\"") "]",
			 true);

	(void)state;
	shows(svg, ">CPUs' TLBs flushed</text>");
	assert_int_equal(count(svg, ">[0, 1), all</text>"), 1);
	assert_int_equal(count(svg, ">everything, own</text>"), 1);
	assert_null(strstr(svg, "1 8n"));
	free(svg);
	svg = draw("[" PAGE "," CPU("\"callback secondary\","
				    "\"flush 0 1 1n broadcast\"") "]",
		   true);
	assert_null(strstr(svg, "CPUs' TLBs"));
	free(svg);
}

/* A CPU that was not reached: drawn as a gap. */
static void unflushed(void **state)
{
	char *svg = draw(
		"[" TEST("cpu", "FAIL", "reach:flush:smmuv3",
			 "\"flush 0 1 1o local\"",
			 "# stlb: reason smmuv3: page 0, CPU 1: not reached\\n"
			 "# stlb: failed reach:flush:smmuv3\\n",
			 "") "]",
		true);

	(void)state;
	shows(svg, ">CPUs' TLBs flushed</text>");
	assert_int_equal(count(svg, ">missing</text>"), 1);
	shows(svg, ">smmuv3: page 0, CPU 1: not reached</text>");
	free(svg);
}

/* Nothing of it is markup, and none of its numbers is believed. */
static void hostile(void **state)
{
	char *svg = draw(
		"[" TEST("page", "FAIL", "coverage:secondary:smmuv3",
			 "\"before 99999999999999999999r\",\"before -1r\","
			 "\"secondary 9 -9 4096r4096r <x>\",\"secondary\","
			 "\"\",\"more -5\",\"range_start 5 1 1r\","
			 "\"look\",\"look a b c d\",\"callback\",\"flush\","
			 "\"flush 0 all -5n <i>\",\"flush 1 2 4097n x\"",
			 "# </text><script>alert(1)</script>&amp;\\\"\\n"
			 "# stlb: failed coverage:secondary:smmuv3\\n"
			 "# stlb: failed \\n# stlb: failed :::::\\n",
			 ",\"data\":{\".stale_pages\":9,\"pages\":-3}") "]",
		true);

	(void)state;
	shows(svg,
	      "&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&quot;");
	assert_null(strstr(svg, "<script"));
	free(svg);
}

static void nothing_to_draw(void **state)
{
	(void)state;
	assert_null(draw("[" TEST("page", "SKIP", "", "", "", "") "]", true));
	assert_null(draw("[" TEST("page", "PASS", "", "", "", "") "]", true));
}

static void for_a_page(void **state)
{
	char *svg =
		draw("[" TEST("page", "PASS", "", "\"before 1r\"", "", "") "]",
		     false);

	(void)state;
	assert_memory_equal(svg, "<svg ", 5);
	assert_null(strstr(svg, "<style"));
	assert_null(strstr(svg, "arm64-6.1"));
	assert_non_null(strstr(picture_style, ".pic"));
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endless_fault),
		cmocka_unit_test(early),
		cmocka_unit_test(narrow),
		cmocka_unit_test(late_and_windows),
		cmocka_unit_test(flushes),
		cmocka_unit_test(unflushed),
		cmocka_unit_test(hostile),
		cmocka_unit_test(nothing_to_draw),
		cmocka_unit_test(for_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
