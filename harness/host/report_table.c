// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live table: one line per cell and one of times, redrawn in place. The cursor stays
 * visible and between two calls always stands below the table, in the first
 * column: there is nothing to restore whenever the program ends.
 */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "history.h"
#include "options.h"
#include "report.h"
#include "text.h"
#include "words.h"

#define DEFAULT_WIDTH 80
#define DEFAULT_HEIGHT 24

static struct {
	uint64_t started; /* clock_now() */
	size_t *drawn; /* columns that each line on the screen takes */
	size_t nr_drawn;
	bool over; /* nothing runs any more, whatever a cell's stage says */
} table;

static void screen(unsigned int *width, unsigned int *height)
{
	struct winsize ws;

	*width = DEFAULT_WIDTH;
	*height = DEFAULT_HEIGHT;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws))
		return;
	if (ws.ws_col)
		*width = ws.ws_col;
	if (ws.ws_row)
		*height = ws.ws_row;
}

static bool colour_wanted(void)
{
	const char *no = getenv("NO_COLOR");

	return !no || !*no;
}

static char *stage(const struct cell *cell)
{
	struct tally t = { { 0 } };
	size_t n = cell->current;

	switch (table.over ? CELL_DONE : cell->stage) {
	case CELL_WAITING:
		return text_dup("waiting");
	case CELL_FETCHING:
		return text_dup("fetching");
	case CELL_BUILDING:
		return text_dup("building");
	case CELL_BOOTING:
		return text_dup(cell->boots > 1 ? "booting again" : "booting");
	case CELL_TESTING:
		if (n >= cell->nr_results)
			return text_dup("testing");
		return text_printf("test %zu of %zu %s", n + 1,
				   cell->nr_results,
				   cell->results[n].test->name);
	case CELL_DONE:
		break;
	}
	if (cell->infra)
		return text_printf("INFRA: %s", cell->infra);
	report_count(&t, cell);
	return report_tally(&t);
}

static size_t name_width(const struct run *run)
{
	size_t w = 0;

	for (size_t i = 0; i < run->nr_cells; i++)
		if (strlen(run->cells[i].name) > w)
			w = strlen(run->cells[i].name);
	return w;
}

/* Prints at most width - 1 columns: the last one may wrap. */
static size_t put_line(const char *line, unsigned int width)
{
	size_t n = 0;

	while (line[n] && n + 1 < width) {
		/* one byte, one column */
		putchar(line[n] >= 0x20 && line[n] < 0x7f ? line[n] : '?');
		n++;
	}
	fputs("\033[K\n", stdout);
	return n;
}

/* Rows the old table takes now: a narrower screen has wrapped its lines. */
static size_t rows_drawn(unsigned int width)
{
	size_t rows = 0;

	for (size_t i = 0; i < table.nr_drawn; i++)
		rows += table.drawn[i] ? (table.drawn[i] + width - 1) / width :
					 1;
	return rows;
}

static bool active(const struct cell *cell)
{
	return cell->stage != CELL_WAITING && cell->stage != CELL_DONE;
}

/* With more cells than lines, the running ones are shown, then the rest. */
static bool shown(const struct run *run, size_t index, size_t room)
{
	bool is_active = active(&run->cells[index]);
	size_t before = 0;

	if (run->nr_cells <= room)
		return true;
	for (size_t i = 0; i < run->nr_cells; i++)
		if (active(&run->cells[i]) == is_active ? i < index :
							  !is_active)
			before++;
	return before + 1 < room;
}

static char *clock_text(double seconds)
{
	unsigned long s = seconds;

	return s < 3600 ? text_printf("%lu:%02lu", s / 60, s % 60) :
			  text_printf("%lu:%02lu:%02lu", s / 3600,
				      s / 60 % 60, s % 60);
}

/* Those that are at work. */
static char *awaited(const struct run *run)
{
	char **names = NULL, *all;

	for (size_t i = 0; i < run->nr_cells; i++)
		if (active(&run->cells[i]))
			names = list_add(names, text_dup(run->cells[i].name));
	all = list_join(names, ", ");
	list_free(names);
	return all;
}

/* "2:10 gone, about 5:30 left, waiting for arm64-6.1, x86-6.12" */
static char *times(const struct run *run)
{
	char *gone = clock_text((clock_now() - table.started) / NS_PER_S);
	double left = history_left(run->before, run);
	char *more = left < 0 ? NULL : clock_text(left), *names = awaited(run);
	char *text = text_printf("%s gone%s%s%s%s%s", gone,
				 more ? ", about " : "", more ? more : "",
				 more ? " left" : "",
				 *names ? ", waiting for " : "", names);

	free(names);
	free(more);
	free(gone);
	return text;
}

/* A terminal that was stopped (^S) must not hold up the event loop. */
static bool stopped(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return !table.over && poll(&fd, 1, 0) == 0;
}

static void draw(const struct run *run)
{
	unsigned int width, height;
	size_t nr = 0, rows, name = name_width(run);

	if (stopped())
		return;
	screen(&width, &height);
	rows = rows_drawn(width);
	if (rows)
		printf("\033[%zuA\r", rows);
	for (size_t i = 0; i < run->nr_cells; i++) {
		const struct cell *cell = &run->cells[i];
		char *what, *line;

		if (!shown(run, i, height - 2))
			continue;
		what = stage(cell);
		line = text_printf("%-*s  %s", (int)name, cell->name, what);
		table.drawn[nr++] = put_line(line, width);
		free(line);
		free(what);
	}
	if (nr < run->nr_cells) {
		char *line =
			text_printf("and %zu more cells", run->nr_cells - nr);

		table.drawn[nr++] = put_line(line, width);
		free(line);
	}
	if (!table.over) {
		char *line = times(run);

		table.drawn[nr++] = put_line(line, width);
		free(line);
	}
	table.nr_drawn = nr;
	fputs("\033[J", stdout);
	fflush(stdout);
}

static void table_start(const struct run *run)
{
	memset(&table, 0, sizeof(table));
	table.started = clock_now();
	table.drawn = alloc_zero(run->nr_cells + 2, sizeof(*table.drawn));
	draw(run);
}

static void table_cell(const struct run *run, const struct cell *cell)
{
	(void)cell;
	draw(run);
}

static void table_finish(const struct run *run)
{
	unsigned int width, height;

	table.over = true;
	draw(run);
	free(table.drawn);
	memset(&table, 0, sizeof(table));
	screen(&width, &height);
	summary_print(stdout, run, width, colour_wanted());
	fflush(stdout);
}

const struct reporter report_table = {
	.start = table_start,
	.cell = table_cell,
	.done = table_cell,
	.finish = table_finish,
};
