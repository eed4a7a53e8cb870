/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's command line, and which QEMU.
 *
 * Environment: STLB_QEMU names the binary to use for every architecture; its
 * version is then not checked, unless STLB_QEMU_CHECK is "1". STLB_PLUGIN is stlb's
 * plugin, and STLB_PLUGIN_FOR the machines' QEMUs that load it, by the names that they
 * have without STLB_QEMU, separated by blanks: harness/setup/qemu-plugin.sh.
 */
#ifndef _STLB_QEMU_H
#define _STLB_QEMU_H

#include "run.h"

#define QEMU_MAJOR_NEEDED 10

/* The binary for this machine: a name to look up in PATH, or a path. */
const char *qemu_binary(const struct stlb_machine *machine);

/* Is this machine's binary's version to be checked? */
bool qemu_check_wanted(void);

/*
 * What `BINARY -version` said: NULL if it is new enough, else what is wrong
 * and what to do (one line; the caller frees). @output may be NULL.
 */
char *qemu_version_error(const struct stlb_machine *machine,
			 const char *output);

/* The same for a binary that could not be started (errno). */
char *qemu_start_error(const struct stlb_machine *machine, int error);

/*
 * Which of the machine's device_args fit a QEMU that printed @help for
 * `-device DEVICE,help`; NULL: none.
 */
const char *const *qemu_device_args(const struct stlb_machine *machine,
				    const char *help);

/*
 * Asks this machine's QEMU, unless it was the last one asked, and keeps the
 * answer for qemu_argv(), which otherwise asks itself. Waits for it, within
 * bounds. A QEMU that does not answer has no such device.
 */
void qemu_ask_device(const struct stlb_machine *machine);

/* The plugin that this machine's QEMU is to load, or NULL. */
const char *qemu_plugin(const struct stlb_machine *machine);

/*
 * The argument vector of one boot, NULL-terminated, @dma for tests that move
 * bytes through the machine's DMA engine. The console is on stdout, the result
 * channel on descriptor 3. The caller frees it with list_free().
 */
char **qemu_argv(const struct cell *cell, const char *image, const char *initrd,
		 bool dma);

/*
 * Writes a shell script that runs @argv, console and channel both on stdout.
 * Returns 0 or -errno.
 */
int qemu_write_script(const char *path, char *const *argv, const char *title);

#endif /* _STLB_QEMU_H */
