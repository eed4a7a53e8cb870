/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments of a kernel's configuration, over those that every kernel from
 * source gets: a NAME stands for configs/kernel/options/NAME.config, what has a
 * '/' or ends in ".config" is a path.
 */
#ifndef _STLB_CONFIG_H
#define _STLB_CONFIG_H

#include <stdbool.h>

/*
 * The fragments in @value, separated by commas, are added to *@list: names as
 * they are, paths made absolute. Returns NULL, or what is wrong and what to
 * write (one line; the caller frees).
 */
char *config_parse(char ***list, const char *root, const char *value);

/* Where @fragment, of such a list, is. The caller frees. */
char *config_path(const char *root, const char *fragment);

#endif /* _STLB_CONFIG_H */
