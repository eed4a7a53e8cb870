// SPDX-License-Identifier: GPL-2.0-only

#include "debug.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "message.h"
#include "options.h"
#include "text.h"
#include "words.h"

#define PORT "1234"
/* harness/guest/evidence.h */
#define MARK_BEGIN 1
/* Frames of a chain that are worth a stop, from the call outwards. */
#define FRAMES 4
#define STOPS_MAX 16

struct stop {
	unsigned long long address;
	char *name;
};

struct stops {
	struct stop at[STOPS_MAX];
	size_t nr;
	unsigned int entry; /* the machine's */
	unsigned long long origin; /* mmu_notifier_synchronize(); 0: not known */
};

int debug_check(const struct run *run)
{
	if (run->nr_cells != 1)
		return usage_error(
			"debug is of one cell, not of %zu: write --cell NAME, see --dry-run for those there are",
			run->nr_cells);
	if (run->cells[0].nr_results != 1)
		return usage_error(
			"debug is of one test, not of %zu: write --test NAME, see --list",
			run->cells[0].nr_results);
	return 0;
}

/* ---- where to stop ------------------------------------------------------- */

/* Takes @name. */
static void add_stop(struct stops *s, unsigned long long address, char *name)
{
	for (size_t i = 0; i < s->nr; i++)
		if (s->at[i].address == address) {
			free(name);
			return;
		}
	if (s->nr == STOPS_MAX) {
		free(name);
		return;
	}
	s->at[s->nr++] = (struct stop){ address, name };
}

/* "# address: NAME 0xADDRESS" */
static void take_address(struct stops *s, const char *line)
{
	unsigned long long address;
	char name[128];

	if (sscanf(line, "# address: %127[a-z0-9_] 0x%llx", name, &address) != 2)
		return;
	if (!strcmp(name, "mmu_notifier_synchronize"))
		s->origin = address;
	else
		add_stop(s, address + s->entry, text_dup(name));
}

/* FUNCTION+0xOFFSET/0xSIZE@DISTANCE>CALLEE: right behind a call */
static void take_frame(struct stops *s, const char *frame)
{
	const char *at = strchr(frame, '@');
	size_t len = strcspn(frame, "/>@");

	if (at && s->origin)
		add_stop(s, s->origin + strtoll(at + 1, NULL, 10),
			 text_printf("behind the call in %.*s", (int)len,
				     frame));
}

static void take_chain(struct stops *s, const char *line)
{
	char **frames = list_split(line, " ");

	for (size_t i = 2; i < list_len(frames) && i < 2 + FRAMES; i++)
		take_frame(s, frames[i]);
	list_free(frames);
}

/* Addresses first: chains are told by a distance from one. */
static void find_stops(struct stops *s, const struct result *r)
{
	char **lines = list_split(r->log ? r->log : "", "\n");

	for (char **l = lines; *l; l++)
		take_address(s, *l);
	for (char **l = lines; *l; l++)
		if (!strncmp(*l, "# chain:", 8))
			take_chain(s, *l);
	list_free(lines);
}

/* ---- the script ---------------------------------------------------------- */

/* A file with this kernel's symbols, or NULL. The caller frees. */
static char *symbols_of(const struct cell *cell)
{
	char *path;

	if (cell->symbols)
		return text_dup(cell->symbols);
	path = text_printf("/usr/lib/debug/boot/vmlinux-%s",
			   cell->release ? cell->release : "");
	if (!access(path, R_OK))
		return path;
	free(path);
	return NULL;
}

static void put_script(FILE *f, const struct run *run, const struct cell *cell,
		       const struct stops *s)
{
	const struct stlb_machine *machine = cell->arch->machine;
	const struct test *test = cell->results[0].test;
	char *symbols = symbols_of(cell);

	fprintf(f, "# %s in %s\nset pagination off\nset confirm off\n",
		test->name, cell->name);
	if (symbols)
		fprintf(f, "file %s\n", symbols);
	fprintf(f, "set architecture %s\nset endian little\n",
		machine->gdb_arch);
	fprintf(f, "add-symbol-file %s/build/guest/%s/tests/%s.debug -o 0\n",
		run->opt->root, cell->arch->name, test->family);
	fprintf(f, "target remote 127.0.0.1:" PORT "\n");
	fprintf(f, "tbreak *(recorder_mark + %u) if %s == %d\n", s->entry,
		machine->gdb_second, MARK_BEGIN);
	fprintf(f,
		"commands\nsilent\nenable\nprintf \"%s: the trigger begins\\n\"\nend\n",
		test->name);
	for (size_t i = 0; i < s->nr; i++)
		fprintf(f, "# %s\nbreak *%#llx\n", s->at[i].name,
			s->at[i].address);
	if (s->nr)
		fprintf(f, "disable 2-%zu\n", s->nr + 1);
	fprintf(f, "continue\n");
	free(symbols);
}

static char *write_gdb(const struct run *run, const struct cell *cell,
		       const struct stops *s)
{
	char *path = text_printf("%s/gdb", cell->dir);
	FILE *f = fopen(path, "we");

	if (f)
		put_script(f, run, cell, s);
	if (f && !(ferror(f) | fclose(f)))
		return path;
	message("%s cannot be written: %s", path, strerror(errno));
	free(path);
	return NULL;
}

/* ---- how it is used ------------------------------------------------------ */

static void put_word(const char *before, const char *path, const char *after)
{
	char *word = escape_shell(path);

	printf("%s%s%s", before, word, after);
	free(word);
}

static void explain_use(const struct cell *cell, const struct stops *s,
			const char *script, const char *gdb, bool waits)
{
	puts("");
	if (!waits)
		put_word("QEMU:  ", script,
			 " -S -gdb tcp:127.0.0.1:" PORT "\n");
	put_word(strcmp(cell->arch->name, "x86") ? "gdb:   gdb-multiarch -x " :
						   "gdb:   gdb -x ",
		 gdb,
		 waits ? "   (in another terminal; QEMU waits for it here)\n" :
			 "   (in another terminal)\n");
	puts("It stops where the trigger begins, and from there on at");
	for (size_t i = 0; i < s->nr; i++)
		printf("  %#llx %s\n", s->at[i].address, s->at[i].name);
	fflush(stdout);
}

/* QEMU, in place of this process. Returns only if it could not be started. */
static int become(const char *script)
{
	execl(script, script, "-S", "-gdb", "tcp:127.0.0.1:" PORT, NULL);
	message("%s: %s", script, strerror(errno));
	return RUN_INFRA;
}

int debug_offer(const struct run *run, int status)
{
	const struct cell *cell = &run->cells[0];
	bool waits = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct stops s = { .entry = cell->arch->machine->entry };
	char *script, *gdb;

	if (status != RUN_OK && status != RUN_FAILED)
		return status;
	find_stops(&s, &cell->results[0]);
	script = text_printf("%s/%s", cell->dir,
			     run->opt->record ? "replay.sh" : "qemu.sh");
	gdb = write_gdb(run, cell, &s);
	if (gdb)
		explain_use(cell, &s, script, gdb, waits);
	else
		status = RUN_INFRA;
	if (gdb && waits)
		status = become(script);
	for (size_t i = 0; i < s.nr; i++)
		free(s.at[i].name);
	free(gdb);
	free(script);
	return status;
}
