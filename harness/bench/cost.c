// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a guest that counts the instructions of a callback, and powers off.
 * QEMU's -icount shift=0 makes each of the guest's instructions one nanosecond of
 * its clock, so that differences of clocks are counts.
 *
 * With no /stlb.ko it powers off at once: a bare boot.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../guest/device.h"
#include "../guest/recorder.h"

#define TRIES 5
#define ROUNDS 400
#define ALL_ROUNDS (1 + TRIES * ROUNDS) /* the first warms up */
#define PAGES 8

static size_t page;
static char *map;

static void end(const char *wrong)
{
	if (wrong)
		printf("bench: cannot %s\n", wrong);
	fflush(stdout);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void must(int ok, const char *what)
{
	if (!ok)
		end(what);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void change(void)
{
	must(!mprotect(map, page, PROT_READ), "mprotect");
	must(!mprotect(map, page, PROT_READ | PROT_WRITE), "mprotect");
	*(volatile char *)map = 1;
}

/*
 * Nanoseconds of ROUNDS changes that tell secondary TLBs, the least of all tries: others
 * run in between.
 */
static double changes(void)
{
	double best = 0;

	change();
	for (int try = 0; try < TRIES; try++) {
		double ns = -now();

		for (int round = 0; round < ROUNDS; round++)
			change();
		ns += now();
		if (!try || ns < best)
			best = ns;
	}
	return best;
}

/* Callbacks of changes() for a device that only counts them */
static double counting(double *callbacks)
{
	struct stlb_stats stats;
	struct device d;
	double ns;

	must(!device_open(&d) && !device_attach(&d, STLB_DEVICE_MODEL, STLB_VTD,
						STLB_ATTACH_IGNORE),
	     "attach a device");
	ns = changes();
	must(!device_stats(&d, &stats), "read a device's counters");
	*callbacks = (double)stats.callbacks * ROUNDS / ALL_ROUNDS;
	device_close(&d);
	return ns;
}

/* The same for a recorder that watches @pages */
static double recording(size_t pages, double *events)
{
	struct stlb_info info;
	struct recorder r;
	double ns;

	must(!recorder_open(&r) && !recorder_bind(&r, RECORDER_RING_LARGE),
	     "bind a recorder");
	must(!pages || !recorder_watch(&r, map, pages), "watch pages");
	ns = changes();
	must(!recorder_info(&r, &info) && !info.lost, "keep all events");
	*events = (double)info.recorded * ROUNDS / ALL_ROUNDS;
	recorder_close(&r);
	return ns;
}

int main(void)
{
	static const size_t watched[] = { 0, 1, PAGES };
	int module = open("/stlb.ko", O_RDONLY | O_CLOEXEC);
	double bare, ns, nr, count;

	if (module < 0)
		end(NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	must(!syscall(SYS_finit_module, module, "", 0), "load stlb.ko");
	page = sysconf(_SC_PAGESIZE);
	map = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	must(map != MAP_FAILED, "map pages");
	bare = changes();
	ns = counting(&nr);
	must(nr > 0, "be told anything");
	count = (ns - bare) / nr;
	printf("bench: count %.0f instructions a callback\n", count);
	for (size_t i = 0; i < sizeof(watched) / sizeof(*watched); i++) {
		ns = recording(watched[i], &nr);
		printf("bench: record %zu pages %.0f instructions an event, %.1f times that\n",
		       watched[i], (ns - bare) / nr, (ns - bare) / nr / count);
	}
	end(NULL);
}
