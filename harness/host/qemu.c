// SPDX-License-Identifier: GPL-2.0-only
#include "qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "escape.h"
#include "text.h"
#include "words.h"

/*
 * A panic ends QEMU (panic=-1 with -no-reboot); an oops is a panic; what init
 * writes to /dev/kmsg is never rate limited, for the marks must all come.
 */
#define APPEND \
	"panic=-1 oops=panic softlockup_panic=1 loglevel=7 printk.devkmsg=on"

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *qemu_binary(const struct stlb_machine *machine)
{
	const char *own = environment("STLB_QEMU");

	return own ? own : machine->qemu;
}

bool qemu_check_wanted(void)
{
	const char *check = environment("STLB_QEMU_CHECK");

	return !environment("STLB_QEMU") || (check && !strcmp(check, "1"));
}

/* How to get a QEMU that will do. */
static char *remedy(const struct stlb_machine *machine)
{
	if (machine->qemu_package)
		return text_printf(
			"install %s from bookworm-backports, or run without --no-setup",
			machine->qemu_package);
	return text_dup("install a newer one, or run without --no-setup");
}

char *qemu_version_error(const struct stlb_machine *machine, const char *output)
{
	const char *v = output ? strstr(output, "version ") : NULL;
	char *fix, *error;
	int major, minor;

	if (v && sscanf(v, "version %d.%d", &major, &minor) == 2 &&
	    major >= QEMU_MAJOR_NEEDED)
		return NULL;
	fix = remedy(machine);
	if (v && sscanf(v, "version %d.%d", &major, &minor) == 2)
		error = text_printf(
			"%s is version %d.%d, but %d.0 or newer is needed: %s",
			qemu_binary(machine), major, minor, QEMU_MAJOR_NEEDED,
			fix);
	else
		error = text_printf("%s -version does not tell its version: %s",
				    qemu_binary(machine), fix);
	free(fix);
	return error;
}

char *qemu_start_error(const struct stlb_machine *machine, int error)
{
	char *fix = remedy(machine);
	char *line;

	if (environment("STLB_QEMU"))
		line = text_printf("STLB_QEMU=%s: %s: name a QEMU, or unset it",
				   qemu_binary(machine), strerror(error));
	else
		line = text_printf("%s: %s (%d.0 or newer is needed): %s",
				   machine->qemu, strerror(error),
				   QEMU_MAJOR_NEEDED, fix);
	free(fix);
	return line;
}

static char **add(char **argv, const char *word)
{
	return list_add(argv, text_dup(word));
}

static char **add_option(char **argv, const char *option, char *value)
{
	return list_add(add(argv, option), value);
}

static char *append(const struct stlb_machine *machine)
{
	return text_printf("console=%s %s%s%s", machine->console, APPEND,
			   *machine->append ? " " : "", machine->append);
}

char **qemu_argv(const struct cell *cell, const char *image, const char *initrd)
{
	const struct stlb_machine *machine = cell->arch->machine;
	const char *const *arg;
	char **argv = NULL;

	argv = add(argv, qemu_binary(machine));
	argv = add(argv, "-nodefaults");
	argv = add(argv, "-no-reboot");
	argv = add_option(argv, "-display", text_dup("none"));
	for (arg = machine->args; *arg; arg++)
		argv = add(argv, *arg);
	argv = add_option(argv, "-cpu",
			  text_dup(cell->cpu ? cell->cpu : machine->cpu));
	argv = add_option(argv, "-smp", text_printf("%u", cell->cpus));
	argv = add_option(argv, "-m", text_printf("%u", cell->memory_mib));
	argv = add_option(argv, "-chardev", text_dup("stdio,id=console"));
	argv = add_option(argv, "-serial", text_dup("chardev:console"));
	argv = add_option(argv, "-chardev",
			  text_dup("file,id=channel,path=/dev/fd/3,append=on"));
	argv = add_option(argv, "-serial", text_dup("chardev:channel"));
	argv = add_option(argv, "-kernel", text_dup(image));
	argv = add_option(argv, "-initrd", text_dup(initrd));
	return add_option(argv, "-append", append(machine));
}

/* One argument per line, an option's value beside it. */
static void print_argv(FILE *f, char *const *argv)
{
	char *const *arg;

	fputs("exec", f);
	for (arg = argv; *arg; arg++) {
		char *word = escape_shell(*arg);
		bool option = arg[0][0] == '-' && arg != argv;

		fprintf(f, "%s%s", option ? " \\\n\t" : " ", word);
		free(word);
	}
	fputc('\n', f);
}

int qemu_write_script(const char *path, char *const *argv, const char *title)
{
	FILE *f = fopen(path, "we");
	char *line;
	int err = 0;

	if (!f)
		return -errno;
	line = text_reason(title);
	fprintf(f, "#!/bin/sh\n# %s\n", line);
	free(line);
	fputs("# The console and the result channel both go to stdout.\n"
	      "exec 3>&1\n",
	      f);
	print_argv(f, argv);
	if (ferror(f))
		err = -EIO;
	if (fclose(f) && !err)
		err = -errno;
	if (!err && chmod(path, 0755))
		err = -errno;
	return err;
}
