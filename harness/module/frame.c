// SPDX-License-Identifier: GPL-2.0-only

#include <linux/highmem.h>
#include <linux/mm.h>

#include "frame.h"
#include "walk.h"

static bool same_access(const struct stlb_pte *a, const struct stlb_pte *b)
{
	u32 bits = STLB_PTE_HW_READ | STLB_PTE_HW_WRITE | STLB_PTE_HW_EXEC;

	return a->pfn == b->pfn && !((a->flags ^ b->flags) & bits);
}

struct page *stlb_frame_get(struct mm_struct *mm, unsigned long addr,
			    struct stlb_pte *pte)
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
	folio_put(folio);
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
				  const struct stlb_frame_owner *owner)
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
	folio_put(folio);
	return NULL;
}

void stlb_frame_hold(struct page *frame)
{
	folio_get(page_folio(frame));
}

void stlb_frame_put(struct page *frame)
{
	folio_put(page_folio(frame));
}

int stlb_frame_references(const struct page *frame)
{
	return page_count((struct page *)frame);
}

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
