/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Choices that come out the same for the same seed.
 */
#ifndef _STLB_DICE_H
#define _STLB_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state;
};

/* Each @stream of a seed is another sequence. */
void dice_seed(struct dice *d, unsigned long seed, unsigned int stream);
/* 0 to @sides - 1 */
uint32_t dice_roll(struct dice *d, uint32_t sides);

#endif /* _STLB_DICE_H */
