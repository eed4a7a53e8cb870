// SPDX-License-Identifier: GPL-2.0-only
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config.h"
#include "kernel_spec.h"
#include "text.h"
#include "words.h"

/* CROSS_COMPILE; the host's own compiler where that is the architecture. */
static const char *cross(const struct stlb_arch *arch)
{
	struct utsname host;

	if (!uname(&host) && stlb_arch_find(host.machine) == arch)
		return "";
	return arch->machine->cross;
}

static char **build_argv(const struct options *opt, const struct cell *cell)
{
	char **argv =
		list_add(NULL, text_printf("%s/harness/setup/build-kernel.sh",
					   opt->root));

	if (cell->defconfig)
		argv = list_add(argv, text_dup("--defconfig"));
	argv = list_add(argv, text_dup(opt->root));
	argv = list_add(argv, text_dup(cell->kernel));
	argv = list_add(argv, text_dup(cell->arch->name));
	argv = list_add(argv, text_dup(cross(cell->arch)));
	for (char **c = cell->configs; c && *c; c++)
		argv = list_add(argv, config_path(opt->root, *c));
	return argv;
}

char **kernel_fetch_argv(const struct options *opt, const struct cell *cell)
{
	const char *version = kernel_spec_after(cell->kernel, "debian");
	char **argv = NULL;

	if (kernel_spec_is_source(cell->kernel))
		return build_argv(opt, cell);
	if (!version)
		return NULL;
	argv = list_add(argv, text_printf("%s/harness/setup/debian-kernel.sh",
					  opt->root));
	argv = list_add(argv, text_dup(version));
	argv = list_add(argv, text_dup(cell->arch->name));
	return list_add(argv, text_dup(cross(cell->arch)));
}

char **kernel_module_argv(const struct options *opt,
			  const struct stlb_arch *arch,
			  const struct kernel_files *files)
{
	char **argv = NULL;

	argv = list_add(argv, text_printf("%s/harness/setup/build-module.sh",
					  opt->root));
	argv = list_add(argv, text_dup(opt->root));
	argv = list_add(argv, text_dup(files->build_dir));
	argv = list_add(argv, text_dup(arch->name));
	return list_add(argv, text_dup(cross(arch)));
}

/* First bytes of a file; returns their number, or -errno. */
static ssize_t read_head(const char *path, void *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n, len = 0;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	do {
		n = read(fd, (char *)buf + len, size - len);
		if (n > 0)
			len += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	n = n < 0 ? -errno : len;
	close(fd);
	return n;
}

/* The first line of a small file, or NULL. The caller frees. */
static char *read_line(const char *path)
{
	char buf[256];
	ssize_t n = read_head(path, buf, sizeof(buf) - 1);

	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return *buf ? text_reason(buf) : NULL;
}

static char *read_line_in(const char *dir, const char *name)
{
	char *path = text_printf("%s/%s", dir, name);
	char *line = read_line(path);

	free(path);
	return line;
}

char *kernel_beside(const char *path, const char *name)
{
	char *dir = text_dup(path), *slash = strrchr(dir, '/'), *line = NULL;

	if (slash) {
		*slash = '\0';
		line = read_line_in(dir, name);
	}
	free(dir);
	return line;
}

static const char *article(const char *word)
{
	return strchr("aeiox", word[0]) ? "an" : "a";
}

static char *check_image(const char *path, const struct stlb_arch *arch)
{
	unsigned char head[STLB_IMAGE_HEAD];
	ssize_t len = read_head(path, head, sizeof(head));
	const struct stlb_arch *other;

	if (len < 0)
		return text_printf(
			"kernel image %s cannot be read: %s: give the path of %s",
			path, strerror(-len), arch->machine->image);
	if (arch->machine->is_kernel(head, len))
		return NULL;
	for (other = stlb_archs; other->name; other++)
		if (other != arch && other->machine->is_kernel(head, len))
			return text_printf(
				"%s is %s %s kernel; this cell is %s: choose --arch %s, or another image",
				path, article(other->name), other->name,
				arch->name, other->name);
	return text_printf("%s is no %s kernel: give the path of %s", path,
			   arch->name, arch->machine->image);
}

/* NULL: there is none. The caller frees. */
static char *vmlinux_in(const char *dir)
{
	char *path = text_printf("%s/vmlinux", dir);

	if (!access(path, R_OK))
		return path;
	free(path);
	return NULL;
}

static char *open_fetched(struct kernel_files *files,
			  const struct stlb_arch *arch, const char *spec,
			  const char *dir)
{
	files->image = text_printf("%s/image", dir);
	files->build_dir = text_printf("%s/build", dir);
	files->symbols = vmlinux_in(dir);
	files->modules = text_printf("%s/modules", dir);
	files->release = read_line_in(dir, "release");
	files->package = read_line_in(dir, "package");
	if (!files->package)
		files->package = text_dup(spec);
	return check_image(files->image, arch);
}

static char *open_image(struct kernel_files *files, const struct options *opt,
			const struct stlb_arch *arch, const char *path)
{
	char *makefile, *error;

	files->image = text_dup(path);
	files->package = text_dup(path);
	error = check_image(path, arch);
	if (error)
		return error;
	if (!opt->build_dir)
		return text_printf(
			"image:%s has no build directory, so stlb.ko cannot be built: give --build-dir",
			path);
	files->build_dir = realpath(opt->build_dir, NULL);
	if (!files->build_dir)
		return text_printf(
			"--build-dir %s: %s: give the directory that the kernel was built in",
			opt->build_dir, strerror(errno));
	files->symbols = vmlinux_in(files->build_dir);
	makefile = text_printf("%s/Makefile", files->build_dir);
	if (access(makefile, R_OK))
		error = text_printf(
			"--build-dir %s has no Makefile: give the directory that the kernel was built in",
			opt->build_dir);
	free(makefile);
	files->release =
		read_line_in(files->build_dir, "include/config/kernel.release");
	return error;
}

char *kernel_open(struct kernel_files *files, const struct options *opt,
		  const struct stlb_arch *arch, const char *spec,
		  const char *dir)
{
	const char *path = kernel_spec_after(spec, "image");

	*files = (struct kernel_files){ 0 };
	if (path)
		return open_image(files, opt, arch, path);
	if (dir)
		return open_fetched(files, arch, spec, dir);
	return text_printf("the set-up does not say where %s is", spec);
}

void kernel_close(struct kernel_files *files)
{
	free(files->image);
	free(files->build_dir);
	free(files->symbols);
	free(files->modules);
	free(files->release);
	free(files->package);
	*files = (struct kernel_files){ 0 };
}
