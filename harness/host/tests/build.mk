# SPDX-License-Identifier: GPL-2.0-only
#
#	make check			the project's own tests
#	make check CHECK="NAME..."	only these of them
#	make check NO_SETUP=1		installs nothing
#
# Each test_*.c is a program, linked with all of the runner but its mains, or, those
# of GUEST_TESTS, with what of the guest's library needs no guest. They and the runner
# are built a second time with the sanitisers, in $(SANITISED).

TESTS := harness/host/tests
SANITISED := $(B)/sanitised
SANITISE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

UNIT_TESTS := $(basename $(notdir $(wildcard $(TESTS)/test_*.c)))
SANITISED_OBJS := $(HOST_OBJS:$(B)/host/%=$(SANITISED)/%)
GUEST_TESTS := test_disturbance test_entry test_guest_judge test_kinds test_needs test_windows
GUEST_OBJS := $(patsubst %,$(B)/host/guest/%.o,disturbance entry evidence judge kinds needs outcome pages recorder scene settings sysfs trace windows)
SANITISED_GUEST_OBJS := $(GUEST_OBJS:$(B)/host/%=$(SANITISED)/%)

# QEMU's plugin, but for what QEMU has to be there for
FLUSH_OBJS := $(B)/host/plugin/box.o $(ARCHES:%=$(B)/host/arch/%/flush.o)

$(B)/host/plugin/%.o: harness/plugin/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<
$(SANITISED)/plugin/%.o: harness/plugin/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) $(SANITISE) -MMD -MP -c -o $@ $<
$(SANITISED)/%.o: harness/host/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) $(SANITISE) -MMD -MP -c -o $@ $<
$(SANITISED)/arch/%.o: arch/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) $(SANITISE) -MMD -MP -c -o $@ $<
$(B)/host/guest/%.o: harness/guest/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<
$(SANITISED)/guest/%.o: harness/guest/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) $(SANITISE) -MMD -MP -c -o $@ $<

$(GUEST_TESTS:%=$(B)/host/tests/%): $(B)/host/tests/%: $(B)/host/tests/%.o $(GUEST_OBJS)
	$(CC) -o $@ $^ -lcmocka
$(GUEST_TESTS:%=$(SANITISED)/tests/%): $(SANITISED)/tests/%: $(SANITISED)/tests/%.o $(SANITISED_GUEST_OBJS)
	$(CC) $(SANITISE) -o $@ $^ -lcmocka
$(B)/host/tests/test_flush: $(B)/host/tests/test_flush.o $(FLUSH_OBJS)
	$(CC) -o $@ $^ -lcmocka
$(SANITISED)/tests/test_flush: $(SANITISED)/tests/test_flush.o $(FLUSH_OBJS:$(B)/host/%=$(SANITISED)/%)
	$(CC) $(SANITISE) -o $@ $^ -lcmocka
$(B)/host/tests/test_%: $(B)/host/tests/test_%.o $(HOST_OBJS)
	$(CC) -o $@ $^ $(HOST_LDLIBS) -lcmocka
$(SANITISED)/tests/test_%: $(SANITISED)/tests/test_%.o $(SANITISED_OBJS)
	$(CC) $(SANITISE) -o $@ $^ $(HOST_LDLIBS) -lcmocka
$(SANITISED)/stlb-run: $(SANITISED)/main.o $(SANITISED_OBJS)
	$(CC) $(SANITISE) -o $@ $^ $(HOST_LDLIBS)
$(B)/host/tests/fake_qemu: $(B)/host/tests/fake_qemu.o
	$(CC) -o $@ $^ $(HOST_LDLIBS)

.PHONY: check check-programs
check:
	@$(TESTS)/check.sh $(CHECK)

check-programs: host $(B)/host/rules-md $(B)/host/claims-md $(SANITISED)/stlb-run $(B)/host/tests/fake_qemu \
	$(UNIT_TESTS:%=$(B)/host/tests/%) $(UNIT_TESTS:%=$(SANITISED)/tests/%)

-include $(wildcard $(B)/host/tests/*.d $(B)/host/guest/*.d $(B)/host/plugin/*.d $(SANITISED)/*.d $(SANITISED)/*/*.d \
	$(SANITISED)/arch/*/*.d)
