/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_FRAME_H
#define _STLB_FRAME_H

#include <linux/stlb.h>
#include <linux/types.h>

struct mm_struct;
struct page;

#define STLB_MAX_LEFTOVERS 16

/*
 * References that nobody needs any more, until the caller holds no lock and has
 * interrupts on: the last one to go frees the folio, which takes the allocator's
 * locks. Zeroed: none.
 */
struct stlb_leftovers {
	u32 nr;
	struct page *frames[STLB_MAX_LEFTOVERS];
};

/* Leaves a reference to @frame, of which there are fewer than the most. Any context. */
void stlb_leave(struct stlb_leftovers *left, struct page *frame);
/* Puts them. May sleep. */
void stlb_leftovers_put(struct stlb_leftovers *left);

/*
 * stlb_frame_get - walk to a page's frame and take a reference to it
 * @mm:   its page tables are not yet freed: see stlb_walk()
 * @addr: user virtual address
 * @pte:  (out) the entry that led there
 * @left: gets a reference that turned out to be to another frame: one at most
 *
 * As fast GUP does it (mm/gup.c): without locks, the reference first, then a
 * second look at the entry. Interrupts must be off. Returns NULL if the entry
 * lets nobody read, has no struct page, or changed meanwhile; also where it is clear
 * for a moment only (see stlb_walk()).
 */
struct page *stlb_frame_get(struct mm_struct *mm, unsigned long addr,
			    struct stlb_pte *pte, struct stlb_leftovers *left);

/*
 * Whose page an anonymous frame is: its mapping and index stay as long as it is
 * that page's, whether or not an entry maps it. @mapping NULL: not anonymous.
 */
struct stlb_frame_owner {
	const void *mapping;
	unsigned long index;
};

/* Of a frame to which the caller has a reference. Any context. */
struct stlb_frame_owner stlb_frame_owner(struct page *frame);
/*
 * A reference to frame @pfn if it is still @owner's, although the entry that led
 * to it may be gone; else NULL. @left as for stlb_frame_get(). Any context.
 */
struct page *stlb_frame_get_owned(unsigned long pfn,
				  const struct stlb_frame_owner *owner,
				  struct stlb_leftovers *left);

/*
 * A reference that is kept. All of them are in one account, by folio: a large folio
 * has one for each of its pages that a device has cached, and each device has its own.
 *
 *	reference taken		(not in the account: counts as somebody else's)
 *	stlb_hold()
 *	...			stlb_frame_is_free() can tell
 *	stlb_unhold()
 *	reference put		(the same)
 *
 * So the account never has more than there are, and nobody takes a frame for free
 * that another still has. Zeroed: none.
 */
struct stlb_hold {
	struct page *frame; /* NULL: none */
	struct hlist_node node;
};

/* Keeps the caller's reference to @frame in @hold, which has none. Any context. */
void stlb_hold(struct stlb_hold *hold, struct page *frame);
/* The same with one more reference, to a frame that is held. Any context. */
void stlb_hold_too(struct stlb_hold *hold, struct page *frame);
/* The reference is the caller's again; NULL: there was none. Any context. */
struct page *stlb_unhold(struct stlb_hold *hold);
/*
 * Is every reference to the folio of a frame that is held one of the account? Then
 * the kernel has freed it. Any context.
 */
bool stlb_frame_is_free(struct page *frame);

/* Copies bytes of one frame, from @offset on. Any context; never sleeps. */
void stlb_frame_read(struct page *frame, u32 offset, void *data, u32 len);
void stlb_frame_write(struct page *frame, u32 offset, const void *data,
		      u32 len);

#endif /* _STLB_FRAME_H */
