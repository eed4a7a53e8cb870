// SPDX-License-Identifier: GPL-2.0-only

#include <linux/err.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/uaccess.h>

#include "callers.h"

#include "call.h" /* arch/ARCH/call.h */

/* Different chains of one recorder; a test makes a few. */
#define CHAINS 64
/* Of this module's own, in front of the chain. */
#define OWN_FRAMES 6

struct chain {
	u64 count;
	unsigned long frames[STLB_CHAIN_FRAMES];
};

struct stlb_callers {
	raw_spinlock_t lock;
	u32 nr;
	u64 lost;
	struct chain chains[CHAINS];
};

#ifdef CONFIG_STACKTRACE
static u32 stack(unsigned long *frames, u32 nr)
{
	return stack_trace_save(frames, nr, 0);
}
#else
static u32 stack(unsigned long *frames, u32 nr)
{
	return 0;
}
#endif

struct stlb_callers *stlb_callers_create(void)
{
	struct stlb_callers *callers;

	if (!IS_ENABLED(CONFIG_STACKTRACE))
		return ERR_PTR(-EOPNOTSUPP);
	callers = kvzalloc(sizeof(*callers), GFP_KERNEL);
	if (!callers)
		return ERR_PTR(-ENOMEM);
	raw_spin_lock_init(&callers->lock);
	return callers;
}

void stlb_callers_destroy(struct stlb_callers *callers)
{
	kvfree(callers);
}

/* Under the lock. */
static void add(struct stlb_callers *callers, const struct chain *chain)
{
	u32 i;

	for (i = 0; i < callers->nr; i++) {
		if (memcmp(callers->chains[i].frames, chain->frames,
			   sizeof(chain->frames)))
			continue;
		callers->chains[i].count++;
		return;
	}
	if (callers->nr < CHAINS)
		callers->chains[callers->nr++] = *chain;
	else
		callers->lost++;
}

void stlb_callers_note(struct stlb_callers *callers)
{
	unsigned long frames[OWN_FRAMES + STLB_CHAIN_FRAMES];
	struct chain chain = { .count = 1 };
	u32 own = 0, nr = stack(frames, ARRAY_SIZE(frames));
	unsigned long flags;
	u32 i;

	while (own < nr && within_module(frames[own], THIS_MODULE))
		own++;
	for (i = 0; i < STLB_CHAIN_FRAMES && own + i < nr; i++)
		chain.frames[i] = frames[own + i];
	raw_spin_lock_irqsave(&callers->lock, flags);
	add(callers, &chain);
	raw_spin_unlock_irqrestore(&callers->lock, flags);
}

/*
 * One name may be that of several functions, so what tells them apart is added:
 * the distance from a function that every kernel has, the same in each boot.
 */
static long distance(unsigned long addr)
{
	return addr - (unsigned long)&mmu_notifier_synchronize;
}

static void describe_return(char *symbol, size_t size, unsigned long addr)
{
	snprintf(symbol, size, "%pB@%ld", (void *)addr, distance(addr));
}

/* The call that returns to @to, by its target's name. */
static void describe_callee(char *name, size_t size, unsigned long to)
{
	unsigned long at = to - STLB_CALL_LEN, target = 0;
	u8 insn[STLB_CALL_LEN] __aligned(sizeof(u32));
	bool jump = false;

	if (!copy_from_kernel_nofault(insn, (void *)at, sizeof(insn)))
		target = stlb_call_target(insn, at, &jump);
	if (target && !jump)
		snprintf(name, size, "%ps@%ld", (void *)target,
			 distance(target));
	else
		strscpy(name, "?", size);
}

static void describe(struct stlb_chain *out, const struct chain *chain)
{
	u32 i;

	memset(out, 0, sizeof(*out));
	out->count = chain->count;
	for (i = 0; i < STLB_CHAIN_FRAMES && chain->frames[i]; i++) {
		struct stlb_frame *frame = &out->frames[i];

		describe_return(frame->symbol, sizeof(frame->symbol),
				chain->frames[i]);
		describe_callee(frame->callee, sizeof(frame->callee),
				chain->frames[i]);
	}
}

int stlb_callers_copy(struct stlb_callers *callers, struct stlb_chains *req)
{
	struct stlb_chain __user *to = u64_to_user_ptr(req->chains);
	struct chain chain;
	struct stlb_chain *out;
	unsigned long flags;
	u32 i, room = req->nr, nr;
	int err = 0;

	/* Chains are only added, and what is there does not move. */
	raw_spin_lock_irqsave(&callers->lock, flags);
	nr = callers->nr;
	req->lost = callers->lost;
	raw_spin_unlock_irqrestore(&callers->lock, flags);
	req->nr = nr;
	if (room < nr)
		return -ENOSPC;
	out = kmalloc(sizeof(*out), GFP_KERNEL);
	if (!out)
		return -ENOMEM;
	for (i = 0; i < nr && !err; i++) {
		raw_spin_lock_irqsave(&callers->lock, flags);
		chain = callers->chains[i];
		raw_spin_unlock_irqrestore(&callers->lock, flags);
		describe(out, &chain);
		if (copy_to_user(&to[i], out, sizeof(*out)))
			err = -EFAULT;
	}
	kfree(out);
	return err;
}

/* ---- in the text -------------------------------------------------------- */

static bool is_to(unsigned long target, u64 function)
{
	return target && target >= function &&
	       target - function <= STLB_CALL_SKIP;
}

static int add_call(const struct stlb_calls *req, u32 i, unsigned long at,
		    bool jump)
{
	struct stlb_call __user *to = u64_to_user_ptr(req->calls);
	struct stlb_call call = { .jump = jump };

	describe_return(call.symbol, sizeof(call.symbol), at + STLB_CALL_LEN);
	return copy_to_user(&to[i], &call, sizeof(call)) ? -EFAULT : 0;
}

/* Text that is looked at in one go; a multiple of STLB_CALL_STEP. */
#define CHUNK SZ_4K

/* The search of one stlb_calls_find(). */
struct search {
	const struct stlb_calls *req;
	u32 room;
	u32 nr; /* calls found */
	/* A chunk, and as much behind it as an instruction may need. */
	u8 text[CHUNK + STLB_CALL_LEN] __aligned(sizeof(u32));
};

/* @len bytes of the chunk at @at begin an instruction that ends in it, or behind. */
static int search_chunk(struct search *s, unsigned long at, size_t len)
{
	unsigned long target;
	bool jump;
	size_t i;
	int err;

	for (i = 0; i < len; i += STLB_CALL_STEP) {
		target = stlb_call_target(s->text + i, at + i, &jump);
		if (!is_to(target, s->req->function))
			continue;
		err = s->nr < s->room ? add_call(s->req, s->nr, at + i, jump) :
					0;
		if (err)
			return err;
		s->nr++;
	}
	return 0;
}

static int search_text(struct search *s)
{
	/* Of the first bytes of instructions */
	size_t left = s->req->end - s->req->start, len, need;
	unsigned long at = s->req->start;
	int err;

	if (left < STLB_CALL_LEN)
		return 0;
	left -= STLB_CALL_LEN - 1;
	for (; left; at += len, left -= len) {
		if (fatal_signal_pending(current))
			return -EINTR;
		len = min_t(size_t, left, CHUNK);
		need = len + STLB_CALL_LEN - 1;
		err = copy_from_kernel_nofault(s->text, (void *)at, need) ?
			      -EFAULT :
			      search_chunk(s, at, len);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* Is it where the kernel has symbols? What has none is printed as a number. */
static bool is_symbol(unsigned long addr)
{
	char name[KSYM_SYMBOL_LEN];

	snprintf(name, sizeof(name), "%ps", (void *)addr);
	return strncmp(name, "0x", 2);
}

int stlb_calls_find(struct stlb_calls *req)
{
	struct search *s;
	int err;

	if (req->reserved || req->start < TASK_SIZE_MAX ||
	    req->end <= req->start || req->end - req->start > STLB_MAX_TEXT ||
	    req->start % STLB_CALL_STEP || !is_symbol(req->start) ||
	    !is_symbol(req->end - 1))
		return -EINVAL;
	s = kvzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->req = req;
	s->room = req->nr;
	err = search_text(s);
	req->nr = s->nr;
	if (!err && s->nr > s->room)
		err = -ENOSPC;
	kvfree(s);
	return err;
}
