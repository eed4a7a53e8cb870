/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A transition: one kind of PTE change, provoked one way.
 *
 * A test says how to get the pages into the first state, how to provoke the
 * change, and which change it is. Everything else (recording, proof that the
 * change happened, every property of the contract) is transition_run()'s, the
 * same for all.
 */
#ifndef _STLB_TRANSITION_H
#define _STLB_TRANSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <linux/stlb.h>

#include <stlb/rules.h>

#include "entry.h"
#include "outcome.h"
#include "settings.h"

enum frame {
	FRAME_SAME,
	FRAME_NEW, /* after the change another page frame is mapped */
};

/* Is its accessed bit set? */
enum age { AGE_ANY, AGE_YOUNG, AGE_OLD };

/* How large is the entry, or the contiguous set of entries, that maps a page? */
enum leaf {
	LEAF_ANY,
	LEAF_HUGE, /* scene.leaf bytes */
	LEAF_SMALL, /* less than that */
};

/*
 * What setup and trigger work on: units, one behind the other, each a base page
 * unless map() makes them larger. All of a unit's span changes, or nothing. Of a
 * span larger than a base page the first, the middle and the last page are
 * watched; for the rest there is what callbacks say that they cover.
 *
 *	base                page           2 * page
 *	|== span ==|        |== span ==|        |
 */
struct scene {
	char *base; /* the first unit, unmapped memory on either side */
	size_t page; /* bytes from one unit to the next */
	size_t nr; /* units */
	size_t span; /* bytes of each unit that change */
	size_t leaf; /* bytes: what LEAF_HUGE means */
	size_t base_page; /* bytes */
	/*
	 * What is unmapped when the scene ends, where it is much, or of a pool that
	 * shrinks then. NULL: nothing
	 */
	char *borrowed;
	size_t borrowed_bytes;
	char *aside; /* the transition's own: pages elsewhere */
	/*
	 * Bytes near the units that the trigger changes while the units stay as they
	 * are: a callback that has these may have the units as well. 0: none
	 */
	char *beside;
	size_t beside_bytes;
	int fd; /* what is mapped, or a userfaultfd; -1: none */
	pid_t child; /* scene_fork(); 0: none */
	int child_go; /* write end: closing it lets the child exit */
	int child_wait; /* read end, the child's */
	pid_t helper; /* scene_start_helper(); 0: none */
	int helper_go; /* a byte asks it */
	int helper_answer;
	const char *missing; /* scene_missing() */
	struct settings settings; /* scene_set(); put back when the scene ends */
	volatile __u32 *stamp; /* scene_changed(); shared with all children */
	volatile char *mailbox; /* of a device that scene_changed() waits for */
	void (*end)(void); /* undoes what outlives the process; NULL: nothing */
};

struct transition {
	enum stlb_transition id;
	const char *name; /* "upgrade.wp_reuse" */
	enum access before;
	enum access after;
	enum frame frame; /* both states present: is it the same one? */
	enum age age_before;
	enum age age_after;
	/*
	 * All pages of the process lose their accessed bits once a device has these
	 * cached, by what tells no TLB of it (clear_refs_young()), and are old then.
	 */
	bool grows_old;
	/* @before also lets instructions be fetched, @after no more. */
	bool takes_exec;
	enum leaf leaf_before; /* where present */
	enum leaf leaf_after;
	/* On the way there is no present entry; a callback must have seen that. */
	bool passes_none;
	/* ACCESS_GONE: by SIGKILL, which the trigger sees to. */
	bool killed;
	/*
	 * The kernel makes this change only while the mm has the one reference
	 * to the frame, so a device must not hold another (STLB_ATTACH_HOLD).
	 */
	bool sole_owner;
	/* What is mapped is no memory, so no device can move bytes there. */
	bool no_memory;
	/*
	 * A write after it waits for userfaultfd, as it does where the trigger is
	 * uffd_write_protect().
	 */
	bool write_waits;
	/* By MADV_PAGEOUT, which up to 6.8 spares what a mirror says that it has used. */
	bool reclaims;
	/*
	 * An address space's first such change comes soon, its second may not: each
	 * attempt is made in a process of its own.
	 */
	bool first_only;
	/*
	 * The trigger is for the whole machine: pages of other processes may
	 * change as well, and their subscribers be told of it. There is no trace:
	 * which pages change together is the machine's affair.
	 */
	bool machine_wide;
	/*
	 * A kernel thread may make the change before the trigger does, in the
	 * same way: whose mm was current is not in the trace.
	 */
	bool by_anyone;
	/*
	 * Optional: maps something else over the private anonymous pages at
	 * @base, or moves @base. May make the units larger, and then fewer.
	 * Touches no page.
	 */
	int (*map)(struct scene *s);
	/*
	 * setup() leaves the pages as @before says; trigger() makes the change
	 * and nothing else. All three return 0 or -errno, or what
	 * scene_missing() returns. Where @after is ACCESS_GONE the trigger ends
	 * the address space, so it returns only if it failed; without one the
	 * harness makes the process exit.
	 */
	int (*setup)(struct scene *s);
	int (*trigger)(struct scene *s);
	/*
	 * Optional: what this machine lacks for the first state, as setup()'s
	 * page with the entry @pte shows it, or NULL.
	 */
	const char *(*lacks)(const struct stlb_pte *pte);
};

/* Does the page lose its frame, which can then be somebody else's? */
bool transition_takes_frames(const struct transition *t);

/* Fills the id and name of a struct transition. */
#define TRANSITION(family, transition) \
	.id = STLB_T_##family##_##transition, .name = #family "." #transition

/*
 * Runs one transition on @nr units and judges it by this architecture's
 * rules; prints findings as outcome.h says. Needs CAP_SYS_ADMIN and stlb.ko,
 * else a skip. The caller's process should be a test's own: it is pinned to
 * one CPU for good.
 */
struct outcome transition_run(const struct transition *t, size_t nr);

/*
 * The same on the device plane: a device has the pages cached before the
 * change, and what it can do after it is held against the page table, for each
 * profile of this architecture that @id can play. Each is played a second time
 * by a device that hears nothing, which must then be stale where the rule says
 * REQUIRED.
 */
struct outcome transition_run_device(const struct transition *t,
				     enum stlb_device_id id);

/*
 * The same on the CPU plane: what the CPUs execute to flush their TLBs, of one unit and
 * of a run of them, is held against the rules and against the callbacks. Needs QEMU
 * with the plugin of harness/plugin, else a skip.
 */
struct outcome transition_run_cpu(const struct transition *t);

/*
 * The same on the mirror plane, where the pages are the memory of a VM of KVM's: what that
 * can do with them after the change is held against what the process itself can do. A
 * skip where there is no KVM.
 */
struct outcome transition_run_kvm(const struct transition *t);

/* Writes a byte to each unit, or reads one; always 0, to be a setup or trigger. */
int scene_write(struct scene *s);
int scene_read(struct scene *s);
/* The same for each base page of each span. */
int scene_write_all(struct scene *s);
int scene_read_all(struct scene *s);
/* mprotect() of all units; then setups and triggers made of it. */
int scene_protect(struct scene *s, int prot);
int scene_write_protect(struct scene *s);
int scene_write_and_protect(struct scene *s);
/*
 * The kernel may set the write bit in mprotect() (can_change_pte_writable()), or leave
 * it to the next write fault: the write makes sure that it is set.
 */
int scene_unprotect_and_write(struct scene *s);
/* PROT_NONE */
int scene_close(struct scene *s);
/* munmap() of all units. */
int scene_unmap(struct scene *s);
/*
 * A setup: lazily freed pages (MADV_FREE), read once more. Whether a clean entry of
 * a writable page lets a write through differs; after mprotect() none does.
 */
int scene_write_and_free(struct scene *s);
/* A trigger: MADV_PAGEOUT. */
int scene_page_out(struct scene *s);
/*
 * For setup: address space at @s->aside that the units can move to as they are,
 * for it is aligned as they are, the second once the units are written; a trigger
 * then moves them there, by mremap().
 */
int scene_reserve(struct scene *s);
int scene_write_to_move(struct scene *s);
int scene_move(struct scene *s);
/*
 * Forks a child that touches nothing and exits when the scene ends, or, with
 * scene_reap(), now; or one that has read each unit when this returns.
 */
int scene_fork(struct scene *s);
int scene_fork_reader(struct scene *s);
void scene_reap(struct scene *s);
/*
 * For a trigger, in whatever process makes the change: it has been made, and the
 * call that made the last part of it has returned. A callback that comes later
 * comes too late. To be called before any further system call; where a trigger
 * makes none behind the change, and where scene_start_helper()'s work makes
 * none, the harness has called it in time. On the device plane the device is looked at
 * before it returns; of several calls the first counts.
 */
void scene_changed(struct scene *s);
/*
 * The same where only a look will show whether it has been made, and where it has not
 * been made yet more is to come: the device is not looked at.
 */
void scene_perhaps_changed(struct scene *s);
/* Not yet, or not all of it: more is to come. */
void scene_changing(struct scene *s);
/*
 * For map, setup and trigger: this kernel or its configuration lacks something,
 * so the test is a skip. @what, a constant, says what it needs and how it
 * shows. Returns an error to be returned. A subject that ends itself cannot say
 * it.
 */
int scene_missing(struct scene *s, const char *what);
/*
 * For map: makes the units @unit bytes, a power of two, aligned to that, and
 * @s->leaf the same; 2 of them where a run is asked for, else 1. The caller maps
 * something at @s->base; there is a unit of nothing before and behind.
 */
int scene_enlarge(struct scene *s, size_t unit);
/*
 * Writes a file of sysfs, which has one number or a choice of words ("always
 * [madvise] never"). It gets its old value back when the scene ends.
 */
int scene_set(struct scene *s, const char *path, const char *value);
/* A map: a file of the pages' size in memory, shared. It is @s->fd. */
int scene_map_file(struct scene *s);
/*
 * Starts another process that waits to be asked once. To be called in setup
 * before a page is touched, so that it shares none of them. When asked it calls
 * work() with the id of the process whose pages are watched.
 */
int scene_start_helper(struct scene *s,
		       int (*work)(struct scene *s, pid_t subject));
/* A trigger: asks it, and returns what work() returned when it is done. */
int scene_ask_helper(struct scene *s);

#endif /* _STLB_TRANSITION_H */
