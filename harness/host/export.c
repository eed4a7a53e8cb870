// SPDX-License-Identifier: GPL-2.0-only

#include "export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kcidb.h"
#include "mail.h"
#include "message.h"
#include "options.h"
#include "reread.h"
#include "run.h"
#include "text.h"
#include "words.h"

/* One that can be put before a file's name. */
static bool is_url(const char *url)
{
	const char *rest = strstr(url, "://");

	return rest && rest[3] && !url[strcspn(url, " \t\n\"<>\\^`{|}")] &&
	       (!strncmp(url, "https://", 8) || !strncmp(url, "http://", 7));
}

static int as_kcidb(const struct options *opt, const json_t *results)
{
	char *url = opt->results_url ? text_dup(opt->results_url) : NULL;
	json_t *j;

	if (url && !is_url(url)) {
		free(url);
		return usage_error(
			"--results-url '%s' is no URL: write one such as https://ci.example.org/stlb/7",
			opt->results_url);
	}
	if (url && url[strlen(url) - 1] == '/')
		url[strlen(url) - 1] = '\0';
	j = kcidb(results, url);
	json_dumpf(j, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(j);
	free(url);
	return RUN_OK;
}

static int as_mail(const struct options *opt, const json_t *results)
{
	if (!opt->finding)
		return usage_error(
			"export mail needs a finding: write --finding NAME, of docs/findings/NAME.md");
	return mail(opt, results);
}

int export(const struct options *opt)
{
	static const struct {
		const char *name;
		int (*write)(const struct options *opt, const json_t *results);
	} forms[] = { { "kcidb", as_kcidb }, { "mail", as_mail } };
	const char *path = list_len(opt->words) > 1 ? opt->words[1] : opt->out;
	json_t *results;
	int status;

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (strcmp(forms[i].name, opt->words[0]))
			continue;
		results = reread(path);
		status = results ? forms[i].write(opt, results) : RUN_USAGE;
		json_decref(results);
		return status;
	}
	return usage_error("export '%s': there are kcidb, lava and mail",
			   opt->words[0]);
}
