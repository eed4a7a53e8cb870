// SPDX-License-Identifier: GPL-2.0-only

#include <linux/hashtable.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "frame.h"
#include "walk.h"

/* ---- leftovers ---------------------------------------------------------- */

void stlb_leave(struct stlb_leftovers *left, struct page *frame)
{
	/* Rather lost than put here. */
	if (!WARN_ON_ONCE(left->nr == STLB_MAX_LEFTOVERS))
		left->frames[left->nr++] = frame;
}

void stlb_leftovers_put(struct stlb_leftovers *left)
{
	while (left->nr)
		folio_put(page_folio(left->frames[--left->nr]));
}

/* ---- the account -------------------------------------------------------- */

/* By folio, which cannot be split or become part of another while it is held. */
static DEFINE_HASHTABLE(holds, 10);
static DEFINE_RAW_SPINLOCK(holds_lock);

static unsigned long key_of(struct page *frame)
{
	return (unsigned long)page_folio(frame);
}

void stlb_hold(struct stlb_hold *hold, struct page *frame)
{
	unsigned long flags;

	hold->frame = frame;
	raw_spin_lock_irqsave(&holds_lock, flags);
	hash_add(holds, &hold->node, key_of(frame));
	raw_spin_unlock_irqrestore(&holds_lock, flags);
}

void stlb_hold_too(struct stlb_hold *hold, struct page *frame)
{
	folio_get(page_folio(frame));
	stlb_hold(hold, frame);
}

struct page *stlb_unhold(struct stlb_hold *hold)
{
	struct page *frame = hold->frame;
	unsigned long flags;

	if (!frame)
		return NULL;
	raw_spin_lock_irqsave(&holds_lock, flags);
	hash_del(&hold->node);
	raw_spin_unlock_irqrestore(&holds_lock, flags);
	hold->frame = NULL;
	return frame;
}

bool stlb_frame_is_free(struct page *frame)
{
	unsigned long key = key_of(frame), flags;
	const struct stlb_hold *hold;
	int own = 0;
	bool free;

	raw_spin_lock_irqsave(&holds_lock, flags);
	hash_for_each_possible(holds, hold, node, key)
		own += key_of(hold->frame) == key;
	free = folio_ref_count(page_folio(frame)) <= own;
	raw_spin_unlock_irqrestore(&holds_lock, flags);
	return free;
}

/* ---- from an entry to its frame ----------------------------------------- */

static bool same_access(const struct stlb_pte *a, const struct stlb_pte *b)
{
	u32 bits = STLB_PTE_HW_READ | STLB_PTE_HW_WRITE | STLB_PTE_HW_EXEC;

	return a->pfn == b->pfn && !((a->flags ^ b->flags) & bits);
}

struct page *stlb_frame_get(struct mm_struct *mm, unsigned long addr,
			    struct stlb_pte *pte, struct stlb_leftovers *left)
{
	struct stlb_pte again;
	struct folio *folio;
	struct page *frame;
	spinlock_t *ptl;

	stlb_walk(mm, addr, pte, &ptl);
	if (!(pte->flags & STLB_PTE_HW_READ) || !pfn_valid(pte->pfn))
		return NULL;
	frame = pfn_to_page(pte->pfn);
	folio = page_folio(frame);
	if (!folio_try_get(folio))
		return NULL;
	/* It may have been freed and given to another in between. */
	stlb_walk(mm, addr, &again, &ptl);
	if (same_access(pte, &again) && page_folio(frame) == folio)
		return frame;
	stlb_leave(left, &folio->page);
	return NULL;
}

struct stlb_frame_owner stlb_frame_owner(struct page *frame)
{
	struct folio *folio = page_folio(frame);
	struct stlb_frame_owner owner = { NULL };

	if (folio_test_anon(folio)) {
		owner.mapping = READ_ONCE(folio->mapping);
		owner.index = folio->index;
	}
	return owner;
}

struct page *stlb_frame_get_owned(unsigned long pfn,
				  const struct stlb_frame_owner *owner,
				  struct stlb_leftovers *left)
{
	struct stlb_frame_owner now;
	struct page *frame;
	struct folio *folio;

	if (!owner->mapping || !pfn_valid(pfn))
		return NULL;
	frame = pfn_to_page(pfn);
	folio = page_folio(frame);
	if (!folio_try_get(folio))
		return NULL;
	/* With the reference it can become nobody else's any more. */
	now = stlb_frame_owner(frame);
	if (page_folio(frame) == folio && now.mapping == owner->mapping &&
	    now.index == owner->index)
		return frame;
	stlb_leave(left, &folio->page);
	return NULL;
}

/* ---- bytes -------------------------------------------------------------- */

void stlb_frame_read(struct page *frame, u32 offset, void *data, u32 len)
{
	void *bytes = kmap_local_page(frame);

	memcpy(data, bytes + offset, len);
	kunmap_local(bytes);
}

void stlb_frame_write(struct page *frame, u32 offset, const void *data, u32 len)
{
	void *bytes = kmap_local_page(frame);

	memcpy(bytes + offset, data, len);
	kunmap_local(bytes);
}
