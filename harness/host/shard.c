// SPDX-License-Identifier: GPL-2.0-only

#include "shard.h"

#include <stdlib.h>
#include <string.h>

#include "matrix.h"
#include "message.h"
#include "text.h"
#include "words.h"

#define SHARDS_MAX 10000

bool shard_parse(const char *s, unsigned int *k, unsigned int *n)
{
	const char *slash = strchr(s, '/');
	char *first;
	bool ok;

	if (!slash)
		return false;
	first = text_printf("%.*s", (int)(slash - s), s);
	ok = word_number(slash + 1, 1, SHARDS_MAX, n) &&
	     word_number(first, 1, *n, k);
	free(first);
	return ok;
}

int shard_cut(struct run *run, const struct options *opt)
{
	unsigned int k = 1, n = 1;
	size_t kept = 0;

	for (size_t i = 0; i < run->nr_cells; i++)
		run->plan = list_add(run->plan, text_dup(run->cells[i].name));
	if (!opt->shard)
		return 0;
	if (!shard_parse(opt->shard, &k, &n))
		return usage_error(
			"--shard %s: write --shard K/N, such as 1/3, K from 1 to N",
			opt->shard);
	if (k > run->nr_cells)
		return usage_error(
			"--shard %s: there are only %zu cells: cut them into no more than that",
			opt->shard, run->nr_cells);
	for (size_t i = 0; i < run->nr_cells; i++) {
		if (i % n == k - 1)
			run->cells[kept++] = run->cells[i];
		else
			matrix_cell_free(&run->cells[i]);
	}
	run->nr_cells = kept;
	return 0;
}
