#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make-fixtures.sh ARCH VERSION IMAGE BUILD_DIR [FIXTURE...]
#
# Crashes a kernel in every way listed below (or only in the named ones) and
# leaves what its console said in ../fixtures/ARCH-VERSION-FIXTURE.log.
# ARCH: arm64, x86 or powerpc. VERSION: what to call the kernel in file names.
# IMAGE: the kernel to boot. BUILD_DIR: what its modules are built against.

set -euo pipefail
export LC_ALL=C

# Lines that are kept before the mark of the crash
LINES_BEFORE=3
# Watchdogs look after so many seconds; crash.ko hogs the CPU for 12.
WATCHDOG="sysctl.kernel.watchdog_thresh=3"
BOOT_LIMIT=180

# The name of the fixture, how many lines it may have, the kind of crash, what
# the kernel's .config must have (without CONFIG_; - is nothing), CPUs, seconds
# until the guest ends, kernel parameters.
table() {
	cat <<EOF
clean	all	clean	-	2	0	-
user_segv	80	user_segv	-	1	5	sysctl.debug.exception-trace=1
user_ill	80	user_ill	-	1	5	sysctl.debug.exception-trace=1
init_exit	18	init_exit	-	1	5	-
init_segv	18	init_segv	-	1	5	-
no_root	22	clean	-	1	5	rdinit=/none
panic	18	panic	-	1	5	-
bug	18	bug	-	1	5	-
bug_panic	66	bug	-	1	5	oops=panic
stack_smash	18	stack_smash	STACKPROTECTOR	1	5	-
stack_overflow	50	stack_overflow	VMAP_STACK	1	5	-
null_read	18	null_read	-	1	5	-
null_read_panic	74	null_read	-	1	5	oops=panic
null_call	18	null_call	-	1	5	-
wild_read	18	wild_read	-	1	5	-
non_canonical	18	non_canonical	-	1	5	-
rodata_write	18	rodata_write	STRICT_KERNEL_RWX	1	5	-
user_read	18	user_read	-	1	5	-
user_exec	18	user_exec	-	1	5	-
bad_insn	18	bad_insn	-	1	5	-
divide	18	divide	X86	1	5	-
warn_on	18	warn_on	-	1	5	-
warn_once	18	warn_once	-	1	5	-
warn_panic	60	warn_on	-	1	5	panic_on_warn=1
refcount	18	refcount	-	1	5	-
list	18	list	DEBUG_LIST	1	5	-
preempt_leak	18	preempt_leak	-	1	5	-
bad_page	18	bad_page	-	1	5	-
bad_page_map	50	bad_page_map	-	1	5	-
bad_pmd	18	bad_pmd	-	1	5	-
pgtables_bytes	18	pgtables_bytes	-	1	5	-
rss	18	rss	-	1	5	-
usercopy	18	usercopy	HARDENED_USERCOPY	1	5	-
fortify	18	fortify	FORTIFY_SOURCE	1	5	-
slab_overrun	18	slab_overrun	SLUB_DEBUG	1	5	slub_debug=FZPU,kmalloc-256
slab_use_after_free	18	slab_use_after_free	SLUB_DEBUG	1	5	slub_debug=FZPU,kmalloc-256
slab_objects_remain	18	slab_objects_remain	-	1	5	-
kfence	18	kfence	KFENCE	1	30	kfence.sample_interval=1
soft_lockup	18	soft_lockup	SOFTLOCKUP_DETECTOR	1	40	$WATCHDOG
soft_lockup_panic	60	soft_lockup	SOFTLOCKUP_DETECTOR	1	40	$WATCHDOG softlockup_panic=1
hard_lockup	18	hard_lockup	HARDLOCKUP_DETECTOR_BUDDY|PPC_WATCHDOG	2	40	$WATCHDOG
rcu_stall	18	rcu_stall	-	2	60	nosoftlockup rcupdate.rcu_cpu_stall_timeout=3
rcu_stall_other	18	rcu_stall_other	-	2	60	nowatchdog nohz=off rcupdate.rcu_cpu_stall_timeout=3
hung_task	18	hung_task	DETECT_HUNG_TASK	1	12	sysctl.kernel.hung_task_timeout_secs=3
hung_task_panic	80	hung_task	DETECT_HUNG_TASK	1	12	sysctl.kernel.hung_task_timeout_secs=3 hung_task_panic=1
workqueue	18	workqueue	WQ_WATCHDOG	2	40	nosoftlockup workqueue.watchdog_thresh=3
atomic_schedule	18	atomic_schedule	-	1	5	-
atomic_sleep	18	atomic_sleep	DEBUG_ATOMIC_SLEEP	1	5	-
preemptible	18	preemptible	DEBUG_PREEMPT	1	5	-
shift	18	shift	UBSAN_SHIFT	1	5	-
kasan_overrun	18	slab_overrun	KASAN	1	5	-
kasan_use_after_free	18	slab_use_after_free	KASAN	1	5	-
kasan_null_read	80	null_read	KASAN	1	5	-
kasan_wild_read	18	non_canonical	KASAN	1	5	-
lock_order	18	lock_order	PROVE_LOCKING	1	5	-
lock_recursive	18	lock_recursive	PROVE_LOCKING	1	5	-
lock_state	18	lock_state	PROVE_LOCKING	1	5	-
lock_irq_order	18	lock_irq_order	PROVE_LOCKING	1	5	-
lock_freed	18	lock_freed	DEBUG_LOCK_ALLOC	1	5	-
lock_kept	18	lock_kept	PROVE_LOCKING	1	5	-
lock_unbalanced	18	lock_unbalanced	PROVE_LOCKING	1	5	-
lock_no_key	18	lock_no_key	PROVE_LOCKING	1	5	-
lock_recursion	18	lock_recursion	DEBUG_SPINLOCK	2	40	$WATCHDOG
rcu_usage	18	rcu_usage	PROVE_RCU	1	5	-
EOF
}

die() {
	echo "make-fixtures.sh: $*" >&2
	exit 1
}

# Sets what depends on the architecture.
machine() {
	case $1 in
	arm64)
		cross=aarch64-linux-gnu- console=ttyAMA0
		qemu=(qemu-system-aarch64 -machine "virt,gic-version=3" -cpu "max,pauth-impdef=on") ;;
	x86)
		cross=x86_64-linux-gnu- console=ttyS0
		qemu=(qemu-system-x86_64 -machine q35 -cpu max) ;;
	powerpc)
		cross=powerpc64le-linux-gnu- console=hvc0
		qemu=(qemu-system-ppc64 -machine "pseries,x-vof=on" -cpu power9) ;;
	*)
		die "no architecture '$1': give arm64, x86 or powerpc" ;;
	esac
}

make_initramfs() {
	local root=$work/root

	mkdir -p "$root/dev" "$work/module"
	cp "$here/Kbuild" "$here/crash.c" "$work/module"
	"${cross}gcc" -std=gnu11 -Wall -Wextra -O1 -static -D_GNU_SOURCE -o "$root/init" "$here/init.c"
	"${cross}strip" "$root/init"
	make -C "$build" M="$work/module" ARCH="$arch" CROSS_COMPILE="$cross" modules >"$work/module.log" 2>&1 ||
		die "crash.ko does not build: $(grep -m1 -E 'error:|ERROR:|\*\*\*' "$work/module.log")"
	"${cross}strip" -g -o "$root/crash.ko" "$work/module/crash.ko"
	(cd "$root" && find . -mindepth 1 | cpio -o -H newc --quiet) >"$work/initramfs"
}

has_config() {
	[ "$1" = - ] || grep -Eqx "CONFIG_($1)=[ym]" "$build/.config"
}

# The part of the console's bytes that shows the crash
cut_log() {
	local log=$1 lines=$2 first

	if [ "$lines" = all ]; then
		cat "$log"
	elif first=$(grep -an -m1 'stlb: begin' "$log"); then
		first=$((${first%%:*} - LINES_BEFORE))
		sed -n "$((first > 1 ? first : 1)),$((first + lines - 1))p" "$log"
	else
		tail -n "$lines" "$log"
	fi
}

crash() {
	local fixture=$1 lines=$2 kind=$3 cpus=$4 seconds=$5 log=$work/console.log
	shift 5

	# A guest that hangs is a result, too.
	timeout "$BOOT_LIMIT" "${qemu[@]}" -m 512 -smp "$cpus" -nodefaults -display none -no-reboot \
		-chardev stdio,id=console -serial chardev:console -kernel "$image" -initrd "$work/initramfs" \
		-append "console=$console panic=-1 loglevel=7 printk.devkmsg=on $* CRASH=$kind CRASH_WAIT=$seconds" \
		</dev/null >"$log" 2>"$work/qemu.log" || true
	[ -s "$log" ] || die "$fixture: no word from the guest: $(head -n1 "$work/qemu.log")"
	cut_log "$log" "$lines" >"$work/fixture"
	mv "$work/fixture" "$fixtures/$arch-$version-$fixture.log"
}

wanted() {
	local fixture=$1 name
	shift

	[ $# -gt 0 ] || return 0
	for name; do
		[ "$name" != "$fixture" ] || return 0
	done
	return 1
}

[ $# -ge 4 ] || die "usage: make-fixtures.sh ARCH VERSION IMAGE BUILD_DIR [FIXTURE...]"
arch=$1 version=$2 image=$(realpath -e -- "$3") build=$(realpath -e -- "$4")
here=$(dirname -- "$(realpath -- "$0")")
fixtures=${FIXTURES:-$here/../fixtures}
[ -f "$build/.config" ] || die "'$4' is no configured build directory"
shift 4
machine "$arch"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
make_initramfs
while IFS=$'\t' read -r fixture lines kind needs cpus seconds parameters; do
	wanted "$fixture" "$@" || continue
	has_config "$needs" || continue
	[ "$parameters" != - ] || parameters=
	echo "$arch $version $fixture" >&2
	crash "$fixture" "$lines" "$kind" "$cpus" "$seconds" "$parameters"
done < <(table)
