// SPDX-License-Identifier: GPL-2.0-only

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "flush_trace.h"
#include "scene.h"

static void print_pages(FILE *f, const struct evidence *e, uint64_t old)
{
	size_t nr = scene_watched(e->scene);

	for (size_t i = 0, same; i < nr; i += same) {
		bool is_old = i < 64 && old & 1ULL << i;

		for (same = 1; i + same < nr && i + same < 64; same++)
			if (is_old != !!(old & 1ULL << (i + same)))
				break;
		fprintf(f, "%zu%c", same, is_old ? 'o' : 'n');
	}
}

void flush_trace(const struct evidence *e, const struct stlb_flush *flush)
{
	uint64_t base = (uintptr_t)e->scene->base;
	int64_t page = e->scene->base_page;
	unsigned int what = flush->flags &
			    (STLB_FLUSH_LEAF | STLB_FLUSH_TABLES);
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	if (!f)
		return;
	if (flush->flags & STLB_FLUSH_BY_RANGE)
		fprintf(f, "flush %lld %lld ",
			(long long)((int64_t)(flush->start - base) / page),
			(long long)((int64_t)(flush->end - base + page - 1) /
				    page));
	else
		fprintf(f, "flush 0 all ");
	print_pages(f, e, flush->old);
	fprintf(f, " %s",
		flush->flags & STLB_FLUSH_BROADCAST ? "broadcast" : "local");
	if (what == STLB_FLUSH_LEAF)
		fprintf(f, ",leaf");
	if (what == STLB_FLUSH_TABLES)
		fprintf(f, ",tables");
	if (flush->level)
		fprintf(f, ",level%u", flush->level - 1);
	if (flush->shift)
		fprintf(f, ",shift%u", flush->shift);
	if (!(flush->flags & STLB_FLUSH_SYNCED))
		fprintf(f, ",unfinished");
	fclose(f);
	outcome_trace(line);
	free(line);
}
