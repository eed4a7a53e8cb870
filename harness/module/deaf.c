// SPDX-License-Identifier: GPL-2.0-only

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "deaf.h"

/* Tasks that may have windows open at once which a VM was not told of. */
#define TASKS_MAX 16
/* Far above what any takes */
#define WINDOW_TIMEOUT (10 * HZ)

/* A window is missed by a start that was not passed on: its end must not be, either. */
struct missed {
	const struct task_struct *task;
	unsigned int windows;
};

struct stlb_deaf {
	struct list_head node;
	struct file *vm;
	struct mmu_notifier *subscription; /* the VM's, as long as @vm is held */
	const struct mmu_notifier_ops *hearing;
	struct mmu_notifier_ops ops;
	bool on; /* starts are missed; under the lock */
	struct missed missed[TASKS_MAX]; /* under the lock */
	wait_queue_head_t ended; /* a window that was missed has */
};

/* Any context in which a subscription is called. */
static DEFINE_SPINLOCK(deafs_lock);
static LIST_HEAD(deafs);

/* Who is called has its entry: it goes when no call can be under way (stlb_deaf_end()). */
static struct stlb_deaf *deaf_of(const struct mmu_notifier *subscription)
{
	struct stlb_deaf *deaf;

	lockdep_assert_held(&deafs_lock);
	list_for_each_entry(deaf, &deafs, node)
		if (deaf->subscription == subscription)
			return deaf;
	return NULL;
}

/* @task's, or, for NULL, the first that is free; NULL: there is none. */
static struct missed *missed_of(struct stlb_deaf *deaf,
				const struct task_struct *task)
{
	for (size_t i = 0; i < TASKS_MAX; i++)
		if (deaf->missed[i].task == task)
			return &deaf->missed[i];
	return NULL;
}

static bool miss(struct stlb_deaf *deaf)
{
	struct missed *missed = missed_of(deaf, current) ?:
						missed_of(deaf, NULL);

	if (!missed)
		return false;
	missed->task = current;
	missed->windows++;
	return true;
}

/* A task's windows are nested, so the one that ends now is the one that it opened last. */
static bool was_missed(struct stlb_deaf *deaf)
{
	struct missed *missed = missed_of(deaf, current);

	if (!missed)
		return false;
	if (!--missed->windows)
		missed->task = NULL;
	return true;
}

static int start(struct mmu_notifier *subscription,
		 const struct mmu_notifier_range *range)
{
	struct stlb_deaf *deaf;
	bool missed;

	spin_lock(&deafs_lock);
	deaf = deaf_of(subscription);
	missed = deaf->on && miss(deaf);
	spin_unlock(&deafs_lock);
	return missed ? 0 :
			deaf->hearing->invalidate_range_start(subscription,
							      range);
}

static void end(struct mmu_notifier *subscription,
		const struct mmu_notifier_range *range)
{
	struct stlb_deaf *deaf;
	bool missed;

	spin_lock(&deafs_lock);
	deaf = deaf_of(subscription);
	missed = was_missed(deaf);
	spin_unlock(&deafs_lock);
	if (missed)
		wake_up(&deaf->ended);
	else
		deaf->hearing->invalidate_range_end(subscription, range);
}

static bool all_ended(struct stlb_deaf *deaf)
{
	bool ended = true;

	spin_lock(&deafs_lock);
	for (size_t i = 0; i < TASKS_MAX; i++)
		ended &= !deaf->missed[i].task;
	spin_unlock(&deafs_lock);
	return ended;
}

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
		deaf->ops.invalidate_range_start = start;
		deaf->ops.invalidate_range_end = end;
		spin_lock(&deafs_lock);
		deaf->on = true;
		list_add(&deaf->node, &deafs);
		spin_unlock(&deafs_lock);
		/* Who is called by the new table finds its entry. */
		smp_store_release(&deaf->subscription->ops, &deaf->ops);
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
	init_waitqueue_head(&deaf->ended);
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
	spin_lock(&deafs_lock);
	deaf->on = false;
	spin_unlock(&deafs_lock);
	/* A kernel that never ends one has done so before the VM was deaf, too. */
	wait_event_timeout(deaf->ended, all_ended(deaf), WINDOW_TIMEOUT);
	WRITE_ONCE(deaf->subscription->ops, deaf->hearing);
	/* Nobody is in a table that goes, nor looks for the entry. */
	mmu_notifier_synchronize();
	spin_lock(&deafs_lock);
	list_del(&deaf->node);
	spin_unlock(&deafs_lock);
	fput(deaf->vm);
	kfree(deaf);
}
