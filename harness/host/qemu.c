// SPDX-License-Identifier: GPL-2.0-only
#include "qemu.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "clock.h"
#include "escape.h"
#include "job.h"
#include "matrix.h"
#include "text.h"
#include "words.h"

/*
 * A panic ends QEMU (panic=-1 with -no-reboot); an oops is a panic; what init
 * writes to /dev/kmsg is never rate limited, for the marks must all come. KASAN, where
 * there is one, would report once in a boot.
 */
/* The last three save time under emulation, and change nothing that is tested. */
#define APPEND                                                                 \
	"panic=-1 oops=panic softlockup_panic=1 loglevel=7 printk.devkmsg=on " \
	"kasan_multi_shot "                                                    \
	"mitigations=off nokaslr init_on_alloc=0"

/* `qemu -device NAME,help` takes milliseconds. */
#define HELP_S 10

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

/* "  NAME=<type>" on a line of its own */
static bool has_property(const char *help, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = strstr(help, name); at; at = strstr(at + 1, name))
		if (at > help && at[-1] == ' ' && at[len] == '=')
			return true;
	return false;
}

const char *const *qemu_device_args(const struct stlb_machine *machine,
				    const char *help)
{
	const struct stlb_device_args *d;

	for (d = machine->device_args; help && d->property; d++)
		if (has_property(help, d->property))
			return d->args;
	return NULL;
}

static struct {
	const struct stlb_machine *machine; /* the last one asked, or NULL */
	const char *const *args;
} device;

void qemu_ask_device(const struct stlb_machine *machine)
{
	struct job job = JOB_NONE;
	char *help;

	if (!machine->device || device.machine == machine)
		return;
	help = text_printf("%s,help", machine->device);
	device.machine = machine;
	device.args = NULL;
	if (!job_run(&job,
		     (const char *const[]){ qemu_binary(machine), "-device",
					    help, NULL },
		     HELP_S))
		device.args = qemu_device_args(machine, job.out.s);
	job_free(&job);
	free(help);
}

const char *qemu_plugin(const struct stlb_machine *machine)
{
	const char *plugin = environment("STLB_PLUGIN");
	const char *loads = environment("STLB_PLUGIN_FOR");
	char **names = list_split(loads ? loads : "", " ");
	bool has = list_has(names, machine->qemu);

	list_free(names);
	return has ? plugin : NULL;
}

static char **add(char **argv, const char *word)
{
	return list_add(argv, text_dup(word));
}

static char **add_option(char **argv, const char *option, char *value)
{
	return list_add(add(argv, option), value);
}

static char **add_all(char **argv, const char *const *words)
{
	for (; *words; words++)
		argv = add(argv, *words);
	return argv;
}

static char **add_machine(char **argv, const struct stlb_machine *machine,
			  bool dma)
{
	qemu_ask_device(machine);
	argv = add_all(argv, machine->args);
	if (dma && machine->dma_args)
		argv = add_all(argv, machine->dma_args);
	if (machine->device && device.args)
		argv = add_all(argv, device.args);
	return argv;
}

/* A later parameter undoes an earlier one. */
static char *append(const struct cell *cell)
{
	const struct stlb_machine *machine = cell->arch->machine;

	return text_printf("console=%s %s%s%s%s%s", machine->console, APPEND,
			   *machine->append ? " " : "", machine->append,
			   cell->append ? " " : "",
			   cell->append ? cell->append : "");
}

/* QEMU's options have a comma doubled. The caller frees. */
static char *option_value(const char *s)
{
	char **parts = list_split(s, ","), *value = list_join(parts, ",,");

	list_free(parts);
	return value;
}

/* QEMU records only where instructions are counted, and one CPU. */
static char **add_record(char **argv, const struct cell *cell)
{
	char *file;

	if (!cell->record)
		return argv;
	file = option_value(cell->record);
	argv = add_option(argv, "-icount",
			  text_printf("shift=3,sleep=off,rr=%s,rrfile=%s%s",
				      cell->replay ? "replay" : "record", file,
				      cell->snapshots ? ",rrsnapshot=init" :
							""));
	free(file);
	if (!cell->snapshots)
		return argv;
	file = option_value(cell->snapshots);
	argv = add_option(argv, "-drive",
			  text_printf("file=%s,if=none,id=snapshots,format=qcow2",
				      file));
	free(file);
	return argv;
}

char **qemu_argv(const struct cell *cell, const char *image, const char *initrd,
		 bool dma)
{
	const struct stlb_machine *machine = cell->arch->machine;
	char **argv = NULL;

	argv = add(argv, qemu_binary(machine));
	argv = add(argv, "-nodefaults");
	argv = add(argv, "-no-reboot");
	argv = add_option(argv, "-display", text_dup("none"));
	argv = add_machine(argv, machine, dma);
	if (qemu_plugin(machine))
		argv = add_option(argv, "-plugin",
				  text_dup(qemu_plugin(machine)));
	argv = add_option(argv, "-cpu", text_dup(matrix_cell_cpu(cell)));
	argv = add_option(argv, "-smp", text_printf("%u", cell->cpus));
	argv = add_record(argv, cell);
	argv = add_option(argv, "-m", text_printf("%u", cell->memory_mib));
	argv = add_option(argv, "-chardev", text_dup("stdio,id=console"));
	argv = add_option(argv, "-serial", text_dup("chardev:console"));
	argv = add_option(argv, "-chardev",
			  text_dup("file,id=channel,path=/dev/fd/3,append=on"));
	argv = add_option(argv, "-serial", text_dup("chardev:channel"));
	argv = add_option(argv, "-kernel", text_dup(image));
	argv = add_option(argv, "-initrd", text_dup(initrd));
	return add_option(argv, "-append", append(cell));
}

/* One argument per line, an option's value beside it; more may come with the script. */
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
	fputs(" \\\n\t\"$@\"\n", f);
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
