#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install-into.sh ROOT TREE: puts the suite of ROOT into a kernel tree as
# tools/testing/selftests/stlb, for its own lib.mk and harness. One that is there
# already is replaced, another directory of that name is not.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"

{ [ $# -eq 2 ] && [ -n "$2" ]; } || die 2 "install-into: no tree: write make install-into TREE=DIR"
root=$(readlink -f -- "$1") tree=$2
selftests=$tree/tools/testing/selftests
entry=$selftests/stlb
[ -d "$tree" ] || die 2 "install-into: $tree: no such directory: give a kernel's source"
for file in lib.mk kselftest_harness.h kselftest/runner.sh; do
	[ -e "$selftests/$file" ] || die 2 "install-into: no tools/testing/selftests/$file in $tree: give a kernel's source, of 6.1 or later"
done
# Later lib.mk knows modules; without, stlb.ko would silently not be built.
grep -q TEST_GEN_MODS_DIR "$selftests/lib.mk" ||
	die 2 "install-into: the kselftest of $tree does not build modules (TEST_GEN_MODS_DIR, 6.10): use make run_tests here"
[ ! -e "$entry" ] || grep -qs 'make install-into' "$entry/Makefile" ||
	die 2 "install-into: $entry is there, and not of stlb: move it away"

tmp=$(mktemp -d "$selftests/.stlb.XXXXXX" 2>/dev/null) || die 3 "install-into: cannot write to $selftests"
temporaries+=("$tmp")
chmod 755 "$tmp"

sources() {
	find tests harness/guest harness/module harness/include arch -type f \
		\( -name '*.[chS]' -o -name Kbuild \) ! -name '*.mod.c' ! -name machine.c ! -name flush.c ! -path harness/guest/init.c -print0
}

fill() {
	(cd -- "$root" && sources | xargs -0 cp --parents -t "$tmp") &&
		mkdir "$tmp/module" &&
		cp "$root/harness/kselftest/Makefile" "$root/harness/kselftest/settings" "$tmp" &&
		cp "$root/harness/kselftest/module.mk" "$tmp/module/Makefile" &&
		printf '*.ko\n*.o\n' >"$tmp/.gitignore" &&
		{ echo CONFIG_TEST_HMM=m && cat "$root"/configs/kernel/features/*.config; } |
		sed -n 's/^\(CONFIG_[A-Z0-9_]*=[ym]\).*/\1/p' | sort -u >"$tmp/config"
}

fill 2>"$tmp/log" || die 3 "install-into: cannot write to $selftests$(because "$tmp/log")"
rm "$tmp/log"
rm -rf -- "$entry"
mv -T -- "$tmp" "$entry"
say "installed as $entry: make -C $selftests TARGETS=stlb run_tests"
