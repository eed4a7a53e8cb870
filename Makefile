# SPDX-License-Identifier: GPL-2.0-only
#
#	make host		build/host/stlb-run, the runner
#	make guest		build/guest/ARCH: init and test programs, all archs
#	make plugin		build/plugin/stlb.so, for QEMU
#	make check		the project's own tests
#	make docs		writes docs/rules.md and docs/claims.md
#	make module KDIR=DIR	harness/module/stlb.ko, for this machine
#	make run_tests		this machine's own tests, as kselftest does
#	make install		the same tests and their runner, for elsewhere
#	make install-into TREE=DIR	into a kernel tree, as its selftest "stlb"
#	make clean

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

B ?= build
ARCHES := arm64 x86 powerpc
CACHE := $(or $(STLB_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/stlb)
# Where kselftest.h and kselftest_harness.h are; a kernel tree's own do, too.
KSELFTEST ?= $(CACHE)/kselftest
# liburing for the guests, a directory for each architecture
LIBURING ?= $(CACHE)/liburing

.PHONY: all host guest check docs module run_tests install install-into clean
all: host guest

include $(wildcard harness/*/build.mk harness/host/tests/build.mk)

docs: $(B)/host/rules-md $(B)/host/claims-md
	$(B)/host/rules-md > docs/rules.md
	$(B)/host/claims-md > docs/claims.md
	harness/ci/mutants-md.sh > docs/mutants-table.md

KDIR ?= /lib/modules/$(shell uname -r)/build
module:
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)/harness/module" modules

# kselftest's conventions, on this machine's architecture.
run_tests install:
	$(MAKE) -s --no-print-directory -C tests KSELFTEST="$(KSELFTEST)" $@

install-into:
	@harness/setup/install-into.sh . "$(TREE)"

clean:
	rm -rf -- $(B)
