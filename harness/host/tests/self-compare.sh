#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# self-compare.sh RUNS [OPTION...]: is a kernel the same as itself? Runs the tests
# once and RUNS times again, with the options of run_tests.sh, and compares each
# run with the first. What differs is printed, and those results are kept.
# Status: 0 nothing did; 1 something did; 2 wrong usage; 3 a run was not judged.

set -euo pipefail
root=$(readlink -f -- "$(dirname -- "$(readlink -f -- "$0")")/../../..")

die() {
	echo "self-compare.sh: $2" >&2
	exit "$1"
}

# judge DIR OPTION...: what a run's verdicts are does not matter, as long as it has some.
judge() {
	local dir=$1 status=0
	shift

	"$root/run_tests.sh" "$@" --out "$dir" >"$dir.ktap" || status=$?
	[ $status -le 1 ] || { [ $status -eq 3 ] && [ -e "$dir/latest/results.json" ]; } ||
		exit $status
}

[[ ${1:-} =~ ^[1-9][0-9]*$ ]] || die 2 "usage: self-compare.sh RUNS [OPTION of run_tests.sh...]"
runs=$1
shift
out=$(mktemp -d) || die 3 "cannot make a temporary directory"
judge "$out/first" "$@"
export STLB_IS_SET_UP=$root
differ=0
for ((i = 1; i <= runs; i++)); do
	judge "$out/$i" "$@"
	status=0
	"$root/run_tests.sh" compare --gate --exact "$out/first" "$out/$i" >"$out/differences" || status=$?
	if [ $status -eq 0 ]; then
		rm -r -- "${out:?}/$i" "$out/$i.ktap"
		continue
	fi
	differ=$((differ + 1))
	sed "s/^/run $i: /" "$out/differences"
done
echo "$differ of $runs runs differ from the first$([ $differ -eq 0 ] || echo ": $out")"
if [ $differ -eq 0 ]; then
	rm -r -- "$out"
else
	exit 1
fi
