# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # debian-kernel.sh sets debarch, flavour, version, suites
#
# Which release of a Debian kernel can be had. To be sourced after lib.sh and apt.sh.
#
# A release is the part of the packages' names that `uname -r` prints. All that it
# needs must be of one version: the image, signed or not, and both header packages,
# for the kernel's architecture, and a kbuild package for the host's that the headers
# accept. An archive that is being updated lacks some of them for hours or days (the
# signed image comes last), and names what it lacks in other packages' dependencies.

# "PACKAGE VERSION" -> what it depends on
declare -A in_archive=() kbuilds=()
# "RELEASE VERSION" -> how often it could not be fetched, and why
declare -A fetch_failures=() fetch_reasons=()

# read_packages ARRAY DEBARCH REGEX: ARRAY is what an architecture's lists have under such names
read_packages() {
	local -n into=$1
	local package package_version depends names

	into=()
	apt_try_open "$2" "${suites[@]}" || return
	mapfile -t names < <(apt_names "$3")
	if [ ${#names[@]} -gt 0 ]; then
		while read -r package package_version depends; do
			# shellcheck disable=SC2034 # the caller's array
			into["$package $package_version"]=$depends
		done < <(apt_depends "${names[@]}")
	fi
	apt_close
}

# Sets in_archive and kbuilds; or fails, and sets apt_error.
read_archive() {
	local stem=${version//./\\.}'[.~+-].*'

	read_packages in_archive "$debarch" "linux-(image|headers)-$stem" &&
		read_packages kbuilds "$(dpkg --print-architecture)" "linux-kbuild-${version//./\\.}([.~+-].*)?"
}

# dependency REGEX DEPENDS: "NAME", "NAME = VERSION" or the like, of the first that matches
dependency() {
	tr ',' '\n' <<<"$2" | sed -nE "s/^ *($1)( \((.*)\))? *\$/\1 \3/p" | head -n1
}

# The newest version of a kbuild package that satisfies "NAME [RELATION VERSION]"; the
# relation's own version if there is one, for that was made with the headers.
find_kbuild() {
	local name=$1 relation=${2:-'>='} wanted=${3:-0} candidate best=

	for candidate in "${!kbuilds[@]}"; do
		[ "${candidate% *}" = "$name" ] || continue
		candidate=${candidate#* }
		if [ "$candidate" = "$release_version" ]; then
			best=$candidate
			break
		fi
		dpkg --compare-versions "$candidate" "$relation" "$wanted" || continue
		if [ -z "$best" ] || dpkg --compare-versions "$candidate" gt "$best"; then
			best=$candidate
		fi
	done
	[ -n "$best" ] && echo "$name=$best"
}

# Sets image_package, common and kbuild of $release in $release_version; or fails, and
# sets missing to what the archive lacks.
find_parts() {
	local headers=linux-headers-$release relation

	missing='' common='' kbuild=''
	if [ -z "${in_archive["$headers $release_version"]+there}" ]; then
		missing=$headers
		return 1
	fi
	for image_package in "linux-image-$release" "linux-image-$release-unsigned" ''; do
		[ -z "${in_archive["$image_package $release_version"]+there}" ] || break
	done
	if [ -z "$image_package" ]; then
		missing="linux-image-$release, signed or unsigned"
		return 1
	fi
	read -r common _ < <(dependency 'linux-headers-[^ ]*-common' "${in_archive["$headers $release_version"]}") || true
	if [ -z "$common" ] || [ -z "${in_archive["$common $release_version"]+there}" ]; then
		missing=${common:-the -common headers that $headers should depend on}
		return 1
	fi
	relation=$(dependency 'linux-kbuild-[^ ]*' "${in_archive["$headers $release_version"]}")
	# shellcheck disable=SC2086 # words
	if [ -z "$relation" ] || ! kbuild=$(find_kbuild $relation); then
		missing=$(printf '%s for %s' "${relation:-the kbuild package that $headers should depend on}" "$(dpkg --print-architecture)")
		return 1
	fi
}

# "VERSION RELEASE" of each release that the archive has a part of, newest first
releases() {
	local release="${version//./\\.}([.~+-][0-9][0-9.]*|[+~](deb|rc)[0-9.]+)+-$flavour"

	printf '%s\n' "${!in_archive[@]}" | sed -nE "s/^linux-(image|headers)-($release)(-unsigned)? ([^ ]*)\$/\6 \2/p" |
		sort -u | sort -r -V
}

# Sets release, release_version, image_package, common and kbuild to the newest release
# that is whole and has not failed twice, and passed_over to a line for each newer one
# that is not; or fails.
choose_release() {
	local candidate

	passed_over=()
	while read -r release_version release; do
		candidate="$release $release_version"
		if [ "${fetch_failures["$candidate"]:-0}" -ge 2 ]; then
			passed_over+=("passing over $candidate: ${fetch_reasons["$candidate"]}")
		elif ! find_parts; then
			passed_over+=("passing over $candidate: the archive has no $missing of that version")
		else
			return 0
		fi
	done < <(releases)
	return 1
}

# fetch_release DIR: the packages of the newest release that can be had; sets what
# choose_release sets. Or sets apt_error to why none could be had: status 1, the archive
# could not be read; 2, it has none.
#
# The lists and the pool of a mirror may be of different days. So what cannot be
# downloaded is looked for once more in new lists, and passed over if it fails again.
fetch_release() {
	local dir=$1 candidate line

	while read_archive; do
		if ! choose_release; then
			apt_error="Debian's mirror has no whole kernel $version for $debarch${passed_over[0]:+ (${passed_over[0]})}"
			return 2
		fi
		[ ${#passed_over[@]} -eq 0 ] || printf '%s\n' "${passed_over[@]}" | while read -r line; do say "$line"; done
		say "fetching the kernel debian:$version for $arch: $image_package $release_version"
		fetch_parts "$dir" && return
		candidate="$release $release_version"
		fetch_failures["$candidate"]=$((${fetch_failures["$candidate"]:-0} + 1))
		fetch_reasons["$candidate"]=$apt_error
		rm -f -- "$dir"/*.deb
	done
	return 1
}

# kbuild runs here, so it is of the host's architecture.
fetch_parts() {
	local dir=$1 status=0

	apt_try_open "$debarch" "${suites[@]}" || return
	apt_try_fetch "$dir" "$image_package=$release_version" "linux-headers-$release=$release_version" \
		"$common=$release_version" || status=1
	apt_close
	[ $status -eq 0 ] && apt_try_open "$(dpkg --print-architecture)" "${suites[@]}" || return
	apt_try_fetch "$dir" "$kbuild" || status=1
	apt_close
	return $status
}
