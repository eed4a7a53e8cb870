# SPDX-License-Identifier: GPL-2.0-only
#
# Static programs of the guest, per architecture: $(B)/guest/ARCH/init and
# $(B)/guest/ARCH/tests/FAMILY; and a file system for its RAM disk,
# $(B)/guest/ARCH/disk.img.

CROSS_arm64 := aarch64-linux-gnu-
CROSS_powerpc := powerpc64le-linux-gnu-
CROSS_x86 := $(if $(filter x86_64,$(shell uname -m)),,x86_64-linux-gnu-)

FAMILIES := $(notdir $(basename $(wildcard tests/*.c)))
GUEST_LIB := apart attempt bystander clean clear_refs compact coverage cpu_plane crowd device device_plane dice disk \
	disturbance entry evidence flush_trace frames huge idle judge kinds kvm_plane native_rules needs numa_hint outcome pagemap_scan pages recorder rounds scene \
	settings share soft_dirty soft_offline subscriber sysfs touch trace transition uffd vm windows

GUEST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g0 -Wall -Wextra \
	-Wno-unused-parameter -Werror -Iharness/include
# The kernel's own harness is not ours to warn about.
TEST_CFLAGS = $(GUEST_CFLAGS) -isystem "$(KSELFTEST)"

define guest-arch
$(B)/guest/$1/%.o: harness/guest/%.c
	@mkdir -p $$(@D)
	$$(CROSS_$1)gcc $$(GUEST_CFLAGS) -MMD -MP -c -o $$@ $$<
$(B)/guest/$1/rules.o: arch/$1/rules.c
	@mkdir -p $$(@D)
	$$(CROSS_$1)gcc $$(GUEST_CFLAGS) -MMD -MP -c -o $$@ $$<
$(B)/guest/$1/l2.o: arch/$1/l2.c
	@mkdir -p $$(@D)
	$$(CROSS_$1)gcc $$(GUEST_CFLAGS) -MMD -MP -c -o $$@ $$<
$(B)/guest/$1/tests/%.o: tests/%.c
	@mkdir -p $$(@D)
	$$(CROSS_$1)gcc $$(TEST_CFLAGS) -MMD -MP -c -o $$@ $$<
$(B)/guest/$1/tests/uring.o: TEST_CFLAGS += -isystem "$(LIBURING)/$1/include"
$(B)/guest/$1/tests/uring: LDLIBS = "$(LIBURING)/$1/liburing.a"
$(B)/guest/$1/init: $(B)/guest/$1/init.o $(B)/guest/$1/khugepaged.o $(B)/guest/$1/sysfs.o
	$$(CROSS_$1)gcc -static -s -o $$@ $$^
$(B)/guest/$1/tests/%: $(B)/guest/$1/tests/%.o $(GUEST_LIB:%=$(B)/guest/$1/%.o) $(B)/guest/$1/rules.o $(B)/guest/$1/l2.o
	$$(CROSS_$1)gcc -static -o $$@.debug $$^ $$(LDLIBS)
	$$(CROSS_$1)strip -o $$@ $$@.debug
$(B)/guest/$1/disk.img: harness/guest/build.mk
	@mkdir -p $$(@D)
	PATH="$$$$PATH:/usr/sbin:/sbin" mke2fs -q -F -t ext4 -b 4096 -N 16 -m 0 \
		-O ^has_journal,^resize_inode -E root_owner=0:0 $$@ 1M >/dev/null
guest-$1: $(B)/guest/$1/init $(B)/guest/$1/disk.img $(FAMILIES:%=$(B)/guest/$1/tests/%)
.PHONY: guest-$1
-include $(B)/guest/$1/*.d $(B)/guest/$1/tests/*.d
endef
$(foreach a,$(ARCHES),$(eval $(call guest-arch,$a)))

guest: $(ARCHES:%=guest-%)
