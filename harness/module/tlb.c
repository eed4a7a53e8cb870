// SPDX-License-Identifier: GPL-2.0-only

#include <linux/mm.h>
#include <linux/slab.h>

#include "frame.h"
#include "tlb.h"

/* Frames put per hold of the lock. */
#define REAP_BATCH 16

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
		if (tlb->entries[i].frame)
			stlb_frame_put(tlb->entries[i].frame);
	kvfree(tlb->entries);
}

/* Takes up to REAP_BATCH frames off; returns how many. */
static u32 collect(struct stlb_tlb *tlb, struct page **frames)
{
	unsigned long flags;
	u32 i, nr = 0;

	raw_spin_lock_irqsave(tlb->lock, flags);
	for (i = 0; tlb->doomed && nr < REAP_BATCH; i++) {
		struct stlb_entry *entry = &tlb->entries[i];

		if (entry->valid || !entry->frame)
			continue;
		frames[nr++] = entry->frame;
		entry->frame = NULL;
		tlb->doomed--;
	}
	raw_spin_unlock_irqrestore(tlb->lock, flags);
	return nr;
}

void stlb_tlb_reap(struct stlb_tlb *tlb)
{
	struct page *frames[REAP_BATCH];
	u32 i, nr;

	do {
		nr = collect(tlb, frames);
		for (i = 0; i < nr; i++)
			stlb_frame_put(frames[i]);
	} while (nr == REAP_BATCH);
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
				 bool evict, bool *evicted, struct page **old)
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
	*old = slot ? slot->frame : NULL;
	if (*old) {
		slot->frame = NULL;
		tlb->doomed--;
	}
	return slot;
}

void stlb_tlb_drop(struct stlb_tlb *tlb, struct stlb_entry *entry)
{
	entry->valid = false;
	if (entry->frame)
		tlb->doomed++;
}
