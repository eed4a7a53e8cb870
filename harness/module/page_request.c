// SPDX-License-Identifier: GPL-2.0-only

#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "page_request.h"

static bool allowed(const struct vm_area_struct *vma, unsigned long addr,
		    bool write, bool fetch)
{
	if (!vma || addr < vma->vm_start)
		return false;
	if (fetch)
		return vma->vm_flags & VM_EXEC;
	return vma->vm_flags & (write ? VM_WRITE : VM_READ);
}

static int handle(struct mm_struct *mm, unsigned long addr, bool write,
		  bool fetch)
{
	unsigned int flags = FAULT_FLAG_REMOTE | FAULT_FLAG_USER;
	struct vm_area_struct *vma = find_vma(mm, addr);
	vm_fault_t ret;

	if (!allowed(vma, addr, write, fetch))
		return -EFAULT;
	if (write)
		flags |= FAULT_FLAG_WRITE;
	if (fetch)
		flags |= FAULT_FLAG_INSTRUCTION;
	ret = handle_mm_fault(vma, addr, flags, NULL);
	if (ret & VM_FAULT_OOM)
		return -ENOMEM;
	return ret & VM_FAULT_ERROR ? -EFAULT : 0;
}

int stlb_page_request(struct mm_struct *mm, unsigned long addr, bool write,
		      bool fetch)
{
	int err;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	/* No retry is allowed in the flags, so the lock is still held after. */
	mmap_read_lock(mm);
	err = handle(mm, addr, write, fetch);
	mmap_read_unlock(mm);
	mmput(mm);
	return err;
}
