/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results in other people's forms.
 */
#ifndef _STLB_EXPORT_H
#define _STLB_EXPORT_H

struct options;

/*
 * The command export: its first word is a form, its second, if there is one, where the
 * results are. On stdout. An enum run_status.
 */
int export(const struct options *opt);

#endif /* _STLB_EXPORT_H */
