// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings.h"
#include "sysfs.h"

int settings_set(struct settings *s, const char *path, const char *value)
{
	struct setting *set = &s->at[s->nr];
	int err;

	if (s->nr == sizeof(s->at) / sizeof(*set))
		return -ENOSPC;
	snprintf(set->path, sizeof(set->path), "%s", path);
	err = sysfs_value(path, set->old, sizeof(set->old));
	if (err)
		return err;
	if (!strcmp(set->old, value))
		return 0;
	err = sysfs_write(path, value);
	s->nr += !err;
	return err;
}

int settings_quiet(struct settings *s)
{
	static const char *const paths[] = {
		"/proc/sys/kernel/numa_balancing",
		"/proc/sys/vm/compaction_proactiveness",
		"/proc/sys/vm/dirty_writeback_centisecs",
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && !err; i++) {
		err = settings_set(s, paths[i], "0");
		if (err == -ENOENT)
			err = 0;
	}
	return err;
}

void settings_restore(struct settings *s)
{
	while (s->nr) {
		const struct setting *set = &s->at[--s->nr];

		sysfs_write(set->path, set->old);
	}
}
