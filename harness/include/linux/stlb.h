/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/stlb: what the kernel tells a secondary TLB about one address space.
 *
 * Protocol
 *	fd = open("/dev/stlb")		CAP_SYS_ADMIN; nothing is recorded yet
 *	ioctl(fd, STLB_IOC_BIND)	binds fd to the caller's mm, recording starts
 *	ioctl(fd, STLB_IOC_WATCH)	pages whose PTE every later event captures
 *	ioctl(fd, STLB_IOC_MARK)	puts an event of the caller's own in the stream
 *	read(fd)			takes whole events off the ring, oldest first
 *	close(fd)			unbinds; also implied by the task's exit
 *
 * An open file is bound to at most one mm for its whole life. It stays bound
 * across fork() (a child that inherits it reads the parent's events) and after
 * that mm's exit (the ring can still be read). All calls may sleep and must be
 * made from process context; any thread holding the file may make them at the
 * same time. Addresses are user virtual addresses of the bound mm, in bytes,
 * page aligned where stated; ranges are half open: [start, end).
 *
 * Common errors
 *	EFAULT	argument not readable or writable
 *	EINVAL	a field outside its stated range, or a reserved field not zero
 *	ENOTTY	no such request
 *	ENXIO	not bound yet (BIND has not succeeded on this file)
 */
#ifndef _UAPI_LINUX_STLB_H
#define _UAPI_LINUX_STLB_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define STLB_DEVICE "/dev/stlb"

/* Raised when a struct below changes; BIND refuses any other value. */
#define STLB_ABI 1

/* Watched pages of one binding, all WATCH calls together. */
#define STLB_MAX_WATCHED 1024

/* Ring sizes BIND accepts, in bytes. */
#define STLB_MIN_RING (64U << 10)
#define STLB_MAX_RING (64U << 20)

/* What an event reports. */
enum stlb_op {
	/*
	 * The secondary-TLB op: mmu_notifier_ops.invalidate_range up to 6.5,
	 * .arch_invalidate_secondary_tlbs from 6.6 (1af5a8109904).
	 */
	STLB_OP_SECONDARY = 1,
	STLB_OP_RANGE_START = 2, /* .invalidate_range_start */
	STLB_OP_RANGE_END = 3, /* .invalidate_range_end */
	STLB_OP_RELEASE = 4, /* .release: the mm is being torn down */
	STLB_OP_MARK = 5, /* STLB_IOC_MARK; .cookie is the caller's */
};

/* Context bits of an event, as seen at the entry of the callback. */
#define STLB_CTX_IRQS_OFF (1U << 0) /* irqs_disabled() */
#define STLB_CTX_INTERRUPT (1U << 1) /* hard or soft interrupt, or NMI */
/*
 * in_atomic(). On a kernel without CONFIG_PREEMPT_COUNT a held spinlock does
 * not show here; see STLB_INFO_PREEMPT_COUNT.
 */
#define STLB_CTX_ATOMIC (1U << 2)
/*
 * The page-table lock of the first watched page in the event's range is held,
 * by whoever: spin_is_locked(). Clear when no watched page is in the range, it
 * has no page table, or the kernel is not SMP.
 */
#define STLB_CTX_PTL (1U << 3)
#define STLB_CTX_MMAP_LOCK (1U << 4) /* rwsem_is_locked(&mm->mmap_lock) */
/* RANGE_START, RANGE_END: mmu_notifier_range_blockable(). */
#define STLB_CTX_BLOCKABLE (1U << 5)
/* The callback was handed an mm other than the bound one. */
#define STLB_CTX_FOREIGN_MM (1U << 6)
/* The caller's current->mm is the bound mm. */
#define STLB_CTX_CURRENT_MM (1U << 7)

/* PTE bits, decoded by the kernel's own accessors. */
#define STLB_PTE_PRESENT (1U << 0) /* pte_present() */
#define STLB_PTE_WRITE (1U << 1) /* pte_write(): software's view */
#define STLB_PTE_DIRTY (1U << 2) /* pte_dirty() */
#define STLB_PTE_YOUNG (1U << 3) /* pte_young() */
/* Not none: present, or a swap, migration or other special entry. */
#define STLB_PTE_SOME (1U << 4)
/*
 * The entry as it stands lets a write through: arch/ARCH/pte.h. Differs from
 * WRITE on arm64, where a clean page has PTE_WRITE and PTE_RDONLY both set.
 */
#define STLB_PTE_HW_WRITE (1U << 5)

/*
 * struct stlb_pte - one watched page's leaf entry, by a lockless walk
 * @raw:   (out) the entry as stored; 0 where the walk met an empty level
 * @pfn:   (out) page frame of this page, in units of the kernel's page size;
 *	   valid with STLB_PTE_PRESENT, else 0
 * @flags: (out) STLB_PTE_*
 * @level: (out) 0 PTE, 1 PMD leaf, 2 PUD leaf, 3 P4D or PGD leaf; with @raw 0
 *	   the level at which the walk ended
 */
struct stlb_pte {
	__u64 raw;
	__u64 pfn;
	__u32 flags;
	__u32 level;
};

/*
 * struct stlb_event - one record of the ring, followed by its PTEs
 * @size:    (out) bytes of the whole record, @nr_ptes entries included; a
 *	     multiple of 8
 * @op:	     (out) enum stlb_op
 * @context: (out) STLB_CTX_*
 * @seq:     (out) number of the event since BIND, from 0, without gaps unless
 *	     events were lost
 * @time_ns: (out) ktime_get_mono_fast_ns(), nanoseconds
 * @start:   (out) first byte of the range; 0 for MARK and RELEASE
 * @end:     (out) first byte behind it; -1 when the kernel said "everything",
 *	     and for RELEASE
 * @cookie:  (out) MARK: the caller's value; RANGE_*: enum
 *	     mmu_notifier_event of the kernel; else 0
 * @pid:     (out) thread id that made the call, in the initial pid namespace
 * @tgid:    (out) its process
 * @cpu:     (out) where it ran
 * @preempt: (out) preempt_count() as the kernel keeps it
 * @nr_ptes: (out) number of struct stlb_pte that follow: every page watched,
 *	     in the order of the WATCH calls, lowest address first in each
 * @comm:    (out) the thread's name, NUL padded
 */
struct stlb_event {
	__u32 size;
	__u16 op;
	__u16 context;
	__u64 seq;
	__u64 time_ns;
	__u64 start;
	__u64 end;
	__u64 cookie;
	__u32 pid;
	__u32 tgid;
	__u32 cpu;
	__u32 preempt;
	__u32 nr_ptes;
	__u32 reserved;
	__u8 comm[16];
	struct stlb_pte ptes[];
};

/*
 * STLB_IOC_BIND - bind this file to the caller's mm and start recording
 * @abi:	(in) STLB_ABI
 * @ring_bytes:	(in) ring size, STLB_MIN_RING..STLB_MAX_RING, a power of two
 * @reserved:	(in) 0
 *
 * Errors: EBUSY already bound; EPROTONOSUPPORT another @abi; ENOMEM;
 * EINTR a signal arrived while the kernel waited to register the notifier;
 * ESRCH the caller has no mm (a kernel thread).
 */
struct stlb_bind {
	__u32 abi;
	__u32 ring_bytes;
	__u64 reserved;
};

/*
 * STLB_IOC_WATCH - capture these pages' PTEs with every event from now on
 * @start:    (in) page aligned
 * @nr_pages: (in) 1..STLB_MAX_WATCHED, in pages of the kernel's page size
 *
 * The pages need not be mapped. Watching a page twice captures it twice.
 *
 * Errors: EINVAL unaligned, empty, or beyond the user address space; ENOSPC
 * more than STLB_MAX_WATCHED pages in all.
 */
struct stlb_watch {
	__u64 start;
	__u64 nr_pages;
};

/*
 * STLB_IOC_PTES - the PTEs of all watched pages now, by the same walk
 * @ptes:    (in) user pointer to an array of struct stlb_pte
 * @nr_ptes: (in) its length; (out) pages watched
 *
 * Errors: ENOSPC the array is too short (nothing is copied, @nr_ptes says what
 * is needed); ESRCH the mm has been torn down.
 */
struct stlb_ptes {
	__u64 ptes;
	__u32 nr_ptes;
	__u32 reserved;
};

/*
 * STLB_IOC_INFO - facts of this binding and of this kernel
 * @recorded:	(out) events put into the ring since BIND
 * @lost:	(out) events that found the ring full
 * @mm_users:	(out) mm_users of the bound mm: 0 after its exit
 * @flags:	(out) STLB_INFO_*
 * @nr_watched:	(out) pages watched
 */
#define STLB_INFO_PREEMPT_COUNT (1U << 0) /* CONFIG_PREEMPT_COUNT=y */
#define STLB_INFO_RELEASED (1U << 1) /* .release has been called */
struct stlb_info {
	__u64 recorded;
	__u64 lost;
	__u32 mm_users;
	__u32 flags;
	__u32 nr_watched;
	__u32 reserved;
};

#define STLB_IOC_BIND _IOW('t', 0xb0, struct stlb_bind)
#define STLB_IOC_WATCH _IOW('t', 0xb1, struct stlb_watch)
#define STLB_IOC_PTES _IOWR('t', 0xb2, struct stlb_ptes)
#define STLB_IOC_INFO _IOR('t', 0xb3, struct stlb_info)
/*
 * STLB_IOC_MARK - append an STLB_OP_MARK event carrying *arg as its cookie
 *
 * Errors: ENOBUFS the ring is full; the mark counts as lost.
 */
#define STLB_IOC_MARK _IOW('t', 0xb4, __u64)

/*
 * read(2): whole events only, oldest first; 0 when the ring is empty (there is
 * no end of file and no blocking). Errors: EMSGSIZE the buffer is shorter than
 * the next event, which stays in the ring; ENXIO not bound.
 */

#endif /* _UAPI_LINUX_STLB_H */
