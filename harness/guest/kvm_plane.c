// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mirror plane, with KVM: what a VM whose memory the pages are can still do with them.
 *
 * KVM keeps entries of its own for the pages (a shadow), and looks a page up, as an access
 * of the process would, where it has none. So what the program in the VM may do is what the
 * process itself may: its mapping decides, and its page table has an entry for what was
 * allowed.
 *
 *	safety		an access that got through used the page that the process sees, and
 *			has in its own page table with at least that right: who faults in a
 *			page, or makes it writable, is the lookup. A write reaches nobody whose
 *			pages are not these. One that fails changes nothing.
 *	liveness	an access fails only where the process's own fails as well
 *
 * What is looked at comes behind the access and neither tells KVM of anything nor takes a
 * right away from the process: what KVM keeps by mistake it keeps.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"
#include "device.h"
#include "judge.h"
#include "native_rules.h"
#include "pages.h"
#include "scene.h"
#include "sysfs.h"
#include "touch.h"
#include "uffd.h"
#include "vm.h"

/* In each page, away from the first byte, which scene_write() writes. */
#define WORD_AT 64

/* Accesses until one is not interrupted. */
#define PATIENCE 256

/* A check that somebody else's change has met is made again. */
#define CHECKS 3

/* Pages that a scene watches, at most. */
#define WATCHED_MAX 64

#define MIRROR "kvm"
#define PROFILE "kvm-shadow"

struct play {
	bool is_deaf; /* the control: it hears nothing */
	struct vm vm;
	/* The control's: holds the frames that the VM may go on using. */
	struct device holder;
	uint16_t last_word;
	size_t stale; /* pages with a finding */
	bool failed[WATCHED_MAX]; /* which */
};

struct finding {
	enum property property;
	bool is_certain; /* nothing else has changed that could be the reason */
	char text[256];
};

/* No two accesses of a test move the same word, and none is 0. */
static uint32_t new_word(struct play *play)
{
	return (uint32_t)getpid() << 16 | ++play->last_word;
}

static char *word_of(const struct attempt *a, size_t page)
{
	return scene_spot(&a->scene, page) + WORD_AT;
}

/*
 * By the kernel's own view: an entry that is writable and clean is nothing that a lookup
 * changes.
 */
static bool may_write(const struct stlb_pte *pte)
{
	return access_may_read(pte_access(pte)) && pte->flags & STLB_PTE_WRITE;
}

/* ---- before the change -------------------------------------------------- */

static bool attach(struct attempt *a)
{
	struct play *play = a->plane;
	const struct scene *s = &a->scene;
	const char *missing = NULL;
	int err = vm_open(&play->vm, &missing);

	if (missing) {
		a->out.skip = missing;
		return false;
	}
	return attempt_bind(a) &&
	       attempt_must(a, err, PROP_SETUP, "make a VM") &&
	       attempt_must(a, vm_map(&play->vm, s->base, s->nr * s->page),
			    PROP_SETUP, "give it the pages");
}

static bool seed_page(struct attempt *a, size_t page)
{
	struct play *play = a->plane;
	enum access is = pte_access(&a->before[page]);
	volatile uint32_t *word = (void *)word_of(a, page);
	uint32_t value = 0, wanted;

	if (!access_may_read(is))
		return true;
	wanted = *word;
	if (!attempt_must(a, vm_read(&play->vm, (void *)word, &value),
			  PROP_SETUP, "the VM's read before the change"))
		return false;
	if (is == ACCESS_RW && value == wanted) {
		wanted = new_word(play);
		if (!attempt_must(a, vm_write(&play->vm, (void *)word, wanted),
				  PROP_SETUP,
				  "the VM's write before the change"))
			return false;
		value = *word;
	}
	if (value != wanted)
		outcome_fail(
			&a->out, PROP_SETUP,
			"page %zu before the change: the VM and the CPU do not see the same word (%#x, expected %#x)",
			scene_number(&a->scene, page), value, wanted);
	return value == wanted;
}

/*
 * Gets the pages into the shadow. KVM marks those that it looks up as accessed, which may
 * leave them in a batch of this CPU's with a reference.
 */
static bool seed(struct attempt *a)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		if (!seed_page(a, i))
			return false;
	return attempt_must(a, pages_to_lru(), PROP_SETUP,
			    "empty the LRU batches");
}

/* A device with the pages cached, which never lets them go. */
static bool hold(struct attempt *a)
{
	struct play *play = a->plane;
	const enum stlb_profile profile = native_rules.profiles[0].id;
	const __u32 flags = STLB_ATTACH_HOLD | STLB_ATTACH_IGNORE;
	struct stlb_access access;
	uint32_t word;
	int err = device_open(&play->holder);

	if (!err)
		err = device_attach(&play->holder, STLB_DEVICE_MODEL, profile,
				    flags);
	for (size_t i = 0; i < scene_watched(&a->scene) && !err; i++) {
		if (!access_may_read(pte_access(&a->before[i])))
			continue;
		err = device_read(&play->holder, word_of(a, i), &word,
				  sizeof(word), 0, &access);
		if (!err && access.fault)
			err = -EFAULT;
	}
	return attempt_must(a, err, PROP_SETUP, "hold the frames");
}

/*
 * The holder is there before the VM's pages are made sure of, and the VM is deaf behind
 * that: what it has is what it keeps.
 */
static bool begin(struct attempt *a)
{
	struct play *play = a->plane;

	return (!play->is_deaf || !transition_takes_frames(a->t) || hold(a)) && seed(a);
}

/* One access of the strongest kind that the entry allows: how often was KVM asked? */
static int count_exits(struct attempt *a, size_t page, uint64_t *nr)
{
	struct play *play = a->plane;
	char *at = word_of(a, page);
	uint64_t before;
	uint32_t value;
	int err = vm_exits(&play->vm, &before);

	if (!err && pte_access(&a->before[page]) == ACCESS_RW)
		err = vm_write(&play->vm, at, new_word(play));
	else if (!err)
		err = vm_read(&play->vm, at, &value);
	if (!err)
		err = vm_exits(&play->vm, nr);
	*nr -= before;
	return err;
}

/* Does KVM have the page, with the right that its entry gives? Then nothing asks it. */
static bool in_shadow(struct attempt *a, size_t page)
{
	uint64_t nr = 0;

	for (int i = 0; i < PATIENCE && nr != 1; i++)
		if (!attempt_must(a, count_exits(a, page, &nr), PROP_SETUP,
				  "the VM's access before the change"))
			return false;
	if (nr != 1)
		a->voided =
			"no access of the VM's got through without KVM before the change";
	return nr == 1;
}

static bool all_in_shadow(struct attempt *a)
{
	struct play *play = a->plane;

	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		if (access_may_read(pte_access(&a->before[i])) && !in_shadow(a, i))
			return false;
	return !play->is_deaf ||
	       attempt_must(a, recorder_deafen(&a->rec, play->vm.fd),
			    PROP_SETUP, "have the VM hear nothing");
}

/* ---- after the change --------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static bool
find(struct finding *f, enum property p, const char *fmt, ...)
{
	va_list ap;

	f->property = p;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return true;
}

/* The page's entry as it is now. */
static bool entry_now(struct attempt *a, size_t page, struct stlb_pte *pte)
{
	size_t nr = scene_watched(&a->scene);
	struct stlb_pte ptes[WATCHED_MAX];

	if (!attempt_must(a, recorder_ptes(&a->rec, ptes, nr), PROP_LOSS,
			  "read PTEs"))
		return false;
	*pte = ptes[page];
	return true;
}

/* What a read of the VM's gave, and what the process has and reads there. */
struct look {
	uint32_t got, seen;
	int err, allowed; /* 0 or -errno */
	struct stlb_pte pte;
};

/* Callbacks so far. */
static bool count_events(struct attempt *a, uint64_t *nr)
{
	struct stlb_info info;

	if (!attempt_must(a, recorder_info(&a->rec, &info), PROP_LOSS, "info"))
		return false;
	*nr = info.recorded + info.lost;
	return true;
}

/*
 * All accesses come first, then the entries, then the process's own reads: each may bring
 * entries of other pages back where these are of one table.
 */
static bool look_at_all(struct attempt *a, struct look *looks, bool *disturbed)
{
	size_t nr = scene_watched(&a->scene);
	struct play *play = a->plane;
	struct stlb_pte ptes[WATCHED_MAX];
	uint64_t before, after;

	if (!count_events(a, &before))
		return false;
	for (size_t i = 0; i < nr; i++)
		looks[i].err = vm_read(&play->vm, word_of(a, i), &looks[i].got);
	if (!attempt_must(a, recorder_ptes(&a->rec, ptes, nr), PROP_LOSS,
			  "read PTEs") ||
	    !count_events(a, &after))
		return false;
	*disturbed = before != after;
	for (size_t i = 0; i < nr; i++) {
		looks[i].pte = ptes[i];
		looks[i].allowed = touch_read(word_of(a, i), &looks[i].seen);
	}
	return true;
}

/* True: @f has what is wrong with it. */
static bool is_wrong_read(const struct look *l, struct finding *f)
{
	if (l->err && l->err != -EFAULT)
		return find(f, PROP_LOSS, "the VM's read: %s",
			    strerror(-l->err));
	if (l->err && !l->allowed)
		return find(f, PROP_LIVENESS,
			    "the process reads %#x, and the VM's read failed",
			    l->seen);
	if (l->err)
		return false;
	if (l->allowed)
		return find(f, PROP_SAFETY,
			    "the VM read %#x where the process may not (%s)",
			    l->got, strerror(-l->allowed));
	if (!access_may_read(pte_access(&l->pte)))
		return find(
			f, PROP_SAFETY,
			"the VM read %#x where the process has no entry to read by (%s)",
			l->got, access_name(pte_access(&l->pte)));
	if (l->got != l->seen)
		return find(f, PROP_SAFETY,
			    "the VM read %#x, and the process reads %#x",
			    l->got, l->seen);
	return false;
}

/* Are the pages the process's own, whatever a child has? */
static bool is_private(const char *at)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	bool found = false;
	char line[256], mode[8];

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%lx-%lx %4s", &start, &end, mode) == 3 &&
			(uintptr_t)at >= start && (uintptr_t)at < end &&
			mode[3] == 'p';
	if (f)
		fclose(f);
	return found;
}

/* The word in the child that has a copy of the page; false: there is none. */
static bool peek_child(const struct attempt *a, const char *at, uint32_t *word)
{
	char path[32];
	bool has;
	int fd;

	if (!a->scene.child || !is_private(at))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/mem", a->scene.child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	has = fd >= 0 &&
	      pread(fd, word, sizeof(*word), (uintptr_t)at) == sizeof(*word);
	if (fd >= 0)
		close(fd);
	return has;
}

/* It got through: did it go where the process would have written? */
static bool check_written(struct attempt *a, size_t page, uint32_t word,
			  struct finding *f)
{
	const char *at = word_of(a, page);
	uint32_t seen = 0;
	struct stlb_pte pte;
	int err;

	if (!entry_now(a, page, &pte))
		return false;
	if (!may_write(&pte))
		return find(
			f, PROP_SAFETY,
			"the VM wrote where the process has no entry to write by (%s)",
			access_name(pte_access(&pte)));
	err = touch_read(at, &seen);
	if (err || seen != word)
		return find(f, PROP_SAFETY,
			    "the VM wrote %#x, and the process reads %#x (%s)",
			    word, seen, err ? strerror(-err) : "no error");
	return false;
}

/* A write of the VM's by a thread, which says when it has come back. */
struct apart {
	struct vm *vm;
	char *at;
	uint32_t word;
	int err;
	int done; /* write end */
};

static void *write_apart(void *arg)
{
	struct apart *apart = arg;

	apart->err = vm_write(apart->vm, apart->at, apart->word);
	(void)!write(apart->done, "", 1);
	return NULL;
}

/* Takes the protection from the page's unit away, and has who waits for that go on. */
static int let_write(const struct scene *s, const char *at)
{
	struct scene unit = *s;

	unit.base += (at - s->base) / s->page * s->page;
	unit.nr = 1;
	return uffd_protect(&unit, false);
}

/*
 * Of two events there will be one: userfaultfd has a message, for the write waits, or the
 * write has come back.
 */
static bool has_to_wait(struct attempt *a, int done, bool *waits)
{
	struct pollfd fds[] = {
		{ .fd = a->scene.fd, .events = POLLIN },
		{ .fd = done, .events = POLLIN },
	};
	struct uffd_msg msg;
	/* It is polled in vain otherwise: userfaultfd_poll(). */
	int err = fcntl(a->scene.fd, F_SETFL, O_NONBLOCK);

	while (!err && (err = poll(fds, 2, -1)) < 0 && errno == EINTR)
		err = 0;
	*waits = err > 0 && fds[0].revents & POLLIN;
	if (*waits && read(a->scene.fd, &msg, sizeof(msg)) != sizeof(msg))
		err = -1;
	return attempt_must(a, err < 0 ? -errno : 0, PROP_LOSS,
			    "wait for the VM's write");
}

/* A write that userfaultfd stops has not changed the page, and gets through later. */
static bool check_waiting(struct attempt *a, size_t page, struct finding *f)
{
	struct play *play = a->plane;
	char *at = word_of(a, page);
	uint32_t old = 0, seen = 0;
	struct apart apart = {
		.vm = &play->vm,
		.at = at,
		.word = new_word(play),
	};
	bool waits = false, known;
	pthread_t thread;
	int done[2];

	if (!attempt_must(a, touch_read(at, &old), PROP_LOSS, "look") ||
	    !attempt_must(a, pipe(done) ? -errno : 0, PROP_LOSS, "pipe"))
		return false;
	apart.done = done[1];
	if (!attempt_must(a,
			  -pthread_create(&thread, NULL, write_apart, &apart),
			  PROP_LOSS, "start a thread"))
		return false;
	known = has_to_wait(a, done[0], &waits) &&
		attempt_must(a, touch_read(at, &seen), PROP_LOSS, "look");
	/* Whatever has been seen: the thread comes to an end. */
	known &= attempt_must(a, let_write(&a->scene, at), PROP_LOSS,
			      "take the protection away");
	pthread_join(thread, NULL);
	close(done[0]);
	close(done[1]);
	if (!known)
		return false;
	f->is_certain = true;
	if (!waits)
		return find(
			f, apart.err ? PROP_LIVENESS : PROP_SAFETY,
			"userfaultfd protects the page, and the VM's write did not wait (%s)",
			apart.err ? strerror(-apart.err) : "no error");
	if (seen != old)
		return find(f, PROP_SAFETY,
			    "the VM's write waits, and yet the page changed");
	if (apart.err)
		return find(
			f, PROP_LIVENESS,
			"the VM's write waited for userfaultfd, and failed: %s",
			strerror(-apart.err));
	f->is_certain = false;
	return check_written(a, page, apart.word, f);
}

static bool write_waits(const struct transition *t)
{
	return t->write_waits || t->trigger == uffd_write_protect;
}

static bool is_protected(struct attempt *a, size_t page)
{
	struct stlb_pte pte;

	return write_waits(a->t) && entry_now(a, page, &pte) &&
	       !may_write(&pte);
}

static bool check_write(struct attempt *a, size_t page, struct finding *f)
{
	struct play *play = a->plane;
	char *at = word_of(a, page);
	uint32_t word = new_word(play), old = 0, seen = 0;
	uint32_t childs = 0, childs_now = 0;
	bool has_child = peek_child(a, at, &childs);
	bool readable = !touch_read(at, &old);
	uint64_t before, after;
	int err;

	if (!count_events(a, &before))
		return false;
	err = vm_write(&play->vm, at, word);
	if (err && err != -EFAULT)
		return find(f, PROP_LOSS, "the VM's write: %s", strerror(-err));
	if (!err && check_written(a, page, word, f)) {
		f->is_certain = count_events(a, &after) && before == after;
		return true;
	}
	if (has_child && peek_child(a, at, &childs_now) && childs_now != childs)
		return find(
			f, PROP_SAFETY,
			"the VM wrote %#x, and a child, whose page was %#x, reads %#x",
			word, childs, childs_now);
	if (!err)
		return false;
	if (readable && (touch_read(at, &seen) || seen != old))
		return find(f, PROP_SAFETY,
			    "the VM's write failed, and yet the page changed");
	if (!touch_write(at, new_word(play)))
		return find(f, PROP_LIVENESS,
			    "the process can write, and the VM's write failed");
	return false;
}

static bool check_any_write(struct attempt *a, size_t page, struct finding *f)
{
	return is_protected(a, page) ? check_waiting(a, page, f) :
				       check_write(a, page, f);
}

static void note_finding(struct attempt *a, size_t page,
			 const struct finding *f)
{
	struct play *play = a->plane;

	play->stale += !play->failed[page];
	play->failed[page] = true;
	if (play->is_deaf)
		return;
	outcome_fail_of(&a->out, f->property, MIRROR, PROFILE, "page %zu: %s",
			scene_number(&a->scene, page), f->text);
}

/*
 * A page that came to a new frame has the old one's bytes: a word of its own tells the two
 * apart. It changes no entry, which is writable already; where the entry is to be old it is
 * left alone.
 */
static void tell_apart(struct attempt *a)
{
	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		if (a->t->after == ACCESS_RW && a->t->age_after != AGE_OLD)
			*(volatile uint32_t *)word_of(a, i) =
				new_word(a->plane);
}

/*
 * What is found may be owed to a change that came between an access and the look, of which
 * KVM has been told: then a callback came as well, and the check is made again. What KVM has
 * kept by mistake comes with none.
 */
static void check_reads(struct attempt *a)
{
	size_t nr = scene_watched(&a->scene);
	struct look looks[WATCHED_MAX];
	bool disturbed = true;
	struct finding f;

	for (int i = 0; i < CHECKS && disturbed; i++)
		if (!look_at_all(a, looks, &disturbed))
			return;
	for (size_t i = 0; i < nr; i++)
		if (is_wrong_read(&looks[i], &f))
			note_finding(a, i, &f);
}

static void check_page(struct attempt *a, size_t page)
{
	struct finding f = { .is_certain = false };

	for (int i = 0; i < CHECKS && !f.is_certain; i++) {
		if (!check_any_write(a, page, &f))
			return;
		f.is_certain |= f.property != PROP_SAFETY;
	}
	note_finding(a, page, &f);
}

/*
 * A VM that is deaf writes only by what it has: KVM does not look for one page where it has
 * another, and takes that for a fault of its own (handle_changed_spte()).
 */
static bool may_check_writes(const struct attempt *a)
{
	const struct play *play = a->plane;

	return !play->is_deaf || a->t->before == ACCESS_RW ||
	       !transition_takes_frames(a->t);
}

/* All reads come before the writes: a write may have the kernel change all of a set. */
static void check_pages(struct attempt *a)
{
	tell_apart(a);
	check_reads(a);
	for (size_t i = 0; i < scene_watched(&a->scene); i++)
		if (may_check_writes(a))
			check_page(a, i);
}

static const struct stlb_profile_info *find_profile(void)
{
	const struct stlb_profile_info *p = native_rules.profiles;

	while (p->id != STLB_KVM_SHADOW)
		p++;
	return p;
}

static const struct stlb_rule *rule_of(const struct attempt *a)
{
	return &native_rules.rules[a->t->id][STLB_KVM_SHADOW];
}

/*
 * Would what a VM has kept show? Not where it was read-only and still is, with the same
 * bytes, nor what may be executed, which no VM asks for.
 */
static bool would_show(const struct transition *t)
{
	return access_may_read(t->before) && !t->takes_exec &&
	       !(t->before == ACCESS_RO && t->after == ACCESS_RO) &&
	       t->age_after != AGE_OLD;
}

/* A VM that hears nothing is stale where it needed to hear. */
static void judge_control(struct attempt *a)
{
	struct play *play = a->plane;
	bool must = rule_of(a)->need == STLB_REQUIRED;
	/* userfaultfd lets a write of a unit's first page through, and so of all others. */
	size_t nr = write_waits(a->t) ? a->scene.nr : scene_watched(&a->scene);

	outcome_data("kvm_shadow.control_stale_pages", play->stale);
	if (must ? !would_show(a->t) || play->stale >= nr : !play->stale)
		return;
	outcome_fail_of(
		&a->out, PROP_CONTROL, MIRROR, PROFILE,
		"a VM that hears nothing was stale on %zu of %zu pages; expected %s",
		play->stale, nr,
		must ? "all: this test could not fail" :
		       "none: the rule says that it need not be told");
	judge_note_rule(find_profile(), rule_of(a));
}

static void report(struct attempt *a)
{
	struct play *play = a->plane;

	if (play->is_deaf) {
		judge_control(a);
		return;
	}
	outcome_data("kvm_shadow.stale_pages", play->stale);
	outcome_judges(PROFILE);
	if (play->stale)
		judge_note_rule(find_profile(), rule_of(a));
}

/* One attempt; *@voided: why it has to be repeated, or NULL. */
static struct outcome run(const struct transition *t, struct play *play,
			  const char **voided)
{
	struct attempt a = {
		.t = t,
		.bind = attach,
		.begin = begin,
		.ready = all_in_shadow,
		.plane = play,
	};

	if (attempt_open(&a, STLB_RUN_PAGES) && attempt_provoke(&a)) {
		check_pages(&a);
		if (attempt_collect(&a))
			report(&a);
	}
	/* It is to hear that pages go which it may have. */
	if (play->is_deaf)
		recorder_deafen(&a.rec, STLB_NO_VM);
	vm_close(&play->vm);
	attempt_close(&a);
	device_close(&play->holder);
	*voided = a.voided;
	return a.out;
}

struct kvm_attempt {
	const struct transition *t;
	bool is_deaf;
};

static struct outcome play_once(void *arg, const char **voided)
{
	const struct kvm_attempt *one = arg;
	struct play play = {
		.is_deaf = one->is_deaf,
		.vm = VM_NONE,
		.holder = { .fd = -1 },
	};

	return run(one->t, &play, voided);
}

static struct outcome play(const struct transition *t, bool is_deaf)
{
	struct kvm_attempt one = { .t = t, .is_deaf = is_deaf };

	return t->first_only ? attempt_repeat_apart(PROFILE, play_once, &one) :
			       attempt_repeat(PROFILE, play_once, &one);
}

/* What KVM warns of once in a boot, it warns of in each test that provokes it. */
static void warn_each_time(void)
{
	sysfs_write("/sys/kernel/debug/clear_warn_once", "1");
}

struct outcome transition_run_kvm(const struct transition *t)
{
	struct outcome o = { .failed = 0 };

	if (t->after == ACCESS_GONE) {
		o.skip =
			"KVM runs no VM whose address space is gone: KVM_RUN fails by EIO";
		return o;
	}
	if (t->no_memory) {
		o.skip = "the pages are no memory that a VM could be given";
		return o;
	}
	if (t->reclaims && native_release() < STLB_RELEASE(6, 9)) {
		o.skip =
			"needs a MADV_PAGEOUT that takes pages which a VM has used: Linux 6.9";
		return o;
	}
	warn_each_time();
	o = play(t, false);
	/* Frames that nobody may hold would be somebody else's while a VM writes there. */
	if (o.failed || o.skip || o.is_void ||
	    (t->sole_owner && transition_takes_frames(t)))
		return o;
	return play(t, true);
}
