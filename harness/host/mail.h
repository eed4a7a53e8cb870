/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A finding as a mail to a list of the kernel's.
 */
#ifndef _STLB_MAIL_H
#define _STLB_MAIL_H

#include <jansson.h>

struct options;

/*
 * docs/findings/NAME.md, opt->finding being its NAME, and what @results show of it: on
 * stdout. An enum run_status.
 */
int mail(const struct options *opt, const json_t *results);

#endif /* _STLB_MAIL_H */
