/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorder's stream out of text, for unit tests of what judges one. A line is
 *
 *	TASK OP FIRST END PAGES		a callback, PAGES as in a trace (trace.h): a
 *					letter a page, capital: in another frame
 *	changed				the call that makes the change has returned
 *	begin				the first mark; without it there is one in front
 *	over				the second mark; without it there is one behind
 *
 * TASK is a letter, capital: a thread of the address space's own, small: a kernel
 * thread; or a digit: another process. OP is start, end, tell or gone, which is
 * release. END may be "all". The pages are relative to the first watched one.
 */
#ifndef _STLB_TESTS_STREAM_H
#define _STLB_TESTS_STREAM_H

#include "capture.h"

#include "../../guest/scene.h"
#include "../../guest/evidence.h"

#define BASE 0x100000UL
#define PAGE 4096UL
#define PAGES_MAX 4

struct stream {
	struct scene scene;
	struct recorder rec;
	__u32 stamp;
	FILE *f;
};

static inline struct stlb_pte stream_entry(char letter)
{
	struct stlb_pte pte = { .pfn = 7, .flags = STLB_PTE_PRESENT };

	switch (letter) {
	case 'W':
		pte.pfn++;
		/* fall through */
	case 'w':
		pte.flags |= STLB_PTE_HW_READ | STLB_PTE_HW_USER |
			     STLB_PTE_HW_WRITE;
		break;
	case 'R':
		pte.pfn++;
		/* fall through */
	case 'r':
		pte.flags |= STLB_PTE_HW_READ | STLB_PTE_HW_USER;
		break;
	case 'e':
		pte.flags |= STLB_PTE_HW_READ | STLB_PTE_HW_USER |
			     STLB_PTE_HW_EXEC;
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

static inline void stream_put(struct stream *s, struct stlb_event ev,
			      const char *pages)
{
	ev.nr_ptes = strlen(pages);
	ev.size = sizeof(ev) + ev.nr_ptes * sizeof(struct stlb_pte);
	ev.stamp = s->stamp;
	fwrite(&ev, sizeof(ev), 1, s->f);
	for (size_t i = 0; i < ev.nr_ptes; i++) {
		struct stlb_pte pte = stream_entry(pages[i]);

		fwrite(&pte, sizeof(pte), 1, s->f);
	}
}

static inline void stream_mark(struct stream *s, __u64 cookie)
{
	stream_put(s,
		   (struct stlb_event){ .op = STLB_OP_MARK, .cookie = cookie },
		   "");
}

static inline void stream_line(struct stream *s, const char *line)
{
	struct stlb_event ev = { .context = 0 };
	char task, op[16], end[16], pages[PAGES_MAX + 1];
	long first;

	if (!strcmp(line, "changed")) {
		s->stamp = STAMP_AFTER;
		return;
	}
	if (!strcmp(line, "begin")) {
		stream_mark(s, MARK_BEGIN);
		return;
	}
	if (!strcmp(line, "over")) {
		stream_mark(s, MARK_END);
		return;
	}
	if (sscanf(line, "%c %15s %ld %15s %4s", &task, op, &first, end,
		   pages) != 5)
		fail_msg("not understood: %s", line);
	ev.op = !strcmp(op, "start") ? STLB_OP_RANGE_START :
		!strcmp(op, "end")   ? STLB_OP_RANGE_END :
		!strcmp(op, "gone")  ? STLB_OP_RELEASE :
				       STLB_OP_SECONDARY;
	if (ev.op == STLB_OP_RANGE_START || ev.op == STLB_OP_RANGE_END)
		ev.cookie = STLB_KIND_CLEAR;
	ev.pid = task;
	if (task >= 'a')
		ev.context = STLB_CTX_KTHREAD;
	else if (task >= 'A')
		ev.context = STLB_CTX_CURRENT_MM;
	ev.start = BASE + first * PAGE;
	ev.end = strcmp(end, "all") ? BASE + atol(end) * PAGE : EVERYTHING;
	stream_put(s, ev, pages);
}

static inline void stream_play(struct stream *s, const char *text)
{
	char *copy = strdup(text), *save = NULL, *line;

	*s = (struct stream){ .stamp = STAMP_BEFORE };
	s->f = open_memstream(&s->rec.events, &s->rec.bytes);
	if (!strstr(text, "begin"))
		stream_mark(s, MARK_BEGIN);
	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		stream_line(s, line);
	if (!strstr(text, "over"))
		stream_mark(s, MARK_END);
	fclose(s->f);
	free(copy);
}

/* A scene of @nr pages, which none of the callbacks has to touch. */
static inline struct scene stream_scene(size_t nr)
{
	return (struct scene){
		.base = (char *)BASE,
		.page = PAGE,
		.span = PAGE,
		.base_page = PAGE,
		.nr = nr,
	};
}

#endif /* _STLB_TESTS_STREAM_H */
