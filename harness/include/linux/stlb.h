/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/stlb: what the kernel tells a secondary TLB about one address space, and
 * devices that have one.
 *
 * An open file is a recorder once STLB_IOC_BIND has succeeded on it, a device
 * once STLB_IOC_ATTACH has, a subscriber once STLB_IOC_SUBSCRIBE has; never two of
 * them. The second part of this file is about devices, the third about
 * subscribers.
 *
 * Protocol of a recorder
 *	fd = open("/dev/stlb")		CAP_SYS_ADMIN, else EPERM; nothing is recorded
 *					yet. EOPNOTSUPP: no hardware walks this
 *					machine's page tables (powerpc hash MMU)
 *	ioctl(fd, STLB_IOC_BIND)	binds fd to the caller's mm, recording starts
 *	ioctl(fd, STLB_IOC_WATCH)	pages whose PTE every later event captures
 *	ioctl(fd, STLB_IOC_STAMP)	a word of memory that every later event copies
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
 *	ENXIO	not a recorder yet (BIND has not succeeded on this file)
 */
#ifndef _UAPI_LINUX_STLB_H
#define _UAPI_LINUX_STLB_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define STLB_DEVICE "/dev/stlb"

/* Raised when a struct below changes; BIND refuses any other value. */
#define STLB_ABI 5

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

/* The kinds of change that are announced: enum mmu_notifier_event. */
enum stlb_range_kind {
	STLB_KIND_OTHER, /* one that is new */
	STLB_KIND_UNMAP,
	STLB_KIND_CLEAR,
	STLB_KIND_PROTECTION_VMA,
	STLB_KIND_PROTECTION_PAGE,
	STLB_KIND_SOFT_DIRTY,
	STLB_KIND_RELEASE,
	STLB_KIND_MIGRATE,
	STLB_KIND_EXCLUSIVE,
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
 * by whoever: spin_is_locked(). Where the kernel allocates these locks apart
 * (ALLOC_SPLIT_PTLOCKS: lockdep, PREEMPT_RT) by the caller, if lockdep is there to tell.
 * Clear when no watched page is in the range, it has no page table, the kernel is
 * not SMP, or nobody can tell.
 */
#define STLB_CTX_PTL (1U << 3)
#define STLB_CTX_MMAP_LOCK (1U << 4) /* rwsem_is_locked(&mm->mmap_lock) */
/* RANGE_START, RANGE_END: mmu_notifier_range_blockable(). */
#define STLB_CTX_BLOCKABLE (1U << 5)
/* The callback was handed an mm other than the bound one. */
#define STLB_CTX_FOREIGN_MM (1U << 6)
/* The caller's current->mm is the bound mm. */
#define STLB_CTX_CURRENT_MM (1U << 7)
/* A kernel thread made the call (PF_KTHREAD): kswapd, kcompactd, ksmd, khugepaged. */
#define STLB_CTX_KTHREAD (1U << 8)

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
 * The entry as it stands lets user space read through it: arch/ARCH/pte.h.
 * Clear for PROT_NONE, whose entry is PRESENT.
 */
#define STLB_PTE_HW_READ (1U << 6)
/*
 * The entry lets user space fetch instructions through it, the accessed bit aside:
 * arch/ARCH/pte.h.
 */
#define STLB_PTE_HW_EXEC (1U << 7)
/* The entry is valid, and lets nobody but the kernel through: arch/ARCH/pte.h. */
#define STLB_PTE_HW_KERNEL (1U << 8)
/* As HW_READ, the accessed bit aside: arch/ARCH/pte.h. Clear for PROT_NONE. */
#define STLB_PTE_HW_USER (1U << 9)

/*
 * struct stlb_pte - one watched page's leaf entry, by a lockless walk
 * @raw:   (out) the entry as stored; 0 where the walk met an empty level
 * @pfn:   (out) page frame of this page, in units of the kernel's page size;
 *	   valid with STLB_PTE_PRESENT, else 0
 * @flags: (out) STLB_PTE_*
 * @level: (out) 0 PTE, 1 PMD leaf, 2 PUD leaf, 3 P4D or PGD leaf; with @raw 0
 *	   the level at which the walk ended
 * @order: (out) the entry, or the set of entries that its contiguous bit makes
 *	   one, maps 1 << @order pages; valid with STLB_PTE_PRESENT, else 0
 */
struct stlb_pte {
	__u64 raw;
	__u64 pfn;
	__u32 flags;
	__u16 level;
	__u16 order;
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
 * @cookie:  (out) MARK: the caller's value; RANGE_*: enum stlb_range_kind; else 0
 * @pid:     (out) thread id that made the call, in the initial pid namespace
 * @tgid:    (out) its process
 * @cpu:     (out) where it ran
 * @preempt: (out) preempt_count() as the kernel keeps it
 * @nr_ptes: (out) number of struct stlb_pte that follow: every page watched,
 *	     in the order of the WATCH calls, lowest address first in each
 * @stamp:   (out) the word at STLB_IOC_STAMP's address as the event found it; 0
 *	     without one
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
	__u32 stamp;
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
 * STLB_IOC_STAMP - copy the u32 at user address *arg into every later event
 *
 * The caller's own address space, which need not be the bound one: the word is
 * found through its page frame, which stays pinned until close(). A shared
 * mapping, so that it stays one word across fork(); 4-byte aligned; writable.
 * Plain stores change it, so a caller can date the events before and after a
 * point without a system call.
 *
 * Errors: EBUSY there is one already; EINVAL unaligned; EFAULT not writable;
 * ENOMEM.
 */
#define STLB_IOC_STAMP _IOW('t', 0xb5, __u64)

/* Of a chain: from the function that called the subscriber outwards. */
#define STLB_CHAIN_FRAMES 6
#define STLB_SYMBOL 96

/*
 * struct stlb_frame - one return address of a chain
 * @symbol: (out) it, as FUNCTION+0xOFFSET/0xSIZE@DISTANCE; "" behind the last.
 *	    DISTANCE, decimal, in bytes from mmu_notifier_synchronize(), tells
 *	    functions of one name apart, and is the same in each boot of a kernel
 * @callee: (out) where the call in front of it goes, as FUNCTION@DISTANCE; "?"
 *	    where that is no direct call. Another function than the one of the frame before
 *	    it got there by jumps
 */
struct stlb_frame {
	char symbol[STLB_SYMBOL];
	char callee[STLB_SYMBOL];
};

/* struct stlb_chain - @count: (out) calls of the secondary-TLB op by this chain */
struct stlb_chain {
	__u64 count;
	struct stlb_frame frames[STLB_CHAIN_FRAMES];
};

/*
 * STLB_IOC_TRACE - remember by whom the secondary-TLB op is called from now on,
 * for ranges with watched pages
 *
 * Errors: EBUSY it does already; EOPNOTSUPP a kernel without CONFIG_STACKTRACE;
 * ENOMEM.
 */
#define STLB_IOC_TRACE _IO('t', 0xb6)

/*
 * STLB_IOC_CHAINS - the different chains since STLB_IOC_TRACE
 * @chains: (in) user pointer to an array of struct stlb_chain
 * @nr:	    (in) its length; (out) chains there are
 * @lost:   (out) calls whose chain found no room
 *
 * Errors: ENOSPC the array is too short (nothing is copied); ENODATA no
 * STLB_IOC_TRACE; ENOMEM.
 */
struct stlb_chains {
	__u64 chains;
	__u32 nr;
	__u32 lost;
};

#define STLB_IOC_CHAINS _IOWR('t', 0xb7, struct stlb_chains)

/*
 * STLB_IOC_DEAFEN - a VM of KVM's hears nothing that the bound mm tells, but of its end: its
 * memory's pages may be gone, and it goes on using them. Who asks for this sees to it that
 * they are nobody else's (STLB_ATTACH_HOLD), and that nobody subscribes to the mm, or ends a
 * subscription, as long as this lasts.
 * @vm: (in) file descriptor of the VM, made by this process, before BIND; STLB_NO_VM: what was
 *	deaf hears again, if there is any
 *
 * The VM is held until it hears again, or until close(), which is the same.
 * Errors: EBADF not a file; EINVAL not the bound process, no such VM of it, or @reserved is
 * not 0; EBUSY there is one already; ENOMEM.
 */
struct stlb_deafen {
	__s32 vm;
	__u32 reserved;
};

#define STLB_NO_VM (-1)
#define STLB_IOC_DEAFEN _IOW('t', 0xbb, struct stlb_deafen)

#define STLB_MAX_TEXT (256ULL << 20)

/*
 * struct stlb_call - a direct call or jump to a function
 * @symbol: (out) the address behind it, as in struct stlb_frame
 * @jump:   (out) 1: a jump, which leaves no return address
 */
struct stlb_call {
	char symbol[STLB_SYMBOL];
	__u32 jump;
	__u32 reserved;
};

/*
 * STLB_IOC_CALLS - where in the kernel's text a function is called
 * @function: (in) its address
 * @start:    (in) of the text: what /proc/kallsyms calls _stext, or in it
 * @end:      (in) _etext, or in it
 * @calls:    (in) user pointer to an array of struct stlb_call
 * @nr:	      (in) its length; (out) calls there are
 * @reserved: (in) 0
 *
 * On any open file. Errors: ENOSPC the array is too short; EINVAL @start or the last
 * byte is not where the kernel's symbols are (CONFIG_KALLSYMS), or more than
 * STLB_MAX_TEXT; EFAULT nothing is mapped in between; EINTR a fatal signal came.
 */
struct stlb_calls {
	__u64 function;
	__u64 start;
	__u64 end;
	__u64 calls;
	__u32 nr;
	__u32 reserved;
};

#define STLB_IOC_CALLS _IOWR('t', 0xe0, struct stlb_calls)

/*
 * read(2) of a recorder: whole events only, oldest first; 0 when the ring is empty (there is
 * no end of file and no blocking). Errors: EMSGSIZE the buffer is shorter than
 * the next event, which stays in the ring; ENXIO not bound.
 */

/* What a CPU has executed. */
enum stlb_flush_kind {
	STLB_FLUSH_NONE,
	STLB_FLUSH_TLB, /* invalidates something of the bound mm's: the rest says what */
	STLB_FLUSH_MARK, /* an event of the recorder's, @value its seq, comes next */
	STLB_FLUSH_VISIT, /* STLB_IOC_VISIT, @value what it was given */
};

/* Bits of a flush. */
#define STLB_FLUSH_BROADCAST (1U << 0) /* all CPUs, and who else listens; else @cpu */
#define STLB_FLUSH_LEAF (1U << 1) /* translations */
#define STLB_FLUSH_TABLES (1U << 2) /* what was cached of tables above the leaf */
#define STLB_FLUSH_ANY_SPACE (1U << 3) /* all address spaces; else @space */
#define STLB_FLUSH_BY_RANGE (1U << 4) /* by address; else all of the space */
#define STLB_FLUSH_SWITCH (1U << 5) /* comes with the load of an address space */
#define STLB_FLUSH_SYNCED (1U << 6) /* this CPU has since executed a barrier for it */

/*
 * struct stlb_flush - what a CPU did to TLBs, or a mark in the same order
 * @kind:   (out) enum stlb_flush_kind
 * @cpu:    (out) the CPU's number, as the machine has it
 * @flags:  (out) STLB_FLUSH_*
 * @stamp:  (out) the word at STLB_IOC_STAMP's address right before it
 * @synced: (out) with STLB_FLUSH_SYNCED: that word at the barrier
 * @start:  (out) first byte that it covers
 * @end:    (out) first byte behind; -1 for everything
 * @space:  (out) address space: arm64 ASID, powerpc PID, x86 frame of the top table
 * @old:    (out) bit i: watched page i's entries were as STLB_IOC_FLUSHES_OPEN found them
 * @value:  (out) of a mark; else the instruction's operand
 * @level:  (out) 1 + the level of the leaf that the instruction names; 0: any
 * @shift:  (out) 1 << @shift bytes: the page size that it names; 0: any
 */
struct stlb_flush {
	__u16 kind;
	__u16 cpu;
	__u32 flags;
	__u32 stamp;
	__u32 synced;
	__u64 start;
	__u64 end;
	__u64 space;
	__u64 old;
	__u64 value;
	__u32 level;
	__u32 shift;
};

/*
 * STLB_IOC_FLUSHES_OPEN - have the machine's emulator put the CPUs' flushes into the
 * recorder's order from now on, until close(). Every event of the recorder's is a
 * mark among them. Watched pages: those of the WATCH calls until now, the first 64.
 *
 * Errors: EOPNOTSUPP nobody answers: no QEMU, or none with the plugin; EBUSY another
 * file has them, or this one does already; ESRCH the mm has been torn down; ENOMEM.
 */
#define STLB_IOC_FLUSHES_OPEN _IO('t', 0xb8)

/*
 * STLB_IOC_FLUSHES - what there is of them so far
 * @flushes: (in) user pointer to an array of struct stlb_flush
 * @nr:	     (in) its length; (out) how many there are
 * @lost:    (out) those that found no room
 * @space:   (out) the address space's own number, as in struct stlb_flush
 * @moved:   (out) 1: it was another one when they were opened
 *
 * Errors: ENOSPC the array is too short (nothing is copied); ENODATA not opened.
 */
struct stlb_flushes {
	__u64 flushes;
	__u32 nr;
	__u32 lost;
	__u64 space;
	__u32 moved;
	__u32 reserved;
};

#define STLB_IOC_FLUSHES _IOWR('t', 0xb9, struct stlb_flushes)

/*
 * STLB_IOC_VISIT - a mark of the caller's among them, of the CPU that it runs on
 *
 * Errors: ENODATA not opened.
 */
#define STLB_IOC_VISIT _IOW('t', 0xba, __u64)

/* Kinds of secondary TLB, all architectures. */
enum stlb_profile {
	STLB_SMMUV3, /* no broadcast TLB maintenance, no page requests */
	STLB_SMMUV3_PRI, /* as above, with page requests */
	STLB_SMMUV3_BTM, /* takes part in broadcast TLB maintenance */
	STLB_VTD, /* first stage, some user cannot take page faults */
	STLB_VTD_PRI, /* first stage, every user takes page faults */
	STLB_OPENCAPI_P9, /* POWER9 nest MMU */
	STLB_OPENCAPI_P10, /* POWER10 nest MMU */
	STLB_KVM_SHADOW, /* a hypervisor's second stage: no device plays it */
	STLB_CPU, /* the CPUs' own TLBs: no device plays them */
	STLB_NR_PROFILES,
};

/*
 * Devices: something that does DMA by user virtual address through a secondary
 * TLB of its own.
 *
 * Protocol
 *	ioctl(fd, STLB_IOC_DEVICE)	can it be played here, and if not, why?
 *	ioctl(fd, STLB_IOC_ATTACH)	to the caller's mm, cached entries: none
 *	ioctl(fd, STLB_IOC_ACCESS)	one DMA
 *	ioctl(fd, STLB_IOC_INVALIDATE)	as the driver's own callback would
 *	ioctl(fd, STLB_IOC_GUARD)	counts what reaches it for a range
 *	ioctl(fd, STLB_IOC_QUERY)	what is cached for a page
 *	ioctl(fd, STLB_IOC_STATS)	counters
 *	ioctl(fd, STLB_IOC_RUN, _HALT)	DMA without end, by a kernel thread
 *	ioctl(fd, STLB_IOC_PROBE, _PROBED)	a DMA each, when a word says so
 *	close(fd)			detaches
 *
 * It stays attached across fork() to the mm that it was attached to. When that
 * mm ends, .release ends all translation, and every later access faults. All
 * calls may sleep; calls on one file are serialised.
 * Common errors are those of a recorder, ENXIO: not a device yet.
 */
enum stlb_device_id {
	STLB_DEVICE_MODEL, /* in stlb.ko, any machine, any profile */
	STLB_DEVICE_EMULATED, /* the machine's IOMMU, and edu behind it */
	STLB_NR_DEVICES,
};

/*
 * STLB_IOC_DEVICE - can this device play that profile on this machine?
 * @device:  (in) enum stlb_device_id
 * @profile: (in) enum stlb_profile
 * @usable:  (out) 1: ATTACH can succeed; 0: @missing says what it takes
 * @fetches: (out) 1: it can fetch instructions (STLB_FETCH)
 * @name:    (out) "model", "smmuv3", ...; NUL padded
 * @missing: (out) one line; "" when usable
 */
struct stlb_device_info {
	__u32 device;
	__u32 profile;
	__u32 usable;
	__u32 fetches;
	char name[16];
	char missing[160];
};

/*
 * Hold a reference to each frame that the device gets at, as long as it may
 * have it cached: bytes then really move through a stale entry, into a page
 * that is nobody else's. Without it nothing is held (some transitions need a
 * frame with one owner), and an access through an entry whose frame is no longer
 * that page's moves nothing: STLB_FAULT_DEAD.
 */
#define STLB_ATTACH_HOLD (1U << 0)
/* Negative control: nothing that the kernel tells is acted on. */
#define STLB_ATTACH_IGNORE (1U << 1)
/*
 * The driver invalidates the page before it answers a page request. (May 2023
 * thread: the work-around on the driver's side.)
 */
#define STLB_ATTACH_REQUEST_INVALIDATES (1U << 2)
/*
 * Capacity evictions: a full set loses an entry. Without it an access that
 * would need one fails with ENOSPC, so that nothing leaves the TLB but by
 * invalidation. MODEL only.
 */
#define STLB_ATTACH_EVICT (1U << 3)
/* OPENCAPI_P9: do not raise the mm's coprocessor count. */
#define STLB_ATTACH_NO_COPRO (1U << 4)
/*
 * A profile with an ATC: invalidate it before the TLB that it is filled from, and
 * use the pages in between. The order is TLB first (SMMUv3 IHI0070 G.b 3.9.1;
 * VT-d 6.5.2.12).
 */
#define STLB_ATTACH_ATC_FIRST (1U << 5)
#define STLB_ATTACH_FLAGS 0x3fU

#define STLB_MAX_SETS 1024
#define STLB_MAX_WAYS 64

/*
 * STLB_IOC_ATTACH - make this file a device on the caller's mm
 * @abi:     (in) STLB_ABI
 * @device:  (in) enum stlb_device_id
 * @profile: (in) enum stlb_profile
 * @flags:   (in) STLB_ATTACH_*
 * @sets:    (in) MODEL: sets of the TLB, a power of two, 1..STLB_MAX_SETS; else 0
 * @ways:    (in) MODEL: entries of a set, 1..STLB_MAX_WAYS; else 0
 * @mailbox: (in) EMULATED: a populated, writable page of a shared mapping that
 *	     nobody else uses: the DMA engine's only way to and from the kernel.
 *	     Page aligned. MODEL: 0
 *
 * Errors: EBUSY this file is in use, or the emulated device is; ENODEV
 * STLB_IOC_DEVICE says why; EPROTONOSUPPORT another @abi; EFAULT @mailbox is not
 * as above; EIO, ETIMEDOUT the IOMMU does not do what it is told (the kernel log
 * says what); ENOMEM; EINTR; ESRCH the caller has no mm.
 */
struct stlb_attach {
	__u32 abi;
	__u32 device;
	__u32 profile;
	__u32 flags;
	__u32 sets;
	__u32 ways;
	__u64 mailbox;
};

enum stlb_fault {
	STLB_FAULT_NONE,
	STLB_FAULT_TRANSLATION, /* no entry, or one that denies user space */
	STLB_FAULT_PERMISSION, /* the entry denies this kind of access */
	STLB_FAULT_DEAD, /* see STLB_ATTACH_HOLD; proves a stale entry */
	STLB_FAULT_SILENT, /* the bytes did not move, no fault was recorded */
};

/* What is accessed is memory's data, or instructions: that is a read, too. */
enum stlb_access_kind {
	STLB_READ,
	STLB_WRITE,
	STLB_FETCH, /* only where STLB_IOC_DEVICE says @fetches */
	STLB_NR_KINDS,
};

#define STLB_MAX_ACCESS (64U << 10)
#define STLB_MAX_RETRIES 1000

/*
 * STLB_IOC_ACCESS - one DMA by user virtual address
 * @addr:     (in) first byte
 * @data:     (in) user pointer: to be written there, or room for what is read
 * @len:      (in) bytes, 1..STLB_MAX_ACCESS; may cross pages
 * @kind:     (in) enum stlb_access_kind
 * @retries:  (in) how often to retry a page that faults, 0..STLB_MAX_RETRIES.
 *	      A profile with page requests makes one before each retry
 * @moved:    (out) bytes moved, from @addr on
 * @fault:    (out) enum stlb_fault of the last attempt
 * @attempts: (out) for all pages together
 * @faults:   (out) attempts that faulted
 * @raw:      (out) EMULATED: the hardware's code of the last recorded fault
 * @pfn:      (out) frame of the last page moved, by the bytes themselves where
 *	      the hardware does not say; 0 if none
 *
 * Returns 0 also when it faulted. Errors: EFAULT @data; ENOSPC see
 * STLB_ATTACH_EVICT, or, EMULATED, more pages than it can keep account of;
 * EOPNOTSUPP EMULATED without STLB_ATTACH_HOLD: the page has another frame than
 * at the first access, which could then be anybody's; ETIMEDOUT the DMA engine
 * does not end; EINTR a fatal signal came. Behind each of these but EFAULT all that is
 * (out) holds, and @data has the @moved bytes that were moved before.
 */
struct stlb_access {
	__u64 addr;
	__u64 data;
	__u32 len;
	__u32 kind;
	__u32 retries;
	__u32 moved;
	__u32 fault;
	__u32 attempts;
	__u32 faults;
	__u32 raw;
	__u64 pfn;
};

/*
 * STLB_IOC_INVALIDATE - [start, end) of whole pages, as a callback would
 *
 * STLB_IOC_GUARD - count anew what reaches the device for [start, end), whole pages
 *
 * struct stlb_stats.reached is 0 when it returns. What the device had cached in the
 * range it still has as long as that stays so, capacity evictions apart.
 */
struct stlb_range {
	__u64 start;
	__u64 end;
};

#define STLB_CACHED (1U << 0)
#define STLB_CACHED_WRITE (1U << 1)
#define STLB_CACHED_EXEC (1U << 2)

/*
 * STLB_IOC_QUERY - what the device has cached for the page at @addr
 * @addr:  (in) any byte of it
 * @pfn:   (out) frame; 0 if not cached
 * @flags: (out) STLB_CACHED, STLB_CACHED_WRITE, STLB_CACHED_EXEC
 *
 * Errors: EOPNOTSUPP EMULATED: the hardware does not tell.
 */
struct stlb_query {
	__u64 addr;
	__u64 pfn;
	__u32 flags;
	__u32 reserved;
};

/*
 * STLB_IOC_STATS - counters since ATTACH
 * @accesses:	   (out) attempts, of one page each
 * @hits:	   (out) MODEL: answered from the TLB
 * @misses:	   (out) MODEL: walks
 * @faults:	   (out) attempts that faulted
 * @page_requests: (out) page requests made
 * @callbacks:	   (out) calls of the secondary-TLB op, acted on or not
 * @snooped:	   (out) broadcasts of the CPUs that were for this mm
 * @commands:	   (out) invalidation commands carried out
 * @dropped:	   (out) MODEL: entries that they removed
 * @evictions:	   (out) MODEL: entries lost to capacity
 * @early_free:	   (out) MODEL, HOLD: entries removed by a callback, or INVALIDATE, when the
 *		   only references to the frame's folio were devices': it had
 *		   been freed before the device was told
 * @reached:	   (out) since STLB_IOC_GUARD, for its range: what this profile acts
 *		   on, callbacks or broadcasts, also with STLB_ATTACH_IGNORE; release;
 *		   STLB_IOC_INVALIDATE; page requests that drop what they ask for
 * @timeouts:	   (out) EMULATED: commands that the IOMMU did not carry out in time.
 *		   What the device does from the first one on says nothing
 */
struct stlb_stats {
	__u64 accesses;
	__u64 hits;
	__u64 misses;
	__u64 faults;
	__u64 page_requests;
	__u64 callbacks;
	__u64 snooped;
	__u64 commands;
	__u64 dropped;
	__u64 evictions;
	__u64 early_free;
	__u64 reached;
	__u64 timeouts;
};

/*
 * STLB_IOC_RUN - DMA over a range, page after page, by a kernel thread
 * @addr:  (in) page aligned
 * @len:   (in) bytes, whole pages
 * @write: (in) 1: writes the number of the round, a u64, to the start of each
 *	   page; 0: reads it
 * @retries: (in) as for STLB_IOC_ACCESS
 *
 * Runs until STLB_IOC_HALT or detach. Errors: EBUSY it runs already. ACCESS,
 * QUERY and INVALIDATE work meanwhile.
 */
struct stlb_run {
	__u64 addr;
	__u64 len;
	__u32 write;
	__u32 retries;
};

/*
 * STLB_IOC_HALT - stop it
 * @rounds: (out) times that it went over the range
 * @moved:  (out) accesses whose bytes moved
 * @gave_up: (out) accesses that still faulted after their retries
 *
 * Errors: ENOENT it does not run.
 */
struct stlb_halt {
	__u64 rounds;
	__u64 moved;
	__u64 gave_up;
};

/* Accesses of one probe. */
#define STLB_PROBE_MAX 64

/* The word of a probe: the caller stores GO, the kernel DONE. */
#define STLB_PROBE_GO 1
#define STLB_PROBE_DONE 2

/*
 * struct stlb_probe_access - one access of 8 bytes, which is not retried
 * @addr:  (in) 8-byte aligned
 * @word:  (in) STLB_WRITE: what to write; (out) else: what was read
 * @pfn:   (out) as of STLB_IOC_ACCESS
 * @kind:  (in) enum stlb_access_kind
 * @fault: (out) enum stlb_fault
 * @raw:   (out) as of STLB_IOC_ACCESS
 * @reserved: 0
 */
struct stlb_probe_access {
	__u64 addr;
	__u64 word;
	__u64 pfn;
	__u32 kind;
	__u32 fault;
	__u32 raw;
	__u32 reserved;
};

/*
 * STLB_IOC_PROBE - have a kernel thread make accesses when a word says so
 * @word:     (in) user address of a u32 of the caller's, as for STLB_IOC_STAMP. Each
 *	      time that it is STLB_PROBE_GO the accesses are made, in order, and it
 *	      becomes STLB_PROBE_DONE: no system call is needed in between. Until then the
 *	      processes of the device's mm are stopped (SIGSTOP, SIGCONT)
 * @accesses: (in) user pointer to an array of struct stlb_probe_access
 * @nr:	      (in) its length, 1..STLB_PROBE_MAX
 * @reserved: (in) 0
 *
 * Until STLB_IOC_PROBED or detach. Errors: EBUSY there is a probe already; those of
 * STLB_IOC_STAMP but EBUSY.
 *
 * STLB_IOC_PROBED - end it
 * @word:     ignored
 * @accesses: (in) user pointer to room for all of them, as they were made last
 * @nr:	      (in) its length; EINVAL if that is too short
 *
 * Errors, the probe has ended with them, too: ENOENT there is none; ENODATA the word
 * never said so; those of STLB_IOC_ACCESS.
 */
struct stlb_probe_request {
	__u64 word;
	__u64 accesses;
	__u32 nr;
	__u32 reserved;
};

#define STLB_IOC_DEVICE _IOWR('t', 0xc0, struct stlb_device_info)
#define STLB_IOC_ATTACH _IOW('t', 0xc1, struct stlb_attach)
#define STLB_IOC_ACCESS _IOWR('t', 0xc2, struct stlb_access)
#define STLB_IOC_INVALIDATE _IOW('t', 0xc3, struct stlb_range)
#define STLB_IOC_QUERY _IOWR('t', 0xc4, struct stlb_query)
#define STLB_IOC_STATS _IOR('t', 0xc5, struct stlb_stats)
#define STLB_IOC_RUN _IOW('t', 0xc6, struct stlb_run)
#define STLB_IOC_HALT _IOR('t', 0xc7, struct stlb_halt)
#define STLB_IOC_PROBE _IOW('t', 0xc8, struct stlb_probe_request)
#define STLB_IOC_PROBED _IOW('t', 0xc9, struct stlb_probe_request)
#define STLB_IOC_GUARD _IOW('t', 0xca, struct stlb_range)

/*
 * Subscribers: one subscription to an mm of one kind, which only counts its
 * calls. For what the notifier API itself promises.
 *
 * Protocol
 *	ioctl(fd, STLB_IOC_SUBSCRIBE)	to the caller's mm
 *	ioctl(fd, STLB_IOC_COUNTS)	calls so far
 *	ioctl(fd, STLB_IOC_LOOK)	INTERVAL: uses a page through the mirror
 *	ioctl(fd, STLB_IOC_UNSUBSCRIBE)	ends it; COUNTS still works
 *	close(fd)			ends it, too
 *
 * All calls may sleep; calls on one file are serialised. Common errors are those
 * of a recorder, ENXIO: not a subscriber yet.
 */
enum stlb_subscriber_kind {
	STLB_SUB_SECONDARY, /* the secondary-TLB op, and release */
	STLB_SUB_RANGE, /* invalidate_range_start and _end, and release */
	STLB_SUB_BOTH, /* all of these in one ops table */
	STLB_SUB_RELEASE, /* release alone */
	STLB_SUB_SHARED, /* invalidate_range_start and _end, by mmu_notifier_get() */
	STLB_SUB_INTERVAL, /* an mmu_interval_notifier, and a mirror by it */
	STLB_SUB_START, /* invalidate_range_start, and release */
	STLB_SUB_AGING, /* clear_flush_young, clear_young and test_young, and release */
	STLB_NR_SUBSCRIBERS,
};

/*
 * RANGE, BOTH, START, INTERVAL: invalidate_range_start and the interval callback
 * give up the CPU for a while where they may block, LOOK does in its first turn
 * between its walk and its check: so other threads run in these windows, on one CPU
 * as well.
 */
#define STLB_SUB_LINGER (1U << 0)
/*
 * START, INTERVAL: the callback refuses what may not block: -EAGAIN, or false.
 * Not RANGE: who has invalidate_range_end may not refuse (c2655835fd8c).
 */
#define STLB_SUB_REFUSE (1U << 1)
/* AGING: the callbacks say of each page that it was used. */
#define STLB_SUB_YOUNG (1U << 2)
#define STLB_SUB_FLAGS 0x7U

/* Pages of one subscription. */
#define STLB_SUB_MAX_PAGES 64

/*
 * STLB_IOC_SUBSCRIBE - subscribe to the caller's mm
 * @abi:   (in) STLB_ABI
 * @kind:  (in) enum stlb_subscriber_kind
 * @start: (in) page aligned; only calls that touch [start, start + len) count
 * @len:   (in) bytes, whole pages, 1..STLB_SUB_MAX_PAGES of them. INTERVAL: what
 *	   is subscribed to. SHARED: the first file's is every file's
 * @flags: (in) STLB_SUB_LINGER, STLB_SUB_REFUSE, STLB_SUB_YOUNG, each with the kinds
 *	   that it names
 * @reserved: (in) 0
 *
 * Errors: EBUSY this file is in use; EPROTONOSUPPORT another @abi; EINVAL also:
 * the kernel refuses BOTH; EOPNOTSUPP it has no table for BOTH; ENOMEM; EINTR; ESRCH the caller has no mm.
 */
struct stlb_sub_request {
	__u32 abi;
	__u32 kind;
	__u64 start;
	__u64 len;
	__u32 flags;
	__u32 reserved;
};

/* The kernel's contract forbids BOTH (from 6.6): read off its headers. */
#define STLB_COUNTS_REFUSES_BOTH (1U << 0)

/*
 * STLB_IOC_COUNTS - calls since SUBSCRIBE
 * @secondary: (out) of the secondary-TLB op
 * @starts:    (out) of invalidate_range_start
 * @ends:      (out) of invalidate_range_end
 * @intervals: (out) of the interval notifier's invalidate
 * @releases:  (out) of release; unregistering makes one, too
 * @foreign:   (out) of any of these with another mm
 * @late:      (out) calls that came when UNSUBSCRIBE had returned
 * @again:     (out) calls of the secondary-TLB op by the task that made the
 *	       subscriber's last one, of the same range, with no call of another
 *	       subscriber's in between, whatever its mm. A flush calls all
 *	       subscribers of an mm, each once for a range or part of one; so where
 *	       there are two of one range, none of either's
 * @refused:   (out) calls that STLB_SUB_REFUSE refused; they count above as well
 * @sequence:  (out) INTERVAL: the number that the last call came with. Odd; calls for
 *	       invalidations that are not under way at the same time have different ones
 *	       (mmu_interval_set_seq())
 * @aged:      (out) AGING: the pages, bit 0 the first, of which clear_flush_young or
 *	       clear_young were called
 * @under_way: (out) callbacks running now
 * @flags:     (out) STLB_COUNTS_*
 *
 * SHARED: one set of counts for all files on the mm, 0 after UNSUBSCRIBE.
 */
struct stlb_counts {
	__u64 secondary;
	__u64 starts;
	__u64 ends;
	__u64 intervals;
	__u64 releases;
	__u64 foreign;
	__u64 late;
	__u64 again;
	__u64 refused;
	__u64 sequence;
	__u64 aged;
	__u32 under_way;
	__u32 flags;
};

/*
 * STLB_IOC_LOOK - read a word through the mirror, by the retry protocol
 * @addr:    (in) 8-byte aligned, in what is subscribed to
 * @word:    (out) read from the frame that the mirror has
 * @pfn:     (out) that frame; 0: the page table maps none
 * @retries: (out) turns that an invalidation spoilt
 * @wrong:   (out) 1: the mirror's frame was not the page table's: it was used in
 *	     the course of an invalidation
 *
 * Waits for an invalidation under way. Errors: EINVAL not INTERVAL, or @addr;
 * ESRCH the mm has been torn down; EINTR.
 */
struct stlb_look {
	__u64 addr;
	__u64 word;
	__u64 pfn;
	__u32 retries;
	__u32 wrong;
	__u64 reserved;
};

#define STLB_IOC_SUBSCRIBE _IOW('t', 0xd0, struct stlb_sub_request)
#define STLB_IOC_COUNTS _IOR('t', 0xd1, struct stlb_counts)
#define STLB_IOC_LOOK _IOWR('t', 0xd2, struct stlb_look)
/*
 * Returns when no callback can come any more. Of an INTERVAL that a refused
 * invalidation keeps in its tree (harness/module/mirror.c) only when the mm is
 * gone. Errors: ENOENT it has ended
 * already; EINTR SHARED: a fatal signal came while it waited for that, and the
 * subscription ends later: the module does not go before.
 */
#define STLB_IOC_UNSUBSCRIBE _IO('t', 0xd3)

#endif /* _UAPI_LINUX_STLB_H */
