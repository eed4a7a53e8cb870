// SPDX-License-Identifier: GPL-2.0-only
#include "boot.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define CATCH_UP_S 10
#define PANIC_S 5

#define READ_SIZE 65536
/* Reads of one pipe per wake-up, so that a flood starves nobody. */
#define READS_PER_WAKE 4
/* What a dead writer can have left in a pipe, with room to spare. */
#define READS_AT_END 64

#define ERR_MAX 8192

static unsigned int boot_patience(const struct boot *b)
{
	return b->boot_timeout ? b->boot_timeout : 2 * b->timeout;
}

static unsigned int record_patience(const struct boot *b)
{
	return b->timeout + (b->timeout + 1) / 2;
}

/* It moves. */
static void note_time(struct boot *b)
{
	b->since = clock_now();
	b->cpu = cpu_time_of(b->qemu.pid);
	b->stretched = false;
}

char *boot_starved(const struct boot *b)
{
	struct cpu_time now = cpu_time_of(b->qemu.pid);
	uint64_t ns = clock_now() - b->since;

	if (!is_starved(&b->cpu, &now, ns))
		return NULL;
	return text_printf(
		"in %.0f s QEMU had a CPU for %.1f s and waited for one for %.1f s",
		ns / 1e9, (now.ran - b->cpu.ran) / 1e9,
		(now.waited - b->cpu.waited) / 1e9);
}

/* Puts the deadline off, once; false if there is no reason to. */
static bool stretch(struct boot *b, uint64_t now)
{
	struct cpu_time cpu = cpu_time_of(b->qemu.pid);
	uint64_t ns = now - b->since;

	if (b->stretched || !is_starved(&b->cpu, &cpu, ns))
		return false;
	b->stretched = true;
	b->deadline = now + starved_stretch(&b->cpu, &cpu, ns);
	return true;
}

static void sooner(struct boot *b, unsigned int seconds)
{
	uint64_t deadline = clock_in(seconds);

	if (deadline < b->deadline)
		b->deadline = deadline;
}

static void open_log(struct logfile *log, const struct boot_config *config,
		     const char *name)
{
	char *path = text_printf("%s/%s", config->dir, name);

	logfile_open(log, path, BOOT_LOG_MAX);
	free(path);
}

static void open_logs(struct boot *b, const struct boot_config *config)
{
	char *title = text_printf("=== boot %u ===\n", config->number);

	open_log(&b->console_log, config, "console.log");
	open_log(&b->channel_log, config, "channel.log");
	logfile_write(&b->console_log, title, strlen(title));
	free(title);
}

int boot_start(struct boot *b, const struct boot_config *config)
{
	int err;

	*b = (struct boot){
		.qemu = CHILD_NONE,
		.timeout = config->timeout,
		.boot_timeout = config->boot_timeout,
	};
	err = child_spawn(&b->qemu, (const char *const *)config->argv,
			  CHILD_THIRD);
	if (err)
		return err;
	b->running = true;
	note_time(b);
	b->deadline = clock_in(boot_patience(b));
	open_logs(b, config);
	witness_init(&b->witness, config->plan, config->nr, config->timeout,
		     config->ops, config->arg);
	return 0;
}

size_t boot_poll(const struct boot *b, struct pollfd *fds)
{
	const int all[] = { b->qemu.out, b->qemu.err, b->qemu.third };
	size_t i, nr = 0;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] >= 0)
			fds[nr++] = (struct pollfd){ .fd = all[i],
						     .events = POLLIN };
	return nr;
}

static void take_console(struct boot *b, const char *buf, size_t len)
{
	bool panicked = b->witness.panicked;

	logfile_write(&b->console_log, buf, len);
	witness_console(&b->witness, buf, len);
	if (b->witness.panicked && !panicked)
		sooner(b, PANIC_S);
}

/* Every record but a test's output puts off the deadline. */
static void take_channel(struct boot *b, const char *buf, size_t len)
{
	bool over = b->witness.useless || b->witness.done;
	uint64_t records = b->witness.records, since = b->since;

	logfile_write(&b->channel_log, buf, len);
	witness_channel(&b->witness, buf, len);
	if (b->witness.records != records) {
		note_time(b);
		if (!records)
			b->hello_ns = b->since - since;
	}
	if (over)
		return;
	if (b->witness.useless || b->witness.done)
		b->deadline = clock_in(CATCH_UP_S);
	else if (b->witness.records != records && !b->witness.panicked)
		b->deadline = clock_in(record_patience(b));
}

static void take_err(struct boot *b, const char *buf, size_t len)
{
	text_append_end(&b->err, buf, len, ERR_MAX);
}

static void drain(struct boot *b, int *fd, int reads,
		  void (*take)(struct boot *b, const char *buf, size_t len))
{
	static char buf[READ_SIZE];
	ssize_t n = 1;

	while (*fd >= 0 && reads-- && n > 0) {
		n = read(*fd, buf, sizeof(buf));
		if (n > 0) {
			take(b, buf, n);
		} else if (!n || (errno != EAGAIN && errno != EINTR)) {
			close(*fd);
			*fd = -1;
		}
	}
}

static void drain_all(struct boot *b, int reads)
{
	drain(b, &b->qemu.out, reads, take_console);
	drain(b, &b->qemu.third, reads, take_channel);
	drain(b, &b->qemu.err, reads, take_err);
}

void boot_read(struct boot *b)
{
	drain_all(b, READS_PER_WAKE);
	if (witness_idle(&b->witness))
		boot_kill(b);
}

void boot_kill(struct boot *b)
{
	if (!b->running)
		return;
	b->killed = true;
	b->deadline = NO_DEADLINE;
	child_signal(&b->qemu, SIGKILL);
}

void boot_tick(struct boot *b, uint64_t now)
{
	if (!b->running || now < b->deadline || stretch(b, now))
		return;
	b->starved = boot_starved(b);
	b->expired = true;
	boot_kill(b);
}

/* How QEMU went, if that was not our doing; the caller frees. */
static char *qemu_went(const struct boot *b)
{
	char *last = text_last_line(&b->err);
	char *went;

	if (last)
		went = text_printf("QEMU ended with %s: %s",
				   child_status_name(b->qemu.status), last);
	else
		went = text_printf("QEMU ended with %s",
				   child_status_name(b->qemu.status));
	free(last);
	return went;
}

/* Without a word of the kernel's: a reset, or QEMU gave up. */
static char *machine_stopped(const struct boot *b)
{
	char *went = qemu_went(b);
	char *line = text_printf("the machine stopped: %s", went);

	free(went);
	return line;
}

/* Why no test was reached. */
static char *boot_failure(const struct boot *b)
{
	const struct witness *w = &b->witness;
	char *went, *line;

	if (b->killed && !b->expired)
		return text_dup("interrupted");
	if (w->early && (w->panicked || !b->expired))
		return text_printf("the kernel died before the first test: %s",
				   w->early);
	if (b->expired && w->hello)
		return text_printf(
			"init said nothing for %u s before the first test: see console.log",
			record_patience(b));
	if (b->expired)
		return text_printf(
			"the guest's init did not start within %u s%s%s: see console.log; give a slow machine a longer --boot-timeout",
			boot_patience(b),
			b->starved ? ", and as long again; " : "",
			b->starved ? b->starved : "");
	went = qemu_went(b);
	line = text_printf("%s; the guest had not come to the first test",
			   went);
	free(went);
	return line;
}

/* Sets *death or *infra: how the kernel went while a test ran. */
static void kernel_failure(const struct boot *b, char **death, char **infra)
{
	if (b->killed && !b->expired)
		*infra = text_dup("interrupted");
	else if (!b->expired && WIFSIGNALED(b->qemu.status))
		*infra = qemu_went(b);
	else if (!b->expired)
		*death = machine_stopped(b);
	else if (b->starved)
		*infra = text_printf(
			"this machine had too little time for the guest: %s",
			b->starved);
	else if (b->witness.panicked)
		*death = text_dup("the kernel panicked");
	else
		*death = text_printf(
			"the kernel stopped answering: nothing for %u s on the result channel",
			record_patience(b));
}

static void conclude(struct boot *b)
{
	struct witness *w = &b->witness;
	char *death = NULL, *infra = NULL;

	if (w->done) {
		b->outcome = BOOT_COMPLETE;
	} else if (w->useless) {
		b->outcome = BOOT_USELESS;
		b->reason = text_dup(w->useless);
	} else if (!witness_begun(w)) {
		b->outcome = BOOT_FAILED;
		b->reason = boot_failure(b);
	} else {
		b->outcome = BOOT_DEAD;
		kernel_failure(b, &death, &infra);
	}
	witness_finish(w, death, infra);
	free(death);
	free(infra);
}

void boot_reaped(struct boot *b, int status)
{
	b->qemu.status = status;
	b->running = false;
	drain_all(b, READS_AT_END);
	child_close(&b->qemu);
	b->qemu.pid = 0;
	conclude(b);
	logfile_close(&b->console_log);
	logfile_close(&b->channel_log);
}

void boot_free(struct boot *b)
{
	child_close(&b->qemu);
	witness_free(&b->witness);
	text_free(&b->err);
	free(b->reason);
	free(b->starved);
	*b = (struct boot){ .qemu = CHILD_NONE };
}
