# SPDX-License-Identifier: GPL-2.0-only
#
# The runner, $(B)/host/stlb-run, and the generators of docs/rules.md and
# docs/claims.md.

HOST_LIBS := jansson libarchive libxml-2.0 inih
HOST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra \
	-Wno-unused-parameter -Werror -Iharness/include -Iharness/host
HOST_CFLAGS += $(shell pkg-config --cflags $(HOST_LIBS) 2>/dev/null)
HOST_LDLIBS = $(shell pkg-config --libs $(HOST_LIBS))

# Programs of their own; everything else is the runner.
HOST_MAINS := main rules_md claims_md
HOST_OBJS := $(filter-out $(HOST_MAINS:%=$(B)/host/%.o), \
	$(patsubst harness/host/%.c,$(B)/host/%.o,$(wildcard harness/host/*.c))) \
	$(foreach a,$(ARCHES),$(B)/host/arch/$a/rules.o $(B)/host/arch/$a/machine.o)

$(B)/host/%.o: harness/host/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/host/arch/%.o: arch/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/host/stlb-run: $(B)/host/main.o $(HOST_OBJS)
	$(CC) -o $@ $^ $(HOST_LDLIBS)
$(B)/host/rules-md: $(B)/host/rules_md.o $(HOST_OBJS)
	$(CC) -o $@ $^ $(HOST_LDLIBS)
$(B)/host/claims-md: $(B)/host/claims_md.o $(HOST_OBJS)
	$(CC) -o $@ $^ $(HOST_LDLIBS)

host: $(B)/host/stlb-run

-include $(wildcard $(B)/host/*.d $(B)/host/arch/*/*.d)
