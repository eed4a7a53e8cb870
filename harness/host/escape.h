/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How bytes that somebody else chose are made fit for a report, a terminal or
 * a shell.
 */
#ifndef _STLB_ESCAPE_H
#define _STLB_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Length in bytes of the well-formed, printable UTF-8 character at s, or 0.
 * Not printable: control characters, what XML 1.0 forbids, and the characters
 * that turn the direction of text or start a line of their own.
 */
size_t escape_char(const char *s);

/*
 * A copy in which each byte that is not part of such a character reads \xHH.
 * With lines, newlines and tabs stay; without, a tab becomes a space. The
 * caller frees.
 */
char *escape_text(const char *s, bool lines);

/* Writes @s as text of HTML or XML, also within double quotes. */
void escape_markup(FILE *f, const char *s);

/* A copy that a POSIX shell reads as one word; unchanged if it is plain. */
char *escape_shell(const char *s);

#endif /* _STLB_ESCAPE_H */
