# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# debian-kernel.sh against archives in every state that Debian's has been seen in: two
# releases, 6.1.0-9 (whole) and 6.1.0-10 (of which a part is missing), made here. apt
# is real, and reads them by file: URIs; the source that is built is a stand-in.

readonly OLD=6.1.0-9 OLD_VERSION=6.1.9-1 NEW=6.1.0-10 NEW_VERSION=6.1.10-1

# deb PACKAGE VERSION ARCHITECTURE [DEPENDS]: packs $work/files, and empties it
deb() {
	mkdir -p "$work/files/DEBIAN" "$work/archive/pool"
	printf '%s\n' "Package: $1" "Version: $2" "Architecture: $3" ${4:+"Depends: $4"} \
		'Maintainer: nobody <nobody@localhost>' 'Description: made by a check' >"$work/files/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$work/files" "$work/archive/pool/$1_$2_$3.deb" >/dev/null
	rm -r "$work/files"
}

packed() {
	mkdir -p "$work/files/${1%/*}"
	cat >"$work/files/$1"
}

deb_of_image() {
	echo "image $2" | packed "boot/vmlinuz-$1-arm64"
	echo "CONFIG_X=y" | packed "boot/config-$1-arm64"
	deb "linux-image-$1-arm64$3" "$2" arm64
}

deb_of_headers() {
	echo 'include /usr/src/x' | packed "usr/src/linux-headers-$1-arm64/Makefile"
	deb "linux-headers-$1-arm64" "$2" arm64 "linux-headers-$1-common (= $2), linux-kbuild-6.1 (>= $2), gcc-12"
}

deb_of_common() {
	echo x | packed "usr/src/linux-headers-$1-common/Makefile"
	deb "linux-headers-$1-common" "$2" all
}

deb_of_kbuild() {
	echo x | packed usr/lib/linux-kbuild-6.1/scripts/x
	deb linux-kbuild-6.1 "$1" "$(dpkg --print-architecture)"
}

# Both releases, whole, and a meta package that names one which is not there
make_archive() {
	local release

	for release in "$OLD $OLD_VERSION" "$NEW $NEW_VERSION"; do
		# shellcheck disable=SC2086 # words
		deb_of_image $release '' && deb_of_headers $release && deb_of_common $release && deb_of_kbuild ${release#* }
	done
	deb linux-image-arm64 6.1.11-1 arm64 'linux-image-6.1.0-11-arm64 (= 6.1.11-1)'
	printf '%s\n' 'Dir::Etc::sourceparts "/dev/null";' "Dir::Etc::sourcelist \"$work/sources.list\";" \
		'Acquire::AllowInsecureRepositories "true";' 'APT::Get::AllowUnauthenticated "true";' >"$work/apt.conf"
	echo "deb file://$work/archive bookworm main" >"$work/sources.list"
	export APT_CONFIG=$work/apt.conf STLB_CACHE=$work/cache
}

# Removes packages from the pool.
without() {
	local package

	for package; do
		rm "$work/archive/pool/${package}"_*
	done
}

# list_archive [SUITE]: the lists, as the pool is now
list_archive() {
	local arch deb dir

	for arch in arm64 amd64 all; do
		dir=$work/archive/dists/${1:-bookworm}/main/binary-$arch
		mkdir -p "$dir"
		for deb in "$work"/archive/pool/*_"$arch".deb "$work"/archive/pool/*_all.deb; do
			[ -e "$deb" ] || continue
			dpkg-deb -f "$deb"
			printf 'Filename: pool/%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" \
				"$(sha256sum <"$deb" | cut -d' ' -f1)"
		done >"$dir/Packages"
	done
}

# fetches PACKAGE [LINE...]: that is the image that is fetched, and what is said matches LINE...
fetches() {
	local want=$1 entry line
	shift

	NO_SETUP=1 harness/setup/debian-kernel.sh 6.1 arm64 aarch64-linux-gnu- >"$work/entry" 2>"$work/stderr" ||
		fail "status $?: $(cat "$work/stderr")"
	entry=$(cat "$work/entry")
	[ "$(cat "$entry/package")" = "$want" ] || fail "it took $(cat "$entry/package"), not $want: $(cat "$work/stderr")"
	[ -s "$entry/image" ] && [ -e "$entry/build/Makefile" ]
	for line; do
		grep -qE -- "$line" "$work/stderr" || fail "'$line' was not said: $(cat "$work/stderr")"
	done
	[ "$(grep -c ': passing over ' "$work/stderr")" = "$(printf '%s\n' "$@" | grep -c '^passing over')" ] ||
		fail "$(cat "$work/stderr")"
	rm -r "$work/cache/kernels"
}

readonly FETCHES_OLD="linux-image-$OLD-arm64 $OLD_VERSION" PASSING="passing over $NEW-arm64 $NEW_VERSION: "

check_archive_is_whole() {
	make_archive
	list_archive
	fetches "linux-image-$NEW-arm64 $NEW_VERSION"
	# Signed later, or never
	without "linux-image-$NEW-arm64"
	deb_of_image $NEW $NEW_VERSION -unsigned
	list_archive
	rm -r "$work/cache"
	fetches "linux-image-$NEW-arm64-unsigned $NEW_VERSION"
}

# passes_over PART LINE...: the newer release lacks a part
passes_over() {
	local part=$1
	shift

	make_archive
	without "$part"
	list_archive
	fetches "$FETCHES_OLD" "$@"
}

check_archive_lacks_the_image() { passes_over "linux-image-$NEW-arm64" "${PASSING}the archive has no linux-image-$NEW-arm64, signed or unsigned"; }

check_archive_lacks_the_headers() { passes_over "linux-headers-$NEW-arm64" "${PASSING}the archive has no linux-headers-$NEW-arm64"; }

check_archive_lacks_the_common_headers() { passes_over "linux-headers-$NEW-common" "${PASSING}the archive has no linux-headers-$NEW-common"; }

# The host's architecture is behind the kernel's.
check_archive_lacks_kbuild() {
	make_archive
	rm "$work/archive/pool/linux-kbuild-6.1_$NEW_VERSION"_*
	list_archive
	fetches "$FETCHES_OLD" "${PASSING}the archive has no linux-kbuild-6.1 >= $NEW_VERSION for $(dpkg --print-architecture)"
}

# The kernel's architecture is behind the host's: a newer kbuild serves.
check_archive_has_a_newer_kbuild() {
	make_archive
	without "linux-image-$NEW-arm64" "linux-headers-$NEW-arm64" "linux-headers-$NEW-common"
	rm "$work/archive/pool/linux-kbuild-6.1_$OLD_VERSION"_*
	list_archive
	fetches "$FETCHES_OLD"
}

# The host's own release has newer kernels of the same name, and its lists are there.
check_archive_of_another_release() {
	make_archive
	list_archive trixie
	without "linux-image-$NEW-arm64" "linux-headers-$NEW-arm64" "linux-headers-$NEW-common"
	list_archive
	bash -c '. harness/setup/lib.sh && . harness/setup/apt.sh && cache_init && apt_open arm64 trixie && apt_close' 2>"$work/stderr"
	fetches "$FETCHES_OLD"
}

# The lists name what the pool lost, or has with other contents.
check_archive_lost_a_package() {
	make_archive
	list_archive
	without "linux-headers-$NEW-arm64"
	fetches "$FETCHES_OLD" "${PASSING}cannot download linux-"
	deb_of_headers $NEW $NEW_VERSION
	echo other >>"$work/archive/pool/linux-headers-$NEW-arm64_${NEW_VERSION}_arm64.deb"
	fetches "$FETCHES_OLD" "${PASSING}cannot download linux-"
}

# The pool has moved on since the lists were fetched: new ones lead to what is there.
check_archive_has_moved_on() {
	make_archive
	without "linux-image-$NEW-arm64"
	list_archive
	fetches "$FETCHES_OLD" "$PASSING"
	without "linux-image-$OLD-arm64" "linux-headers-$OLD-arm64"
	deb_of_image $NEW $NEW_VERSION ''
	list_archive
	fetches "linux-image-$NEW-arm64 $NEW_VERSION" "$PASSING"
}

# No stock kernel is left: Debian's source of that version is built.
check_archive_has_only_the_source() {
	local base=$work/files/usr/src

	make_archive
	without "linux-image-$NEW-arm64" "linux-image-$OLD-arm64"
	list_archive
	status=0
	NO_SETUP=1 harness/setup/debian-kernel.sh 6.1 arm64 aarch64-linux-gnu- >"$work/entry" 2>"$work/stderr" || status=$?
	[ "$status" = 3 ] || fail "status $status: $(cat "$work/stderr")"
	tail -n1 "$work/stderr" | grep -q "has no whole kernel 6.1 for arm64 (passing over $NEW-arm64.*, and source:6.1 cannot be built" ||
		fail "$(cat "$work/stderr")"

	stand_in "$work/linux-source-6.1"
	mkdir -p "$base"
	tar -c -C "$work" -f "$base/linux-source-6.1.tar.xz" linux-source-6.1
	deb linux-source-6.1 $NEW_VERSION all
	list_archive
	rm -r "$work/cache"
	fetches "linux-source-6.1 $NEW_VERSION" "has no whole kernel 6.1 for arm64 .*: taking source:6.1 in its place"
	# Later runs need no archive.
	NO_SETUP=1 harness/setup/debian-kernel.sh 6.1 arm64 aarch64-linux-gnu- >"$work/entry" 2>"$work/stderr"
	rm -r "$work/archive" "$work/cache/apt"
	NO_SETUP=1 harness/setup/debian-kernel.sh 6.1 arm64 aarch64-linux-gnu- >"$work/again" 2>"$work/stderr" ||
		fail "$(cat "$work/stderr")"
	cmp "$work/entry" "$work/again"
}
