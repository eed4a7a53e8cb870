// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uffd.h"

static struct uffdio_range range(const struct scene *s)
{
	return (struct uffdio_range){
		.start = (uintptr_t)s->base,
		.len = s->nr * s->page,
	};
}

int uffd_register(struct scene *s)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct uffdio_register reg = {
		.range = range(s),
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	s->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (s->fd < 0 && errno == ENOSYS)
		return scene_missing(s,
				     "needs userfaultfd(): CONFIG_USERFAULTFD");
	if (s->fd < 0)
		return -errno;
	/* EINVAL: a feature that is asked for is not there. */
	if (ioctl(s->fd, UFFDIO_API, &api) && errno == EINVAL)
		return scene_missing(
			s,
			"needs userfaultfd write protection: UFFDIO_API has no UFFD_FEATURE_PAGEFAULT_FLAG_WP");
	return ioctl(s->fd, UFFDIO_REGISTER, &reg) ? -errno : 0;
}

int uffd_protect(struct scene *s, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = range(s),
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	return ioctl(s->fd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}
