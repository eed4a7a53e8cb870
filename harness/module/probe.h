/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that wait for a word of user memory: STLB_IOC_PROBE.
 *
 *	test					thread of the probe
 *	the call under test returns
 *	word = STLB_PROBE_GO, a plain store
 *	waits for the word, in user space	stops it, by a signal
 *						makes the accesses
 *						word = STLB_PROBE_DONE
 *						lets it go on
 *	next system call
 *
 * So a device is looked at after the call and before any system call that could
 * give the kernel an occasion to make up for what it has left out.
 */
#ifndef _STLB_PROBE_H
#define _STLB_PROBE_H

#include <linux/stlb.h>

struct stlb_device;
struct stlb_probe;

/*
 * stlb_probe_start - have the accesses of @req made when the word says so
 *
 * May sleep; the word is current->mm's. ERR_PTR: as for STLB_IOC_PROBE. The device must
 * outlive the probe.
 */
struct stlb_probe *stlb_probe_start(struct stlb_device *device,
				    const struct stlb_probe_request *req);
/*
 * stlb_probe_end - stop it, and say what the last round of its accesses gave
 * @req: where to; NULL: nowhere
 *
 * May sleep: for the accesses under way. Frees @probe. 0 or as for STLB_IOC_PROBED.
 */
int stlb_probe_end(struct stlb_probe *probe,
		   const struct stlb_probe_request *req);

#endif /* _STLB_PROBE_H */
