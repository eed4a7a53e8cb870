// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

int sysfs_value(const char *path, char *value, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[256], *word, *end;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	word = strchr(text, '[');
	word = word ? word + 1 : text;
	end = word + strcspn(word, "]\n");
	if (end == word || (size_t)(end - word) >= size)
		return -EIO;
	*end = '\0';
	strcpy(value, word);
	return 0;
}

long sysfs_number(const char *path)
{
	char value[32], *end;
	int err = sysfs_value(path, value, sizeof(value));
	long number;

	if (err)
		return err;
	number = strtol(value, &end, 10);
	return !*end && number >= 0 ? number : -EIO;
}

int sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}
