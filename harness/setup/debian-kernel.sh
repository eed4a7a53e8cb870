#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-kernel.sh VERSION ARCH CROSS: puts a stock Debian kernel and the tree to
# build its modules against into $STLB_CACHE/kernels/debian-VERSION-ARCH, and
# prints that:
#
#   image    the kernel, as Debian ships it
#   config   its .config
#   release  its uname -r
#   package  name and version of the package that it is from
#   modules  those of KVM, as init loads them; none where it is built in
#   build    for make -C
#   usr      what build leads to, laid out as the packages have it
#
# Where Debian's mirror has no such kernel any more, it is built from Debian's source
# of that version, as build-kernel.sh does for source:VERSION, and CROSS is for that.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"
# shellcheck source-path=SCRIPTDIR source=debian-release.sh
. "$setup/debian-release.sh"

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

# The modules without which there is no /dev/kvm; KVM is built in on arm64.
declare -rA KVM_MODULES=(
	[arm64]=''
	[x86]='virt/lib/irqbypass drivers/crypto/ccp/ccp arch/x86/kvm/kvm arch/x86/kvm/kvm-amd'
	[powerpc]='arch/powerpc/kvm/kvm arch/powerpc/kvm/kvm-hv'
)

listed() { printf '%s\n' "$@" | sort -V | paste -sd' ' -; }

[ $# -eq 3 ] || die 2 "debian-kernel.sh: usage: debian-kernel.sh VERSION ARCH CROSS"
version=$1 arch=$2 cross=$3
[ -n "${SUITES[${version:- }]:-}" ] ||
	die 2 "no kernel debian:$version: the versions are $(listed "${!SUITES[@]}")"
[ -n "${ARCHES[${arch:- }]:-}" ] ||
	die 2 "no architecture $arch: the architectures are $(listed "${!ARCHES[@]}")"
read -r debarch flavour image <<<"${ARCHES[$arch]}"
read -ra suites <<<"${SUITES[$version]}"

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

# unpack_modules DEB DEST: the modules of KVM, unpacked from an image package
unpack_modules() {
	local deb=$1 dest=$2 module file members=()

	mkdir "$dest"
	for module in ${KVM_MODULES[$arch]}; do
		members+=("./lib/modules/$release/kernel/$module.ko*" "./usr/lib/modules/$release/kernel/$module.ko*")
	done
	[ ${#members[@]} -gt 0 ] || return 0
	# Of the two places that packages have had there is one, so tar misses the other.
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dest" --no-same-owner --wildcards "${members[@]}" 2>/dev/null || true
	while read -r file; do
		case $file in
		*.xz) xz -dc "$file" >"$dest/$(basename "$file" .xz)" ;;
		*) mv "$file" "$dest" ;;
		esac
	done < <(find "$dest" -mindepth 2 -name '*.ko*')
	rm -rf "${dest:?}/lib" "${dest:?}/usr"
}

unpack_all() {
	local deb

	for deb in "$tmp"/debs/linux-image-*.deb; do
		unpack "$deb" "./boot/$image-$release" "./boot/config-$release"
		unpack_modules "$deb" "$tmp/modules"
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
	echo "$image_package $release_version" >"$tmp/package"
}

# What the mirror lacks is built, and so is what was built in its place before, whether
# the mirror can be reached or not.
build_instead() {
	local status=$1 reason=$apt_error

	[ "$status" = 2 ] || [ -e "$STLB_CACHE/sources/debian-$version/package" ] ||
		die 3 "$reason"
	say "$reason: taking source:$version in its place"
	run "$setup/host-packages.sh" ${NO_SETUP:+--no-setup} build || exit
	run "$setup/build-kernel.sh" "$setup/../.." "source:$version" "$arch" "$cross" ||
		die 3 "$reason, and source:$version cannot be built"
}

tmp=
cache_init
entry=$STLB_CACHE/kernels/debian-$version-$arch
is_there() {
	[ -e "$entry/release" ] && cache_used "$entry" && echo "$entry"
}

# A kernel that was fetched when its modules were not wanted gets them now; without them
# the tests that need KVM are skipped.
add_modules() {
	local package package_version failed=''

	read -r package package_version <"$entry/package"
	release=$(<"$entry/release")
	temporary tmp "$entry"
	mkdir "$tmp/debs"
	if [ -n "${KVM_MODULES[$arch]}" ]; then
		say "fetching the modules of debian:$version for $arch: $package $package_version"
		if ! apt_try_open "$debarch" "${suites[@]}"; then
			say "going on without KVM: $apt_error"
			return 0
		fi
		apt_try_fetch "$tmp/debs" "$package=$package_version" || failed=$apt_error
		apt_close
		if [ -n "$failed" ]; then
			say "going on without KVM: $failed"
			return 0
		fi
	fi
	unpack_modules "$(printf '%s\n' "$tmp"/debs/*.deb | head -n1)" "$tmp/modules" &&
		mv -T "$tmp/modules" "$entry/modules"
}

has_modules() { [ -d "$entry/modules" ]; }

! has_modules || ! is_there || exit 0
lock "$STLB_CACHE/lock/debian-$version-$arch" "fetches the kernel debian:$version for $arch"
[ ! -e "$entry/package" ] || has_modules || add_modules
! is_there || exit 0

temporary tmp "$entry"
mkdir "$tmp/debs" || die_of_failure "cannot write to '$tmp'"
fetch_release "$tmp/debs" || {
	build_instead $?
	exit
}

run unpack_all 2>"$tmp/unpack.log" || die_of_failure "cannot unpack $image_package" "$tmp/unpack.log"
rm "$tmp/unpack.log"
make_self_contained || die_of_failure "cannot write to '$tmp'"
publish "$tmp" "$entry"
is_there
