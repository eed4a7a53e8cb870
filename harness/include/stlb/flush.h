/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flush box: where QEMU's plugin (harness/plugin) puts what the CPUs do to their
 * TLBs, in the guest's own memory. stlb.ko provides it, the plugin fills it.
 *
 *	stlb.ko					plugin
 *	magic, watched words, room
 *	mark OPEN(physical address) ------->	finds it in QEMU's memory, answered = 1
 *	answered? no: there is no plugin
 *	...					each flush, barrier, mark: one event more,
 *						or one more that is lost
 *	mark CLOSE ------------------------>	forgets it
 *
 * A mark is an instruction that does nothing (arch/ARCH/flush.c, and flush.h there for
 * the guest's side); its operands are a kind and a value. All is in the order of one
 * lock of the plugin's: an event comes right before the instruction is executed, and
 * is in the box when it has been. There is one box at a time.
 */
#ifndef _STLB_FLUSH_BOX_H
#define _STLB_FLUSH_BOX_H

#include <linux/types.h>

#include <linux/stlb.h>

/* Raised when something below, struct stlb_flush or the marks change. */
#define STLB_FLUSH_ABI 1

#define STLB_FLUSH_MAGIC 0x53544c42666c7573ULL

/* Operands of a mark: a kind in the first register, a value in the second. */
enum stlb_mark {
	STLB_MARK_OPEN = 0x53544c01, /* the box's physical address */
	STLB_MARK_CLOSE, /* 0 */
	STLB_MARK_EVENT, /* seq of an event of the recorder's, which follows */
	STLB_MARK_VISIT, /* what STLB_IOC_VISIT was given */
};

/* Entries on the way from the top of the tables to a watched page's leaf. */
#define STLB_FLUSH_LEVELS 5
/* Watched pages whose entries are looked at with each event: struct stlb_flush.old */
#define STLB_FLUSH_WATCHED 64

/* An entry: still as it was? @phys 0: none. */
struct stlb_flush_word {
	__u64 phys;
	__u64 value; /* when the box was opened */
};

struct stlb_flush_box {
	__u64 magic;
	__u64 phys; /* its own physical address: a copy of it has another */
	__u32 abi;
	__u32 room; /* events that there is room for */
	__u64 stamp; /* physical address of STLB_IOC_STAMP's word; 0: none */
	__u64 space; /* whose flushes are of interest: struct stlb_flush.space */
	__u64 mask; /* bits of an entry that hardware does not change */
	__u32 nr_watched; /* of the table below */
	__u32 reserved;
	struct stlb_flush_word words[STLB_FLUSH_WATCHED][STLB_FLUSH_LEVELS];
	/* The plugin's */
	__u32 answered; /* its STLB_FLUSH_ABI */
	__u32 nr;
	__u64 lost;
	struct stlb_flush events[];
};

#endif /* _STLB_FLUSH_BOX_H */
