#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make-history.sh TREE: puts 26 commits on the git tree of Linux 6.12 that TREE
# is, for bisect to be tried on (docs/ci.md), tagged first .. last and culprit.
# Most touch many files and change nothing. Two do not build on arm64, one does not
# boot, one, the culprit, is the mutant arm64-reuse-unflushed.

set -euo pipefail
root=$(dirname -- "$(readlink -f -- "$0")")/../../..
cd -- "$1"

commit() {
	git -c user.name=stlb -c user.email=stlb@localhost commit -q -a -m "$1"
}

# touch_all NAME FILE...: a comment at the end of each
touch_all() {
	local name=$1 file
	shift

	for file; do
		echo "/* history: $name */" >>"$file"
	done
	commit "$name: say so in $# files"
}

break_build() {
	echo '#error "history: this does not build"' >>arch/arm64/mm/mmap.c
	commit "arm64: mmap: $1"
	touch_all "$1" lib/*.c
	sed -i '/^#error "history/d' arch/arm64/mm/mmap.c
	commit "arm64: mmap: mend what $1 broke"
}

git tag -f first
touch_all time kernel/time/*.c
touch_all ext4 fs/ext4/*.c
touch_all usb drivers/usb/core/*.c
touch_all lib lib/*.c
touch_all ipv4 net/ipv4/*.c
break_build one
touch_all sched kernel/sched/*.c
touch_all vfs fs/*.c
touch_all docs Documentation/mm/*.rst
touch_all xfs fs/xfs/*.c
sed -i 's/^static int __ref kernel_init(void \*unused)$/&\n{\n\tpanic("history: this does not boot");\n}\n\nstatic int __ref __maybe_unused kernel_init_unused(void *unused)/' init/main.c
commit "init: does not boot"
sed -i '/^static int __ref kernel_init(void \*unused)$/,/^$/d; s/__maybe_unused kernel_init_unused/kernel_init/' init/main.c
commit "init: boots again"
touch_all locking kernel/locking/*.c
touch_all crypto crypto/*.c
patch -s -p1 <"$root/harness/mutants/arm64-reuse-unflushed.patch"
commit "arm64: mm: a write fault need not flush"
git tag -f culprit
touch_all block block/*.c
touch_all irq kernel/irq/*.c
break_build two
touch_all security security/*.c
touch_all ipc ipc/*.c
touch_all net net/core/*.c
touch_all sound sound/core/*.c
git tag -f last
[ "$(git rev-list --count first..last)" -ge 24 ]
