// SPDX-License-Identifier: GPL-2.0-only

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "ring.h"

/*
 * In one piece if the page allocator has one at hand, since 256 pages cost more than most
 * tests. Whoever looks for one moves pages, and some may be watched. Not cleared: only
 * records are copied out.
 */
static u8 *alloc_buffer(u32 bytes)
{
	return kmalloc(bytes, (GFP_KERNEL & ~__GFP_RECLAIM) | __GFP_NOWARN) ?:
		       vmalloc(bytes);
}

int stlb_ring_init(struct stlb_ring *ring, u32 bytes)
{
	memset(ring, 0, sizeof(*ring));
	raw_spin_lock_init(&ring->lock);
	ring->bytes = bytes;
	ring->buffer = alloc_buffer(bytes);
	return ring->buffer ? 0 : -ENOMEM;
}

void stlb_ring_destroy(struct stlb_ring *ring)
{
	kvfree(ring->buffer);
}

static void ring_store(struct stlb_ring *ring, const void *from, u32 size)
{
	u32 at = ring->fill & (ring->bytes - 1);
	u32 first = min(size, ring->bytes - at);

	memcpy(ring->buffer + at, from, first);
	memcpy(ring->buffer, from + first, size - first);
	ring->fill += size;
}

bool stlb_ring_begin(struct stlb_ring *ring, struct stlb_event *event)
{
	/* Pairs with the release of @tail: the space was copied out. */
	u64 used = ring->head - smp_load_acquire(&ring->tail);

	lockdep_assert_held(&ring->lock);
	event->size = struct_size(event, ptes, event->nr_ptes);
	event->seq = ring->seq++;
	if (ring->bytes - used < event->size) {
		ring->lost++;
		return false;
	}
	ring->fill = ring->head;
	ring_store(ring, event, sizeof(*event));
	return true;
}

void stlb_ring_pte(struct stlb_ring *ring, const struct stlb_pte *pte)
{
	ring_store(ring, pte, sizeof(*pte));
}

void stlb_ring_commit(struct stlb_ring *ring)
{
	/* Pairs with the acquire in stlb_ring_read(): whole records only. */
	smp_store_release(&ring->head, ring->fill);
}

static int ring_copy(const struct stlb_ring *ring, char __user *to, u32 size)
{
	u32 at = ring->tail & (ring->bytes - 1);
	u32 first = min(size, ring->bytes - at);

	if (copy_to_user(to, ring->buffer + at, first) ||
	    copy_to_user(to + first, ring->buffer, size - first))
		return -EFAULT;
	return 0;
}

ssize_t stlb_ring_read(struct stlb_ring *ring, char __user *buf, size_t count)
{
	u64 head = smp_load_acquire(&ring->head);
	size_t done = 0;
	u32 size;

	while (ring->tail != head) {
		/* A record starts 8-byte aligned, so its size never wraps. */
		size = *(u32 *)(ring->buffer +
				(ring->tail & (ring->bytes - 1)));
		if (count - done < size)
			return done ?: -EMSGSIZE;
		if (ring_copy(ring, buf + done, size))
			return done ?: -EFAULT;
		smp_store_release(&ring->tail, ring->tail + size);
		done += size;
	}
	return done;
}
