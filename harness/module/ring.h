/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event ring: whole records, in order, or counted as lost.
 *
 *	writer (any CPU, under @lock)		reader (one, no lock)
 *	copy the record behind @head		head = load_acquire(@head)
 *	store_release(@head, behind it)		copy what is before it
 *						store_release(@tail, behind that)
 *
 * @head and @tail count bytes since the start and are never reduced modulo the
 * size; @head - @tail is what is stored, at most @bytes. A record becomes
 * visible with one store, so the reader sees it whole or not at all. Releasing
 * @tail gives the space back; a fault while copying to user space does not, so
 * no record is lost by it.
 */
#ifndef _STLB_RING_H
#define _STLB_RING_H

#include <linux/spinlock.h>
#include <linux/stlb.h>

struct stlb_ring {
	raw_spinlock_t lock;
	u8 *buffer;
	u32 bytes; /* a power of two */
	u64 head;
	u64 tail;
	u64 fill; /* under @lock: end of what the open record has stored */
	u64 seq; /* under @lock: events so far, lost ones included */
	u64 lost; /* under @lock */
};

/* May sleep. @bytes is a power of two. Returns 0 or -ENOMEM. */
int stlb_ring_init(struct stlb_ring *ring, u32 bytes);
/* No writer and no reader may be left. May sleep. */
void stlb_ring_destroy(struct stlb_ring *ring);

/*
 * stlb_ring_begin - open a record of @event->nr_ptes entries
 *
 * Any context but NMI; the caller holds @ring->lock with interrupts off, up to
 * stlb_ring_commit(). Sets @event->size and ->seq. Returns true if the record
 * has room: then exactly nr_ptes calls of stlb_ring_pte() and one of
 * stlb_ring_commit() must follow. Returns false if it is counted as lost.
 */
bool stlb_ring_begin(struct stlb_ring *ring, struct stlb_event *event);
void stlb_ring_pte(struct stlb_ring *ring, const struct stlb_pte *pte);
void stlb_ring_commit(struct stlb_ring *ring);

/*
 * stlb_ring_read - move whole records to user space
 *
 * May sleep; one caller at a time. Returns bytes moved, 0 when the ring is
 * empty, -EMSGSIZE when @count is less than the first record's size, -EFAULT
 * when not even the first record could be copied.
 */
ssize_t stlb_ring_read(struct stlb_ring *ring, char __user *buf, size_t count);

#endif /* _STLB_RING_H */
