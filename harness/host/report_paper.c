// SPDX-License-Identifier: GPL-2.0-only

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "report_paper.h"

static const char *colour_of(enum verdict v)
{
	static const char *const colours[NR_VERDICTS] = {
		[VERDICT_PASS] = "\033[32m",  [VERDICT_FAIL] = "\033[1;31m",
		[VERDICT_XFAIL] = "\033[33m", [VERDICT_XPASS] = "\033[1;31m",
		[VERDICT_SKIP] = "\033[36m",  [VERDICT_INFRA] = "\033[1;35m",
	};

	return colours[v];
}

void paper_verdict(const struct paper *p, enum verdict v)
{
	if (p->colour)
		fputs(colour_of(v), p->f);
	fputs(verdict_name(v), p->f);
	if (p->colour)
		fputs("\033[0m", p->f);
}

void paper_text(const struct paper *p, const char *s)
{
	char *clean = escape_text(s, false);

	fputs(clean, p->f);
	free(clean);
}

size_t paper_columns(const struct paper *p, size_t from, size_t column)
{
	size_t n = 0;

	while (from + n < p->run->nr_cells) {
		size_t at = p->name + n * column;
		size_t head = strlen(p->run->cells[from + n].name);

		if (n && at + (head > column ? head : column) >= p->width)
			break;
		n++;
	}
	return n;
}

void paper_heads(const struct paper *p, size_t from, size_t nr, size_t column)
{
	for (size_t i = 0; i < nr; i++) {
		size_t at = p->name + i * column;
		int room = p->width > at + 1 ? p->width - at - 1 : 0;

		fprintf(p->f, "%*s", (int)p->name, "");
		for (size_t k = 0; k < i; k++)
			fprintf(p->f, "%-*s", (int)column, "|");
		fprintf(p->f, "%.*s\n", room, p->run->cells[from + i].name);
	}
}
