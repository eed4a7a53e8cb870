# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# harness/ci/mutants.sh, on a source of one file and with a stand-in for the suite:
# each test fails in whose name the file has a line.

stage_mutants() {
	mkdir -p "$work/root/harness/mutants" "$work/root/build/host" "$work/tree"
	cp -r harness/ci harness/setup "$work/root/harness/"
	touch "$work/tree/Kconfig"
	echo right >"$work/tree/file"
	cat >"$work/root/run_tests.sh" <<'END'
#!/bin/bash
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) tree=${2#tree:} ;;
	--out) out=$2 ;;
	--test) echo "tests $2" >>"$STLB_FAKE_DIR/runs" ;;
	--config) echo "config $2" >>"$STLB_FAKE_DIR/runs" ;;
	esac
	shift
done
echo "$out" >>"$STLB_FAKE_DIR/runs"
mkdir -p "$out/latest"
cp "$tree/file" "$out/latest/results.json"
if grep -q hang "$tree/file"; then
	echo up >"$STLB_FAKE_DIR/up"
	sleep 100
fi
! grep -q unjudged "$tree/file" || exit 3
END
	cat >"$work/root/build/host/stlb-run" <<'END'
#!/bin/bash
shift 3
awk '{ print "cell\tarm64\t" $1 "\t" ($1 == "unjudged" ? "INFRA" : $2 ? "FAIL\t" $2 : "PASS\t") "\t1\t\t" }' "$1/results.json"
END
	chmod +x "$work/root/run_tests.sh" "$work/root/build/host/stlb-run"
	export STLB_FAKE_DIR=$work
}

# patch_of NAME HEADER LINE: one that makes the file's line LINE
patch_of() {
	printf 'SPDX\n\nWords.\n\n%s\n\n--- a/file\n+++ b/file\n@@ -1 +1 @@\n-right\n+%s\n' "$2" "$3" \
		>"$work/root/harness/mutants/$1.patch"
}

mutants() {
	status=0
	STLB_CACHE=$work/cache "$work/root/harness/ci/mutants.sh" --tree "$work/tree" --arch arm64 --out "$work/out" "$@" \
		>"$work/stdout" 2>"$work/stderr" || status=$?
}

mutants_say() { grep -qxF -- "$1" "$work/stdout" || fail "wanted '$1': $(cat "$work/stdout" "$work/stderr")"; }

# Those of KVM's are built with it, and only the tests that use it are run.
check_mutants_of_kvm() {
	stage_mutants
	patch_of kvm-wrong 'Fails: arm64 a.b.kvm:safety' 'a.b.kvm safety:kvm:kvm-shadow'
	patch_of wrong 'Fails: arm64 a.b.page:order' 'a.b.page order:x:y'
	mutants kvm-wrong
	[ "$status" = 0 ] || fail "status $status: $(cat "$work/stderr")"
	grep -qx 'config kvm-arm64' "$work/runs"
	grep -qxF 'tests *.kvm' "$work/runs"
	rm "$work/runs"
	mutants wrong
	! grep -q 'config\|tests' "$work/runs" || fail "a mutant that is not of KVM's: $(cat "$work/runs")"
}

check_mutants_are_held_against_their_headers() {
	stage_mutants
	patch_of as-said 'Fails: arm64 a.b.page:coverage,order' 'a.b.page order:x:y,coverage:x'
	patch_of more 'Fails: arm64 a.b.page:coverage (in one run)' "$(printf 'a.b.page coverage:x')"
	patch_of legal 'Passes: arm64 x86' 'a.b.page'
	patch_of hole 'Escapes: arm64' 'a.b.page'
	patch_of elsewhere 'Fails: x86 a.b.page:coverage' 'a.b.page'
	mutants
	[ "$status" = 0 ] || fail "status $status: $(cat "$work/stdout" "$work/stderr")"
	mutants_say 'caught    arm64    as-said: 1 tests'
	mutants_say 'passes    arm64    legal'
	mutants_say 'escapes   arm64    hole'
	mutants_say '4 judged, 2 of them caught as their headers say'
	[ "$(cat "$work/out/tree/file")" = right ]
	# What was judged is not judged again, but for a patch that is another by now.
	patch_of legal 'Passes: arm64' 'a.b.page coverage:x'
	: >"$work/runs"
	mutants
	[ "$status" = 1 ]
	[ "$(cat "$work/runs")" = "$work/out/arm64/legal" ] || fail "$(cat "$work/runs")"
	mutants_say 'FAILS     arm64    legal: which is said to pass'
	mutants_say "$(printf '\tbesides: a.b.page:coverage ')"
	# Nor is it for a suite that is another by now.
	mkdir "$work/root/tests"
	echo another >"$work/root/tests/a.c"
	: >"$work/runs"
	mutants
	[ "$(wc -l <"$work/runs")" = 4 ] || fail "$(cat "$work/runs")"
	# One that nobody has seen
	patch_of new 'nothing' 'a.b.page safety:z'
	mutants --named new
	[ "$status" = 0 ]
	mutants_say 'caught    arm64    new: its header says nothing of arm64'
	mutants_say "$(printf '\tbesides: a.b.page:safety ')"
}

check_mutants_that_are_missed() {
	stage_mutants
	patch_of missed 'Fails: arm64 a.b.page:coverage a.c.run:order' 'a.b.page'
	mutants --named
	[ "$status" = 1 ]
	mutants_say 'MISSED    arm64    missed'
	mutants_say "$(printf '\tnot as said: a.b.page:coverage a.c.run:order ')"
	grep -qx 'tests a.b.page,a.c.run' "$work/runs"
	patch_of missed 'Fails: arm64 a.b.page:coverage' 'unjudged'
	mutants
	[ "$status" = 3 ]
	grep -q '^UNJUDGED  arm64    missed: ' "$work/stdout"
	sed -i 's/^-right/-wrong/' "$work/root/harness/mutants/missed.patch"
	mutants
	[ "$status" = 3 ]
	grep -q '^UNJUDGED  arm64    missed: it does not apply to ' "$work/stdout"
	mutants no-such
	[ "$status" = 2 ]
	mutants --tree "$work"
	[ "$status" = 2 ]
}

check_mutants_go_on_after_a_signal() {
	local pid

	stage_mutants
	mkfifo "$work/up"
	patch_of hangs 'Fails: arm64 a.b.page:coverage' 'hang coverage'
	(STLB_CACHE=$work/cache exec env --default-signal "$work/root/harness/ci/mutants.sh" --tree "$work/tree" --arch arm64 \
		--out "$work/out") >"$work/stdout" 2>"$work/stderr" &
	pid=$!
	read -r _ <"$work/up"
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 143 ]
	patch_of hangs 'Fails: arm64 a.b.page:coverage' 'a.b.page coverage'
	mutants
	[ "$status" = 0 ] || fail "status $status: $(cat "$work/stdout" "$work/stderr")"
	mutants_say 'caught    arm64    hangs: 1 tests'
	[ "$(cat "$work/out/tree/file")" = right ]
}

# Two would patch the same copy.
check_mutants_wait_for_each_other() {
	local line pid

	stage_mutants
	patch_of legal 'Passes: arm64' 'a.b.page'
	mkdir "$work/out"
	mkfifo "$work/says"
	exec 8<>"$work/says" 9>"$work/out/lock"
	flock 9
	STLB_CACHE=$work/cache "$work/root/harness/ci/mutants.sh" --tree "$work/tree" --arch arm64 --out "$work/out" \
		>"$work/stdout" 2>"$work/says" 8>&- 9>&- &
	pid=$!
	read -r line <&8
	[[ $line = *"waiting for another run that has $work/out" ]] || fail "$line"
	exec 9>&-
	wait $pid
	exec 8>&-
	grep -qx 'passes    arm64    legal' "$work/stdout"
}

# A patch of stlb.ko is no use if stlb.ko has gone on without it.
check_mutants_of_stlb_apply() {
	local patch

	for patch in harness/mutants/stlb-*.patch; do
		patch --dry-run -s -f -p1 <"$patch" >"$work/log" || fail "${patch##*/}: $(cat "$work/log")"
	done
}
