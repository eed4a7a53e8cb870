/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * userfaultfd. Nobody reads it, so a fault that it is to resolve blocks for ever:
 * a write to a protected page, unless the protection is asynchronous.
 */
#ifndef _STLB_UFFD_H
#define _STLB_UFFD_H

#include "transition.h"

/*
 * Parts of setup: registers the pages for write protection, or for one that the
 * kernel itself takes away at a write; or other addresses for missing pages, which
 * the pages can then move to. scene_missing() where the kernel cannot do it.
 */
int uffd_register(struct scene *s);
int uffd_register_hugetlb(struct scene *s);
int uffd_register_async(struct scene *s);
int uffd_register_async_hugetlb(struct scene *s);
int uffd_register_aside(struct scene *s);
/* Protects all pages, or takes the protection away. Returns 0 or -errno. */
int uffd_protect(struct scene *s, bool on);
/* Setups, and a trigger, made of these. */
int uffd_write_registered(struct scene *s);
int uffd_write_registered_async(struct scene *s);
int uffd_write_and_register_aside(struct scene *s);
int uffd_write_protect(struct scene *s);
/* A trigger: moves the pages, after uffd_register_aside(). */
int uffd_move(struct scene *s);
/*
 * The same of one page more than the scene has, which is mapped and has to stay: where it
 * would go there is one. The setup, and the trigger, which fails but for that page.
 */
int uffd_write_and_block_last(struct scene *s);
int uffd_move_all_but_last(struct scene *s);

#endif /* _STLB_UFFD_H */
