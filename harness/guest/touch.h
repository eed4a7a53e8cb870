/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses of 4 bytes that may fail: by the CPU, as the process itself makes them. No system
 * call does the same: those that pin a page give the process one of its own first
 * (FAULT_FLAG_UNSHARE), and /proc/PID/mem does not mind what a mapping forbids.
 *
 * Not for two threads at a time. Return 0 or -EFAULT, where the access ends in a signal.
 */
#ifndef _STLB_TOUCH_H
#define _STLB_TOUCH_H

#include <stdint.h>

int touch_read(const void *at, uint32_t *word);
int touch_write(void *at, uint32_t word);

#endif /* _STLB_TOUCH_H */
