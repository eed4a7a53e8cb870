# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# stlb.ko on a kernel whose notifier API nobody has seen: Debian's, edited.

# refuses_api REGEX: the module's build ends with status 3 and one line that says so
refuses_api() {
	status=0
	STLB_CACHE=$work/cache harness/setup/build-module.sh "$root" "$work/kernel/build" arm64 aarch64-linux-gnu- \
		>"$work/stdout" 2>"$work/stderr" || status=$?
	[ "$status" = 3 ] || fail "status $status: $(cat "$work/stderr")"
	[ ! -s "$work/stdout" ]
	[ "$(wc -l <"$work/stderr")" = 1 ] || fail "$(cat "$work/stderr")"
	grep -qE "cannot build the module for .*: the kernel tells secondary TLBs in no way that stlb knows \(.*$1.*\): add its shape to harness/module/compat\.h \(log: " \
		"$work/stderr" || fail "$(cat "$work/stderr")"
}

check_api_that_is_new() {
	local header

	cp -a "$STLB_CACHE/kernels/debian-6.1-arm64" "$work/kernel"
	for header in "$work"/kernel/usr/src/linux-headers-*-common/include/linux/mmu_notifier.h; do
		cp "$header" "$work/header"
	done
	sed 's/\*invalidate_range)/*tell_secondary_tlbs)/' "$work/header" >"$header"
	refuses_api "no member named 'invalidate_range'"
	sed '/\*invalidate_range)/,/;/s/unsigned long end)/unsigned long end, int level)/' "$work/header" >"$header"
	refuses_api 'invalidate_range is declared otherwise'
	sed 's/^int mmu_notifier_register(/&int flags, /; s/extern int mmu_notifier_register(/&int flags, /' \
		"$work/header" >"$header"
	refuses_api 'mmu_notifier_register is declared otherwise'
}

check_kernel_without_notifiers() {
	local build

	cp -a "$STLB_CACHE/kernels/debian-6.1-arm64" "$work/kernel"
	build=$(readlink -f "$work/kernel/build")
	[[ $build = "$work"/* ]]
	sed -i '/CONFIG_MMU_NOTIFIER/d' "$build/include/config/auto.conf" "$build/include/generated/autoconf.h"
	status=0
	STLB_CACHE=$work/cache harness/setup/build-module.sh "$root" "$build" arm64 aarch64-linux-gnu- \
		>"$work/stdout" 2>"$work/stderr" || status=$?
	[ "$status" = 3 ]
	grep -q ': the kernel is configured without MMU_NOTIFIER: switch on what selects it, such as TEST_HMM or KVM ' "$work/stderr" ||
		fail "$(cat "$work/stderr")"
}

# takes_api NAME: the module is built on what harness/mutants/api-NAME.patch makes of the headers
takes_api() {
	local kernel=$STLB_CACHE/kernels/debian-6.12-arm64

	[ -e "$kernel" ] || skip "needs debian:6.12 for arm64 in the cache"
	mkdir "$work/kernel"
	cp -a "$kernel"/{build,usr} "$work/kernel"
	printf '0x00000000\t%s\tvmlinux\tEXPORT_SYMBOL_GPL\t\n' tlb_notifier_register tlb_notifier_unregister \
		>>"$work/kernel/build/Module.symvers"
	awk '/^--- a\// { wanted = /^--- a\/(arch\/arm64\/)?include\// } wanted' "harness/mutants/api-$1.patch" |
		patch -s -p1 -d "$(echo "$work"/kernel/usr/src/linux-headers-*-common)"
	STLB_CACHE=$work/cache harness/setup/build-module.sh "$root" "$work/kernel/build" arm64 aarch64-linux-gnu- \
		>"$work/stdout" 2>"$work/stderr" || fail "$(cat "$work/stderr")"
}

check_api_renamed() { takes_api renamed; }

check_api_level() { takes_api level; }

check_api_tlb_notifier() { takes_api tlb-notifier; }

# selftest TREE VARIABLE... TARGET...: as a kernel developer calls it
selftest() { clean_make -j"$(nproc)" -C "$1/tools/testing/selftests" TARGETS=stlb "${@:2}" >"$work/log" 2>&1 || fail "$(tail "$work/log")"; }

# A kernel's own lib.mk and harness: cross-compiled with its module, and natively without.
check_built_in_a_kernel_tree() {
	local source=$STLB_CACHE/sources/debian-7.2/tree tree=$work/linux kernel=$STLB_CACHE/kernels/debian-6.12-arm64
	local families=(tests/*.c)

	[ -d "$source" ] || skip "needs source:7.2 in the cache"
	[ -e "$kernel" ] || skip "needs debian:6.12 for arm64 in the cache"
	mkdir "$tree"
	(cd "$source" && cp -r --parents Makefile scripts tools/scripts tools/testing/selftests/{kselftest,*.*,Makefile} "$tree" 2>/dev/null) ||
		[ -e "$tree/tools/testing/selftests/lib.mk" ]
	clean_make install-into TREE="$tree" 2>"$work/stderr"
	(cd "$tree" && find . -type f | sort) >"$work/before"
	selftest "$tree" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- KDIR="$kernel/build" O="$work/o" \
		install INSTALL_PATH="$work/installed"
	[ -s "$work/installed/stlb/module/stlb.ko" ]
	[ "$(grep -c '^stlb:' "$work/installed/kselftest-list.txt")" -ge $((${#families[@]} - 1)) ] || fail "$(cat "$work/log")"
	aarch64-linux-gnu-readelf -h "$work/installed/stlb/upgrade" | grep -q AArch64
	selftest "$tree" KDIR="$work/none" install INSTALL_PATH="$work/native"
	grep -qx "stlb: stlb.ko is left out: $work/none is no kernel's build directory: set KDIR" "$work/log" || fail "$(cat "$work/log")"
	[ "$(grep -c '^stlb:' "$work/native/kselftest-list.txt")" -ge $((${#families[@]} - 1)) ]
	selftest "$tree" clean
	(cd "$tree" && find . -type f | sort) | diff "$work/before" -
}

check_install_into_a_kernel_tree() {
	local selftests=$work/linux/tools/testing/selftests file

	refuses_tree() {
		status=0
		harness/setup/install-into.sh . "$1" >"$work/stdout" 2>"$work/stderr" || status=$?
		[ "$status" = 2 ] || fail "$1: status $status: $(cat "$work/stderr")"
		[ "$(wc -l <"$work/stderr")" = 1 ]
		grep -qE -- "$2" "$work/stderr" || fail "$1: $(cat "$work/stderr")"
	}
	refuses_tree '' 'no tree: write make install-into TREE=DIR'
	refuses_tree "$work/linux" 'no such directory'
	mkdir -p "$selftests/kselftest"
	touch "$selftests"/{lib.mk,kselftest_harness.h}
	refuses_tree "$work/linux" 'no tools/testing/selftests/kselftest/runner.sh in '
	touch "$selftests/kselftest/runner.sh"
	refuses_tree "$work/linux" 'does not build modules'
	echo TEST_GEN_MODS_DIR >"$selftests/lib.mk"
	mkdir "$selftests/stlb"
	touch "$selftests/stlb/Makefile"
	refuses_tree "$work/linux" 'not of stlb: move it away'
	rm -r "$selftests/stlb"
	clean_make install-into TREE="$work/linux" 2>"$work/stderr"
	touch "$selftests/stlb/tests/gone.c"
	clean_make install-into TREE="$work/linux" 2>"$work/stderr"
	[ ! -e "$selftests/stlb/tests/gone.c" ]
	for file in tests/upgrade.c harness/guest/judge.c harness/module/Kbuild arch/x86/iommu.c module/Makefile; do
		[ -s "$selftests/stlb/$file" ] || fail "no $file"
	done
	grep -qx CONFIG_TEST_HMM=m "$selftests/stlb/config"
	[ "$(ls -A "$selftests")" = "$(printf 'kselftest\nkselftest_harness.h\nlib.mk\nstlb')" ] || fail "$(ls -A "$selftests")"
}
