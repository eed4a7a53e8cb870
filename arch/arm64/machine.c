// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm64: QEMU virt. cortex-a57 has no hardware dirty management (no FEAT_HAFDBS),
 * so a page is writable or not, with no third state.
 */

#include <string.h>

#include "../../harness/host/arch.h"

static bool is_kernel(const unsigned char *head, size_t len)
{
	/* Documentation/arm64/booting.rst: magic "ARM\x64" at byte 56 */
	return len >= 60 && !memcmp(head + 56, "ARM\x64", 4);
}

const struct stlb_machine stlb_machine_arm64 = {
	.qemu = "qemu-system-aarch64",
	.qemu_package = "qemu-system-arm",
	.args = (const char *const[]){ "-machine", "virt,gic-version=3", NULL },
	.cpu = "cortex-a57",
	.console = "ttyAMA0",
	.channel = "/dev/ttyAMA1",
	.append = "",
	.image = "an arm64 Image",
	.is_kernel = is_kernel,
	.cross = "aarch64-linux-gnu-",
};
