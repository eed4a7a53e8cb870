/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test's end of /dev/stlb.
 *
 * Functions return 0 or -errno and print nothing; stlb.h says which errors.
 */
#ifndef _STLB_RECORDER_H
#define _STLB_RECORDER_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/stlb.h>

/*
 * Bytes of a ring that has room for every callback of one transition on 1024 pages;
 * for those of memory's compaction, or of a few huge pages that are told of page by
 * page, where base pages have 4 KiB; for next to none. What a ring costs is its
 * memory, which the kernel may have to take page by page.
 */
#define RECORDER_RING (1U << 20)
#define RECORDER_RING_LARGE (4U << 20)
#define RECORDER_RING_UNREAD STLB_MIN_RING

struct recorder {
	int fd;
	/* What recorder_drain() took off the ring, whole records. */
	char *events;
	size_t bytes;
	__u32 ring_bytes; /* recorder_bind() */
};

int recorder_open(struct recorder *r);
/* What is missing where /dev/stlb, in whatever role, was refused; or NULL. */
const char *recorder_missing(int err);
/* Binds to the caller's mm, which need not be the opener's. */
int recorder_bind(struct recorder *r, __u32 ring_bytes);
int recorder_watch(struct recorder *r, const void *start, size_t nr_pages);
int recorder_mark(struct recorder *r, __u64 cookie);
int recorder_stamp(struct recorder *r, volatile __u32 *word);
/* Fills ptes[nr] with the watched pages' PTEs as they are now. */
int recorder_ptes(struct recorder *r, struct stlb_pte *ptes, size_t nr);
/* The CPUs' flushes, see stlb.h: from here on. */
int recorder_flushes_open(struct recorder *r);
/* All of them: @all->flushes is an array of @all->nr then, to be freed. */
int recorder_flushes(struct recorder *r, struct stlb_flushes *all);
int recorder_visit(struct recorder *r, __u64 value);
/* The VM of descriptor @vm, made before recorder_bind(), hears nothing; STLB_NO_VM: it does. */
int recorder_deafen(struct recorder *r, int vm);
int recorder_info(const struct recorder *r, struct stlb_info *info);
/* Moves all events there are to r->events; -ENOMEM or read(2)'s error. */
int recorder_drain(struct recorder *r);
void recorder_close(struct recorder *r);

/* The record behind @ev, or the first for NULL; NULL behind the last. */
const struct stlb_event *recorder_next(const struct recorder *r,
				       const struct stlb_event *ev);

#endif /* _STLB_RECORDER_H */
