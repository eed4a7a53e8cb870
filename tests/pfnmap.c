// SPDX-License-Identifier: GPL-2.0-only
/*
 * pfnmap: memory of a PCI device, mapped by its frames' numbers (VM_PFNMAP): there is no
 * struct page, the kernel counts no references, and a driver may take the mapping away.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/guest/clean.h"
#include "../harness/guest/sysfs.h"
#include "family.h"

STLB_FAMILY(pfnmap);

/*
 * QEMU's edu (docs/specs/edu.rst): its first BAR has 1 MiB, and from 0x41000 on neither a
 * register nor its buffer, so that it ignores what is written there.
 */
#define EDU_VENDOR "0x1234"
#define EDU_DEVICE "0x11e8"
#define EDU_UNUSED 0x80000

static bool is_edu(const char *slot)
{
	char path[300], vendor[16], device[16];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vendor", slot);
	if (sysfs_value(path, vendor, sizeof(vendor)))
		return false;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/device", slot);
	return !sysfs_value(path, device, sizeof(device)) &&
	       !strcmp(vendor, EDU_VENDOR) && !strcmp(device, EDU_DEVICE);
}

/* Its directory of sysfs; false: the machine has none. */
static bool find_edu(char *dir, size_t len)
{
	DIR *slots = opendir("/sys/bus/pci/devices");
	struct dirent *slot;
	bool found = false;

	while (slots && !found && (slot = readdir(slots))) {
		found = is_edu(slot->d_name);
		if (found)
			snprintf(dir, len, "/sys/bus/pci/devices/%.32s",
				 slot->d_name);
	}
	if (slots)
		closedir(slots);
	return found;
}

/* Without a driver it does not answer before it is enabled: a bus error. */
static int map_edu(struct scene *s)
{
	char dir[64], path[96];
	int err;

	if (!find_edu(dir, sizeof(dir)))
		return scene_missing(s,
				     "needs a PCI device's memory: QEMU's edu");
	snprintf(path, sizeof(path), "%s/enable", dir);
	err = scene_set(s, path, "1");
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/resource0", dir);
	s->fd = open(path, O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		return -errno;
	return mmap(s->base, s->nr * s->page, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, s->fd, EDU_UNUSED) == MAP_FAILED ?
		       -errno :
		       0;
}

static int touch_nothing(struct scene *s)
{
	return 0;
}

/* It has no bytes: what is smaller than 4 of them is an error on its bus. */
static int write_words(struct scene *s)
{
	for (size_t i = 0; i < s->nr; i++)
		*(volatile __u32 *)(s->base + i * s->page) = 1;
	return 0;
}

/* As clean_write(). */
static int write_clean_words(struct scene *s)
{
	long faults = minor_faults();

	write_words(s);
	scene_changed(s);
	return minor_faults() != faults ? 0 : scene_missing(s, CLEAN_MISSING);
}

static const struct transition write_clean = {
	TRANSITION(pfnmap, write),
	.before = ACCESS_RO,
	.after = ACCESS_RW,
	.frame = FRAME_SAME,
	.no_memory = true,
	.map = map_edu,
	.setup = touch_nothing, /* mmap() has filled the table */
	.lacks = clean_lacks,
	.trigger = write_clean_words,
};

FIXTURE_VARIANT_ADD(pfnmap, write)
{
	.t = &write_clean,
};

static const struct transition mprotect_ro = {
	TRANSITION(pfnmap, mprotect_ro),
	.before = ACCESS_RW,
	.after = ACCESS_RO,
	.frame = FRAME_SAME,
	.no_memory = true,
	.map = map_edu,
	.setup = write_words,
	.trigger = scene_write_protect,
};

FIXTURE_VARIANT_ADD(pfnmap, mprotect_ro)
{
	.t = &mprotect_ro,
};

static const struct transition unmap = {
	TRANSITION(pfnmap, munmap),
	.before = ACCESS_RW,
	.after = ACCESS_NONE,
	.no_memory = true,
	.map = map_edu,
	.setup = write_words,
	.trigger = scene_unmap,
};

FIXTURE_VARIANT_ADD(pfnmap, munmap)
{
	.t = &unmap,
};

TEST_HARNESS_MAIN
