// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "disk.h"

#define FILE_DISK "/dev/ram0"
#define SWAP_DISK "/dev/ram1"
#define SWAP_BYTES (2UL << 20)
#define MOUNT "/tmp/disk"

static int no_disk(struct scene *s)
{
	if (!getenv("STLB_DISK"))
		return scene_missing(
			s, "needs RAM disks of its own: run_tests.sh's guest");
	if (access(FILE_DISK, F_OK) || access(SWAP_DISK, F_OK))
		return scene_missing(s, "needs " FILE_DISK
					": CONFIG_BLK_DEV_RAM=y");
	return 0;
}

static int copy_image(void)
{
	int from = open(getenv("STLB_DISK"), O_RDONLY | O_CLOEXEC);
	int to = open(FILE_DISK, O_WRONLY | O_CLOEXEC), err = 0;
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st))
		return -errno;
	for (off_t left = st.st_size; left && !err;) {
		ssize_t n = sendfile(to, from, NULL, left);

		if (n <= 0)
			err = n ? -errno : -EIO;
		else
			left -= n;
	}
	close(from);
	/* Written to the disk by the last close of it. */
	if (close(to) && !err)
		err = -errno;
	return err;
}

static int try_mount(void)
{
	/* EBUSY: a test before this one has mounted it. */
	return mount(FILE_DISK, MOUNT, "ext4", 0, NULL) && errno != EBUSY ?
		       -errno :
		       0;
}

static int mount_disk(struct scene *s)
{
	int err = no_disk(s);

	if (err)
		return err;
	if (mkdir(MOUNT, 0700) && errno != EEXIST)
		return -errno;
	err = try_mount();
	if (err == -ENODEV)
		return scene_missing(s, "needs ext4: CONFIG_EXT4_FS=y");
	if (err != -EINVAL)
		return err;
	/* Not a file system: the first of this boot. */
	err = copy_image();
	return err ? err : try_mount();
}

int disk_file(struct scene *s)
{
	int err = mount_disk(s);

	if (err)
		return err;
	s->fd = open(MOUNT "/file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		     0600);
	if (s->fd < 0 || ftruncate(s->fd, s->nr * s->page))
		return -errno;
	return 0;
}

int disk_fill(struct scene *s)
{
	char bytes[4096];

	memset(bytes, 1, sizeof(bytes));
	for (size_t left = s->nr * s->page; left; left -= sizeof(bytes))
		if (write(s->fd, bytes, sizeof(bytes)) != sizeof(bytes))
			return -EIO;
	return fsync(s->fd) ? -errno : 0;
}

/* include/linux/swap.h, union swap_header: all but these fields may be 0. */
static int write_swap_header(size_t page)
{
	const uint32_t version_and_last[] = { 1, SWAP_BYTES / page - 1 };
	int fd = open(SWAP_DISK, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (pwrite(fd, version_and_last, sizeof(version_and_last), 1024) !=
		    sizeof(version_and_last) ||
	    pwrite(fd, "SWAPSPACE2", 10, page - 10) != 10)
		err = -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

/* No other test of this boot is to find its pages swapped out. */
static void swap_off(void)
{
	swapoff(SWAP_DISK);
}

int disk_swapon(struct scene *s)
{
	int err = no_disk(s);

	if (err)
		return err;
	/* A test that was killed may have left it on. */
	swap_off();
	err = write_swap_header(s->page);
	if (err)
		return err;
	if (swapon(SWAP_DISK, 0)) {
		if (errno == ENOSYS)
			return scene_missing(s, "needs swap: CONFIG_SWAP");
		return -errno;
	}
	s->end = swap_off;
	return 0;
}
