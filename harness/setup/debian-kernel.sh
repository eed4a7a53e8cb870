#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-kernel.sh VERSION ARCH: puts a stock Debian kernel and the tree to
# build its modules against into $STLB_CACHE/kernels/debian-VERSION-ARCH, and
# prints that:
#
#   image    the kernel, as Debian ships it
#   config   its .config
#   release  its uname -r
#   package  name and version of the package that it is from
#   build    for make -C
#   usr      what build leads to, laid out as the packages have it

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"

# Which suites have a kernel version: adding one is adding a line.
declare -rA SUITES=(
	[6.1]='bookworm bookworm-security'
	[6.12]='bookworm-backports bookworm-security'
)

# Debian's architecture, its flavour of kernel, and the image's name in /boot
declare -rA ARCHES=(
	[arm64]='arm64 arm64 vmlinuz'
	[x86]='amd64 amd64 vmlinuz'
	[powerpc]='ppc64el powerpc64le vmlinux'
)

listed() { printf '%s\n' "$@" | sort -V | paste -sd' ' -; }

[ $# -eq 2 ] || die 2 "debian-kernel.sh: usage: debian-kernel.sh VERSION ARCH"
version=$1 arch=$2
[ -n "${SUITES[${version:- }]:-}" ] ||
	die 2 "no kernel debian:$version: the versions are $(listed "${!SUITES[@]}")"
[ -n "${ARCHES[${arch:- }]:-}" ] ||
	die 2 "no architecture $arch: the architectures are $(listed "${!ARCHES[@]}")"
read -r debarch flavour image <<<"${ARCHES[$arch]}"
read -ra suites <<<"${SUITES[$version]}"

# Prints RELEASE and the image's package, of the newest release that has its headers too.
newest() {
	local release package

	for release in $(apt_names "linux-headers-${version//./\\.}([.~+-][0-9][0-9.]*|[+~](deb|rc)[0-9.]+)+-$flavour" |
		sed 's/^linux-headers-//' | tac); do
		for package in "linux-image-$release" "linux-image-$release-unsigned"; do
			if apt_has "$package"; then
				echo "$release $package"
				return
			fi
		done
	done
	return 1
}

# The -common and the kbuild package, from what the headers depend on
dependency() {
	apt_query show --no-all-versions "linux-headers-$release" |
		sed -n 's/^Depends: //p' | tr ',' '\n' | sed -n "s/^ *\($1\)\( .*\)\?$/\1/p" | head -n1
}

# kbuild runs here, so it is of the host's architecture; the release's own version if there is one
fetch_kbuild() {
	apt_open "$(dpkg --print-architecture)" "${suites[@]}"
	apt_has "$kbuild=$package_version" && kbuild+="=$package_version"
	apt_fetch "$tmp/debs" "$kbuild"
	apt_close
}

# unpack DEB [MEMBER...]: into $tmp. With members, stops reading when it has
# them, and dpkg-deb's complaint about that is no failure: apt has verified the file.
unpack() {
	local deb=$1
	shift

	if [ $# -eq 0 ]; then
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tmp" --no-same-owner --exclude=./usr/share --exclude=./lib
	else
		{ dpkg-deb --fsys-tarfile "$deb" || true; } | tar -x -C "$tmp" --no-same-owner --occurrence=1 "$@"
	fi
}

unpack_all() {
	local deb

	for deb in "$tmp"/debs/linux-image-*.deb; do
		unpack "$deb" "./boot/$image-$release" "./boot/config-$release"
	done
	for deb in "$tmp"/debs/linux-{headers,kbuild}-*.deb; do
		unpack "$deb"
	done
	mv "$tmp/boot/$image-$release" "$tmp/image"
	mv "$tmp/boot/config-$release" "$tmp/config"
	rmdir "$tmp/boot"
	rm -r "$tmp/debs"
}

# The packages reach each other by relative links, except for the Makefile's
# include; made relative too, the tree works wherever it is. A vmlinux is there
# for BTF only, which we do not make: it would ask for pahole.
make_self_contained() {
	local headers=usr/src/linux-headers-$release

	# shellcheck disable=SC2016 # for make
	sed -i 's,/usr/src/,$(dir $(realpath $(lastword $(MAKEFILE_LIST))))../,' "$tmp/$headers/Makefile"
	rm -f "$tmp/$headers/vmlinux"
	ln -s "$headers" "$tmp/build"
	echo "$release" >"$tmp/release"
	echo "$package $package_version" >"$tmp/package"
}

tmp=
cache_init
entry=$STLB_CACHE/kernels/debian-$version-$arch
is_there() {
	[ -e "$entry/release" ] && cache_used "$entry" && echo "$entry"
}

! is_there || exit 0
lock "$STLB_CACHE/lock/debian-$version-$arch" "fetches the kernel debian:$version for $arch"
! is_there || exit 0

temporary tmp "$entry"
mkdir "$tmp/debs" || die_of_failure "cannot write to '$tmp'"
apt_open "$debarch" "${suites[@]}"
found=$(newest) || die 2 "Debian's mirror has no kernel $version for $debarch: the versions are $(listed "${!SUITES[@]}")"
read -r release package <<<"$found"
package_version=$(apt_version "$package")
common=$(dependency 'linux-headers-[^ ]*-common')
kbuild=$(dependency 'linux-kbuild-[^ ]*')
say "fetching the kernel debian:$version for $arch: $package $package_version"
apt_fetch "$tmp/debs" "$package" "linux-headers-$release" "$common"
apt_close
fetch_kbuild

run unpack_all 2>"$tmp/unpack.log" || die_of_failure "cannot unpack $package" "$tmp/unpack.log"
rm "$tmp/unpack.log"
make_self_contained || die_of_failure "cannot write to '$tmp'"
publish "$tmp" "$entry"
is_there
