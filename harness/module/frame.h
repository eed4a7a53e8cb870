/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_FRAME_H
#define _STLB_FRAME_H

#include <linux/stlb.h>

struct mm_struct;
struct page;

/*
 * stlb_frame_get - walk to a page's frame and take a reference to it
 * @mm:   its page tables are not yet freed: see stlb_walk()
 * @addr: user virtual address
 * @pte:  (out) the entry that led there
 *
 * As fast GUP does it (mm/gup.c): without locks, the reference first, then a
 * second look at the entry. Interrupts must be off. Returns NULL if the entry
 * lets nobody read, has no struct page, or changed meanwhile.
 */
struct page *stlb_frame_get(struct mm_struct *mm, unsigned long addr,
			    struct stlb_pte *pte);

/*
 * Whose page an anonymous frame is: its mapping and index stay as long as it is
 * that page's, whether or not an entry maps it. @mapping NULL: not anonymous.
 */
struct stlb_frame_owner {
	const void *mapping;
	unsigned long index;
};

/* Of a frame that is held. Any context. */
struct stlb_frame_owner stlb_frame_owner(struct page *frame);
/*
 * A reference to frame @pfn if it is still @owner's, although the entry that led
 * to it may be gone; else NULL. Any context.
 */
struct page *stlb_frame_get_owned(unsigned long pfn,
				  const struct stlb_frame_owner *owner);

/* One more reference to a frame that is held. Any context. */
void stlb_frame_hold(struct page *frame);
/*
 * Sleeps not, but the last reference may take the allocator's locks: not under
 * a raw spinlock.
 */
void stlb_frame_put(struct page *frame);

/* References to it now, by anybody. Any context. */
int stlb_frame_references(const struct page *frame);

/* Copies bytes of one frame, from @offset on. Any context; never sleeps. */
void stlb_frame_read(struct page *frame, u32 offset, void *data, u32 len);
void stlb_frame_write(struct page *frame, u32 offset, const void *data,
		      u32 len);

#endif /* _STLB_FRAME_H */
