// SPDX-License-Identifier: GPL-2.0-only

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "config.h"
#include "ini_file.h"
#include "kernel_spec.h"
#include "matrix.h"
#include "message.h"
#include "shard.h"
#include "text.h"
#include "words.h"

#define DEFAULT_CPUS 2
#define DEFAULT_MEMORY 512

enum { ARCH, KERNEL, CPU, CPUS, MEMORY, CONFIG, DEFCONFIG, APPEND, SHOWS };

const char *matrix_cell_cpu(const struct cell *cell)
{
	return cell->cpu ? cell->cpu : cell->arch->machine->cpu;
}

void matrix_cell_free(struct cell *cell)
{
	for (size_t i = 0; i < cell->nr_results; i++) {
		struct result *r = &cell->results[i];

		for (size_t d = 0; d < r->nr_data; d++)
			free(r->data[d].name);
		free(r->data);
		list_free(r->judged);
		list_free(r->trace);
		free(r->signature);
		free(r->reason);
		free(r->log);
	}
	free(cell->results);
	free(cell->name);
	free(cell->kernel);
	list_free(cell->configs);
	free(cell->cpu);
	free(cell->append);
	free(cell->shows);
	free(cell->release);
	free(cell->package);
	free(cell->symbols);
	free(cell->compiler);
	free(cell->infra);
	free(cell->note);
	free(cell->dir);
}

void matrix_free(struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++)
		matrix_cell_free(&run->cells[i]);
	free(run->cells);
	list_free(run->plan);
	run->plan = NULL;
	run->cells = NULL;
	run->nr_cells = 0;
}

static struct cell *add_cell(struct run *run)
{
	run->cells =
		alloc_grow(run->cells, run->nr_cells + 1, sizeof(*run->cells));
	memset(&run->cells[run->nr_cells], 0, sizeof(*run->cells));
	return &run->cells[run->nr_cells++];
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static const struct cell *find_twin(const struct run *run,
				    const struct cell *cell)
{
	for (size_t i = 0; i < run->nr_cells; i++) {
		const struct cell *c = &run->cells[i];

		if (c != cell && c->arch == cell->arch &&
		    same(c->kernel, cell->kernel) && same(c->cpu, cell->cpu) &&
		    same(c->append, cell->append) && c->cpus == cell->cpus &&
		    c->memory_mib == cell->memory_mib &&
		    c->defconfig == cell->defconfig &&
		    list_same(c->configs, cell->configs))
			return c;
	}
	return NULL;
}

static int take_number(const struct ini_section *s, int key, const char *name,
		       unsigned int min, unsigned int max, unsigned int *value)
{
	if (!s->values[key] || word_number(s->values[key], min, max, value))
		return 0;
	return ini_error(s, key,
			 "%s = %s is not a number from %u to %u: write %s = %u",
			 name, s->values[key], min, max, name, *value);
}

static int take_cpu(const struct ini_section *s, struct cell *cell)
{
	const char *cpu = s->values[CPU];

	if (!cpu)
		return 0;
	if (cpu[strspn(cpu, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789,=+._-")])
		return ini_error(
			s, CPU,
			"cpu = %s cannot be QEMU's -cpu: write cpu = max", cpu);
	cell->cpu = text_dup(cpu);
	return 0;
}

static int take_config(const struct ini_section *s, const char *root,
		       struct cell *cell)
{
	const char *configs = s->values[CONFIG], *def = s->values[DEFCONFIG];
	char *wrong = NULL;

	if (configs)
		wrong = config_parse(&cell->configs, root, configs);
	if (wrong) {
		ini_error(s, CONFIG, "config = %s: %s", configs, wrong);
		free(wrong);
		return RUN_USAGE;
	}
	if (def && strcmp(def, "yes") && strcmp(def, "no"))
		return ini_error(s, DEFCONFIG,
				 "defconfig = %s: write defconfig = yes, or no",
				 def);
	cell->defconfig = def && !strcmp(def, "yes");
	if ((configs || cell->defconfig) &&
	    !kernel_spec_is_source(cell->kernel))
		return ini_error(
			s, configs ? CONFIG : DEFCONFIG,
			"%s is not built here, so it cannot be configured: choose a source:, tree: or tarball: kernel",
			cell->kernel);
	return 0;
}

static int take_cell(void *arg, const struct ini_section *s)
{
	struct run *run = arg;
	struct cell *cell = add_cell(run);
	const struct cell *twin;
	const char *wrong;

	cell->name = text_dup(s->name);
	if (!strcmp(s->name, "results.json") || !strcmp(s->name, "junit.xml"))
		return ini_error(
			s, -1, "[%s] is the name of a report: rename the cell",
			s->name);
	cell->arch = stlb_arch_find(s->values[ARCH]);
	if (!cell->arch)
		return ini_error(
			s, ARCH,
			"unknown architecture '%s': write arm64, x86 or powerpc",
			s->values[ARCH]);
	wrong = kernel_spec_error(s->values[KERNEL]);
	if (wrong)
		return ini_error(s, KERNEL, "kernel %s: %s", s->values[KERNEL],
				 wrong);
	cell->kernel = kernel_spec_absolute(s->values[KERNEL]);
	cell->cpus = DEFAULT_CPUS;
	cell->memory_mib = DEFAULT_MEMORY;
	if (s->values[APPEND])
		cell->append = text_reason(s->values[APPEND]);
	if (s->values[SHOWS])
		cell->shows = text_reason(s->values[SHOWS]);
	if (take_cpu(s, cell) || take_config(s, run->opt->root, cell) ||
	    take_number(s, CPUS, "cpus", 1, 64, &cell->cpus) ||
	    take_number(s, MEMORY, "memory", 128, 65536, &cell->memory_mib))
		return RUN_USAGE;
	twin = find_twin(run, cell);
	if (twin)
		return ini_error(
			s, -1,
			"duplicate cell: [%s] is the same as [%s]: remove one",
			cell->name, twin->name);
	return 0;
}

static const struct ini_format matrix_format = {
	.file = "matrix",
	.section = "cell",
	.example = "[arm64-6.12]",
	.keys = {
		[ARCH] = { .name = "arch", .required = true },
		[KERNEL] = { .name = "kernel", .required = true },
		[CPU] = { .name = "cpu" },
		[CPUS] = { .name = "cpus" },
		[MEMORY] = { .name = "memory" },
		[CONFIG] = { .name = "config" },
		[DEFCONFIG] = { .name = "defconfig" },
		[APPEND] = { .name = "append" },
		[SHOWS] = { .name = "shows" },
	},
	.take = take_cell,
};

static bool name_taken(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->nr_cells; i++)
		if (!strcmp(run->cells[i].name, name))
			return true;
	return false;
}

/*
 * "arm64-6.12" or "arm64-bzimage"; with a number behind it if a cell has that
 * name, even one of the file's that is not in the run.
 */
static char *make_name(const struct run *to, const struct run *from,
		       const struct stlb_arch *arch, const char *kernel)
{
	const char *base = strchr(kernel, ':') + 1;
	char *name, *unique;

	if (strrchr(base, '/'))
		base = strrchr(base, '/') + 1;
	name = text_printf("%s-%.*s", arch->name, INI_NAME_MAX - 16, base);
	for (char *c = name; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
		else if (!((*c >= 'a' && *c <= 'z') || *c == '.' ||
			   (*c >= '0' && *c <= '9')))
			*c = '-';
	}
	unique = text_dup(name);
	for (unsigned int n = 2;
	     name_taken(to, unique) || name_taken(from, unique); n++) {
		free(unique);
		unique = text_printf("%s-%u", name, n);
	}
	free(name);
	return unique;
}

static struct cell copy_cell(const struct cell *from)
{
	char **configs = NULL;

	for (char **c = from->configs; c && *c; c++)
		configs = list_add(configs, text_dup(*c));
	return (struct cell){
		.configs = configs,
		.defconfig = from->defconfig,
		.name = text_dup(from->name),
		.arch = from->arch,
		.kernel = text_dup(from->kernel),
		.cpu = from->cpu ? text_dup(from->cpu) : NULL,
		.cpus = from->cpus,
		.memory_mib = from->memory_mib,
		.append = from->append ? text_dup(from->append) : NULL,
		.shows = from->shows ? text_dup(from->shows) : NULL,
	};
}

/*
 * One architecture on one kernel: the cells that the file has for it, or one
 * new one that is otherwise like the architecture's first.
 */
static void add_kernel(struct run *to, const struct run *from,
		       const struct stlb_arch *arch, const char *spec)
{
	char *kernel = kernel_spec_absolute(spec);
	const struct cell *like = NULL;
	struct cell cell;
	bool found = false;

	for (size_t i = 0; i < from->nr_cells; i++) {
		const struct cell *c = &from->cells[i];

		if (c->arch != arch)
			continue;
		like = like ? like : c;
		if (strcmp(c->kernel, kernel))
			continue;
		cell = copy_cell(c);
		*add_cell(to) = cell;
		found = true;
	}
	if (like && !found) {
		cell = copy_cell(like);
		free(cell.shows);
		cell.shows = NULL;
		free(cell.name);
		free(cell.kernel);
		if (!kernel_spec_is_source(kernel)) {
			list_free(cell.configs);
			cell.configs = NULL;
			cell.defconfig = false;
		}
		cell.name = make_name(to, from, arch, kernel);
		cell.kernel = text_dup(kernel);
		*add_cell(to) = cell;
	}
	free(kernel);
}

static bool wanted(const struct options *opt, const struct stlb_arch *arch)
{
	return !opt->archs || list_has(opt->archs, arch->name);
}

static int check_archs(const struct run *file, const struct options *opt,
		       const char *path)
{
	for (char **a = opt->archs; a && *a; a++) {
		char **has = NULL, *all;
		size_t i;

		for (i = 0; i < file->nr_cells; i++) {
			const char *name = file->cells[i].arch->name;

			if (!strcmp(name, *a))
				break;
			if (!list_has(has, name))
				has = list_add(has, text_dup(name));
		}
		all = list_join(has, ", ");
		list_free(has);
		if (i == file->nr_cells)
			usage_error(
				"--arch %s: %s has no cell for it: add one, or choose from %s",
				*a, path, all);
		free(all);
		if (i == file->nr_cells)
			return RUN_USAGE;
	}
	return 0;
}

/* --cell: only those, of what --arch and --kernel left. */
static int keep_named(struct run *run, const struct options *opt)
{
	size_t kept = 0;

	for (char **name = opt->cells; name && *name; name++)
		if (!name_taken(run, *name))
			return usage_error(
				"--cell %s: there is no such cell: see --dry-run",
				*name);
	for (size_t i = 0; opt->cells && i < run->nr_cells; i++) {
		if (list_has(opt->cells, run->cells[i].name))
			run->cells[kept++] = run->cells[i];
		else
			matrix_cell_free(&run->cells[i]);
	}
	if (opt->cells)
		run->nr_cells = kept;
	return 0;
}

/* --config and --defconfig are for all cells, over what each has. */
static int add_configs(struct run *run, const struct options *opt)
{
	for (size_t i = 0; i < run->nr_cells; i++) {
		struct cell *cell = &run->cells[i];

		if ((opt->configs || opt->defconfig) &&
		    !kernel_spec_is_source(cell->kernel))
			return usage_error(
				"%s %s: %s is not built here, so it cannot be configured: choose a source:, tree: or tarball: kernel",
				opt->configs ? "--config" : "--defconfig",
				opt->configs ? *opt->configs : "",
				cell->kernel);
		cell->defconfig |= opt->defconfig;
		for (char **c = opt->configs; c && *c; c++)
			if (!list_has(cell->configs, *c))
				cell->configs =
					list_add(cell->configs, text_dup(*c));
	}
	return 0;
}

/* One image, of one architecture, has one build directory. */
static int check_images(const struct run *run, const struct options *opt)
{
	const struct cell *image = NULL;

	for (size_t i = 0; i < run->nr_cells; i++) {
		const struct cell *c = &run->cells[i];

		if (!kernel_spec_after(c->kernel, "image"))
			continue;
		if (!opt->build_dir)
			return usage_error(
				"%s: the module is built in the directory that made the image: add --build-dir DIR",
				c->kernel);
		if (image && image->arch != c->arch)
			return usage_error(
				"%s cannot boot on %s and %s: choose one with --arch",
				c->kernel, image->arch->name, c->arch->name);
		if (image && strcmp(image->kernel, c->kernel))
			return usage_error(
				"--build-dir belongs to one image, but there are %s and %s: run them one by one",
				image->kernel, c->kernel);
		image = c;
	}
	if (opt->build_dir && !image)
		return usage_error(
			"--build-dir is for an image: kernel, and there is none: add --kernel image:PATH");
	return 0;
}

static void narrow(struct run *run, const struct run *file,
		   const struct options *opt)
{
	if (!opt->kernels) {
		for (size_t i = 0; i < file->nr_cells; i++) {
			struct cell cell;

			if (!wanted(opt, file->cells[i].arch))
				continue;
			cell = copy_cell(&file->cells[i]);
			*add_cell(run) = cell;
		}
		return;
	}
	for (const struct stlb_arch *a = stlb_archs; a->name; a++)
		for (char **k = opt->kernels; wanted(opt, a) && *k; k++)
			add_kernel(run, file, a, *k);
}

/* --matrix is a file, --set one of ours. */
static char *find_file(const struct options *opt)
{
	char *path;

	if (opt->matrix && opt->set) {
		usage_error(
			"--set %s and --matrix %s are two sets of cells: choose one",
			opt->set, opt->matrix);
		return NULL;
	}
	if (opt->matrix)
		return text_dup(opt->matrix);
	path = text_printf("%s/configs/%s.matrix", opt->root,
			   opt->set ? opt->set : "default");
	if (opt->set && (strchr(opt->set, '/') || access(path, R_OK))) {
		usage_error(
			"--set %s: there is no such set: choose default, full, debug or pagesizes, or give a file with --matrix",
			opt->set);
		free(path);
		return NULL;
	}
	return path;
}

int matrix_load(struct run *run, const struct options *opt)
{
	struct run file = { .opt = opt };
	char *path = find_file(opt);
	int err = path ? ini_load(&matrix_format, path, &file) : RUN_USAGE;

	if (!err)
		err = check_archs(&file, opt, path);
	if (!err) {
		narrow(run, &file, opt);
		err = keep_named(run, opt);
	}
	if (!err)
		err = add_configs(run, opt);
	if (!err)
		err = check_images(run, opt);
	if (!err)
		err = shard_cut(run, opt);
	if (err)
		matrix_free(run);
	matrix_free(&file);
	free(path);
	return err;
}
