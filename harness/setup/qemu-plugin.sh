#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu-plugin.sh header		puts qemu-plugin.h of the QEMU that this host's Debian has
#				into $STLB_CACHE/qemu-plugin; "version" there names the
#				source package, for no binary package has that file
# qemu-plugin.sh loads PLUGIN	prints which machines' QEMUs load it: their names in
#				arch/*/machine.c, separated by blanks
#
# Without it, or with a QEMU that does not take it, only the tests of the CPU plane are
# skipped: whoever calls this goes on.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"

readonly SOURCE=qemu
readonly MACHINES='qemu-system-aarch64 qemu-system-x86_64 qemu-system-ppc64'
# A QEMU loads what it is given, or ends at once
readonly LOAD_S=20
# What could not be had is asked for again after so many minutes
readonly AGAIN_MINUTES=1440

# ---- header -----------------------------------------------------------------

# Where the host's QEMU comes from (host-packages.sh)
suite() {
	local codename

	# shellcheck disable=SC1091 # the host's
	codename=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}") || true
	case $codename in
	bookworm | '') echo bookworm-backports ;;
	*) echo "$codename" ;;
	esac
}

# fetch SUITE DIR: the source's tar file, verified by apt, into DIR. The Sources list and
# what it names are apt's affair; our lists of packages are not those of sources.
fetch() {
	local lists=$apt_state/sources-lists file=$2/source.sources

	mkdir -p "$lists/partial" || return
	sed 's/^Types: deb$/Types: deb-src/; /^Targets:/d' "$apt_state/sources.d/$1.sources" >"$file" || return
	set -- "$2" -c "$apt_state/apt.conf" -q -o Dir::State::lists="$lists" -o Dir::Etc::sourcelist="$file" \
		-o Dir::Etc::sourceparts=/dev/null
	# shellcheck disable=SC2016 # expanded by the inner shell
	run bash -c 'cd "$1" && shift && apt-get "$@" update && apt-get "$@" source --download-only --tar-only "$0"' \
		$SOURCE "$@" >"$1/fetch.log" 2>&1
}

# unpack DIR: qemu-plugin.h out of the tar file there
unpack() {
	local tar

	tar=$(find "$1" -name "${SOURCE}_*.orig.tar.*" | head -n1)
	[ -n "$tar" ] || return
	tar -x -f "$tar" -C "$1" --no-same-owner --transform='s,.*/,,' --wildcards '*/include/*/qemu-plugin.h' || return
	tar=${tar##*/}
	echo "$SOURCE ${tar#"$SOURCE"_}" | sed 's/\.orig\.tar.*//' >"$1/version"
	rm -f -- "$1"/*.tar.* "$1"/*.log "$1"/*.sources
}

give_up() {
	: >"$STLB_CACHE/qemu-plugin.failed" 2>/dev/null || true
	die 3 "$1: the tests of the CPU plane (*.cpu) are skipped"
}

get_header() {
	local entry=$STLB_CACHE/qemu-plugin from

	[ ! -e "$entry/version" ] || return 0
	[ -z "$(find "$STLB_CACHE/qemu-plugin.failed" -mmin -$AGAIN_MINUTES 2>/dev/null)" ] || return 3
	lock "$STLB_CACHE/lock/qemu-plugin" "fetches qemu-plugin.h"
	[ ! -e "$entry/version" ] || return 0
	temporary tmp "$entry"
	from=$(suite)
	command -v apt-get >/dev/null || give_up "no apt-get here, which fetches QEMU's source for qemu-plugin.h"
	apt_try_open "$(dpkg --print-architecture)" "$from" || give_up "no source of QEMU ($apt_error)"
	say "fetching qemu-plugin.h: QEMU's source of $from"
	if ! fetch "$from" "$tmp"; then
		apt_close
		give_up "cannot fetch QEMU's source of $from$(because "$tmp/fetch.log")"
	fi
	apt_close
	run unpack "$tmp" 2>/dev/null || give_up "QEMU's source of $from has no qemu-plugin.h"
	publish "$tmp" "$entry"
}

# ---- loads ------------------------------------------------------------------

# known PLUGIN QEMU: what answers are kept by
known() {
	local qemu

	qemu=$(command -v "$2") || return
	stat -L -c '%n %s %Y' -- "$1" "$qemu" | sha256sum | cut -c1-16
}

# loads PLUGIN QEMU: with it a machine without CPUs comes to its monitor, and ends
loads() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	run timeout $LOAD_S bash -c 'echo quit | "$2" -nodefaults -display none -machine none -plugin "$1" -monitor stdio' \
		- "$1" "$2" >/dev/null 2>"$scratch"
}

print_loads() {
	local plugin=$1 machine qemu key kept=${1%/*}/loads list=()

	[ -e "$plugin" ] || return 0
	mkdir -p "$kept"
	for machine in $MACHINES; do
		qemu=${STLB_QEMU:-$machine}
		key=$(known "$plugin" "$qemu") || continue
		if [ ! -e "$kept/$key" ]; then
			if loads "$plugin" "$qemu"; then
				echo yes >"$kept/$key"
			else
				say "$qemu does not load stlb's plugin$(because "$scratch"): the tests of the CPU plane (*.cpu) are skipped"
				echo no >"$kept/$key"
			fi
		fi
		[ "$(cat "$kept/$key")" = no ] || list+=("$machine")
	done
	echo "${list[*]}"
}

# ---- main -------------------------------------------------------------------

tmp=
cache_init
case ${1:-} in
header) get_header ;;
loads)
	scratch=$(mktemp) || die 3 "cannot make a temporary file: free some space in '${TMPDIR:-/tmp}'"
	temporaries+=("$scratch")
	print_loads "$2"
	;;
*) die 2 "qemu-plugin.sh: header, or loads PLUGIN" ;;
esac
