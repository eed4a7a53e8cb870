# SPDX-License-Identifier: GPL-2.0-only
#
#	make bench [ARCH=ARCH] [TREE=DIR] [PARTS="PART..."]	what stlb costs; see bench.sh
#
# $(B)/guest/ARCH/bench is the /init of its guests.

$(B)/guest/%/bench: harness/bench/cost.c harness/guest/recorder.c harness/guest/device.c
	@mkdir -p $(@D)
	$(CROSS_$*)gcc $(GUEST_CFLAGS) -static -s -o $@ $^

bench: $(ARCHES:%=$(B)/guest/%/bench) guest host
	@harness/bench/bench.sh "$(or $(ARCH),arm64)" "$(TREE)" $(PARTS)

.PHONY: bench
