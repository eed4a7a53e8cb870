// SPDX-License-Identifier: GPL-2.0-only
#include "scratch.h"

#include <archive.h>
#include <archive_entry.h>

#include "../initramfs.h"

static int setup(void **state)
{
	(void)state;
	if (scratch_make())
		return -1;
	make("tests");
	put("init", "the init", 8);
	put("disk.img", "the disk", 8);
	put("stlb.ko", "the module", 10);
	put("tests/cow", "cow's tests", 11);
	make("modules");
	put("modules/b.ko", "second", 6);
	put("modules/a.ko", "first", 5);
	put("modules/a.ko.xz", "", 0);
	put("tests/unmap", "", 0);
	return 0;
}

static char *write_with(const char *const *families, const char *module,
			const char *modules)
{
	char *path = in_dir("out"), *ko = in_dir(module);
	struct initramfs fs = {
		.guest = dir,
		.module = ko,
		.modules = modules,
		.plan = "test cow.copy.page\n",
		.families = families,
	};
	char *error = initramfs_write(&fs, path);

	free(path);
	free(ko);
	return error;
}

static char *write_one(const char *const *families, const char *module)
{
	return write_with(families, module, NULL);
}

/* "mode name size" of each entry, and the contents of files. */
static void list(char *text, size_t size)
{
	struct archive *a = archive_read_new();
	char *path = in_dir("out");
	struct archive_entry *e;

	*text = '\0';
	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, path, 4096), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		size_t len = strlen(text);
		char data[100] = "";

		if (archive_entry_filetype(e) == AE_IFREG)
			assert_true(archive_read_data(a, data, 99) >= 0);
		snprintf(text + len, size - len, "%o %s %s%s",
			 archive_entry_mode(e), archive_entry_pathname(e), data,
			 *data && data[strlen(data) - 1] == '\n' ? "" : "\n");
		if (archive_entry_filetype(e) == AE_IFCHR) {
			assert_int_equal(archive_entry_rdevmajor(e), 5);
			assert_int_equal(archive_entry_rdevminor(e), 1);
		}
		assert_int_equal(archive_entry_uid(e), 0);
	}
	archive_read_free(a);
	free(path);
}

static void contents(void **state)
{
	const char *const families[] = { "cow", "unmap", NULL };
	char text[1000];

	(void)state;
	assert_null(write_one(families, "stlb.ko"));
	list(text, sizeof(text));
	assert_string_equal(text, "40755 dev \n"
				  "40755 proc \n"
				  "40755 sys \n"
				  "40755 tmp \n"
				  "40755 tests \n"
				  "20600 dev/console \n"
				  "100755 init the init\n"
				  "100755 disk.img the disk\n"
				  "100644 stlb.ko the module\n"
				  "100644 plan test cow.copy.page\n"
				  "100755 tests/cow cow's tests\n"
				  "100755 tests/unmap \n");
}

/* The kernel's own, by name; there may be none, and no directory for them. */
static void modules(void **state)
{
	const char *const families[] = { NULL };
	char *with = in_dir("modules"), *without = in_dir("nosuch");
	char text[1000];

	(void)state;
	assert_null(write_with(families, "stlb.ko", with));
	list(text, sizeof(text));
	assert_non_null(strstr(text, "40755 modules \n"
				     "100644 modules/a.ko first\n"
				     "100644 modules/b.ko second\n"
				     "100644 plan "));
	assert_null(write_with(families, "stlb.ko", without));
	list(text, sizeof(text));
	assert_non_null(strstr(text, "40755 modules \n100644 plan "));
	free(with);
	free(without);
}

/* What is missing is named, and the old archive stays. */
static void missing(void **state)
{
	const char *const families[] = { "cow", NULL };
	const char *const none[] = { "nosuch", NULL };
	char before[1000], after[1000], *error;

	(void)state;
	assert_null(write_one(families, "stlb.ko"));
	list(before, sizeof(before));
	error = write_one(none, "stlb.ko");
	assert_non_null(strstr(error, "tests/nosuch: No such file"));
	free(error);
	error = write_one(families, "nosuch.ko");
	assert_non_null(strstr(error, "nosuch.ko: No such file"));
	free(error);
	list(after, sizeof(after));
	assert_string_equal(before, after);
}

static void no_space(void **state)
{
	const char *const families[] = { "cow", NULL };
	struct initramfs fs = {
		.guest = dir, .plan = "", .families = families, .module = "/"
	};
	char *error = initramfs_write(&fs, "/nonexistent/out");

	(void)state;
	assert_non_null(strstr(error, "cannot write /nonexistent/out"));
	free(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents),
		cmocka_unit_test(modules),
		cmocka_unit_test(missing),
		cmocka_unit_test(no_space),
	};

	return cmocka_run_group_tests(tests, setup, scratch_remove);
}
