// SPDX-License-Identifier: GPL-2.0-only
/*
 * KTAP on stdout, and in a file per cell.
 *
 * A reader of stdout that is slow must not hold up the event loop, or deadlines
 * of guests would pass unseen: what stdout does not take at once waits in
 * memory, and only the end of the run waits for the reader. A reader that goes
 * away costs the rest of this report and no other (main() ignores SIGPIPE).
 */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "report.h"

static struct {
	bool *printed; /* by index of the cell */
	size_t nr;
	char *waiting; /* not written yet */
	size_t len;
	bool broken;
} out;

static void drop(size_t len)
{
	out.len -= len;
	memmove(out.waiting, out.waiting + len, out.len);
}

/*
 * Can stdout take something? With wait, not before it can. The engine has
 * blocked the signals that end a run: while a reader lets us wait, they work
 * again, for by then everything else is written.
 */
static bool ready(bool wait)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	const struct timespec now = { 0 };
	sigset_t signals;

	sigprocmask(SIG_BLOCK, NULL, &signals);
	if (wait) {
		sigdelset(&signals, SIGINT);
		sigdelset(&signals, SIGTERM);
		sigdelset(&signals, SIGHUP);
	}
	return ppoll(&fd, 1, wait ? NULL : &now, &signals) == 1;
}

/* A pipe that polls writable takes PIPE_BUF bytes without blocking. */
static void drain(bool wait)
{
	while (out.len && ready(wait)) {
		ssize_t n = write(STDOUT_FILENO, out.waiting,
				  out.len < PIPE_BUF ? out.len : PIPE_BUF);

		if (n >= 0) {
			drop(n);
		} else if (errno != EINTR && errno != EAGAIN) {
			out.broken = true;
			out.len = 0;
			report_problem("standard output", errno);
		}
	}
}

static void put(FILE *f, char **text, size_t *len)
{
	fclose(f);
	if (!out.broken) {
		out.waiting = alloc_grow(out.waiting, out.len + *len, 1);
		memcpy(out.waiting + out.len, *text, *len);
		out.len += *len;
	}
	free(*text);
	drain(false);
}

static void ktap_start(const struct run *run)
{
	char *text;
	size_t len;
	FILE *f = alloc_stream(&text, &len);

	memset(&out, 0, sizeof(out));
	out.printed = alloc_zero(run->nr_cells, sizeof(*out.printed));
	fprintf(f, "KTAP version 1\n1..%zu\n", run->nr_cells);
	put(f, &text, &len);
}

static void ktap_cell_changed(const struct run *run, const struct cell *cell)
{
	(void)run;
	(void)cell;
	drain(false);
}

static void ktap_done(const struct run *run, const struct cell *cell)
{
	size_t i = cell - run->cells;
	char *text;
	size_t len;
	FILE *f;

	if (out.printed[i])
		return;
	out.printed[i] = true;
	f = alloc_stream(&text, &len);
	ktap_cell(f, run, cell, "  ");
	ktap_cell_line(f, cell, ++out.nr);
	put(f, &text, &len);
}

/* The plan is kept: cells that were not done are printed as they stand. */
static void ktap_finish(const struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++)
		ktap_done(run, &run->cells[i]);
	drain(true);
	free(out.printed);
	free(out.waiting);
	memset(&out, 0, sizeof(out));
}

const struct reporter report_ktap = {
	.start = ktap_start,
	.cell = ktap_cell_changed,
	.done = ktap_done,
	.finish = ktap_finish,
};

static void file_done(const struct run *run, const struct cell *cell)
{
	struct report_file file;

	if (!cell->dir)
		return;
	report_open(&file, cell->dir, "ktap");
	fprintf(file.f, "KTAP version 1\n1..1\n");
	ktap_cell(file.f, run, cell, "  ");
	ktap_cell_line(file.f, cell, 1);
	report_close(&file);
}

/* An interrupt leaves cells that were never done. */
static void files_finish(const struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++)
		if (run->cells[i].stage != CELL_DONE)
			file_done(run, &run->cells[i]);
}

const struct reporter report_ktap_files = {
	.done = file_done,
	.finish = files_finish,
};
