# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root, no_setup
#
# A real kernel in a real QEMU: arm64 6.1, which is known not to tell secondary
# TLBs of upgrades: mm does not call them, so a device that has a read-only entry
# faults for ever. Each boot takes two to three seconds.

# boot TESTS [OPTION...]: sets status; by $qemu, if it is not empty
boot() {
	local chosen=$1
	shift

	status=0
	STLB_QEMU=$qemu ./run_tests.sh "${no_setup[@]}" --arch arm64 --kernel debian:6.1 --test "$chosen" \
		--out "$work/it's \"out\"" "$@" >"$work/ktap" 2>"$work/stderr" || status=$?
}

qemu=

# line REGEX: stands in the KTAP
line() { grep -qE -- "$1" "$work/ktap" || fail "there is no line $1 in: $(cat "$work/ktap" "$work/stderr")"; }

# ended STATUS
ended() { [ "$status" = "$1" ] || fail "status $status: $(cat "$work/ktap" "$work/stderr")"; }

# own_reason TEST SIGNATURE REGEX: how the test itself failed, known or not
own_reason() {
	local results=$work/whole failed

	build/host/stlb-run whole "$work/it's \"out\"/latest" >"$results"
	# shellcheck disable=SC2016 # for jq
	failed=$(jq -r --arg test "$1" '.cells[0].tests[] | select(.name == $test) | .signature' "$results")
	[ "$failed" = "$2" ] || fail "$1 failed by '$failed'; wanted $2"
	# shellcheck disable=SC2016 # for jq
	jq -r --arg test "$1" '.cells[0].tests[] | select(.name == $test) | .log' "$results" >"$work/log"
	sed -n 's/^# stlb: reason //p' "$work/log" | grep -E -- "$3" || fail "there is no reason $3 in: $(cat "$work/log")"
}

# What an SMMUv3 reports of a write that the entry denies: F_PERMISSION, event
# number 0x13 (IHI0070 G.b, 7.3). No retry ends it.
readonly DENIED="smmuv3: page 0: when the call had returned, and before any other system call, the device's write, which the page table allows, failed \\(permission fault, code 0x13\\); mm sent nothing"

check_boot() {
	boot upgrade.wp_reuse,cow.copy
	line '^  1\.\.12$'
	line '^  ok 1 upgrade\.wp_reuse\.page # XFAIL .*ptep_set_access_flags\(\)'
	line '^  ok 2 upgrade\.wp_reuse\.run # XFAIL '
	line '^  ok 3 upgrade\.wp_reuse\.model # XFAIL .*ptep_set_access_flags\(\).*fault for ever'
	line '^  ok 4 upgrade\.wp_reuse\.emulated # XFAIL .*ptep_set_access_flags\(\).*fault for ever'
	line '^  ok 5 upgrade\.wp_reuse\.cpu # XFAIL .*broadcast a TLBI and told no secondary TLB'
	line '^  ok 6 upgrade\.wp_reuse\.kvm$'
	line '^  ok 7 cow\.copy\.page$'
	line '^  ok 8 cow\.copy\.run$'
	line '^  ok 9 cow\.copy\.model$'
	line '^  ok 10 cow\.copy\.emulated$'
	line '^  ok 11 cow\.copy\.cpu$'
	line '^  ok 12 cow\.copy\.kvm$'
	line '^ok 1 arm64-6\.1'
	ended 0
	own_reason upgrade.wp_reuse.emulated liveness:emulated:smmuv3 "^$DENIED$"
}

check_build_dir_of_another_kernel() {
	local headers

	cp -a "$STLB_CACHE/kernels/debian-6.1-arm64" "$work/kernel"
	headers=$(readlink -f "$work/kernel/build")
	# Another version of a symbol that the module uses
	sed -i 's/^0x[0-9a-f]*\(.mmu_notifier_register.\)/0x00000bad\1/' "$headers/Module.symvers"
	status=0
	./run_tests.sh "${no_setup[@]}" --arch arm64 --kernel "image:$work/kernel/image" --build-dir "$work/kernel/build" \
		--test cow.copy.page --out "$work/out" >"$work/ktap" 2>"$work/stderr" || status=$?
	line '^  # cannot be judged: init: cannot load .*: it was built for another kernel than this'
	line '^  not ok 1 cow\.copy\.page # ERROR the cell could not be judged'
	ended 3
}

# Without its entries the same failures are some, and say of what.
check_boot_without_known_bug() {
	awk '/^\[/ { drop = /^\[arm64-upgrade-/ } !drop' configs/known-bugs.ini >"$work/bugs.ini"
	diff configs/known-bugs.ini "$work/bugs.ini" >"$work/dropped" || true
	[ "$(grep -c '^< \[arm64-upgrade-' "$work/dropped")" = 5 ]
	boot upgrade.wp_reuse.page,upgrade.wp_reuse.emulated,cow.copy.page,cow.copy.emulated --known-bugs "$work/bugs.ini"
	ended 1
	line '^  # .*REQUIRED.*R_JVXRH'
	line '^  not ok 1 upgrade\.wp_reuse\.page # failed coverage:secondary:smmuv3,coverage:secondary:smmuv3-pri: .*page 0 became writable and no secondary-TLB callback covered it'
	line "^  # reproduce: \./run_tests\.sh --arch arm64 --kernel debian:6\.1 --test upgrade\.wp_reuse\.page --known-bugs "
	line "^  not ok 2 upgrade\.wp_reuse\.emulated # failed liveness:emulated:smmuv3: $DENIED$"
	line "^  # reproduce: \./run_tests\.sh --arch arm64 --kernel debian:6\.1 --test upgrade\.wp_reuse\.emulated --known-bugs "
	line '^  ok 3 cow\.copy\.page$'
	line '^  ok 4 cow\.copy\.emulated$'
	line '^not ok 1 arm64-6\.1'
}

# A machine without an IOMMU, which the model needs none of
check_boot_without_iommu() {
	qemu=$work/qemu
	cat >"$qemu" <<-'END'
	#!/bin/bash
	[[ " $* " = *" virt,gic-version=3,iommu=smmuv3,virtualization=on "* ]] || exit 1
	exec qemu-system-aarch64 "${@/,iommu=smmuv3/}"
	END
	chmod +x "$qemu"
	boot upgrade.wp_reuse.model,upgrade.wp_reuse.emulated
	line '^  ok 1 upgrade\.wp_reuse\.model # XFAIL '
	line "^  ok 2 upgrade\.wp_reuse\.emulated # SKIP needs QEMU's SMMUv3: -machine virt,iommu=smmuv3$"
	line '^ok 1 arm64-6\.1'
	ended 0
}

# What a lab boots: one console, and a plan of its own behind the first one
check_boot_exported() {
	local name=upgrade.wp_reuse.page job=$work/job

	boot $name
	./run_tests.sh export lava --cell arm64-6.1 --results "$work/it's \"out\"" --out "$job" --url https://lab.example >"$work/said"
	[ "$(cat "$work/said")" = "$job/job.yaml" ]
	grep -q "url: 'https://lab.example/initramfs.cpio'" "$job/job.yaml"
	timeout 60 qemu-system-aarch64 -nographic -no-reboot -machine virt,gic-version=3 -cpu cortex-a57 -m 512 \
		-kernel "$job/kernel" -initrd "$job/initramfs.cpio" -append 'console=ttyAMA0 panic=-1' </dev/null >"$work/console"
	grep -q "stlb: result $name fail" "$work/console" || fail "$(tail -n 20 "$work/console")"
	grep -q 'stlb: done' "$work/console"
}

check_export_usage() {
	gives 2 'there are kcidb, lava and mail' export
	gives 2 'needs a cell' export lava
	gives 2 'needs a cell' export lava --cell ../x
	gives 2 'give a directory of results' export lava --cell x --results /nowhere
	gives 2 'unknown option --nosuch' export lava --nosuch
	gives 0 '^Usage: ' export --help
}
