#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kselftest-headers.sh: puts the kernel's own test harness, kselftest.h and
# kselftest_harness.h of Debian's newest linux-source, into
# $STLB_CACHE/kselftest; "version" there names the package. From the same tree
# comes checkpatch.pl with its lists, for `make check`.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"

readonly SOURCE=linux-source-6.12
readonly SUITES='bookworm-backports bookworm-security'
readonly FILES='scripts/checkpatch.pl scripts/const_structs.checkpatch scripts/spelling.txt
	tools/testing/selftests/kselftest.h tools/testing/selftests/kselftest_harness.h'

# One fetched by an older version of this script lacks checkpatch.pl.
is_there() { [ -e "$entry/version" ] && [ -e "$entry/checkpatch.pl" ]; }

# unpack DEB: the files into $tmp. It stops when it has them; that the stages
# before then complain is no failure, apt has verified the file.
unpack() {
	local file members=()

	for file in $FILES; do
		members+=("$SOURCE/$file")
	done
	{ dpkg-deb --fsys-tarfile "$1" || true; } |
		{ tar -x -O --occurrence=1 "./usr/src/$SOURCE.tar.xz" || true; } |
		{ xz -dc || true; } |
		tar -x -C "$tmp" --no-same-owner --occurrence=1 --transform='s,.*/,,' "${members[@]}"
}

tmp=
cache_init
entry=$STLB_CACHE/kselftest
! is_there || exit 0
lock "$STLB_CACHE/lock/kselftest" "fetches the kselftest headers"
! is_there || exit 0

temporary tmp "$entry"
read -ra suites <<<"$SUITES"
apt_open "$(dpkg --print-architecture)" "${suites[@]}"
version=$(apt_version "$SOURCE")
[ -n "$version" ] || die 3 "Debian's mirror has no $SOURCE: check the mirror in apt's sources"
say "fetching the kselftest headers: $SOURCE $version"
apt_fetch "$tmp" "$SOURCE=$version"
apt_close

run unpack "$tmp"/*.deb 2>"$tmp/unpack.log" || die_of_failure "cannot unpack $SOURCE" "$tmp/unpack.log"
rm "$tmp"/*.deb "$tmp"/*.log
echo "$SOURCE $version" >"$tmp/version" || die_of_failure "cannot write to '$tmp'"
publish "$tmp" "$entry"
