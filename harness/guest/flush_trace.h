/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flush as a line of the trace, in the form of callbacks (trace.h):
 *
 *	flush FIRST END PAGES HOW
 *
 * FIRST and END in pages from the scene's first, or "0 all"; PAGES the watched pages in
 * order, "8n" for eight whose entries had changed by then, "1o" for one whose had not;
 * HOW, joined by commas: "broadcast" or "local", "leaf" or "tables" or neither for both, "levelN" or
 * "shiftN" where it names one, "unfinished" if no barrier of that CPU's came later.
 */
#ifndef _STLB_FLUSH_TRACE_H
#define _STLB_FLUSH_TRACE_H

#include "evidence.h"

void flush_trace(const struct evidence *e, const struct stlb_flush *f);

#endif /* _STLB_FLUSH_TRACE_H */
