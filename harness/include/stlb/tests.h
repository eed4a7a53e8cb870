/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The catalogue: every test's name stands here, once.
 *
 * A transition test is called FAMILY.TRANSITION.EXTENT (notifier plane),
 * FAMILY.TRANSITION.DEVICE (device plane) or FAMILY.TRANSITION.MIRROR (mirror plane)
 * and lives in tests/FAMILY.c; all are listed below. Each transition
 * needs a row in every arch/.../rules.c or that file does not compile
 * (STLB_CHECK_RULES in rules.h).
 *
 * A recorder test, recorder.TEST, and a device test, device.TEST, check the
 * instruments themselves, and what hangs on no single transition; an API test,
 * api.TEST, checks what the notifier API promises whatever changes the pages, a
 * race test, race.TEST, what holds while many threads change them. They
 * have no row in the rules. `make check` holds these lists against what the test binaries say
 * of themselves (-l).
 */
#ifndef _STLB_TESTS_H
#define _STLB_TESTS_H

/* Of hugetlb pages of one size */
#define STLB_HUGETLB(X, size, bytes)                                           \
	X(hugetlb, reuse_##size, "write fault on a read-only hugetlb page of " bytes " nobody else maps: writable, same frame")       \
	X(hugetlb, mprotect_##size, "mprotect(PROT_READ|PROT_WRITE) of a read-only hugetlb page of " bytes ", then a write: writable, same frame") \
	X(hugetlb, mprotect_ro_##size, "mprotect(PROT_READ) of a writable hugetlb page of " bytes ": read-only, same frame")          \
	X(hugetlb, fork_##size, "fork() with a writable hugetlb page of " bytes ": read-only for the parent, same frame")             \
	X(hugetlb, cow_##size, "write fault on a hugetlb page of " bytes " that a child still maps: a new frame, writable")           \
	X(hugetlb, munmap_##size, "munmap() of a hugetlb page of " bytes ": no PTE")                                                   \
	X(hugetlb, dontneed_##size, "madvise(MADV_DONTNEED) of a hugetlb page of " bytes ": no PTE")                                  \
	X(hugetlb, mprotect_none_##size, "mprotect(PROT_NONE) of a writable hugetlb page of " bytes ": its entry lets nobody through, same frame") \
	X(hugetlb, uffd_wp_##size, "userfaultfd write-protects a writable hugetlb page of " bytes ": read-only, same frame")           \
	X(hugetlb, punch_hole_##size, "fallocate(FALLOC_FL_PUNCH_HOLE) in a file of hugetlb pages of " bytes ": no PTE")               \
	X(hugetlb, mremap_##size, "mremap() moves a hugetlb page of " bytes " to another address: no PTE")

/* X(family, transition, "what happens to the watched pages") */
#define STLB_TRANSITIONS(X)                                                    \
	X(upgrade, wp_reuse, "write fault on a read-only page nobody else maps: the PTE becomes writable, same frame")                  \
	X(upgrade, mprotect, "mprotect(PROT_READ|PROT_WRITE) of a read-only page, then a write: writable, same frame")                  \
	X(upgrade, by_process_vm_writev, "the same write fault, by process_vm_writev() of another process: writable, same frame")       \
	X(upgrade, by_proc_mem, "the same write fault, by a write to /proc/PID/mem of another process: writable, same frame")           \
	X(upgrade, by_ptrace, "the same write fault, by PTRACE_POKEDATA of another process: writable, same frame")                      \
	X(upgrade, by_read, "the same write fault, in read(2) into the page: writable, same frame")                                     \
	X(upgrade, by_vmsplice, "the same write fault, in vmsplice() of a pipe into the page: writable, same frame")		\
	X(upgrade, by_direct_read, "the same write fault, by an O_DIRECT read of a file into the page: writable, same frame")	\
	X(upgrade, by_populate, "the same write fault, by madvise(MADV_POPULATE_WRITE): writable, same frame")                          \
	X(upgrade, uffd, "userfaultfd takes its write protection away, then a write: writable, same frame")                             \
	X(upgrade, uffd_async, "write to a page whose write protection userfaultfd takes away by itself: writable, same frame")		\
	X(upgrade, soft_dirty, "write to a page whose soft-dirty bit was cleared: writable, same frame")			\
	X(upgrade, shared_clean, "first write to a clean page of a shared file: the PTE becomes writable, same frame")                  \
	X(upgrade, prot_none_restored, "mprotect(PROT_READ|PROT_WRITE) of a PROT_NONE page, then a write: writable, same frame")        \
	X(upgrade, numa_hint_restored, "write to a page that NUMA balancing had closed: writable, same frame")                           \
	X(file, mkwrite, "first write to a clean page of a shared file on ext4: the PTE becomes writable, same frame")		\
	X(file, writeback, "msync(MS_SYNC) writes a dirty page of a shared file on ext4 back: read-only, same frame")		\
	X(file, rewrite, "write to a page of a shared file on ext4 after writeback: writable, same frame")			\
	X(file, private_copy, "write to a page of the page cache that is mapped private: a new frame, writable")		\
	X(file, reclaim, "madvise(MADV_PAGEOUT) of a clean page of a file on ext4: no PTE")					\
	X(swap, pageout, "madvise(MADV_PAGEOUT) of a page that goes to swap: no PTE")						\
	X(swap, write_in, "write to a page that is in swap: from no PTE to a writable one")					\
	X(swap, read_then_write, "write to a page that a read has brought back from swap: writable, same frame")		\
	X(uring, fixed_buffer, "IORING_REGISTER_BUFFERS pins a read-only page for writing: the PTE becomes writable, same frame") \
	X(uring, read_fixed, "READ_FIXED, by a worker, into a registered buffer: nothing changes")				\
	X(uring, by_worker, "READ into a read-only page, by an io-wq worker: writable, same frame")				\
	X(uring, by_sqpoll, "READ into a read-only page, by the thread of IORING_SETUP_SQPOLL: writable, same frame")		\
	X(uring, provided_buffer, "READ into a read-only page out of a ring of provided buffers: writable, same frame")		\
	X(cow, copy, "write fault on a read-only page that a child still maps: a new frame, writable")                                  \
	X(cow, zero_page, "write fault on the zero page: a new frame, writable")                                                        \
	X(cow, forced, "a write to /proc/self/mem forces its way into a read-only zero page: a new frame, read-only")                   \
	X(cow, uprobe, "a uprobe is set in a page of a file that is mapped private: a new frame, read-only")		\
	X(cow, ksm_merge, "ksmd merges a writable page with others of the same bytes: a new frame, read-only")                          \
	X(cow, ksm_unmerge, "write fault on a page that KSM merged with another: a new frame, writable")                                \
	X(cow, migrate, "madvise(MADV_SOFT_OFFLINE) migrates a writable page, then a write: a new frame, writable")                     \
	X(cow, migrate_ro, "madvise(MADV_SOFT_OFFLINE) migrates a read-only page, then a read: a new frame, read-only")                  \
	X(cow, migrate_clean, "the same for a page of a file that was never written to: a new frame, read-only")                         \
	X(cow, migrate_back, "migration gives a writable page up when its entry has gone already, then a write: writable, same frame")    \
	X(cow, compact, "/proc/sys/vm/compact_memory moves a writable page, then a write: a new frame, writable")                        \
	X(downgrade, fork, "fork(): the parent's writable PTE becomes read-only, same frame")                                           \
	X(downgrade, mprotect, "mprotect(PROT_READ) of a writable page: read-only, same frame")                                         \
	X(downgrade, exec, "mprotect(PROT_READ) of a page that may be executed: read-only, not executable, same frame")                 \
	X(downgrade, mprotect_none, "mprotect(PROT_NONE) of a writable page: its entry lets nobody through, same frame")                \
	X(downgrade, numa_hint, "NUMA balancing closes a writable page to see who uses it: its entry lets nobody through, same frame")     \
	X(downgrade, uffd_wp, "userfaultfd write-protects a writable page: read-only, same frame")                                      \
	X(downgrade, scan_wp, "ioctl(PAGEMAP_SCAN) write-protects a page that was written to: read-only, same frame")			\
	X(downgrade, scan_wp_written, "the same where the pages that were written to are reported: read-only, same frame")               \
	X(downgrade, scan_wp_present, "the same where what else they are is reported: read-only, same frame")                            \
	X(downgrade, scan_wp_full, "the same where the report is full before the range ends: read-only, same frame")                     \
	X(downgrade, soft_dirty, "/proc/self/clear_refs clears the soft-dirty bits: read-only, same frame")                             \
	X(unmap, munmap, "munmap() of a populated page: no PTE")                                                                        \
	X(unmap, munmap_clean, "munmap() of a page of a file that was never written to: no PTE")                                         \
	X(unmap, mmap_over, "mmap(MAP_FIXED) over a populated page: no PTE")								\
	X(unmap, zero_page, "munmap() of a page that was only read, the zero page: no PTE")                                              \
	X(unmap, dontneed, "madvise(MADV_DONTNEED) of a populated page: no PTE")                                                        \
	X(unmap, madv_free, "reclaim, by madvise(MADV_PAGEOUT), of a page after madvise(MADV_FREE): no PTE")                            \
	X(unmap, by_process_madvise, "the same by process_madvise() of another process: no PTE")					\
	X(unmap, guard, "madvise(MADV_GUARD_INSTALL) of a populated page: no PTE")							\
	X(unmap, hwpoison, "madvise(MADV_HWPOISON), a memory failure in a populated page: no PTE")					\
	X(unmap, mremap, "mremap() moves a populated page to another address: no PTE")                                                  \
	X(unmap, mremap_dontunmap, "mremap(MREMAP_DONTUNMAP) moves a populated page and leaves its mapping: no PTE")			\
	X(unmap, uffd_move, "userfaultfd moves a populated page to another address (UFFDIO_MOVE): no PTE")				\
	X(unmap, uffd_move_part, "the same where the page behind cannot be moved: no PTE")                                               \
	X(unmap, sparse, "munmap() of 4 MiB in which nothing else is populated: no PTE")                                                \
	X(unmap, truncate, "ftruncate() of a file that is mapped shared: no PTE")                                                       \
	X(unmap, punch_hole, "fallocate(FALLOC_FL_PUNCH_HOLE) in a file that is mapped shared: no PTE")                                 \
	X(unmap, none, "munmap() of pages that were never touched: nothing changes")                                                    \
	X(halfway, mprotect_ro, "mprotect(PROT_READ) of a writable page fails at the hole behind it: read-only, same frame")	\
	X(halfway, mprotect_none, "mprotect(PROT_NONE) of a writable page fails at the hole behind it: its entry lets nobody through, same frame") \
	X(halfway, populate, "madvise(MADV_POPULATE_WRITE) of a read-only page fails at the hole behind it: writable, same frame")	\
	X(halfway, dontneed, "madvise(MADV_DONTNEED) of a populated page fails at the hole behind it: no PTE")			\
	X(halfway, fork, "fork() fails when the child's page tables are there: read-only, same frame")				\
	X(halfway, uffd_wp, "userfaultfd write-protects a page and fails at the next mapping, which is not registered: read-only, same frame") \
	X(halfway, mremap, "mremap() moves a page and fails at the mapping behind it: no PTE")					\
	X(pfnmap, write, "first write to a clean page of a PCI device's memory: the PTE becomes writable, same frame")		\
	X(pfnmap, mprotect_ro, "mprotect(PROT_READ) of a writable page of a PCI device's memory: read-only, same frame")		\
	X(pfnmap, munmap, "munmap() of a page of a PCI device's memory: no PTE")						\
	X(age, idle, "/sys/kernel/mm/page_idle clears the accessed bit: old, writable, same frame")                                     \
	X(age, cold, "madvise(MADV_COLD) clears the accessed bit: old, writable, same frame")                                           \
	X(age, young, "read of an old page sets the accessed bit: young, writable, same frame")                                         \
	X(old, reuse, "write fault on a read-only page nobody else maps: writable, same frame")                                          \
	X(old, copy, "write fault on a read-only page that a child still maps: a new frame, writable")                                   \
	X(old, fork, "fork(): the parent's writable PTE becomes read-only, same frame")                                                  \
	X(old, mprotect_ro, "mprotect(PROT_READ) of a writable page: read-only, same frame")                                             \
	X(old, mprotect_none, "mprotect(PROT_NONE) of a writable page: its entry lets nobody through, same frame")                       \
	X(old, munmap, "munmap() of a populated page: no PTE")                                                                           \
	X(old, mremap, "mremap() moves a populated page to another address: no PTE")                                                     \
	X(old, madv_free, "reclaim, by madvise(MADV_PAGEOUT), of a page after madvise(MADV_FREE): no PTE")                               \
	X(old, migrate, "madvise(MADV_SOFT_OFFLINE) migrates a writable page: a new frame, writable")                                    \
	X(old, huge_mprotect_ro, "mprotect(PROT_READ) of a writable huge page: read-only, same frame")                                   \
	X(old, huge_munmap, "munmap() of a huge page: no PTE")                                                                           \
	X(spurious, write, "write to a page that is already writable: nothing changes")                                                 \
	X(spurious, read, "read from a page that is already there: nothing changes")                                                    \
	X(spurious, mprotect_same, "mprotect() to the protection that is already there: nothing changes")                               \
	X(spurious, willneed, "madvise(MADV_WILLNEED) of a populated page: nothing changes")                                            \
	X(spurious, neighbour, "munmap() of the page behind the watched ones: nothing changes for these")                               \
	X(thp, reuse, "write fault on a read-only huge page nobody else maps: writable, same frame")                                    \
	X(thp, mprotect, "mprotect(PROT_READ|PROT_WRITE) of a read-only huge page, then a write: writable, same frame")                 \
	X(thp, mprotect_ro, "mprotect(PROT_READ) of a writable huge page: read-only, same frame")                                       \
	X(thp, fork, "fork() with a writable huge page: read-only for the parent, same frame")                                          \
	X(thp, cow, "write fault on a huge page that a child still maps: it is split, one page gets a new frame")                       \
	X(thp, zero_page, "write fault on the huge zero page: a new frame, writable")                                                   \
	X(thp, collapse, "madvise(MADV_COLLAPSE) makes a huge page of base pages: new frames, writable")                                \
	X(thp, split, "mprotect(PROT_READ) of half a huge page: it is split, that half is read-only, same frame")                       \
	X(thp, unmap_part, "munmap() of half a huge page: it is split, that half has no PTE")                                           \
	X(thp, munmap, "munmap() of a huge page: no PTE")                                                                               \
	X(thp, dontneed, "madvise(MADV_DONTNEED) of a huge page: no PTE")                                                               \
	X(thp, mremap, "mremap() moves a huge page to another address: no PTE")                                                         \
	X(thp, mprotect_none, "mprotect(PROT_NONE) of a writable huge page: its entry lets nobody through, same frame")                 \
	X(thp, uffd_wp, "userfaultfd write-protects a writable huge page: read-only, same frame")                                       \
	X(thp, scan_wp, "ioctl(PAGEMAP_SCAN) write-protects a huge page that was written to: read-only, same frame")                     \
	X(thp, soft_dirty, "/proc/self/clear_refs clears the soft-dirty bit of a huge page: read-only, same frame")                     \
	X(thp, madv_free, "reclaim, by madvise(MADV_PAGEOUT), of a huge page after madvise(MADV_FREE): no PTE")                         \
	X(thp, uffd_move, "userfaultfd moves a huge page to another address (UFFDIO_MOVE): no PTE")                                     \
	X(thp, migrate_part, "madvise(MADV_SOFT_OFFLINE) of one page of a huge page: it is split, that page gets a new frame")          \
	X(large, mprotect, "mprotect(PROT_READ|PROT_WRITE) of read-only pages of a large folio, then writes: writable, same frames")     \
	X(large, mprotect_mixed, "the same where a child maps every second page, for those in between: writable, same frames")           \
	X(large, mprotect_ro, "mprotect(PROT_READ) of writable pages of a large folio: read-only, same frames")                          \
	X(large, fork, "fork() with writable pages of a large folio: read-only for the parent, same frames")                             \
	X(large, copy, "write fault on pages of a large folio that a child still maps: new frames, writable")                            \
	X(large, munmap, "munmap() of pages of a large folio: no PTEs")                                                                  \
	X(large, madv_free, "reclaim, by madvise(MADV_PAGEOUT), of a large folio after madvise(MADV_FREE): no PTEs")                     \
	X(large, collapse, "madvise(MADV_COLLAPSE) makes a huge page of it again: new frames, writable")                                 \
	X(shmem, mprotect, "mprotect(PROT_READ|PROT_WRITE) of a read-only huge page of shared memory, then a write: writable, same frame") \
	X(shmem, mprotect_ro, "mprotect(PROT_READ) of a writable huge page of shared memory: read-only, same frame")                    \
	X(shmem, split, "mprotect(PROT_READ) of half a huge page of shared memory: no PTE, for any of it")                              \
	X(shmem, munmap, "munmap() of a huge page of shared memory: no PTE")                                                            \
	X(shmem, remove, "madvise(MADV_REMOVE) of a huge page of shared memory: no PTE")                                                \
	X(shmem, collapse, "madvise(MADV_COLLAPSE) makes a huge page of base pages of shared memory: new frames, writable")             \
	STLB_HUGETLB(X, 64k, "64 KiB")                                                                                                  \
	STLB_HUGETLB(X, 2m, "2 MiB")                                                                                                    \
	STLB_HUGETLB(X, 32m, "32 MiB")                                                                                                  \
	STLB_HUGETLB(X, 512m, "512 MiB")                                                                                                \
	STLB_HUGETLB(X, 1g, "1 GiB")                                                                                                    \
	X(hugetlb, migrate_64k, "madvise(MADV_SOFT_OFFLINE) migrates a hugetlb page of 64 KiB, then a write: a new frame, writable")    \
	X(hugetlb, migrate_2m, "madvise(MADV_SOFT_OFFLINE) migrates a hugetlb page of 2 MiB, then a write: a new frame, writable")      \
	X(hugetlb, unshare_2m, "mprotect(PROT_READ) of a hugetlb page whose table another process shares: no PTE, for the table is left") \
	X(hugetlb, unshare_munmap, "munmap() of all that such a table maps: no PTE")                                                     \
	X(hugetlb, unshare_dontneed, "madvise(MADV_DONTNEED) of another page of such a table: no PTE, for the table is left")            \
	X(hugetlb, unshare_punch_hole, "fallocate(FALLOC_FL_PUNCH_HOLE) of another page of such a table: no PTE, for the table is left") \
	X(hugetlb, unshare_split, "madvise() of another part of the mapping, which splits it: no PTE, for the table is left")            \
	X(hugetlb, unshare_mremap, "mremap() moves all that the table maps to another address: no PTE")                                  \
	X(hugetlb, scan_wp_2m, "ioctl(PAGEMAP_SCAN) write-protects a hugetlb page of 2 MiB: read-only, same frame")                      \
	X(contpte, cow_first, "write fault on the first page of a contiguous set that a child still maps: a new frame, writable")       \
	X(contpte, cow_middle, "the same for a page in the middle of the set")                                                          \
	X(contpte, cow_last, "the same for the last page of the set")                                                                   \
	X(contpte, shared_clean, "first write to a clean contiguous set of shared memory: all of it becomes writable, same frames")     \
	X(contpte, mprotect, "mprotect(PROT_READ|PROT_WRITE) of a read-only contiguous set, then writes: writable, same frames")        \
	X(contpte, mprotect_ro, "mprotect(PROT_READ) of a writable contiguous set: read-only, same frames")                             \
	X(contpte, fork, "fork() with a writable contiguous set: read-only for the parent, same frames")                                \
	X(contpte, mprotect_one, "mprotect(PROT_READ) of one page of a contiguous set: read-only, same frame")                          \
	X(contpte, munmap_one, "munmap() of one page of a contiguous set: no PTE")                                                      \
	X(contpte, munmap, "munmap() of a contiguous set: no PTE")                                                                      \
	X(many, mprotect, "mprotect(PROT_READ|PROT_WRITE) of 600 read-only pages, then writes: writable, same frames")                  \
	X(many, mprotect_ro, "mprotect(PROT_READ) of 600 writable pages: read-only, same frames")                                       \
	X(many, fork, "fork() with 600 writable pages: read-only for the parent, same frames")                                          \
	X(many, munmap, "munmap() of 600 populated pages: no PTEs")                                                                     \
	X(many, mremap_table, "mremap() moves whole page tables of base pages to another address: no PTEs")                             \
	X(many, mremap_upper, "mremap() moves 1 GiB, and a table of page tables with it, to another address: no PTEs")                   \
	X(exit, release, "the process exits: the whole address space goes away")                                                        \
	X(exit, exec, "the process becomes another: its old address space goes away")                                                   \
	X(exit, threads, "a process exits with one more thread asleep and one at work: the whole address space goes away") \
	X(exit, reaped, "process_mrelease() of a process that was killed, before it ends: no PTEs, then no address space")

/* X(extent): how many watched pages one test changes */
#define STLB_EXTENTS(X)                                                        \
	X(page) /* one page, base or huge */                                   \
	X(run) /* STLB_RUN_PAGES adjacent base pages, or two huge ones */

#define STLB_RUN_PAGES 8

/* X(device): whose secondary TLB has the run of pages cached */
#define STLB_DEVICES(X)                                                        \
	X(model) /* stlb.ko's own */                                           \
	X(emulated) /* the machine's IOMMU */

/* X(watch): where else a test of each transition watches */
#define STLB_WATCHES(X)                                                        \
	X(cpu) /* what the CPUs execute */

/* X(mirror): which part of the kernel's own has entries for the run of pages */
#define STLB_MIRRORS(X) X(kvm) /* KVM: they are the memory of a VM */

/* X(test, "what it checks") */
#define STLB_RECORDER_TESTS(X)                                                 \
	X(bind_arguments, "BIND refuses what stlb.h says it refuses")          \
	X(watch_arguments, "WATCH refuses what stlb.h says it refuses")        \
	X(unbound, "calls before BIND fail with ENXIO")                        \
	X(stamped, "an event has the word at STAMP's address, which refuses what stlb.h says it refuses") \
	X(unknown_requests, "other ioctl numbers fail with ENOTTY")            \
	X(read_arguments, "read() gives whole records or an error, loses none") \
	X(sites, "a callback comes from a call that the kernel's text has (coverage lists these)") \
	X(order, "events come in order, numbered without gaps")                \
	X(beside_flushes, "a mark for each event stands among the CPUs' flushes, in order, for one file at a time") \
	X(overflow, "a full ring counts what it loses")                        \
	X(inherited, "a forked child's file shows the parent's events")        \
	X(exit_open, "a process exits with the file open")                     \
	X(kill, "a process is killed with the file open, changing pages")      \
	X(tables_go, "page tables of watched pages come and go while callbacks look at them") \
	X(reload, "the module unloads and loads again")

/* X(test, "what it checks") */
#define STLB_DEVICE_TESTS(X)                                                   \
	X(attach_arguments, "DEVICE and ATTACH refuse what stlb.h says they refuse") \
	X(access_arguments, "the calls on a device refuse what stlb.h says they refuse") \
	X(moves_bytes, "accesses across pages move the right bytes, or stop at the fault") \
	X(capacity, "a full set refuses an entry, or evicts one if asked to")  \
	X(invalidates, "INVALIDATE drops its range and nothing else")          \
	X(invalidates_all, "INVALIDATE of the whole address space, as a kernel may flush it, ends and drops all") \
	X(probes, "PROBE accesses when the word says so, each time, without a system call") \
	X(halts, "HALT does not wait for an access's retries")                 \
	X(early_free, "a folio that only devices hold counts as freed, of whatever size, and no other does") \
	X(denied, "each profile keeps, drops or refetches an entry that denies a write") \
	X(page_request_hack, "invalidating before the answer ends an endless fault, with page requests only") \
	X(atc_order, "a device's own cache is invalidated after the TLB that fills it") \
	X(mixed_group, "where one user cannot take page faults, all must be told") \
	X(copro, "POWER9: an upgrade reaches the nest MMU through the coprocessor count") \
	X(hardware_dirty, "an entry that the CPU itself makes writable is nobody's to tell") \
	X(dirty_set, "where the CPU itself makes one page of a contiguous set dirty, a device can still write to another") \
	X(at_work, "a device at work while the CPU changes its pages loses no write, never faults for ever") \
	X(keeps_nothing, "200 times: attach, work, detach; free memory stays what it was") \
	X(reload, "the module loads, has devices at work, and unloads again")

/* X(test, "what it checks") */
#define STLB_API_TESTS(X)                                                      \
	X(arguments, "SUBSCRIBE and LOOK refuse what stlb.h says they refuse") \
	X(one_table, "from 6.6 no ops table may have the secondary-TLB op and invalidate_range_start/end") \
	X(own_calls, "each subscriber gets the calls of its kind, all of them and no others") \
	X(once, "a flush calls each subscriber of the secondary-TLB op once") \
	X(interval_first, "the same where an interval notifier is the mm's first subscriber") \
	X(unregister, "once unregistered, a subscriber is called no more") \
	X(shared, "mmu_notifier_get() gives one subscription to all, and the last put frees it") \
	X(shared_killed, "the same where a task is killed while it waits for that: the module outlives the subscription") \
	X(unregister_waits, "unregistering waits for the callbacks under way") \
	X(race, "subscribers come and go while pages change: those that stay lose nothing") \
	X(release, "an address space that ends calls each subscriber's release once") \
	X(refused, "an announcement that may not block is refused: nothing is taken, and the others are told of an end") \
	X(refused_by_interval, "the same where an interval notifier refuses") \
	X(refused_window, "the same, seen by an interval notifier that did not refuse: the window closes") \
	X(aging, "a mirror is asked who ages the page: each page, each mirror, and its answer counts") \
	X(mirror, "a mirror that follows the sequence protocol never uses a page whose change is under way")

/* X(test, "what it checks") */
#define STLB_RACE_TESTS(X)                                                     \
	X(protect, "mprotect() of pages by threads while devices write: none gets through a read-only entry, none is lost") \
	X(fork, "fork() and writes by threads while devices write: none is lost, none shows in a child") \
	X(migrate, "migration of pages by threads while devices write: none is lost") \
	X(unmap, "MADV_DONTNEED and mmap() of pages by threads while devices write: none reaches what has gone") \
	X(all, "all of these at a time")

/* X(test, "what it checks") */
#define STLB_FUZZ_TESTS(X) \
	X(ioctls, "calls on /dev/stlb with something wrong do no harm, and the module goes")

#define STLB_ENUM_TRANSITION(family, name, what) STLB_T_##family##_##name,
enum stlb_transition {
	STLB_TRANSITIONS(STLB_ENUM_TRANSITION)
	STLB_NR_TRANSITIONS,
	STLB_T_NONE = -1, /* a test without a transition */
};
#undef STLB_ENUM_TRANSITION

#endif /* _STLB_TESTS_H */
