/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that no architecture changes: those of a mirror that follows
 * invalidate_range_start/end (kvm-shadow), of an address space that ends, and
 * of calls for pages that did not change. They come from the notifier API, not
 * from a specification of hardware.
 */
#ifndef _STLB_RANGE_RULES_H
#define _STLB_RANGE_RULES_H

#include <stlb/rulebook.h>

#define RANGE_CITE                                                             \
	"include/linux/mmu_notifier.h, invalidate_range_start/end"

#define RANGE_UPGRADE                                                          \
	{ STLB_OPTIONAL, RANGE_CITE,                                           \
	  "the mirror's read-only entry stays right; a write through it faults and is looked up again" }
#define RANGE_REOPEN                                                           \
	{ STLB_OPTIONAL, RANGE_CITE,                                           \
	  "a mirror has no entry where nothing was allowed; its next access is looked up" }
#define RANGE_OLD                                                              \
	{ STLB_OPTIONAL, "include/linux/mmu_notifier.h, clear_flush_young, clear_young", \
	  "the mirror's entry stays right; it is asked whether it was used by calls of its own" }
#define RANGE_YOUNG                                                            \
	{ STLB_OPTIONAL, RANGE_CITE,                                           \
	  "the mirror's entry, if it has one, stays right" }
#define RANGE_CHANGE                                                           \
	{ STLB_REQUIRED, RANGE_CITE,                                           \
	  "a mirror may use the page outside start..end, so both must enclose the change" }
#define RANGE_NONE                                                             \
	{ STLB_OPTIONAL, RANGE_CITE,                                           \
	  "start/end announce that pages may change, not that they do" }
#define RANGE_SPURIOUS                                                         \
	{ STLB_UNWANTED, RANGE_CITE,                                           \
	  "nothing was changed, and no operation that could change it was asked for" }

#define RELEASE                                                                \
	{ STLB_REQUIRED, "include/linux/mmu_notifier.h, release",              \
	  "the tables are about to be freed; release is the last chance to stop using them" }

/*
 * An entry that goes, and comes back with the same frame and rights because it turns
 * out that the page cannot be moved.
 */
#define SECONDARY_BACK                                                         \
	{ STLB_OPTIONAL, "mm/migrate.c, remove_migration_ptes()",              \
	  "what was cached before is right again after; the kernel has to tell in between only where the page does move" }
#define RANGE_BACK                                                             \
	{ STLB_OPTIONAL, "mm/migrate.c, remove_migration_ptes()",              \
	  "the mirror's entry is right again after; in between it is the move that must not find it in use" }

/* The secondary-TLB op where no entry was there, or none changed. */
#define SECONDARY_NONE                                                         \
	{ STLB_UNWANTED,                                                       \
	  "include/linux/mmu_notifier.h, arch_invalidate_secondary_tlbs; 1af5a8109904", \
	  "there was no entry, so none can be cached: a call is an invalidation for nothing" }
#define SECONDARY_SPURIOUS                                                     \
	{ STLB_UNWANTED,                                                       \
	  "include/linux/mmu_notifier.h, arch_invalidate_secondary_tlbs; 1af5a8109904", \
	  "what was asked for is allowed already, or is about other pages; no entry changed" }

/* The CPUs' own TLBs, where nothing changed, or nobody is left to use what changed. */
#define FLUSH_SPURIOUS                                                         \
	{ STLB_OPTIONAL, "mm/memory.c, flush_tlb_fix_spurious_fault()",        \
	  "a CPU may have met an entry that was wider by then; dropping what it holds does no harm" }
#define FLUSH_NONE                                                             \
	{ STLB_OPTIONAL, "Documentation/core-api/cachetlb.rst, flush_tlb_range()", \
	  "there was no entry, so none is held; a flush does no harm" }
#define FLUSH_BACK                                                             \
	{ STLB_OPTIONAL, "mm/migrate.c, remove_migration_ptes()",              \
	  "what a CPU held before is right again after; in between it is the move that must not find it" }
#define FLUSH_RELEASE                                                          \
	{ STLB_OPTIONAL, "mm/mmap.c, exit_mmap(); Documentation/core-api/cachetlb.rst, flush_tlb_mm()", \
	  "no CPU runs the address space any more, and its number is not used again before a flush" }

#endif /* _STLB_RANGE_RULES_H */
