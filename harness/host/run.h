/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run: cells, their tests, and what became of them. One thread owns all
 * of it; nothing here is safe to share.
 */
#ifndef _STLB_RUN_H
#define _STLB_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"

enum verdict {
	VERDICT_NONE, /* not judged yet; at the end of a run this is INFRA */
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_XFAIL, /* failed as configs/known-bugs.ini says */
	VERDICT_XPASS, /* passed although the file says it fails */
	VERDICT_SKIP, /* names the missing requirement */
	VERDICT_INFRA, /* could not be judged: build, boot, QEMU */
	NR_VERDICTS,
};

/* Exit status; design: fails closed. */
enum run_status {
	RUN_OK = 0,
	RUN_FAILED = 1, /* a FAIL or XPASS */
	RUN_USAGE = 2, /* usage or configuration error: nothing was judged */
	RUN_INFRA = 3, /* INFRA, or no verdict at all */
};

/* One entry of the catalogue (stlb/tests.h). */
struct test {
	const char *name; /* "upgrade.wp_reuse.page": unique and stable */
	const char *family; /* "upgrade": the binary that holds it */
	const char *transition; /* "upgrade.wp_reuse"; NULL: none */
	enum stlb_transition id; /* STLB_T_NONE: none */
	enum stlb_plane plane; /* of a transition's test */
	bool vm; /* makes a VM, for which KVM's modules may be needed */
	bool dma; /* moves bytes through the machine's DMA engine */
	/*
	 * A function of the kernel's that warns, by its contract, of what this
	 * test does; NULL: none. That one warning is no trouble.
	 */
	const char *warns;
};

/* A number a test reported ("# stlb: data NAME=VALUE"). */
struct datum {
	char *name;
	long long value;
};

struct result {
	const struct test *test;
	enum verdict verdict;
	/*
	 * What failed, in words of signature.h, sorted, comma separated. ""
	 * unless it failed.
	 */
	char *signature;
	char *reason; /* one line; NULL for a plain PASS */
	/* Profiles whose rows the test judged; NULL-terminated; NULL: none */
	char **judged;
	char *log; /* the test's output, '\n' separated; "" if none */
	struct datum *data;
	size_t nr_data;
	char **trace; /* callbacks, trace.h; NULL-terminated; NULL: none */
	unsigned int boot; /* which boot of the cell, from 1; 0: none */
	uint64_t ns; /* from its begin to its end record */
};

enum cell_stage {
	CELL_WAITING,
	CELL_FETCHING,
	CELL_BUILDING,
	CELL_BOOTING,
	CELL_TESTING,
	CELL_DONE,
};

struct cell {
	char *name; /* unique; [a-z0-9._-]+; names its results directory */
	const struct stlb_arch *arch;
	char *kernel; /* "debian:6.12" or "image:/path" */
	char **configs; /* of a kernel from source, see config.h */
	bool defconfig; /* that kernel's own defconfig is beneath them */
	char *cpu; /* NULL: the machine's default */
	unsigned int cpus;
	unsigned int memory_mib;
	char *append; /* its own kernel parameters, or NULL */
	char *record; /* where QEMU's recording of a boot is, or NULL */
	char *snapshots; /* a disk for these, without which nothing goes back, or NULL */
	bool replay; /* the recording is to be replayed, not made */
	char *shows; /* what the run fails to show without this cell, or NULL */

	enum cell_stage stage;
	char *release; /* uname -r from the guest; NULL before it said so */
	unsigned long page_size; /* bytes, as the guest said; 0 before */
	char *package; /* kernel package and version, or the image's path */
	char *symbols; /* the kernel's vmlinux, or NULL */
	char *compiler; /* what built stlb.ko; NULL before it was built */
	char *infra; /* why the whole cell could not be judged, or NULL */
	char *note; /* e.g. a warning of the kernel's before the first test */
	struct result *results; /* one per wanted test, catalogue order */
	size_t nr_results;
	size_t current; /* index of the running test */
	unsigned int boots;
	uint64_t boot_ns; /* the longest from QEMU's start to init's hello */
	unsigned int deaths; /* boots that ended before their tests did */
	char *dir; /* results/<time>/<name> */
	uint64_t ns; /* from start to DONE */
};

struct options;
struct expected_skips;
struct history;

struct run {
	const struct options *opt;
	const struct expected_skips *skips; /* NULL: not --strict-skips */
	const struct history *before; /* NULL: there is no earlier run of it */
	struct cell *cells;
	size_t nr_cells;
	char **plan; /* names of all cells, also those of other shards */
	char *dir; /* results/<time> */
	bool interrupted;
	bool misconfigured; /* a kernel that the user chose cannot be had */
	uint64_t ns;
};

/*
 * Reporters: called from the engine's event loop, never from a signal handler.
 * Any member may be NULL.
 */
struct reporter {
	void (*start)(const struct run *run);
	/* a cell's stage, or its running test, changed */
	void (*cell)(const struct run *run, const struct cell *cell);
	/* a result got its verdict */
	void (*result)(const struct run *run, const struct cell *cell,
		       const struct result *result);
	/* the cell is DONE */
	void (*done)(const struct run *run, const struct cell *cell);
	/* everything is over; also after an interrupt */
	void (*finish)(const struct run *run);
};

const char *verdict_name(enum verdict v); /* "PASS", ... */

/*
 * Why a cell whose tests all have verdicts proves nothing, or NULL: all of them were
 * skipped, or rows of the rules bind what was chosen and none of these was judged.
 * Where one failed that was seen. Static storage.
 */
const char *cell_saw_nothing(const struct cell *cell);

/* The exit status that this run's results ask for. */
enum run_status run_status(const struct run *run);

#endif /* _STLB_RUN_H */
