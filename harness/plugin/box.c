// SPDX-License-Identifier: GPL-2.0-only

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "box.h"

/* Other threads' mappings come and go: this does not fault. */
static bool is_box(struct stlb_flush_box *at, uint64_t phys)
{
	struct stlb_flush_box head;
	const size_t size = offsetof(struct stlb_flush_box, words);
	const struct iovec to = { &head, size }, from = { at, size };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) ==
		       (ssize_t)size &&
	       head.magic == STLB_FLUSH_MAGIC && head.phys == phys &&
	       head.abi == STLB_FLUSH_ABI;
}

/*
 * Where QEMU has mapped the guest's memory is in none of its interfaces; the box is
 * known by what the guest has written into it. Sets box->memory.
 */
static struct stlb_flush_box *find(struct box *box,
				   const struct decoder *decoder, uint64_t phys)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	struct stlb_flush_box *found = NULL;
	uint64_t start, end;
	char line[512], perms[8];

	while (maps && !found && fgets(line, sizeof(line), maps)) {
		uint64_t bytes, offset;
		struct stlb_flush_box *b;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &start, &end,
			   perms) != 3 ||
		    strncmp(perms, "rw", 2))
			continue;
		bytes = end - start;
		offset = decoder->offset(phys, bytes);
		if (offset > bytes || bytes - offset < sizeof(*b))
			continue;
		b = (struct stlb_flush_box *)(uintptr_t)(start + offset);
		if (!is_box(b, phys))
			continue;
		box->memory = (char *)(uintptr_t)start;
		box->bytes = bytes;
		found = b;
	}
	if (maps)
		fclose(maps);
	return found;
}

static uint64_t word_at(const struct box *box, const struct decoder *decoder,
			uint64_t phys, size_t size)
{
	uint64_t offset = decoder->offset(phys, box->bytes), value = 0;

	if (phys && offset < box->bytes && box->bytes - offset >= size)
		memcpy(&value, box->memory + offset, size);
	return value;
}

static uint32_t stamp_of(const struct box *box, const struct decoder *decoder)
{
	return word_at(box, decoder, box->open->stamp, 4);
}

/* Which watched pages' entries are as they were when the box was opened? */
static uint64_t old_ones(const struct box *box, const struct decoder *decoder)
{
	const struct stlb_flush_box *b = box->open;
	uint64_t old = 0;

	for (unsigned int i = 0; i < b->nr_watched && i < STLB_FLUSH_WATCHED;
	     i++) {
		bool same = true;

		for (unsigned int l = 0; l < STLB_FLUSH_LEVELS && same; l++) {
			const struct stlb_flush_word *w = &b->words[i][l];

			same = !w->phys ||
			       !((word_at(box, decoder, w->phys, 8) ^ w->value) &
				 b->mask);
		}
		old |= (uint64_t)same << i;
	}
	return old;
}

/* NULL: no room. Complete once box->open->nr counts it. */
static struct stlb_flush *next_event(struct box *box,
				     const struct decoder *decoder,
				     unsigned int cpu, unsigned int kind)
{
	struct stlb_flush_box *b = box->open;
	struct stlb_flush *f;

	if (b->nr >= b->room) {
		b->lost++;
		return NULL;
	}
	f = &b->events[b->nr];
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->cpu = cpu;
	f->stamp = stamp_of(box, decoder);
	f->old = old_ones(box, decoder);
	return f;
}

void box_overflow(struct box *box)
{
	atomic_store(&box->overflown, true);
}

static void open_box(struct box *box, const struct decoder *decoder,
		     uint64_t phys)
{
	struct stlb_flush_box *b = find(box, decoder, phys);

	if (!b)
		return;
	b->nr = 0;
	b->lost = atomic_load(&box->overflown);
	memset(box->unsynced, 0, sizeof(box->unsynced));
	b->answered = STLB_FLUSH_ABI;
	atomic_store(&box->open, b);
}

void box_mark(struct box *box, const struct decoder *decoder, unsigned int cpu,
	      uint64_t kind, uint64_t value)
{
	struct stlb_flush *f;

	switch (kind) {
	case STLB_MARK_OPEN:
		open_box(box, decoder, value);
		return;
	case STLB_MARK_CLOSE:
		atomic_store(&box->open, NULL);
		return;
	case STLB_MARK_EVENT:
	case STLB_MARK_VISIT:
		break;
	default:
		return;
	}
	if (!box_is_open(box))
		return;
	f = next_event(box, decoder, cpu,
		       kind == STLB_MARK_EVENT ? STLB_FLUSH_MARK :
						 STLB_FLUSH_VISIT);
	if (!f)
		return;
	f->value = value;
	box->open->nr++;
}

void box_flush(struct box *box, const struct decoder *decoder,
	       unsigned int cpu, const struct insn *insn,
	       const struct operands *ops)
{
	struct stlb_flush what = { 0 }, *f;

	if (!box_is_open(box) || !decoder->flush(insn, ops, &what) ||
	    (!(what.flags & STLB_FLUSH_ANY_SPACE) &&
	     what.space != box->open->space))
		return;
	f = next_event(box, decoder, cpu, STLB_FLUSH_TLB);
	if (!f)
		return;
	what.kind = f->kind;
	what.cpu = f->cpu;
	what.stamp = f->stamp;
	what.old = f->old;
	what.synced = what.flags & STLB_FLUSH_SYNCED ? f->stamp : 0;
	*f = what;
	box->open->nr++;
}

void box_barrier(struct box *box, const struct decoder *decoder,
		 unsigned int cpu)
{
	struct stlb_flush_box *b = box->open;
	uint32_t i, stamp;

	if (!b || cpu >= BOX_CPUS || box->unsynced[cpu] == b->nr)
		return;
	stamp = stamp_of(box, decoder);
	for (i = box->unsynced[cpu]; i < b->nr; i++) {
		struct stlb_flush *f = &b->events[i];

		if (f->cpu != cpu || f->kind != STLB_FLUSH_TLB ||
		    f->flags & STLB_FLUSH_SYNCED)
			continue;
		f->flags |= STLB_FLUSH_SYNCED;
		f->synced = stamp;
	}
	box->unsynced[cpu] = b->nr;
}
