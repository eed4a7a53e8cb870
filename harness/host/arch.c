// SPDX-License-Identifier: GPL-2.0-only

#include <string.h>

#include "arch.h"

#define ALIASES(...)              \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

const struct stlb_arch stlb_archs[] = {
	{
		.name = "arm64",
		.aliases = ALIASES("aarch64"),
		.rules = &stlb_rulebook_arm64,
		.machine = &stlb_machine_arm64,
	},
	{
		.name = "x86",
		.aliases = ALIASES("x86_64", "amd64"),
		.rules = &stlb_rulebook_x86,
		.machine = &stlb_machine_x86,
	},
	{
		.name = "powerpc",
		.aliases = ALIASES("ppc64le", "ppc64el", "ppc64"),
		.rules = &stlb_rulebook_powerpc,
		.machine = &stlb_machine_powerpc,
	},
	{ .name = NULL },
};

const struct stlb_arch *stlb_arch_find(const char *name)
{
	for (const struct stlb_arch *a = stlb_archs; a->name; a++) {
		if (!strcmp(a->name, name))
			return a;
		for (const char *const *alias = a->aliases; *alias; alias++)
			if (!strcmp(*alias, name))
				return a;
	}
	return NULL;
}
