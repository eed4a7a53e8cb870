#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run_tests.sh bisect-step: judges one kernel, for `git bisect run`. See
# docs/ci.md; --help says the options and the exit status.

ci=$(dirname -- "$(readlink -f -- "$0")")
root=$(readlink -f -- "$ci/../..")
# shellcheck source-path=SCRIPTDIR source=../setup/lib.sh
. "$root/harness/setup/lib.sh"

# git bisect run takes 1 to 127 for "bad" and 125 for "skip": only above that does it stop.
readonly GOOD=0 BAD=1 UNJUDGED=125 ABORT=255
# So many runs at most, if a kernel does not behave the same each time.
readonly RUNS=3

usage() {
	cat <<-'END'
	Usage: run_tests.sh bisect-step --arch ARCH --test GLOB[,GLOB...] [OPTION...]

	Judges one kernel, by default the tree one stands in, for git bisect run.

	  --kernel SPEC      another kernel
	  --signature WORDS  only a failure with these words in its signature
	                     (docs/results.md) is bad, alone or with others; one such
	                     as coverage stands for all that begin with it
	  --expect FILE      the same, for each test by itself: lines "TEST WORDS"
	  --any-failure      every failure is bad
	                     Without these three: one of any property of the contract
	  --out DIR          keep the results there

	All other options are those of run_tests.sh.

	Exit status
	  0    good: every wanted test passed
	  1    bad: a wanted test failed, and in this way
	  125  cannot be judged: it does not build or boot, a wanted test was skipped,
	       failed in another way, or behaved differently each time
	  128 and above: usage error (255), or interrupted: git bisect run stops
	END
}

abort() {
	say "$@"
	exit $ABORT
}

# Sets the variables below from the command line.
parse() {
	arch='' kernel='' out='' expect='' words='' any='' tests=() rest=()
	while [ $# -gt 0 ]; do
		case $1 in
		--arch | --kernel | --test | --signature | --expect | --out)
			[ $# -ge 2 ] || abort "$1 needs a value: see bisect-step --help"
			set -- "$1=$2" "${@:3}"
			continue
			;;
		--arch=*) arch=${1#*=} ;;
		--kernel=*) kernel=${1#*=} ;;
		--test=*) tests+=(--test "${1#*=}") ;;
		--signature=*) words=${1#*=} ;;
		--expect=*) expect=${1#*=} ;;
		--out=*) out=${1#*=} ;;
		--any-failure) any=1 ;;
		-h | --help)
			usage
			exit 0
			;;
		*) rest+=("$1") ;;
		esac
		shift
	done
	[[ -n $arch && $arch != *,* ]] || abort "bisect-step needs one architecture: write --arch arm64"
	[ ${#tests[@]} -gt 0 ] || abort "bisect-step needs tests: write --test upgrade.wp_reuse"
	[ -z "$expect" ] || [ -r "$expect" ] || abort "--expect $expect cannot be read: give a file of lines 'TEST WORDS'"
	[[ $words =~ ^[a-z0-9_:,-]*$ ]] || abort "--signature '$words' is no list of words: write such as coverage,order:secondary"
	if [ -z "$kernel" ]; then
		kernel=tree:$(git rev-parse --show-toplevel 2>/dev/null || pwd)
	fi
}

# Verdicts on stdin; prints "bad", "good" or "unjudged", a tab, and why.
classify() {
	EXPECT=$expect awk -F '\t' -v any="$any" -v words="$words" '
		# Are all words of A, or longer ones that begin with them, among those of B?
		function within(a, b, list, n, i) {
			n = split(a, list, ",")
			for (i = 1; i <= n; i++)
				if (!index("," b ",", "," list[i] ",") && !index("," b, "," list[i] ":"))
					return 0
			return n > 0
		}
		function is_wanted(test, signature, contract) {
			if (any)
				return 1
			if (expect)
				return test in wanted && within(wanted[test], signature)
			if (words)
				return within(words, signature)
			return contract == "contract"
		}
		BEGIN {
			expect = ENVIRON["EXPECT"]
			while (expect && (getline line < expect) > 0) {
				split(line, pair, " ")
				wanted[pair[1]] = pair[2]
			}
		}
		$4 == "PASS" { passed++; next }
		$4 == "FAIL" && is_wanted($3, $5, $8) { bad = bad ? bad : $3 " FAIL " $5 ": " $7; next }
		{ other = other ? other : $3 " " $4 ($5 ? " " $5 : "") ": " $7 }
		END {
			if (bad)
				print "bad\t" bad
			else if (other)
				print "unjudged\t" other
			else if (passed)
				print "good\t" passed " passed"
			else
				print "unjudged\tno test was run"
		}'
}

# One run of the wanted tests. Sets class, why and boots.
judge() {
	local status=0 answer

	rm -rf -- "$work/run"
	run "$root/run_tests.sh" --arch "$arch" --kernel "$kernel" "${tests[@]}" --known-bugs /dev/null "${rest[@]}" \
		--out "$work/run" >"$work/ktap" || status=$?
	[ $status -lt 128 ] || exit $status
	{ [ $status -ne 2 ] && [ -e "$work/run/latest/results.json" ]; } || abort "nothing was judged, see above"
	"$root/build/host/stlb-run" verdicts "$work/run" >"$work/verdicts" || abort "the results cannot be read"
	answer=$(classify <"$work/verdicts")
	class=${answer%%$'\t'*} why=${answer#*$'\t'}
	boots=$(cut -f6 "$work/verdicts" | sort -n | tail -n1)
}

# Did the guest not start within the time that somebody chose for it?
was_given_up() {
	[[ " ${rest[*]} " = *' --boot-timeout'* ]] && cut -f7 "$work/verdicts" | grep 'did not start within' >/dev/null
}

# A kernel that died on the way, or did not get there, may do better or worse the
# next time: then two runs must agree. One that was not built was not unstable, nor is
# one that was waited for by far longer than a good one needs.
is_stable() {
	[ "${boots:-0}" -eq 0 ] || was_given_up || { [ "$boots" -eq 1 ] && [ "$class" != unjudged ]; } ||
		{ [ "$boots" -eq 1 ] && ! grep -qP '^([^\t]*\t){3}INFRA\t' "$work/verdicts"; }
}

decide() {
	local -A seen=()
	local runs=1

	judge
	! is_stable || return 0
	while seen[$class]=$((${seen[$class]:-0} + 1)) && [ "${seen[$class]}" -lt 2 ]; do
		if [ $runs -eq $RUNS ]; then
			class=unjudged why="$RUNS runs, $RUNS answers; the last: $why"
			return
		fi
		runs=$((runs + 1))
		say "unstable ($class: $why): run $runs"
		judge
	done
	why+=" (the same in 2 of $runs runs)"
}

parse "$@"
if [ -n "$out" ]; then
	mkdir -p -- "$out" 2>/dev/null || abort "--out $out cannot be made: choose another place"
	work=$out
else
	work=$(mktemp -d) || abort "cannot make a temporary directory: free some space in '${TMPDIR:-/tmp}'"
	temporaries+=("$work")
fi
decide
printf '%s: %s: %s\n' "$kernel" "$class" "$why"
case $class in
good) exit $GOOD ;;
bad) exit $BAD ;;
*) exit $UNJUDGED ;;
esac
