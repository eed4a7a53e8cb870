// SPDX-License-Identifier: GPL-2.0-only

#include "capture.h"

#include "../../guest/scene.h"
#include "../../guest/windows.h"

#define BASE 0x100000UL
#define PAGE 4096UL
#define PAGES_MAX 4

static const char *const names[] = {
	[WINDOW_FINE] = "fine",		[WINDOW_MISSING] = "missing",
	[WINDOW_LATE] = "late",		[WINDOW_ENDED] = "ended",
	[WINDOW_NO_START] = "no start", [WINDOW_LATE_END] = "late end",
	[WINDOW_NO_END] = "no end",
};

/* A stream under construction. */
struct stream {
	struct scene scene;
	struct recorder rec;
	__u32 stamp;
	FILE *f;
};

/* As in a trace: a capital letter is another frame than a small one's. */
static struct stlb_pte entry(char letter)
{
	struct stlb_pte pte = { .pfn = 7, .flags = STLB_PTE_PRESENT };

	switch (letter) {
	case 'W':
		pte.pfn++;
		/* fall through */
	case 'w':
		pte.flags |= STLB_PTE_HW_READ | STLB_PTE_HW_WRITE;
		break;
	case 'R':
		pte.pfn++;
		/* fall through */
	case 'r':
		pte.flags |= STLB_PTE_HW_READ;
		break;
	case 'e':
		pte.flags |= STLB_PTE_HW_READ | STLB_PTE_HW_EXEC;
		break;
	case 'x':
		break;
	case '-':
		return (struct stlb_pte){ 0 };
	default:
		fail_msg("no such entry: %c", letter);
	}
	pte.flags |= STLB_PTE_YOUNG;
	return pte;
}

static void put(struct stream *s, struct stlb_event ev, const char *pages)
{
	ev.nr_ptes = strlen(pages);
	ev.size = sizeof(ev) + ev.nr_ptes * sizeof(struct stlb_pte);
	ev.stamp = s->stamp;
	fwrite(&ev, sizeof(ev), 1, s->f);
	for (size_t i = 0; i < ev.nr_ptes; i++) {
		struct stlb_pte pte = entry(pages[i]);

		fwrite(&pte, sizeof(pte), 1, s->f);
	}
}

static void mark(struct stream *s, __u64 cookie)
{
	put(s, (struct stlb_event){ .op = STLB_OP_MARK, .cookie = cookie }, "");
}

/*
 * "TASK OP FIRST END PAGES": the pages relative to the first watched one, END may be
 * "all". A task with a capital letter is one of the address space's. "changed" is the
 * return of the call.
 */
static void put_line(struct stream *s, const char *line)
{
	struct stlb_event ev = { .context = 0 };
	char task, op[16], end[16], pages[PAGES_MAX + 1];
	long first;

	if (!strcmp(line, "changed")) {
		s->stamp = STAMP_AFTER;
		return;
	}
	if (!strcmp(line, "begin")) {
		mark(s, MARK_BEGIN);
		return;
	}
	if (sscanf(line, "%c %15s %ld %15s %4s", &task, op, &first, end,
		   pages) != 5)
		fail_msg("not understood: %s", line);
	ev.op = !strcmp(op, "start") ? STLB_OP_RANGE_START :
		!strcmp(op, "end")   ? STLB_OP_RANGE_END :
		!strcmp(op, "gone")  ? STLB_OP_RELEASE :
				       STLB_OP_SECONDARY;
	ev.pid = task;
	ev.context = task < 'a' ? STLB_CTX_CURRENT_MM : 0;
	ev.start = BASE + first * PAGE;
	ev.end = strcmp(end, "all") ? BASE + atol(end) * PAGE : EVERYTHING;
	put(s, ev, pages);
}

static void play(struct stream *s, const char *text)
{
	char *copy = strdup(text), *save = NULL, *line;

	*s = (struct stream){ .stamp = STAMP_BEFORE };
	s->f = open_memstream(&s->rec.events, &s->rec.bytes);
	if (!strstr(text, "begin"))
		mark(s, MARK_BEGIN);
	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		put_line(s, line);
	mark(s, MARK_END);
	fclose(s->f);
	free(copy);
}

/* @before and @after: the pages' entries at the marks, @after NULL: gone. */
static void judge_stream(const char *before, const char *after,
			 const char *text, const char *change, const char *pair)
{
	struct stlb_pte first[PAGES_MAX], last[PAGES_MAX];
	struct transition t = { .after = after ? ACCESS_RO : ACCESS_GONE };
	size_t nr = strlen(before);
	struct stream s;
	struct evidence e = {
		.t = &t,
		.scene = &s.scene,
		.rec = &s.rec,
		.before = first,
		.after = last,
	};

	play(&s, text);
	s.scene = (struct scene){
		.base = (char *)BASE,
		.page = PAGE,
		.span = PAGE,
		.base_page = PAGE,
		.nr = nr,
	};
	for (size_t i = 0; i < nr; i++) {
		first[i] = entry(before[i]);
		last[i] = entry(after ? after[i] : '-');
	}
	assert_string_equal(names[windows_changes(&e).fault], change);
	assert_string_equal(names[windows_pairs(&e).fault], pair);
	free(s.rec.events);
}

static void right(void **state)
{
	(void)state;
	judge_stream("w", "r",
		     "A start 0 1 w\nA tell 0 1 r\nA end 0 1 r\nchanged",
		     "fine", "fine");
	judge_stream("w", "r", "A start 0 all w\nA end 0 all r", "fine",
		     "fine");
	/* Two steps, each in a window of its own; on the way no entry */
	judge_stream("w", "R",
		     "k start 0 1 w\nk tell 0 1 r\nk end 0 1 r\n"
		     "k start 0 1 r\nk tell 0 1 -\nk end 0 1 R",
		     "fine", "fine");
	/* What gives, and what comes to nothing, takes no window. */
	judge_stream("r", "w", "A tell 0 1 w", "fine", "fine");
	judge_stream("-", "w", "A tell 0 1 w", "fine", "fine");
	judge_stream("x", "W", "A tell 0 1 W", "fine", "fine");
	judge_stream("w", "w", "", "fine", "fine");
	judge_stream("r", "w", "A tell 0 1 -\nA tell 0 1 r", "fine", "fine");
	/* Written back, and written to again */
	judge_stream("w", "w",
		     "A start 0 1 w\nA end 0 1 r\nA tell 0 1 w\n"
		     "A start 0 1 w\nA end 0 1 r\nA tell 0 1 w",
		     "fine", "fine");
}

static void nested(void **state)
{
	(void)state;
	judge_stream("ww", "rr",
		     "A start 0 2 ww\nA start 0 1 ww\nA end 0 1 rw\n"
		     "A end 0 2 rr",
		     "fine", "fine");
	/* Not the youngest first */
	judge_stream("ww", "rr",
		     "A start 0 1 ww\nA start 1 2 ww\nA end 0 1 rr\n"
		     "A end 1 2 rr",
		     "fine", "fine");
	/* One range twice */
	judge_stream("w", "r",
		     "A start 0 1 w\nA start 0 1 w\nA end 0 1 w\nA end 0 1 r",
		     "fine", "fine");
	judge_stream("w", "r",
		     "A start 0 1 w\nA start 0 1 w\nA end 0 1 w\nA end 0 1 w",
		     "ended", "fine");
}

static void interleaved(void **state)
{
	char text[1024] = "";

	(void)state;
	judge_stream("ww", "r-",
		     "A start 0 1 ww\nB start 1 2 ww\nA end 0 1 r-\n"
		     "B end 1 2 r-",
		     "fine", "fine");
	/* Another's window is a window; another's end is not this one's. */
	judge_stream("w", "r",
		     "A start 0 1 w\nB start 0 1 w\nA end 0 1 w\nB end 0 1 r",
		     "fine", "fine");
	judge_stream("w", "r", "A start 0 1 w\nB end 0 1 r", "fine",
		     "no start");
	judge_stream("ww", "rw",
		     "A start 0 1 ww\nB start 0 2 ww\n"
		     "B end 0 2 rw\nB end 0 1 rw",
		     "fine", "no start");
	/* As many as there are */
	for (char c = 'A'; c <= 'Z'; c++)
		sprintf(text + strlen(text), "%c start 0 1 w\n", c);
	for (char c = 'A'; c <= 'Z'; c++)
		sprintf(text + strlen(text), "%c end 0 1 r\n", c);
	judge_stream("w", "r", text, "fine", "fine");
}

static void uncovered(void **state)
{
	(void)state;
	judge_stream("w", "r", "", "missing", "fine");
	judge_stream("w", "r", "A tell 0 1 r", "missing", "fine");
	judge_stream("w", "R", "A tell 0 1 -", "missing", "fine");
	judge_stream("w", "-", "A tell 0 1 -", "missing", "fine");
	judge_stream("w", "x", "", "missing", "fine");
	judge_stream("e", "r", "", "missing", "fine");
	judge_stream("r", "R", "", "missing", "fine");
	judge_stream("w", "r", "A start 0 1 r\nA end 0 1 r", "late", "fine");
	judge_stream("w", "W", "A start 0 1 -\nA end 0 1 W", "late", "fine");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 1 w", "ended", "fine");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 1 w\nA tell 0 1 r",
		     "ended", "fine");
	/* Another page's, or not all of this one's */
	judge_stream("ww", "wr", "A start 0 1 ww\nA end 0 1 wr", "missing",
		     "fine");
	judge_stream("ww", "rr", "A start 0 1 ww\nA end 0 1 rw", "missing",
		     "fine");
	/* The fault that any early start and any late end would hide */
	judge_stream("w", "R",
		     "k start 0 1 w\nk end 0 1 r\nk tell 0 1 R\n"
		     "k start 0 1 R\nk end 0 1 R",
		     "ended", "fine");
}

static void unpaired(void **state)
{
	(void)state;
	judge_stream("w", "r", "A start 0 1 w\nA tell 0 1 r", "fine", "no end");
	judge_stream("w", "r", "A start 0 1 w\nA start 0 1 w\nA end 0 1 r",
		     "fine", "no end");
	judge_stream("w", "w", "A end 0 1 w", "fine", "no start");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 2 r", "fine",
		     "no start");
	judge_stream("w", "r", "A start 0 1 w\nA end 0 1 r\nA end 0 1 r",
		     "fine", "no start");
	/* Beyond the watched pages: an early exit of another walk */
	judge_stream("w", "w", "A start 7 9 w", "fine", "no end");
	judge_stream("w", "w", "A end 7 9 w", "fine", "no start");
	judge_stream("w", "w", "A start 7 9 w\nA end 7 9 w", "fine", "fine");
	/* The call has returned. */
	judge_stream("w", "r",
		     "A start 0 1 w\nA tell 0 1 r\nchanged\n"
		     "A end 0 1 r",
		     "fine", "late end");
	judge_stream("w", "r",
		     "A start 0 1 w\nA end 0 1 r\nchanged\n"
		     "A start 0 1 r\nA end 0 1 r",
		     "fine", "fine");
	judge_stream("w", "r",
		     "A start 0 1 w\nA end 0 1 r\nchanged\n"
		     "A start 7 8 r",
		     "fine", "no end");
}

/* Others may be at work on pages that are not watched when the call returns. */
static void others(void **state)
{
	(void)state;
	judge_stream("w", "w", "k start 0 1 w", "fine", "fine");
	judge_stream("w", "w", "k start 7 8 w\nchanged\nk end 7 8 w", "fine",
		     "fine");
	judge_stream("w", "r", "k start 0 1 w\nk tell 0 1 r", "fine", "no end");
	judge_stream("w", "r",
		     "k start 0 1 w\nk tell 0 1 r\nchanged\n"
		     "k end 0 1 r",
		     "fine", "late end");
	/* Under way at the first mark */
	judge_stream("w", "w", "k start 0 1 w\nbegin\nk end 0 1 w", "fine",
		     "fine");
	judge_stream("w", "r", "k start 0 1 w\nbegin\nk end 0 1 r", "fine",
		     "fine");
	judge_stream("w", "w", "k end 0 1 w\nbegin", "fine", "fine");
}

static void released(void **state)
{
	(void)state;
	judge_stream("w", NULL, "A start 0 1 w\nA end 0 1 -\nA gone 0 all -",
		     "fine", "fine");
	judge_stream("w", NULL, "A tell 0 1 -\nA gone 0 all -", "missing",
		     "fine");
	judge_stream("w", NULL, "k start 0 1 w\nA gone 0 all w", "fine",
		     "fine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right),       cmocka_unit_test(nested),
		cmocka_unit_test(interleaved), cmocka_unit_test(uncovered),
		cmocka_unit_test(unpaired),    cmocka_unit_test(others),
		cmocka_unit_test(released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
