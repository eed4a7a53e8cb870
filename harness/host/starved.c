// SPDX-License-Identifier: GPL-2.0-only
#include "starved.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

static void add_thread(struct cpu_time *t, const char *dir, const char *tid)
{
	char *path = text_printf("%s/%s/schedstat", dir, tid);
	FILE *f = fopen(path, "re");
	uint64_t ran, waited;

	free(path);
	if (!f)
		return;
	if (fscanf(f, "%" SCNu64 " %" SCNu64, &ran, &waited) == 2) {
		t->ran += ran;
		t->waited += waited;
	}
	fclose(f);
}

struct cpu_time cpu_time_of(pid_t pid)
{
	char *path = text_printf("/proc/%d/task", (int)pid);
	struct cpu_time t = { 0 };
	DIR *dir = opendir(path);
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			add_thread(&t, path, d->d_name);
	if (dir)
		closedir(dir);
	free(path);
	return t;
}

/* A thread that has ended takes its time with it. */
static uint64_t since(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

bool is_starved(const struct cpu_time *from, const struct cpu_time *to,
		uint64_t ns)
{
	uint64_t waited = since(from->waited, to->waited);

	return waited > since(from->ran, to->ran) && waited >= ns / 4;
}

uint64_t starved_stretch(const struct cpu_time *from, const struct cpu_time *to,
			 uint64_t ns)
{
	double waited = since(from->waited, to->waited);
	double ran = since(from->ran, to->ran);

	if (waited >= STRETCH_MAX * ran)
		return STRETCH_MAX * ns;
	return ns * (waited / ran);
}
