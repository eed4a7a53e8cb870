# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root; qemu.sh sets out
#
# debug and --record: what is left of a run for gdb and for a replay. QEMU is qemu.sh's stand-in.

check_debug() {
	stage
	FAKE_PLAYED=$AT play fail_addressed debug
	[ "$status" = 1 ] || fail "status $status: $(cat "$work/stderr")"
	grep -q "^QEMU:  .*/cell/qemu.sh' -S -gdb tcp:127.0.0.1:1234$" "$work/ktap" || fail "$(cat "$work/ktap")"
	grep -q "^gdb:   gdb-multiarch -x .*/cell/gdb'" "$work/ktap"
	grep -qx '  0xffff800000001000 __mmu_notifier_invalidate_range' "$work/ktap"
	grep -qx '  0xffff800000000058 behind the call in wp_page_reuse+0x58' "$work/ktap"
	! grep -q 'evil' "$out/latest/cell/gdb"
	grep -qxF 'break *0xffff800000001000' "$out/latest/cell/gdb"
	grep -qxF 'disable 2-3' "$out/latest/cell/gdb"
	# shellcheck disable=SC2016 # gdb's
	grep -qxF 'tbreak *(recorder_mark + 0) if $x1 == 1' "$out/latest/cell/gdb"
	# shellcheck disable=SC2016 # the script's
	[ "$(tail -n1 "$out/latest/cell/qemu.sh")" = $'\t"$@"' ]
}

check_debug_usage() {
	gives 2 'debug is of one cell, not of' debug --test cow.copy.page
	gives 2 'debug is of one test, not of' debug --cell arm64-6.1 --test cow
	gives 2 'has an effect only in a run and in debug' compare --record "$work" "$work"
	gives 2 'has an effect only in a run' debug --cell arm64-6.1 --test cow.copy.page --record-failures
}

# One CPU; the replay is the recording's own command but for that word.
check_record() {
	stage
	play good --record
	[ "$status" = 0 ] || fail "status $status: $(cat "$work/stderr")"
	grep -q 'rr=record,rrfile=.*/cell/boot-1.rr' "$out/latest/cell/qemu.sh"
	diff <(sed 's/rr=record/rr=replay/' "$out/latest/cell/qemu.sh") "$out/latest/cell/replay.sh"
	grep -q -- '-smp 1 ' "$out/latest/cell/qemu.sh"
	[ "$(json .cells[0].cpus)" = 1 ]
	play good
	[ ! -e "$out/latest/cell/replay.sh" ]
}
