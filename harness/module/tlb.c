// SPDX-License-Identifier: GPL-2.0-only

#include <linux/mm.h>
#include <linux/slab.h>

#include "frame.h"
#include "tlb.h"

int stlb_tlb_init(struct stlb_tlb *tlb, raw_spinlock_t *lock, u32 sets,
		  u32 ways)
{
	memset(tlb, 0, sizeof(*tlb));
	tlb->lock = lock;
	tlb->sets = sets;
	tlb->ways = ways;
	tlb->entries = kvcalloc(sets * ways, sizeof(*tlb->entries), GFP_KERNEL);
	return tlb->entries ? 0 : -ENOMEM;
}

void stlb_tlb_destroy(struct stlb_tlb *tlb)
{
	u32 i;

	for (i = 0; i < tlb->sets * tlb->ways; i++)
		if (tlb->entries[i].valid)
			stlb_tlb_drop(tlb, &tlb->entries[i]);
	stlb_tlb_reap(tlb);
	kvfree(tlb->entries);
}

/* Takes as many frames off as there is room for. */
static void collect(struct stlb_tlb *tlb, struct stlb_leftovers *left)
{
	unsigned long flags;
	u32 i;

	raw_spin_lock_irqsave(tlb->lock, flags);
	for (i = 0; tlb->doomed && left->nr < STLB_MAX_LEFTOVERS; i++) {
		struct stlb_entry *entry = &tlb->entries[i];

		if (entry->valid || !entry->hold.frame)
			continue;
		stlb_leave(left, stlb_unhold(&entry->hold));
		tlb->doomed--;
	}
	raw_spin_unlock_irqrestore(tlb->lock, flags);
}

void stlb_tlb_reap(struct stlb_tlb *tlb)
{
	struct stlb_leftovers left = { .nr = 0 };
	bool full;

	do {
		collect(tlb, &left);
		full = left.nr == STLB_MAX_LEFTOVERS;
		stlb_leftovers_put(&left);
	} while (full);
}

static struct stlb_entry *set_of(struct stlb_tlb *tlb, unsigned long addr)
{
	u32 set = (addr >> PAGE_SHIFT) & (tlb->sets - 1);

	return &tlb->entries[set * tlb->ways];
}

struct stlb_entry *stlb_tlb_find(struct stlb_tlb *tlb, unsigned long addr)
{
	struct stlb_entry *set = set_of(tlb, addr);
	u32 i;

	for (i = 0; i < tlb->ways; i++) {
		if (!set[i].valid || set[i].page != (addr & PAGE_MASK))
			continue;
		set[i].used = ++tlb->clock;
		return &set[i];
	}
	return NULL;
}

struct stlb_entry *stlb_tlb_slot(struct stlb_tlb *tlb, unsigned long addr,
				 bool evict, bool *evicted,
				 struct stlb_leftovers *left)
{
	struct stlb_entry *set = set_of(tlb, addr), *slot = NULL;
	u32 i;

	for (i = 0; i < tlb->ways; i++) {
		if (!set[i].valid) {
			slot = &set[i];
			break;
		}
		if (evict && (!slot || set[i].used < slot->used))
			slot = &set[i];
	}
	*evicted = slot && slot->valid;
	if (*evicted)
		stlb_tlb_drop(tlb, slot);
	if (slot && slot->hold.frame) {
		stlb_leave(left, stlb_unhold(&slot->hold));
		tlb->doomed--;
	}
	return slot;
}

void stlb_tlb_drop(struct stlb_tlb *tlb, struct stlb_entry *entry)
{
	entry->valid = false;
	if (entry->hold.frame)
		tlb->doomed++;
}
