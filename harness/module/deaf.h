/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_DEAF_H
#define _STLB_DEAF_H

#include <linux/mmu_notifier.h>

/*
 * A VM of KVM's that hears nothing but the end of its address space: the negative control
 * of the tests with VMs. Its subscription stays where it is, with a table of calls of ours.
 * Others' changes may be under way when it goes deaf, and when it hears again:
 *
 *	khugepaged			test
 *	range_start (heard)
 *					deaf
 *	range_end   (heard: KVM counts what is open)
 *	range_start (missed)
 *					hears again, when
 *	range_end   (missed)		no window is open that was missed
 *
 * All may sleep.
 */
struct stlb_deaf;

/*
 * stlb_deaf_create - the VM of file descriptor @fd hears nothing any more
 * @own: a subscription of the caller's to the same mm, younger than the VM's
 *
 * Nobody else may subscribe to that mm, or end a subscription, meanwhile. Holds the VM.
 * Returns ERR_PTR: -EBADF not a file; -EINVAL no VM of KVM's, or not of this mm, or older
 * subscriptions do not have it; -ENOMEM. Takes mmap_lock for writing.
 */
struct stlb_deaf *stlb_deaf_create(struct mmu_notifier *own, int fd);

/*
 * It hears again, and lets the VM go. NULL: nothing. Waits for windows that it has missed,
 * no longer than ten seconds; the same must hold.
 */
void stlb_deaf_end(struct stlb_deaf *deaf);

#endif /* _STLB_DEAF_H */
