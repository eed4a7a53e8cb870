#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cache.sh list		what is in the cache: kind, size, when it was last used
# cache.sh prune	removes what was not used for longest, until the rest is
#			within STLB_CACHE_LIMIT
# cache.sh prune --all	removes everything
# cache.sh grown	prunes if something came in since the last time, and no run
#			is at work; says so only if something went
#
# Whoever uses the cache holds a shared lock on it (cache_init() in lib.sh), so
# what goes is used by nobody.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"

readonly DEFAULT_LIMIT=20G

# The directories of entries, and what these are
declare -rA KINDS=([kernels]=kernel [headers]=headers [modules]=module [sources]=source [trees]=tree [apt]=packages)

# Sets limit, in bytes.
read_limit() {
	local value=${STLB_CACHE_LIMIT:-$DEFAULT_LIMIT}

	limit=$(numfmt --from=iec -- "${value%B}" 2>/dev/null) ||
		die 2 "STLB_CACHE_LIMIT=$value is not a size: write 20G, or 500M"
}

human() { numfmt --to=iec --suffix=B --format=%.0f -- "$1"; }

# size DIR: in bytes; of what does not change any more publish() has kept it
size() {
	local bytes

	{ read -r bytes <"$1/$SIZE_FILE"; } 2>/dev/null || bytes=$(du -s -B1 -- "$1" | cut -f1)
	echo "$bytes"
}

# What an entry is, in words
what() {
	local dir=$1 file

	for file in package path; do
		[ ! -s "$dir/$file" ] || { head -n1 -- "$dir/$file" && return; }
	done
	echo -
}

# TIME SIZE KIND PATH of each entry, by the time of its last use, longest ago first
entries() {
	local used name kind size

	find "$STLB_CACHE" -mindepth 2 -maxdepth 2 -type d ! -name '.*' -printf '%Ts %P\n' | while read -r used name; do
		kind=${KINDS[${name%%/*}]:-}
		[ -n "$kind" ] || continue
		printf '%s %s %s %s\n' "$used" "$(size "$STLB_CACHE/$name")" "$kind" "$STLB_CACHE/$name"
	done | sort -n
}

total() { awk '{ sum += $2 } END { printf "%.0f\n", sum }' "$1"; }

list() {
	local used size kind dir

	entries >"$scratch"
	printf '%-9s %7s  %-16s  %s\n' KIND SIZE 'LAST USED' WHAT
	while read -r used size kind dir; do
		printf '%-9s %7s  %(%F %H:%M)T  %s: %s\n' "$kind" "$(human "$size")" "$used" "${dir##*/}" "$(what "$dir")"
	done <"$scratch"
	echo "$(human "$(total "$scratch")") of at most $(human "$limit"), in $STLB_CACHE"
}

# The log beside an entry goes with it.
remove() {
	rm -rf -- "$1" "$1.log"
	count=$((count + 1)) freed=$((freed + $2))
}

# Headers that no kernel leads to are of no use.
remove_orphans() {
	local link dir
	local -A led=()

	while read -r link; do
		led[${link##*/}]=1
	done < <(find "$STLB_CACHE/kernels" -maxdepth 2 -name build -printf '%l\n' 2>/dev/null)
	for dir in "$STLB_CACHE"/headers/*/; do
		dir=${dir%/}
		[ ! -d "$dir" ] || [ -n "${led[${dir##*/}]:-}" ] || remove "$dir" "$(size "$dir")"
	done
}

remove_oldest() {
	local used size kind dir left

	find "$STLB_CACHE" -mindepth 2 -maxdepth 2 -name '.*.??????' -type d -exec rm -rf {} +
	remove_orphans
	entries >"$scratch"
	left=$(total "$scratch")
	while read -r used size kind dir; do
		[ "$left" -gt "$limit" ] || break
		# Of these the kernels' own order decides.
		[ "$kind" != headers ] || continue
		remove "$dir" "$size"
		left=$((left - size))
	done <"$scratch"
	remove_orphans
}

# The lock itself stays: another run may be waiting for it.
remove_all() {
	local dir

	for dir in "$STLB_CACHE"/*/; do
		dir=${dir%/}
		[ "${dir##*/}" = lock ] || remove "$dir" "$(du -s -B1 -- "$dir" | cut -f1)"
	done
}

# own: nobody else has the cache, or the status is 1
own() {
	exec {owned}>>"$STLB_CACHE/lock/in-use" && flock -n "$owned"
}

prune() {
	count=0 freed=0
	"$1"
	rm -f "$STLB_CACHE/grown"
}

command=${1:-} all=${2:-}
cache_find
mkdir -p "$STLB_CACHE/lock" 2>/dev/null || die 2 "cannot write to the cache '$STLB_CACHE': set STLB_CACHE to a directory that you can write to"
read_limit
scratch=$(mktemp) || die 3 "cannot make a temporary file: free some space in '${TMPDIR:-/tmp}'"
temporaries+=("$scratch")
case $command$all in
list)
	list
	;;
prune | prune--all)
	own || die 3 "another run is using the cache '$STLB_CACHE': prune when it has ended"
	prune "$([ -n "$all" ] && echo remove_all || echo remove_oldest)"
	entries >"$scratch"
	echo "removed $count, $(human "$freed"); left are $(human "$(total "$scratch")") of at most $(human "$limit")"
	;;
grown)
	if [ -e "$STLB_CACHE/grown" ] && own; then
		prune remove_oldest
		[ "$count" = 0 ] || say "the cache was full: removed $count not used for longest, $(human "$freed")"
	fi
	;;
*)
	die 2 "'cache $*' is nothing that can be done: write cache, cache prune or cache prune --all"
	;;
esac
