// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the kernel words its own troubles: arm64, x86 and powerpc, 6.1 to 7.3.
 *
 * Nearly all are anchored at the start of the message, so that text which only
 * quotes them (a command line, a process's name) is no report.
 */
#include "console.h"

#include <ctype.h>
#include <string.h>

struct pattern {
	enum splat kind;
	const char *start; /* the message begins with it */
	const char *then; /* and has this behind it; NULL: anything */
};

/* The first that matches decides. */
static const struct pattern patterns[] = {
	{ SPLAT_PANIC, "Kernel panic - not syncing", NULL },

	{ SPLAT_KASAN, "BUG: KASAN:", NULL },
	{ SPLAT_KASAN, "BUG: KCSAN:", NULL },
	{ SPLAT_KASAN, "BUG: KMSAN:", NULL },
	{ SPLAT_KASAN, "BUG: KFENCE:", NULL },
	{ SPLAT_KASAN, "KASAN: ", NULL },
	{ SPLAT_KASAN, "UBSAN: ", NULL },

	/* arm64 */
	{ SPLAT_OOPS, "Unable to handle kernel ", NULL },
	{ SPLAT_OOPS, "Internal error: ", NULL },
	{ SPLAT_OOPS, "SError Interrupt on CPU", NULL },
	{ SPLAT_OOPS, "Insufficient stack space to handle exception", NULL },
	{ SPLAT_OOPS, "Bad mode in ", NULL },
	/* x86 */
	{ SPLAT_OOPS, "BUG: kernel NULL pointer dereference", NULL },
	{ SPLAT_OOPS, "BUG: unable to handle ", NULL },
	{ SPLAT_OOPS, "BUG: ", " stack guard page was hit" },
	{ SPLAT_OOPS, "general protection fault", NULL },
	{ SPLAT_OOPS, "PANIC: double fault", NULL },
	{ SPLAT_OOPS, "Thread overran stack, or stack corrupted", NULL },
	/* powerpc */
	{ SPLAT_OOPS, "BUG: Kernel NULL pointer dereference", NULL },
	{ SPLAT_OOPS, "BUG: Unable to handle ", NULL },
	{ SPLAT_OOPS, "Kernel attempted to ", "exploit attempt?" },
	{ SPLAT_OOPS, "kernel tried to execute ", "exploit attempt?" },
	{ SPLAT_OOPS, "Unrecoverable ", "xception" },
	{ SPLAT_OOPS, "Bad kernel stack pointer", NULL },
	/* all */
	{ SPLAT_OOPS, "Oops", NULL },
	{ SPLAT_OOPS, "Fixing recursive fault but reboot is needed", NULL },

	{ SPLAT_LOCKUP, "BUG: soft lockup", NULL },
	{ SPLAT_LOCKUP, "BUG: workqueue lockup", NULL },
	{ SPLAT_LOCKUP, "Watchdog detected hard LOCKUP", NULL },
	{ SPLAT_LOCKUP, "CPU", "ard LOCKUP" },

	{ SPLAT_LOCKDEP, "WARNING: possible ", "detected" },
	{ SPLAT_LOCKDEP, "WARNING: inconsistent lock state", NULL },
	{ SPLAT_LOCKDEP, "WARNING: ", "unsafe lock order detected" },
	{ SPLAT_LOCKDEP, "WARNING: suspicious RCU usage", NULL },
	{ SPLAT_LOCKDEP, "WARNING: held lock freed", NULL },
	{ SPLAT_LOCKDEP, "WARNING: lock held when returning", NULL },
	{ SPLAT_LOCKDEP, "WARNING: ", "still has locks held" },
	{ SPLAT_LOCKDEP, "WARNING: bad unlock balance detected", NULL },
	{ SPLAT_LOCKDEP, "WARNING: bad contention detected", NULL },
	{ SPLAT_LOCKDEP, "WARNING: chain_key collision", NULL },
	{ SPLAT_LOCKDEP, "WARNING: Nested lock was not taken", NULL },
	{ SPLAT_LOCKDEP, "INFO: trying to register non-static key", NULL },
	{ SPLAT_LOCKDEP, "[ BUG: ", NULL },

	/* It has no room for more, and goes off: the taint and lockdep say so (state). */
	{ SPLAT_NONE, "BUG: MAX_LOCKDEP_", " too low!" },
	{ SPLAT_NONE, "BUG: MAX_LOCK_DEPTH too low!", NULL },
	{ SPLAT_NONE, "BUG: MAX_STACK_TRACE_ENTRIES too low!", NULL },

	{ SPLAT_BUG, "kernel BUG at ", NULL },
	{ SPLAT_BUG, "Kernel BUG at ", NULL },
	{ SPLAT_BUG, "BUG: ", NULL },
	/* slub_debug: "BUG kmalloc-64 (Not tainted): Redzone overwritten" */
	{ SPLAT_BUG, "BUG ", "ainted" },
	{ SPLAT_BUG, "list_add corruption", NULL },
	{ SPLAT_BUG, "list_del corruption", NULL },

	{ SPLAT_WARN, "WARNING: CPU: ", " PID: " },
	{ SPLAT_WARN, "WARNING: at ", NULL },
	{ SPLAT_WARN, "refcount_t: ", NULL },

	/* "rcu_preempt detected stalls", "... self-detected stall on CPU" */
	{ SPLAT_RCU_STALL, "INFO: rcu", " stall" },
	{ SPLAT_HUNG_TASK, "INFO: task ", " for more than " },
};

/* What subsystems put in front of their messages (pr_fmt). */
static const char *const subsystems[] = {
	"rcu: ", "watchdog: ", "NMI watchdog: ", "workqueue: ", "hung_task: ",
};

/* "Oops: 0002 [#1]", "invalid opcode: 0000 [#1]": die() counts its calls. */
static bool is_die(const char *msg)
{
	const char *s = msg;

	while ((s = strstr(s, " [#"))) {
		s += 3;
		if (isdigit((unsigned char)*s) &&
		    s[strspn(s, "0123456789")] == ']')
			return true;
	}
	return false;
}

/* "mm/pgtable-generic.c:50: bad pmd ..." */
static bool is_bad_entry(const char *msg)
{
	return strstr(msg, ": bad pgd ") || strstr(msg, ": bad p4d ") ||
	       strstr(msg, ": bad pud ") || strstr(msg, ": bad pmd ") ||
	       strstr(msg, ": Bad swap ");
}

/* "WARNING: mm/memory.c:12 at func+0x1/0x2, ...": WARN() without "CPU:". */
static bool is_warn_at(const char *msg)
{
	const char *file = strchr(msg, ' '), *at;

	if (!file || strncmp(msg, "WARNING: ", 9))
		return false;
	file++;
	at = strstr(file, " at ");
	if (!at || memchr(file, ' ', at - file))
		return false;
	while (at > file && isdigit((unsigned char)at[-1]))
		at--;
	return at > file && at[-1] == ':' && isdigit((unsigned char)*at);
}

static bool matches(const struct pattern *p, const char *msg)
{
	size_t len = strlen(p->start);

	return !strncmp(msg, p->start, len) &&
	       (!p->then || strstr(msg + len, p->then));
}

/* "pc : f+0x1/0x2 [stlb]", "RIP: 0010:...", "NIP [...] ...": arm64, x86, powerpc */
bool console_is_own(const char *message, enum splat kind)
{
	return strstr(message, " [stlb]") &&
	       (kind || !strncmp(message, "pc : ", 5) ||
		!strncmp(message, "RIP: ", 5) || !strncmp(message, "NIP [", 5));
}

enum splat console_classify(const char *message, bool *fatal)
{
	enum splat kind = SPLAT_NONE;
	size_t i;

	for (i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]); i++) {
		size_t len = strlen(subsystems[i]);

		if (!strncmp(message, subsystems[i], len))
			message += len;
	}
	if (!strncmp(message, "traps: PANIC: ", 14))
		message += 7;
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (matches(&patterns[i], message)) {
			kind = patterns[i].kind;
			break;
		}
	}
	if (!kind && is_warn_at(message))
		kind = SPLAT_WARN;
	if (!kind && is_bad_entry(message))
		kind = SPLAT_BUG;
	if (!kind && is_die(message))
		kind = SPLAT_OOPS;
	*fatal = kind == SPLAT_PANIC;
	return kind;
}
