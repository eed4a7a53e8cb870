// SPDX-License-Identifier: GPL-2.0-only
/*
 * powerpc, Book3S-64 with radix tables: secondary TLBs are the nest MMU and
 * the address caches of OpenCAPI devices.
 */
#define STLB_ARCH "powerpc"

#include "../generic/range_rules.h"

static const struct stlb_profile_info profiles[] = {
	/* Snoops tlbie while mm->context.copros is raised. */
	{ .id = STLB_OPENCAPI_P9, .name = "opencapi-p9", .teller = STLB_BY_BROADCAST,
	  .heard = true },
	/* Invalidated by ATSD from ocxl's notifier. */
	{ .id = STLB_OPENCAPI_P10, .name = "opencapi-p10", .teller = STLB_BY_NOTIFIER },
	{ .id = STLB_KVM_SHADOW, .name = "kvm-shadow", .teller = STLB_BY_RANGE },
	{ .id = STLB_CPU, .name = "cpu", .teller = STLB_BY_FLUSH },
};

#define P9_TLBIE(why_)                                                         \
	[STLB_OPENCAPI_P9] = { STLB_REQUIRED,                                  \
			       "arch/powerpc/mm/book3s64/radix_tlb.c, flush_type_needed()", \
			       why_ }

#define P10_ATSD(why_)                                                         \
	[STLB_OPENCAPI_P10] = { STLB_REQUIRED,                                 \
				"include/linux/mmu_notifier.h, arch_invalidate_secondary_tlbs; drivers/misc/ocxl/link.c", \
				why_ }

/* The CPUs themselves. */
#define CPU(...) [STLB_CPU] = { __VA_ARGS__ }

#define UPGRADE                                                                \
	[STLB_OPENCAPI_P9] = { STLB_REQUIRED, "bd5050e38aec",                  \
			       "this nest MMU cannot relax an entry: invalid, flush, then the new one" }, \
	[STLB_OPENCAPI_P10] = { STLB_OPTIONAL,                                 \
				"Power ISA 3.1B, Setting a Reference or Change Bit or Upgrading Access Authority", \
				"on insufficient authority the entry is fetched again before a fault is reported" }, \
	CPU(STLB_OPTIONAL, "Power ISA 3.1B, Setting a Reference or Change Bit or Upgrading Access Authority", \
	    "on insufficient authority a CPU fetches the entry again"), \
	[STLB_KVM_SHADOW] = RANGE_UPGRADE

#define REOPEN                                                                 \
	[STLB_OPENCAPI_P9] = { STLB_OPTIONAL,                                  \
			       "arch/powerpc/include/asm/book3s/64/pgtable.h, is_pte_rw_upgrade()", \
			       "an entry without read authority is not one that this nest MMU keeps" }, \
	[STLB_OPENCAPI_P10] = { STLB_OPTIONAL,                                 \
				"Power ISA 3.1B, Setting a Reference or Change Bit or Upgrading Access Authority", \
				"on insufficient authority the entry is fetched again before a fault is reported" }, \
	CPU(STLB_OPTIONAL, "Power ISA 3.1B, Setting a Reference or Change Bit or Upgrading Access Authority", \
	    "on insufficient authority a CPU fetches the entry again"), \
	[STLB_KVM_SHADOW] = RANGE_REOPEN

#define FILL                                                                   \
	[STLB_OPENCAPI_P9] = { STLB_OPTIONAL,                                  \
			       "arch/powerpc/include/asm/book3s/64/pgtable.h, is_pte_rw_upgrade()", \
			       "an entry that is not present is not one that this nest MMU keeps" }, \
	[STLB_OPENCAPI_P10] = { STLB_OPTIONAL,                                 \
				"Power ISA 3.1B, Setting a Reference or Change Bit or Upgrading Access Authority", \
				"on insufficient authority the entry is fetched again before a fault is reported" }, \
	CPU(STLB_OPTIONAL, "Power ISA 3.1B, Translation Table Update",  \
	    "an entry that is not valid is not kept"),                  \
	[STLB_KVM_SHADOW] = RANGE_REOPEN

#define FRAME_CHANGE                                                           \
	P9_TLBIE("a global tlbie must drop the entry, which leads to the old frame"), \
	P10_ATSD("an ATSD must drop the entry, which leads to the old frame"), \
	CPU(STLB_REQUIRED, "Power ISA 3.1B, Translation Table Update, Modifying a Translation", \
	    "a CPU may use the old frame until the entry that it holds is invalidated"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define DOWNGRADE                                                              \
	P9_TLBIE("a global tlbie must drop the entry, which still lets the device write"), \
	P10_ATSD("an ATSD must drop the entry, which still lets the device write"), \
	CPU(STLB_REQUIRED, "Power ISA 3.1B, Translation Table Update, Modifying a Translation", \
	    "a CPU may go on writing until the entry that it holds is invalidated"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define CLOSE                                                                  \
	P9_TLBIE("a global tlbie must drop the entry, which still lets the device read and write"), \
	P10_ATSD("an ATSD must drop the entry, which still lets the device read and write"), \
	CPU(STLB_REQUIRED, "Power ISA 3.1B, Translation Table Update, Modifying a Translation", \
	    "a CPU may go on reading and writing until the entry that it holds is invalidated"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

/*
 * An OpenCAPI device is not known to fetch instructions. The CPUs' own entries have
 * to go, though, and a secondary TLB has their rules (mmu_notifier.h).
 */
#define EXEC                                                                   \
	[STLB_OPENCAPI_P9] = { STLB_REQUIRED,                                  \
			       "Power ISA 3.1B, radix PTE, EAA; arch/powerpc/include/asm/book3s/64/tlbflush.h, pte_needs_flush()", \
			       "a global tlbie must drop the entry, which still has execute authority" }, \
	P10_ATSD("an ATSD must drop the entry, which still has execute authority"), \
	CPU(STLB_REQUIRED, "Power ISA 3.1B, Translation Table Update, Modifying a Translation", \
	    "a CPU may go on fetching instructions until the entry that it holds is invalidated"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define UNMAP                                                                  \
	P9_TLBIE("a global tlbie must drop the entry, whose frame is about to be somebody else's"), \
	P10_ATSD("an ATSD must drop the entry, whose frame is about to be somebody else's"), \
	CPU(STLB_REQUIRED, "Power ISA 3.1B, Translation Table Update, Deleting a Translation", \
	    "a CPU may go on to a frame that is about to be somebody else's until the entry that it holds is invalidated"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

/* The same in an address space that no CPU runs any more. */
#define REAPED \
	P9_TLBIE("a global tlbie must drop the entry, whose frame is about to be somebody else's"), \
	P10_ATSD("an ATSD must drop the entry, whose frame is about to be somebody else's"), \
	[STLB_CPU] = FLUSH_RELEASE,                                      \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define OLD                                                                    \
	[STLB_OPENCAPI_P9] = { STLB_OPTIONAL,                                  \
			       "arch/powerpc/include/asm/book3s/64/tlbflush.h, __pte_flags_need_flush()", \
			       "no permission goes: who uses the cached entry only leaves the reference bit clear" }, \
	[STLB_OPENCAPI_P10] = { STLB_OPTIONAL,                                 \
				"arch/powerpc/include/asm/book3s/64/tlbflush.h, __pte_flags_need_flush()", \
				"no permission goes: who uses the cached entry only leaves the reference bit clear" }, \
	CPU(STLB_OPTIONAL, "arch/powerpc/include/asm/book3s/64/tlbflush.h, __pte_flags_need_flush()", \
	    "no permission goes: who uses the entry only leaves the reference bit clear"), \
	[STLB_KVM_SHADOW] = RANGE_OLD

#define YOUNG                                                                  \
	[STLB_OPENCAPI_P9] = { STLB_OPTIONAL,                                  \
			       "arch/powerpc/include/asm/book3s/64/pgtable.h, is_pte_rw_upgrade()", \
			       "only the read/write bit makes this nest MMU's entry one to flush" }, \
	[STLB_OPENCAPI_P10] = { STLB_OPTIONAL,                                 \
				"Power ISA 3.1B, Setting a Reference or Change Bit or Upgrading Access Authority", \
				"a reference bit that is set needs no invalidation" }, \
	CPU(STLB_OPTIONAL, "Power ISA 3.1B, Setting a Reference or Change Bit or Upgrading Access Authority", \
	    "a reference bit that is set needs no invalidation"),       \
	[STLB_KVM_SHADOW] = RANGE_YOUNG

#define EVERY(rule) [STLB_OPENCAPI_P9] = rule, [STLB_OPENCAPI_P10] = rule

#define THERE_AND_BACK                                                         \
	EVERY(SECONDARY_BACK), [STLB_CPU] = FLUSH_BACK,                         \
	[STLB_KVM_SHADOW] = RANGE_BACK

static const struct stlb_rule rules[STLB_NR_TRANSITIONS][STLB_NR_PROFILES] = {
	ROW(upgrade, wp_reuse) = { UPGRADE },
	ROW(upgrade, mprotect) = { UPGRADE },
	ROW(upgrade, by_process_vm_writev) = { UPGRADE },
	ROW(upgrade, by_proc_mem) = { UPGRADE },
	ROW(upgrade, by_ptrace) = { UPGRADE },
	ROW(upgrade, by_read) = { UPGRADE },
	ROW(upgrade, by_vmsplice) = { UPGRADE },
	ROW(upgrade, by_direct_read) = { UPGRADE },
	ROW(upgrade, by_populate) = { UPGRADE },
	ROW(upgrade, uffd) = { UPGRADE },
	ROW(upgrade, uffd_async) = { UPGRADE },
	ROW(upgrade, soft_dirty) = { UPGRADE },
	ROW(upgrade, shared_clean) = { UPGRADE },
	ROW(upgrade, prot_none_restored) = { REOPEN },
	ROW(upgrade, numa_hint_restored) = { REOPEN },
	ROW(file, mkwrite) = { UPGRADE },
	ROW(file, writeback) = { DOWNGRADE },
	ROW(file, rewrite) = { UPGRADE },
	ROW(file, private_copy) = { FRAME_CHANGE },
	ROW(file, reclaim) = { UNMAP },
	ROW(swap, pageout) = { UNMAP },
	ROW(swap, write_in) = { FILL },
	ROW(swap, read_then_write) = { UPGRADE },
	ROW(uring, fixed_buffer) = { UPGRADE },
	ROW(uring, read_fixed) = { EVERY(SECONDARY_SPURIOUS),
				   [STLB_CPU] = FLUSH_SPURIOUS,
				   [STLB_KVM_SHADOW] = RANGE_SPURIOUS },
	ROW(uring, by_worker) = { UPGRADE },
	ROW(uring, by_sqpoll) = { UPGRADE },
	ROW(uring, provided_buffer) = { UPGRADE },
	ROW(cow, copy) = { FRAME_CHANGE },
	ROW(cow, zero_page) = { FRAME_CHANGE },
	ROW(cow, forced) = { FRAME_CHANGE },
	ROW(cow, uprobe) = { FRAME_CHANGE },
	ROW(cow, ksm_merge) = { FRAME_CHANGE },
	ROW(cow, ksm_unmerge) = { FRAME_CHANGE },
	ROW(cow, migrate) = { FRAME_CHANGE },
	ROW(cow, migrate_ro) = { FRAME_CHANGE },
	ROW(cow, migrate_clean) = { FRAME_CHANGE },
	ROW(cow, migrate_back) = { THERE_AND_BACK },
	ROW(cow, compact) = { FRAME_CHANGE },
	ROW(downgrade, fork) = { DOWNGRADE },
	ROW(downgrade, mprotect) = { DOWNGRADE },
	ROW(downgrade, exec) = { EXEC },
	ROW(downgrade, mprotect_none) = { CLOSE },
	ROW(downgrade, numa_hint) = { CLOSE },
	ROW(downgrade, uffd_wp) = { DOWNGRADE },
	ROW(downgrade, scan_wp) = { DOWNGRADE },
	ROW(downgrade, scan_wp_written) = { DOWNGRADE },
	ROW(downgrade, scan_wp_present) = { DOWNGRADE },
	ROW(downgrade, scan_wp_full) = { DOWNGRADE },
	ROW(downgrade, soft_dirty) = { DOWNGRADE },
	ROW(unmap, munmap) = { UNMAP },
	ROW(unmap, munmap_clean) = { UNMAP },
	ROW(unmap, mmap_over) = { UNMAP },
	ROW(unmap, zero_page) = { UNMAP },
	ROW(unmap, dontneed) = { UNMAP },
	ROW(unmap, madv_free) = { UNMAP },
	ROW(unmap, by_process_madvise) = { UNMAP },
	ROW(unmap, guard) = { UNMAP },
	ROW(unmap, hwpoison) = { UNMAP },
	ROW(unmap, mremap) = { UNMAP },
	ROW(unmap, mremap_dontunmap) = { UNMAP },
	ROW(unmap, uffd_move) = { UNMAP },
	ROW(unmap, uffd_move_part) = { UNMAP },
	ROW(unmap, sparse) = { UNMAP },
	ROW(unmap, truncate) = { UNMAP },
	ROW(unmap, punch_hole) = { UNMAP },
	ROW(unmap, none) = { EVERY(SECONDARY_NONE),
			     [STLB_CPU] = FLUSH_NONE,
			     [STLB_KVM_SHADOW] = RANGE_NONE },
	ROW(halfway, mprotect_ro) = { DOWNGRADE },
	ROW(halfway, mprotect_none) = { CLOSE },
	ROW(halfway, populate) = { UPGRADE },
	ROW(halfway, dontneed) = { UNMAP },
	ROW(halfway, fork) = { DOWNGRADE },
	ROW(halfway, uffd_wp) = { DOWNGRADE },
	ROW(halfway, mremap) = { UNMAP },
	ROW(pfnmap, write) = { UPGRADE },
	ROW(pfnmap, mprotect_ro) = { DOWNGRADE },
	ROW(pfnmap, munmap) = { UNMAP },
	ROW(age, idle) = { OLD },
	ROW(age, cold) = { OLD },
	ROW(age, young) = { YOUNG },
	ROW(old, reuse) = { UPGRADE },
	ROW(old, copy) = { FRAME_CHANGE },
	ROW(old, fork) = { DOWNGRADE },
	ROW(old, mprotect_ro) = { DOWNGRADE },
	ROW(old, mprotect_none) = { CLOSE },
	ROW(old, munmap) = { UNMAP },
	ROW(old, mremap) = { UNMAP },
	ROW(old, madv_free) = { UNMAP },
	ROW(old, migrate) = { FRAME_CHANGE },
	ROW(old, huge_mprotect_ro) = { DOWNGRADE },
	ROW(old, huge_munmap) = { UNMAP },
	ROW(spurious, write) = { EVERY(SECONDARY_SPURIOUS),
				 [STLB_CPU] = FLUSH_SPURIOUS,
				 [STLB_KVM_SHADOW] = RANGE_SPURIOUS },
	ROW(spurious, read) = { EVERY(SECONDARY_SPURIOUS),
				[STLB_CPU] = FLUSH_SPURIOUS,
				[STLB_KVM_SHADOW] = RANGE_SPURIOUS },
	ROW(spurious, mprotect_same) = { EVERY(SECONDARY_SPURIOUS),
					 [STLB_CPU] = FLUSH_SPURIOUS,
					 [STLB_KVM_SHADOW] = RANGE_SPURIOUS },
	ROW(spurious, willneed) = { EVERY(SECONDARY_SPURIOUS),
				    [STLB_CPU] = FLUSH_SPURIOUS,
				    [STLB_KVM_SHADOW] = RANGE_SPURIOUS },
	ROW(spurious, neighbour) = { EVERY(SECONDARY_SPURIOUS),
				     [STLB_CPU] = FLUSH_SPURIOUS,
				     [STLB_KVM_SHADOW] = RANGE_SPURIOUS },
	ROW(thp, reuse) = { UPGRADE },
	ROW(thp, mprotect) = { UPGRADE },
	ROW(thp, mprotect_ro) = { DOWNGRADE },
	ROW(thp, fork) = { DOWNGRADE },
	ROW(thp, cow) = { FRAME_CHANGE },
	ROW(thp, zero_page) = { FRAME_CHANGE },
	ROW(thp, collapse) = { FRAME_CHANGE },
	ROW(thp, split) = { DOWNGRADE },
	ROW(thp, unmap_part) = { UNMAP },
	ROW(thp, munmap) = { UNMAP },
	ROW(thp, dontneed) = { UNMAP },
	ROW(thp, mremap) = { UNMAP },
	ROW(thp, mprotect_none) = { CLOSE },
	ROW(thp, uffd_wp) = { DOWNGRADE },
	ROW(thp, scan_wp) = { DOWNGRADE },
	ROW(thp, soft_dirty) = { DOWNGRADE },
	ROW(thp, madv_free) = { UNMAP },
	ROW(thp, uffd_move) = { UNMAP },
	ROW(thp, migrate_part) = { FRAME_CHANGE },
	ROW(large, mprotect) = { UPGRADE },
	ROW(large, mprotect_mixed) = { UPGRADE },
	ROW(large, mprotect_ro) = { DOWNGRADE },
	ROW(large, fork) = { DOWNGRADE },
	ROW(large, copy) = { FRAME_CHANGE },
	ROW(large, munmap) = { UNMAP },
	ROW(large, madv_free) = { UNMAP },
	ROW(large, collapse) = { FRAME_CHANGE },
	ROW(shmem, mprotect) = { UPGRADE },
	ROW(shmem, mprotect_ro) = { DOWNGRADE },
	ROW(shmem, split) = { UNMAP },
	ROW(shmem, munmap) = { UNMAP },
	ROW(shmem, remove) = { UNMAP },
	ROW(shmem, collapse) = { FRAME_CHANGE },
	ROW(hugetlb, reuse_64k) = { UPGRADE },
	ROW(hugetlb, mprotect_64k) = { UPGRADE },
	ROW(hugetlb, mprotect_ro_64k) = { DOWNGRADE },
	ROW(hugetlb, fork_64k) = { DOWNGRADE },
	ROW(hugetlb, cow_64k) = { FRAME_CHANGE },
	ROW(hugetlb, munmap_64k) = { UNMAP },
	ROW(hugetlb, dontneed_64k) = { UNMAP },
	ROW(hugetlb, mprotect_none_64k) = { CLOSE },
	ROW(hugetlb, uffd_wp_64k) = { DOWNGRADE },
	ROW(hugetlb, punch_hole_64k) = { UNMAP },
	ROW(hugetlb, mremap_64k) = { UNMAP },
	ROW(hugetlb, reuse_2m) = { UPGRADE },
	ROW(hugetlb, mprotect_2m) = { UPGRADE },
	ROW(hugetlb, mprotect_ro_2m) = { DOWNGRADE },
	ROW(hugetlb, fork_2m) = { DOWNGRADE },
	ROW(hugetlb, cow_2m) = { FRAME_CHANGE },
	ROW(hugetlb, munmap_2m) = { UNMAP },
	ROW(hugetlb, dontneed_2m) = { UNMAP },
	ROW(hugetlb, mprotect_none_2m) = { CLOSE },
	ROW(hugetlb, uffd_wp_2m) = { DOWNGRADE },
	ROW(hugetlb, punch_hole_2m) = { UNMAP },
	ROW(hugetlb, mremap_2m) = { UNMAP },
	ROW(hugetlb, reuse_32m) = { UPGRADE },
	ROW(hugetlb, mprotect_32m) = { UPGRADE },
	ROW(hugetlb, mprotect_ro_32m) = { DOWNGRADE },
	ROW(hugetlb, fork_32m) = { DOWNGRADE },
	ROW(hugetlb, cow_32m) = { FRAME_CHANGE },
	ROW(hugetlb, munmap_32m) = { UNMAP },
	ROW(hugetlb, dontneed_32m) = { UNMAP },
	ROW(hugetlb, mprotect_none_32m) = { CLOSE },
	ROW(hugetlb, uffd_wp_32m) = { DOWNGRADE },
	ROW(hugetlb, punch_hole_32m) = { UNMAP },
	ROW(hugetlb, mremap_32m) = { UNMAP },
	ROW(hugetlb, reuse_512m) = { UPGRADE },
	ROW(hugetlb, mprotect_512m) = { UPGRADE },
	ROW(hugetlb, mprotect_ro_512m) = { DOWNGRADE },
	ROW(hugetlb, fork_512m) = { DOWNGRADE },
	ROW(hugetlb, cow_512m) = { FRAME_CHANGE },
	ROW(hugetlb, munmap_512m) = { UNMAP },
	ROW(hugetlb, dontneed_512m) = { UNMAP },
	ROW(hugetlb, mprotect_none_512m) = { CLOSE },
	ROW(hugetlb, uffd_wp_512m) = { DOWNGRADE },
	ROW(hugetlb, punch_hole_512m) = { UNMAP },
	ROW(hugetlb, mremap_512m) = { UNMAP },
	ROW(hugetlb, reuse_1g) = { UPGRADE },
	ROW(hugetlb, mprotect_1g) = { UPGRADE },
	ROW(hugetlb, mprotect_ro_1g) = { DOWNGRADE },
	ROW(hugetlb, fork_1g) = { DOWNGRADE },
	ROW(hugetlb, cow_1g) = { FRAME_CHANGE },
	ROW(hugetlb, munmap_1g) = { UNMAP },
	ROW(hugetlb, dontneed_1g) = { UNMAP },
	ROW(hugetlb, mprotect_none_1g) = { CLOSE },
	ROW(hugetlb, uffd_wp_1g) = { DOWNGRADE },
	ROW(hugetlb, punch_hole_1g) = { UNMAP },
	ROW(hugetlb, mremap_1g) = { UNMAP },
	ROW(hugetlb, migrate_64k) = { FRAME_CHANGE },
	ROW(hugetlb, migrate_2m) = { FRAME_CHANGE },
	ROW(hugetlb, unshare_2m) = { UNMAP },
	ROW(hugetlb, unshare_munmap) = { UNMAP },
	ROW(hugetlb, unshare_dontneed) = { UNMAP },
	ROW(hugetlb, unshare_punch_hole) = { UNMAP },
	ROW(hugetlb, unshare_split) = { UNMAP },
	ROW(hugetlb, unshare_mremap) = { UNMAP },
	ROW(hugetlb, scan_wp_2m) = { DOWNGRADE },
	ROW(contpte, cow_first) = { FRAME_CHANGE },
	ROW(contpte, cow_middle) = { FRAME_CHANGE },
	ROW(contpte, cow_last) = { FRAME_CHANGE },
	ROW(contpte, shared_clean) = { UPGRADE },
	ROW(contpte, mprotect) = { UPGRADE },
	ROW(contpte, mprotect_ro) = { DOWNGRADE },
	ROW(contpte, fork) = { DOWNGRADE },
	ROW(contpte, mprotect_one) = { DOWNGRADE },
	ROW(contpte, munmap_one) = { UNMAP },
	ROW(contpte, munmap) = { UNMAP },
	ROW(many, mprotect) = { UPGRADE },
	ROW(many, mprotect_ro) = { DOWNGRADE },
	ROW(many, fork) = { DOWNGRADE },
	ROW(many, munmap) = { UNMAP },
	ROW(many, mremap_table) = { UNMAP },
	ROW(many, mremap_upper) = { UNMAP },
	ROW(exit, release) = { EVERY(RELEASE), [STLB_CPU] = FLUSH_RELEASE,
			       [STLB_KVM_SHADOW] = RELEASE },
	ROW(exit, exec) = { EVERY(RELEASE), [STLB_CPU] = FLUSH_RELEASE,
			       [STLB_KVM_SHADOW] = RELEASE },
	ROW(exit, threads) = { EVERY(RELEASE), [STLB_CPU] = FLUSH_RELEASE,
			       [STLB_KVM_SHADOW] = RELEASE },
	ROW(exit, reaped) = { REAPED },
};

STLB_RULEBOOK(powerpc);
