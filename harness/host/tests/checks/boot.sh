# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root, no_setup
#
# A real kernel in a real QEMU: arm64 6.1, which is known not to tell secondary
# TLBs of upgrades.

# boot [OPTION...]: sets status
boot() {
	status=0
	env -u STLB_QEMU ./run_tests.sh "${no_setup[@]}" --arch arm64 --kernel debian:6.1 --test upgrade.wp_reuse,cow.copy \
		--out "$work/it's \"out\"" "$@" >"$work/ktap" 2>"$work/stderr" || status=$?
}

# line REGEX: stands in the KTAP
line() { grep -qE -- "$1" "$work/ktap" || fail "there is no line $1 in: $(cat "$work/ktap" "$work/stderr")"; }

check_boot() {
	boot
	line '^  ok 1 upgrade\.wp_reuse\.page # XFAIL .*ptep_set_access_flags\(\)'
	line '^  ok 2 upgrade\.wp_reuse\.run # XFAIL '
	line '^  ok 3 cow\.copy\.page$'
	line '^  ok 4 cow\.copy\.run$'
	line '^ok 1 arm64-6\.1'
	[ $status = 0 ]
}

# Without its entry the same failure is one, and says of what.
check_boot_without_known_bug() {
	awk '/^\[/ { drop = $0 == "[arm64-upgrade-not-told]" } !drop' configs/known-bugs.ini >"$work/bugs.ini"
	[ "$(diff configs/known-bugs.ini "$work/bugs.ini" | grep -c '^<')" -ge 6 ]
	boot --known-bugs "$work/bugs.ini"
	[ $status = 1 ] || fail "status $status: $(cat "$work/ktap" "$work/stderr")"
	line '^  # .*REQUIRED.*R_JVXRH'
	line '^  not ok 1 upgrade\.wp_reuse\.page # failed coverage: .*page 0 became writable and no secondary-TLB callback covered it'
	line "^  # reproduce: \./run_tests\.sh --arch arm64 --kernel debian:6\.1 --test upgrade\.wp_reuse\.page --known-bugs "
	line '^  ok 3 cow\.copy\.page$'
	line '^not ok 1 arm64-6\.1'
}
