/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures: what failed, as sorted words with commas between them. A word is
 * one of stlb/properties.h, which the test said, or one of the runner's own
 * ("kernel", "timeout", ...). docs/results.md has all of them.
 */
#ifndef _STLB_SIGNATURE_H
#define _STLB_SIGNATURE_H

#include <stdbool.h>

struct stlb_arch;
struct test;

/* Has @word the form of one? Its parts may be unknown. */
bool signature_is_word(const char *word);

/* Is every word about a property of the contract? Not "", which did not fail. */
bool signature_is_contract(const char *signature);

/*
 * Can @test fail by @word on @arch? NULL, or why not, with what to do: one line,
 * which the caller frees.
 */
char *signature_fault(const char *word, const struct test *test,
		      const struct stlb_arch *arch);

/*
 * "b a,c" as it stands in results: "a,b,c". Blanks and commas separate. NULL if a
 * word stands twice, or there is none; the caller frees.
 */
char *signature_of(const char *words);

#endif /* _STLB_SIGNATURE_H */
