// SPDX-License-Identifier: GPL-2.0-only

#include <sys/resource.h>

#include "clean.h"

const char *clean_lacks(const struct stlb_pte *pte)
{
	if (pte->flags & STLB_PTE_WRITE && pte->flags & STLB_PTE_HW_WRITE)
		return "needs arm64: no other table has an entry that is writable and clean";
	return NULL;
}

long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* A CPU with FEAT_HAFDBS takes no fault; device.hardware_dirty is about that. */
int clean_write(struct scene *s)
{
	long faults = minor_faults();

	scene_write(s);
	scene_changed(s);
	if (minor_faults() == faults)
		return scene_missing(s, CLEAN_MISSING);
	return 0;
}
