// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "needs.h"

int needs_release(struct scene *s, int err, unsigned int release,
		  unsigned int since, const char *what)
{
	if (err != -EINVAL || release >= since)
		return err;
	return scene_missing(s, what);
}

static bool has_line(const char *path, const char *start)
{
	FILE *f = fopen(path, "re");
	bool found = false;
	char line[128];

	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, start, strlen(start));
	if (f)
		fclose(f);
	return found;
}

int needs_memory_failure(struct scene *s, int err, const char *meminfo,
			 const char *what)
{
	if (err != -EINVAL || has_line(meminfo, "HardwareCorrupted:"))
		return err;
	return scene_missing(s, what);
}
