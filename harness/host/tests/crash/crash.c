// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash.ko kind=KIND: one bug of the kernel, on purpose, for a log of how the
 * kernel reports it. For throw-away guests only.
 *
 * The bug happens in the context of the process that loads the module. A kind
 * whose check the kernel was built without does nothing visible, or worse.
 */

/* The reports quote it: the same wherever the module was built. */
#line 12 "crash/crash.c"

#include <linux/bug.h>
#include <linux/completion.h>
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kfence.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* Beyond every limit that make-fixtures.sh sets for the watchdogs. */
#define HOG_SECONDS 12

static char *kind;
module_param(kind, charp, 0400);

/* The compiler must neither know the value nor see that it is not used. */
static volatile unsigned long sink;
static volatile unsigned long zero;

static void read_at(unsigned long addr)
{
	sink = *(volatile unsigned long *)addr;
}

static void hog_cpu(void)
{
	unsigned int i;

	for (i = 0; i < HOG_SECONDS * 1000; i++)
		mdelay(1);
}

/* A page of the process that loads the module, faulted in. */
static unsigned long user_page(void)
{
	unsigned long addr = vm_mmap(NULL, 0, PAGE_SIZE,
				     PROT_READ | PROT_WRITE | PROT_EXEC,
				     MAP_PRIVATE | MAP_ANONYMOUS, 0);

	if (IS_ERR_VALUE(addr) || put_user(1, (int __user *)addr))
		return 0;
	return addr;
}

/* panic(), BUG() and the stack */

static void crash_panic(void)
{
	panic("crash: on purpose");
}

static void crash_bug(void)
{
	BUG();
}

static noinline void smash(unsigned long words)
{
	volatile unsigned long buf[4];
	volatile unsigned long *p = buf;

	while (words--)
		*p++ = words;
	sink = buf[zero];
}

static void crash_stack_smash(void)
{
	smash(12);
}

static noinline unsigned long deeper(unsigned long depth)
{
	volatile unsigned long frame[64];

	frame[depth % 64] = depth;
	return deeper(depth + 1) + frame[(depth + 1) % 64];
}

static void crash_stack_overflow(void)
{
	sink = deeper(zero);
}

/* Bad accesses and instructions */

static void crash_null_read(void)
{
	read_at(zero + 8);
}

static void crash_null_call(void)
{
	void (*fn)(void) = (void (*)(void))zero;

	fn();
}

static void crash_wild_read(void)
{
	read_at(PAGE_OFFSET + (1UL << 45) + zero);
}

static void crash_non_canonical(void)
{
	read_at(0x6bad6bad6bad6bacUL + zero);
}

static void crash_rodata_write(void)
{
	*(volatile unsigned char *)_ctype = 'X';
}

static void crash_user_read(void)
{
	read_at(user_page());
}

static void crash_user_exec(void)
{
	void (*fn)(void) = (void (*)(void))user_page();

	fn();
}

static void crash_bad_insn(void)
{
#if defined(CONFIG_X86)
	asm volatile("ud2"); /* not in the table of BUG()s */
#elif defined(CONFIG_ARM64)
	asm volatile(".inst 0");
#else
	asm volatile(".long 0");
#endif
}

static void crash_divide(void)
{
	sink = 1000 / zero;
}

/* WARN() and what is built on it */

static void crash_warn_on(void)
{
	WARN_ON(!zero);
}

static void crash_warn_once(void)
{
	WARN_ONCE(!zero, "crash: %lu sheep\n", zero + 3);
}

static void crash_refcount(void)
{
	refcount_t r = REFCOUNT_INIT(0);

	refcount_inc(&r);
}

static void crash_list(void)
{
	LIST_HEAD(head);
	LIST_HEAD(entry);

	head.prev = &entry;
	list_add_tail(&entry, &head);
	INIT_LIST_HEAD(&head);
	list_add(&entry, &head);
	head.next = &head;
	list_del(&entry);
}

static void crash_preempt_leak(void)
{
	preempt_count_add(1);
}

/* Memory */

/* Big enough to go past the lists that free without a look. */
static void crash_bad_page(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 5);

	if (!page)
		return;
	page->mapping = (void *)0x6bad6bad0000UL;
	__free_pages(page, 5);
}

static void crash_bad_page_map(void)
{
	unsigned long addr = user_page();
	pgd_t *pgd = pgd_offset(current->mm, addr);
	pmd_t *pmd;

	if (!addr)
		return;
	pmd = pmd_offset(pud_offset(p4d_offset(pgd, addr), addr), addr);
	WRITE_ONCE(*pte_offset_kernel(pmd, addr),
		   pfn_pte((1UL << 44 >> PAGE_SHIFT) - 1, PAGE_READONLY));
}

static void crash_pgtables_bytes(void)
{
	mm_inc_nr_ptes(current->mm);
}

static void crash_rss(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	percpu_counter_inc(&current->mm->rss_stat[MM_ANONPAGES]);
#else
	atomic_long_inc(&current->mm->rss_stat.count[MM_ANONPAGES]);
#endif
}

static void crash_bad_pmd(void)
{
	pmd_t pmd = __pmd(0xbad0);

	pmd_ERROR(pmd);
}

static void crash_usercopy(void)
{
	char *obj = kmalloc(256, GFP_KERNEL);
	unsigned long user = user_page();

	OPTIMIZER_HIDE_VAR(obj);
	if (obj && user && copy_to_user((void __user *)user, obj, zero + 512))
		pr_info("crash: not copied\n");
	kfree(obj);
}

static void crash_fortify(void)
{
	struct {
		char name[8];
		char next[24];
	} s = { .next = "next" };
	char *src = kzalloc(64, GFP_KERNEL);

	if (src)
		memcpy(s.name, src, zero + 48);
	sink = s.name[zero];
	kfree(src);
}

/* Also one for KASAN, if the kernel has that. */
static void crash_slab_overrun(void)
{
	volatile char *obj = kmalloc(256, GFP_KERNEL);

	if (!obj)
		return;
	obj[256 + zero] = 'X';
	kfree((void *)obj);
}

static void crash_slab_use_after_free(void)
{
	volatile char *obj = kmalloc(256, GFP_KERNEL);
	unsigned int i;

	if (!obj)
		return;
	kfree((void *)obj);
	obj[20] = 'X';
	for (i = 0; i < 1000; i++)
		sink = (unsigned long)kmalloc(256, GFP_KERNEL);
}

/* A cache that has one is not merged with others. */
static void construct(void *obj)
{
}

static void crash_slab_objects_remain(void)
{
	struct kmem_cache *cache;

	cache = kmem_cache_create("crash", 56, 0, 0, construct);
	if (!cache)
		return;
	sink = (unsigned long)kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_destroy(cache);
}

#ifdef CONFIG_KFENCE
static void crash_kfence(void)
{
	unsigned long deadline = jiffies + HOG_SECONDS * HZ;

	while (time_before(jiffies, deadline)) {
		char *obj = kmalloc(32, GFP_KERNEL);

		if (is_kfence_address(obj)) {
			kfree(obj);
			read_at((unsigned long)obj);
			return;
		}
		kfree(obj);
		cond_resched();
	}
}
#endif

static void crash_shift(void)
{
	sink = 1U << (zero + 40);
}

/* Watchdogs */

static void crash_soft_lockup(void)
{
	preempt_disable();
	hog_cpu();
	preempt_enable();
}

static void crash_hard_lockup(void)
{
	unsigned long flags;

	local_irq_save(flags);
	hog_cpu();
	local_irq_restore(flags);
}

static void wait_for_rcu(struct work_struct *work)
{
	synchronize_rcu();
}

static DECLARE_WORK(rcu_work, wait_for_rcu);

/* There is one that waits for this CPU, then. */
static void start_grace_period(void)
{
	unsigned int cpu = raw_smp_processor_id();

	schedule_work_on(cpumask_any_but(cpu_online_mask, cpu), &rcu_work);
}

static void crash_rcu_stall(void)
{
	start_grace_period();
	crash_soft_lockup();
	flush_work(&rcu_work);
}

/* The other CPU has to find out. */
static void crash_rcu_stall_other(void)
{
	start_grace_period();
	crash_hard_lockup();
	flush_work(&rcu_work);
}

static void crash_hung_task(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
}

static void hog_work(struct work_struct *work)
{
	crash_soft_lockup();
}

static DECLARE_WORK(work, hog_work);

static void crash_workqueue(void)
{
	schedule_work(&work);
	flush_work(&work);
}

/* Contexts and locks */

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static DEFINE_MUTEX(mutex);

static void crash_atomic_schedule(void)
{
	local_bh_disable();
	schedule();
	local_bh_enable();
}

static void crash_atomic_sleep(void)
{
	spin_lock(&lock_a);
	might_sleep();
	spin_unlock(&lock_a);
}

static void crash_preemptible(void)
{
	sink = smp_processor_id();
}

static void nest(spinlock_t *outer, spinlock_t *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

static void crash_lock_order(void)
{
	nest(&lock_a, &lock_b);
	nest(&lock_b, &lock_a);
}

static void crash_lock_recursive(void)
{
	static spinlock_t locks[2];
	int i;

	for (i = 0; i < 2; i++)
		spin_lock_init(&locks[i]);
	nest(&locks[0], &locks[1]);
}

static DECLARE_COMPLETION(ticked);

static void tick(struct timer_list *unused)
{
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	complete(&ticked);
}

static DEFINE_TIMER(timer, tick);

/* lock_a is a lock of soft interrupts from here on. */
static void lock_in_timer(void)
{
	mod_timer(&timer, jiffies + 1);
	wait_for_completion(&ticked);
}

static void crash_lock_state(void)
{
	lock_in_timer();
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
}

static void crash_lock_irq_order(void)
{
	lock_in_timer();
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	local_bh_disable();
	nest(&lock_a, &lock_b);
	local_bh_enable();
}

static void crash_lock_freed(void)
{
	struct mutex *m = kmalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return;
	mutex_init(m);
	mutex_lock(m);
	kfree(m);
}

static void crash_lock_kept(void)
{
	mutex_lock(&mutex);
}

static void crash_lock_unbalanced(void)
{
	mutex_unlock(&mutex);
}

static void crash_lock_no_key(void)
{
	spinlock_t *lock = kmalloc(sizeof(*lock), GFP_KERNEL);

	if (!lock)
		return;
	memset(lock, 0, sizeof(*lock));
	spin_lock(lock);
	spin_unlock(lock);
	kfree(lock);
}

static void crash_lock_recursion(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_a);
}

static void crash_rcu_usage(void)
{
	static int __rcu *pointer;

	sink = (unsigned long)rcu_dereference(pointer);
}

#define CRASH(kind) #kind, crash_##kind

static const struct {
	const char *name;
	void (*run)(void);
} crashes[] = {
	{ CRASH(panic) },
	{ CRASH(bug) },
	{ CRASH(stack_smash) },
	{ CRASH(stack_overflow) },
	{ CRASH(null_read) },
	{ CRASH(null_call) },
	{ CRASH(wild_read) },
	{ CRASH(non_canonical) },
	{ CRASH(rodata_write) },
	{ CRASH(user_read) },
	{ CRASH(user_exec) },
	{ CRASH(bad_insn) },
	{ CRASH(divide) },
	{ CRASH(warn_on) },
	{ CRASH(warn_once) },
	{ CRASH(refcount) },
	{ CRASH(list) },
	{ CRASH(preempt_leak) },
	{ CRASH(bad_page) },
	{ CRASH(bad_page_map) },
	{ CRASH(pgtables_bytes) },
	{ CRASH(rss) },
	{ CRASH(bad_pmd) },
	{ CRASH(usercopy) },
	{ CRASH(fortify) },
	{ CRASH(slab_overrun) },
	{ CRASH(slab_use_after_free) },
	{ CRASH(slab_objects_remain) },
#ifdef CONFIG_KFENCE
	{ CRASH(kfence) },
#endif
	{ CRASH(shift) },
	{ CRASH(soft_lockup) },
	{ CRASH(hard_lockup) },
	{ CRASH(rcu_stall) },
	{ CRASH(rcu_stall_other) },
	{ CRASH(hung_task) },
	{ CRASH(workqueue) },
	{ CRASH(atomic_schedule) },
	{ CRASH(atomic_sleep) },
	{ CRASH(preemptible) },
	{ CRASH(lock_order) },
	{ CRASH(lock_recursive) },
	{ CRASH(lock_state) },
	{ CRASH(lock_irq_order) },
	{ CRASH(lock_freed) },
	{ CRASH(lock_kept) },
	{ CRASH(lock_unbalanced) },
	{ CRASH(lock_no_key) },
	{ CRASH(lock_recursion) },
	{ CRASH(rcu_usage) },
};

static int __init crash_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(crashes); i++) {
		if (kind && !strcmp(kind, crashes[i].name)) {
			crashes[i].run();
			return 0;
		}
	}
	return -EINVAL;
}
module_init(crash_init);

MODULE_DESCRIPTION("Crashes the kernel on purpose");
MODULE_LICENSE("GPL");
