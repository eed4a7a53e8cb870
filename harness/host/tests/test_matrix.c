// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../matrix.h"
#include "../words.h"

static char *archs[4], *kernels[4];

static int load(struct run *run, const void *bytes, size_t len,
		struct options *opt)
{
	char *path = make_file(bytes, len);
	int err;

	*run = (struct run){ .opt = opt };
	opt->matrix = path;
	err = matrix_load(run, opt);
	unlink(path);
	free(path);
	return err;
}

static void good(struct run *run, const char *text, struct options *opt)
{
	capture_start();
	if (load(run, text, strlen(text), opt))
		fail_msg("%s", capture_end());
	free(capture_end());
}

static void bad_bytes(const void *bytes, size_t len, const char *want)
{
	struct options opt = { .root = "." };
	struct run run;

	capture_start();
	assert_int_equal(load(&run, bytes, len, &opt), RUN_USAGE);
	assert_message(capture_end(), want);
	assert_null(run.cells);
}

static void bad(const char *text, const char *want)
{
	bad_bytes(text, strlen(text), want);
}

static void narrowed(struct options *opt, const char *text, const char *want)
{
	struct run run;

	capture_start();
	assert_int_equal(load(&run, text, strlen(text), opt), RUN_USAGE);
	assert_message(capture_end(), want);
}

#define A "[a]\narch = arm64\nkernel = debian:6.1\n"
#define B "[b]\narch = x86\nkernel = debian:6.12\n"

static void whole(void **state)
{
	struct options opt = { 0 };
	struct run run;

	(void)state;
	good(&run,
	     "\xef\xbb\xbf# a comment\n; another\n\n  [a]\r\n"
	     "  arch = aarch64\r\nkernel = debian:6.1 ; why\r\n"
	     "cpu = max,pauth-impdef=on\ncpus = 4\nmemory=1024\n" B,
	     &opt);
	assert_int_equal(run.nr_cells, 2);
	assert_string_equal(run.cells[0].name, "a");
	assert_string_equal(run.cells[0].arch->name, "arm64");
	assert_string_equal(run.cells[0].kernel, "debian:6.1");
	assert_string_equal(run.cells[0].cpu, "max,pauth-impdef=on");
	assert_int_equal(run.cells[0].cpus, 4);
	assert_int_equal(run.cells[0].memory_mib, 1024);
	assert_null(run.cells[1].cpu);
	assert_int_equal(run.cells[1].cpus, 2);
	assert_int_equal(run.cells[1].memory_mib, 512);
	matrix_free(&run);
}

static void keys(void **state)
{
	(void)state;
	bad(A "kernal = x\n",
	    ":4: unknown key 'kernal': did you mean 'kernel'?");
	bad(A "zzzzzz = x\n", "a cell has arch, kernel, cpu, cpus, memory");
	bad(A "arch = x86\n", ":4: duplicate key 'arch', first in line 2");
	bad("[a]\narch = arm64\n" B, ":1: cell [a] has no kernel");
	bad("[a]\n" B, ":1: cell [a] has no arch");
	bad(B "[a]\n", ":4: cell [a] has no arch");
	bad("arch = arm64\n", ":1: 'arch' stands before the first cell");
	bad("[a]\narch =\nkernel = debian:6.1\n", ":2: arch has no value");
	bad(A "nonsense\n" B, ":4: neither [cell] nor");
	bad(A "[b\n", ":4: neither [cell] nor");
	bad(A "= x\n", ":4:");
	bad("[a]\narch = arm64\n kernel = debian:6.1\n",
	    ":3: an indented line goes on with arch");
}

static void sections(void **state)
{
	(void)state;
	bad(A "[a]\narch = x86\n", ":4: duplicate cell [a], first in line 1");
	bad("[a]\n[a]\n", ":1: cell [a] has no arch");
	bad(A "[b]\narch = arm64\nkernel = debian:6.1\n",
	    ":4: duplicate cell: [b] is the same as [a]");
	bad("[A]\narch = arm64\n", ":1: 'A' cannot name a cell");
	bad("[]\n", "cannot name a cell");
	bad("[../x]\n", "cannot name a cell");
	bad("[.hidden]\n", "cannot name a cell");
	bad("[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", "at most 40");
	bad("[results.json]\narch = x86\nkernel = debian:6.1\n",
	    "name of a report");
}

#define BUILT "[a]\narch = arm64\nkernel = source:6.12\n"

static void configurations(void **state)
{
	char *config[] = { "debug", NULL }, *cells[] = { "b", NULL };
	struct options opt = { .root = "." };
	struct run run;

	(void)state;
	good(&run,
	     BUILT "config = kasan, debug,kasan\ndefconfig = yes\n"
		   "[b]\narch = arm64\nkernel = source:6.12\n",
	     &opt);
	assert_int_equal(run.nr_cells, 2);
	assert_int_equal(list_len(run.cells[0].configs), 2);
	assert_string_equal(run.cells[0].configs[1], "debug");
	assert_true(run.cells[0].defconfig);
	assert_null(run.cells[1].configs);
	assert_false(run.cells[1].defconfig);
	matrix_free(&run);
	opt.configs = config;
	opt.cells = cells;
	good(&run,
	     BUILT "config = kasan\n[b]\narch = arm64\nkernel = source:6.1\n"
		   "config = kasan\n",
	     &opt);
	assert_int_equal(run.nr_cells, 1);
	assert_string_equal(run.cells[0].name, "b");
	assert_string_equal(run.cells[0].configs[0], "kasan");
	assert_string_equal(run.cells[0].configs[1], "debug");
	matrix_free(&run);
	narrowed(&opt, BUILT, "--cell b: there is no such cell");
	opt.cells = NULL;
	narrowed(&opt, A, "--config debug: debian:6.1 is not built here");
	bad(BUILT "config = nosuch\n",
	    ":4: config = nosuch: no configuration 'nosuch': there are ");
	bad(BUILT "config = /nosuch\n",
	    ":4: config = /nosuch: the fragment /nosuch cannot be read: No such");
	bad(BUILT "config = kasan,,debug\n", "has an empty name");
	bad(BUILT "defconfig = 1\n",
	    ":4: defconfig = 1: write defconfig = yes");
	bad(A "config = kasan\n", ":4: debian:6.1 is not built here");
	bad(BUILT "config = kasan\n[b]\narch = arm64\nkernel = source:6.12\n"
		  "config = kasan\n",
	    "[b] is the same as [a]");
}

static void sets(void **state)
{
	struct options opt = { .root = ".", .set = "pagesizes" };
	struct run run = { .opt = &opt };

	(void)state;
	assert_int_equal(matrix_load(&run, &opt), 0);
	assert_true(run.nr_cells > 10);
	matrix_free(&run);
	opt.set = "../secret";
	capture_start();
	assert_int_equal(matrix_load(&run, &opt), RUN_USAGE);
	assert_message(capture_end(), "--set ../secret: there is no such set");
	opt.set = "full";
	narrowed(&opt, A, "are two sets of cells: choose one");
}

static void bad_values(void **state)
{
	(void)state;
	bad("[a]\narch = sparc\nkernel = debian:6.1\n",
	    ":2: unknown architecture 'sparc'");
	bad("[a]\narch = arm64\nkernel = debain:6.1\n",
	    ":3: kernel debain:6.1: did you mean debian:6.1?");
	bad("[a]\narch = arm64\nkernel = tree:\n",
	    ":3: kernel tree:: the path is missing: write tree:PATH");
	bad(A "cpus = 0\n", ":4: cpus = 0 is not a number from 1 to 64");
	bad(A "cpus = 65\n", "not a number");
	bad(A "cpus = two\n", "not a number");
	bad(A "memory = 127\n", "not a number from 128 to 65536");
	bad(A "memory = 512M\n", "not a number");
	bad(A "memory = -512\n", "not a number");
	bad(A "cpu = max rm\n", ":4: cpu = max rm cannot be");
}

static void odd_files(void **state)
{
	static const char garbage[] = "\x7f"
				      "ELF\x02\x01\x01\0\0\0";
	struct options opt = { .matrix = "/nonexistent" };
	struct run run = { .opt = &opt };
	char line[400] = A;

	(void)state;
	bad("", "has no cell in it");
	bad("# nothing\n\n", "has no cell in it");
	bad_bytes(garbage, sizeof(garbage), ":1: byte 0x7f is not text");
	bad_bytes(A "\0", sizeof(A), ":4: byte 0x00 is not text");
	bad(A "cpu = \xff\n", ":4: byte 0xff is not text");
	bad(A "cpu = \xc0\xaf\n", ":4: byte 0xc0");
	memset(line + strlen(line), '#', 300);
	bad(line, ":4: the line is longer than");
	capture_start();
	assert_int_equal(matrix_load(&run, &opt), RUN_USAGE);
	assert_message(capture_end(), "/nonexistent: No such file");
	opt.matrix = "/tmp";
	capture_start();
	assert_int_equal(matrix_load(&run, &opt), RUN_USAGE);
	assert_message(capture_end(), "/tmp: is a directory");
}

static void by_arch(void **state)
{
	struct options opt = { .archs = archs };
	struct run run;

	(void)state;
	archs[0] = "x86";
	archs[1] = NULL;
	good(&run, A B, &opt);
	assert_int_equal(run.nr_cells, 1);
	assert_string_equal(run.cells[0].name, "b");
	matrix_free(&run);
	archs[1] = "powerpc";
	narrowed(&opt, A B,
		 "has no cell for it: add one, or choose from arm64, x86");
	archs[1] = NULL;
}

static void by_kernel(void **state)
{
	struct options opt = { .kernels = kernels };
	struct run run;

	(void)state;
	kernels[0] = "debian:6.12";
	kernels[1] = NULL;
	good(&run, A "cpus = 3\n" B, &opt);
	assert_int_equal(run.nr_cells, 2);
	assert_string_equal(run.cells[0].name, "arm64-6.12");
	assert_string_equal(run.cells[0].kernel, "debian:6.12");
	assert_int_equal(run.cells[0].cpus, 3);
	assert_string_equal(run.cells[1].name, "b");
	matrix_free(&run);
	/* a made name that a cell of the file already has */
	kernels[1] = "debian:6.1";
	good(&run, "[arm64-6.12]\narch = arm64\nkernel = debian:6.1\n", &opt);
	assert_int_equal(run.nr_cells, 2);
	assert_string_equal(run.cells[1].name, "arm64-6.12");
	assert_string_not_equal(run.cells[0].name, run.cells[1].name);
	matrix_free(&run);
}

static void images(void **state)
{
	struct options opt = { .kernels = kernels, .archs = archs };
	struct run run;

	(void)state;
	archs[0] = "arm64";
	archs[1] = NULL;
	kernels[0] = "image:/it's a/Image";
	kernels[1] = NULL;
	narrowed(&opt, A B, "add --build-dir");
	opt.build_dir = "/";
	good(&run, A B, &opt);
	assert_int_equal(run.nr_cells, 1);
	assert_string_equal(run.cells[0].name, "arm64-image");
	assert_string_equal(run.cells[0].kernel, "image:/it's a/Image");
	matrix_free(&run);
	kernels[1] = "image:/other";
	narrowed(&opt, A B, "belongs to one image");
	kernels[1] = NULL;
	opt.archs = NULL;
	narrowed(&opt, A B, "cannot boot on arm64 and x86");
	opt.kernels = NULL;
	narrowed(&opt, A B, "--build-dir is for an image:");
}

/* A cell is named by the last part of a path. */
static void name(const char *spec, const char *kernel, const char *cell)
{
	struct options opt = { .kernels = kernels, .archs = archs };
	struct run run;

	kernels[0] = (char *)spec;
	kernels[1] = NULL;
	archs[0] = "arm64";
	archs[1] = NULL;
	good(&run, A B, &opt);
	assert_int_equal(run.nr_cells, 1);
	assert_string_equal(run.cells[0].kernel, kernel);
	assert_string_equal(run.cells[0].name, cell);
	matrix_free(&run);
}

static void sources(void **state)
{
	(void)state;
	setenv("HOME", "/nonexistent/me", 1);
	assert_int_equal(chdir("/usr"), 0);
	name("source:6.12", "source:6.12", "arm64-6.12");
	name("tarball:~/a/linux-6.12.tar.xz",
	     "tarball:/nonexistent/me/a/linux-6.12.tar.xz",
	     "arm64-linux-6.12.tar.xz");
	name("tree:~/linux", "tree:/nonexistent/me/linux", "arm64-linux");
	name("tree:~/linux/@v6.12", "tree:/nonexistent/me/linux/@v6.12",
	     "arm64--v6.12");
	name("tree:/src/linux//", "tree:/src/linux", "arm64-linux");
	name("tree:~", "tree:/nonexistent/me", "arm64-me");
	name("tree:~you/linux", "tree:/usr/~you/linux", "arm64-linux");
	name("tree:.", "tree:/usr", "arm64-usr");
	name("tree:./", "tree:/usr", "arm64-usr");
	name("tree:././lib", "tree:/usr/lib", "arm64-lib");
	name("tree:.@HEAD~2", "tree:/usr@HEAD~2", "arm64-usr-head-2");
	name("tree:lib", "tree:/usr/lib", "arm64-lib");
	name("tree:../lib", "tree:/usr/../lib", "arm64-lib");
	name("tree:/", "tree:/", "arm64-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),	  cmocka_unit_test(keys),
		cmocka_unit_test(sections),	  cmocka_unit_test(bad_values),
		cmocka_unit_test(odd_files),	  cmocka_unit_test(by_arch),
		cmocka_unit_test(by_kernel),	  cmocka_unit_test(images),
		cmocka_unit_test(configurations), cmocka_unit_test(sets),
		cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
