// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include <errno.h>
#include <sys/stat.h>

#include "../qemu.h"
#include "../words.h"

static const struct stlb_machine machine = {
	.qemu = "qemu-system-test",
	.qemu_package = "qemu-system-misc",
	.args = (const char *const[]){ "-machine", "virt,x=y", NULL },
	.dma_args = (const char *const[]){ "-clock", "virtual", NULL },
	.cpu = "default-cpu",
	.console = "ttyAMA0",
	.channel = "/dev/ttyAMA1",
	.append = "extra=1",
};

static const struct stlb_arch arch = { .name = "test", .machine = &machine };

static struct cell a_cell(void)
{
	return (struct cell){
		.name = "test-1",
		.arch = &arch,
		.cpus = 2,
		.memory_mib = 512,
	};
}

static int unset(void **state)
{
	(void)state;
	unsetenv("STLB_QEMU");
	unsetenv("STLB_QEMU_CHECK");
	unsetenv("STLB_PLUGIN");
	unsetenv("STLB_PLUGIN_FOR");
	return 0;
}

/* The word behind @option, or NULL. */
static const char *value(char *const *argv, const char *option)
{
	for (; argv[0] && argv[1]; argv++)
		if (!strcmp(argv[0], option))
			return argv[1];
	return NULL;
}

static void arguments(void **state)
{
	struct cell cell = a_cell();
	char **argv = qemu_argv(&cell, "/k/image", "/r/initramfs.cpio", false);

	(void)state;
	assert_string_equal(argv[0], "qemu-system-test");
	assert_string_equal(value(argv, "-machine"), "virt,x=y");
	assert_string_equal(value(argv, "-cpu"), "default-cpu");
	assert_string_equal(value(argv, "-smp"), "2");
	assert_string_equal(value(argv, "-m"), "512");
	assert_string_equal(value(argv, "-kernel"), "/k/image");
	assert_string_equal(value(argv, "-initrd"), "/r/initramfs.cpio");
	assert_true(list_has(argv, "-nodefaults"));
	assert_true(list_has(argv, "-no-reboot"));
	assert_true(list_has(argv, "chardev:console"));
	assert_true(list_has(argv, "chardev:channel"));
	assert_non_null(strstr(value(argv, "-append"), "console=ttyAMA0 "));
	assert_non_null(strstr(value(argv, "-append"), " panic=-1 "));
	assert_non_null(strstr(value(argv, "-append"), " mitigations=off "));
	assert_non_null(strstr(value(argv, "-append"), " extra=1"));
	assert_false(list_has(argv, "-clock"));
	list_free(argv);

	cell.append = "mitigations=auto a=b";
	argv = qemu_argv(&cell, "/k", "/r", false);
	assert_non_null(strstr(value(argv, "-append"),
			       " extra=1 mitigations=auto a=b"));
	list_free(argv);
	cell.append = NULL;
	argv = qemu_argv(&cell, "/k", "/r", true);
	assert_string_equal(value(argv, "-clock"), "virtual");
	list_free(argv);

	cell.cpu = "other,feature=off";
	argv = qemu_argv(&cell, "/k", "/r", false);
	assert_string_equal(value(argv, "-cpu"), "other,feature=off");
	list_free(argv);
}

/* Only where this machine's QEMU loads it, whatever that is called today. */
static void plugin(void **state)
{
	struct cell cell = a_cell();
	char **argv;

	(void)state;
	setenv("STLB_PLUGIN", "/b/stlb.so", 1);
	argv = qemu_argv(&cell, "/k", "/r", false);
	assert_false(list_has(argv, "-plugin"));
	list_free(argv);
	setenv("STLB_PLUGIN_FOR", "qemu-system-tes qemu-system-tests", 1);
	assert_null(qemu_plugin(&machine));
	setenv("STLB_PLUGIN_FOR", "qemu-system-x qemu-system-test", 1);
	setenv("STLB_QEMU", "/own/qemu", 1);
	argv = qemu_argv(&cell, "/k", "/r", false);
	assert_string_equal(argv[0], "/own/qemu");
	assert_string_equal(value(argv, "-plugin"), "/b/stlb.so");
	list_free(argv);
	unset(NULL);
}

/* ---- a device that not every QEMU has ----------------------------------- */

static const char *const of_new[] = { "-device", "gadget,good=on", NULL };
static const char *const of_old[] = { "-device", "gadget,x-good=on", NULL };
static const struct stlb_device_args gadget_args[] = {
	{ .property = "good", .args = of_new },
	{ .property = "x-good", .args = of_old },
	{ .property = NULL },
};

static void device_properties(void **state)
{
	const struct stlb_machine m = { .device = "gadget",
					.device_args = gadget_args };

	(void)state;
	assert_ptr_equal(qemu_device_args(&m, "o:\n  good=<bool> - on/off\n"),
			 of_new);
	assert_ptr_equal(qemu_device_args(&m, "o:\n  x-good=<bool>\n"), of_old);
	assert_ptr_equal(qemu_device_args(&m, "  x-good=<b>\n  good=<b>\n"),
			 of_new);
	assert_null(qemu_device_args(&m, "  goods=<b>\n  no-good=<b> good\n"));
	assert_null(qemu_device_args(&m, "good"));
	assert_null(qemu_device_args(&m, ""));
	assert_null(qemu_device_args(&m, NULL));
}

/* argv of a machine with the gadget, asked of a QEMU that is this script */
static char **argv_by(const struct stlb_machine *m, const char *script)
{
	struct stlb_arch a = { .name = "test", .machine = m };
	struct cell cell = a_cell();
	char *path = make_file(script, strlen(script));
	char **argv;

	cell.arch = &a;
	assert_int_equal(chmod(path, 0700), 0);
	setenv("STLB_QEMU", path, 1);
	argv = qemu_argv(&cell, "/k", "/r", false);
	unlink(path);
	free(path);
	return argv;
}

static void device_arguments(void **state)
{
	struct stlb_machine m[3] = { machine, machine, machine };
	char **argv;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		m[i].device = "gadget";
		m[i].device_args = gadget_args;
	}
	argv = argv_by(&m[0], "#!/bin/sh\n"
			      "[ \"$*\" = '-device gadget,help' ] || exit\n"
			      "echo '  x-good=<bool>'\n");
	assert_string_equal(value(argv, "-device"), "gadget,x-good=on");
	list_free(argv);
	argv = argv_by(&m[1], "#!/bin/sh\nexit 1\n");
	assert_null(value(argv, "-device"));
	assert_string_equal(value(argv, "-machine"), "virt,x=y");
	list_free(argv);
	argv = argv_by(&m[2], "no program");
	assert_null(value(argv, "-device"));
	list_free(argv);
}

/* The -device that begins with this name, or NULL. */
static const char *device(char *const *argv, const char *name)
{
	for (; argv[0] && argv[1]; argv++)
		if (!strcmp(argv[0], "-device") &&
		    !strncmp(argv[1], name, strlen(name)))
			return argv[1];
	return NULL;
}

#define HELP(properties)                                    \
	"#!/bin/sh\n"                                       \
	"[ \"$*\" = '-device intel-iommu,help' ] || exit\n" \
	"printf '" properties "'\n"

/* x86, by QEMUs that call VT-d's first stage by one name, the other, or none */
static void first_stage_of_vtd(void **state)
{
	static const char *const scripts[][2] = {
		{ HELP("intel-iommu options:\\n"
		       "  scalable-mode=<bool> - (default: off)\\n"
		       "  fsts=<bool> - (default: off)\\n"),
		  "intel-iommu,intremap=off,scalable-mode=on,fsts=on" },
		{ HELP("intel-iommu options:\\n"
		       "  x-flts=<bool> - (default: off)\\n"
		       "  x-scalable-mode=<bool> - (default: off)\\n"),
		  "intel-iommu,intremap=off,x-scalable-mode=on,x-flts=on" },
		{ HELP("intel-iommu options:\\n"
		       "  x-scalable-mode=<bool> - (default: off)\\n"),
		  NULL },
	};
	/* All alive: each is asked once. */
	struct stlb_machine m[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char **argv;

		m[i] = stlb_machine_x86;
		argv = argv_by(&m[i], scripts[i][0]);
		if (scripts[i][1])
			assert_string_equal(device(argv, "intel-iommu"),
					    scripts[i][1]);
		else
			assert_null(device(argv, "intel-iommu"));
		assert_non_null(device(argv, "edu,"));
		assert_string_equal(value(argv, "-machine"), "q35");
		list_free(argv);
	}
}

/* Where the IOMMU is part of the machine, nothing is asked. */
static void iommu_of_arm64(void **state)
{
	struct stlb_machine m = stlb_machine_arm64;
	char **argv = argv_by(&m, "#!/bin/sh\nkill $PPID\n");

	(void)state;
	assert_non_null(strstr(value(argv, "-machine"), ",iommu=smmuv3"));
	assert_non_null(device(argv, "edu,"));
	/* Two drivers cannot have it. */
	assert_non_null(strstr(value(argv, "-append"),
			       " initcall_blacklist=arm_smmu_driver_init"));
	list_free(argv);
}

/* Paths are words of their own, whatever is in them. */
static void odd_paths(void **state)
{
	struct cell cell = a_cell();
	char **argv =
		qemu_argv(&cell, "/a b/'; rm -rf /;'$(x)", "/\"q\"/i", false);

	(void)state;
	assert_string_equal(value(argv, "-kernel"), "/a b/'; rm -rf /;'$(x)");
	assert_string_equal(value(argv, "-initrd"), "/\"q\"/i");
	list_free(argv);
}

static void environment(void **state)
{
	struct cell cell = a_cell();
	char **argv;

	(void)state;
	assert_string_equal(qemu_binary(&machine), "qemu-system-test");
	assert_true(qemu_check_wanted());
	setenv("STLB_QEMU", "", 1);
	assert_string_equal(qemu_binary(&machine), "qemu-system-test");
	assert_true(qemu_check_wanted());
	setenv("STLB_QEMU", "/opt/my qemu", 1);
	assert_false(qemu_check_wanted());
	argv = qemu_argv(&cell, "/k", "/r", false);
	assert_string_equal(argv[0], "/opt/my qemu");
	list_free(argv);
	setenv("STLB_QEMU_CHECK", "1", 1);
	assert_true(qemu_check_wanted());
}

static void expect_version(const char *output, const char *error)
{
	char *line = qemu_version_error(&machine, output);

	if (!error) {
		assert_null(line);
		return;
	}
	assert_non_null(line);
	if (!strstr(line, error))
		fail_msg("wanted '%s' in: %s", error, line);
	free(line);
}

static void versions(void **state)
{
	(void)state;
	expect_version("QEMU emulator version 10.0.2 (Debian 1:10)\n", NULL);
	expect_version("QEMU emulator version 11.1.3\nCopyright\n", NULL);
	expect_version("QEMU emulator version 100.0\n", NULL);
	expect_version(
		"QEMU emulator version 9.2.0\n",
		"is version 9.2, but 10.0 or newer is needed: install qemu-system-misc");
	expect_version("QEMU emulator version 7.2.22 (Debian)\n", "7.2");
	expect_version("QEMU emulator version 1.0\n", "1.0");
	expect_version("", "does not tell its version");
	expect_version(NULL, "does not tell its version");
	expect_version("version x.y", "does not tell its version");
	expect_version("\x7f"
		       "ELF\xff",
		       "does not tell its version");
}

static void cannot_start(void **state)
{
	char *line = qemu_start_error(&machine, ENOENT);

	(void)state;
	assert_non_null(strstr(line, "qemu-system-test: No such file"));
	assert_non_null(strstr(line, "qemu-system-misc"));
	free(line);
	setenv("STLB_QEMU", "/nowhere", 1);
	line = qemu_start_error(&machine, EACCES);
	assert_non_null(strstr(line, "STLB_QEMU=/nowhere: Permission denied"));
	free(line);
}

/* The script gives the program exactly the words that it was made from. */
static void script(void **state)
{
	const char *const argv[] = {
		"/usr/bin/printf", "<%s>", "plain", "two words", "it's", "-o",
		"$HOME `x` \"y\"", "",	   "a\\b",  "*",	 NULL
	};
	char *path = make_file("", 0);
	char command[100], out[256] = "";
	struct stat st;
	FILE *f;

	(void)state;
	assert_int_equal(qemu_write_script(path, (char *const *)argv,
					   "boot 1\nof x"),
			 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_mode & 0100);
	snprintf(command, sizeof(command), "sh %s", path);
	f = popen(command, "r");
	assert_non_null(f);
	assert_true(fread(out, 1, sizeof(out) - 1, f) > 0);
	assert_int_equal(pclose(f), 0);
	assert_string_equal(out, "<plain><two words><it's><-o>"
				 "<$HOME `x` \"y\"><><a\\b><*>");
	unlink(path);
	free(path);
	assert_int_equal(qemu_write_script("/nonexistent/qemu.sh",
					   (char *const *)argv, "x"),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(arguments, unset),
		cmocka_unit_test_setup(plugin, unset),
		cmocka_unit_test(device_properties),
		cmocka_unit_test_setup_teardown(device_arguments, unset, unset),
		cmocka_unit_test_setup_teardown(first_stage_of_vtd, unset,
						unset),
		cmocka_unit_test_setup_teardown(iommu_of_arm64, unset, unset),
		cmocka_unit_test_setup(odd_paths, unset),
		cmocka_unit_test_setup_teardown(environment, unset, unset),
		cmocka_unit_test_setup(versions, unset),
		cmocka_unit_test_setup_teardown(cannot_start, unset, unset),
		cmocka_unit_test(script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
