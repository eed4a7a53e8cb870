/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Did a process get the CPU time that it wanted? One that waited for a CPU for longer
 * than it had one, and for a quarter of the time or more, was starved by others: that it
 * was slow says nothing about what it ran.
 */
#ifndef _STLB_STARVED_H
#define _STLB_STARVED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of all threads that there are, in ns. */
struct cpu_time {
	uint64_t ran;
	uint64_t waited; /* runnable, without a CPU */
};

/*
 * /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst). All 0 if there
 * is none: then nothing counts as starved.
 */
struct cpu_time cpu_time_of(pid_t pid);

/* In @ns of the clock, between the two? */
bool is_starved(const struct cpu_time *from, const struct cpu_time *to,
		uint64_t ns);

/*
 * How much longer, in ns, it would have taken the process to get in all what it would
 * have got of @ns with nobody else there: at most STRETCH_MAX times @ns.
 */
#define STRETCH_MAX 7
uint64_t starved_stretch(const struct cpu_time *from, const struct cpu_time *to,
			 uint64_t ns);

#endif /* _STLB_STARVED_H */
