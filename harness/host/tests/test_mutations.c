// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two streams of a real boot (fixtures/boot), in which tests pass and fail in many
 * ways, damaged and forged at random: no test passes that the guest did not say passed,
 * and nothing crashes. The same each time: a failure says which of them it is of.
 */
#include "capture.h"

#include "../witness.h"

#ifndef FIXTURES
#define FIXTURES "harness/host/tests/fixtures"
#endif

#define MUTATIONS 10000
#define OPS_MAX 4
/* Of what one mutation inserts, moves or takes away, in bytes */
#define PIECE_MAX 300
#define FLOOD (4U << 20)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* How each test of the fixture ends, once spoil() has been at it: P, F or S. */
static const struct test planned[] = {
	{ .name = "cow.copy.page", .family = "cow" }, /* P */
	{ .name = "cow.copy.run", .family = "cow" }, /* says what failed */
	{ .name = "cow.copy.emulated", .family = "cow" }, /* killed */
	{ .name = "cow.ksm_merge.page", .family = "cow" }, /* P */
	{ .name = "cow.ksm_merge.run", .family = "cow" }, /* a warning */
	{ .name = "cow.ksm_merge.emulated", .family = "cow" }, /* S */
	{ .name = "cow.ksm_unmerge.page", .family = "cow" }, /* timeout */
	{ .name = "cow.ksm_unmerge.run", .family = "cow" }, /* P */
	{ .name = "cow.ksm_unmerge.emulated", .family = "cow" }, /* P */
};

static const char truth[] = "PFFPFSFPP";

#define NR ARRAY_SIZE(planned)

struct bytes {
	char *s;
	size_t len;
};

/* ---- the streams -------------------------------------------------------- */

static struct bytes load(const char *name)
{
	char path[256];
	struct bytes b;
	FILE *f, *to;
	int c;

	snprintf(path, sizeof(path), "%s/boot/%s", FIXTURES, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	to = open_memstream(&b.s, &b.len);
	while ((c = getc(f)) != EOF)
		putc(c, to);
	fclose(f);
	fclose(to);
	return b;
}

static struct bytes copy(const struct bytes *b)
{
	struct bytes c = { .s = malloc(b->len + 1), .len = b->len };

	memcpy(c.s, b->s, b->len);
	c.s[c.len] = '\0';
	return c;
}

/* @remove bytes at @at become @len others. */
static void replace(struct bytes *b, size_t at, size_t remove, const char *with,
		    size_t len)
{
	char *s = malloc(b->len - remove + len + 1);

	memcpy(s, b->s, at);
	memcpy(s + at, with, len);
	memcpy(s + at + len, b->s + at + remove, b->len - at - remove);
	b->len += len - remove;
	s[b->len] = '\0';
	free(b->s);
	b->s = s;
}

/* The first @what behind the first @behind becomes @with. */
static void edit(struct bytes *b, const char *behind, const char *what,
		 const char *with)
{
	char *from = strstr(b->s, behind);
	char *at = from ? strstr(from, what) : NULL;

	if (!at)
		fail_msg("no %s behind %s", what, behind);
	replace(b, at - b->s, strlen(what), with, strlen(with));
}

static void spoil(struct bytes *channel, struct bytes *console)
{
	edit(channel, "begin cow.copy.run", "log 1..1",
	     "log # stlb: failed coverage:secondary:smmuv3");
	edit(channel, "begin cow.copy.run", "log ok 1", "log not ok 1");
	edit(channel, "begin cow.copy.run", "exit 0", "exit 1");
	edit(channel, "begin cow.copy.emulated", "exit 0", "signal 9");
	edit(console, "begin cow.ksm_merge.run", "\n",
	     "\n[   16.950000] WARNING: CPU: 0 PID: 9 at mm/ksm.c:1 f+0x1/0x2\r\n");
	/* The warning's taint is there from its test on. */
	for (size_t i = 4; i < NR; i++) {
		char end[80];

		snprintf(end, sizeof(end), "end %s ", planned[i].name);
		edit(channel, end, "state 12288", "state 12800");
	}
	edit(channel, "state 12800 none\nstlb 3", "state 12288", "state 12800");
	edit(channel, "begin cow.ksm_unmerge.page", "exit 0", "timeout");
}

/* ---- a boot ------------------------------------------------------------- */

struct boot_seen {
	struct witness w;
	const struct test *plan[NR];
	struct result results[NR];
};

static void on_hello(void *arg, const char *release, unsigned long page_size)
{
}

static void on_begin(void *arg, size_t index)
{
	assert_true(index < NR);
}

static void on_settled(void *arg, size_t index)
{
	struct boot_seen *b = arg;

	assert_true(index < NR);
	judge(&b->w.ev[index], 1, &b->results[index]);
}

static const struct witness_ops ops = { .hello = on_hello,
					.begin = on_begin,
					.settled = on_settled };

static uint64_t dice;

/* xorshift64: a number below @n */
static size_t below(size_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return n ? dice % n : 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void start(struct boot_seen *b)
{
	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < NR; i++) {
		b->plan[i] = &planned[i];
		b->results[i].test = &planned[i];
	}
	witness_init(&b->w, b->plan, NR, 60, &ops, b);
}

/* Writes a letter for each verdict to @got: "-PFXYSI". */
static void finish(struct boot_seen *b, char *got)
{
	static const char letters[NR_VERDICTS] = "-PFXYSI";

	witness_finish(&b->w,
		       b->w.done || b->w.useless ? NULL : "the machine stopped",
		       NULL);
	for (size_t i = 0; i < NR; i++) {
		struct result *r = &b->results[i];

		got[i] = letters[r->verdict];
		assert_true(!r->reason || !strchr(r->reason, '\n'));
		judge_infra(r, "");
		free(r->signature);
		free(r->reason);
		free(r->log);
	}
	got[NR] = '\0';
	witness_free(&b->w);
}

/* Feeds both in pieces of any size, either ahead of the other. */
static void play(const struct bytes *channel, const struct bytes *console,
		 char *got)
{
	size_t a = 0, c = 0, n;
	struct boot_seen b;

	start(&b);
	while (a < channel->len || c < console->len) {
		n = least(below(4000), channel->len - a);
		witness_channel(&b.w, channel->s + a, n);
		a += n;
		n = least(below(1000), console->len - c);
		witness_console(&b.w, console->s + c, n);
		c += n;
	}
	finish(&b, got);
}

/* ---- mutations ---------------------------------------------------------- */

/* What a guest would put there to be believed */
static const char *const forged[] = {
	"\nstlb 5 done\n",
	"\nok 1 cow.copy.run\n",
	"ok 1 cow.copy.run",
	" exit 0\n",
	"\nstlb 300 end cow.copy.run exit 0\n",
	"[    9.000000] stlb: done\r\n",
	"stlb: done\n",
	"\r[    9.000000] stlb: begin cow.ksm_unmerge.emulated\r\n",
	"[    9.000000] stlb: begin ",
	"\n[    9.000000] stlb: end cow.copy.run\n",
	"[    9.000000] stlb: begin no.such.test\n",
	"\x1b[2J\x1b[1;1Hok 1 cow.copy.run\x1b[K",
	"\x1b[",
	"\x1b]0;stlb\x07",
	"# stlb: data x=99999999999999999999999\n",
	"# stlb: void x\n",
	"Kernel panic - not syncing: x\n",
	"WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2 [stlb]\n",
	"stlb: smmuv3: x\n",
	"\n1..0 # SKIP\n",
	"stlb 18446744073709551615 done\n",
	"state 0 none\n",
	"\\x00\\xff",
};

static void insert_noise(struct bytes *b, size_t at)
{
	char noise[PIECE_MAX];
	size_t n = below(sizeof(noise));

	for (size_t i = 0; i < n; i++)
		noise[i] = below(256);
	replace(b, at, 0, noise, n);
}

/* A line that has no end for long */
static void insert_run(struct bytes *b, size_t at)
{
	size_t n = below(4 * CHANNEL_LINE_MAX);
	char *run = malloc(n + 1);

	memset(run, 'a' + below(26), n);
	replace(b, at, 0, run, n);
	free(run);
}

static void mutate(struct bytes *b, const struct bytes *other)
{
	size_t at = below(b->len), n = least(below(PIECE_MAX), b->len - at);
	size_t from = below(other->len);
	const char *lie = forged[below(ARRAY_SIZE(forged))];
	char *piece;

	switch (below(10)) {
	case 0:
		if (b->len)
			b->s[at] ^= 1 << below(8);
		break;
	case 1:
		if (b->len)
			b->s[at] = below(256);
		break;
	case 2:
		insert_noise(b, at);
		break;
	case 3:
		replace(b, at, n, "", 0);
		break;
	case 4: /* a piece again, somewhere */
		piece = strndup(b->s + at, n);
		replace(b, below(b->len), 0, piece, strlen(piece));
		free(piece);
		break;
	case 5: /* of the other stream */
		piece = strndup(other->s + from,
				least(below(PIECE_MAX), other->len - from));
		replace(b, at, 0, piece, strlen(piece));
		free(piece);
		break;
	case 6:
		if (!below(8))
			replace(b, at, b->len - at, "", 0);
		break;
	case 7:
		insert_run(b, at);
		break;
	default:
		replace(b, at, 0, lie, strlen(lie));
		break;
	}
}

static void random_mutations(void **state)
{
	struct bytes channel = load("channel.log"),
		     console = load("console.log");
	char got[NR + 1];
	size_t passed = 0;

	(void)state;
	spoil(&channel, &console);
	dice = 1;
	play(&channel, &console, got);
	assert_string_equal(got, truth);
	for (uint64_t m = 1; m <= MUTATIONS; m++) {
		struct bytes a = copy(&channel), c = copy(&console);

		dice = m * 0x9e3779b97f4a7c15ULL;
		below(1);
		for (size_t i = 1 + below(OPS_MAX); i; i--) {
			if (below(2))
				mutate(&a, &console);
			else
				mutate(&c, &channel);
		}
		play(&a, &c, got);
		for (size_t i = 0; i < NR; i++) {
			passed += got[i] == 'P';
			if ((got[i] == 'P' && truth[i] != 'P') ||
			    (got[i] == 'S' && truth[i] == 'F'))
				fail_msg(
					"mutation %u: %s, where the guest said %s",
					(unsigned int)m, got, truth);
		}
		free(a.s);
		free(c.s);
	}
	/* They were not all rejected as a whole, or nothing was tried. */
	assert_true(passed > MUTATIONS / 2);
	free(channel.s);
	free(console.s);
}

/* Both streams whole, and a test that says what another has said. */
static void lies_of_one_test(void **state)
{
	char got[NR + 1], lie[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++) {
		struct bytes channel = load("channel.log");
		struct bytes console = load("console.log");
		char *c;

		spoil(&channel, &console);
		/* init leaves nothing but printable characters of it. */
		snprintf(lie, sizeof(lie), "log %s", forged[i]);
		for (c = lie; *c; c++)
			if (*c < 0x20 || *c > 0x7e)
				*c = '?';
		edit(&channel, "begin cow.copy.run", "log TAP version 13", lie);
		play(&channel, &console, got);
		assert_true(got[1] == 'F' || got[1] == 'I');
		got[1] = 'F';
		assert_string_equal(got, truth);
		free(channel.s);
		free(console.s);
	}
}

/* What is kept of a flood is bounded; the test that it is of gets its verdict. */
static void floods(void **state)
{
	static const char begin[] = "stlb 0 hello 1 r m 4096\n"
				    "stlb 1 state 0 none\n"
				    "stlb 2 begin cow.copy.page\n";
	char line[CHANNEL_LINE_MAX + 1], got[NR + 1];
	struct boot_seen b;
	uint64_t seq = 3;

	(void)state;
	start(&b);
	witness_channel(&b.w, begin, strlen(begin));
	for (size_t sent = 0; sent < FLOOD;) {
		int n = snprintf(line, sizeof(line), "stlb %u log %0*d\n",
				 (unsigned int)seq++, CHANNEL_TEXT_MAX, 1);

		witness_channel(&b.w, line, n);
		sent += n;
	}
	assert_true(b.w.ev[0].log.len <= EVIDENCE_LOG_MAX + 100);
	memset(line, 'x', sizeof(line));
	for (size_t sent = 0; sent < FLOOD; sent += sizeof(line))
		witness_console(&b.w, line, sizeof(line));
	witness_channel(&b.w, line, sizeof(line));
	witness_channel(&b.w, line, sizeof(line));
	assert_non_null(b.w.useless);
	finish(&b, got);
	assert_string_equal(got, "IIIIIIIII");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_mutations),
		cmocka_unit_test(lies_of_one_test),
		cmocka_unit_test(floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
