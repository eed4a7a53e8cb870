// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/stlb. One open file, at most one recorder, device or subscriber, one lock: every
 * call on a file is serialised by @lock, so what the file has become is made
 * once and lives until the last reference to the file is gone.
 */

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "binding.h"
#include "callers.h"
#include "device.h"
#include "subscriber.h"
#include "walk.h"

struct stlb_file {
	struct mutex lock;
	struct stlb_binding *binding;
	struct stlb_device *device;
	struct stlb_subscriber *subscriber;
};

static int stlb_open(struct inode *inode, struct file *file)
{
	struct stlb_file *sf;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!stlb_can_share())
		return -EOPNOTSUPP;
	sf = kzalloc(sizeof(*sf), GFP_KERNEL);
	if (!sf)
		return -ENOMEM;
	mutex_init(&sf->lock);
	file->private_data = sf;
	return 0;
}

static int stlb_release(struct inode *inode, struct file *file)
{
	struct stlb_file *sf = file->private_data;

	if (sf->binding)
		stlb_binding_destroy(sf->binding);
	if (sf->device)
		stlb_device_detach(sf->device);
	if (sf->subscriber)
		stlb_subscriber_destroy(sf->subscriber);
	mutex_destroy(&sf->lock);
	kfree(sf);
	return 0;
}

static ssize_t stlb_read(struct file *file, char __user *buf, size_t count,
			 loff_t *pos)
{
	struct stlb_file *sf = file->private_data;
	ssize_t ret;

	if (mutex_lock_interruptible(&sf->lock))
		return -ERESTARTSYS;
	ret = sf->binding ? stlb_binding_read(sf->binding, buf, count) : -ENXIO;
	mutex_unlock(&sf->lock);
	return ret;
}

static bool in_use(const struct stlb_file *sf)
{
	return sf->binding || sf->device || sf->subscriber;
}

static int ioctl_bind(struct stlb_file *sf, void __user *arg)
{
	struct stlb_binding *b;
	struct stlb_bind req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.abi != STLB_ABI)
		return -EPROTONOSUPPORT;
	if (req.reserved || req.ring_bytes < STLB_MIN_RING ||
	    req.ring_bytes > STLB_MAX_RING || !is_power_of_2(req.ring_bytes))
		return -EINVAL;
	if (in_use(sf))
		return -EBUSY;
	b = stlb_binding_create(req.ring_bytes);
	if (IS_ERR(b))
		return PTR_ERR(b);
	sf->binding = b;
	return 0;
}

static int ioctl_watch(struct stlb_file *sf, void __user *arg)
{
	struct stlb_watch req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	return stlb_binding_watch(sf->binding, &req);
}

static int ioctl_ptes(struct stlb_file *sf, void __user *arg)
{
	struct stlb_ptes req;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	err = stlb_binding_ptes(sf->binding, &req);
	if (err && err != -ENOSPC)
		return err;
	if (copy_to_user(arg, &req, sizeof(req)))
		return -EFAULT;
	return err;
}

static int ioctl_info(struct stlb_file *sf, void __user *arg)
{
	struct stlb_info info;

	stlb_binding_info(sf->binding, &info);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int ioctl_mark(struct stlb_file *sf, void __user *arg)
{
	u64 cookie;

	if (copy_from_user(&cookie, arg, sizeof(cookie)))
		return -EFAULT;
	return stlb_binding_mark(sf->binding, cookie);
}

static int ioctl_stamp(struct stlb_file *sf, void __user *arg)
{
	u64 addr;

	if (copy_from_user(&addr, arg, sizeof(addr)))
		return -EFAULT;
	return stlb_binding_stamp(sf->binding, addr);
}

static int ioctl_chains(struct stlb_file *sf, void __user *arg)
{
	struct stlb_chains req;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	err = stlb_binding_chains(sf->binding, &req);
	if (err && err != -ENOSPC)
		return err;
	if (copy_to_user(arg, &req, sizeof(req)))
		return -EFAULT;
	return err;
}

static int ioctl_flushes(struct stlb_file *sf, void __user *arg)
{
	struct stlb_flushes req;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	err = stlb_binding_flushes(sf->binding, &req);
	if (err && err != -ENOSPC)
		return err;
	if (copy_to_user(arg, &req, sizeof(req)))
		return -EFAULT;
	return err;
}

static int ioctl_visit(struct stlb_file *sf, void __user *arg)
{
	u64 value;

	if (copy_from_user(&value, arg, sizeof(value)))
		return -EFAULT;
	return stlb_binding_visit(sf->binding, value);
}

static int ioctl_deafen(struct stlb_file *sf, void __user *arg)
{
	struct stlb_deafen req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	return stlb_binding_deafen(sf->binding, &req);
}

static int ioctl_calls(void __user *arg)
{
	struct stlb_calls req;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	err = stlb_calls_find(&req);
	if (err && err != -ENOSPC)
		return err;
	if (copy_to_user(arg, &req, sizeof(req)))
		return -EFAULT;
	return err;
}

static long recorder_ioctl(struct stlb_file *sf, unsigned int cmd,
			   void __user *arg)
{
	if (!sf->binding)
		return -ENXIO;
	switch (cmd) {
	case STLB_IOC_WATCH:
		return ioctl_watch(sf, arg);
	case STLB_IOC_PTES:
		return ioctl_ptes(sf, arg);
	case STLB_IOC_INFO:
		return ioctl_info(sf, arg);
	case STLB_IOC_STAMP:
		return ioctl_stamp(sf, arg);
	case STLB_IOC_TRACE:
		return stlb_binding_trace(sf->binding);
	case STLB_IOC_CHAINS:
		return ioctl_chains(sf, arg);
	case STLB_IOC_FLUSHES_OPEN:
		return stlb_binding_flushes_open(sf->binding);
	case STLB_IOC_FLUSHES:
		return ioctl_flushes(sf, arg);
	case STLB_IOC_VISIT:
		return ioctl_visit(sf, arg);
	case STLB_IOC_DEAFEN:
		return ioctl_deafen(sf, arg);
	default:
		return ioctl_mark(sf, arg);
	}
}

static int ioctl_device(void __user *arg)
{
	struct stlb_device_info info;
	int err;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	err = stlb_device_info(&info);
	if (err)
		return err;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int ioctl_attach(struct stlb_file *sf, void __user *arg)
{
	struct stlb_device *device;
	struct stlb_attach req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (in_use(sf))
		return -EBUSY;
	device = stlb_device_attach(&req);
	if (IS_ERR(device))
		return PTR_ERR(device);
	sf->device = device;
	return 0;
}

/* Every argument of a call on a device. */
union device_arg {
	struct stlb_access access;
	struct stlb_range range;
	struct stlb_query query;
	struct stlb_stats stats;
	struct stlb_run run;
	struct stlb_halt halt;
	struct stlb_probe_request probe;
};

static int device_call(struct stlb_device *device, unsigned int cmd,
		       union device_arg *arg)
{
	switch (cmd) {
	case STLB_IOC_ACCESS:
		return stlb_device_access(device, &arg->access);
	case STLB_IOC_INVALIDATE:
		return stlb_device_invalidate(device, &arg->range);
	case STLB_IOC_GUARD:
		return stlb_device_guard(device, &arg->range);
	case STLB_IOC_QUERY:
		return stlb_device_query(device, &arg->query);
	case STLB_IOC_STATS:
		stlb_device_stats(device, &arg->stats);
		return 0;
	case STLB_IOC_RUN:
		return stlb_device_run(device, &arg->run);
	case STLB_IOC_PROBE:
		return stlb_device_probe(device, &arg->probe);
	case STLB_IOC_PROBED:
		return stlb_device_probed(device, &arg->probe);
	default:
		return stlb_device_halt(device, &arg->halt);
	}
}

/* The request's number says which way its argument goes, and its size. */
static long device_ioctl(struct stlb_file *sf, unsigned int cmd,
			 void __user *user)
{
	union device_arg arg;
	int err;

	if (!sf->device)
		return -ENXIO;
	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(&arg, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	err = device_call(sf->device, cmd, &arg);
	/* An access that failed half way has moved its first half. */
	if (err && cmd != STLB_IOC_ACCESS)
		return err;
	if (_IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(user, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return err;
}

static int ioctl_subscribe(struct stlb_file *sf, void __user *arg)
{
	struct stlb_subscriber *subscriber;
	struct stlb_sub_request req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (in_use(sf))
		return -EBUSY;
	subscriber = stlb_subscriber_create(&req);
	if (IS_ERR(subscriber))
		return PTR_ERR(subscriber);
	sf->subscriber = subscriber;
	return 0;
}

static int ioctl_counts(struct stlb_file *sf, void __user *arg)
{
	struct stlb_counts counts;

	stlb_subscriber_counts(sf->subscriber, &counts);
	return copy_to_user(arg, &counts, sizeof(counts)) ? -EFAULT : 0;
}

static int ioctl_look(struct stlb_file *sf, void __user *arg)
{
	struct stlb_look look;
	int err;

	if (copy_from_user(&look, arg, sizeof(look)))
		return -EFAULT;
	err = stlb_subscriber_look(sf->subscriber, &look);
	if (err)
		return err;
	return copy_to_user(arg, &look, sizeof(look)) ? -EFAULT : 0;
}

static long subscriber_ioctl(struct stlb_file *sf, unsigned int cmd,
			     void __user *arg)
{
	if (!sf->subscriber)
		return -ENXIO;
	switch (cmd) {
	case STLB_IOC_COUNTS:
		return ioctl_counts(sf, arg);
	case STLB_IOC_LOOK:
		return ioctl_look(sf, arg);
	default:
		return stlb_subscriber_end(sf->subscriber);
	}
}

static long ioctl_locked(struct stlb_file *sf, unsigned int cmd,
			 void __user *arg)
{
	switch (cmd) {
	case STLB_IOC_BIND:
		return ioctl_bind(sf, arg);
	case STLB_IOC_WATCH:
	case STLB_IOC_PTES:
	case STLB_IOC_INFO:
	case STLB_IOC_MARK:
	case STLB_IOC_STAMP:
	case STLB_IOC_TRACE:
	case STLB_IOC_CHAINS:
	case STLB_IOC_FLUSHES_OPEN:
	case STLB_IOC_FLUSHES:
	case STLB_IOC_VISIT:
	case STLB_IOC_DEAFEN:
		return recorder_ioctl(sf, cmd, arg);
	case STLB_IOC_DEVICE:
		return ioctl_device(arg);
	case STLB_IOC_ATTACH:
		return ioctl_attach(sf, arg);
	case STLB_IOC_ACCESS:
	case STLB_IOC_INVALIDATE:
	case STLB_IOC_GUARD:
	case STLB_IOC_QUERY:
	case STLB_IOC_STATS:
	case STLB_IOC_RUN:
	case STLB_IOC_HALT:
	case STLB_IOC_PROBE:
	case STLB_IOC_PROBED:
		return device_ioctl(sf, cmd, arg);
	case STLB_IOC_CALLS:
		return ioctl_calls(arg);
	case STLB_IOC_SUBSCRIBE:
		return ioctl_subscribe(sf, arg);
	case STLB_IOC_COUNTS:
	case STLB_IOC_LOOK:
	case STLB_IOC_UNSUBSCRIBE:
		return subscriber_ioctl(sf, cmd, arg);
	default:
		return -ENOTTY;
	}
}

static long stlb_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct stlb_file *sf = file->private_data;
	long ret;

	if (mutex_lock_interruptible(&sf->lock))
		return -ERESTARTSYS;
	ret = ioctl_locked(sf, cmd, (void __user *)arg);
	mutex_unlock(&sf->lock);
	return ret;
}

static const struct file_operations stlb_fops = {
	.owner = THIS_MODULE,
	.open = stlb_open,
	.release = stlb_release,
	.read = stlb_read,
	.unlocked_ioctl = stlb_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice stlb_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "stlb",
	.fops = &stlb_fops,
	.mode = 0600,
};

static int __init stlb_init(void)
{
	return misc_register(&stlb_misc);
}
module_init(stlb_init);

static void __exit stlb_exit(void)
{
	misc_deregister(&stlb_misc);
	stlb_shared_exit();
}
module_exit(stlb_exit);

MODULE_DESCRIPTION(
	"Recorder of secondary-TLB notifications, and devices with such a TLB");
MODULE_LICENSE("GPL");
