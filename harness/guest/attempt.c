// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "clear_refs.h"
#include "coverage.h"
#include "disturbance.h"
#include "native_rules.h"
#include "pages.h"
#include "scene.h"

static int run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/*
 * One CPU for this process and its children: pages then never sit in another
 * CPU's LRU batch, whose reference would turn a reuse into a copy
 * (wp_can_reuse_anon_folio() drains only the local batch).
 */
static int pin(struct attempt *a)
{
	if (sched_getaffinity(0, sizeof(a->cpus), &a->cpus))
		return -errno;
	return run_on(sched_getcpu());
}

static int visit(struct attempt *a, int cpu)
{
	int err = run_on(cpu);

	return err || !a->visited ? err : a->visited(a);
}

/*
 * Kernels flush an address space in one way if it has only been on this CPU, and
 * in another if others may have it cached. A single unit sees the first, a run the
 * second: it visits them all. Right before the trigger, for another process that
 * runs on such a CPU takes it out of the kernel's account (mm_cpumask()).
 */
int attempt_visit_cpus(struct attempt *a)
{
	int here = sched_getcpu(), err = 0;

	if (a->scene.nr == 1)
		return 0;
	for (int cpu = 0; cpu < CPU_SETSIZE && !err; cpu++)
		if (CPU_ISSET(cpu, &a->cpus))
			err = visit(a, cpu);
	return err ? err : visit(a, here);
}

bool attempt_must(struct attempt *a, int err, enum property p, const char *what)
{
	if (err < 0)
		outcome_fail(&a->out, p, "%s: %s", what, strerror(-err));
	return err >= 0;
}

/* A step of the transition's own, which may say that something is missing. */
static bool step(struct attempt *a, int err, enum property p, const char *what)
{
	if (err >= 0 || !a->scene.missing)
		return attempt_must(a, err, p, what);
	a->out.skip = a->scene.missing;
	return false;
}

/* Is a present entry as large as the transition says? */
static bool prove_leaf(struct attempt *a, size_t i, const struct stlb_pte *pte,
		       enum leaf want, enum property p)
{
	size_t is = a->scene.base_page << pte->order, huge = a->scene.leaf;

	if (want == LEAF_ANY || (want == LEAF_HUGE ? is == huge : is < huge))
		return true;
	outcome_fail(
		&a->out, p,
		"page %zu is one of %zu bytes mapped at once (PTE %#llx level %u); expected %s%zu %s the trigger",
		scene_number(&a->scene, i), is, (unsigned long long)pte->raw,
		pte->level, want == LEAF_HUGE ? "" : "less than ", huge,
		p == PROP_SETUP ? "before" : "after");
	return false;
}

/* Can instructions be fetched before the trigger, and not after it? */
static bool prove_exec(struct attempt *a, size_t i, const struct stlb_pte *pte,
		       enum property p)
{
	bool want = p == PROP_SETUP;

	if (!a->t->takes_exec || pte_executable(pte) == want)
		return true;
	outcome_fail(
		&a->out, p,
		"page %zu is %sexecutable (PTE %#llx level %u); expected the opposite %s the trigger",
		scene_number(&a->scene, i), want ? "not " : "",
		(unsigned long long)pte->raw, pte->level,
		want ? "before" : "after");
	return false;
}

static bool prove_age(struct attempt *a, size_t i, const struct stlb_pte *pte,
		      enum age want, enum property p)
{
	bool young = pte->flags & STLB_PTE_YOUNG;

	if (want == AGE_ANY || young == (want == AGE_YOUNG))
		return true;
	outcome_fail(
		&a->out, p,
		"page %zu is %s (PTE %#llx level %u); expected the opposite %s the trigger",
		scene_number(&a->scene, i), young ? "young" : "old",
		(unsigned long long)pte->raw, pte->level,
		p == PROP_SETUP ? "before" : "after");
	return false;
}

/*
 * Are all pages in the state @want and, where @old is given, in the frames that
 * the transition says, the same or new ones?
 */
static bool prove(struct attempt *a, const struct stlb_pte *ptes,
		  const struct stlb_pte *old, enum access want, enum property p)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++) {
		size_t page = scene_number(&a->scene, i);
		enum access is = pte_access(&ptes[i]);
		bool same = !old || old[i].pfn == ptes[i].pfn;

		if (is != want) {
			outcome_fail(
				&a->out, p,
				"page %zu is %s (PTE %#llx level %u); expected %s %s the trigger",
				page, access_name(is),
				(unsigned long long)ptes[i].raw, ptes[i].level,
				access_name(want),
				p == PROP_SETUP ? "before" : "after");
			return false;
		}
		if (!prove_exec(a, i, &ptes[i], p) ||
		    !prove_age(a, i, &ptes[i],
			       p == PROP_SETUP ? a->t->age_before :
						 a->t->age_after,
			       p))
			return false;
		if (want != ACCESS_NONE &&
		    !prove_leaf(a, i, &ptes[i],
				old ? a->t->leaf_after : a->t->leaf_before, p))
			return false;
		if (want != ACCESS_NONE && old &&
		    same != (a->t->frame == FRAME_SAME)) {
			outcome_fail(
				&a->out, p,
				"page %zu has %s frame (%#llx, then %#llx); expected %s",
				page, same ? "the same" : "a new",
				(unsigned long long)old[i].pfn,
				(unsigned long long)ptes[i].pfn,
				same ? "a new one" : "the same");
			return false;
		}
	}
	return true;
}

static bool lacks_nothing(struct attempt *a)
{
	for (size_t i = 0; a->t->lacks && i < scene_watched(&a->scene); i++)
		if (!a->out.skip)
			a->out.skip = a->t->lacks(&a->before[i]);
	return !a->out.skip;
}

static int watch(struct attempt *a)
{
	int err = 0;

	for (size_t i = 0; i < scene_watched(&a->scene) && !err; i++)
		err = recorder_watch(&a->rec, scene_spot(&a->scene, i), 1);
	return err;
}

/*
 * A huge page may be told of page by page; a PMD maps the more of them the larger they
 * are.
 */
static __u32 ring_bytes(const struct attempt *a)
{
	const struct scene *s = &a->scene;

	if (s->span > s->base_page)
		return RECORDER_RING_LARGE * (s->base_page / 4096);
	return a->t->machine_wide ? RECORDER_RING_LARGE : RECORDER_RING;
}

bool attempt_bind(struct attempt *a)
{
	return attempt_must(a, recorder_bind(&a->rec, ring_bytes(a)),
			    PROP_SETUP, "bind");
}

/*
 * What is pinned for long, as the stamp is, may have to move out of CMA first. The flush
 * of its old entry, which is one of everything, waits for the next change of the page
 * table (flush_tlb_batched_pending()): for this one, not for that which is watched.
 */
static int flush_pending(const struct scene *s)
{
	char *page = pages_map(NULL, s->base_page);

	if (page == MAP_FAILED)
		return -errno;
	*(volatile char *)page = 1;
	return munmap(page, s->base_page) ? -errno : 0;
}

static bool bind(struct attempt *a)
{
	if (!a->bind(a) ||
	    !attempt_must(a, recorder_stamp(&a->rec, a->scene.stamp),
			  PROP_SETUP, "stamp") ||
	    !attempt_must(a, flush_pending(&a->scene), PROP_SETUP,
			  "have it flushed"))
		return false;
	coverage_begin(&a->rec);
	return true;
}

static bool grow_old(struct attempt *a)
{
	size_t nr = scene_watched(&a->scene);

	if (!a->t->grows_old)
		return true;
	if (!step(a, clear_refs_young(&a->scene), PROP_SETUP,
		  "clear the accessed bits") ||
	    !attempt_must(a, recorder_ptes(&a->rec, a->before, nr), PROP_SETUP,
			  "read PTEs"))
		return false;
	scene_changing(&a->scene);
	for (size_t i = 0; i < nr; i++)
		if (!prove_age(a, i, &a->before[i], AGE_OLD, PROP_SETUP))
			return false;
	return true;
}

/* setup, bind, watch, and proof of the first state; in the subject itself. */
static bool arrange(struct attempt *a)
{
	return step(a, a->t->setup(&a->scene), PROP_SETUP, "setup") &&
	       bind(a) && attempt_must(a, watch(a), PROP_SETUP, "watch") &&
	       attempt_must(a,
			    recorder_ptes(&a->rec, a->before,
					  scene_watched(&a->scene)),
			    PROP_SETUP, "read PTEs") &&
	       lacks_nothing(a) &&
	       prove(a, a->before, NULL, a->t->before, PROP_SETUP) &&
	       (!a->begin || a->begin(a)) && grow_old(a) &&
	       attempt_must(a, attempt_visit_cpus(a), PROP_SETUP, "visit the CPUs");
}

static bool is_ready(struct attempt *a)
{
	return !a->ready || a->ready(a);
}

static bool trigger(struct attempt *a)
{
	int err;

	scene_changing(&a->scene);
	if (!attempt_must(a, recorder_mark(&a->rec, MARK_BEGIN), PROP_LOSS,
			  "mark") ||
	    !is_ready(a))
		return false;
	err = a->t->trigger(&a->scene);
	scene_changed(&a->scene);
	if (!attempt_must(a, recorder_mark(&a->rec, MARK_END), PROP_LOSS,
			  "mark"))
		return false;
	return step(a, err, PROP_CHANGE, "trigger") &&
	       attempt_must(a,
			    recorder_ptes(&a->rec, a->after,
					  scene_watched(&a->scene)),
			    PROP_CHANGE, "read PTEs") &&
	       prove(a, a->after, a->before, a->t->after, PROP_CHANGE);
}

/*
 * A subject that ends itself:
 *
 *	test				subject
 *	fork
 *					arrange()
 *					write(before PTEs)
 *	mark
 *	close(go)
 *					exit, or the transition's trigger
 *	waitpid
 *	mark
 *
 * The recorder's file is shared, so it outlives the subject. waitpid() returns
 * after the subject's address space is gone: exit_mm() precedes exit_notify().
 */
static void subject(struct attempt *a, int go, int answer)
{
	size_t bytes = scene_watched(&a->scene) * sizeof(*a->before);
	char c;

	if (!arrange(a) || write(answer, a->before, bytes) != (ssize_t)bytes)
		_exit(1);
	(void)!read(go, &c, 1);
	if (!a->t->trigger)
		_exit(0);
	a->t->trigger(&a->scene);
	_exit(1);
}

static bool start_subject(struct attempt *a)
{
	size_t bytes = scene_watched(&a->scene) * sizeof(*a->before);
	int go[2], answer[2];
	bool ready;

	if (pipe(go) || pipe(answer))
		return attempt_must(a, -errno, PROP_SETUP, "pipe");
	a->subject = fork();
	if (a->subject < 0)
		return attempt_must(a, -errno, PROP_SETUP, "start the subject");
	if (!a->subject) {
		close(go[1]);
		close(answer[0]);
		subject(a, go[0], answer[1]);
	}
	close(go[0]);
	close(answer[1]);
	ready = read(answer[0], a->before, bytes) == (ssize_t)bytes;
	close(answer[0]);
	a->subject_go = go[1];
	return attempt_must(a, ready ? 0 : -ECHILD, PROP_SETUP,
			    "the subject's setup");
}

static bool end_subject(struct attempt *a)
{
	int status;
	bool ready;

	if (!attempt_must(a, recorder_mark(&a->rec, MARK_BEGIN), PROP_LOSS,
			  "mark"))
		return false;
	/* It is not left behind either way. */
	ready = is_ready(a);
	close(a->subject_go);
	if (waitpid(a->subject, &status, 0) < 0 ||
	    status != (a->t->killed ? SIGKILL : 0))
		return attempt_must(a, -ECHILD, PROP_CHANGE,
				    "the subject's exit");
	return ready && attempt_must(a, recorder_mark(&a->rec, MARK_END),
				     PROP_LOSS, "mark");
}

bool attempt_provoke(struct attempt *a)
{
	if (a->t->after == ACCESS_GONE)
		return start_subject(a) && end_subject(a);
	return arrange(a) && trigger(a);
}

static bool was_seen_gone(const struct recorder *rec, size_t i)
{
	const struct stlb_event *ev = NULL;

	while ((ev = recorder_next(rec, ev)))
		if (ev->op != STLB_OP_MARK && i < ev->nr_ptes &&
		    pte_access(&ev->ptes[i]) == ACCESS_NONE)
			return true;
	return false;
}

/* Pages that came back as they were: have they been away at all? */
static void prove_passage(struct attempt *a)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++) {
		if (was_seen_gone(&a->rec, i))
			continue;
		outcome_fail(
			&a->out, PROP_CHANGE,
			"page %zu: no callback came while it had no present entry; expected one on the way",
			scene_number(&a->scene, i));
		return;
	}
}

bool attempt_collect(struct attempt *a)
{
	struct stlb_info info;

	if (!attempt_must(a, recorder_info(&a->rec, &info), PROP_LOSS,
			  "info") ||
	    !attempt_must(a, recorder_drain(&a->rec), PROP_LOSS, "read events"))
		return false;
	coverage_report(&a->rec);
	coverage_addresses();
	if (a->t->passes_none)
		prove_passage(a);
	if (info.lost)
		outcome_fail(
			&a->out, PROP_LOSS,
			"the recorder lost %llu of %llu events; expected none",
			(unsigned long long)info.lost,
			(unsigned long long)(info.lost + info.recorded));
	return !info.lost;
}

struct evidence attempt_evidence(const struct attempt *a)
{
	return (struct evidence){
		.t = a->t,
		.rules = &native_rules,
		.release = native_release(),
		.scene = &a->scene,
		.rec = &a->rec,
		.before = a->before,
		.after = a->after,
	};
}

static const char changed[] =
	"somebody else changed a watched page after the trigger had";

void attempt_void_if_disturbed(struct attempt *a)
{
	size_t nr = scene_watched(&a->scene);
	struct evidence e = attempt_evidence(a);
	const struct stlb_event *ev;
	struct stlb_pte *now;

	if (!a->out.failed || a->voided || a->t->after == ACCESS_GONE)
		return;
	ev = disturbance(&e);
	if (ev) {
		outcome_note("changed after the trigger had, by %s/%u",
			     ev->comm, ev->pid);
		a->voided = changed;
		return;
	}
	now = calloc(nr, sizeof(*now));
	for (size_t i = 0; now && !recorder_ptes(&a->rec, now, nr) && i < nr;
	     i++) {
		if (!disturbance_between(&a->after[i], &now[i]))
			continue;
		outcome_note(
			"page %zu was %s after the trigger and is %s now (PTE %#llx, then %#llx)",
			scene_number(&a->scene, i),
			access_name(pte_access(&a->after[i])),
			access_name(pte_access(&now[i])),
			(unsigned long long)a->after[i].raw,
			(unsigned long long)now[i].raw);
		a->voided = changed;
		break;
	}
	free(now);
}

struct outcome attempt_repeat(const char *who,
			      struct outcome (*once)(void *arg,
						     const char **voided),
			      void *arg)
{
	const unsigned int state = 1U << PROP_SETUP | 1U << PROP_CHANGE;
	const char *voided;
	struct outcome o;
	bool again;

	for (int i = 1;; i++) {
		voided = NULL;
		outcome_hold();
		o = once(arg, &voided);
		again = voided ? i < ATTEMPTS :
				 !o.skip && o.failed & state &&
					 i < STATE_ATTEMPTS;
		outcome_release(!again && !voided);
		if (!again && !voided)
			return o;
		outcome_note(
			"%s: attempt %d proves nothing: %s", who, i,
			voided ?:
				"the pages were not in the state that it is about");
		if (!again)
			break;
	}
	outcome_void(&o, "%s: %s, in each of %d attempts", who, voided,
		     ATTEMPTS);
	return o;
}

static int make_room(struct attempt *a)
{
	size_t nr = scene_watched(&a->scene);

	a->before = calloc(nr, sizeof(*a->before));
	a->after = calloc(nr, sizeof(*a->after));
	return a->before && a->after ? 0 : -ENOMEM;
}

bool attempt_open(struct attempt *a, size_t nr)
{
	int err = recorder_open(&a->rec);

	if (recorder_missing(err)) {
		a->out.skip = recorder_missing(err);
		return false;
	}
	return attempt_must(a, err, PROP_SETUP, "open " STLB_DEVICE) &&
	       attempt_must(a, pin(a), PROP_SETUP, "pin to a CPU") &&
	       attempt_must(a, scene_create(&a->scene, nr), PROP_SETUP,
			    "map the pages") &&
	       attempt_must(a, settings_quiet(&a->scene.settings), PROP_SETUP,
			    "quiet the kernel") &&
	       (!a->t->map ||
		step(a, a->t->map(&a->scene), PROP_SETUP, "map")) &&
	       attempt_must(a, make_room(a), PROP_SETUP, "memory");
}

void attempt_close(struct attempt *a)
{
	scene_end(&a->scene);
	recorder_close(&a->rec);
	/* The next attempt of this process is to visit all of them again. */
	if (CPU_COUNT(&a->cpus))
		sched_setaffinity(0, sizeof(a->cpus), &a->cpus);
	free(a->before);
	free(a->after);
}
