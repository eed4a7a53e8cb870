/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct calls in kernel text. SDM vol. 2: E8 and E9, a signed 32-bit distance
 * from the next instruction. Any byte may be looked at: bytes of something else
 * that lead to one certain function by accident are not to be expected.
 */
#ifndef _STLB_CALL_H
#define _STLB_CALL_H

#include <linux/types.h>

/* Bytes of such an instruction, and between two places where one may stand. */
#define STLB_CALL_LEN 5
#define STLB_CALL_STEP 1
/* A caller in the kernel may skip so many bytes at a function's start. */
#define STLB_CALL_SKIP 0

/*
 * Where the instruction at @at goes, whose STLB_CALL_LEN bytes are at @bytes; @jump: it
 * does not come back. 0: it is no direct call or jump.
 */
static inline unsigned long stlb_call_target(const void *bytes,
					     unsigned long at, bool *jump)
{
	const u8 *insn = bytes;

	*jump = insn[0] == 0xe9;
	if (insn[0] != 0xe8 && insn[0] != 0xe9)
		return 0;
	return at + STLB_CALL_LEN + *(const s32 *)(insn + 1);
}

#endif /* _STLB_CALL_H */
