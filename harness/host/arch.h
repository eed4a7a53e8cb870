/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An architecture as the host sees it: its rules and its QEMU machine.
 */
#ifndef _STLB_HOST_ARCH_H
#define _STLB_HOST_ARCH_H

#include <stdbool.h>
#include <stddef.h>

#include <stlb/rules.h>

/* Bytes of an image that stlb_machine.is_kernel needs to see. */
#define STLB_IMAGE_HEAD 4096

/* Arguments that take a QEMU whose device has this property. */
struct stlb_device_args {
	const char *property;
	const char *const *args; /* NULL-terminated */
};

struct stlb_machine {
	const char *qemu; /* "qemu-system-aarch64" */
	const char *qemu_package; /* Debian's package of it; NULL: not told */
	const char *const *args; /* machine arguments, NULL-terminated */
	/*
	 * Added for tests that move bytes through the machine's DMA engine,
	 * which have boots of their own then. NULL: one boot for all
	 */
	const char *const *dma_args;
	/*
	 * A device that not every QEMU has, or calls the same: the first of
	 * device_args that fits is added to args, or none. NULL: no such device
	 */
	const char *device;
	const struct stlb_device_args *device_args; /* ends with no property */
	const char *cpu; /* default -cpu */
	const char *console; /* kernel's name of the first serial port */
	const char *channel; /* guest device of the second one */
	const char *append; /* further kernel parameters, or "" */
	const char *image; /* what is_kernel accepts, for messages */
	/* Does an image that starts with these bytes boot on this machine? */
	bool (*is_kernel)(const unsigned char *head, size_t len);
	const char *cross; /* CROSS_COMPILE of Debian's compiler */
	const char *gdb_arch; /* gdb's "set architecture" */
	const char *gdb_second; /* gdb's name of a function's second argument */
	unsigned int entry; /* bytes behind its symbol at which a call enters a function */
};

struct stlb_arch {
	const char *name; /* as in the kernel's arch/ */
	const char *const *aliases; /* NULL-terminated: "aarch64", ... */
	const struct stlb_rulebook *rules;
	const struct stlb_machine *machine;
};

extern const struct stlb_machine stlb_machine_arm64;
extern const struct stlb_machine stlb_machine_x86;
extern const struct stlb_machine stlb_machine_powerpc;

/* All of them, in the order of reports; ends with a NULL name. */
extern const struct stlb_arch stlb_archs[];

/* By name or alias; NULL if there is none. */
const struct stlb_arch *stlb_arch_find(const char *name);

#endif /* _STLB_HOST_ARCH_H */
