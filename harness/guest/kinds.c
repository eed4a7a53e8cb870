// SPDX-License-Identifier: GPL-2.0-only

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "kinds.h"
#include "scene.h"

static const char *const names[] = {
	[STLB_KIND_OTHER] = "other",
	[STLB_KIND_UNMAP] = "unmap",
	[STLB_KIND_CLEAR] = "clear",
	[STLB_KIND_PROTECTION_VMA] = "protection-vma",
	[STLB_KIND_PROTECTION_PAGE] = "protection-page",
	[STLB_KIND_SOFT_DIRTY] = "soft-dirty",
	[STLB_KIND_RELEASE] = "release",
	[STLB_KIND_MIGRATE] = "migrate",
	[STLB_KIND_EXCLUSIVE] = "exclusive",
};

const char *kind_name(enum stlb_range_kind kind)
{
	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "other";
}

#define UNMAP (1U << STLB_KIND_UNMAP)
#define CLEAR (1U << STLB_KIND_CLEAR)
#define VMA (1U << STLB_KIND_PROTECTION_VMA)
#define PAGE (1U << STLB_KIND_PROTECTION_PAGE)
#define SOFT_DIRTY (1U << STLB_KIND_SOFT_DIRTY)

/*
 * The meanings are those of enum mmu_notifier_event (include/linux/mmu_notifier.h).
 * CLEAR, "many reasons", asks a mirror to drop what it has, which is right of every
 * change; but not instead of UNMAP, by which drivers know that a mapping has gone.
 * PROTECTION_PAGE asks it to look each page up, where PROTECTION_VMA lets it go by the
 * VMA: right in that one's place, but not the reverse, as after fork(). The functions
 * are where Linux 6.1, 6.12 and 7.2 announce it. The first row that fits counts.
 */
static const struct kinds table[] = {
	{ "thp.unmap_part large.munmap", UNMAP | CLEAR,
	  "unmap_vmas(): UNMAP; __split_huge_pmd(), also of one that is split: CLEAR" },
	{ "unmap.munmap unmap.munmap_clean unmap.mmap_over unmap.zero_page unmap.sparse unmap.none "
	  "spurious.neighbour *.munmap contpte.munmap_one old.huge_munmap",
	  UNMAP, "unmap_vmas(): UNMAP" },
	{ "hugetlb.munmap_* hugetlb.unshare_munmap", UNMAP | CLEAR,
	  "unmap_vmas(): UNMAP; __unmap_hugepage_range(), up to 6.1: UNMAP" },
	{ "*.mremap *.mremap_* hugetlb.mremap_* hugetlb.unshare_mremap",
	  UNMAP | CLEAR,
	  "move_page_tables(): UNMAP; move_hugetlb_page_tables(): CLEAR" },
	{ "hugetlb.dontneed_* hugetlb.punch_hole_* hugetlb.unshare_dontneed "
	  "hugetlb.unshare_punch_hole hugetlb.unshare_split",
	  UNMAP | CLEAR,
	  "zap_page_range_single(), unmap_hugepage_range(), hugetlb_unshare_pmds(): CLEAR; __unmap_hugepage_range(), up to 6.1, also where nothing is unmapped: UNMAP" },
	{ "unmap.* thp.dontneed halfway.dontneed shmem.remove", CLEAR,
	  "zap_page_range_single(), try_to_unmap_one(), move_pages_pte(): CLEAR" },
	{ "exit.*", UNMAP | CLEAR,
	  "__oom_reap_task_mm(): UNMAP, in 7.2 CLEAR" },
	{ "*.soft_dirty", SOFT_DIRTY | PAGE | CLEAR,
	  "clear_refs_write(): SOFT_DIRTY" },
	{ "*.fork hugetlb.fork_*", PAGE | CLEAR,
	  "copy_page_range(): PROTECTION_PAGE; copy_hugetlb_page_range(): CLEAR" },
	{ "file.writeback", PAGE | CLEAR,
	  "page_vma_mkclean_one(): PROTECTION_PAGE" },
	{ "file.private_copy file.reclaim swap.pageout *.madv_free cow.* thp.cow *.copy "
	  "thp.zero_page hugetlb.cow_* contpte.cow_*",
	  CLEAR,
	  "wp_page_copy(), hugetlb_wp(), __split_huge_pmd(), write_protect_page(), replace_page(), try_to_migrate_one(), try_to_unmap_one(), __replace_page(): CLEAR" },
	{ "*.collapse *.migrate *.migrate_* thp.uffd_move shmem.split",
	  VMA | PAGE | CLEAR,
	  "collapse_huge_page(), retract_page_tables(), try_to_migrate_one(), move_pages_huge_pmd(): CLEAR; change_pmd_range(), around a split: PROTECTION_VMA" },
	{ "*.mprotect* old.huge_mprotect_ro *.exec downgrade.numa_hint *.uffd_wp hugetlb.uffd_wp_* "
	  "*.scan_wp *.scan_wp_* thp.split hugetlb.unshare_2m",
	  VMA | PAGE | CLEAR,
	  "change_pmd_range(), hugetlb_change_protection(), pagemap_scan_*(): PROTECTION_VMA" },
	/* What takes nothing away need not be announced. */
	{ "upgrade.* file.mkwrite file.rewrite swap.* uring.* age.* spurious.* "
	  "halfway.populate pfnmap.write *.reuse hugetlb.reuse_* *.shared_clean",
	  VMA | PAGE | CLEAR,
	  "change_pmd_range(): PROTECTION_VMA; nothing else announces it" },
};

static bool is_in(const char *patterns, const char *name)
{
	char one[64];
	size_t len;

	for (; *patterns; patterns += len + strspn(patterns + len, " ")) {
		len = strcspn(patterns, " ");
		snprintf(one, sizeof(one), "%.*s", (int)len, patterns);
		if (!fnmatch(one, name, 0))
			return true;
	}
	return false;
}

const struct kinds *kinds_of(const char *transition)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (is_in(table[i].transitions, transition))
			return &table[i];
	return NULL;
}

/* Did a watched page lose something between a start and its end? */
static bool takes_something(const struct evidence *e,
			    const struct stlb_event *start)
{
	const struct stlb_event *end = start;

	while ((end = evidence_next(e, end)))
		if (end->op == STLB_OP_RANGE_END && end->pid == start->pid &&
		    end->start == start->start && end->end == start->end)
			break;
	for (size_t i = 0; end && i < scene_watched(e->scene); i++)
		if (evidence_covers(e, start, i) &&
		    pte_takes(&start->ptes[i], &end->ptes[i]))
			return true;
	return false;
}

const struct stlb_event *kinds_wrong(const struct evidence *e,
				     unsigned int kinds)
{
	const struct stlb_event *ev = NULL;

	while ((ev = evidence_next(e, ev)))
		if (ev->op == STLB_OP_RANGE_START && evidence_overlap(e, ev) &&
		    !(kinds & 1U << ev->cookie) &&
		    (!(ev->context & STLB_CTX_KTHREAD) ||
		     takes_something(e, ev)))
			return ev;
	return NULL;
}
