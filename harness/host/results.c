// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "markdown.h"
#include "message.h"
#include "options.h"
#include "pack.h"
#include "page.h"
#include "report.h"
#include "results.h"
#include "text.h"

#define TRIES 1000

static int cannot(const char *path, int err)
{
	bool full = err == ENOSPC || err == EDQUOT;

	message("results directory %s: %s: %s", path, strerror(err),
		full ? "free some space" : "choose another place with --out");
	return full ? RUN_INFRA : RUN_USAGE;
}

/* mkdir -p */
static int make_parents(const char *path)
{
	char *part = text_dup(path);
	int err = 0;

	for (char *slash = part; slash && !err;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			err = errno;
		if (slash)
			*slash = '/';
	}
	free(part);
	return err;
}

/* Two runs in the same second get different names: mkdir() decides. */
static char *make_unique(const char *out, int *err)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32];

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	for (int i = 1; i < TRIES; i++) {
		char *dir = i == 1 ? text_printf("%s/%s", out, when) :
				     text_printf("%s/%s-%d", out, when, i);

		*err = mkdir(dir, 0777) ? errno : 0;
		if (!*err)
			return dir;
		free(dir);
		if (*err != EEXIST)
			return NULL;
	}
	return NULL;
}

/* Whoever follows the link meanwhile sees the old or the new directory. */
static void make_latest(const char *out, const char *dir)
{
	char *link = text_printf("%s/latest", out);
	char *tmp = text_printf("%s/.latest.%d", out, (int)getpid());

	unlink(tmp);
	if (symlink(strrchr(dir, '/') + 1, tmp) || rename(tmp, link)) {
		message("%s cannot lead to %s: %s: %s", link, dir,
			strerror(errno),
			errno == ENOSPC ? "free some space" : "remove it");
		unlink(tmp);
	}
	free(tmp);
	free(link);
}

void results_forget_latest(const char *out)
{
	char *link = text_printf("%s/latest", out);
	struct stat st;

	if (!lstat(link, &st) && S_ISLNK(st.st_mode))
		unlink(link);
	free(link);
}

int results_make(struct run *run, const char *out)
{
	int err = make_parents(out);
	char *real;

	if (err)
		return cannot(out, err);
	real = realpath(out, NULL);
	if (!real)
		return cannot(out, errno);
	run->dir = make_unique(real, &err);
	if (run->dir)
		make_latest(real, run->dir);
	free(real);
	return run->dir ? 0 : cannot(out, err);
}

void results_write(const char *dir, const json_t *results,
		   const struct options *opt)
{
	json_t *packed = pack(results);
	struct report_file file;
	char *path;

	report_open(&file, dir, "results.json");
	pack_put(file.f, packed);
	report_close(&file);
	json_decref(packed);
	path = text_printf("%s/report.html", dir);
	page_put(path, results, opt);
	free(path);
	if (opt->summary)
		markdown_append(opt->summary, dir, results);
}
