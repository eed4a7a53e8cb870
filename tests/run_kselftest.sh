#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the test programs one after the other, as kselftest's script of this
# name does: TAP on stdout, each program's own output indented as diagnostics.
# Unlike it, exits 1 when a test failed.
#
#	run_kselftest.sh [-l] [-c COLLECTION]... [-t COLLECTION:TEST]...
#
# With OUTPUT set (make run_tests) the arguments are the programs in it.

usage() {
	sed -n 's/^#	\(run_kselftest.*\)/usage: \1/p' "$0" >&2
	exit 2
}

# run_one DIR TEST NUMBER
run_one() {
	name="selftests: stlb: $2"
	echo "# $name"
	log=$("$1/$2" 2>&1)
	status=$?
	printf '%s\n' "$log" | sed 's/^/# /'
	# The harness exits 0 when every test of a program was skipped.
	skipped=$(printf '%s\n' "$log" | grep -c '^ok .* # SKIP')
	run=$(printf '%s\n' "$log" | grep -c '^ok ')
	if [ "$status" -eq 4 ] ||
	   { [ "$status" -eq 0 ] && [ "$run" -gt 0 ] && [ "$run" -eq "$skipped" ]; }; then
		echo "ok $3 $name # SKIP"
	elif [ "$status" -eq 0 ] && [ "$run" -gt 0 ]; then
		echo "ok $3 $name"
	else
		echo "not ok $3 $name # exit=$status"
		failed=1
	fi
}

# run_many DIR TEST...
run_many() {
	dir=$1
	shift
	failed=0
	number=0
	echo "TAP version 13"
	echo "1..$#"
	for test; do
		number=$((number + 1))
		run_one "$dir" "$test" "$number"
	done
	return "$failed"
}

if [ -n "${OUTPUT:-}" ]; then
	run_many "$OUTPUT" "$@"
	exit
fi

base=$(cd "$(dirname "$0")" && pwd) || exit 2
all=$(cat "$base/kselftest-list.txt") || exit 2
chosen=
while getopts lc:t:h option; do
	case $option in
	l)	echo "$all"
		exit 0 ;;
	c)	[ "$OPTARG" = stlb ] || {
			echo "no such collection '$OPTARG': the only one is stlb" >&2
			exit 2
		}
		chosen=$all ;;
	t)	echo "$all" | grep -qxF -- "$OPTARG" || {
			echo "no such test '$OPTARG': -l lists them" >&2
			exit 2
		}
		chosen="$chosen $OPTARG" ;;
	*)	usage ;;
	esac
done

set --
for test in ${chosen:-$all}; do
	set -- "$@" "${test#*:}"
done
run_many "$base/stlb" "$@"
