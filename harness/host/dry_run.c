// SPDX-License-Identifier: GPL-2.0-only

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dry_run.h"
#include "escape.h"
#include "kernel_spec.h"
#include "options.h"
#include "qemu.h"
#include "text.h"
#include "words.h"

/*
 * Where a Debian kernel is in the cache, by the layout of the set-up. One that is
 * built is kept by what its source is then.
 */
static char *kernel_image(const struct run *run, const struct cell *cell)
{
	const char *path = kernel_spec_after(cell->kernel, "image");

	if (path)
		return text_dup(path);
	if (kernel_spec_is_source(cell->kernel))
		return text_printf("%s/kernels/KEY/image", run->opt->cache);
	return text_printf("%s/kernels/debian-%s-%s/image", run->opt->cache,
			   strchr(cell->kernel, ':') + 1, cell->arch->name);
}

static void print_kernel(const struct cell *cell, const char *image)
{
	printf("  kernel: %s, ", cell->kernel);
	if (kernel_spec_after(cell->kernel, "image"))
		printf("as it is\n");
	else if (kernel_spec_is_source(cell->kernel))
		printf("to be built, unless that has been done\n");
	else if (!access(image, R_OK))
		printf("in the cache\n");
	else
		printf("to be fetched\n");
}

static void print_qemu(const struct run *run, const struct cell *cell,
		       const char *image, bool dma)
{
	char *initrd = text_printf("%s/TIME/%s/initramfs.cpio", run->opt->out,
				   cell->name);
	char **argv = qemu_argv(cell, image, initrd, dma);

	printf("  qemu:  ");
	for (char **a = argv; *a; a++) {
		char *word = escape_shell(*a);

		printf(" %s", word);
		free(word);
	}
	printf("\n");
	list_free(argv);
	free(initrd);
}

/* Tests that want DMA may have a boot of their own; conduct.c. */
static bool has_boot(const struct cell *cell, bool dma)
{
	if (!cell->arch->machine->dma_args)
		return !dma;
	for (size_t i = 0; i < cell->nr_results; i++)
		if (cell->results[i].test->dma == dma)
			return true;
	return false;
}

static void print_cell(const struct run *run, const struct cell *cell)
{
	char *image = kernel_image(run, cell);

	printf("%s\n", cell->name);
	print_kernel(cell, image);
	for (int dma = 0; dma <= 1; dma++)
		if (has_boot(cell, dma))
			print_qemu(run, cell, image, dma);
	printf("  tests:  %zu\n", cell->nr_results);
	for (size_t i = 0; i < cell->nr_results; i++)
		printf("    %s\n", cell->results[i].test->name);
	free(image);
}

void dry_run(const struct run *run)
{
	for (size_t i = 0; i < run->nr_cells; i++)
		print_cell(run, &run->cells[i]);
}
