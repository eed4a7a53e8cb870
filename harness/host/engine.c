// SPDX-License-Identifier: GPL-2.0-only
#include "engine.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "conduct.h"

struct engine {
	struct conduct_context ctx;
	struct run *run;
	struct conduct *cells, *cells_end; /* one per run->cells */
	/* Shared by the cells that want the same; up to one per cell. */
	struct kernel *kernels;
	size_t nr_kernels;
	struct emulator *emulators;
	size_t nr_emulators;
	struct job **jobs; /* theirs, NULL-terminated */
	size_t nr_jobs;
	struct pollfd *fds;
	int signals; /* signalfd */
	uint64_t asleep_ns; /* when the loop last began to wait */
};

static volatile int interrupted_by;

int engine_signal(void)
{
	return interrupted_by;
}

static struct kernel *find_kernel(struct engine *e, const struct cell *cell)
{
	struct kernel *k;

	for (k = e->kernels; k < e->kernels + e->nr_kernels; k++)
		if (kernel_is_of(k, cell))
			return k;
	kernel_init(k, e->run->opt, cell);
	e->jobs[e->nr_jobs++] = &k->job;
	e->nr_kernels++;
	return k;
}

static struct emulator *find_emulator(struct engine *e, const struct cell *cell)
{
	const struct stlb_machine *machine = cell->arch->machine;
	struct emulator *emu;

	for (emu = e->emulators; emu < e->emulators + e->nr_emulators; emu++)
		if (emu->machine == machine)
			return emu;
	emulator_init(emu, machine);
	e->jobs[e->nr_jobs++] = &emu->job;
	e->nr_emulators++;
	return emu;
}

/*
 * Blocks the signals that the loop reads, for good. A hangup that the parent
 * had ignored (nohup) stays without effect.
 */
static int take_signals(void)
{
	struct sigaction hangup = { 0 };
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGCONT);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaction(SIGHUP, NULL, &hangup);
	if (hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static char *cannot_make(const char *dir)
{
	return text_printf(
		"cannot make %s: %s: free some space, or choose another --out",
		dir, strerror(errno));
}

static void make_dirs(struct run *run)
{
	struct cell *cell;

	for (cell = run->cells; cell < run->cells + run->nr_cells; cell++) {
		if (!cell->dir)
			cell->dir = text_printf("%s/%s", run->dir, cell->name);
		if (mkdir(cell->dir, 0777) && errno != EEXIST)
			cell->infra = cannot_make(cell->dir);
	}
}

static void init(struct engine *e, struct run *run,
		 const struct known_bugs *bugs,
		 const struct reporter *const *reporters)
{
	size_t i, nr = run->nr_cells;

	*e = (struct engine){
		.ctx = { .run = run, .bugs = bugs, .reporters = reporters },
		.run = run,
	};
	e->cells = alloc_zero(nr, sizeof(*e->cells));
	e->cells_end = e->cells + nr;
	e->kernels = alloc_zero(nr, sizeof(*e->kernels));
	e->emulators = alloc_zero(nr, sizeof(*e->emulators));
	e->jobs = alloc_zero(2 * nr + 1, sizeof(*e->jobs));
	e->fds = alloc_zero(1 + nr * (BOOT_POLL_MAX + 2 * JOB_POLL_MAX),
			    sizeof(*e->fds));
	for (i = 0; i < nr; i++)
		conduct_init(&e->cells[i], &e->ctx, &run->cells[i],
			     find_kernel(e, &run->cells[i]),
			     find_emulator(e, &run->cells[i]));
	children_init();
	e->signals = take_signals();
}

static void fini(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->run->nr_cells; i++)
		conduct_free(&e->cells[i]);
	for (i = 0; i < e->nr_kernels; i++)
		kernel_free(&e->kernels[i]);
	for (i = 0; i < e->nr_emulators; i++)
		emulator_free(&e->emulators[i]);
	free(e->cells);
	free(e->kernels);
	free(e->emulators);
	free(e->jobs);
	free(e->fds);
	close(e->signals);
}

/* Children that keep a core busy: neither downloads nor the short `qemu -version` do. */
static size_t busy(const struct engine *e)
{
	const struct conduct *c;
	const struct kernel *k;
	size_t n = 0;

	for (c = e->cells; c < e->cells_end; c++)
		n += c->boot.running;
	for (k = e->kernels; k < e->kernels + e->nr_kernels; k++)
		n += k->job.running && !kernel_is_downloaded(k);
	return n;
}

static bool free_slot(const struct engine *e)
{
	size_t jobs = e->run->opt->jobs ? e->run->opt->jobs : 1;

	return busy(e) < jobs;
}

/* Is another one at work that this one has to wait for? */
static bool is_another(const struct engine *e,
		       bool (*kind)(const struct kernel *))
{
	const struct kernel *k;

	for (k = e->kernels; k < e->kernels + e->nr_kernels; k++)
		if (kind(k) && k->job.running)
			return true;
	return false;
}

/*
 * Downloads go one at a time, beside whatever keeps the cores busy. So do builds of
 * kernels, each of which takes every core that it gets.
 */
static bool may_advance(const struct engine *e, const struct kernel *kernel)
{
	if (!kernel_wants_slot(kernel))
		return false;
	if (kernel_is_downloaded(kernel))
		return !is_another(e, kernel_is_downloaded);
	if (!free_slot(e))
		return false;
	return !kernel_is_uncompiled(kernel) ||
	       !is_another(e, kernel_is_uncompiled);
}

static void show_kernel_stage(struct conduct *c)
{
	const struct kernel *k = c->kernel;

	if (k->state == KERNEL_BUILDING ||
	    (k->state == KERNEL_FETCHING && kernel_is_uncompiled(k)))
		conduct_stage(c, CELL_BUILDING);
	else if (k->state == KERNEL_FETCHING)
		conduct_stage(c, CELL_FETCHING);
}

/* Moves one cell as far as it goes now. */
static void advance(struct engine *e, struct conduct *c)
{
	if (c->cell->stage == CELL_DONE || c->boot.running)
		return;
	if (c->cell->infra) {
		conduct_end(c, c->cell->infra, true);
		return;
	}
	if (c->emulator->state == EMULATOR_FAILED) {
		conduct_end(c, c->emulator->error, true);
		return;
	}
	if (c->emulator->state != EMULATOR_READY)
		return;
	if (may_advance(e, c->kernel))
		kernel_advance(c->kernel);
	show_kernel_stage(c);
	if (c->kernel->state == KERNEL_FAILED)
		conduct_end(c, c->kernel->error, true);
	else if (c->kernel->state == KERNEL_READY && free_slot(e))
		conduct_boot(c);
}

/* Is there a kernel that needs no compiler but for its module, and is not done yet? */
static bool is_stock_left(const struct engine *e)
{
	const struct conduct *c;

	for (c = e->cells; c < e->cells_end; c++)
		if (c->cell->stage != CELL_DONE &&
		    !kernel_is_uncompiled(c->kernel))
			return true;
	return false;
}

/*
 * Cells go in the order of the matrix; those that can boot go first. A build of a
 * kernel takes long, so where there are two slots it begins at once and has one to
 * itself, while the cells with other kernels take turns in the rest.
 */
static void schedule(struct engine *e)
{
	bool at_once = e->run->opt->jobs > 1 || !is_stock_left(e);
	struct conduct *c;

	for (c = e->cells; c < e->cells_end; c++)
		if (c->emulator->state == EMULATOR_NEW)
			emulator_ask(c->emulator);
	for (c = e->cells; c < e->cells_end && at_once; c++)
		if (kernel_is_uncompiled(c->kernel))
			advance(e, c);
	for (c = e->cells; c < e->cells_end; c++)
		if (c->kernel->state == KERNEL_READY)
			advance(e, c);
	for (c = e->cells; c < e->cells_end; c++)
		if (at_once || !kernel_is_uncompiled(c->kernel))
			advance(e, c);
}

static void reaped(struct engine *e, pid_t pid, int status)
{
	struct conduct *c;
	struct job **j;

	for (c = e->cells; c < e->cells_end; c++) {
		if (c->boot.running && c->boot.qemu.pid == pid) {
			conduct_boot_ended(c, status);
			return;
		}
	}
	for (j = e->jobs; *j; j++) {
		if ((*j)->running && (*j)->child.pid == pid) {
			job_reaped(*j, status);
			return;
		}
	}
}

static void reap(struct engine *e)
{
	int status;
	pid_t pid;

	while ((pid = children_reap(&status)))
		reaped(e, pid, status);
}

/* The first signal asks; the second one does not wait for scripts to tidy. */
static void interrupt(struct engine *e, int sig)
{
	bool again = e->run->interrupted;
	struct conduct *c;
	struct job **j;

	e->run->interrupted = true;
	if (!again)
		interrupted_by = sig;
	for (c = e->cells; c < e->cells_end; c++)
		boot_kill(&c->boot);
	for (j = e->jobs; *j; j++) {
		if (again)
			child_signal(&(*j)->child, SIGKILL);
		else
			job_stop(*j);
	}
}

static void put_off(uint64_t *deadline, uint64_t ns)
{
	if (*deadline != NO_DEADLINE)
		*deadline += ns;
}

/* We were stopped (Ctrl-Z), so nobody read what the guests had to say. */
static void continued(struct engine *e)
{
	uint64_t ns = clock_now() - e->asleep_ns;
	struct conduct *c;
	struct job **j;

	for (c = e->cells; c < e->cells_end; c++)
		put_off(&c->boot.deadline, ns);
	for (j = e->jobs; *j; j++)
		put_off(&(*j)->deadline, ns);
}

static void read_signals(struct engine *e)
{
	struct signalfd_siginfo info;

	while (read(e->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCONT)
			continued(e);
		else if (info.ssi_signo != SIGCHLD)
			interrupt(e, info.ssi_signo);
	}
}

static size_t fill_fds(struct engine *e)
{
	struct conduct *c;
	struct job **j;
	size_t n = 0;

	e->fds[n++] = (struct pollfd){ .fd = e->signals, .events = POLLIN };
	for (c = e->cells; c < e->cells_end; c++)
		if (c->boot.running)
			n += boot_poll(&c->boot, e->fds + n);
	for (j = e->jobs; *j; j++)
		if ((*j)->running)
			n += job_poll(*j, e->fds + n);
	return n;
}

static void earlier(uint64_t *first, bool running, uint64_t deadline)
{
	if (running && deadline < *first)
		*first = deadline;
}

/* For poll(): milliseconds to the next deadline, or -1. */
static int patience(struct engine *e)
{
	uint64_t first = NO_DEADLINE, now = clock_now(), ms;
	struct conduct *c;
	struct job **j;

	for (c = e->cells; c < e->cells_end; c++)
		earlier(&first, c->boot.running, c->boot.deadline);
	for (j = e->jobs; *j; j++)
		earlier(&first, (*j)->running, (*j)->deadline);
	if (first == NO_DEADLINE)
		return -1;
	if (first <= now)
		return 0;
	ms = (first - now) / NS_PER_MS + 1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

static void read_children(struct engine *e)
{
	struct conduct *c;
	struct job **j;

	for (c = e->cells; c < e->cells_end; c++)
		if (c->boot.running)
			boot_read(&c->boot);
	for (j = e->jobs; *j; j++)
		if ((*j)->running)
			job_read(*j);
}

static void tick(struct engine *e)
{
	uint64_t now = clock_now();
	struct conduct *c;
	struct job **j;

	for (c = e->cells; c < e->cells_end; c++)
		boot_tick(&c->boot, now);
	for (j = e->jobs; *j; j++)
		job_tick(*j, now);
}

/* Is there a child whose end the loop has to wait for? */
static bool waiting(const struct engine *e)
{
	struct conduct *c;
	struct job **j;

	for (c = e->cells; c < e->cells_end; c++)
		if (c->boot.running)
			return true;
	for (j = e->jobs; *j; j++)
		if ((*j)->running)
			return true;
	return false;
}

static void loop(struct engine *e)
{
	for (;;) {
		if (!e->run->interrupted)
			schedule(e);
		if (!waiting(e))
			break;
		e->asleep_ns = clock_now();
		poll(e->fds, fill_fds(e), patience(e));
		read_signals(e);
		read_children(e);
		tick(e);
		reap(e);
	}
}

/* Was the user's choice of a kernel what left cells without a verdict? */
static bool misconfigured(const struct engine *e)
{
	const struct kernel *k;

	for (k = e->kernels; k < e->kernels + e->nr_kernels; k++)
		if (k->misconfigured)
			return true;
	return false;
}

static void tell_start(const struct engine *e)
{
	const struct reporter *const *r;

	for (r = e->ctx.reporters; *r; r++)
		if ((*r)->start)
			(*r)->start(e->run);
}

static void tell_finish(const struct engine *e)
{
	const struct reporter *const *r;

	for (r = e->ctx.reporters; *r; r++)
		if ((*r)->finish)
			(*r)->finish(e->run);
}

enum run_status engine_run(struct run *run, const struct known_bugs *bugs,
			   const struct reporter *const *reporters)
{
	uint64_t start = clock_now();
	enum run_status status;
	struct engine e;
	struct conduct *c;

	setenv("STLB_CACHE", run->opt->cache, 1);
	make_dirs(run);
	init(&e, run, bugs, reporters);
	tell_start(&e);
	loop(&e);
	children_kill_all();
	for (c = e.cells; c < e.cells_end; c++)
		if (c->cell->stage != CELL_DONE)
			conduct_end(c, "interrupted", false);
	run->ns = clock_now() - start;
	run->misconfigured = misconfigured(&e);
	tell_finish(&e);
	status = run_status(run);
	fini(&e);
	return status;
}
