// SPDX-License-Identifier: GPL-2.0-only
/*
 * powerpc: QEMU pseries, radix guest, firmware-less (VOF).
 */

#include <string.h>

#include "../../harness/host/arch.h"

static bool is_kernel(const unsigned char *head, size_t len)
{
	/* ELF64, little endian; EM_PPC64 is 21 */
	static const unsigned char elf64le[] = { 0x7f, 'E', 'L', 'F', 2, 1 };

	return len >= 20 && !memcmp(head, elf64le, sizeof(elf64le)) &&
	       head[18] == 21 && head[19] == 0;
}

const struct stlb_machine stlb_machine_powerpc = {
	.qemu = "qemu-system-ppc64",
	.qemu_package = "qemu-system-ppc",
	.args = (const char *const[]){ "-machine", "pseries,x-vof=on,cap-nested-hv=on", NULL },
	.cpu = "power9",
	.console = "hvc0",
	.channel = "/dev/hvc1",
	.append = "",
	.image = "a 64-bit little-endian PowerPC vmlinux (ELF)",
	.is_kernel = is_kernel,
	.cross = "powerpc64le-linux-gnu-",
	.gdb_arch = "powerpc:common64",
	.gdb_second = "$r4",
	/* Callers that have the same TOC enter behind what loads it (ELFv2 ABI, 2.3.2.1). */
	.entry = 8,
};
