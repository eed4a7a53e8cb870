// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm64: secondary TLBs are SMMUv3s that walk the CPU's tables.
 *
 * Arm ARM is DDI0487 M.a.a, SMMU is IHI0070 G.b.
 */
#define STLB_ARCH "arm64"

#include "../generic/range_rules.h"

static const struct stlb_profile_info profiles[] = {
	{ .id = STLB_SMMUV3, .name = "smmuv3", .teller = STLB_BY_NOTIFIER },
	{ .id = STLB_SMMUV3_PRI, .name = "smmuv3-pri", .teller = STLB_BY_NOTIFIER },
	{ .id = STLB_SMMUV3_BTM, .name = "smmuv3-btm", .teller = STLB_BY_BROADCAST },
	{ .id = STLB_KVM_SHADOW, .name = "kvm-shadow", .teller = STLB_BY_RANGE },
	{ .id = STLB_CPU, .name = "cpu", .teller = STLB_BY_FLUSH },
};

/* The same for an SMMU with and without page requests. */
#define SMMU(...)                                                              \
	[STLB_SMMUV3] = { __VA_ARGS__ }, [STLB_SMMUV3_PRI] = { __VA_ARGS__ }

/* CR2.PTM, which the driver sets at each reset, keeps an SMMU out of broadcasts. */
static const struct stlb_exemption no_btm[] = {
	{ .why = "drivers/iommu/arm/arm-smmu-v3, arm_smmu_device_reset(): no kernel has an SMMU listen to broadcasts (ARM_SMMU_FEAT_BTM is never set), so each invalidation is a command" },
	{ 0 },
};

#define BTM(cite_, why_)                                                       \
	[STLB_SMMUV3_BTM] = { STLB_REQUIRED, cite_, why_, no_btm }

/* The CPUs themselves. */
#define CPU(...) [STLB_CPU] = { __VA_ARGS__ }

#define UPGRADE                                                                \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM R_JVXRH, R_GPPYH; SMMU 3.21.1, 3.13.3.1",                \
	     "an entry that denies a write may be cached and used again after every retry"), \
	BTM("Arm ARM R_JVXRH, I_DMCXY; SMMU 3.21.1, 3.17",                     \
	    "only a broadcast TLBI reaches it: a local one leaves the denying entry"), \
	CPU(STLB_OPTIONAL, "Arm ARM R_JVXRH, I_DMCXY",                  \
	    "a CPU that still denies the write takes a fault, and the kernel lets it try again"), \
	[STLB_KVM_SHADOW] = RANGE_UPGRADE

#define REOPEN                                                                 \
	SMMU(STLB_OPTIONAL,                                                    \
	     "Arm ARM R_XCLRD; SMMU 3.21.1",                                   \
	     "a PROT_NONE entry is not valid, so none of it can be cached"),   \
	[STLB_SMMUV3_BTM] = { STLB_OPTIONAL, "Arm ARM R_XCLRD; SMMU 3.21.1",   \
			      "a PROT_NONE entry is not valid, so none of it can be cached" }, \
	CPU(STLB_OPTIONAL, "Arm ARM R_XCLRD",                           \
	    "an entry that is not valid cannot be cached"),             \
	[STLB_KVM_SHADOW] = RANGE_REOPEN

#define FILL                                                                   \
	SMMU(STLB_OPTIONAL,                                                    \
	     "Arm ARM R_XCLRD; SMMU 3.21.1",                                   \
	     "an entry that is not valid cannot be cached"),                   \
	[STLB_SMMUV3_BTM] = { STLB_OPTIONAL, "Arm ARM R_XCLRD; SMMU 3.21.1",   \
			      "an entry that is not valid cannot be cached" }, \
	CPU(STLB_OPTIONAL, "Arm ARM R_XCLRD",                           \
	    "an entry that is not valid cannot be cached"),             \
	[STLB_KVM_SHADOW] = RANGE_REOPEN

#define FRAME_CHANGE                                                           \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM R_WHZWS, R_DDMVT; SMMU 3.21.1, 3.9.1",                   \
	     "a new output address needs break-before-make, and its invalidation reaches every cached copy"), \
	BTM("Arm ARM R_WHZWS, R_DDMVT; SMMU 3.21.1, 3.17",                     \
	    "the broadcast TLBI of break-before-make covers its TLB, not an ATC"), \
	CPU(STLB_REQUIRED, "Arm ARM R_WHZWS, R_DDMVT, I_DMCXY",         \
	    "break-before-make: the old entry leaves every CPU that may hold it"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define DOWNGRADE                                                              \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM K11.5.3.2; SMMU 3.21.1, 4.5.1",                          \
	     "the cached entry still lets the device write until it is invalidated"), \
	BTM("Arm ARM K11.5.3.2; SMMU 3.21.1, 3.17",                            \
	    "the broadcast TLBI covers its TLB, not an ATC"),                  \
	CPU(STLB_REQUIRED, "Arm ARM K11.5.3.2, I_DMCXY",                \
	    "a CPU may go on writing through the entry that it holds"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define CLOSE                                                                  \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM K11.5.3.2; SMMU 3.21.1, 4.5.1",                          \
	     "the cached entry still lets the device read and write until it is invalidated"), \
	BTM("Arm ARM K11.5.3.2; SMMU 3.21.1, 3.17",                            \
	    "the broadcast TLBI covers its TLB, not an ATC"),                  \
	CPU(STLB_REQUIRED, "Arm ARM K11.5.3.2, I_DMCXY",                \
	    "a CPU may go on reading and writing through the entry that it holds"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

/* ptep_clear_flush() of an entry that is not valid flushes nothing. */
#define HINT                                                                   \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM K11.5.3.2; SMMU 3.21.1, 4.5.1; mm/pgtable-generic.c, ptep_clear_flush()", \
	     "the cached entry still lets the device through, and migration tells nobody of a page that is closed already"), \
	BTM("Arm ARM K11.5.3.2; SMMU 3.21.1, 3.17",                            \
	    "the broadcast TLBI covers its TLB, not an ATC"),                  \
	CPU(STLB_REQUIRED, "Arm ARM K11.5.3.2; mm/pgtable-generic.c, ptep_clear_flush()", \
	    "nothing flushes the closed entry again when its page is migrated"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

/* Transactions are marked as instruction or data, by the device or by the STE. */
#define EXEC                                                                   \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM K11.5.3.2; SMMU 3.21.1, 4.5.1, STE.INSTCFG",             \
	     "the cached entry still lets the device fetch instructions until it is invalidated"), \
	BTM("Arm ARM K11.5.3.2; SMMU 3.21.1, 3.17",                            \
	    "the broadcast TLBI covers its TLB, not an ATC"),                  \
	CPU(STLB_REQUIRED, "Arm ARM K11.5.3.2, I_DMCXY",                \
	    "a CPU may go on fetching instructions through the entry that it holds"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define UNMAP                                                                  \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM K11.5.3.2; SMMU 3.21.1, 4.5.1",                          \
	     "the cached entry still leads to a frame that is about to be somebody else's"), \
	BTM("Arm ARM K11.5.3.2; SMMU 3.21.1, 3.17",                            \
	    "the broadcast TLBI covers its TLB, not an ATC"),                  \
	CPU(STLB_REQUIRED, "Arm ARM K11.5.3.2, I_DMCXY",                \
	    "a CPU may go on through the entry that it holds to a frame that is about to be somebody else's"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

/* The same in an address space that no CPU runs any more. */
#define REAPED \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM K11.5.3.2; SMMU 3.21.1, 4.5.1",                          \
	     "the cached entry still leads to a frame that is about to be somebody else's"), \
	BTM("Arm ARM K11.5.3.2; SMMU 3.21.1, 3.17",                            \
	    "the broadcast TLBI covers its TLB, not an ATC"),                  \
	[STLB_CPU] = FLUSH_RELEASE,                                      \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

/* Of a contiguous set of entries. */
#define UPGRADE_SET                                                            \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM R_JVXRH, I_JQPNP, R_LQLSD; SMMU 3.21.1, 3.13.3.1",       \
	     "an entry that denies a write may be cached and used again, of each granule: the contiguous bit widens no invalidation"), \
	BTM("Arm ARM R_JVXRH, I_JQPNP, I_DMCXY; SMMU 3.21.1, 3.17",            \
	    "only broadcast TLBIs, one for each granule, reach it"),           \
	CPU(STLB_OPTIONAL, "Arm ARM R_JVXRH, I_DMCXY",                  \
	    "a CPU that still denies the write takes a fault, and the kernel lets it try again"), \
	[STLB_KVM_SHADOW] = RANGE_UPGRADE

#define DOWNGRADE_SET                                                          \
	SMMU(STLB_REQUIRED,                                                    \
	     "Arm ARM K11.5.3.2, I_JQPNP, R_LQLSD; SMMU 3.21.1, 4.5.1",        \
	     "a cached entry of any granule still lets the device write until it is invalidated"), \
	BTM("Arm ARM K11.5.3.2, I_JQPNP; SMMU 3.21.1, 3.17",                   \
	    "broadcast TLBIs, one for each granule, cover its TLB, not an ATC"), \
	CPU(STLB_REQUIRED, "Arm ARM K11.5.3.2, I_JQPNP, I_DMCXY",       \
	    "a CPU may go on writing through the entry of any granule that it holds"), \
	[STLB_KVM_SHADOW] = RANGE_CHANGE

#define OLD                                                                    \
	SMMU(STLB_OPTIONAL,                                                    \
	     "arch/arm64/include/asm/pgtable.h, ptep_clear_flush_young(); SMMU 3.21.1", \
	     "no permission goes: who uses the cached entry only leaves the access flag clear"), \
	BTM_OLD,                                                               \
	CPU(STLB_OPTIONAL, "arch/arm64/include/asm/pgtable.h, ptep_clear_flush_young()", \
	    "no permission goes: who uses the entry only leaves the access flag clear"), \
	[STLB_KVM_SHADOW] = RANGE_OLD
#define BTM_OLD                                                                \
	[STLB_SMMUV3_BTM] = { STLB_OPTIONAL,                                   \
			      "arch/arm64/include/asm/pgtable.h, ptep_clear_flush_young(); SMMU 3.21.1", \
			      "no permission goes: who uses the cached entry only leaves the access flag clear" }

#define YOUNG                                                                  \
	SMMU(STLB_OPTIONAL, "Arm ARM R_XCLRD; SMMU 3.13.1",                    \
	     "an entry whose access flag is clear cannot be cached"),          \
	[STLB_SMMUV3_BTM] = { STLB_OPTIONAL, "Arm ARM R_XCLRD; SMMU 3.13.1",   \
			      "an entry whose access flag is clear cannot be cached" }, \
	CPU(STLB_OPTIONAL, "Arm ARM R_XCLRD",                           \
	    "an entry whose access flag is clear cannot be cached"),    \
	[STLB_KVM_SHADOW] = RANGE_YOUNG

#define EVERY(rule)                                                            \
	[STLB_SMMUV3] = rule, [STLB_SMMUV3_PRI] = rule, [STLB_SMMUV3_BTM] = rule

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
	ROW(downgrade, numa_hint) = { HINT },
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
	ROW(hugetlb, reuse_64k) = { UPGRADE_SET },
	ROW(hugetlb, mprotect_64k) = { UPGRADE_SET },
	ROW(hugetlb, mprotect_ro_64k) = { DOWNGRADE_SET },
	ROW(hugetlb, fork_64k) = { DOWNGRADE_SET },
	ROW(hugetlb, cow_64k) = { FRAME_CHANGE },
	ROW(hugetlb, munmap_64k) = { UNMAP },
	ROW(hugetlb, dontneed_64k) = { UNMAP },
	ROW(hugetlb, mprotect_none_64k) = { CLOSE },
	ROW(hugetlb, uffd_wp_64k) = { DOWNGRADE_SET },
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
	ROW(hugetlb, reuse_32m) = { UPGRADE_SET },
	ROW(hugetlb, mprotect_32m) = { UPGRADE_SET },
	ROW(hugetlb, mprotect_ro_32m) = { DOWNGRADE_SET },
	ROW(hugetlb, fork_32m) = { DOWNGRADE_SET },
	ROW(hugetlb, cow_32m) = { FRAME_CHANGE },
	ROW(hugetlb, munmap_32m) = { UNMAP },
	ROW(hugetlb, dontneed_32m) = { UNMAP },
	ROW(hugetlb, mprotect_none_32m) = { CLOSE },
	ROW(hugetlb, uffd_wp_32m) = { DOWNGRADE_SET },
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
	ROW(contpte, shared_clean) = { UPGRADE_SET },
	ROW(contpte, mprotect) = { UPGRADE_SET },
	ROW(contpte, mprotect_ro) = { DOWNGRADE_SET },
	ROW(contpte, fork) = { DOWNGRADE_SET },
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

STLB_RULEBOOK(arm64);
