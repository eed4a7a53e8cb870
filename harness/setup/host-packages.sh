#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# host-packages.sh [--no-setup] [--later=GROUP]... GROUP...: what this machine needs for
#
#   runner  the runner itself: options, explain, --list, --dry-run
#   run     building the tests and modules, booting the kernels
#   build   building kernels from source
#   check   make check
#
# Root gets what is missing installed; others, and --no-setup, are told the
# commands (status 3), with those for the later groups, to be pasted once. What
# works counts, wherever it came from.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"

readonly QEMU_MAJOR=10

# ---- what is needed ---------------------------------------------------------

# GROUP PACKAGE TEST REASON; the test is one of the have_* below, with its argument
needs() {
	cat <<-'END'
	runner gcc                          command:gcc                 compiles the runner
	runner libc6-dev                    static:gcc                  C library to compile against
	runner make                         command:make                builds everything
	runner pkg-config                   command:pkg-config          finds the libraries
	runner libarchive-dev               library:libarchive          initramfs of the guests
	runner libinih-dev                  library:inih                matrix and known bugs
	runner libjansson-dev               library:jansson             JSON results
	runner libxml2-dev                  library:libxml-2.0          JUnit results
	run    e2fsprogs                    command:mke2fs              a file system for the guests
	run    xz-utils                     command:xz                  unpacks the kernel's kselftest headers
	run    libelf1                      shared:libelf.so.1          objtool, in building x86 modules
	run    gcc-aarch64-linux-gnu        command:aarch64-linux-gnu-gcc      compiles arm64 tests and modules
	run    libc6-dev-arm64-cross        static:aarch64-linux-gnu-gcc       C library of the arm64 tests
	run    gcc-powerpc64le-linux-gnu    command:powerpc64le-linux-gnu-gcc  compiles powerpc tests and modules
	run    libc6-dev-ppc64el-cross      static:powerpc64le-linux-gnu-gcc   C library of the powerpc tests
	run    gcc-x86-64-linux-gnu         command:x86_64-linux-gnu-gcc       compiles x86 tests and modules
	run    libc6-dev-amd64-cross        static:x86_64-linux-gnu-gcc        C library of the x86 tests
	run    qemu-system-arm              qemu:qemu-system-aarch64    boots arm64 kernels
	run    qemu-system-x86              qemu:qemu-system-x86_64     boots x86 kernels
	run    qemu-system-ppc              qemu:qemu-system-ppc64      boots powerpc kernels
	run    libglib2.0-dev               library:glib-2.0            compiles QEMU's plugin
	build  flex                         command:flex                the kernel's configuration
	build  bison                        command:bison               the kernel's configuration
	build  bc                           command:bc                  the kernel's constants of time
	build  libelf-dev                   library:libelf              objtool, of x86 kernels
	build  libssl-dev                   library:libcrypto           certificates in a kernel
	build  git                          command:git                  snapshots of trees that are built
	check  libcmocka-dev                library:cmocka              unit tests of the runner
	check  chromium                     command:chromium            looks at report.html
	check  jq                           command:jq                  looks into results
	check  perl                         perl:Term::ANSIColor        runs the kernel's checkpatch.pl
	check  python3                      command:python3             plays an exported job with LAVA
	check  rsync                        command:rsync               kselftest installs with it
	check  shellcheck                   command:shellcheck          checks the scripts
	check  tmux                         command:tmux                what a run shows on a terminal
	END
}

have_command() { PATH=$PATH:/sbin:/usr/sbin command -v "$1" >/dev/null; }

have_library() { pkg-config --exists "$1" 2>/dev/null; }

have_perl() { perl -M"$1" -e 1 2>/dev/null; }

# All of it is read: ldconfig that dies of a closed pipe would count as "no".
have_shared() { PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -F "$1 " >/dev/null; }

# A compiler that knows where a libc.a is has the headers of it too.
have_static() {
	local where

	where=$("$1" -print-file-name=libc.a 2>/dev/null) && [[ $where = /* ]]
}

# The user's own QEMU, for all architectures, is the user's to choose.
have_qemu() {
	local version

	[ -z "${STLB_QEMU:-}" ] || return 0
	version=$("$1" -version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\)\..*/\1/p') &&
		[ "${version:-0}" -ge $QEMU_MAJOR ]
}

# Checks go without what the host's release of Debian does not have, and say so: see
# drop_absent().
is_absent() { [ -e "$STLB_CACHE/absent/$codename-$1" ]; }

# Sets packages, and says what each is for.
find_missing() {
	local verb=$1 group package test reason

	packages=()
	while read -r group package test reason; do
		[[ " ${groups[*]} " = *" $group "* ]] || continue
		"have_${test%%:*}" "${test#*:}" && continue
		[ "$group" != check ] || ! is_absent "$package" || continue
		packages+=("$package")
		[ -z "$verb" ] || say "$verb $package: $reason"
	done < <(needs)
}

# What other distributions have no package of this name for: the name that its authors use
upstream() {
	local name=${1#*:}

	case $1 in
	library:*) echo "$name (for pkg-config)" ;;
	static:*) echo "a static C library for $name" ;;
	qemu:*) echo "$name $QEMU_MAJOR or newer" ;;
	perl:*) echo "$name for perl" ;;
	*) echo "$name" ;;
	esac
}

# Where packages are not Debian's, their names say nothing.
die_of_no_apt() {
	local group package test names=''

	while read -r group package test _; do
		[[ " ${packages[*]} " != *" $package "* ]] || names+="${names:+, }$(upstream "$test")"
	done < <(needs)
	die 3 "missing, and no apt-get here that could install it: $names; or use the container of docs/ci.md"
}

# ---- where it comes from ----------------------------------------------------

# Debian 12's own QEMU is too old. Splits packages in stock and backports, the
# latter with what they depend on.
by_suite() {
	local package

	stock=() backports=()
	for package in "${packages[@]}"; do
		case $codename/$package in
		bookworm/qemu-*) backports+=("$package") ;;
		*) stock+=("$package") ;;
		esac
	done
}

# For a person to paste: the usual Debian way, with the mirror they have already.
print_commands() {
	local install='apt-get install --no-install-recommends' entry uri

	echo 'run_tests.sh: packages are missing: as root, run'
	echo
	if [ ${#backports[@]} -gt 0 ] && ! host_entries | grep '^bookworm-backports|' >/dev/null; then
		entry=$(host_entry archive) || entry=
		IFS='|' read -r _ uri _ <<<"$entry"
		echo "echo 'deb ${uri:-YOUR_MIRROR} bookworm-backports main' >/etc/apt/sources.list.d/bookworm-backports.list"
	fi
	echo 'apt-get update'
	[ ${#stock[@]} -eq 0 ] || echo "$install ${stock[*]}"
	[ ${#backports[@]} -eq 0 ] || echo "$install -t bookworm-backports ${backports[*]}"
	echo
}

# apt-get on the host's packages, but with lists of our own and backports among
# them: the host's sources and lists stay as they are. To be run as a child.
host_apt() {
	DEBIAN_FRONTEND=noninteractive exec apt-get -q -y --no-remove --no-install-recommends \
		-o Dir::State::lists="$apt_state/lists" \
		-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt_state/open.d" \
		-o Dir::Cache::archives="$apt_state/cache/archives" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o DPkg::Lock::Timeout=600 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
		"$@"
}

# Takes away from stock what only checks want, and no package of this release is.
drop_absent() {
	local group package left=()

	while read -r group package _; do
		[[ $group = check && " ${stock[*]} " = *" $package "* && -z $(apt_version "$package") ]] || continue
		say "$codename has no $package: the checks that need it are skipped"
		mkdir -p "$STLB_CACHE/absent" && : >"$STLB_CACHE/absent/$codename-$package"
	done < <(needs)
	for package in "${stock[@]}"; do
		is_absent "$package" || left+=("$package")
	done
	stock=("${left[@]}")
}

install_missing() {
	local suites=("$codename" "$codename-updates" "$codename-security") log

	[ ${#backports[@]} -eq 0 ] || suites+=(bookworm-backports)
	apt_open "$(dpkg --print-architecture)" "${suites[@]}"
	drop_absent
	log=$apt_state/install.log
	spare_dpkg=1
	[ ${#stock[@]} -eq 0 ] || run host_apt install "${stock[@]}" >"$log" 2>&1 ||
		die_of_failure "cannot install ${stock[0]}" "$log" "install it with apt-get, then run again"
	[ ${#backports[@]} -eq 0 ] || run host_apt -t bookworm-backports install "${backports[@]}" >"$log" 2>&1 ||
		die_of_failure "cannot install ${backports[0]}" "$log" "install it with apt-get, then run again"
	spare_dpkg=
	rm -f "$apt_state"/cache/archives/*.deb
	apt_close
}

# ---- main -------------------------------------------------------------------

no_setup='' later=()
while [ $# -gt 0 ]; do
	case $1 in
	--no-setup) no_setup=1 ;;
	--later=*) later+=("${1#*=}") ;;
	*) break ;;
	esac
	shift
done
groups=("$@")

[ "$(id -u)" = 0 ] || no_setup=1
cache_find
# shellcheck disable=SC1091 # the host's
codename=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}") || true
find_missing ''
[ ${#packages[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || {
	groups+=("${later[@]}")
	find_missing ''
	die_of_no_apt
}
if [ -n "$no_setup" ]; then
	groups+=("${later[@]}")
	find_missing missing
	by_suite
	print_commands >&2
	exit 3
fi

cache_init
need_apt
lock "$STLB_CACHE/lock/host-packages" "installs packages"
find_missing installing
[ ${#packages[@]} -gt 0 ] || exit 0
by_suite
install_missing
find_missing ''
[ ${#packages[@]} -eq 0 ] ||
	die 3 "${packages[0]} is installed, but another, older or broken one comes first: put Debian's first in PATH"
