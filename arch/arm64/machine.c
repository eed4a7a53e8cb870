// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm64: QEMU virt, with an SMMUv3 and edu behind it; the kernel's own driver
 * is kept away from the SMMU, which stlb.ko drives. cortex-a57 has no hardware
 * dirty management (no FEAT_HAFDBS), so a page is writable or not, with no
 * third state.
 *
 * With icount, time in which the guest is idle passes at once: each copy of
 * edu's takes 100 ms.
 */

#include <string.h>

#include "../../harness/host/arch.h"

static bool is_kernel(const unsigned char *head, size_t len)
{
	/* Documentation/arm64/booting.rst: magic "ARM\x64" at byte 56 */
	return len >= 60 && !memcmp(head + 56, "ARM\x64", 4);
}

static const char *const args[] = {
	"-machine", "virt,gic-version=3,iommu=smmuv3,virtualization=on",
	"-device",  "edu,dma_mask=0xffffffffffffffff",
	"-icount",  "shift=3,sleep=off",
	NULL,
};

const struct stlb_machine stlb_machine_arm64 = {
	.qemu = "qemu-system-aarch64",
	.qemu_package = "qemu-system-arm",
	.args = args,
	.cpu = "cortex-a57",
	.console = "ttyAMA0",
	.channel = "/dev/ttyAMA1",
	.append = "initcall_blacklist=arm_smmu_driver_init",
	.image = "an arm64 Image",
	.is_kernel = is_kernel,
	.cross = "aarch64-linux-gnu-",
	.gdb_arch = "aarch64",
	.gdb_second = "$x1",
};
