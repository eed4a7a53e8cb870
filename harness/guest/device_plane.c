// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device plane: what a device with a secondary TLB can still do.
 *
 * Its accesses are held against the page table as it stands after the change:
 *
 *	safety		bytes move only where the entry allows it, and through
 *			the entry's frame
 *	liveness	an access that the entry allows succeeds within as many
 *			retries as the profile may need
 *
 * which is the same for all transitions. An entry that is only old allows what it
 * did, but hardware that does not set the accessed bit itself cannot use it: a device
 * may get through, and may not.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"
#include "device.h"
#include "judge.h"
#include "native_rules.h"
#include "scene.h"

/*
 * Retries of an access that does not come to an end before it is given up: of
 * the first page that has one.
 */
#define ENDLESS 16

/* Times that the pages are cached before it is left to still_cached() to give up. */
#define SEEDINGS 4

/* edu takes its time: first, middle and last page must do. */
#define EMULATED_PAGES 3

/* In each page, away from the first byte, which scene_write() writes. */
#define WORD_AT 64

/* What a device did that it must not, or could not do. */
struct finding {
	size_t page;
	char text[256];
};

/* One profile, played once through one transition. */
struct play {
	const struct stlb_profile_info *profile;
	enum stlb_device_id id;
	__u32 flags;
	struct device dev;
	/* What was found; of the first 64 pages, and there are no more. */
	unsigned int failed; /* 1U << enum property */
	size_t stale; /* pages with a finding */
	uint64_t counted; /* which, 1 << page */
	struct finding first[NR_PROPERTIES]; /* the first one of each */
	__u64 most_attempts; /* for one access */
	/* What the probe is to do, and has done, three a page at the most. */
	struct stlb_probe_access early[3 * STLB_RUN_PAGES];
	size_t nr_early; /* 0: it has not looked */
	struct stlb_stats after_trigger;
};

/*
 * Who plays in one attempt: a device that is told, then its twin, which hears nothing;
 * or one of them alone. Neither changes an entry, so each sees what it would see alone.
 */
struct cast {
	struct play plays[2];
	size_t nr;
	struct play *playing;
	bool reached; /* one of them was, see was_reached() */
};

static struct play *playing(const struct attempt *a)
{
	struct cast *cast = a->plane;

	return cast->playing;
}

/* @step with each of them as the one who plays, until it fails; then the first is again. */
static bool each_play(struct attempt *a, bool (*step)(struct attempt *a))
{
	struct cast *cast = a->plane;
	bool done = true;

	for (size_t i = 0; i < cast->nr && done; i++) {
		cast->playing = &cast->plays[i];
		done = step(a);
	}
	cast->playing = &cast->plays[0];
	return done;
}

/* No two accesses of a process move the same word. */
static uint64_t new_word(void)
{
	static uint64_t last_word;

	return (uint64_t)getpid() << 32 | ++last_word;
}

static uint64_t *word_of(const struct attempt *a, size_t page)
{
	return (uint64_t *)(scene_spot(&a->scene, page) + WORD_AT);
}

/* A call on the device that must not fail; broken hardware is not the kernel's. */
static bool must(struct attempt *a, int err, enum property p, const char *what)
{
	if (!device_is_broken(err))
		return attempt_must(a, err, p, what);
	a->voided = "the machine's device or IOMMU does not do what it is told";
	return false;
}

/* ---- before the change -------------------------------------------------- */

static bool attach(struct attempt *a)
{
	struct play *play = playing(a);

	return must(a,
		    device_attach(&play->dev, play->id, play->profile->id,
				  play->flags),
		    PROP_SETUP, "attach the device");
}

static bool bind(struct attempt *a)
{
	return attempt_bind(a) && each_play(a, attach);
}

static const char *const kind_names[] = {
	[STLB_READ] = "read",
	[STLB_WRITE] = "write",
	[STLB_FETCH] = "instruction fetch",
};

/* Can hardware that fetches the entry now use it? An old one it may not. */
static bool can_read(const struct stlb_pte *pte)
{
	return pte->flags & STLB_PTE_HW_READ;
}

static bool can_write(const struct stlb_pte *pte)
{
	return can_read(pte) && pte->flags & STLB_PTE_HW_WRITE;
}

/* One access that must, or must not, move its bytes. */
static bool seed_access(struct attempt *a, size_t page,
			enum stlb_access_kind kind, bool want)
{
	struct play *play = playing(a);
	uint64_t word = new_word();
	struct stlb_access access;
	int err;

	if (kind == STLB_WRITE)
		err = device_write(&play->dev, word_of(a, page), &word,
				   sizeof(word), 0, &access);
	else if (kind == STLB_FETCH)
		err = device_fetch(&play->dev, word_of(a, page), &word,
				   sizeof(word), 0, &access);
	else
		err = device_read(&play->dev, word_of(a, page), &word,
				  sizeof(word), 0, &access);
	if (!must(a, err, PROP_SETUP, "the device's access"))
		return false;
	if (!access.fault == want)
		return true;
	outcome_fail(
		&a->out, PROP_SETUP,
		"%s: the device's %s of page %zu before the change: %s (code %#x); expected %s",
		play->profile->name, kind_names[kind],
		scene_number(&a->scene, page), fault_name(access.fault),
		access.raw, want ? "bytes to move" : "a fault");
	return false;
}

/* The model says what it cached: the page table's entry. */
static bool prove_cached(struct attempt *a, size_t page)
{
	struct play *play = playing(a);
	const struct stlb_pte *pte = &a->before[page];
	struct stlb_query query;
	bool same;

	if (play->id != STLB_DEVICE_MODEL)
		return true;
	if (!attempt_must(a, device_query(&play->dev, word_of(a, page), &query),
			  PROP_SETUP, "query"))
		return false;
	same = !(query.flags & STLB_CACHED) == !can_read(pte) &&
	       !(query.flags & STLB_CACHED_WRITE) == !can_write(pte) &&
	       !(query.flags & STLB_CACHED_EXEC) ==
		       !(query.flags & STLB_CACHED && pte_executable(pte)) &&
	       query.pfn == (can_read(pte) ? pte->pfn : 0);
	if (!same)
		outcome_fail(
			&a->out, PROP_SETUP,
			"%s: page %zu is %s, frame %#llx, and the device has cached flags %#x, frame %#llx; expected the same",
			play->profile->name, scene_number(&a->scene, page),
			access_name(a->t->before), (unsigned long long)pte->pfn,
			query.flags, (unsigned long long)query.pfn);
	return same;
}

static void add_early(struct attempt *a, size_t page,
		      enum stlb_access_kind kind)
{
	struct play *play = playing(a);

	play->early[play->nr_early++] = (struct stlb_probe_access){
		.addr = (uintptr_t)word_of(a, page),
		.word = new_word(),
		.kind = kind,
	};
}

/*
 * The first look at the device comes before any system call: the kernel could make up
 * in it for what it has left out. Not where the address space goes, whose end only a
 * system call shows, nor where the entry is to be old, for the hardware that sets the
 * accessed bit must not do it before it has been seen.
 */
static bool arm(struct attempt *a)
{
	struct play *play = playing(a);

	if (a->t->after == ACCESS_GONE || a->t->age_after == AGE_OLD)
		return true;
	play->nr_early = 0;
	for (size_t i = 0; i < scene_watched(&a->scene); i++) {
		add_early(a, i, STLB_READ);
		add_early(a, i, STLB_WRITE);
		if (a->t->takes_exec)
			add_early(a, i, STLB_FETCH);
	}
	scene_changing(&a->scene);
	scene_await_probe(&a->scene, play->dev.mailbox);
	return attempt_must(a,
			    device_probe(&play->dev, a->scene.stamp,
					 play->early, play->nr_early),
			    PROP_SETUP, "have the device look by itself");
}

/* All that is watched, and what lies between. */
static int guard(struct attempt *a)
{
	struct play *play = playing(a);
	char *first = NULL, *end = NULL;

	for (size_t i = 0; i < scene_watched(&a->scene); i++) {
		char *at = scene_spot(&a->scene, i);

		if (!first || at < first)
			first = at;
		if (at + a->scene.base_page > end)
			end = at + a->scene.base_page;
	}
	return device_guard(&play->dev, first, end - first);
}

/* Reads come first: an SMMU need not cache an entry that denies what it is fetched for. */
static bool seed_pages(struct attempt *a)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++) {
		const struct stlb_pte *pte = &a->before[i];

		if (!seed_access(a, i, STLB_READ, can_read(pte)) ||
		    !seed_access(a, i, STLB_WRITE, can_write(pte)) ||
		    (a->t->takes_exec && !seed_access(a, i, STLB_FETCH, true)))
			return false;
	}
	return true;
}

static bool all_cached(struct attempt *a)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		if (!prove_cached(a, i))
			return false;
	return true;
}

static bool guard_and_seed(struct attempt *a)
{
	return attempt_must(a, guard(a), PROP_SETUP, "guard the pages") &&
	       seed_pages(a);
}

static bool note_reached(struct attempt *a)
{
	struct cast *cast = a->plane;
	struct stlb_stats stats;

	if (!attempt_must(a, device_stats(&playing(a)->dev, &stats), PROP_LOSS,
			  "the device's counters"))
		return false;
	cast->reached |= stats.reached != 0;
	return true;
}

/* Has anything reached a device since guard()? */
static bool was_reached(struct attempt *a, bool *reached)
{
	struct cast *cast = a->plane;

	cast->reached = false;
	if (!each_play(a, note_reached))
		return false;
	*reached = cast->reached;
	return true;
}

/*
 * Gets each page cached as it is. Where setup has forked, what this does is the first to
 * write some of the process's own pages since: their entries change, and a kernel may
 * tell the device of everything. It does not happen again to the same page.
 *
 *	guard()		what reaches the device counts from here on
 *	accesses	cached
 *	arm()		the first time
 *	was_reached()	if so, once more
 *	visit_cpus()
 *	mark
 *	still_cached()	nothing has reached it: it is cached still
 *	trigger
 */
static bool seed(struct attempt *a)
{
	bool reached = true;

	for (int i = 0; i < SEEDINGS && reached; i++)
		if (!each_play(a, guard_and_seed) || (!i && !arm(a)) ||
		    !was_reached(a, &reached))
			return false;
	return reached || each_play(a, all_cached);
}

static bool still_cached(struct attempt *a)
{
	bool reached = true;

	if (!was_reached(a, &reached))
		return false;
	if (reached)
		a->voided =
			"what the device had cached was invalidated before the change";
	return !reached;
}

/* ---- after the change --------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void
finding(struct play *play, size_t page, enum property p, const char *fmt, ...)
{
	va_list ap;

	play->stale += !(play->counted & 1ULL << page);
	play->counted |= 1ULL << page;
	if (!(play->failed & (1U << p))) {
		play->first[p].page = page;
		va_start(ap, fmt);
		vsnprintf(play->first[p].text, sizeof(play->first[p].text), fmt,
			  ap);
		va_end(ap);
	}
	play->failed |= 1U << p;
}

/* The first one of the first property that has one; there is one. */
static const struct finding *first_of(const struct play *play)
{
	return &play->first[__builtin_ctz(play->failed)];
}

static bool is_wrong_frame(const struct stlb_access *access,
			   const struct stlb_pte *pte)
{
	return access->pfn && access->pfn != pte->pfn;
}

static void note_attempts(struct play *play, const struct stlb_access *access)
{
	if (access->attempts > play->most_attempts)
		play->most_attempts = access->attempts;
}

static __u32 patience(const struct play *play)
{
	return play->failed ? play->profile->retries : ENDLESS;
}

static void endless(struct play *play, size_t page, const char *what,
		    const struct stlb_access *access)
{
	note_attempts(play, access);
	if (!access->fault && access->attempts - 1 <= play->profile->retries)
		return;
	finding(play, page, PROP_LIVENESS,
		"the page table allows it, but %u of %u %s of the device failed (%s, code %#x); expected success within %u retries",
		access->faults, access->attempts, what,
		fault_name(access->fault), access->raw, play->profile->retries);
}

static void check_read(struct attempt *a, size_t page,
		       const struct stlb_pte *pte)
{
	bool allowed = access_may_read(pte_access(pte));
	const uint64_t *word = word_of(a, page);
	struct play *play = playing(a);
	struct stlb_access access;
	uint64_t got = 0;

	if (!must(a,
		  device_read(&play->dev, word, &got, sizeof(got), 0, &access),
		  PROP_LOSS, "the device's read"))
		return;
	if (!allowed && !access.fault)
		finding(play, page, PROP_SAFETY,
			"the page table allows no read, and the device read %#" PRIx64
			" from frame %#llx; expected a fault",
			got, (unsigned long long)access.pfn);
	else if (access.fault == STLB_FAULT_DEAD)
		finding(play, page, PROP_SAFETY,
			"the device's entry leads to a frame that the page table no longer maps");
	else if (allowed && !access.fault &&
		 (got != *word || is_wrong_frame(&access, pte)))
		finding(play, page, PROP_SAFETY,
			"the device read %#" PRIx64
			" from frame %#llx, where the CPU reads %#" PRIx64
			" from frame %#llx",
			got, (unsigned long long)access.pfn, *word,
			(unsigned long long)pte->pfn);
	else if (can_read(pte) && access.fault &&
		 must(a,
		      device_read(&play->dev, word, &got, sizeof(got),
				  patience(play), &access),
		      PROP_LOSS, "the device's reads"))
		endless(play, page, "reads", &access);
}

/* What the device wrote, if it did: is it where the CPU sees it? */
static void check_written(struct attempt *a, size_t page,
			  const struct stlb_pte *pte, uint64_t word,
			  const struct stlb_access *access)
{
	uint64_t seen = *(volatile uint64_t *)word_of(a, page);

	if (seen == word && !is_wrong_frame(access, pte))
		return;
	finding(playing(a), page, PROP_SAFETY,
		"the device wrote %#" PRIx64
		" to frame %#llx, and the CPU reads %#" PRIx64
		" from frame %#llx",
		word, (unsigned long long)access->pfn, seen,
		(unsigned long long)pte->pfn);
}

/* A write that failed may not have changed what the CPU can see. */
static void check_unwritten(struct attempt *a, size_t page,
			    const struct stlb_pte *pte, uint64_t old)
{
	if (!access_may_read(pte_access(pte)) ||
	    *(volatile uint64_t *)word_of(a, page) == old)
		return;
	finding(playing(a), page, PROP_SAFETY,
		"the device's write failed, and yet the page changed");
}

static void check_write(struct attempt *a, size_t page,
			const struct stlb_pte *pte)
{
	bool allowed = pte_access(pte) == ACCESS_RW;
	struct play *play = playing(a);
	uint64_t old = 0, word = new_word();
	struct stlb_access access;

	if (access_may_read(pte_access(pte)))
		old = *word_of(a, page);
	if (!must(a,
		  device_write(&play->dev, word_of(a, page), &word,
			       sizeof(word), 0, &access),
		  PROP_LOSS, "the device's write"))
		return;
	if (!allowed && !access.fault)
		finding(play, page, PROP_SAFETY,
			"the page table has %s, and the device wrote to frame %#llx; expected a fault",
			access_may_read(pte_access(pte)) ?
				"a read-only entry" :
				"no entry that allows anything",
			(unsigned long long)access.pfn);
	else if (access.fault == STLB_FAULT_DEAD)
		finding(play, page, PROP_SAFETY,
			"the device's entry leads to a frame that the page table no longer maps");
	else if (access.fault)
		check_unwritten(a, page, pte, old);
	if (!allowed || access.fault == STLB_FAULT_DEAD ||
	    (access.fault && !can_write(pte)))
		return;
	if (access.fault) {
		if (!must(a,
			  device_write(&play->dev, word_of(a, page), &word,
				       sizeof(word), patience(play), &access),
			  PROP_LOSS, "the device's writes"))
			return;
		endless(play, page, "writes", &access);
	}
	if (!access.fault)
		check_written(a, page, pte, word, &access);
}

/* For a page whose right to be executed was taken away. */
static void check_fetch(struct attempt *a, size_t page)
{
	struct play *play = playing(a);
	struct stlb_access access;
	uint64_t got = 0;

	if (!must(a,
		  device_fetch(&play->dev, word_of(a, page), &got, sizeof(got),
			       0, &access),
		  PROP_LOSS, "the device's fetch") ||
	    access.fault)
		return;
	finding(play, page, PROP_SAFETY,
		"the page table lets nobody execute, and the device fetched from frame %#llx; expected a fault",
		(unsigned long long)access.pfn);
}

/*
 * A page that came to a new frame has the old one's bytes: a word of its own
 * tells the two apart. It changes no entry, which is writable already; where the
 * entry is to be old it is left alone.
 */
static void tell_apart(struct attempt *a)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		if (a->t->after == ACCESS_RW && a->t->age_after != AGE_OLD)
			*(volatile uint64_t *)word_of(a, i) =
				new_word();
}

/* What the probe did with its accesses, or that it has not looked. */
static bool collect_early(struct attempt *a)
{
	struct play *play = playing(a);
	int err;

	if (!play->nr_early)
		return true;
	err = device_probed(&play->dev, play->early, play->nr_early);
	if (err == -ENODATA) {
		play->nr_early = 0;
		return true;
	}
	return attempt_must(a, err, PROP_LOSS, "the device's first look");
}

#define EARLY "when the call had returned, and before any other system call, "

/* It moved its bytes: was it allowed to, and where did they go? */
static void check_early_moved(struct attempt *a, size_t page,
			      const struct stlb_pte *pte,
			      const struct stlb_probe_access *early)
{
	struct stlb_access access = { .pfn = early->pfn };
	enum access is = pte_access(pte);
	bool allowed = early->kind == STLB_WRITE ? is == ACCESS_RW :
		       early->kind == STLB_FETCH ? pte_executable(pte) :
						   access_may_read(is);

	if (!allowed)
		finding(playing(a), page, PROP_SAFETY,
			EARLY
			"the device's %s got through to frame %#llx where the page is %s; expected a fault",
			kind_names[early->kind], (unsigned long long)early->pfn,
			access_name(is));
	else if (is_wrong_frame(&access, pte))
		finding(playing(a), page, PROP_SAFETY,
			EARLY
			"the device's %s went to frame %#llx; expected %#llx",
			kind_names[early->kind], (unsigned long long)early->pfn,
			(unsigned long long)pte->pfn);
	else if (early->kind == STLB_WRITE)
		check_written(a, page, pte, early->word, &access);
}

static bool must_be_told(const struct attempt *a)
{
	const struct play *play = playing(a);

	return native_rules.rules[a->t->id][play->profile->id].need ==
	       STLB_REQUIRED;
}

/*
 * A fault that the page table does not ask for is one too many where the device has no
 * retries to spare and had to be told.
 */
static void check_early_fault(struct attempt *a, size_t page,
			      const struct stlb_pte *pte,
			      const struct stlb_probe_access *early)
{
	struct play *play = playing(a);

	if (early->fault == STLB_FAULT_DEAD)
		finding(play, page, PROP_SAFETY,
			EARLY
			"the device's entry led to a frame that the page table no longer maps");
	else if (must_be_told(a) && !play->profile->retries &&
		 (early->kind == STLB_WRITE ? can_write(pte) :
		  early->kind == STLB_READ  ? can_read(pte) :
					      false))
		finding(play, page, PROP_LIVENESS,
			EARLY
			"the device's %s, which the page table allows, failed (%s, code %#x)",
			kind_names[early->kind], fault_name(early->fault),
			early->raw);
}

static void check_early(struct attempt *a, size_t page,
			const struct stlb_pte *pte)
{
	const struct play *play = playing(a);
	size_t each = play->nr_early / scene_watched(&a->scene);

	for (size_t i = page * each; i < (page + 1) * each; i++) {
		const struct stlb_probe_access *early = &play->early[i];

		if (early->fault)
			check_early_fault(a, page, pte, early);
		else
			check_early_moved(a, page, pte, early);
	}
}

static void check_pages(struct attempt *a)
{
	static const struct stlb_pte none;
	struct play *play = playing(a);

	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		check_early(a, i, &a->after[i]);
	tell_apart(a);
	for (size_t i = 0; i < scene_watched(&a->scene) && !a->voided; i++) {
		const struct stlb_pte *pte = &a->after[i];

		if (a->t->after == ACCESS_GONE)
			pte = &none;
		check_read(a, i, pte);
		check_write(a, i, pte);
		if (a->t->takes_exec)
			check_fetch(a, i);
	}
	if (play->after_trigger.early_free)
		finding(play, 0, PROP_SAFETY,
			"%llu frames had been freed before the device was told",
			(unsigned long long)play->after_trigger.early_free);
}

/* ---- verdict ------------------------------------------------------------ */

/* Attribution: how far did the news of the change of @page come? */
static const char *where_broken(const struct attempt *a,
				const struct play *play, size_t page)
{
	static const char *const texts[] = {
		[TOLD_NOTHING] = "mm sent nothing",
		[TOLD_OTHERS] = "mm sent, but not for this page",
		[TOLD_EARLY] = "mm sent, but before the change",
		[TOLD_LATE] = "mm sent, but after the call had returned",
		[TOLD] =
			"mm sent what was due, the device's driver did not carry it out",
	};
	struct evidence e = attempt_evidence(a);

	if (play->profile->teller == STLB_BY_BROADCAST)
		return play->after_trigger.snooped ?
			       "the CPU broadcast, but not what was due" :
			       "the CPU broadcast nothing";
	if (a->t->after == ACCESS_GONE)
		return "release was not called, or not carried out";
	return texts[judge_told(&e, page)];
}

static const struct stlb_rule *rule_of(const struct attempt *a,
				       const struct play *play)
{
	return &native_rules.rules[a->t->id][play->profile->id];
}

/* "smmuv3-pri" and "commands" are reported as "smmuv3_pri.commands". */
static void data(const struct play *play, const char *what, long long value)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", play->profile->name, what);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	outcome_data(name, value);
}

static void fail(struct attempt *a, const struct play *play, enum property p,
		 const char *text)
{
	outcome_fail_of(&a->out, p, device_name(play->id), play->profile->name,
			"%s: %s", play->profile->name, text);
}

/*
 * A row that binds nobody excuses a device that got stuck, for want of a call that it
 * alone asks for. Bytes that move where they must not are nothing that a row allows.
 */
static const char *excuse(const struct attempt *a, const struct play *play,
			  enum property p)
{
	return p == PROP_LIVENESS ? native_exempt(a->t->id, play->profile) :
				    NULL;
}

/* trace.h: of the first page with a finding, or the first page. */
static void trace_look(const struct attempt *a, const struct play *play)
{
	static const char *const kinds[] = {
		[STLB_READ] = "read",
		[STLB_WRITE] = "write",
		[STLB_FETCH] = "fetch",
	};
	size_t each = play->nr_early / scene_watched(&a->scene);
	size_t page = play->failed ? first_of(play)->page : 0;
	char line[128];

	for (size_t i = page * each; i < (page + 1) * each; i++) {
		const struct stlb_probe_access *early = &play->early[i];

		snprintf(line, sizeof(line), "look %s %zu %s %s",
			 play->profile->name, scene_number(&a->scene, page),
			 kinds[early->kind],
			 early->fault ? fault_name(early->fault) : "moved");
		outcome_trace(line);
	}
}

static void report(struct attempt *a, struct play *play)
{
	struct stlb_stats stats;
	const char *excused;
	char text[512];

	if (!device_stats(&play->dev, &stats))
		data(play, "page_requests", stats.page_requests);
	data(play, "callbacks", play->after_trigger.callbacks);
	data(play, "commands", play->after_trigger.commands);
	data(play, "attempts", play->most_attempts);
	data(play, "stale_pages", play->stale);
	trace_look(a, play);
	if (native_decides(a->t->id, play->profile, STLB_DEVICE_PLANE))
		outcome_judges(play->profile->name);
	if (!play->failed)
		return;
	for (int p = 0; p < NR_PROPERTIES; p++) {
		if (!(play->failed & (1U << p)))
			continue;
		snprintf(text, sizeof(text), "page %zu: %s; %s",
			 scene_number(&a->scene, play->first[p].page),
			 play->first[p].text,
			 where_broken(a, play, play->first[p].page));
		excused = excuse(a, play, p);
		if (excused)
			outcome_note("%s: %s (decides no verdict: %s)",
				     play->profile->name, text, excused);
		else
			fail(a, play, p, text);
	}
	judge_note_rule(play->profile, rule_of(a, play));
}

/* A device that hears nothing is stale where it needed to hear. */
static void judge_control(struct attempt *a, struct play *play)
{
	const struct stlb_rule *rule = rule_of(a, play);
	/* No device here is held back by the age of what it has cached. */
	bool must = rule->need == STLB_REQUIRED && a->t->age_after != AGE_YOUNG;
	size_t nr = scene_watched(&a->scene);
	char text[512];

	data(play, "control_stale_pages", play->stale);
	if (!access_may_read(a->t->before) || play->stale == (must ? nr : 0))
		return;
	if (must)
		snprintf(
			text, sizeof(text),
			"a device that hears nothing was stale on %zu of %zu pages; expected all: this test could not fail",
			play->stale, nr);
	else
		snprintf(
			text, sizeof(text),
			"a device that hears nothing did not recover: page %zu: %s; the rule says that it need not be told",
			scene_number(&a->scene, first_of(play)->page),
			first_of(play)->text);
	fail(a, play, PROP_CONTROL, text);
	judge_note_rule(play->profile, rule);
}

/*
 * QEMU's SMMU looks at AP[2] and not at AP[1] (is_permission_fault()), so it lets a
 * device through where an SMMU stops who is not privileged.
 */
static bool is_blind(const struct attempt *a, const struct play *play)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		if (play->id == STLB_DEVICE_EMULATED &&
		    a->after[i].flags & STLB_PTE_HW_KERNEL)
			return true;
	return false;
}

/* Did the IOMMU carry out what it was told? */
static bool is_sound(struct attempt *a, struct play *play)
{
	struct stlb_stats stats;

	return attempt_must(a, device_stats(&play->dev, &stats), PROP_LOSS,
			    "the device's counters") &&
	       must(a, stats.timeouts ? -ETIMEDOUT : 0, PROP_LOSS,
		    "the IOMMU's commands");
}

static void conclude(struct attempt *a)
{
	struct play *play = playing(a);

	if (!is_sound(a, play) || a->voided)
		return;
	if (is_blind(a, play))
		a->out.skip =
			"the kernel left an entry for itself alone, through which QEMU's IOMMU lets everyone";
	else if (play->flags & STLB_ATTACH_IGNORE)
		judge_control(a, play);
	else
		report(a, play);
}

/* A device that asks for pages makes the system change the table for it. */
static void void_if_disturbed(struct attempt *a)
{
	struct stlb_stats stats;

	if (!device_stats(&playing(a)->dev, &stats) && !stats.page_requests)
		attempt_void_if_disturbed(a);
}

static bool open_device(struct attempt *a)
{
	return attempt_must(a, device_open(&playing(a)->dev), PROP_SETUP,
			    "open " STLB_DEVICE);
}

static bool count_at_trigger(struct attempt *a)
{
	struct play *play = playing(a);

	return attempt_must(a,
			    device_stats(&play->dev, &play->after_trigger),
			    PROP_LOSS, "the device's counters");
}

/*
 * The first is looked at before memory for the events may come where the pages were, and
 * judged before its twin asks for pages; the twin has no use of what comes later.
 */
static bool look(struct attempt *a)
{
	const struct cast *cast = a->plane;

	device_touch_mailbox(&playing(a)->dev);
	check_pages(a);
	if (playing(a) == cast->plays && !attempt_collect(a))
		return false;
	conclude(a);
	void_if_disturbed(a);
	return !a->voided;
}

/* One attempt; *@voided: why it has to be repeated, or NULL. */
static struct outcome run(const struct transition *t, struct cast *cast,
			  const char **voided)
{
	struct attempt a = {
		.t = t,
		.bind = bind,
		.begin = seed,
		.ready = still_cached,
		.plane = cast,
	};
	size_t pages = cast->plays[0].id == STLB_DEVICE_EMULATED ?
			       EMULATED_PAGES :
			       STLB_RUN_PAGES;

	if (attempt_open(&a, pages) && each_play(&a, open_device) &&
	    attempt_provoke(&a) && collect_early(&a) &&
	    each_play(&a, count_at_trigger))
		each_play(&a, look);
	for (size_t i = 0; i < cast->nr; i++)
		device_close(&cast->plays[i].dev);
	attempt_close(&a);
	*voided = a.voided;
	return a.out;
}

/* ---- all profiles ------------------------------------------------------- */

static void add(struct outcome *to, const struct outcome *from)
{
	to->failed |= from->failed;
	to->is_void |= from->is_void;
	if (from->skip)
		to->skip = from->skip;
}

struct device_attempt {
	const struct transition *t;
	const struct cast *cast; /* as each attempt begins */
};

static struct outcome play_once(void *arg, const char **voided)
{
	const struct device_attempt *one = arg;
	struct cast cast = *one->cast;

	return run(one->t, &cast, voided);
}

static void play_cast(const struct transition *t, const struct cast *cast,
		      struct outcome *o)
{
	struct device_attempt one = { .t = t, .cast = cast };
	const char *who = cast->plays[0].profile->name;
	struct outcome found =
		t->first_only ? attempt_repeat_apart(who, play_once, &one) :
				attempt_repeat(who, play_once, &one);

	add(o, &found);
}

/* The machine has one IOMMU and one device behind it: there they play one at a time. */
static void play_profile(const struct transition *t, enum stlb_device_id id,
			 const struct stlb_profile_info *p, struct outcome *o)
{
	__u32 hold = t->sole_owner ? 0 : STLB_ATTACH_HOLD;
	struct play told = {
		.profile = p, .id = id, .flags = hold, .dev = { .fd = -1 }
	};
	struct play deaf = told;

	deaf.flags |= STLB_ATTACH_IGNORE;
	if (id == STLB_DEVICE_MODEL) {
		play_cast(t, &(struct cast){ .plays = { told, deaf }, .nr = 2 },
			  o);
		return;
	}
	play_cast(t, &(struct cast){ .plays = { told }, .nr = 1 }, o);
	play_cast(t, &(struct cast){ .plays = { deaf }, .nr = 1 }, o);
}

/*
 * Can it be played, and would that prove anything? Notes why not, and keeps
 * the first of such reasons in case that it is so for all profiles.
 */
static bool can_play(const struct transition *t, struct device *d,
		     enum stlb_device_id id, const struct stlb_profile_info *p,
		     char **why_not)
{
	struct stlb_device_info info;
	const char *missing = info.missing;
	int err = device_info(d, id, p->id, &info);

	if (err)
		missing = strerror(-err);
	else if (info.usable && id == STLB_DEVICE_EMULATED &&
		 t->sole_owner && transition_takes_frames(t))
		missing =
			"the kernel takes only frames that nobody else holds, and the hardware could write to one that is not held";
	else if (info.usable && p->teller == STLB_BY_BROADCAST && !p->heard)
		missing =
			"told by broadcasts alone, which no device here hears: the CPU plane has to judge it";
	else if (info.usable && t->no_memory)
		missing = "the pages are no memory that a device could copy";
	else if (info.usable && t->takes_exec && !info.fetches)
		missing = "needs a device that fetches instructions";
	else if (info.usable)
		return true;
	outcome_note("%s: not played: %s", p->name, missing);
	if (!*why_not)
		*why_not = strdup(missing);
	return false;
}

struct outcome transition_run_device(const struct transition *t,
				     enum stlb_device_id id)
{
	char *why_not = NULL;
	struct outcome o = { .failed = 0 };
	struct device d;
	size_t played = 0;

	if (device_open(&d)) {
		/* For want of the module or the right: says which, and skips. */
		struct attempt a = { .t = t };

		attempt_open(&a, 1);
		attempt_close(&a);
		return a.out;
	}
	for (unsigned int i = 0; i < native_rules.nr_profiles; i++) {
		const struct stlb_profile_info *p = &native_rules.profiles[i];

		if (p->teller == STLB_BY_RANGE ||
		    !can_play(t, &d, id, p, &why_not))
			continue;
		play_profile(t, id, p, &o);
		played++;
	}
	device_close(&d);
	if (!played)
		o.skip = why_not; /* the test's process ends with it */
	return o;
}
