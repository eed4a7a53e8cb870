/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rulebook of the architecture this is compiled for.
 */
#ifndef _STLB_NATIVE_RULES_H
#define _STLB_NATIVE_RULES_H

#include <stlb/rules.h>

#if defined(__aarch64__)
#define native_rules stlb_rulebook_arm64
#elif defined(__x86_64__)
#define native_rules stlb_rulebook_x86
#elif defined(__powerpc64__)
#define native_rules stlb_rulebook_powerpc
#else
#error "stlb has no arch/ folder for this architecture: docs/adding.md says how to add one"
#endif

#endif /* _STLB_NATIVE_RULES_H */
