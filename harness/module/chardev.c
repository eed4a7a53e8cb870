// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/stlb. One open file, at most one recorder or device, one lock: every
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
#include "device.h"

struct stlb_file {
	struct mutex lock;
	struct stlb_binding *binding;
	struct stlb_device *device;
};

static int stlb_open(struct inode *inode, struct file *file)
{
	struct stlb_file *sf;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
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
	if (sf->binding || sf->device)
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
	if (sf->binding || sf->device)
		return -EBUSY;
	device = stlb_device_attach(&req);
	if (IS_ERR(device))
		return PTR_ERR(device);
	sf->device = device;
	return 0;
}

static int ioctl_access(struct stlb_file *sf, void __user *arg)
{
	struct stlb_access req;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	err = stlb_device_access(sf->device, &req);
	if (err)
		return err;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static int ioctl_invalidate(struct stlb_file *sf, void __user *arg)
{
	struct stlb_range range;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	return stlb_device_invalidate(sf->device, &range);
}

static int ioctl_query(struct stlb_file *sf, void __user *arg)
{
	struct stlb_query query;
	int err;

	if (copy_from_user(&query, arg, sizeof(query)))
		return -EFAULT;
	err = stlb_device_query(sf->device, &query);
	if (err)
		return err;
	return copy_to_user(arg, &query, sizeof(query)) ? -EFAULT : 0;
}

static int ioctl_stats(struct stlb_file *sf, void __user *arg)
{
	struct stlb_stats stats;

	stlb_device_stats(sf->device, &stats);
	return copy_to_user(arg, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static int ioctl_run(struct stlb_file *sf, void __user *arg)
{
	struct stlb_run run;

	if (copy_from_user(&run, arg, sizeof(run)))
		return -EFAULT;
	return stlb_device_run(sf->device, &run);
}

static int ioctl_halt(struct stlb_file *sf, void __user *arg)
{
	struct stlb_halt halt;
	int err = stlb_device_halt(sf->device, &halt);

	if (err)
		return err;
	return copy_to_user(arg, &halt, sizeof(halt)) ? -EFAULT : 0;
}

static long device_ioctl(struct stlb_file *sf, unsigned int cmd,
			 void __user *arg)
{
	if (!sf->device)
		return -ENXIO;
	switch (cmd) {
	case STLB_IOC_ACCESS:
		return ioctl_access(sf, arg);
	case STLB_IOC_INVALIDATE:
		return ioctl_invalidate(sf, arg);
	case STLB_IOC_QUERY:
		return ioctl_query(sf, arg);
	case STLB_IOC_STATS:
		return ioctl_stats(sf, arg);
	case STLB_IOC_RUN:
		return ioctl_run(sf, arg);
	default:
		return ioctl_halt(sf, arg);
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
		return recorder_ioctl(sf, cmd, arg);
	case STLB_IOC_DEVICE:
		return ioctl_device(arg);
	case STLB_IOC_ATTACH:
		return ioctl_attach(sf, arg);
	case STLB_IOC_ACCESS:
	case STLB_IOC_INVALIDATE:
	case STLB_IOC_QUERY:
	case STLB_IOC_STATS:
	case STLB_IOC_RUN:
	case STLB_IOC_HALT:
		return device_ioctl(sf, cmd, arg);
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
module_misc_device(stlb_misc);

MODULE_DESCRIPTION(
	"Recorder of secondary-TLB notifications, and devices with such a TLB");
MODULE_LICENSE("GPL");
