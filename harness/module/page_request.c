// SPDX-License-Identifier: GPL-2.0-only

#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "page_request.h"

/* What a VMA must allow, and what handle_mm_fault() is told. */
static const struct {
	unsigned long vm;
	unsigned int fault;
} access_flags[] = {
	[STLB_READ] = { VM_READ, 0 },
	[STLB_WRITE] = { VM_WRITE, FAULT_FLAG_WRITE },
	[STLB_FETCH] = { VM_EXEC, FAULT_FLAG_INSTRUCTION },
};

static bool allowed(const struct vm_area_struct *vma, unsigned long addr,
		    enum stlb_access_kind kind)
{
	/*
	 * Not what is no memory of the process's: the kernel's own special mappings
	 * warn of a fault that another task takes (find_timens_vvar_page()).
	 */
	return vma && addr >= vma->vm_start &&
	       !(vma->vm_flags & (VM_IO | VM_PFNMAP)) &&
	       vma->vm_flags & access_flags[kind].vm;
}

static int handle(struct mm_struct *mm, unsigned long addr,
		  enum stlb_access_kind kind)
{
	unsigned int flags = FAULT_FLAG_REMOTE | FAULT_FLAG_USER |
			     access_flags[kind].fault;
	struct vm_area_struct *vma = find_vma(mm, addr);
	vm_fault_t ret;

	if (!allowed(vma, addr, kind))
		return -EFAULT;
	ret = handle_mm_fault(vma, addr, flags, NULL);
	if (ret & VM_FAULT_OOM)
		return -ENOMEM;
	return ret & VM_FAULT_ERROR ? -EFAULT : 0;
}

int stlb_page_request(struct mm_struct *mm, unsigned long addr,
		      enum stlb_access_kind kind)
{
	int err;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	/* No retry is allowed in the flags, so the lock is still held after. */
	mmap_read_lock(mm);
	err = handle(mm, addr, kind);
	mmap_read_unlock(mm);
	mmput(mm);
	return err;
}
