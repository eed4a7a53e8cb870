# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root, no_setup
#
# The runner, built with the sanitisers, against stand-ins for QEMU (fake_qemu.c)
# that behave in every bad way. Everything else is a stand-in too, so nothing
# here takes time but deadlines. All paths have blanks and quotes.
#
# The tests played are four; the second is where it goes wrong.

readonly PLAYED='upgrade.wp_reuse.page,upgrade.wp_reuse.run,upgrade.mprotect.page,upgrade.mprotect.run' AT=upgrade.wp_reuse.run

# Makes the tree in $tree, whose scripts need no network and no compiler.
stage() {
	tree="$work/it's a \"tree\""
	out="$work/o'u t"
	mkdir -p "$tree/harness/setup" "$tree/build/guest/arm64/tests" "$work/cache"
	ln -s "$root/configs" "$tree/configs"
	ln -s "$root/harness/host" "$tree/harness/host"
	echo guest >"$tree/build/guest/arm64/init"
	echo guest >"$tree/build/guest/arm64/disk.img"
	echo guest >"$tree/build/guest/arm64/tests/upgrade"
	cat >"$tree/harness/setup/debian-kernel.sh" <<-'END'
	#!/bin/bash
	case ${STLB_FAKE_FETCH:-} in
	hang)
		trap '' TERM
		echo $$ >>"$STLB_FAKE_DIR/pids"
		echo up >"$STLB_FAKE_DIR/up"
		read -r _ <>"$STLB_FAKE_DIR/never"
		;;
	2 | 3)
		echo "run_tests.sh: no kernel today: come back tomorrow" >&2
		exit "$STLB_FAKE_FETCH"
		;;
	esac
	entry=$STLB_CACHE/kernels/debian-$1-$2
	mkdir -p "$entry/build"
	# What arm64 looks for at byte 56, and x86 at 0x202
	printf '%56sARMd%454sHdrS' '' '' >"$entry/image"
	echo "linux-image-stand-in $1" >"$entry/package"
	echo "$entry"
	END
	cat >"$tree/harness/setup/build-module.sh" <<-'END'
	#!/bin/bash
	echo module >"$STLB_CACHE/stlb.ko"
	echo "$STLB_CACHE/stlb.ko"
	END
	chmod +x "$tree"/harness/setup/*.sh
	printf '[cell]\narch = arm64\nkernel = debian:6.1\n' >"$work/a 'matrix'"
	echo '; none' >"$work/no bugs"
	ln -s "$root/build/host/tests/fake_qemu" "$work/a 'qemu'"
	mkfifo "$work/up" "$work/never"
	# Neither end of the FIFO waits for the other.
	exec {up}<>"$work/up"
}

# runner MODE [OPTION...]: becomes the runner
runner() {
	local mode=$1
	shift

	cd "$work" || exit
	STLB_FAKE=$mode STLB_FAKE_AT=${FAKE_AT-$AT} STLB_FAKE_DIR=$work STLB_QEMU=${QEMU-"$work/a 'qemu'"} STLB_CACHE=$work/cache \
		exec env --default-signal "$root/build/sanitised/stlb-run" --root "$tree" --matrix "a 'matrix'" \
		--known-bugs "no bugs" --test "${FAKE_PLAYED-$PLAYED}" --timeout 30 --out "$out" "$@"
}

# play MODE [OPTION...]: runs it to its end; sets status
play() {
	status=0
	(runner "$@") >"$work/ktap" 2>"$work/stderr" {up}>&- || status=$?
}

await_up() {
	read -r -t 60 -u "$up" _ || fail "the stand-in did not come up: $(cat "$work/stderr")"
}

# json FILTER: of the run's results
json() { "$root/build/host/stlb-run" whole "$out/latest" | jq -r "$@"; }

nobody_left() {
	local pid

	# The runner has reaped them, so they are gone now, not soon.
	while read -r pid; do
		! kill -0 "$pid" 2>/dev/null || fail "process $pid is left: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done <"$work/pids"
}

# well_formed BOOTS: the reports hold together, whatever happened
well_formed() {
	local boots=$1 cell=$out/latest/cell

	[ "$(head -n1 "$work/ktap")" = "KTAP version 1" ]
	grep -qx '1\.\.1' "$work/ktap"
	! grep -vE '^ *((not )?ok [0-9]+ |#|1\.\.[0-9]+$|KTAP version 1$)' "$work/ktap" ||
		fail "that is no KTAP"
	[ "$(grep -cE '^(not )?ok 1 cell' "$work/ktap")" = 1 ]
	[ "$(grep -cE '^  (not )?ok ' "$work/ktap")" = 4 ]
	[ -s "$out/latest/junit.xml" ]
	[ "$(json .status)" = $((status > 128 ? 3 : status)) ]
	[ "$(json '.cells[0].boots')" = "$boots" ]
	[ "$boots" = 0 ] || {
		[ "$(grep -ac '=== boot [0-9]* ===' "$cell/console.log")" = "$boots" ]
		[ "$(grep -ac 'Booting Linux on a stand-in' "$cell/console.log")" = "$boots" ]
		[ -x "$cell/qemu.sh" ]
	}
	# The sanitisers speak on stderr.
	[ "$(grep -cv '^stlb: ' "$work/stderr")" = 0 ] || fail "$(cat "$work/stderr")"
}

# expect STATUS BOOTS VERDICTS [REASON]: VERDICTS are the tests', each with its
# signature if it has one; REASON, a regular expression, is that of the cell, or
# else of the test at which it went wrong.
expect() {
	local verdicts reason

	verdicts=$(json '[.cells[0].tests[] | .verdict + if .signature == "" then "" else ":" + .signature end] | join(" ")')
	# shellcheck disable=SC2016 # for jq
	reason=$(json --arg at "$AT" '.cells[0].infra // (.cells[0].tests[] | select(.name == $at) | .reason) // ""')
	# A machine that gives QEMU too little time has the verdict of that, and proves nothing else.
	[[ $reason != *'too little time for the guest'* || ${4:-} = *'too little time'* ]] || skip "$reason"
	[ "$status $(json .cells[0].boots) $verdicts" = "$1 $2 $3" ] ||
		fail "status, boots and verdicts are $status $(json .cells[0].boots) $verdicts ($reason); wanted $1 $2 $3"
	grep -qE -- "${4:-}" <<<"$reason" || fail "the reason is '$reason'; wanted $4"
	well_formed "$2"
	nobody_left
}

# ended_within SECONDS: what a deadline of a few seconds had to end. The margin
# is for a busy machine.
ended_within() { json .cells[0].seconds | awk -v limit="$1" '{ exit !($1 < limit) }'; }
ended_not_before() { json .cells[0].seconds | awk -v limit="$1" '{ exit !($1 >= limit) }'; }

readonly BAD_BOOT="INFRA INFRA INFRA INFRA"

check_qemu_good() {
	stage
	play good
	expect 0 1 "PASS PASS PASS PASS"
	[ "$(json .cells[0].release)" = 6.1.0-stand-in ]
	grep -q '^stlb 2 begin upgrade.wp_reuse.page$' "$out/latest/cell/channel.log"
}

# The command on its own, from elsewhere
check_qemu_script() {
	stage
	play good
	(cd / && STLB_FAKE=good sh "$out/latest/cell/qemu.sh") >"$work/by-hand"
	grep -q 'stlb: done' "$work/by-hand"
	grep -q '^stlb [0-9]* done' "$work/by-hand"
}

# x86 has a device that QEMUs call by different names, if they have it.
check_qemu_is_asked_for_its_device() {
	local since

	stage
	printf '[cell]\narch = x86\nkernel = debian:6.1\n' >"$work/a 'matrix'"
	cp -r "$tree/build/guest/arm64" "$tree/build/guest/x86"
	export STLB_FAKE_PROPERTIES="aw-bits x-scalable-mode x-flts"
	play good
	expect 0 1 "PASS PASS PASS PASS"
	grep -qF -- "-device intel-iommu,intremap=off,x-scalable-mode=on,x-flts=on" "$out/latest/cell/qemu.sh"
	STLB_FAKE_PROPERTIES="aw-bits x-scalable-mode" play good
	expect 0 1 "PASS PASS PASS PASS"
	! grep intel-iommu "$out/latest/cell/qemu.sh" || fail "it was not asked"
	# One that does not answer
	since=$SECONDS
	play hang_help
	[ $((SECONDS - since)) -lt 30 ]
	expect 0 1 "PASS PASS PASS PASS"
	! grep intel-iommu "$out/latest/cell/qemu.sh" || fail "it did not answer"
}

# Tests that want DMA come last, in a boot of their own where the machine has one for them.
check_qemu_dma_boot() {
	local FAKE_PLAYED=${PLAYED/mprotect.run/mprotect.emulated} boots

	stage
	printf '[cell]\narch = x86\nkernel = debian:6.1\n' >"$work/a 'matrix'"
	cp -r "$tree/build/guest/arm64" "$tree/build/guest/x86"
	play good
	expect 0 2 "PASS PASS PASS PASS"
	boots=$(grep -oE 'hello|begin .*' "$out/latest/cell/channel.log" | tr '\n' ' ')
	[ "$boots" = "hello begin upgrade.wp_reuse.page begin upgrade.wp_reuse.run begin upgrade.mprotect.page hello begin upgrade.mprotect.emulated " ] ||
		fail "it booted $boots"
	grep -qF -- "-icount" "$out/latest/cell/qemu.sh"
	# A death in the first boot changes nothing for those of the last.
	play panic_test
	expect 1 3 "PASS FAIL:kernel PASS PASS"
}

check_qemu_hangs_at_boot() {
	stage
	play hang_boot --timeout 2
	expect 3 1 "$BAD_BOOT" "init did not start within 4 s"
	ended_not_before 4
	ended_within 30
}

check_qemu_hangs_in_test() {
	stage
	play hang_test --timeout 2
	expect 1 2 "PASS FAIL:kernel PASS PASS" "stopped answering: nothing for 3 s"
	ended_not_before 3
	ended_within 30
}

check_qemu_ignores_sigterm() {
	stage
	play hang_hard --timeout 2
	expect 1 2 "PASS FAIL:kernel PASS PASS" "stopped answering"
	ended_within 30
}

check_qemu_crashes() {
	stage
	play crash
	expect 3 2 "PASS INFRA PASS PASS" "QEMU ended with signal 11"
}

check_qemu_exits_without_a_word() {
	stage
	play exit_boot
	expect 3 1 "$BAD_BOOT" "QEMU ended with exit status 0"
	play exit_test
	expect 1 2 "PASS FAIL:kernel PASS PASS" "the machine stopped"
}

check_qemu_fails_to_start() {
	stage
	play fail_boot
	expect 3 1 "$BAD_BOOT" "could not load the kernel"
}

# bounded LOG: a flood was not kept whole, but its beginning was
bounded() {
	local size

	size=$(stat -c %s "$out/latest/cell/$1")
	[ "$size" -gt 65536 ]
	[ "$size" -lt $((17 << 20)) ]
}

check_qemu_floods_console() {
	stage
	play flood_boot --timeout 2
	expect 3 1 "$BAD_BOOT" "init did not start"
	bounded console.log
	play flood_console --timeout 2
	expect 1 2 "PASS FAIL:kernel PASS PASS" "stopped answering"
	bounded console.log
}

check_qemu_floods_channel() {
	stage
	play flood_channel
	expect 3 1 "PASS INFRA INFRA INFRA" "a line without end"
	ended_within 20
}

# Output of a test is no progress; init's own limit was passed over.
check_qemu_floods_log() {
	stage
	play flood_log --timeout 2
	expect 1 2 "PASS FAIL:kernel PASS PASS" "stopped answering"
	ended_within 60
}

check_qemu_prints_garbage() {
	stage
	play garble_boot
	expect 3 1 "$BAD_BOOT" "result channel corrupt"
	play garble_test
	expect 3 1 "PASS INFRA INFRA INFRA" "result channel corrupt"
	# Byte by byte
	[ "$(LC_ALL=C tr -d '\0-\177' <"$out/latest/cell/console.log" | wc -c)" -gt 1000 ]
}

check_qemu_forges_results() {
	stage
	play forge_result
	expect 1 1 "PASS FAIL:harness PASS PASS" "is not its own \"ok\""
	play forge_ok
	expect 1 1 "PASS FAIL:harness PASS PASS" "status 1 without saying"
	play silent
	expect 1 1 "PASS FAIL:silent PASS PASS" "without a result line"
}

check_qemu_forges_records() {
	stage
	play wrong_sequence
	expect 3 1 "PASS INFRA INFRA INFRA" "out of sequence"
	play lie
	expect 3 1 "PASS INFRA INFRA INFRA" "the end of a test that is not running"
	play wrong_test
	expect 3 1 "PASS INFRA INFRA INFRA" "begins spurious.write.run where $AT was due"
}

check_qemu_breaks_protocol() {
	stage
	play two_hellos
	expect 3 1 "$BAD_BOOT" "a second hello"
	play other_protocol
	expect 3 1 "$BAD_BOOT" "init speaks another protocol"
	play init_error
	expect 3 1 "$BAD_BOOT" "cannot load /stlb.ko: Exec format error"
}

check_qemu_is_done_too_early() {
	stage
	play early_done
	expect 3 1 "PASS PASS INFRA INFRA"
	[ "$(json '.cells[0].tests[2].reason')" = \
		"result channel corrupt: done came before upgrade.mprotect.page was run" ]
}

check_qemu_is_never_done() {
	stage
	play truncate_record
	expect 1 1 "PASS PASS PASS FAIL:kernel"
	play exit_undone
	expect 1 1 "PASS PASS PASS FAIL:kernel"
	play panic_undone
	expect 1 1 "PASS PASS PASS FAIL:kernel"
	[[ $(json '.cells[0].tests[3].reason') = "Kernel panic - not syncing: Attempted to kill init!" ]]
}

# What a kernel reports on its way out counts, so that is waited for; not for ever.
check_qemu_does_not_power_off() {
	stage
	play hang_done
	expect 0 1 "PASS PASS PASS PASS"
	ended_within 14
}

check_reports_around_the_tests() {
	stage
	play warn_done
	expect 1 1 "PASS PASS PASS FAIL:kernel"
	play warn_boot
	expect 3 1 "INFRA INFRA INFRA INFRA"
	[[ $(json '.cells[0].tests[3].reason') = "the kernel complained before the first test, so whether it would again is unknown: WARNING"* ]]
}

check_kernel_panics() {
	stage
	play panic_boot
	expect 3 1 "$BAD_BOOT" "Unable to mount root fs"
	play panic_test
	expect 1 2 "PASS FAIL:kernel PASS PASS" "Unable to handle kernel NULL pointer"
	[ "$(json '[.cells[0].tests[].boot] | join(" ")')" = "1 1 2 2" ]
}

check_kernel_panics_and_stays() {
	stage
	play panic_hang
	expect 1 2 "PASS FAIL:kernel PASS PASS" "Unable to handle kernel NULL pointer"
	ended_within 30
}

check_kernel_panics_in_every_test() {
	stage
	FAKE_AT='' play panic_test
	expect 1 4 "FAIL:kernel FAIL:kernel FAIL:kernel FAIL:kernel" "Unable to handle kernel NULL pointer"
	[ "$(json '[.cells[0].tests[].boot] | join(" ")')" = "1 2 3 4" ]
}

check_kernel_warns() {
	stage
	play warn
	expect 1 1 "PASS FAIL:kernel PASS PASS" "^WARNING: CPU: 0 PID: 42 at mm/memory.c:4711"
}

check_test_outcomes() {
	stage
	play skip
	expect 0 1 "PASS SKIP PASS PASS" "^no such hardware$"
	# Nothing seen is no pass.
	FAKE_PLAYED=$AT play skip
	[ "$status" = 3 ] || fail "status $status where every test was skipped; wanted 3"
	grep -q 'nothing was seen: every test was skipped' "$work/ktap"
	json .cells[0].infra | grep -qx 'nothing was seen: every test was skipped'
	play fail
	expect 1 1 "PASS FAIL:coverage:secondary:smmuv3 PASS PASS" "^page 0 was not told$"
	play timeout
	expect 1 1 "PASS FAIL:timeout PASS PASS" "the kernel is alive"
	play signal
	expect 1 1 "PASS FAIL:died PASS PASS" "signal 11"
}

check_known_bugs_are_expected() {
	stage
	cat >"$work/bugs" <<-END
	[known]
	tests = $AT
	arch = arm64
	until = 6.5
	fails = coverage:secondary:smmuv3
	reason = it never did
	link = 6bbd42e2df8f
	END
	play fail --known-bugs "$work/bugs"
	expect 0 1 "PASS XFAIL:coverage:secondary:smmuv3 PASS PASS"
	play good --known-bugs "$work/bugs"
	expect 1 1 "PASS XPASS PASS PASS"
	# Another failure than the known one
	play warn --known-bugs "$work/bugs"
	expect 1 1 "PASS FAIL:kernel PASS PASS"
}

check_orphans_are_killed() {
	stage
	play orphan
	expect 0 1 "PASS PASS PASS PASS"
	[ "$(wc -l <"$work/pids")" = 2 ]
}

# ---- interrupts -------------------------------------------------------------

# launch MODE [OPTION...]: in the background, in a process group $group
launch() {
	set -m
	runner "$@" >"$work/ktap" 2>"$work/stderr" &
	set +m
	group=$!
}

await_end() {
	status=0
	wait "$group" || status=$?
}

check_interrupt_in_test() {
	local sig

	for sig in INT TERM HUP; do
		stage
		launch hang_test
		await_up
		kill -s $sig -- "-$group"
		await_end
		expect $((128 + $(kill -l $sig))) 1 "PASS INFRA INFRA INFRA" "^interrupted$"
		[ "$(json .interrupted)" = true ]
		grep -q 'interrupted' "$work/stderr"
		grep -q 'stlb: begin upgrade.wp_reuse.run' "$out/latest/cell/console.log"
		exec {up}>&-
		rm -rf -- "${work:?}"/*
	done
}

check_interrupt_in_fetch() {
	stage
	STLB_FAKE_FETCH=hang launch good
	await_up
	kill -s INT -- "-$group"
	await_end
	expect 130 0 "$BAD_BOOT" "^interrupted$"
	[ "$(json .interrupted)" = true ]
}

# ---- what the runner is given -----------------------------------------------

check_fetch_fails() {
	stage
	STLB_FAKE_FETCH=3 play good
	sed -i '/no kernel today/d' "$work/stderr"
	: >"$work/pids"
	expect 3 0 "$BAD_BOOT" "^no kernel today: come back tomorrow"
	STLB_FAKE_FETCH=2 play good
	[ "$status" = 2 ]
}

check_no_qemu() {
	stage
	QEMU="$work/none" play good
	[ "$status" = 3 ]
	[ "$(json .cells[0].infra)" = "STLB_QEMU=$work/none: No such file or directory: name a QEMU, or unset it" ]
}

check_old_qemu() {
	stage
	: >"$work/pids"
	STLB_QEMU_CHECK=1 play old
	expect 3 0 "$BAD_BOOT" "is version 7.2, but 10.0 or newer is needed: install qemu-system-arm from bookworm-backports"
	STLB_QEMU_CHECK=1 play good
	expect 0 1 "PASS PASS PASS PASS"
}

# image PATH REASON: what a kernel of one's own must not be
image() {
	play good --arch arm64 --kernel "image:$1" --build-dir "$work/build"
	[ "$status" = 2 ]
	[ "$(json .cells[0].boots)" = 0 ]
	json .cells[0].infra | grep -F -- "$2" || fail "the reason is '$(json .cells[0].infra)'; wanted $2"
}

check_image_is_no_kernel() {
	stage
	mkdir "$work/build" "$work/directory"
	: >"$work/build/Makefile"
	echo "no kernel" >"$work/text"
	: >"$work/empty"
	image "$work/text" "is no arm64 kernel"
	image "$work/empty" "is no arm64 kernel"
	image "$work/missing" "cannot be read: No such file or directory"
	image "$work/directory" "cannot be read: Is a directory"
}

check_image_of_another_architecture() {
	stage
	mkdir "$work/build"
	: >"$work/build/Makefile"
	# Documentation/arch/x86/boot.rst: magic at 0x202
	printf '%510s\125\252%2sHdrS\14\2%2000s' '' '' '' >"$work/bzImage"
	image "$work/bzImage" "is an x86 kernel; this cell is arm64: choose --arch x86"
}

# Everything was judged, but its reader does not know.
undelivered() {
	[ "$status" = 3 ]
	[ "$(json '[.cells[0].tests[].verdict] | join(" ")')" = "PASS PASS PASS PASS" ]
	grep -q "^run_tests.sh: standard output cannot be written: $1" "$work/stderr"
	[ "$(grep -c '^run_tests.sh: ' "$work/stderr")" = 1 ]
	nobody_left
}

check_stdout_is_closed() {
	stage
	status=0
	(runner good) >&- 2>"$work/stderr" || status=$?
	undelivered "Bad file descriptor: it is closed"
}

check_stdout_has_no_reader() {
	local gone

	stage
	exec {gone}> >(:)
	wait $!
	status=0
	(runner good) 2>"$work/stderr" 1>&"$gone" || status=$?
	undelivered "Broken pipe: its reader went away"
}

check_stdout_is_full() {
	stage
	status=0
	(runner good) >/dev/full 2>"$work/stderr" || status=$?
	undelivered "No space left on device"
}
