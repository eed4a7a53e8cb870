// SPDX-License-Identifier: GPL-2.0-only

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "deaf.h"

struct stlb_deaf {
	struct file *vm;
	struct mmu_notifier *subscription; /* the VM's, as long as @vm is held */
	const struct mmu_notifier_ops *hearing;
	struct mmu_notifier_ops ops;
};

/* virt/kvm/kvm_main.c, kvm_dev_ioctl_create_vm(): its struct kvm is the private data. */
static bool is_vm(const struct file *file)
{
	return !strcmp(file->f_path.dentry->d_name.name, "kvm-vm");
}

/*
 * It is a member of struct kvm, which is no larger than this, and of those who are told of
 * changes nobody else is asked who has used a page: no subscription of this module's is.
 */
static bool is_of(const struct mmu_notifier *subscription,
		  const struct file *vm)
{
	const char *kvm = vm->private_data, *at = (const char *)subscription;

	return at >= kvm && at < kvm + SZ_256K && subscription->ops &&
	       subscription->ops->invalidate_range_start &&
	       subscription->ops->test_young;
}

/* Younger subscriptions come first in the list. Under mmap_lock. */
static struct mmu_notifier *find(struct mmu_notifier *own,
				 const struct file *vm)
{
	struct mmu_notifier *mn = own;

	hlist_for_each_entry_continue(mn, hlist) {
		if (is_of(mn, vm))
			return mn;
	}
	return NULL;
}

static int go_deaf(struct stlb_deaf *deaf, struct mmu_notifier *own)
{
	int err = 0;

	mmap_write_lock(own->mm);
	deaf->subscription = find(own, deaf->vm);
	if (deaf->subscription) {
		deaf->hearing = deaf->subscription->ops;
		deaf->ops.release = deaf->hearing->release;
		WRITE_ONCE(deaf->subscription->ops, &deaf->ops);
	} else {
		err = -EINVAL;
	}
	mmap_write_unlock(own->mm);
	return err;
}

struct stlb_deaf *stlb_deaf_create(struct mmu_notifier *own, int fd)
{
	struct file *vm = fget(fd);
	struct stlb_deaf *deaf;
	int err = -EINVAL;

	if (!vm)
		return ERR_PTR(-EBADF);
	deaf = kzalloc(sizeof(*deaf), GFP_KERNEL);
	if (!deaf) {
		err = -ENOMEM;
		goto put;
	}
	deaf->vm = vm;
	if (is_vm(vm))
		err = go_deaf(deaf, own);
	if (!err)
		return deaf;
	kfree(deaf);
put:
	fput(vm);
	return ERR_PTR(err);
}

void stlb_deaf_end(struct stlb_deaf *deaf)
{
	if (!deaf)
		return;
	WRITE_ONCE(deaf->subscription->ops, deaf->hearing);
	/* Nobody is in a table that goes. */
	mmu_notifier_synchronize();
	fput(deaf->vm);
	kfree(deaf);
}
