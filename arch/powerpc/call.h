/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct calls in kernel text. Power ISA: b and bl, a signed 24-bit count of
 * words from the instruction itself. ELFv2: within the kernel a call goes to the
 * local entry point, behind the two instructions that set up r2.
 */
#ifndef _STLB_CALL_H
#define _STLB_CALL_H

#include <linux/bitops.h>
#include <linux/types.h>

/* Bytes of such an instruction, and between two places where one may stand. */
#define STLB_CALL_LEN 4
#define STLB_CALL_STEP 4
/* A caller in the kernel may skip so many bytes at a function's start. */
#define STLB_CALL_SKIP 8

/*
 * Where the instruction at @at goes, whose STLB_CALL_LEN bytes are at @bytes; @jump: it
 * does not come back. 0: it is no direct call or jump.
 */
static inline unsigned long stlb_call_target(const void *bytes,
					     unsigned long at, bool *jump)
{
	u32 insn = *(const u32 *)bytes;

	*jump = !(insn & 1);
	if ((insn & 0xfc000002) != 0x48000000)
		return 0;
	return at + (long)sign_extend32(insn & 0x03fffffc, 25);
}

#endif /* _STLB_CALL_H */
