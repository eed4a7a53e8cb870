// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86: QEMU q35.
 */

#include <string.h>

#include "../../harness/host/arch.h"

static bool is_kernel(const unsigned char *head, size_t len)
{
	/* Documentation/x86/boot.rst: "HdrS" at byte 0x202 */
	return len >= 0x206 && !memcmp(head + 0x202, "HdrS", 4);
}

const struct stlb_machine stlb_machine_x86 = {
	.qemu = "qemu-system-x86_64",
	.qemu_package = "qemu-system-x86",
	.args = (const char *const[]){ "-machine", "q35", NULL },
	.cpu = "max",
	.console = "ttyS0",
	.channel = "/dev/ttyS1",
	.append = "no_timer_check",
	.image = "an x86 bzImage",
	.is_kernel = is_kernel,
	.cross = "",
};
