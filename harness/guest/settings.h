/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of the kernel's, in sysfs and its like, that a test changes and puts back.
 *
 * Functions may sleep, and return 0 or -errno. A struct settings that is all zero has
 * changed nothing.
 */
#ifndef _STLB_SETTINGS_H
#define _STLB_SETTINGS_H

#include <stddef.h>

struct setting {
	char path[96];
	char old[32];
};

struct settings {
	struct setting at[8];
	size_t nr;
};

/* A file that has one number or a choice of words; -ENOSPC: too many are changed. */
int settings_set(struct settings *s, const char *path, const char *value);

/*
 * Stops who changes page tables by himself: periodic writeback, scans for NUMA hints,
 * compaction ahead of need. What this kernel has not is not there to be stopped.
 */
int settings_quiet(struct settings *s);

/* All that are changed, the last one first. */
void settings_restore(struct settings *s);

#endif /* _STLB_SETTINGS_H */
