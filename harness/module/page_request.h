/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_PAGE_REQUEST_H
#define _STLB_PAGE_REQUEST_H

#include <linux/stlb.h>

struct mm_struct;

/*
 * stlb_page_request - have the kernel handle a device's fault
 * @mm:	  need not be alive
 * @addr: user virtual address
 *
 * What an IOMMU driver does for a page request: the VMA must allow the access,
 * then handle_mm_fault(). Process context, takes mmap_lock, sleeps. Returns 0
 * (answer: success), or the reason for another answer: -ESRCH the mm is gone,
 * -EFAULT no such mapping or not allowed, -ENOMEM.
 */
int stlb_page_request(struct mm_struct *mm, unsigned long addr,
		      enum stlb_access_kind kind);

#endif /* _STLB_PAGE_REQUEST_H */
