#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# liburing.sh: puts Debian's liburing, headers and static library, into
# $STLB_CACHE/liburing/ARCH for each architecture of the tests; "version" there
# names the package. The tests of io_uring are linked with it.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"

readonly SUITE=bookworm
readonly PACKAGE=liburing-dev

# Debian's name for each architecture
declare -rA ARCHES=([arm64]=arm64 [x86]=amd64 [powerpc]=ppc64el)

# unpack DEB DIR: its headers as DIR/include, its static library as DIR/liburing.a
unpack() {
	mkdir "$2/deb"
	dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2/deb" --no-same-owner ./usr/include ./usr/lib
	mv "$2/deb/usr/include" "$2"
	mv "$2"/deb/usr/lib/*/liburing.a "$2"
	rm -r "$2/deb"
}

# fetch ARCH: into $tmp/ARCH
fetch() {
	local dir=$tmp/$1 version

	mkdir "$dir" || die_of_failure "cannot write to '$tmp'"
	apt_open "${ARCHES[$1]}" $SUITE
	version=$(apt_version $PACKAGE)
	[ -n "$version" ] || die 3 "Debian's mirror has no $PACKAGE for ${ARCHES[$1]}: check the mirror in apt's sources"
	say "fetching $PACKAGE $version for $1"
	apt_fetch "$dir" "$PACKAGE=$version"
	apt_close
	run unpack "$dir"/*.deb "$dir" 2>"$dir/unpack.log" || die_of_failure "cannot unpack $PACKAGE" "$dir/unpack.log"
	rm "$dir"/*.deb "$dir"/*.log
	echo "$PACKAGE $version" >"$dir/version" || die_of_failure "cannot write to '$dir'"
}

tmp=
cache_init
entry=$STLB_CACHE/liburing
[ ! -d "$entry" ] || exit 0
lock "$STLB_CACHE/lock/liburing" "fetches liburing"
[ ! -d "$entry" ] || exit 0

temporary tmp "$entry"
for arch in "${!ARCHES[@]}"; do
	fetch "$arch"
done
publish "$tmp" "$entry"
