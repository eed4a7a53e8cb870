// SPDX-License-Identifier: GPL-2.0-only
/*
 * old: pages that were used, and that nobody has used for a while when they change. What
 * clears the accessed bit flushes nothing, so a TLB still has the entry from before, and
 * who takes an old entry for one that is cached nowhere leaves it there.
 */

#include <sys/mman.h>

#include "../harness/guest/huge.h"
#include "../harness/guest/share.h"
#include "../harness/guest/soft_offline.h"
#include "family.h"

STLB_FAMILY(old);

#define OLD_TEST(name, ...)                                                    \
	static const struct transition old_##name = {                         \
		TRANSITION(old, name),                                         \
		.grows_old = true,                                             \
		__VA_ARGS__                                                    \
	};                                                                     \
	FIXTURE_VARIANT_ADD(old, name)                                         \
	{                                                                      \
		.t = &old_##name,                                                    \
	};

OLD_TEST(reuse, .before = ACCESS_RO, .after = ACCESS_RW, .frame = FRAME_SAME,
	 .sole_owner = true, /* wp_can_reuse_anon_folio() */
	 .setup = share_and_drop, .trigger = scene_write)

OLD_TEST(copy, .before = ACCESS_RO, .after = ACCESS_RW, .frame = FRAME_NEW,
	 .setup = share_and_keep, .trigger = scene_write)

OLD_TEST(fork, .before = ACCESS_RW, .after = ACCESS_RO, .frame = FRAME_SAME,
	 .setup = scene_write, .trigger = scene_fork)

OLD_TEST(mprotect_ro, .before = ACCESS_RW, .after = ACCESS_RO,
	 .frame = FRAME_SAME, .setup = scene_write,
	 .trigger = scene_write_protect)

OLD_TEST(mprotect_none, .before = ACCESS_RW, .after = ACCESS_DENIED,
	 .frame = FRAME_SAME, .setup = scene_write, .trigger = scene_close)

OLD_TEST(munmap, .before = ACCESS_RW, .after = ACCESS_NONE,
	 .setup = scene_write, .trigger = scene_unmap)

OLD_TEST(mremap, .before = ACCESS_RW, .after = ACCESS_NONE,
	 .setup = scene_write_to_move, .trigger = scene_move)

OLD_TEST(madv_free, .before = ACCESS_RO, .after = ACCESS_NONE,
	 .reclaims = true,
	 .sole_owner = true, /* try_to_unmap_one(), __remove_mapping() */
	 .setup = scene_write_and_free, .trigger = scene_page_out)

/* No access: the new entry is old as well, and who makes it young tells of it. */
OLD_TEST(migrate, .before = ACCESS_RW, .after = ACCESS_RW, .frame = FRAME_NEW,
	 .sole_owner = true, /* folio_migrate_mapping() */
	 .setup = scene_write, .trigger = soft_offline)

static int map_huge(struct scene *s)
{
	return huge_map_private(s, MADV_HUGEPAGE);
}

OLD_TEST(huge_mprotect_ro, .before = ACCESS_RW, .after = ACCESS_RO,
	 .frame = FRAME_SAME, .leaf_before = LEAF_HUGE, .leaf_after = LEAF_HUGE,
	 .map = map_huge, .lacks = huge_lacks, .setup = scene_write,
	 .trigger = scene_write_protect)

OLD_TEST(huge_munmap, .before = ACCESS_RW, .after = ACCESS_NONE,
	 .leaf_before = LEAF_HUGE, .map = map_huge, .lacks = huge_lacks,
	 .setup = scene_write, .trigger = scene_unmap)

TEST_HARNESS_MAIN
