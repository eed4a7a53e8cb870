// SPDX-License-Identifier: GPL-2.0-only

#include "entry.h"

enum access pte_access(const struct stlb_pte *pte)
{
	if (!(pte->flags & STLB_PTE_PRESENT))
		return ACCESS_NONE;
	/* Not HW_READ: an entry that is only old has lost no permission. */
	if (!(pte->flags & STLB_PTE_HW_USER))
		return ACCESS_DENIED;
	return pte->flags & STLB_PTE_HW_WRITE ? ACCESS_RW : ACCESS_RO;
}

bool pte_executable(const struct stlb_pte *pte)
{
	return pte->flags & STLB_PTE_HW_EXEC;
}

const char *access_name(enum access a)
{
	static const char *const names[] = {
		[ACCESS_NONE] = "not present",
		[ACCESS_DENIED] = "present and closed to user space",
		[ACCESS_RO] = "read-only",
		[ACCESS_RW] = "writable",
		[ACCESS_GONE] = "gone",
	};

	return names[a];
}

bool access_may_read(enum access a)
{
	return a == ACCESS_RO || a == ACCESS_RW;
}

bool pte_still(const struct stlb_pte *old, const struct stlb_pte *now)
{
	return pte_access(old) == pte_access(now) &&
	       pte_executable(old) == pte_executable(now) &&
	       old->pfn == now->pfn;
}

bool pte_takes(const struct stlb_pte *held, const struct stlb_pte *now)
{
	enum access is = pte_access(now);

	if (pte_executable(held) && !pte_executable(now))
		return true;
	switch (pte_access(held)) {
	case ACCESS_RW:
		return is != ACCESS_RW || held->pfn != now->pfn;
	case ACCESS_RO:
		return (is != ACCESS_RO && is != ACCESS_RW) ||
		       held->pfn != now->pfn;
	default:
		return false;
	}
}
