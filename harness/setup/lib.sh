# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the set-up scripts share: messages, the cache, locks, temporaries and
# children that end with us. To be sourced.
#
# Status: 0 done; 2 the user asked for something that does not exist or cannot
# work; 3 it could not be done (network, space, packages). On failure the last
# line on stderr is the reason.

set -euo pipefail
export LC_ALL=C

# A signal's handler runs in whatever redirection it interrupts.
exec {stderr}>&2
say() { printf 'run_tests.sh: %s\n' "$*" >&"$stderr"; }

die() {
	local status=$1
	shift
	say "$@"
	exit "$status"
}

# ---- cache ------------------------------------------------------------------

# Kbuild, make and apt.conf split or unquote these; no quoting gets them through all three.
readonly CACHE_UNFIT='[^[:alnum:]/._,@=+-]'

# Sets and exports STLB_CACHE: absolute, and fit for use.
cache_find() {
	local home=${HOME:-$(unset HOME && echo ~)} xdg=${XDG_CACHE_HOME:-}

	if [ -z "${STLB_CACHE:-}" ]; then
		case $xdg in
		/*) STLB_CACHE=$xdg/stlb ;;
		*)
			case $home in
			/*) STLB_CACHE=${home%/}/.cache/stlb ;;
			*) die 2 "no place for the cache, HOME is not set: set STLB_CACHE to a directory" ;;
			esac
			;;
		esac
	fi
	case $STLB_CACHE in
	/*) ;;
	*) STLB_CACHE=$PWD/$STLB_CACHE ;;
	esac
	# Letters beyond ASCII are harmless to all three.
	if LC_ALL=C.UTF-8 bash -c '[[ $1 =~ $2 ]]' - "$STLB_CACHE" "$CACHE_UNFIT"; then
		die 2 "the kernel's build cannot use the cache path '$STLB_CACHE' (white space, colon, quotes, ...): set STLB_CACHE to a path of plain characters"
	fi
	export STLB_CACHE
}

# The same; it is there then, and this script and what it becomes count as its user.
cache_init() {
	cache_find
	{ mkdir -p "$STLB_CACHE" && [ -d "$STLB_CACHE" ] && [ -w "$STLB_CACHE" ]; } 2>/dev/null ||
		die 2 "cannot write to the cache '$STLB_CACHE': make it writable, or set STLB_CACHE to a directory that is"
	{ mkdir -p "$STLB_CACHE/lock" && exec {in_use}>>"$STLB_CACHE/lock/in-use"; } 2>/dev/null ||
		die_of_failure "cannot open a lock in '$STLB_CACHE/lock'"
	flock -n -s "$in_use" || { say "waiting for another run that prunes the cache" && run flock -s "$in_use"; }
}

# cache_used ENTRY: for cache.sh, which removes what was not used for longest
cache_used() { touch -c -- "$1" 2>/dev/null || true; }

# ---- children, temporaries, signals -----------------------------------------

spare_dpkg=	# when set, the child is an apt-get that installs
on_signal_say=
temporaries=()

# Runs a command to its end in a process group of its own, so that a signal to
# this script is acted on at once and reaches all that the command has started.
run() {
	local status=0

	set -m
	"$@" </dev/null &
	set +m
	wait $! || status=$?
	return "$status"
}

on_signal() {
	local group

	trap '' INT TERM HUP
	exec 2>/dev/null # bash's own remarks on the ends of children
	for group in $(jobs -rp); do
		if [ -z "$spare_dpkg" ]; then
			kill -TERM -- "-$group" || true
		else
			# On this, apt-get ends at once before dpkg's work, and else after it.
			kill -INT "$group" || true
			! grep -qsE "^[0-9]+ \(dpkg\) . $group " /proc/[0-9]*/stat ||
				say "interrupted: letting dpkg finish what it has begun"
		fi
	done
	wait
	[ -z "$on_signal_say" ] || say "$on_signal_say"
	exit $((128 + $1))
}

remove_temporaries() {
	[ ${#temporaries[@]} -eq 0 ] || rm -rf -- "${temporaries[@]}"
}

trap 'on_signal 1' HUP
trap 'on_signal 2' INT
trap 'on_signal 15' TERM
trap remove_temporaries EXIT

# temporary VARIABLE ENTRY: a new directory beside ENTRY, to be renamed to it
# when finished. The caller holds ENTRY's lock, so any other is a dead run's.
temporary() {
	local -n result=$1
	local entry=$2 parent=${2%/*} stem=.${2##*/}

	mkdir -p "$parent" 2>/dev/null || die_of_failure "cannot make '$parent'"
	rm -rf -- "$parent/$stem".??????
	result=$(mktemp -d "$parent/$stem.XXXXXX" 2>/dev/null) ||
		die_of_failure "cannot make a directory in '$parent' for '${entry##*/}'"
	temporaries+=("$result")
	chmod 755 "$result"
}

# What an entry takes, in bytes: to count the files of all at each run is slow.
readonly SIZE_FILE=.stlb-size

# publish TEMPORARY ENTRY: the entry does not change any more
publish() {
	{ du -s -B1 -- "$1" | cut -f1 >"$1/$SIZE_FILE"; } 2>/dev/null || rm -f -- "$1/$SIZE_FILE"
	rm -rf -- "$2"
	mv -T -- "$1" "$2"
	touch "$STLB_CACHE/grown"
}

# ---- locks ------------------------------------------------------------------

declare -A lock_fds=()

# lock FILE WHAT: one run at a time; says what it waits for. Ends with unlock or with the script.
lock() {
	local file=$1 what=$2 fd

	mkdir -p "${file%/*}" 2>/dev/null || die_of_failure "cannot make '${file%/*}'"
	{ exec {fd}>>"$file"; } 2>/dev/null || die_of_failure "cannot open the lock '$file'"
	lock_fds[$file]=$fd
	if ! flock -n "$fd"; then
		say "waiting for another run that $what"
		run flock "$fd"
	fi
}

unlock() {
	local fd=${lock_fds[$1]}

	exec {fd}>&-
	unset "lock_fds[$1]"
}

# ---- failures ---------------------------------------------------------------

# out_of_space LOG [DIR]: whether LOG says so, or DIR, by default the cache, is full
out_of_space() {
	local log=$1 dir=${2:-$STLB_CACHE} free

	grep -qiE 'no space left|disk quota exceeded|enough free space' "$log" 2>/dev/null && return
	free=$(stat -f -c '%a * %S' "$dir" 2>/dev/null) && [ $((free)) -lt 65536 ]
}

# because LOG: " (the reason that LOG gives)", if any
because() {
	local reason

	reason=$(grep -m1 -E '^(E|W): |[Ee]rror' "$1" 2>/dev/null || tail -n1 "$1" 2>/dev/null) || true
	read -r reason <<<"$reason" || true
	printf '%s' "${reason:+ ($reason)}"
}

# die_of_failure WHAT [LOG [ADVICE]]: status 3, with the reason that LOG ends in.
die_of_failure() {
	local what=$1 log=${2:-/dev/null} advice=${3:-}

	if out_of_space "$log"; then
		die 3 "no space left in '$STLB_CACHE': free some (a kernel needs about 300 MB, one from source 2.5 GB), or set STLB_CACHE to a directory that has it"
	fi
	die 3 "$what$(because "$log")${advice:+: $advice}"
}
