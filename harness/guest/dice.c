// SPDX-License-Identifier: GPL-2.0-only

#include "dice.h"

/* Knuth's linear congruential generator (MMIX), of which the high half is good. */
static uint32_t next(struct dice *d)
{
	d->state = d->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return d->state >> 32;
}

void dice_seed(struct dice *d, unsigned long seed, unsigned int stream)
{
	d->state = (uint64_t)seed << 16 | stream;
	/* Neighbouring seeds differ in the low bits, which take steps to rise. */
	for (int i = 0; i < 8; i++)
		next(d);
}

uint32_t dice_roll(struct dice *d, uint32_t sides)
{
	return (uint64_t)next(d) * sides >> 32;
}
