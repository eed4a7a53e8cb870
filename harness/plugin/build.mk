# SPDX-License-Identifier: GPL-2.0-only
#
# QEMU's plugin, $(B)/plugin/stlb.so, for the CPU plane. QEMU_PLUGIN has qemu-plugin.h
# (harness/setup/qemu-plugin.sh); without that there is none.

QEMU_PLUGIN ?= $(CACHE)/qemu-plugin

PLUGIN_OBJS := $(B)/plugin/plugin.o $(B)/plugin/box.o $(ARCHES:%=$(B)/plugin/arch/%/flush.o)
PLUGIN_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror \
	-fPIC -fvisibility=hidden -Iharness/include
# QEMU's header is not ours to warn about.
$(B)/plugin/plugin.o: PLUGIN_CFLAGS += -isystem "$(QEMU_PLUGIN)" $(shell pkg-config --cflags glib-2.0 2>/dev/null)

$(B)/plugin/%.o: harness/plugin/%.c
	@mkdir -p $(@D)
	$(CC) $(PLUGIN_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/plugin/arch/%.o: arch/%.c
	@mkdir -p $(@D)
	$(CC) $(PLUGIN_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/plugin/stlb.so: $(PLUGIN_OBJS)
	$(CC) -shared -pthread -o $@ $^ $(shell pkg-config --libs glib-2.0)

.PHONY: plugin
plugin: $(if $(wildcard $(QEMU_PLUGIN)/qemu-plugin.h),$(B)/plugin/stlb.so)

-include $(wildcard $(B)/plugin/*.d $(B)/plugin/arch/*/*.d)
