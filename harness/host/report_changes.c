// SPDX-License-Identifier: GPL-2.0-only
/* What changed since the last run of the same cells: a few lines, which never wrap. */

#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "report_paper.h"
#include "reread.h"
#include "text.h"
#include "words.h"

#define LINES 6

static const char *signature_of(const struct result *r)
{
	return r->signature ? r->signature : "";
}

/* NULL: nothing. The caller frees. */
static char *change_of(const struct cell *cell, const struct result *r,
		       const json_t *was)
{
	const char *verdict = verdict_name(report_verdict(r));
	const char *before = reread_string(was, "verdict");
	const char *failed = reread_string(was, "signature");

	if (!was)
		return NULL;
	if (strcmp(before, verdict))
		return text_printf("%s %s: %s, now %s", cell->name,
				   r->test->name, before, verdict);
	if (strcmp(failed, signature_of(r)))
		return text_printf("%s %s: failed %s, now %s", cell->name,
				   r->test->name, failed, signature_of(r));
	return NULL;
}

static void put_cut(const struct paper *p, const char *text)
{
	char *cut =
		text_printf("%.*s", p->width > 1 ? (int)p->width - 1 : 0, text);

	paper_text(p, cut);
	fputc('\n', p->f);
	free(cut);
}

static char **changes_of(const struct run *run)
{
	char **changes = NULL;

	for (size_t c = 0; c < run->nr_cells; c++)
		for (size_t i = 0; i < run->cells[c].nr_results; i++) {
			const struct result *r = &run->cells[c].results[i];
			char *text = change_of(&run->cells[c], r,
					       history_test(run->before,
							    &run->cells[c], r));

			if (text)
				changes = list_add(changes, text);
		}
	return changes;
}

void paper_changes(const struct paper *p)
{
	const struct history *before = p->run->before;
	char **changes, *text;
	size_t nr, shown;

	if (!before)
		return;
	changes = changes_of(p->run);
	nr = list_len(changes);
	shown = nr <= LINES + 1 ? nr : LINES;
	text = text_printf("since %s: %zu verdict%s changed",
			   history_started(before), nr, nr == 1 ? "" : "s");
	fputc('\n', p->f);
	put_cut(p, text);
	free(text);
	for (size_t i = 0; i < shown; i++)
		put_cut(p, changes[i]);
	list_free(changes);
	if (nr <= shown || !p->run->dir)
		return;
	fprintf(p->f, "and %zu more: ./run_tests.sh compare ", nr - shown);
	paper_text(p, history_dir(before));
	fputc(' ', p->f);
	paper_text(p, p->run->dir);
	fputc('\n', p->f);
}
