// SPDX-License-Identifier: GPL-2.0-only

#include <stdlib.h>

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
