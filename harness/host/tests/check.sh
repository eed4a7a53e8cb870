#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh [NAME...]: the project's own tests, all or the named ones. TAP 13 on
# stdout, then "N passed, N failed". Status 1 if one failed, or none passed.
# With NO_SETUP set it installs nothing.
#
# A check is a function check_NAME in checks/*.sh, or a program test_*.c. Each
# runs in a process group, a shell and a directory $work of its own; the first
# command that fails fails it. It must not care what runs beside it.

set -euo pipefail
export LC_ALL=C

tests=$(dirname -- "$(readlink -f -- "$0")")
root=$(readlink -f -- "$tests/../../..")
readonly tests root
# No check takes a fraction of it; one that hangs must not hang the rest.
readonly LIMIT=300
readonly DIAGNOSTICS=60

no_setup=()
[ -z "${NO_SETUP:-}" ] || no_setup=(--no-setup)

# Nothing of the make that may have called us.
clean_make() { env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s --no-print-directory -C "$root" "$@"; }

for file in "$tests"/checks/*.sh; do
	# shellcheck source=/dev/null
	. "$file"
done

find_cache() {
	STLB_CACHE=$(. "$root/harness/setup/lib.sh" && cache_init && echo "$STLB_CACHE") || return
	export STLB_CACHE
}

# ---- one check, in a process of its own -------------------------------------

readonly SKIPPED=4
skipped=

# skip WHY: ends the check, which cannot be made here
skip() {
	echo "$*"
	skipped=1
	exit $SKIPPED
}

fail() {
	echo "$*"
	exit 1
}

# A command's own status does not decide what the check's is.
clean_up() {
	local status=$? group

	for group in $(jobs -p); do
		kill -TERM -- "-$group" "$group" 2>/dev/null || true
	done
	wait
	rm -rf -- "$work"
	[ $status -eq 0 ] || [ -n "$skipped" ] || exit 1
}

# Its status is the number of tests that failed: any but 0 is the same.
unit() {
	"$1" && exit
	exit 1
}

one() {
	cd -- "$root"
	case $1 in
	unit_*_sanitised) unit "build/sanitised/tests/test_$(basename "${1#unit_}" _sanitised)" ;;
	unit_*) unit "build/host/tests/test_${1#unit_}" ;;
	esac
	work=$(mktemp -d)
	trap clean_up EXIT
	trap 'exit 143' TERM
	set -E
	exec {log}>&2
	trap 'echo "${BASH_SOURCE[0]##*/}:$LINENO: status $?: $BASH_COMMAND" >&"$log"' ERR
	"check_$1"
}

# ---- all of them ------------------------------------------------------------

names_of_all() {
	local file

	for file in "$tests"/test_*.c; do
		file=${file##*/test_}
		printf 'unit_%s\n' "${file%.c}" "${file%.c}_sanitised"
	done
	sed -n 's/^check_\([a-z0-9_]*\)() .*/\1/p' "$tests"/checks/*.sh
}

# Everything that a run needs, the kernel of the one real boot, and the programs.
set_up() {
	find_cache || return
	"$root/harness/setup/host-packages.sh" "${no_setup[@]}" runner run check || return
	"$root/harness/setup/kselftest-headers.sh" || return
	"$root/harness/setup/debian-kernel.sh" 6.1 arm64 aarch64-linux-gnu- >/dev/null || return
	mkdir -p "$root/build" || return
	{ flock 9 && clean_make -j"$(nproc)" guest check-programs; } >"$logs/make" 2>&1 9>"$root/build/.lock" || {
		cat -- "$logs/make" >&2
		return 3
	}
}

declare -A index_of=()
statuses=()

# Waits for the end of a check.
take_one() {
	local pid='' status=0 index

	wait -n -p pid "${!index_of[@]}" || status=$?
	[ -n "$pid" ] || return
	index=${index_of[$pid]}
	statuses[index]=$status
	unset "index_of[$pid]"
}

# start INDEX. Twice as many as cores: most wait for a deadline or for a lock.
start() {
	while [ ${#index_of[@]} -ge $((2 * $(nproc))) ]; do
		take_one
	done
	set -m
	timeout --kill-after=10 "$LIMIT" "$tests/check.sh" --one "${names[$1]}" </dev/null >"$logs/$1" 2>&1 &
	set +m
	index_of[$!]=$1
}

stop() {
	local group

	trap '' INT TERM HUP
	for group in "${!index_of[@]}"; do
		kill -TERM -- "-$group" 2>/dev/null || true
	done
	wait
	exit 1
}

passed=0 failed=0 reported=0

report() {
	local number=$(($1 + 1)) name=${names[$1]} log=$logs/$1 status=${statuses[$1]}

	case $status in
	0)
		passed=$((passed + 1))
		echo "ok $number - $name"
		;;
	"$SKIPPED")
		echo "ok $number - $name # SKIP $(tail -n1 "$log")"
		;;
	*)
		failed=$((failed + 1))
		tail -n "$DIAGNOSTICS" "$log" | cat -v | sed 's/^/# /'
		[ "$status" != 124 ] || echo "# it did not end within $LIMIT s"
		echo "not ok $number - $name"
		;;
	esac
}

# Those that have ended, in order
report_ended() {
	while [ -n "${statuses[reported]:-}" ]; do
		report $reported
		reported=$((reported + 1))
	done
}

run_all() {
	local i

	echo "1..${#names[@]}"
	for i in "${!names[@]}"; do
		start "$i"
		report_ended
	done
	while [ ${#index_of[@]} -gt 0 ]; do
		take_one
		report_ended
	done
}

if [ "${1:-}" = --one ]; then
	find_cache
	one "$2"
	exit
fi

mapfile -t names < <(names_of_all)
for name; do
	[[ " ${names[*]} " = *" $name "* ]] || {
		echo "check.sh: no check '$name': there are ${names[*]}" >&2
		exit 2
	}
done
[ $# -eq 0 ] || names=("$@")

logs=$(mktemp -d)
trap 'rm -rf -- "$logs"' EXIT
trap stop INT TERM HUP
echo "TAP version 13"
if set_up; then
	run_all
else
	echo "Bail out! the set-up failed"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
