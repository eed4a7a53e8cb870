// SPDX-License-Identifier: GPL-2.0-only
#include "conduct.h"

#include "expected_skips.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "initramfs.h"
#include "job.h"
#include "qemu.h"
#include "text.h"
#include "words.h"

/* For qemu-img to make an empty disk; it takes milliseconds. */
#define DISK_S 10

void conduct_init(struct conduct *c, const struct conduct_context *ctx,
		  struct cell *cell, struct kernel *kernel,
		  struct emulator *emulator)
{
	*c = (struct conduct){
		.ctx = ctx,
		.cell = cell,
		.kernel = kernel,
		.emulator = emulator,
		.boot = { .qemu = CHILD_NONE },
		.begun = alloc_zero(cell->nr_results, sizeof(bool)),
	};
}

static void free_boot(struct conduct *c)
{
	boot_free(&c->boot);
	free(c->plan);
	free(c->index);
	c->plan = NULL;
	c->index = NULL;
	c->nr = 0;
}

void conduct_free(struct conduct *c)
{
	free_boot(c);
	free(c->begun);
	c->begun = NULL;
}

/* Takes @text; a cell may have several notes. */
static void note(struct conduct *c, char *text)
{
	char *before = c->cell->note;

	if (before && strstr(before, text)) {
		free(text);
		return;
	}
	c->cell->note = before ? text_printf("%s; %s", before, text) : text;
	if (before) {
		free(before);
		free(text);
	}
}

/* As soon as the kernel, and stlb.ko for it, are there. */
static void take_kernel(struct conduct *c)
{
	const struct kernel *k = c->kernel;

	if (!c->cell->package && k->files.package)
		c->cell->package = text_dup(k->files.package);
	if (!c->cell->symbols && k->files.symbols)
		c->cell->symbols = text_dup(k->files.symbols);
	if (!c->cell->compiler && k->compiler) {
		c->cell->compiler = text_dup(k->compiler);
		if (k->note)
			note(c, text_dup(k->note));
	}
}

static void report_cell(struct conduct *c)
{
	const struct reporter *const *r;

	take_kernel(c);
	for (r = c->ctx->reporters; *r; r++)
		if ((*r)->cell)
			(*r)->cell(c->ctx->run, c->cell);
}

void conduct_stage(struct conduct *c, enum cell_stage stage)
{
	if (c->cell->stage == stage)
		return;
	if (c->cell->stage == CELL_WAITING)
		c->start_ns = clock_now();
	c->cell->stage = stage;
	report_cell(c);
}

static void report_result(struct conduct *c, struct result *result)
{
	const struct reporter *const *r;

	for (r = c->ctx->reporters; *r; r++)
		if ((*r)->result)
			(*r)->result(c->ctx->run, c->cell, result);
}

static void give_up_on(struct conduct *c, struct result *result,
		       const char *reason)
{
	if (result->verdict != VERDICT_NONE)
		return;
	judge_infra(result, reason);
	report_result(c, result);
}

void conduct_end(struct conduct *c, const char *reason, bool whole)
{
	struct cell *cell = c->cell;
	const struct reporter *const *r;
	size_t i;

	take_kernel(c);
	if (whole && !cell->infra)
		cell->infra = text_reason(reason);
	for (i = 0; i < cell->nr_results; i++)
		give_up_on(c, &cell->results[i], reason);
	if (!cell->infra && cell_saw_nothing(cell))
		cell->infra = text_dup(cell_saw_nothing(cell));
	if (c->start_ns)
		cell->ns = clock_now() - c->start_ns;
	cell->stage = CELL_DONE;
	for (r = c->ctx->reporters; *r; r++)
		if ((*r)->done)
			(*r)->done(c->ctx->run, cell);
}

static void on_hello(void *arg, const char *release, unsigned long page_size)
{
	struct conduct *c = arg;

	if (!c->cell->release)
		c->cell->release = text_reason(release);
	c->cell->page_size = page_size;
	report_cell(c);
}

static void on_begin(void *arg, size_t index)
{
	struct conduct *c = arg;

	c->cell->current = c->index[index];
	c->begun[c->index[index]] = true;
	if (c->cell->stage == CELL_TESTING)
		report_cell(c);
	conduct_stage(c, CELL_TESTING);
}

static void on_settled(void *arg, size_t index)
{
	struct conduct *c = arg;
	struct result *result = &c->cell->results[c->index[index]];

	judge(&c->boot.witness.ev[index], c->cell->boots, result);
	known_bugs_apply(c->ctx->bugs, c->cell, result);
	expected_skips_apply(c->ctx->run->skips, c->cell, result);
	report_result(c, result);
}

static char *on_starved(void *arg)
{
	const struct conduct *c = arg;

	return boot_starved(&c->boot);
}

static const struct witness_ops witness_ops = {
	.hello = on_hello,
	.begin = on_begin,
	.starved = on_starved,
	.settled = on_settled,
};

/* /plan; see harness/guest's init. */
static char *plan_text(const struct conduct *c)
{
	struct text t = { 0 };
	const struct options *opt = c->ctx->run->opt;
	char *head = text_printf(
		"channel %s\nmodule /stlb.ko\ntimeout %u\nseconds %u\nseed %u\n%s",
		c->cell->arch->machine->channel, options_deadline(opt),
		opt->seconds, opt->seed,
		opt->command == CMD_COVERAGE ? "coverage 1\n" :
		opt->command == CMD_DEBUG    ? "coverage 2\n" :
					       "");
	size_t i;

	text_append(&t, head, strlen(head), SIZE_MAX);
	free(head);
	for (i = 0; i < c->nr; i++) {
		char *line = text_printf("test %s\n", c->plan[i]->name);

		text_append(&t, line, strlen(line), SIZE_MAX);
		free(line);
	}
	return t.s;
}

/* The binaries that the plan needs, each once. */
static char **families(const struct conduct *c)
{
	char **list = NULL;
	size_t i;

	for (i = 0; i < c->nr; i++)
		if (!list_has(list, c->plan[i]->family))
			list = list_add(list, text_dup(c->plan[i]->family));
	return list;
}

static bool wants_vm(const struct conduct *c)
{
	for (size_t i = 0; i < c->nr; i++)
		if (c->plan[i]->vm)
			return true;
	return false;
}

static char *write_initramfs(const struct conduct *c, const char *path)
{
	static const char *const none[] = { NULL };
	char *plan = plan_text(c), **list = families(c);
	char *guest = text_printf("%s/build/guest/%s", c->ctx->run->opt->root,
				  c->cell->arch->name);
	struct initramfs fs = {
		.guest = guest,
		.module = c->kernel->module,
		.modules = wants_vm(c) ? c->kernel->files.modules : NULL,
		.plan = plan,
		.families = list ? (const char *const *)list : none,
	};
	char *error = initramfs_write(&fs, path);

	free(guest);
	free(plan);
	list_free(list);
	return error;
}

static void write_script(struct conduct *c, char *const *argv, const char *name)
{
	char *path = text_printf("%s/%s", c->cell->dir, name);
	char *title = text_printf("boot %u of cell %s", c->cell->boots,
				  c->cell->name);
	int err = qemu_write_script(path, argv, title);

	if (err)
		note(c, text_printf("%s: %s", path, strerror(-err)));
	free(path);
	free(title);
}

/* A disk for snapshots, or NULL: there is no qemu-img. The caller frees. */
static char *make_disk(const struct conduct *c)
{
	char *path = text_printf("%s/boot-%u.qcow2", c->cell->dir,
				 c->cell->boots);
	struct job job = JOB_NONE;

	if (job_run(&job,
		    (const char *const[]){ "qemu-img", "create", "-q", "-f",
					   "qcow2", path, "16M", NULL },
		    DISK_S) ||
	    job.child.status || access(path, W_OK)) {
		free(path);
		path = NULL;
	}
	job_free(&job);
	return path;
}

/* The arguments of a boot that is recorded, and replay.sh, which has those of its replay. */
static char **recorded_argv(struct conduct *c, const char *initrd)
{
	char **argv;

	c->cell->record = text_printf("%s/boot-%u.rr", c->cell->dir,
				      c->cell->boots);
	c->cell->snapshots = make_disk(c);
	c->cell->replay = true;
	argv = qemu_argv(c->cell, c->kernel->files.image, initrd, c->dma);
	write_script(c, argv, "replay.sh");
	list_free(argv);
	c->cell->replay = false;
	argv = qemu_argv(c->cell, c->kernel->files.image, initrd, c->dma);
	free(c->cell->snapshots);
	free(c->cell->record);
	c->cell->snapshots = NULL;
	c->cell->record = NULL;
	return argv;
}

/* Starts QEMU with @initrd; returns NULL or what went wrong. */
static char *start_qemu(struct conduct *c, const char *initrd)
{
	char **argv = c->ctx->run->opt->record ?
			      recorded_argv(c, initrd) :
			      qemu_argv(c->cell, c->kernel->files.image, initrd,
					c->dma);
	struct boot_config config = {
		.argv = argv,
		.dir = c->cell->dir,
		.number = c->cell->boots,
		.timeout = options_deadline(c->ctx->run->opt),
		.boot_timeout = c->ctx->run->opt->boot_timeout,
		.plan = c->plan,
		.nr = c->nr,
		.ops = &witness_ops,
		.arg = c,
	};
	int err;

	write_script(c, argv, "qemu.sh");
	err = boot_start(&c->boot, &config);
	list_free(argv);
	if (err)
		return qemu_start_error(c->cell->arch->machine, -err);
	return NULL;
}

/* A path that means the same wherever qemu.sh is run from. */
static char *initrd_path(const struct conduct *c)
{
	char *dir = realpath(c->cell->dir, NULL);
	char *path = text_printf("%s/initramfs.cpio", dir ? dir : c->cell->dir);

	free(dir);
	return path;
}

/* Takes what is left of the tests that want DMA, or of those that do not. */
static void set_plan(struct conduct *c, bool dma)
{
	const struct cell *cell = c->cell;
	size_t i;

	free_boot(c);
	c->dma = dma;
	c->plan = alloc_zero(cell->nr_results, sizeof(*c->plan));
	c->index = alloc_zero(cell->nr_results, sizeof(*c->index));
	for (i = 0; i < cell->nr_results; i++) {
		const struct test *test = cell->results[i].test;

		if (c->begun[i] || cell->results[i].verdict != VERDICT_NONE ||
		    (cell->arch->machine->dma_args && test->dma != dma))
			continue;
		c->plan[c->nr] = test;
		c->index[c->nr++] = i;
	}
}

/* Those that want DMA come last. False: nothing is left to be run. */
static bool next_plan(struct conduct *c)
{
	set_plan(c, c->dma);
	if (!c->nr && !c->dma)
		set_plan(c, true);
	return c->nr;
}

static void boot_plan(struct conduct *c)
{
	char *initrd = initrd_path(c), *error;

	c->cell->boots++;
	conduct_stage(c, CELL_BOOTING);
	error = write_initramfs(c, initrd);
	if (!error)
		error = start_qemu(c, initrd);
	if (error) {
		c->cell->boots--; /* it did not come to one */
		conduct_end(c, error, !c->cell->boots);
	}
	free(error);
	free(initrd);
}

void conduct_boot(struct conduct *c)
{
	if (next_plan(c))
		boot_plan(c);
	else
		conduct_end(c, "the test was not run", false);
}

static void take_notes(struct conduct *c)
{
	const struct boot *b = &c->boot;

	if (b->witness.early)
		note(c, text_printf("before the first test: %s",
				    b->witness.early));
	if (b->expired && b->outcome == BOOT_COMPLETE)
		note(c,
		     text_dup(
			     "the guest did not power off: what its kernel would have reported last is unknown"));
	if (b->console_log.error)
		note(c, text_printf("console.log is not whole: %s",
				    strerror(b->console_log.error)));
	if (b->channel_log.error)
		note(c, text_printf("channel.log is not whole: %s",
				    strerror(b->channel_log.error)));
}

static bool has_begun(const struct conduct *c)
{
	return memchr(c->begun, true, c->cell->nr_results);
}

void conduct_boot_ended(struct conduct *c, int status)
{
	struct boot *b = &c->boot;
	size_t i;

	boot_reaped(b, status);
	if (b->hello_ns > c->cell->boot_ns)
		c->cell->boot_ns = b->hello_ns;
	take_notes(c);
	switch (b->outcome) {
	case BOOT_FAILED:
	case BOOT_USELESS:
		conduct_end(c, b->reason, !has_begun(c));
		return;
	case BOOT_COMPLETE:
		for (i = 0; i < c->nr; i++)
			give_up_on(c, &c->cell->results[c->index[i]],
				   "the test was not run");
		break;
	case BOOT_DEAD:
		c->cell->deaths++;
		break;
	}
	if (c->ctx->run->interrupted)
		conduct_end(c, "interrupted", false);
	else
		conduct_boot(c);
}
