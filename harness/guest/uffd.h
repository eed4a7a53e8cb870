/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watched pages under userfaultfd's write protection. Nobody reads the
 * userfaultfd, so a write to a protected page would block for ever.
 */
#ifndef _STLB_UFFD_H
#define _STLB_UFFD_H

#include "transition.h"

/* A part of setup; scene_missing() where the kernel cannot do it. */
int uffd_register(struct scene *s);
/* Protects all pages, or takes the protection away. Returns 0 or -errno. */
int uffd_protect(struct scene *s, bool on);

#endif /* _STLB_UFFD_H */
