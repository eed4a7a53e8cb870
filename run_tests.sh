#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The only entry: sets up what is missing, builds, and hands over to the runner
# (harness/host). stdout is the runner's; set-up speaks on stderr.

[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"

root=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=harness/setup/lib.sh
. "$root/harness/setup/lib.sh"

case ${1:-} in
bisect | bisect-step | gate) exec "$root/harness/ci/$1.sh" "${@:2}" ;;
export) [[ ${2:-} = kcidb || ${2:-} = mail ]] || exec "$root/harness/ci/$1.sh" "${@:2}" ;;
esac

runner=$root/build/host/stlb-run
on_signal_say="interrupted"

# Which set-up the command line asks for; whether it is a right one is for the runner to say.
no_setup=() later=(run)
for word; do
	case $word in
	-h | --help) exec cat -- "$root/harness/host/usage.txt" ;;
	--no-setup)
		no_setup=(--no-setup)
		export NO_SETUP=1 # for what turns out to be missing later
		;;
	--list | --dry-run) later=() ;;
	*tree:* | *source:* | *tarball:*) [ ${#later[@]} -eq 0 ] || later=(run build) ;;
	esac
done
case ${1:-} in
cache) exec "$root/harness/setup/cache.sh" "${2:-list}" "${@:3}" ;;
explain | verdicts | whole | report | picture | export | compare | economy | merge) later=() ;;
esac

set_up() {
	local script=$1 status=0
	shift

	run "$root/harness/setup/$script" "$@" || status=$?
	[ $status -eq 0 ] || exit $status
}

# build TARGET [VARIABLE=VALUE...]: one run at a time; make is heard only if it fails
build() {
	local log=$root/build/$1.log

	{ mkdir -p "$root/build" && [ -w "$root/build" ]; } 2>/dev/null ||
		die 2 "cannot write to '$root/build', where the runner and the tests are built: copy the tree to a place that you can write to"
	lock "$root/build/.lock" "builds the $1 programs"
	if ! run env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -j"$(nproc)" -C "$root" "$@" >"$log" 2>&1; then
		! out_of_space "$log" "$root/build" || die 3 "no space left in '$root/build': free some, then run again"
		cat -- "$log" >&2
		die 3 "cannot build the $1 programs: see the messages above, also in $log"
	fi
	unlock "$root/build/.lock"
}

# Without it the CPU plane's tests are skipped, and all else is as ever.
set_up_plugin() {
	STLB_PLUGIN=$root/build/plugin/stlb.so STLB_PLUGIN_FOR=
	if run "$root/harness/setup/qemu-plugin.sh" header; then
		build plugin "QEMU_PLUGIN=$STLB_CACHE/qemu-plugin"
		STLB_PLUGIN_FOR=$("$root/harness/setup/qemu-plugin.sh" loads "$STLB_PLUGIN") || true
	fi
	export STLB_PLUGIN STLB_PLUGIN_FOR
}

# Whoever calls this for many kernels, after a first time: nothing is missing any more.
if [ "${STLB_IS_SET_UP:-}" = "$root" ]; then
	exec "$runner" --root "$root" "$@" {stderr}>&-
fi
set_up host-packages.sh "${no_setup[@]}" "${later[@]/#/--later=}" runner
build host
# It prints "build" if a kernel is to be built.
needs=$("$runner" --root "$root" --check "$@") || exit

if [ ${#later[@]} -gt 0 ]; then
	"$root/harness/setup/cache.sh" grown
	cache_init
	set_up host-packages.sh "${no_setup[@]}" run ${needs:+"$needs"}
	set_up kselftest-headers.sh
	set_up liburing.sh
	build guest "KSELFTEST=$STLB_CACHE/kselftest" "LIBURING=$STLB_CACHE/liburing"
	set_up_plugin
fi
exec "$runner" --root "$root" "$@" {stderr}>&-
