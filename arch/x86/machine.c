// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86: QEMU q35, with VT-d for first-stage translation, and edu behind it. VT-d
 * walks 4 levels of page tables, so the CPU must not have 5 (LA57).
 *
 * With icount, time in which the guest is idle passes at once: each copy of
 * edu's takes 100 ms. It makes everything else take three times as long, so only
 * boots that have such copies are given it.
 */

#include <string.h>

#include "../../harness/host/arch.h"

static bool is_kernel(const unsigned char *head, size_t len)
{
	/* Documentation/x86/boot.rst: "HdrS" at byte 0x202 */
	return len >= 0x206 && !memcmp(head + 0x202, "HdrS", 4);
}

static const char *const vtd[] = {
	"-device", "intel-iommu,intremap=off,scalable-mode=on,fsts=on", NULL
};
/* The same, from QEMU 10.0 to 11.0 */
static const char *const vtd_experimental[] = {
	"-device", "intel-iommu,intremap=off,x-scalable-mode=on,x-flts=on", NULL
};
static const struct stlb_device_args vtd_args[] = {
	{ .property = "fsts", .args = vtd },
	{ .property = "x-flts", .args = vtd_experimental },
	{ .property = NULL },
};

const struct stlb_machine stlb_machine_x86 = {
	.qemu = "qemu-system-x86_64",
	.qemu_package = "qemu-system-x86",
	.args = (const char *const[]){ "-machine", "q35", "-device",
				       "edu,dma_mask=0xffffffffffffffff",
				       NULL },
	.dma_args =
		(const char *const[]){ "-icount", "shift=3,sleep=off", NULL },
	.device = "intel-iommu",
	.device_args = vtd_args,
	/* With erms or fsrm pages are cleared by the byte; TCG does each by itself. */
	.cpu = "max,la57=off,erms=off,fsrm=off",
	.console = "ttyS0",
	.channel = "/dev/ttyS1",
	.append = "no_timer_check intel_iommu=off",
	.image = "an x86 bzImage",
	.is_kernel = is_kernel,
	.cross = "",
	.gdb_arch = "i386:x86-64",
	.gdb_second = "$rsi",
};
