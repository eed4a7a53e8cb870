#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build-module.sh ROOT BUILD_DIR ARCH CROSS: builds stlb.ko from the tree ROOT
# against the kernel in BUILD_DIR and prints where it is. ARCH and CROSS are the
# kernel's ARCH= and CROSS_COMPILE=, CROSS may be empty; a kernel of
# build-kernel.sh says itself which compiler it was built with. The module is
# built once for each set of sources, kernel and compiler, in a copy: ROOT is not
# written to. Beside it are "compiler", the first line of that compiler's --version,
# and, where the kernel's own was of another major version, "note", which says so. It
# is built again if a file of the kernel's that went into it has changed.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"

# Paths of the sources, relative to ROOT; what an in-place build left is none.
sources() {
	(cd -- "$root" && find harness/module harness/include arch -type f \
		\( -name '*.[chS]' -o -name Kbuild -o -name Makefile \) ! -name '*.mod.c' -print0 | sort -z)
}

# A kernel is known by its configuration, its symbols and its release.
identity() {
	local file

	(cd -- "$root" && sources | xargs -0 sha256sum)
	for file in .config Module.symvers include/generated/utsrelease.h; do
		sha256sum <"$build/$file"
	done
	echo "$build" "$arch"
	"${compiler[@]}" -v 2>&1
	printf '%s\n' "${vars[@]}"
	sha256sum <"$setup/build-module.sh"
}

# Sets compiler, and vars for make. Debian's trees name the compiler by its version,
# which other releases of Debian do not have: there the host's own has to do.
choose_compiler() {
	local name

	compiler=("${cross}gcc") vars=("CROSS_COMPILE=$cross")
	if [ -e "$build/.stlb-make" ]; then
		mapfile -t vars <"$build/.stlb-make"
		read -ra compiler <<<"${vars[0]}"
		vars=("${vars[@]:1}")
	fi
	# shellcheck disable=SC2016 # of make
	name=$(sed -n 's/^CC = .*$(CROSS_COMPILE)\(gcc-[0-9]*\)$/\1/p' "$build/.kernelvariables" 2>/dev/null) || true
	if [ -n "$name" ] && command -v "$cross$name" >/dev/null; then
		compiler=("$cross$name")
	elif [ -n "$name" ]; then
		vars+=("CC=${cross}gcc")
	fi
	command -v "${compiler[0]}" >/dev/null || die 3 "no compiler ${compiler[0]}: install it"
}

# major VERSION_TEXT: "gcc 12"
major() { sed -nE 's/.*(gcc|clang).* ([0-9]+)\.[0-9]+.*/\1 \2/p' <<<"$1"; }

# Sets ours and theirs, the --version of this compiler and of the kernel's, and note if
# they are of different majors. A plugin that moves the members of structures is of the
# kernel's compiler alone; others do nothing that a module has to do as well.
compare_compilers() {
	ours=$("${compiler[@]}" --version | head -n1)
	theirs=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\(.*\)"$/\1/p' "$build/.config")
	note=
	[ "$(major "$ours")" != "$(major "$theirs")" ] && [ -n "$theirs" ] || return 0
	note="stlb.ko was built by $(major "$ours"), the kernel by $(major "$theirs")"
	! grep -q '^CONFIG_GCC_PLUGIN_RANDSTRUCT=y' "$build/.config" ||
		die 3 "$note, whose plugin RANDSTRUCT moves members of structures: install the kernel's compiler, $theirs"
	! grep -q '^CONFIG_GCC_PLUGINS=y' "$build/.config" || vars+=("GCC_PLUGINS_CFLAGS=")
}

# is_built ENTRY: it is there, and the kernel's files that it was made of are as they were
is_built() { [ -e "$1/stlb.ko" ] && sha256sum -c --status "$1/read" 2>/dev/null; }

# The kernel's files that the build in $tmp has read: those that its compilers name, and
# what makes the build. One is there for certain, and says where the source is.
files_read() {
	local file source='' found=()

	while read -r file; do
		[ "${file:0:1}" = / ] || file=$build/$file
		[ "${file#*/include/linux/kconfig.h}" = "$file" ] || source=${file%/include/linux/kconfig.h}
		[ ! -f "$file" ] || [[ $file = "$tmp"/* ]] || found+=("$file")
	done < <(find "$tmp" -name '.*.cmd' -exec sed -n 's/^  \([^ $][^ ]*\).*/\1/p' {} + | sort -u)
	[ -n "$source" ] || return
	for file in "$source"/{Makefile,arch/"$arch"/Makefile*,scripts/{Makefile*,Kbuild.include,module*}} \
		"$build"/{scripts/module.lds,scripts/mod/modpost,tools/objtool/objtool}; do
		[ ! -f "$file" ] || found+=("$file")
	done
	printf '%s\0' "${found[@]}"
}

compile() {
	# The caller's make is not the kernel's: its flags and variables stay out.
	unset MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKELEVEL KBUILD_OUTPUT KBUILD_EXTMOD M O V C W LLVM CC CROSS_COMPILE
	TMPDIR=$tmp make -C "$build" -j"$(nproc)" M="$tmp/harness/module" ARCH="$arch" "${vars[@]}" modules
}

# What Kbuild found, or the first error of the compiler, modpost or make, with paths as they are in ROOT
first_error() {
	sed -n 's/.*\*\*\* stlb: \(.*\)\.  Stop\.$/\1/p' "$1" | grep -m1 . || { grep -m1 -E 'error:|^ERROR:|undefined!' "$1" || grep -m1 -E '\*\*\*' "$1" || tail -n1 "$1"; } |
		sed "s,$tmp/,,g; s,\(\.\./\)*harness/module/\.\./\.\./,,g"
}

[ $# -eq 4 ] || die 2 "build-module.sh: usage: build-module.sh ROOT BUILD_DIR ARCH CROSS"
root=$(readlink -f -- "$1") arch=$3 cross=$4 tmp=
build=$(readlink -f -- "$2") || build=
[ -d "$root/harness/module" ] || die 3 "no module in '$1': give the root of the tree"
if [ ! -f "$build/Makefile" ] || [ ! -f "$build/.config" ]; then
	die 3 "'$2' is no directory to build modules against: give the kernel's build directory, configured and prepared"
fi
choose_compiler
compare_compilers

cache_init
key=$(identity | sha256sum) || die 3 "cannot read the module's sources in '$root' or the kernel in '$build'"
key=${key:0:16}
entry=$STLB_CACHE/modules/$key
if ! is_built "$entry"; then
	lock "$STLB_CACHE/lock/module-$key" "builds the module for ${build##*/}"
fi
if ! is_built "$entry"; then
	temporary tmp "$entry"
	log=$STLB_CACHE/modules/$key.log
	{ (cd -- "$root" && sources | xargs -0 cp --parents -t "$tmp" --no-preserve=mode) 2>"$log"; } ||
		die_of_failure "cannot copy the module's sources" "$log"
	touch "$tmp/start"
	if ! run compile >"$log" 2>&1; then
		! out_of_space "$log" || die_of_failure "cannot build the module" "$log"
		die 3 "cannot build the module for ${build##*/}: $(first_error "$log")${note:+ ($note)} (log: $log)"
	fi
	mkdir "$tmp/result"
	files_read >"$tmp/read" || die 3 "cannot tell what the module was made of: no .cmd file of '$tmp' has linux/kconfig.h"
	xargs -0 sha256sum <"$tmp/read" >"$tmp/result/read"
	# shellcheck disable=SC2185 # the paths are in the file
	[ -z "$(find -files0-from "$tmp/read" -newercm "$tmp/start")" ] ||
		die 3 "'$build' changed while the module was built: run again"
	mv "$tmp/harness/module/stlb.ko" "$tmp/result"
	mv "$log" "$tmp/result/build.log"
	echo "$ours" >"$tmp/result/compiler"
	[ -z "$note" ] || echo "$note" >"$tmp/result/note"
	publish "$tmp/result" "$entry"
fi
cache_used "$entry"
echo "$entry/stlb.ko"
