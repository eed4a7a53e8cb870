// SPDX-License-Identifier: GPL-2.0-only
#include "initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

/* Every header carries the same owner and time, so that equal files make equal
 * archives. */
static struct archive_entry *entry(const char *name, mode_t type, mode_t mode)
{
	struct archive_entry *e = archive_entry_new();

	if (!e)
		abort();
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, mode);
	archive_entry_set_nlink(e, 1);
	archive_entry_set_size(e, 0);
	archive_entry_set_mtime(e, 0, 0);
	return e;
}

/* Writes the header and frees the entry; NULL or an error. */
static char *header(struct archive *a, struct archive_entry *e)
{
	int ret = archive_write_header(a, e);

	archive_entry_free(e);
	if (ret == ARCHIVE_OK)
		return NULL;
	return text_printf("%s", archive_error_string(a));
}

static char *add_dir(struct archive *a, const char *name)
{
	return header(a, entry(name, AE_IFDIR, 0755));
}

static char *add_console(struct archive *a)
{
	struct archive_entry *e = entry("dev/console", AE_IFCHR, 0600);

	archive_entry_set_rdevmajor(e, 5);
	archive_entry_set_rdevminor(e, 1);
	return header(a, e);
}

static char *add_text(struct archive *a, const char *name, const char *text)
{
	struct archive_entry *e = entry(name, AE_IFREG, 0644);
	size_t len = strlen(text);
	char *error;

	archive_entry_set_size(e, len);
	error = header(a, e);
	if (!error && archive_write_data(a, text, len) != (ssize_t)len)
		error = text_dup(archive_error_string(a));
	return error;
}

static char *copy(struct archive *a, int fd, const char *path, off_t size)
{
	char buf[65536];
	ssize_t n;

	while (size) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || n > size)
			return text_printf(
				"%s changed while it was read: run again",
				path);
		if (archive_write_data(a, buf, n) != n)
			return text_dup(archive_error_string(a));
		size -= n;
	}
	return NULL;
}

static char *add_file(struct archive *a, const char *name, const char *path,
		      mode_t mode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct archive_entry *e;
	struct stat st;
	char *error;

	if (fd < 0 || fstat(fd, &st)) {
		error = text_printf("%s: %s: run run_tests.sh, which builds it",
				    path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return error;
	}
	e = entry(name, AE_IFREG, mode);
	archive_entry_set_size(e, st.st_size);
	error = header(a, e);
	if (!error)
		error = copy(a, fd, path, st.st_size);
	close(fd);
	return error;
}

static char *add_guest(struct archive *a, const struct initramfs *fs,
		       const char *name, const char *path)
{
	char *full = text_printf("%s/%s", fs->guest, path);
	char *error = add_file(a, name, full, 0755);

	free(full);
	return error;
}

static int is_module(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && !strcmp(dot, ".ko");
}

static char *add_modules(struct archive *a, const char *dir)
{
	char *error = add_dir(a, "modules");
	struct dirent **list = NULL;
	int nr = scandir(dir, &list, is_module, alphasort);

	for (int i = 0; i < nr; i++) {
		char *name = text_printf("modules/%s", list[i]->d_name);
		char *path = text_printf("%s/%s", dir, list[i]->d_name);

		if (!error)
			error = add_file(a, name, path, 0644);
		free(name);
		free(path);
		free(list[i]);
	}
	free(list);
	return error;
}

static char *add_all(struct archive *a, const struct initramfs *fs)
{
	static const char *const dirs[] = { "dev", "proc",  "sys",
					    "tmp", "tests", NULL };
	const char *const *name;
	char *error = NULL;

	for (name = dirs; *name && !error; name++)
		error = add_dir(a, *name);
	if (!error)
		error = add_console(a);
	if (!error)
		error = add_guest(a, fs, "init", "init");
	if (!error)
		error = add_guest(a, fs, "disk.img", "disk.img");
	if (!error)
		error = add_file(a, "stlb.ko", fs->module, 0644);
	if (!error && fs->modules)
		error = add_modules(a, fs->modules);
	if (!error)
		error = add_text(a, "plan", fs->plan);
	for (name = fs->families; *name && !error; name++) {
		char *path = text_printf("tests/%s", *name);

		error = add_guest(a, fs, path, path);
		free(path);
	}
	return error;
}

static char *write_to(const struct initramfs *fs, const char *path)
{
	struct archive *a = archive_write_new();
	char *error;

	if (!a)
		abort();
	archive_write_set_format_cpio_newc(a);
	archive_write_add_filter_none(a);
	if (archive_write_open_filename(a, path) != ARCHIVE_OK)
		error = text_dup(archive_error_string(a));
	else
		error = add_all(a, fs);
	if (!error && archive_write_close(a) != ARCHIVE_OK)
		error = text_dup(archive_error_string(a));
	archive_write_free(a);
	return error;
}

char *initramfs_write(const struct initramfs *fs, const char *path)
{
	char *tmp = text_printf("%s.tmp", path);
	char *error = write_to(fs, tmp), *line = NULL;

	if (!error && rename(tmp, path))
		error = text_dup(strerror(errno));
	if (error) {
		line = text_printf("cannot write %s: %s", path, error);
		unlink(tmp);
		free(error);
	}
	free(tmp);
	return line;
}
