// SPDX-License-Identifier: GPL-2.0-only
/*
 * powerpc: no IOMMU that walks user page tables, but an ear for the tlbie that
 * POWER9's nest MMU snoops: the kernel's tracepoint of that name, which
 * radix_tlb.c calls behind each instruction and before the tlbsync that waits
 * for it.
 */

#include <linux/mmu_context.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "iommu.h"

/*
 * Operands of tlbie, Power ISA 3.1B, Book III. RB: EA, with IS and AP in the
 * bits below the page. RS: PID in the upper word, LPID in the lower one.
 */
#define RB_IS(rb) (((rb) >> PPC_BITLSHIFT(53)) & 3)
#define RB_AP(rb) (((rb) >> PPC_BITLSHIFT(58)) & 7)
#define RS_PID(rs) upper_32_bits(rs)
#define RS_LPID(rs) lower_32_bits(rs)

/* Values of IS; those above mean the whole partition, or everything. */
#define IS_PAGE 0
#define IS_PID 1

/*
 * The probe of "tlbie", TP_PROTO in arch/powerpc/include/asm/trace.h. The
 * kernel's own partition is LPID 0; any other one is a KVM guest's. A PID
 * stays the mm's as long as mm_count is held. On CPU_FTR_P9_TLBIE_STQ_BUG each
 * tlbie is repeated, a PID's with an unused address: broadcasts like any other.
 */
static void hear(void *data, unsigned long lpid, unsigned long local,
		 unsigned long rb, unsigned long rs, unsigned long ric,
		 unsigned long prs, unsigned long r)
{
	struct stlb_snoop *snoop = data;
	unsigned long size;

	/* The page walk cache alone holds no translation. */
	if (local || !r || !prs || RS_LPID(rs) || ric == RIC_FLUSH_PWC)
		return;
	if (RB_IS(rb) <= IS_PID && RS_PID(rs) != snoop->mm->context.id)
		return;
	if (RB_IS(rb) != IS_PAGE) {
		snoop->tell(snoop, 0, ~0UL);
		return;
	}
	size = 1UL << ap_to_shift(RB_AP(rb));
	rb = ALIGN_DOWN(rb, size);
	snoop->tell(snoop, rb, rb + size);
}

static void match_tlbie(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "tlbie"))
		*(struct tracepoint **)found = tp;
}

/* The tracepoint itself is not exported. */
static struct tracepoint *find_tlbie(void)
{
	struct tracepoint *tp = NULL;

	if (IS_ENABLED(CONFIG_TRACEPOINTS))
		for_each_kernel_tracepoint(match_tlbie, &tp);
	return tp;
}

static const char *tlbie_missing(void)
{
	/* There the kernel spares it the flush: radix__ptep_set_access_flags() */
	if (cpu_has_feature(CPU_FTR_ARCH_31))
		return "needs a POWER9 (QEMU: -cpu power9): a POWER10 has another nest MMU, opencapi-p10";
	if (!radix_enabled())
		return "needs radix page tables: this kernel runs on hash tables";
	if (!mmu_has_feature(MMU_FTR_GTSE))
		return "needs GTSE: this guest has H_RPT_INVALIDATE do its tlbie";
	if (!find_tlbie())
		return "needs CONFIG_TRACEPOINTS, and in it the event powerpc:tlbie";
	return NULL;
}

static int tlbie_start(struct stlb_snoop *snoop, bool copro)
{
	struct tracepoint *tp = find_tlbie();
	int err;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !tp)
		return -ENODEV;
	mmgrab(snoop->mm);
	err = tracepoint_probe_register(tp, hear, snoop);
	if (err) {
		mmdrop(snoop->mm);
		return err;
	}
	if (copro) {
		mm_context_add_copro(snoop->mm);
		/*
		 * Pairs with the smp_mb() in front of flush_type_needed(): who
		 * changes an entry sees the count, or we see the new entry.
		 */
		smp_mb();
	}
	return 0;
}

/*
 * Dropping the count broadcasts "all of this PID", which is still heard. It may
 * be done after the mm's exit, with mm_count held: drivers/misc/ocxl/link.c,
 * ocxl_link_remove_pe().
 */
static void tlbie_stop(struct stlb_snoop *snoop, bool copro)
{
	struct tracepoint *tp = find_tlbie();

	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !tp)
		return;
	if (copro)
		mm_context_remove_copro(snoop->mm);
	tracepoint_probe_unregister(tp, hear, snoop);
	tracepoint_synchronize_unregister();
	mmdrop(snoop->mm);
}

static const struct stlb_snoop_ops tlbie_ops = {
	.missing = tlbie_missing,
	.start = tlbie_start,
	.stop = tlbie_stop,
};

const struct stlb_snoop_ops *const stlb_snoop = &tlbie_ops;
const char *const stlb_no_snoop;

const struct stlb_iommu_ops *const stlb_iommu;
const char *const stlb_no_iommu =
	"no QEMU emulates a nest MMU or an OpenCAPI device";
