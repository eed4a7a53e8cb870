/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_EDU_H
#define _STLB_EDU_H

#include <linux/types.h>

/*
 * QEMU's edu device (docs/specs/edu.rst) as a DMA engine: it copies between bus
 * addresses and a buffer of its own. It does not say whether a copy went well.
 */

/* Bytes of the device's buffer, and the longest copy. */
#define STLB_EDU_BUFFER 4096

struct pci_dev;
struct stlb_edu;

/*
 * stlb_edu_get - take the machine's edu device
 * @missing: (out) on failure what it takes, one line, static
 *
 * Enables it, with bus mastering, and keeps it until stlb_edu_put(). There is
 * one user at a time: the caller serialises. No driver is bound to it, because
 * a driver would wait for the kernel's own IOMMU driver, which is kept away.
 * May sleep. Returns NULL on failure.
 */
struct stlb_edu *stlb_edu_get(const char **missing);
void stlb_edu_put(struct stlb_edu *edu);
struct pci_dev *stlb_edu_pci(const struct stlb_edu *edu);

/*
 * stlb_edu_copy - one copy, and wait for its end
 * @bus: address that the device puts on the bus
 * @len: 1..STLB_EDU_BUFFER bytes, at the start of its buffer
 * @to_memory: from the buffer to @bus; else from @bus to the buffer
 *
 * Sleeps. Returns 0, or -ETIMEDOUT when the device does not end. 0 does not
 * mean that the bytes arrived.
 */
int stlb_edu_copy(struct stlb_edu *edu, u64 bus, u32 len, bool to_memory);

#endif /* _STLB_EDU_H */
