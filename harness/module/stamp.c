// SPDX-License-Identifier: GPL-2.0-only

#include <linux/mm.h>

#include "frame.h"
#include "stamp.h"

int stlb_stamp_pin(struct stlb_stamp *stamp, u64 addr)
{
	struct page *frame;
	int nr;

	if (!IS_ALIGNED(addr, sizeof(u32)))
		return -EINVAL;
	nr = pin_user_pages_fast(addr & PAGE_MASK, 1,
				 FOLL_WRITE | FOLL_LONGTERM, &frame);
	if (nr != 1)
		return nr < 0 ? nr : -EFAULT;
	stamp->frame = frame;
	stamp->offset = offset_in_page(addr);
	return 0;
}

void stlb_stamp_unpin(struct stlb_stamp *stamp)
{
	if (stamp->frame)
		unpin_user_page(stamp->frame);
	stamp->frame = NULL;
}

u32 stlb_stamp_read(const struct stlb_stamp *stamp)
{
	u32 word = 0;

	if (stamp->frame)
		stlb_frame_read(stamp->frame, stamp->offset, &word,
				sizeof(word));
	return word;
}

void stlb_stamp_write(const struct stlb_stamp *stamp, u32 word)
{
	stlb_frame_write(stamp->frame, stamp->offset, &word, sizeof(word));
}
