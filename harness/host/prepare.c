// SPDX-License-Identifier: GPL-2.0-only
#include "prepare.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel_spec.h"
#include "qemu.h"
#include "words.h"

/* `qemu -version` takes milliseconds. */
#define VERSION_S 30

/* Exit status of the scripts: the user asked for what there is not. */
#define SCRIPT_USAGE 2

static void kernel_fail(struct kernel *k, char *error, bool misconfigured)
{
	k->state = KERNEL_FAILED;
	k->error = error;
	k->misconfigured = misconfigured;
}

static void start(struct kernel *k, char **argv, enum kernel_state state)
{
	int err = job_start(&k->job, (const char *const *)argv, 0);

	if (err)
		kernel_fail(k,
			    text_printf("%s: %s: is the checkout whole?",
					argv[0], strerror(-err)),
			    false);
	else
		k->state = state;
	list_free(argv);
}

static void build(struct kernel *k)
{
	start(k, kernel_module_argv(k->opt, k->cell->arch, &k->files),
	      KERNEL_BUILDING);
}

static void fetched(struct kernel *k)
{
	char *dir = text_last_line(&k->job.out);
	char *error = kernel_open(&k->files, k->opt, k->cell->arch,
				  k->cell->kernel, dir);

	free(dir);
	if (error)
		kernel_fail(k, error, true);
	else
		k->state = KERNEL_FETCHED;
}

bool kernel_is_uncompiled(const struct kernel *k)
{
	return kernel_spec_is_source(k->cell->kernel) &&
	       (k->state == KERNEL_NEW || k->state == KERNEL_FETCHING);
}

bool kernel_is_downloaded(const struct kernel *k)
{
	return !kernel_spec_is_source(k->cell->kernel) &&
	       (k->state == KERNEL_NEW || k->state == KERNEL_FETCHING);
}

bool kernel_wants_slot(const struct kernel *k)
{
	return k->state == KERNEL_NEW || k->state == KERNEL_FETCHED;
}

void kernel_advance(struct kernel *k)
{
	if (k->state == KERNEL_NEW) {
		char **argv = kernel_fetch_argv(k->opt, k->cell);

		if (argv)
			start(k, argv, KERNEL_FETCHING);
		else
			fetched(k);
	}
	if (k->state == KERNEL_FETCHED)
		build(k);
}

static void built(struct kernel *k)
{
	k->module = text_last_line(&k->job.out);
	if (k->module && !access(k->module, R_OK)) {
		k->compiler = kernel_beside(k->module, "compiler");
		k->note = kernel_beside(k->module, "note");
		k->state = KERNEL_READY;
	} else {
		kernel_fail(
			k,
			text_dup(
				"build-module.sh succeeded, but made no stlb.ko"),
			false);
	}
}

static void kernel_job_ended(void *arg)
{
	struct kernel *k = arg;
	bool fetch = k->state == KERNEL_FETCHING;
	int status = k->job.child.status;
	char *error = job_error(&k->job, fetch ? "the kernel's set-up" :
						 "build-module.sh");

	if (error)
		kernel_fail(k, error,
			    WIFEXITED(status) &&
				    WEXITSTATUS(status) == SCRIPT_USAGE);
	else if (fetch)
		fetched(k);
	else
		built(k);
	job_free(&k->job);
}

bool kernel_is_of(const struct kernel *k, const struct cell *cell)
{
	return k->cell->arch == cell->arch &&
	       !strcmp(k->cell->kernel, cell->kernel) &&
	       k->cell->defconfig == cell->defconfig &&
	       list_same(k->cell->configs, cell->configs);
}

void kernel_init(struct kernel *k, const struct options *opt,
		 const struct cell *cell)
{
	*k = (struct kernel){
		.opt = opt,
		.cell = cell,
		.job = JOB_NONE,
	};
	k->job.ended = kernel_job_ended;
	k->job.arg = k;
	/* On a terminal the table of cells says the same. */
	k->job.echo = opt->verbose || !isatty(STDOUT_FILENO);
}

void kernel_free(struct kernel *k)
{
	job_free(&k->job);
	kernel_close(&k->files);
	free(k->module);
	free(k->compiler);
	free(k->note);
	free(k->error);
}

static void emulator_fail(struct emulator *emu, char *error)
{
	emu->state = EMULATOR_FAILED;
	emu->error = error;
}

void emulator_ask(struct emulator *emu)
{
	const char *argv[] = { qemu_binary(emu->machine), "-version", NULL };
	int err;

	qemu_ask_device(emu->machine);
	if (!qemu_check_wanted()) {
		emu->state = EMULATOR_READY;
		return;
	}
	err = job_start(&emu->job, argv, VERSION_S);
	if (err)
		emulator_fail(emu, qemu_start_error(emu->machine, -err));
	else
		emu->state = EMULATOR_ASKED;
}

static void emulator_job_ended(void *arg)
{
	struct emulator *emu = arg;
	char *error = job_error(&emu->job, qemu_binary(emu->machine));

	if (!error)
		error = qemu_version_error(emu->machine, emu->job.out.s);
	if (error)
		emulator_fail(emu, error);
	else
		emu->state = EMULATOR_READY;
	job_free(&emu->job);
}

void emulator_init(struct emulator *emu, const struct stlb_machine *machine)
{
	*emu = (struct emulator){ .machine = machine, .job = JOB_NONE };
	emu->job.ended = emulator_job_ended;
	emu->job.arg = emu;
}

void emulator_free(struct emulator *emu)
{
	job_free(&emu->job);
	free(emu->error);
}
