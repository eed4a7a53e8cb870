// SPDX-License-Identifier: GPL-2.0-only
#include "scratch.h"

#include "../kernel.h"
#include "../words.h"

static int setup(void **state)
{
	unsigned char head[STLB_IMAGE_HEAD] = { 0 };

	(void)state;
	if (scratch_make())
		return -1;
	memcpy(head + 0x202, "HdrS", 4);
	put("x86", head, sizeof(head));
	memset(head, 0, sizeof(head));
	memcpy(head + 56, "ARM\x64", 4);
	put("arm64", head, sizeof(head));
	put("short", "MZ", 2);
	put("empty", "", 0);
	make("kernels");
	make("kernels/x-arm64");
	put("kernels/x-arm64/image", head, sizeof(head));
	put("kernels/x-arm64/release", "6.12.9-arm64\n", 13);
	put("kernels/x-arm64/package", "linux-image-x 1\n", 16);
	make("build");
	put("build/Makefile", "", 0);
	return 0;
}

/* Opens it for arm64; @error is a part of the message, or NULL. */
static void expect(const char *spec, const char *build, const char *error)
{
	struct options opt = { .cache = dir, .build_dir = build, .root = "/r" };
	struct kernel_files files;
	char *line =
		kernel_open(&files, &opt, stlb_arch_find("arm64"), spec, NULL);

	if (!error && line)
		fail_msg("%s: %s", spec, line);
	if (error && (!line || !strstr(line, error)))
		fail_msg("%s: wanted '%s', got: %s", spec, error, line);
	free(line);
	kernel_close(&files);
}

static void expect_image(const char *name, const char *build, const char *error)
{
	char *spec = text_printf("image:%s/%s", dir, name);
	char *path = build ? in_dir(build) : NULL;

	expect(spec, path, error);
	free(spec);
	free(path);
}

static void images(void **state)
{
	(void)state;
	expect_image("arm64", "build", NULL);
	expect_image("arm64", NULL, "give --build-dir");
	expect_image("arm64", "nosuch", "No such file or directory");
	expect_image("arm64", "kernels", "has no Makefile");
	expect_image("x86", "build", "is an x86 kernel; this cell is arm64");
	expect_image("short", "build", "is no arm64 kernel");
	expect_image("empty", "build", "is no arm64 kernel");
	expect_image("nosuch", "build", "cannot be read: No such file");
	expect_image("build", "build", "cannot be read: Is a directory");
	expect("image:/dev/null", "/", "is no arm64 kernel");
}

static void fetched(void **state)
{
	struct options opt = { .cache = dir, .root = "/the root" };
	const struct stlb_arch *arm64 = stlb_arch_find("arm64");
	struct kernel_files files;
	char *entry = in_dir("kernels/x-arm64"), *error;
	char **argv;

	(void)state;
	assert_null(kernel_open(&files, &opt, arm64, "debian:6.12", entry));
	assert_string_equal(files.release, "6.12.9-arm64");
	assert_string_equal(files.package, "linux-image-x 1");
	argv = kernel_module_argv(&opt, arm64, &files);
	assert_string_equal(argv[0], "/the root/harness/setup/build-module.sh");
	assert_string_equal(argv[1], "/the root");
	assert_string_equal(argv[2], files.build_dir);
	assert_string_equal(argv[3], "arm64");
	assert_int_equal(list_len(argv), 5);
	list_free(argv);
	kernel_close(&files);
	free(entry);
	error = kernel_open(&files, &opt, arm64, "tree:/x", dir);
	assert_non_null(strstr(error, "cannot be read"));
	assert_string_equal(files.package, "tree:/x");
	free(error);
	kernel_close(&files);
	expect("debian:6.12", NULL, "does not say where debian:6.12 is");
}

static char **fetch(const struct options *opt, const char *spec, char **configs)
{
	struct cell cell = {
		.arch = stlb_arch_find("arm64"),
		.kernel = (char *)spec,
		.configs = configs,
		.defconfig = configs,
	};

	return kernel_fetch_argv(opt, &cell);
}

static void commands(void **state)
{
	struct options opt = { .cache = dir, .root = "/the root" };
	static const char *const sources[] = { "tree:/a b@v6.1", "source:6.12",
					       "tarball:/x.tar" };
	char **argv;

	(void)state;
	argv = fetch(&opt, "debian:6.12", NULL);
	assert_string_equal(argv[0],
			    "/the root/harness/setup/debian-kernel.sh");
	assert_string_equal(argv[1], "6.12");
	assert_string_equal(argv[2], "arm64");
	assert_string_equal(argv[3], "aarch64-linux-gnu-");
	assert_int_equal(list_len(argv), 4);
	list_free(argv);
	assert_null(fetch(&opt, "image:/x", NULL));
	for (size_t i = 0; i < 3; i++) {
		argv = fetch(&opt, sources[i], NULL);
		assert_string_equal(argv[0],
				    "/the root/harness/setup/build-kernel.sh");
		assert_string_equal(argv[1], "/the root");
		assert_string_equal(argv[2], sources[i]);
		assert_string_equal(argv[3], "arm64");
		assert_int_equal(list_len(argv), 5);
		list_free(argv);
	}
	argv = fetch(&opt, "tree:/x", (char *[]){ "kasan", "/x.config", NULL });
	assert_string_equal(argv[1], "--defconfig");
	assert_string_equal(argv[2], "/the root");
	assert_string_equal(argv[6],
			    "/the root/configs/kernel/options/kasan.config");
	assert_string_equal(argv[7], "/x.config");
	assert_int_equal(list_len(argv), 8);
	list_free(argv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images),
		cmocka_unit_test(fetched),
		cmocka_unit_test(commands),
	};

	return cmocka_run_group_tests(tests, setup, scratch_remove);
}
