# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# bisect and bisect-step, on stand-ins for a kernel's source (kernel.sh) and for
# QEMU: what mm/memory.c says is how the kernel that it makes behaves.

# prepare_bisect: a cache, a tree $work/linux with one commit, and a QEMU
prepare_bisect() {
	git_tree "$work/linux"
	commit_as good first
	mkdir -p "$work/cache"
	cp -r "$STLB_CACHE/kselftest" "$work/cache"
	cat >"$work/qemu" <<-'END'
		#!/bin/bash
		mode=good at=
		for word; do
			[ "${last:-}" != -kernel ] || read -r mode at < <(tail -c +61 "$word")
			last=$word
		done
		if [ "$mode" = once ]; then
			mode=panic_boot
			[ ! -e "$0.once" ] || mode=good
			touch "$0.once"
		fi
		STLB_FAKE=$mode STLB_FAKE_AT=$at exec "$FAKE_QEMU" "$@"
	END
	chmod +x "$work/qemu"
	# check.sh has built everything.
	export STLB_IS_SET_UP=$root STLB_CACHE=$work/cache HOME=$work STLB_QEMU=$work/qemu FAKE_QEMU=$root/build/host/tests/fake_qemu
}

# commit_as BEHAVIOUR NAME
commit_as() {
	echo "$1" >"$work/linux/mm/memory.c"
	echo "$2" >"$work/linux/include/y.h"
	commit_all "$work/linux" "$2"
	git -C "$work/linux" tag -f "$2" >/dev/null
}

# runs COMMAND... of run_tests.sh; sets status, and what it says is in $work/said
runs() {
	status=0
	./run_tests.sh "$@" --no-setup >"$work/said" 2>&1 || status=$?
}

# gives STATUS REGEX COMMAND...
gives() {
	local want=$1 regex=$2
	shift 2

	runs "$@"
	[ "$status" = "$want" ] || fail "$*: status $status: $(cat "$work/said")"
	grep -qE -- "$regex" "$work/said" || fail "$*: there is no $regex in: $(cat "$work/said")"
}

step_gives() { gives "$1" "$2" bisect-step --arch arm64 --kernel "tree:$work/linux" --test "${@:3}"; }

check_bisect_step() {
	local cow=cow.copy.page

	prepare_bisect
	step_gives 0 ': good: 1 passed' $cow
	(cd "$work/linux/mm" && "$root/run_tests.sh" bisect-step --arch arm64 --test $cow --no-setup >"$work/said" 2>/dev/null)
	grep -q "^tree:$work/linux: good: " "$work/said"
	commit_as 'fail cow.copy.page' coverage
	step_gives 1 ': bad: cow.copy.page FAIL coverage:secondary:smmuv3: page 0 was not told' cow.copy
	step_gives 1 ': bad: ' cow.copy --signature coverage
	step_gives 1 ': bad: ' cow.copy --signature coverage:secondary:smmuv3
	step_gives 125 ': unjudged: ' cow.copy --signature coverage:secondary:smmuv3-pri
	step_gives 125 ': unjudged: ' cow.copy --signature cover
	step_gives 125 ': unjudged: cow.copy.page FAIL coverage:secondary:smmuv3' cow.copy --signature order
	step_gives 125 ': unjudged: ' cow.copy --signature coverage,order
	step_gives 0 ': good: 1 passed' cow.copy.run
	printf '%s\n' 'cow.copy.run coverage' >"$work/expect"
	step_gives 125 ': unjudged: ' cow.copy --expect "$work/expect"
	printf '%s\n' 'cow.copy.page coverage:secondary:smmuv3' >>"$work/expect"
	step_gives 1 ': bad: ' cow.copy --expect "$work/expect"
	# A failure that says nothing of the contract, and none at all
	commit_as "warn $cow" warns
	step_gives 125 ': unjudged: cow.copy.page FAIL kernel' $cow
	step_gives 1 ': bad: cow.copy.page FAIL kernel' $cow --any-failure
	step_gives 0 ': good: ' cow.copy.run
}

check_bisect_step_cannot_judge() {
	local cow=cow.copy.page

	prepare_bisect
	commit_as "skip $cow" skips
	step_gives 125 ': unjudged: cow.copy.page SKIP: no such hardware' $cow,cow.copy.run
	commit_as wrong unbuildable
	step_gives 125 ': unjudged: cow.copy.page INFRA: cannot build ' $cow
	! grep -q unstable "$work/said"
	commit_as panic_boot unbootable
	step_gives 125 ': unjudged: cow.copy.page INFRA: .*\(the same in 2 of 2 runs\)' $cow
	commit_as once flaky
	step_gives 0 ': good: 1 passed \(the same in 2 of 3 runs\)' $cow
	grep -q 'unstable (unjudged: .*: run 2' "$work/said"
}

# What git bisect run must stop at
check_bisect_step_usage() {
	local cow=cow.copy.page

	gives 255 'needs one architecture' bisect-step --test $cow
	gives 255 'needs one architecture' bisect-step --arch arm64,x86 --test $cow
	gives 255 'needs tests' bisect-step --arch arm64
	gives 255 'matches no test' bisect-step --arch arm64 --test nosuch
	gives 255 'no list of words' bisect-step --arch arm64 --test $cow --signature 'a b'
	status=0
	./run_tests.sh bisect-step --arch >"$work/said" 2>&1 || status=$?
	[ $status = 255 ] && grep -q 'needs a value' "$work/said"
	gives 0 '^Usage: ' bisect-step --help
}

# A history: one commit warns, one does not build, one does not boot; the sixth breaks, the ninth mends.
make_history() {
	prepare_bisect
	commit_as 'good 2' c2
	commit_as "warn cow.copy.page" c3
	commit_as 'wrong' c4
	commit_as 'good 5' c5
	commit_as 'fail cow.copy.page' c6
	commit_as 'panic_boot' c7
	commit_as 'fail cow.copy.page ' c8
	commit_as 'good 9' c9
	commit_as 'good 10' c10
	commit_as 'wrong 11' c11
	commit_as 'fail cow.copy.page   ' c12
	# What of the user's must stay as it is
	echo changed >>"$work/linux/mm/memory.c"
	git -C "$work/linux" checkout -q -b other
	echo staged >"$work/linux/include/z.h"
	git -C "$work/linux" add include/z.h
	listing "$work/linux" >"$work/before"
}

bisects() { gives "$1" "$2" bisect --tree "$work/linux" --test cow --out "$work/out" "${@:3}"; }

check_bisect() {
	local commit

	make_history
	commit=$(git -C "$work/linux" rev-parse c6)
	bisects 0 "^arm64: bad since $commit \\(\"c6\"\\), found in [0-9] steps$" --arch arm64 --good c2 --bad c8
	grep -q '^  there: cow.copy.page FAIL coverage:secondary:smmuv3: page 0 was not told$' "$work/said"
	grep -q '^  before it: 1 passed$' "$work/said"
	grep -q '^  cow.copy.page: coverage:secondary:smmuv3$' "$work/said"
	grep -qE '^  reproduce: ./?.*run_tests.sh --arch arm64 --kernel tree:.*@'"$commit"' --test cow.copy.page$' "$work/said"
	grep -q 'smmuv3 .*REQUIRED' "$work/said" || fail "no rule in: $(cat "$work/said")"
	grep -q '^git bisect start' "$work/out/bisect-arm64.log"
	# Objects are shared: only what differs is compiled.
	[ "$(find "$work/cache/trees" -name 'objects-arm64-*-commit' | wc -l)" = 1 ]
	[ -z "$(ls "$work/cache/bisect")" ]
	listing "$work/linux" | diff "$work/before" -
}

check_bisect_of_a_fix() {
	local commit

	make_history
	commit=$(git -C "$work/linux" rev-parse c9)
	bisects 0 "^arm64: new since $commit \\(\"c9\"\\)" --arch arm64 --old c8 --new c10
	listing "$work/linux" | diff "$work/before" -
}

check_bisect_refuses_ends() {
	make_history
	bisects 2 'never bad: no test fails at .* \("c2"\)' --arch arm64 --good first --bad c2
	bisects 2 'no test fails at .* \("c8"\) that passes at .* \("c6"\)' --arch arm64 --good c6 --bad c8
	bisects 3 'an end cannot be judged: cannot build ' --arch arm64 --good c4 --bad c8
	# All that could be it are named.
	bisects 3 'could be any of' --arch arm64 --good c10 --bad c12
	listing "$work/linux" | diff "$work/before" -
}

# interrupted SIGNAL KIND N: a search gets it in its Nth build or boot
interrupted() {
	local group

	rm -f "$work"/{stopped,build,boot}
	echo "$2 $3" >"$work/stop-at"
	set -m
	STLB_STAND_IN_HOOK=$work/hook env --default-signal ./run_tests.sh bisect --tree "$work/linux" --test cow \
		--out "$work/out" --arch arm64 --good c2 --bad c8 --no-setup >"$work/said" 2>&1 &
	set +m
	group=$!
	until [ -e "$work/stopped" ]; do
		kill -0 $group 2>/dev/null || fail "it ended before $2 $3: $(cat "$work/said")"
		sleep 0.05
	done
	kill -s "$1" -- "-$group"
	status=0
	wait $group || status=$?
	[ $status = $((128 + $(kill -l "$1"))) ] || fail "status $status in $2 $3: $(cat "$work/said")"
}

# goes_on BOOTS: the same command ends the search; ends and steps that were judged are not again.
goes_on() {
	rm -f "$work"/{build,boot,stop-at}
	STLB_STAND_IN_HOOK=$work/hook bisects 0 'going on with a search that was interrupted' --arch arm64 --good c2 --bad c8
	grep -q '("c6"), found in' "$work/said" || fail "$(cat "$work/said")"
	[ "$(cat "$work/boot")" = "$1" ] || fail "$(cat "$work/boot") boots, not $1: $(cat "$work/said")"
}

# Builds: both ends, then steps. Boots: both ends, both once more, then steps.
check_bisect_goes_on() {
	local all

	make_history
	cat >"$work/hook" <<-'END'
		#!/bin/bash
		work=$(dirname -- "$0")
		n=$(($(cat "$work/$1" 2>/dev/null) + 1))
		echo $n >"$work/$1"
		[ ! -e "$work/stop-at" ] || [ "$1 $n" != "$(cat "$work/stop-at")" ] || {
			touch "$work/stopped"
			exec sleep 60
		}
	END
	chmod +x "$work/hook"
	# shellcheck disable=SC2016 # the script expands it
	sed -i '1a [ ! -x "$STLB_STAND_IN_HOOK" ] || "$STLB_STAND_IN_HOOK" boot' "$work/qemu"
	STLB_STAND_IN_HOOK=$work/hook bisects 0 '\("c6"\), found in' --arch arm64 --good c2 --bad c8
	all=$(cat "$work/boot")
	rm -r "$work/cache/kernels"
	interrupted INT boot 1
	goes_on "$all"
	interrupted TERM boot 2
	goes_on $((all - 1))
	rm -r "$work/cache/kernels"
	interrupted INT build 3
	goes_on $((all - 4))
	interrupted INT boot 5
	goes_on $((all - 4))
	interrupted HUP boot "$all"
	# The last one, and c7 again, which does not boot: twice.
	goes_on 3
	listing "$work/linux" | diff "$work/before" -
}

# What no kernel could be judged by is tried again, at the ends and in the steps.
check_bisect_forgets_what_was_not_judged() {
	make_history
	# shellcheck disable=SC2016 # the script expands it
	sed -i '/^if /i [ ! -e "$0.broken" ] || mode=panic_boot' "$work/qemu"
	touch "$work/qemu.broken"
	bisects 3 'arm64: an end cannot be judged: ' --arch arm64 --good c2 --bad c8
	rm "$work/qemu.broken"
	bisects 0 '\("c6"\), found in' --arch arm64 --good c2 --bad c8
}

# A kernel that does not boot is waited for ten times as long as a good one, and once.
check_bisect_of_a_kernel_that_hangs_at_boot() {
	prepare_bisect
	commit_as 'hang_boot' hangs
	commit_as 'fail cow.copy.page' bad
	bisects 3 'step 1: .* \("hangs"\): skip \(cow.copy.page INFRA: .*did not start within 20 s: see console.log; give a slow machine a longer --boot-timeout; 2[0-9] s\)' \
		--arch arm64 --good first --bad bad
}

check_bisect_twice_at_once() {
	local child

	make_history
	for child in c8 c8 c6; do
		./run_tests.sh bisect --tree "$work/linux" --test cow --out "$work/out-$child" --arch arm64 --good c2 --bad $child \
			--no-setup >"$work/said-$child-$BASHPID" 2>&1 &
	done
	wait
	for child in "$work"/said-c*; do
		grep -q '("c6"), found in' "$child" || fail "$(cat "$child")"
	done
	listing "$work/linux" | diff "$work/before" -
}

check_bisect_usage() {
	git_tree "$work/linux"
	bisects 2 'needs two ends' --arch arm64
	bisects 2 'needs two ends' --arch arm64 --good a --new b
	bisects 2 'needs an architecture' --good a --bad b
	bisects 2 "has no commit 'a'" --arch arm64 --good a --bad b
	bisects 2 'both ends are the commit' --arch arm64 --good first --bad HEAD
	bisects 2 'is no git tree' --arch arm64 --good a --bad b --tree "$work"
	bisects 2 'no such directory' --arch arm64 --good a --bad b --tree "$work/nowhere"
	gives 2 'needs a tree' bisect --arch arm64
	gives 0 '^Usage: ' bisect --help
}
