// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU plane: what the CPUs execute to flush their TLBs, and who else hears of it.
 *
 * Its order is the plugin's (stlb/flush.h): flushes of all CPUs, a mark for each event
 * of the recorder's, and a visit for each time that the process comes to a CPU:
 *
 *	visits			each CPU that may hold the old entry, and since when
 *	mark BEGIN
 *	trigger			flushes, callbacks
 *	mark END
 *	visits			by now each of them has to have been told
 *
 * A CPU that does not run the address space need not be told at once: kernels may leave
 * it to flush when it runs it again (x86). So the CPU that made the change must be told
 * in the call, others by their visit; what they do not do themselves, in the call.
 */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "device.h"
#include "flush_trace.h"
#include "judge.h"
#include "native_rules.h"
#include "scene.h"
#include "trace.h"

/* More than Linux has on the machines that are tested */
#define CPUS 64

/* Values of visits: before the change, and after it. */
enum { VISIT_BEFORE = 1, VISIT_AFTER = 2 };

struct flush_attempt {
	const struct transition *t;
	const char *name; /* of the extent: "page" */
	size_t nr; /* units */
	/*
	 * NULL: the process by itself. Else with a device of this profile beside it, for
	 * which the kernel broadcasts what it would keep local, and that alone is judged
	 */
	const struct stlb_profile_info *heard;
};

struct cpu_plane {
	const struct flush_attempt *one;
	struct device dev;
	struct stlb_flushes all; /* recorder_flushes() */
	size_t begin, end; /* the marks around the trigger */
	unsigned int here; /* the CPU that makes the change */
	bool stays[CPUS]; /* may hold the old entry */
	size_t since[CPUS]; /* its last visit before the change */
	size_t until[CPUS]; /* its first one after it */
	__u64 visit; /* what visited() says */
};

static const struct stlb_flush *flush_at(const struct cpu_plane *plane,
					 size_t i)
{
	return &((const struct stlb_flush *)(uintptr_t)plane->all.flushes)[i];
}

/* ---- before the change -------------------------------------------------- */

static int visited(struct attempt *a)
{
	struct cpu_plane *plane = a->plane;

	return recorder_visit(&a->rec, plane->visit);
}

static bool bind(struct attempt *a)
{
	struct cpu_plane *plane = a->plane;
	const struct stlb_profile_info *heard = plane->one->heard;

	return attempt_bind(a) &&
	       (!heard || attempt_must(a,
				       device_attach(&plane->dev,
						     STLB_DEVICE_MODEL,
						     heard->id, 0),
				       PROP_SETUP, "attach the device"));
}

static bool begin(struct attempt *a)
{
	struct cpu_plane *plane = a->plane;

	plane->visit = VISIT_BEFORE;
	return attempt_must(a, recorder_flushes_open(&a->rec), PROP_SETUP,
			    "have the CPUs' flushes recorded");
}

/* ---- what there is ------------------------------------------------------ */

/* Finds a mark of the recorder's event @seq behind @from; false: it is not there. */
static bool find_mark(const struct cpu_plane *plane, __u64 seq, size_t *at)
{
	for (; *at < plane->all.nr; (*at)++) {
		const struct stlb_flush *f = flush_at(plane, *at);

		if (f->kind == STLB_FLUSH_MARK)
			return f->value == seq;
	}
	return false;
}

/* Each event since they were opened has its mark, in the same order. */
static bool align(struct attempt *a)
{
	struct cpu_plane *plane = a->plane;
	const struct stlb_event *ev = NULL;
	bool begun = false, ended = false;
	size_t at = 0;
	__u64 first = ~0ULL;

	for (size_t i = 0; i < plane->all.nr && first == ~0ULL; i++)
		if (flush_at(plane, i)->kind == STLB_FLUSH_MARK)
			first = flush_at(plane, i)->value;
	while ((ev = recorder_next(&a->rec, ev))) {
		if (ev->seq < first)
			continue;
		if (!find_mark(plane, ev->seq, &at)) {
			outcome_fail(
				&a->out, PROP_LOSS,
				"event %llu of the recorder's has no mark among the CPUs' flushes where it was expected",
				(unsigned long long)ev->seq);
			return false;
		}
		if (ev->op == STLB_OP_MARK && ev->cookie == MARK_BEGIN) {
			begun = true;
			plane->begin = at;
		} else if (ev->op == STLB_OP_MARK && ev->cookie == MARK_END) {
			ended = true;
			plane->end = at;
		}
		at++;
	}
	if (!begun || !ended)
		outcome_fail(&a->out, PROP_LOSS,
			     "the marks around the change are not among the CPUs' flushes");
	return begun && ended;
}

static void find_visits(struct cpu_plane *plane)
{
	plane->here = flush_at(plane, plane->begin)->cpu;
	for (unsigned int c = 0; c < CPUS; c++) {
		plane->stays[c] = c == plane->here;
		plane->since[c] = plane->begin;
		plane->until[c] = plane->end;
	}
	for (size_t i = 0; i < plane->all.nr; i++) {
		const struct stlb_flush *f = flush_at(plane, i);

		if (f->kind != STLB_FLUSH_VISIT || f->cpu >= CPUS ||
		    f->cpu == plane->here)
			continue;
		if (f->value == VISIT_BEFORE) {
			plane->stays[f->cpu] = true;
			plane->since[f->cpu] = i;
			plane->until[f->cpu] = plane->all.nr;
		} else if (plane->until[f->cpu] == plane->all.nr) {
			plane->until[f->cpu] = i;
		}
	}
}

/* Each CPU that a run has visited is one that may hold the entry. */
static bool visits_tell(struct attempt *a)
{
	const struct cpu_plane *plane = a->plane;
	int nr = 0;

	for (unsigned int c = 0; c < CPUS; c++)
		nr += plane->stays[c];
	if (a->scene.nr == 1 || a->t->after == ACCESS_GONE ||
	    nr == CPU_COUNT(&a->cpus))
		return true;
	outcome_fail(&a->out, PROP_LOSS,
		     "the process was on %d CPUs, and the marks are of %d",
		     CPU_COUNT(&a->cpus), nr);
	return false;
}

static bool collect(struct attempt *a)
{
	struct cpu_plane *plane = a->plane;

	if (!attempt_must(a, recorder_flushes(&a->rec, &plane->all), PROP_LOSS,
			  "read the CPUs' flushes"))
		return false;
	if (plane->all.lost) {
		outcome_fail(
			&a->out, PROP_LOSS,
			"the plugin lost %u of the CPUs' flushes; expected none",
			plane->all.lost);
		return false;
	}
	if (plane->all.moved) {
		a->voided =
			"the address space got another number: all were flushed, for the numbers had run out";
		return false;
	}
	if (!align(a))
		return false;
	find_visits(plane);
	return visits_tell(a);
}

/* ---- what a flush does -------------------------------------------------- */

/* Bytes that an entry of a level maps, where each table is a page of entries. */
static uint64_t level_bytes(const struct attempt *a, unsigned int level)
{
	uint64_t bytes = a->scene.base_page;

	while (level--)
		bytes *= a->scene.base_page / sizeof(uint64_t);
	return bytes;
}

/* Bytes of the one entry that has page @i, as it was: of a contiguous set one of them. */
static uint64_t entry_bytes(const struct attempt *a, size_t i)
{
	uint64_t bytes = (uint64_t)a->scene.base_page << a->before[i].order;
	uint64_t natural = level_bytes(a, a->before[i].level);

	return bytes < natural ? bytes : natural;
}

static uint64_t entry_start(const struct attempt *a, size_t i)
{
	return (uintptr_t)scene_spot(&a->scene, i) & ~(entry_bytes(a, i) - 1);
}

static bool is_of_space(const struct cpu_plane *plane,
			const struct stlb_flush *f)
{
	return f->kind == STLB_FLUSH_TLB &&
	       (f->flags & STLB_FLUSH_ANY_SPACE ||
		f->space == plane->all.space);
}

static bool overlaps(const struct stlb_flush *f, uint64_t start, uint64_t bytes)
{
	return !(f->flags & STLB_FLUSH_BY_RANGE) ||
	       (f->start < start + bytes && f->end > start);
}

/* Does the page size, or the level of the leaf, that it names fit page @i's entry? */
static bool fits(const struct attempt *a, const struct stlb_flush *f, size_t i)
{
	if (!(f->flags & STLB_FLUSH_BY_RANGE))
		return true;
	return (!f->level || f->level == 1U + a->before[i].level) &&
	       (!f->shift || 1ULL << f->shift == entry_bytes(a, i));
}

static bool was_old(const struct stlb_flush *f, size_t i)
{
	return i < 64 && f->old & 1ULL << i;
}

/* What flushes there were of an entry, for who reports that the right one was not. */
struct found {
	bool right;
	bool old; /* while the entry was as before */
	bool late; /* when the call had returned */
	bool unsynced; /* not completed in the call */
	bool misfit; /* for an entry of another level or size */
	bool elsewhere; /* for another CPU alone */
};

/* One CPU's, or NOBODY: who hears broadcasts alone */
#define NOBODY CPUS

static void look(const struct attempt *a, const struct stlb_flush *f, size_t i,
		 uint64_t start, unsigned int cpu, struct found *found)
{
	const struct cpu_plane *plane = a->plane;
	bool own = f->cpu == cpu;

	if (!is_of_space(plane, f) || !(f->flags & STLB_FLUSH_LEAF) ||
	    !overlaps(f, start, entry_bytes(a, i)))
		return;
	if (!own && !(f->flags & STLB_FLUSH_BROADCAST))
		found->elsewhere = true;
	else if (!fits(a, f, i))
		found->misfit = true;
	else if (was_old(f, i))
		found->old = true;
	else if (f->stamp != STAMP_BEFORE)
		found->late = true;
	else if (!(f->flags & STLB_FLUSH_SYNCED) || f->synced != STAMP_BEFORE)
		found->unsynced = true;
	else
		found->right = true;
}

/*
 * What @cpu, which does not run the address space meanwhile, may do by itself at any
 * time between its visits: leave it for good, or drop all of it before it comes back.
 */
static bool does_itself(const struct attempt *a, const struct stlb_flush *f,
			size_t i, uint64_t start, unsigned int cpu)
{
	const struct cpu_plane *plane = a->plane;

	return f->cpu == cpu && is_of_space(plane, f) &&
	       f->flags & STLB_FLUSH_LEAF &&
	       overlaps(f, start, entry_bytes(a, i)) && fits(a, f, i) &&
	       (!was_old(f, i) || !(f->flags & STLB_FLUSH_BY_RANGE));
}

/* The entry at @start, of page @i or like it: was @cpu told of its change? */
static struct found told(const struct attempt *a, size_t i, uint64_t start,
			 unsigned int cpu)
{
	const struct cpu_plane *plane = a->plane;
	struct found found = { 0 };

	for (size_t at = plane->begin; at < plane->end; at++)
		look(a, flush_at(plane, at), i, start, cpu, &found);
	if (cpu == plane->here || cpu == NOBODY)
		return found;
	for (size_t at = plane->since[cpu]; at < plane->until[cpu]; at++)
		found.right |= does_itself(a, flush_at(plane, at), i, start,
					   cpu);
	return found;
}

/* ---- measuring ---------------------------------------------------------- */

static void data(const struct cpu_plane *plane, const char *what,
		 long long value)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", plane->one->name, what);
	outcome_data(name, value);
}

/*
 * Is it one of the scene's, or of all of its space? Not what a CPU does for having come
 * to another address space.
 */
static bool is_near(const struct attempt *a, const struct stlb_flush *f)
{
	uint64_t end = (uintptr_t)a->scene.base + a->scene.nr * a->scene.page;
	uint64_t start = entry_start(a, 0);

	return is_of_space(a->plane, f) && !(f->flags & STLB_FLUSH_SWITCH) &&
	       overlaps(f, start, end - start);
}

/* Did a callback in the call cover page @i? */
static bool was_called_back(const struct evidence *e, size_t i)
{
	const struct stlb_event *ev = NULL;

	while ((ev = evidence_next(e, ev)))
		if (ev->op == STLB_OP_SECONDARY && evidence_covers(e, ev, i))
			return true;
	return false;
}

/* Has anything been flushed for page @i between the first visit and the last? */
static bool was_flushed(const struct attempt *a, size_t i)
{
	const struct cpu_plane *plane = a->plane;

	for (size_t at = 0; at < plane->all.nr; at++) {
		const struct stlb_flush *f = flush_at(plane, at);

		if (is_of_space(plane, f) &&
		    overlaps(f, entry_start(a, i), entry_bytes(a, i)))
			return true;
	}
	return false;
}

/* Watched pages that somebody was told of and no CPU was: that is right where it is optional. */
static long long told_alone(const struct attempt *a)
{
	struct evidence e = attempt_evidence(a);
	long long nr = 0;

	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		nr += was_called_back(&e, i) && !was_flushed(a, i);
	return nr;
}

/* The callback that a mark stands for, if it is one of the watched pages; or NULL. */
static const struct stlb_event *callback_of(const struct evidence *e,
					    const struct stlb_flush *mark)
{
	const struct stlb_event *ev = NULL;

	while ((ev = evidence_next(e, ev)))
		if (ev->seq == mark->value)
			return ev->op != STLB_OP_MARK &&
					       evidence_overlap(e, ev) ?
				       ev :
				       NULL;
	return NULL;
}

/*
 * Flushes, and between those of one unit, whose callbacks the .page test has as well, where
 * these came.
 */
static void write_trace(const struct attempt *a)
{
	const struct cpu_plane *plane = a->plane;
	long long flushes = 0, callbacks = 0;
	struct evidence e = attempt_evidence(a);

	for (size_t at = plane->begin; at < plane->end; at++) {
		const struct stlb_flush *f = flush_at(plane, at);
		const struct stlb_event *ev = NULL;

		if (f->kind == STLB_FLUSH_MARK && a->scene.nr == 1)
			ev = callback_of(&e, f);
		if (ev && callbacks++ < TRACE_MAX)
			trace_place(ev);
		if (is_near(a, f) && flushes++ < TRACE_MAX)
			flush_trace(&e, f);
	}
	trace_rest(flushes - TRACE_MAX);
}

/* By scope and width: pages of the widest one by address. */
static void measure(const struct attempt *a)
{
	const struct cpu_plane *plane = a->plane;
	long long flushes = 0, local = 0, everything = 0, widest = 0;

	for (size_t at = plane->begin; at < plane->end; at++) {
		const struct stlb_flush *f = flush_at(plane, at);
		long long pages;

		if (!is_near(a, f))
			continue;
		flushes++;
		local += !(f->flags & STLB_FLUSH_BROADCAST);
		everything += !(f->flags & STLB_FLUSH_BY_RANGE);
		pages = (f->end - f->start) / a->scene.base_page;
		if (f->flags & STLB_FLUSH_BY_RANGE && pages > widest)
			widest = pages;
	}
	data(plane, "flushes", flushes);
	data(plane, "flushes_local", local);
	data(plane, "flushes_everything", everything);
	data(plane, "flush_pages", widest);
	data(plane, "told_alone", told_alone(a));
}

/* ---- judging ------------------------------------------------------------ */

static void blame(struct attempt *a, const struct stlb_profile_info *p,
		  uint64_t start, unsigned int cpu, const struct found *found)
{
	const struct cpu_plane *plane = a->plane;
	long long page = (long long)(start - (uintptr_t)a->scene.base) /
			 (long long)a->scene.base_page;
	enum property property = PROP_COVER;
	const char *what =
		"no flush covered it; expected one after the change";
	char who[32];

	if (cpu == NOBODY)
		snprintf(who, sizeof(who), "who hears broadcasts");
	else
		snprintf(who, sizeof(who), "CPU %u", cpu);
	if (found->unsynced) {
		property = PROP_ORDER;
		what = "no barrier had completed its flush when the call that changed it returned; expected that before";
	} else if (found->late) {
		property = PROP_ORDER;
		what = "its flush came only when the call that changed it had returned; expected it before";
	} else if (found->old) {
		property = PROP_ORDER;
		what = "its flushes came while the old entry stood; expected one after the change";
	} else if (found->misfit) {
		what = "its flush names another level or page size than its entry has; expected what fits, or none";
	} else if (found->elsewhere || cpu != plane->here) {
		property = PROP_REACH;
		what = "no flush of it reached this TLB, which may hold the old entry; expected a broadcast, or one of its own";
	}
	outcome_fail_of(&a->out, property, "flush", p->name,
			"%s: page %lld, %s: %s", p->name, page, who, what);
}

/* Each watched page, then each entry of each unit. */
static bool check_entries(struct attempt *a, const struct stlb_profile_info *p,
			  unsigned int cpu)
{
	size_t per_unit = scene_watched(&a->scene) / a->scene.nr;
	struct evidence e = attempt_evidence(a);

	for (size_t i = 0; i < scene_watched(&a->scene); i++) {
		struct found found = told(a, i, entry_start(a, i), cpu);

		if (found.right)
			continue;
		blame(a, p, entry_start(a, i), cpu, &found);
		return false;
	}
	for (size_t u = 0; u < a->scene.nr; u++) {
		size_t i = u * per_unit;
		/* An entry may begin before the part that changes. */
		uint64_t at = evidence_span_start(&e, u) &
			      ~(entry_bytes(a, i) - 1);

		for (; at < evidence_span_end(&e, u); at += entry_bytes(a, i)) {
			struct found found = told(a, i, at, cpu);

			if (found.right)
				continue;
			blame(a, p, at, cpu, &found);
			return false;
		}
	}
	return true;
}

/*
 * A table that is left behind may still be walked from what a CPU holds of those above;
 * any address that it mapped will do.
 */
static bool check_tables(struct attempt *a, const struct stlb_profile_info *p)
{
	const struct cpu_plane *plane = a->plane;

	for (size_t i = 0; i < scene_watched(&a->scene); i++) {
		uint64_t bytes = level_bytes(a, a->before[i].level + 1);
		uint64_t start = entry_start(a, i) & ~(bytes - 1);
		bool done = a->after[i].level <= a->before[i].level;

		for (size_t at = plane->begin; at < plane->end && !done; at++) {
			const struct stlb_flush *f = flush_at(plane, at);

			done = is_of_space(plane, f) &&
			       f->flags & STLB_FLUSH_TABLES &&
			       (f->cpu == plane->here ||
				f->flags & STLB_FLUSH_BROADCAST) &&
			       f->stamp == STAMP_BEFORE &&
			       overlaps(f, start, bytes);
		}
		if (done)
			continue;
		outcome_fail_of(
			&a->out, PROP_COVER, "flush", p->name,
			"%s: page %zu: its page table has gone, and only leaves were flushed; expected a flush of tables, too",
			p->name, scene_number(&a->scene, i));
		return false;
	}
	return true;
}

static void judge_cpus(struct attempt *a, const struct stlb_profile_info *p)
{
	const struct cpu_plane *plane = a->plane;
	bool right = true;

	if (p->teller == STLB_BY_BROADCAST)
		right = check_entries(a, p, NOBODY);
	for (unsigned int c = 0; p->teller == STLB_BY_FLUSH && c < CPUS; c++)
		if (plane->stays[c])
			right = right && check_entries(a, p, c);
	if (p->teller == STLB_BY_FLUSH)
		right = right && check_tables(a, p);
	if (!right)
		judge_note_rule(p, &native_rules.rules[a->t->id][p->id]);
}

/* Does a device here have to be told of the change? */
static bool is_due(const struct transition *t)
{
	for (unsigned int i = 0; i < native_rules.nr_profiles; i++) {
		const struct stlb_profile_info *p = &native_rules.profiles[i];

		if (p->teller == STLB_BY_NOTIFIER &&
		    native_rules.rules[t->id][p->id].need == STLB_REQUIRED &&
		    !native_exempt(t->id, p))
			return true;
	}
	return false;
}

/*
 * A flush by address that the rule asks for, or of which others are to hear where devices
 * have to: a CPU's own beside the rule may be for an entry that it alone has met as it was.
 */
static bool wants_callback(const struct attempt *a, const struct stlb_flush *f,
			   enum stlb_need need, bool due)
{
	return is_of_space(a->plane, f) && f->flags & STLB_FLUSH_LEAF &&
	       f->flags & STLB_FLUSH_BY_RANGE &&
	       (need == STLB_REQUIRED ||
		(f->flags & STLB_FLUSH_BROADCAST && due));
}

static bool mirror_flushes(struct attempt *a, const struct stlb_profile_info *p,
			   enum stlb_need need)
{
	const struct cpu_plane *plane = a->plane;
	struct evidence e = attempt_evidence(a);
	bool due = is_due(a->t);

	for (size_t at = plane->begin; at < plane->end; at++) {
		const struct stlb_flush *f = flush_at(plane, at);

		if (!wants_callback(a, f, need, due))
			continue;
		for (size_t i = 0; i < scene_watched(&a->scene); i++) {
			if (!overlaps(f, (uintptr_t)scene_spot(&a->scene, i),
				      a->scene.base_page) ||
			    was_called_back(&e, i))
				continue;
			outcome_fail_of(
				&a->out, PROP_MIRROR, "flush", p->name,
				"%s: page %zu was flushed by CPU %u, and no secondary-TLB callback covered it; expected one",
				p->name, scene_number(&a->scene, i), f->cpu);
			return false;
		}
	}
	return true;
}

static void judge_mirror(struct attempt *a, const struct stlb_profile_info *p)
{
	const struct stlb_rule *r = &native_rules.rules[a->t->id][p->id];

	if (!mirror_flushes(a, p, r->need))
		outcome_note(
			"cite: include/linux/mmu_notifier.h, arch_invalidate_secondary_tlbs: a secondary TLB hears of what the CPUs' TLBs are told");
}

static void judge_all(struct attempt *a)
{
	const struct cpu_plane *plane = a->plane;
	bool gone = a->t->after == ACCESS_GONE;

	for (unsigned int i = 0; i < native_rules.nr_profiles; i++) {
		const struct stlb_profile_info *p = &native_rules.profiles[i];
		const struct stlb_rule *r = &native_rules.rules[a->t->id][p->id];

		if ((p->heard ? p : NULL) != plane->one->heard ||
		    !native_decides(a->t->id, p, STLB_CPU_PLANE))
			continue;
		outcome_judges(p->name);
		if (r->need == STLB_REQUIRED && !gone)
			judge_cpus(a, p);
		if (p->teller == STLB_BY_FLUSH && !gone)
			judge_mirror(a, p);
	}
}

/* ---- all of it ---------------------------------------------------------- */

static struct outcome run_once(void *arg, const char **voided)
{
	const struct flush_attempt *one = arg;
	struct cpu_plane plane = { .one = one, .dev = { .fd = -1 } };
	struct attempt a = {
		.t = one->t,
		.bind = bind,
		.begin = begin,
		.visited = visited,
		.plane = &plane,
	};

	if (attempt_open(&a, one->nr) &&
	    (!one->heard || attempt_must(&a, device_open(&plane.dev), PROP_SETUP,
					 "open " STLB_DEVICE)) &&
	    attempt_provoke(&a)) {
		plane.visit = VISIT_AFTER;
		if ((a.t->after == ACCESS_GONE ||
		     attempt_must(&a, attempt_visit_cpus(&a), PROP_SETUP,
				  "visit the CPUs")) &&
		    attempt_collect(&a) && collect(&a)) {
			if (!one->heard && !a.t->machine_wide)
				write_trace(&a);
			if (!one->heard)
				measure(&a);
			judge_all(&a);
			attempt_void_if_disturbed(&a);
		}
	}
	*voided = a.voided;
	device_close(&plane.dev);
	attempt_close(&a);
	free((void *)(uintptr_t)plane.all.flushes);
	return a.out;
}

/* What is missing on this machine, or NULL. */
static const char *missing(void)
{
	struct recorder rec;
	int err = recorder_open(&rec);
	const char *what = recorder_missing(err);

	if (!err)
		err = recorder_bind(&rec, RECORDER_RING_UNREAD);
	if (!err)
		err = recorder_flushes_open(&rec);
	if (!what && err == -EOPNOTSUPP)
		what = "needs QEMU with the plugin of stlb, which sees what CPUs execute";
	recorder_close(&rec);
	return what;
}

static void add(struct outcome *all, const struct flush_attempt *one)
{
	struct outcome o;

	if (all->skip)
		return;
	o = attempt_repeat(one->name, run_once, (void *)one);
	all->failed |= o.failed;
	all->is_void |= o.is_void;
	all->skip = o.skip;
}

/* Can a device stand beside it, for which the kernel broadcasts? Notes why not. */
static bool can_be_heard(const struct stlb_profile_info *p)
{
	struct stlb_device_info info;
	struct device d;
	int err = device_open(&d);

	if (!err)
		err = device_info(&d, STLB_DEVICE_MODEL, p->id, &info);
	device_close(&d);
	if (err || !info.usable)
		outcome_note("%s: not played: %s", p->name,
			     err ? strerror(-err) : info.missing);
	return !err && info.usable;
}

struct outcome transition_run_cpu(const struct transition *t)
{
	const struct flush_attempt page = { t, "page", 1, NULL };
	const struct flush_attempt run = { t, "run", STLB_RUN_PAGES, NULL };
	struct outcome all = { .skip = missing() };

	/* A process plays it once. */
	if (!t->first_only)
		add(&all, &page);
	add(&all, &run);
	for (unsigned int i = 0; i < native_rules.nr_profiles; i++) {
		const struct stlb_profile_info *p = &native_rules.profiles[i];
		const struct flush_attempt heard = { t, p->name, STLB_RUN_PAGES,
						     p };

		if (p->heard && !all.skip && !t->first_only && can_be_heard(p))
			add(&all, &heard);
	}
	return all;
}
