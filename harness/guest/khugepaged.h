/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STLB_KHUGEPAGED_H
#define _STLB_KHUGEPAGED_H

/*
 * Makes khugepaged look once, and then sleep for as long as the caller lives: it
 * makes huge pages of what tests have split, and holds pages that tests collapse.
 * Where it is off ("never", small machines) it stays off, for starting it raises
 * min_free_kbytes: a test that starts it gets one look at its process. Does nothing to a
 * kernel that has no khugepaged. Needs root.
 */
void khugepaged_calm(void);

#endif /* _STLB_KHUGEPAGED_H */
