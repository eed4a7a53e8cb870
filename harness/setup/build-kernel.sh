#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build-kernel.sh [--defconfig] ROOT SPEC ARCH CROSS [FRAGMENT...]: builds a
# kernel from source with the fragments of ROOT/configs/kernel, and those given,
# over allnoconfig or the kernel's own defconfig, and prints the directory that it
# is in, laid out as debian-kernel.sh does:
#
#   image    the kernel
#   vmlinux  the same with its symbols, for a debugger
#   config   its .config
#   release  its uname -r
#   package  one line that says what was built
#   build    what modules are built against: a copy, which no later build changes
#
# SPEC is tree:PATH[@REF], source:VERSION or tarball:FILE; ARCH and CROSS are the
# kernel's ARCH= and CROSS_COMPILE=, CROSS may be empty. LLVM is honoured, and CC
# and CROSS_COMPILE are if they compile for ARCH.
#
# A kernel is known by its source, the fragments and the compiler, and built once.
# Objects of a tree are kept, so that an edit costs what it changes.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"
# shellcheck source-path=SCRIPTDIR source=kernel-source.sh
. "$setup/kernel-source.sh"

# To be raised with a change here that makes other kernels of the same source.
readonly FORMAT=1

# What a killed compiler or linker was writing is no older than this.
readonly UNSURE_SECONDS=30

declare -rA IMAGES=(
	[arm64]='Image arch/arm64/boot/Image'
	[x86]='bzImage arch/x86/boot/bzImage'
	[powerpc]='vmlinux vmlinux'
)

# ---- compiler ---------------------------------------------------------------

# Does this compiler make code for the architecture? clang does for all.
compiles_for_arch() {
	case $("$@" -dumpmachine 2>/dev/null)/$arch in
	aarch64-*/arm64 | x86_64-*/x86 | powerpc64*-*/powerpc) return 0 ;;
	esac
	"$@" --version 2>/dev/null | grep -w clang >/dev/null
}

# Sets compiler, and vars for make. Others' CC=gcc is no cross compiler, and is passed over.
choose_compiler() {
	local cc

	if [ -n "${LLVM:-}" ] && [ "$LLVM" != 0 ]; then
		case $LLVM in
		*/) compiler=("${LLVM}clang") ;;
		-*) compiler=("clang$LLVM") ;;
		*) compiler=(clang) ;;
		esac
		vars=("LLVM=$LLVM")
	else
		if [ -n "${CROSS_COMPILE:-}" ] && compiles_for_arch "${CROSS_COMPILE}gcc"; then
			cross=$CROSS_COMPILE
		fi
		compiler=("${cross}gcc")
		vars=("CROSS_COMPILE=$cross")
		read -ra cc <<<"${CC:-}"
		if [ ${#cc[@]} -gt 0 ] && compiles_for_arch "${cc[@]}"; then
			compiler=("${cc[@]}")
			vars+=("CC=$CC")
		fi
	fi
	command -v "${compiler[0]}" >/dev/null || die 3 "no compiler ${compiler[0]}: install it"
}

# ---- configuration ----------------------------------------------------------

# fragment SOURCE: the lines of the fragments as SYMBOL=VALUE|FILE, without the file
# where the kernel in SOURCE need not have the symbol: a mark behind a line, "# from
# 6.8" or "# until 6.5" or both, names the first and the last version that must. Of
# a symbol's lines the last counts: a later fragment may change an earlier one's mind.
fragment() { fragment_lines "$1" | tac | awk -F= '!seen[$1]++' | tac; }

fragment_lines() {
	local version line file mark from until i

	version=$(source_version "$1")
	for i in "${!fragments[@]}"; do
		file=${fragments[i]}
		while IFS= read -r line; do
			[[ ! $line =~ ^#\ (CONFIG_[A-Za-z0-9_]+)\ is\ not\ set$ ]] || line=${BASH_REMATCH[1]}=n
			mark=${line#*#} from=0 until=9999
			[ "$mark" != "$line" ] || mark=
			[[ ! $mark =~ from\ ([0-9.]+) ]] || from=${BASH_REMATCH[1]}
			[[ ! $mark =~ until\ ([0-9.]+) ]] || until=${BASH_REMATCH[1]}
			line=${line%%#*}
			line=${line%"${line##*[![:space:]]}"}
			[ -n "$line" ] || continue
			printf '%s|' "$line"
			! printf '%s\n' "$from" "$version" "$until" | sort -C -V || printf '%s' "${file#"$root/"}"
			echo
		done <"${texts[i]}"
	done
}

# Sets lost to the symbols that the kernel must take over and has not, and whose they are.
find_lost() {
	local wanted file

	lost=
	while IFS='|' read -r wanted file; do
		[ -n "$file" ] || continue
		case $wanted in
		*=n) ! grep -q "^${wanted%=n}=" "$objects/.config" || lost+="${lost:+, }$wanted of $file" ;;
		*) grep -qxF -- "$wanted" "$objects/.config" || lost+="${lost:+, }$wanted of $file" ;;
		esac
	done <"$objects/.stlb-fragment"
}

allnoconfig() { kmake KCONFIG_ALLCONFIG="$objects/.stlb-allconfig" allnoconfig; }

# The tree's own, with the fragments' lines in place of its.
defconfig() {
	local target=defconfig

	# Its defconfig on another machine is one for big-endian machines.
	[ "$arch" != powerpc ] || target=ppc64le_defconfig
	kmake "$target" &&
		awk -F '[= ]' 'NR == FNR { ours[$1]; next } !($1 in ours || ($1 == "#" && $2 in ours))' \
			"$objects/.stlb-allconfig" "$objects/.config" >"$objects/.stlb-config" &&
		cat "$objects/.stlb-config" "$objects/.stlb-allconfig" >"$objects/.config" &&
		kmake olddefconfig
}

# Configures what is not, or what has other fragments or Kconfig files than it had.
configure() {
	local log=$1 stamp=$objects/.stlb-configured lost

	fragment "$source" >"$objects/.stlb-fragment"
	if cmp -s "$objects/.stlb-fragment" "$stamp" &&
		[ -z "$(find "$source" -name 'Kconfig*' -newer "$stamp" -print -quit)" ]; then
		return
	fi
	rm -f "$stamp"
	sed 's/|.*//' "$objects/.stlb-fragment" >"$objects/.stlb-allconfig"
	run "${defconfig:-allnoconfig}" >>"$log" 2>&1 || build_failed "$log"
	find_lost
	[ -z "$lost" ] ||
		die 2 "$spec for $arch has no $lost: Kconfig dropped what depends on something else; if that is right, mark the line '# from VERSION' or '# until VERSION', or give a fragment that says =n"
	cp "$objects/.stlb-fragment" "$stamp"
}

# ---- build ------------------------------------------------------------------

# The caller's make is not the kernel's. Fixed names and times: the same source is the same kernel.
kmake() {
	local cc=()

	unset MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKELEVEL KBUILD_OUTPUT KBUILD_EXTMOD KCONFIG_CONFIG M O V C W
	unset KCFLAGS KAFLAGS KCPPFLAGS LLVM CC CROSS_COMPILE
	! command -v ccache >/dev/null || cc=("CC=ccache ${compiler[*]}")
	KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970' KBUILD_BUILD_VERSION=1 \
		KBUILD_BUILD_USER=stlb KBUILD_BUILD_HOST=stlb LOCALVERSION='' \
		make -C "$source" O="$objects" ARCH="$arch" -j"$(nproc)" "${vars[@]}" "${cc[@]}" "$@"
}

# The first error of a tool, or what make or Kconfig has to say
first_error() {
	{ grep -m1 -E 'error:|^ERROR:|undefined reference|undefined!' "$1" ||
		grep -m1 -E '\*\*\* .*[[:alpha:]]' "$1" || tail -n1 "$1"; } |
		sed "s,$source/,,g; s,$objects/,,g; s,^\(\.\./\)*,,"
}

build_failed() {
	! out_of_space "$1" || die_of_failure "cannot build $spec" "$1"
	die 3 "cannot build $spec for $arch: $(first_error "$1") (log: $1)"
}

# A build that was killed may have left a file half-written; Kconfig's own are whole at any time.
discard_unsure() {
	local last

	[ -e "$objects/.stlb-building" ] || return 0
	last=$(find "$objects" -type f -printf '%T@\n' | sort -n | tail -n1)
	find "$objects" -type f ! -path "$objects/include/config/*" ! -name '.config*' ! -name autoconf.h \
		-newermt "@$((${last%.*} - UNSURE_SECONDS))" -delete
}

build() {
	local log=$1 target

	discard_unsure
	touch "$objects/.stlb-building"
	: >"$log"
	configure "$log"
	read -r target _ <<<"${IMAGES[$arch]}"
	say "building the kernel $spec for $arch (log: $log)"
	run kmake "$target" modules >>"$log" 2>&1 || build_failed "$log"
	rm "$objects/.stlb-building"
}

# ---- result -----------------------------------------------------------------

# Functions that may fail are chained: under `run ... ||`, set -e is off.

host_scripts() {
	find scripts \( -name atomic -o -name dtc -o -name kconfig -o -name package -o -name __pycache__ \) -prune -o \
		! -type d -print
}

# What modules are built against: the choice is that of the kernel's scripts/package/install-extmod-build.
headers_of_source() {
	cd "$source" && echo Makefile &&
		find "arch/$arch" -maxdepth 1 -name 'Makefile*' &&
		find "arch/$arch" -name generated -prune -o -name include -type d -print &&
		find "arch/$arch" -name Kbuild.platforms -o -name Platform -o -path '*/tools/*.sh' &&
		find include \( -name config -o -name generated \) -prune -o ! -type d -print &&
		host_scripts
}

headers_of_build() {
	cd "$objects" && printf '%s\n' .config Module.symvers "arch/$arch/include/generated" include/generated \
		include/config/auto.conf include/config/kernel.release &&
		{ [ ! -e tools/objtool/objtool ] || echo tools/objtool/objtool; } &&
		host_scripts
}

# pack_headers OPTION...: a tar archive, and another behind it
pack_headers() {
	headers_of_source | sort | tar -c -C "$source" "$@" -T - &&
		headers_of_build | sort | tar -c -C "$objects" --exclude='.*.cmd' --exclude='*.o' "$@" -T -
}

headers_make() { printf '%s\n' "${compiler[*]}" "${vars[@]}"; }

# Kernels that differ only in what modules do not see share one copy, and so their
# modules. Most builds are of an edit that these do not see: no copy, then.
keep_headers() {
	local dir=$1 hash kept=$STLB_CACHE/headers

	hash=$({ pack_headers --sort=name --mtime=@0 --owner=0 --group=0 && headers_make; } | sha256sum) ||
		return
	hash=${hash:0:16}
	if [ ! -e "$kept/$hash" ]; then
		mkdir -p "$dir" "$kept" && pack_headers | tar -x -i -C "$dir" && headers_make >"$dir/.stlb-make" &&
			publish "$dir" "$kept/$hash" || return
	fi
	ln -s "../../headers/$hash" "$tmp/build"
}

collect() {
	local image

	read -r _ image <<<"${IMAGES[$arch]}"
	cp "$objects/$image" "$tmp/image" &&
		if [ "$image" = vmlinux ]; then ln -s image "$tmp/vmlinux"; else cp "$objects/vmlinux" "$tmp/vmlinux"; fi &&
		cp "$objects/.config" "$tmp/config" &&
		cp "$objects/include/config/kernel.release" "$tmp/release" &&
		"${kind}_describe" >"$tmp/package" &&
		keep_headers "$tmp/headers"
}

keep() {
	tmp=
	temporary tmp "$entry"
	run collect 2>"$tmp/collect.log" || die_of_failure "cannot keep the kernel $spec" "$tmp/collect.log"
	rm "$tmp/collect.log"
	mv "$entry.log" "$tmp/build.log"
	publish "$tmp" "$entry"
	# A package or tarball does not change: its objects have done what they were for.
	[ "$kind" = tree ] || rm -rf -- "$objects"
}

# ---- main -------------------------------------------------------------------

# What decides what the kernel is, source and fragments' contents apart: make can tell
# what a change of those costs
setting() {
	echo "$FORMAT" "$arch" "${vars[@]}"
	# Before there were snapshots, a key could lead to another tree's kernel.
	[ "${source##*/}" != snapshot ] || echo snapshot
	[ -z "$defconfig" ] || echo "$defconfig"
	printf '%s\n' "${fragments[@]#"$root/"}"
	"${compiler[@]}" -v 2>&1
}

# Sets entry, from what the source and the fragments are now: what they become is not built.
find_entry() {
	local key i

	texts=()
	run "${kind}_identity" >"$identity"
	for i in "${!fragments[@]}"; do
		texts+=("$scratch/$i.config")
		cp -- "${fragments[i]}" "${texts[i]}"
	done
	key=$({
		setting
		cat -- "${texts[@]}" "$identity"
		echo "$spec"
	} | sha256sum)
	entry=$STLB_CACHE/kernels/$kind-$arch-${key:0:16}
}

# Is it there? Of a tree, which commit it is may have changed without its files.
is_built() {
	[ -e "$entry/release" ] || return
	"${kind}_describe" >"$scratch/package"
	cmp -s "$scratch/package" "$entry/package" || cp "$scratch/package" "$entry/package"
}

defconfig=
if [ "${1:-}" = --defconfig ]; then
	defconfig=defconfig
	shift
fi
[ $# -ge 4 ] || die 2 "build-kernel.sh: usage: build-kernel.sh [--defconfig] ROOT SPEC ARCH CROSS [FRAGMENT...]"
root=$(readlink -f -- "$1") spec=$2 arch=$3 cross=$4
shift 4
kind=${spec%%:*}
[ -n "${IMAGES[${arch:- }]:-}" ] || die 2 "no architecture $arch: the architectures are $(listed "${!IMAGES[@]}")"
fragments=("$root/configs/kernel/base.config" "$root/configs/kernel/$arch.config" "$root"/configs/kernel/features/*.config)
[ -r "${fragments[1]}" ] || die 3 "no configs/kernel in '$root': give the root of the tree"
fragments+=("$@")

cache_init
source=
case $kind in
tree | source | tarball) "${kind}_locate" "${spec#*:}" ;;
*) die 2 "$spec cannot be built: write tree:PATH, source:VERSION or tarball:FILE" ;;
esac
choose_compiler
scratch=$(mktemp -d) || die 3 "cannot make a temporary directory: free some space in '${TMPDIR:-/tmp}'"
temporaries+=("$scratch")
identity=$scratch/identity

# Builds entry from what its key was made of.
build_entry() {
	lock "$STLB_CACHE/lock/build-kernel" "builds a kernel"
	! is_built || return 0
	"${kind}_provide"
	objects=$(setting | sha256sum)
	objects=$state/objects-$arch-${objects:0:12}
	[ "${source##*/}" != commit ] || objects+=-commit
	mkdir -p "$objects" "${entry%/*}" 2>/dev/null || die_of_failure "cannot make '$objects'"
	build "$entry.log"
	keep
}

find_entry
if ! is_built; then
	build_entry
fi
cache_used "$entry"
cache_used "$(readlink -f -- "$entry/build")"
[ -z "$state" ] || cache_used "$state"
echo "$entry"
