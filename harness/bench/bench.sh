#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh ARCH [TREE [PART...]]: what stlb costs, as ratios of things measured in
# this run, all of these or the named ones:
#
#   verdict  run_tests.sh, all tests of a lean kernel, against a bare boot of it: of
#            x86's two boots the one with DMA; target 2
#   matrix   the default matrix with everything cached; target 90 s
#   edit     with TREE, a kernel's source: run_tests.sh after an edit of
#            mm/memory.c against that `make` alone; target 1.2. The edit is a
#            comment at the end of the file, and is taken back.
#   record   instructions of the recorder per event, counted by QEMU
#
# Seconds are of the CPU, or of the clock where several things run at once.

setup=$(dirname -- "$(readlink -f -- "$0")")/../setup
# shellcheck source-path=SCRIPTDIR source=../setup/lib.sh
. "$setup/lib.sh"

readonly KERNEL=source:6.12
arch=${1:-arm64} tree=${2:-}
parts=("${@:3}")
[ ${#parts[@]} -gt 0 ] || parts=(verdict record matrix ${tree:+edit})
root=$(readlink -f -- "$setup/../..")
cd -- "$root"
cache_init
work=$(mktemp -d)
temporaries+=("$work")

run_tests() { ./run_tests.sh --no-setup --out "$work/out" "$@" >"$work/ktap" 2>"$work/stderr" || die 3 "$(tail -n1 "$work/stderr")"; }

# seconds KIND COMMAND...: prints how long it takes; KIND is cpu or clock
seconds() {
	local kind=$1 TIMEFORMAT='%U %S %R'
	shift

	{ time "$@" >"$work/log" 2>&1; } 2>&1 | awk -v kind="$kind" '{ print kind == "cpu" ? $1 + $2 : $3 }'
}

# best N COMMAND...: the least of N times
best() {
	local n=$1
	shift

	for ((; n > 0; n--)); do
		seconds "$@"
	done | sort -n | head -n1
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# A cpio archive, "newc": each FILE as /NAME
archive() {
	local ino=0 name file

	entry() {
		ino=$((ino + 1))
		printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\0' "$ino" "0x$1" 0 0 1 0 "$2" 0 0 0 0 \
			$((${#3} + 1)) 0 "$3"
		head -c $(((4 - (110 + ${#3} + 1) % 4) % 4)) /dev/zero
	}
	entry 41ed 0 dev
	for name; do
		file=${name#*=}
		entry 81ed "$(stat -c %s "$file")" "${name%%=*}"
		cat -- "$file"
		head -c $(((4 - $(stat -c %s "$file") % 4) % 4)) /dev/zero
	done
	entry 0 0 'TRAILER!!!'
}

# with_initrd FILE [ICOUNT]: the last run's QEMU command, with another initramfs
with_initrd() {
	sed "s,-initrd [^ ]*,-initrd $1,; ${2:+s/-icount [^ ]*/-icount $2/}" "$work/out"/latest/*/qemu.sh >"$work/qemu.sh"
	grep -q -e '-icount' "$work/qemu.sh" || sed -i "s/-smp/-icount ${2:-shift=3,sleep=off} -smp/" "$work/qemu.sh"
}

bench_verdict() {
	local bare tests

	run_tests --arch "$arch" --kernel $KERNEL --test upgrade.wp_reuse
	tests=$(best 1 cpu run_tests --arch "$arch" --kernel $KERNEL)
	archive "init=build/guest/$arch/bench" >"$work/bare.cpio"
	with_initrd "$work/bare.cpio"
	bare=$(best 3 cpu sh "$work/qemu.sh")
	echo "verdict: $(grep -cE '^  (not )?ok ' "$work/ktap") tests $tests s, bare boot $bare s: $(ratio "$tests" "$bare") (target 2)"
}

bench_matrix() {
	run_tests
	echo "matrix: $(best 1 clock run_tests) s of the clock (target 90)"
}

bench_record() {
	local module

	run_tests --arch "$arch" --kernel $KERNEL --test upgrade.wp_reuse.page
	module=$("$setup/build-module.sh" "$root" "$(build_dir)" "$arch" "$cross")
	archive "init=build/guest/$arch/bench" "stlb.ko=$module" >"$work/cost.cpio"
	with_initrd "$work/cost.cpio" shift=0,sleep=off
	sh "$work/qemu.sh" | tr -d '\r' | sed -n 's/^bench: /record: /p' >"$work/record"
	cat -- "$work/record"
	! grep -q '^record: cannot' "$work/record" || exit 3
}

cross=$(sed -n "s/^CROSS_$arch := *\([a-z0-9-]*\)\$/\1/p" harness/guest/build.mk)
build_dir() { "$setup/build-kernel.sh" "$root" $KERNEL "$arch" "$cross" | sed 's,$,/build,'; }

edit() { printf '/* stlb bench %s */\n' "$RANDOM$RANDOM" >>"$tree/mm/memory.c"; }

take_back() { cp -p -- "$work/memory.c" "$tree/mm/memory.c"; }

bench_edit() {
	local test=(--arch "$arch" --kernel "tree:$tree" --test upgrade.wp_reuse.page) both make objects cc=()

	# As build-kernel.sh has it: with another compiler make would build everything
	! command -v ccache >/dev/null || cc=("CC=ccache ${cross}gcc")

	[ -f "$tree/mm/memory.c" ] || die 2 "bench: no mm/memory.c in $tree: give a kernel's source"
	cp -p -- "$tree/mm/memory.c" "$work/memory.c"
	trap 'take_back; remove_temporaries' EXIT
	run_tests "${test[@]}"
	edit
	both=$(best 1 cpu run_tests "${test[@]}")
	# The same make that it calls, for another edit
	objects=$(find "$STLB_CACHE/trees" -maxdepth 2 -name "objects-$arch-*" -newer "$work/memory.c" -printf '%T@ %p\n' | sort -n | tail -n1)
	edit
	make=$(best 1 cpu make -C "$tree" O="${objects#* }" ARCH="$arch" CROSS_COMPILE="$cross" "${cc[@]}" -j"$(nproc)" "$(image)" modules)
	echo "edit: run_tests.sh $both s, make alone $make s: $(ratio "$both" "$make") (target 1.2)"
}

image() {
	case $arch in
	arm64) echo Image ;;
	x86) echo bzImage ;;
	*) echo vmlinux ;;
	esac
}

for part in "${parts[@]}"; do
	case $part in
	verdict | record | matrix | edit) "bench_$part" ;;
	*) die 2 "bench: no part '$part': there are verdict, record, matrix and edit" ;;
	esac
done
