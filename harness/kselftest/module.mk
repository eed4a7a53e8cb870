# SPDX-License-Identifier: GPL-2.0-only
#
# Builds stlb.ko for KDIR, in a copy, where kselftest looks for it.

# The selftests' O= and OUTPUT are not that kernel's.
KMAKE = unset MAKEFLAGS MFLAGS O OUTPUT KBUILD_OUTPUT; \
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)/build/harness/module" \
	$(foreach v,ARCH CROSS_COMPILE LLVM,$(if $($v),$v="$($v)"))

modules:
	$(Q)mkdir -p build
	$(Q)cp -r ../harness ../arch build
	$(Q)$(KMAKE) modules
	$(Q)cp build/harness/module/stlb.ko .

clean:
	$(RM) -r build stlb.ko

.PHONY: modules clean
