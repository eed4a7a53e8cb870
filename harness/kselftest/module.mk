# SPDX-License-Identifier: GPL-2.0-only
#
# Builds stlb.ko where its sources are, and puts it where kselftest looks for it.

KDIR ?= /lib/modules/$(shell uname -r)/build
SOURCES := $(realpath $(dir $(lastword $(MAKEFILE_LIST)))../harness/module)

modules:
ifneq ($(wildcard $(KDIR)),)
	$(Q)$(MAKE) -C "$(KDIR)" M="$(SOURCES)" modules
	$(Q)cp "$(SOURCES)/stlb.ko" .
else
	@echo "stlb.ko is not built: there is no $(KDIR), set KDIR to a kernel's build directory"
endif

clean:
ifneq ($(wildcard $(KDIR)),)
	$(Q)$(MAKE) -C "$(KDIR)" M="$(SOURCES)" clean
endif
	$(RM) stlb.ko

.PHONY: modules clean
