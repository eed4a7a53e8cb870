// SPDX-License-Identifier: GPL-2.0-only

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "probe.h"
#include "stamp.h"

struct stlb_probe {
	struct stlb_device *device;
	struct task_struct *thread;
	struct stlb_stamp word;
	/* The thread's until it has been stopped. */
	u64 rounds;
	int err;
	u32 nr;
	struct stlb_probe_access accesses[];
};

static int make_one(struct stlb_device *device, struct stlb_probe_access *a)
{
	struct stlb_access req = {
		.addr = a->addr,
		.len = sizeof(a->word),
		.kind = a->kind,
	};
	int err = stlb_device_access_word(device, &req, &a->word);

	a->fault = req.fault;
	a->raw = req.raw;
	a->pfn = req.pfn;
	return err;
}

static void make_all(struct stlb_probe *p)
{
	u32 i;

	p->rounds++;
	p->err = 0;
	for (i = 0; i < p->nr && !p->err; i++)
		p->err = make_one(p->device, &p->accesses[i]);
}

/*
 * To all processes of the device's mm. Stopped ones wait for the word without a CPU:
 * edu's copies need time, and where the machine's time is the instructions that it
 * executes (QEMU's icount), waiting by executing them is dear. It is no system call,
 * and a stop that comes late, or finds nobody, costs time only.
 */
static void send_all(const struct mm_struct *mm, int signal)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_process(p)
		if (READ_ONCE(p->mm) == mm)
			send_sig(signal, p, 1);
	rcu_read_unlock();
}

static int probe_thread(void *data)
{
	struct stlb_probe *p = data;

	while (!kthread_should_stop()) {
		if (stlb_stamp_read(&p->word) == STLB_PROBE_GO) {
			/* What the test stored before the word is there. */
			smp_rmb();
			send_all(p->device->mm, SIGSTOP);
			make_all(p);
			smp_wmb();
			stlb_stamp_write(&p->word, STLB_PROBE_DONE);
			send_all(p->device->mm, SIGCONT);
		}
		usleep_range(50, 100);
	}
	return 0;
}

static int check(const struct stlb_device *device,
		 const struct stlb_probe_access *a)
{
	if (!IS_ALIGNED(a->addr, sizeof(a->word)) ||
	    !stlb_device_can_access(device, a->addr, sizeof(a->word), a->kind))
		return -EINVAL;
	return 0;
}

/* The accesses and the word. */
static int prepare(struct stlb_probe *p, const struct stlb_probe_request *req)
{
	int err = 0;
	u32 i;

	if (copy_from_user(p->accesses, u64_to_user_ptr(req->accesses),
			   req->nr * sizeof(p->accesses[0])))
		return -EFAULT;
	for (i = 0; i < p->nr && !err; i++)
		err = check(p->device, &p->accesses[i]);
	return err ?: stlb_stamp_pin(&p->word, req->word);
}

struct stlb_probe *stlb_probe_start(struct stlb_device *device,
				    const struct stlb_probe_request *req)
{
	struct stlb_probe *p;
	int err;

	if (!req->nr || req->nr > STLB_PROBE_MAX || req->reserved)
		return ERR_PTR(-EINVAL);
	p = kzalloc(struct_size(p, accesses, req->nr), GFP_KERNEL);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->device = device;
	p->nr = req->nr;
	err = prepare(p, req);
	if (err)
		goto free;
	p->thread = kthread_run(probe_thread, p, "stlb-probe");
	if (IS_ERR(p->thread)) {
		err = PTR_ERR(p->thread);
		goto unpin;
	}
	return p;

unpin:
	stlb_stamp_unpin(&p->word);
free:
	kfree(p);
	return ERR_PTR(err);
}

static int say(const struct stlb_probe *p, const struct stlb_probe_request *req)
{
	if (!p->rounds)
		return -ENODATA;
	if (p->err)
		return p->err;
	if (req->nr < p->nr || req->reserved)
		return -EINVAL;
	return copy_to_user(u64_to_user_ptr(req->accesses), p->accesses,
			    p->nr * sizeof(p->accesses[0])) ?
		       -EFAULT :
		       0;
}

int stlb_probe_end(struct stlb_probe *p, const struct stlb_probe_request *req)
{
	int err;

	kthread_stop(p->thread);
	err = req ? say(p, req) : 0;
	stlb_stamp_unpin(&p->word);
	kfree(p);
	return err;
}
