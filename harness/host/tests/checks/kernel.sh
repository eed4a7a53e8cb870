# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root, no_setup
#
# Kernels from source. The sources here are stand-ins, see fixtures/stand-in.mk.

defconfig=() configs=()

# stand_in DIR
stand_in() {
	mkdir -p "$1"/{arch/arm64/include,include/linux,scripts,mm}
	touch "$1"/{Kconfig,arch/arm64/Makefile,arch/arm64/include/x.h,include/{y,z,linux/kconfig}.h,scripts/z.sh}
	echo 'one' >"$1/mm/memory.c"
	printf '*.o\n.*\n!.gitignore\n/include/config/\n/include/generated/\n' >"$1/.gitignore"
	cp "$root/harness/host/tests/fixtures/stand-in.mk" "$1/Makefile"
}

# build_kernel SPEC [ARCH]: sets status and entry; what it says is in $work/stderr.
# $defconfig and $configs hold more of its arguments.
build_kernel() {
	status=0
	STLB_CACHE=$work/cache harness/setup/build-kernel.sh "${defconfig[@]}" "$root" "$1" "${2-arm64}" \
		aarch64-linux-gnu- "${configs[@]}" \
		>"$work/entry" 2>"$work/stderr" || status=$?
	entry=$(cat "$work/entry")
}

builds() {
	build_kernel "$@"
	[ "$status" = 0 ] || fail "$1: status $status: $(cat "$work/stderr")"
	grep -q '^6.12.0-stand-in$' "$entry/release"
	[ -e "$entry/build/Makefile" ] && [ -e "$entry/build/.config" ] && [ -s "$entry/config" ] && [ -s "$entry/vmlinux" ]
}

# It was there before.
is_kept() {
	builds "$@"
	[ ! -s "$work/stderr" ] || fail "$1: $(cat "$work/stderr")"
}

# has WORD: that was compiled in
has() { tail -c +61 "$entry/image" | grep -qx "$1" || fail "$entry/image: $(tail -c +61 "$entry/image")"; }

refuses() {
	local spec=$1 want=$2 regex=$3
	shift 3

	build_kernel "$spec" "$@"
	[ "$status" = "$want" ] || fail "$spec: status $status: $(cat "$work/stderr")"
	[ -z "$entry" ]
	[[ $(tail -n1 "$work/stderr") =~ $regex ]] || fail "$spec: $(cat "$work/stderr")"
	[ "$(grep -vcE ': (building the kernel|copying the source of) ' "$work/stderr")" = 1 ] || fail "$spec: $(cat "$work/stderr")"
}

# Everything in a directory, with times; not those of git's objects, which git renews.
listing() {
	(cd "$1" && find . ! -path './.git/objects/*' -printf '%p %s %T@ %i\n' | sort &&
		find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

commit_all() {
	git -C "$1" add -A
	git -C "$1" -c user.name=x -c user.email=x@localhost commit -q -m "$2"
}

git_tree() {
	command -v git >/dev/null || skip "no git here"
	stand_in "$1"
	git -C "$1" init -q
	commit_all "$1" one
	git -C "$1" tag first
}

check_tree_to_verdicts() {
	local run=(./run_tests.sh --no-setup --arch arm64 --test cow --known-bugs /dev/null --out "$work/out")

	stand_in "$work/linux"
	listing "$work/linux" >"$work/before"
	mkdir "$work/cache"
	cp -r "$STLB_CACHE/kselftest" "$work/cache"
	ln -s "$STLB_CACHE/liburing" "$work/cache"
	export STLB_CACHE=$work/cache STLB_FAKE=good STLB_QEMU=$root/build/host/tests/fake_qemu HOME=$work
	# shellcheck disable=SC2088 # no shell expands it there
	"${run[@]}" --kernel 'tree:~/linux' >"$work/ktap" 2>"$work/stderr" || fail "$(cat "$work/stderr" "$work/ktap")"
	grep -q '^  ok 1 cow\.' "$work/ktap"
	grep -q ": building the kernel tree:$work/linux for arm64 " "$work/stderr"
	jq -e ".cells[0].name == \"arm64-linux\" and .cells[0].package == \"$work/linux\"" "$work/out/latest/results.json" >/dev/null
	"${run[@]}" --kernel "tree:$work/linux" >"$work/ktap" 2>"$work/stderr"
	! grep -q ': building ' "$work/stderr" || fail "$(cat "$work/stderr")"
	listing "$work/linux" | diff "$work/before" -
}

check_tree_is_built_anew_after_an_edit() {
	local first

	stand_in "$work/linux"
	builds "tree:$work/linux"
	has one
	first=$entry
	is_kept "tree:$work/linux"
	# Longer or not, and with the time that it had
	sed 's/one/two/' "$work/linux/mm/memory.c" >"$work/two"
	touch -r "$work/linux/mm/memory.c" "$work/two"
	mv "$work/two" "$work/linux/mm/memory.c"
	touch "$work/linux/mm/memory.c"
	builds "tree:$work/linux"
	has two
	[ "$entry" != "$first" ]
	# What modules see is the same.
	[ "$entry/build" -ef "$first/build" ]
	# The configuration was kept.
	! grep -q TIMERFD "$entry/build.log" || fail "$(cat "$entry/build.log")"
	echo '/* new */' >"$work/linux/include/y.h"
	builds "tree:$work/linux"
	[ ! "$entry/build" -ef "$first/build" ]
}

# The kernel that is judged is the one that its key names, however its files' times lie.
check_tree_whose_times_lie() {
	local tree kind first

	for kind in git plain; do
		tree=$work/$kind
		stand_in "$tree"
		[ $kind = plain ] || git_tree "$tree"
		touch -d '1 hour ago' "$tree/mm/memory.c"
		builds "tree:$tree"
		first=$entry
		# An old file comes back, with the time that it had.
		mv "$tree/mm/memory.c" "$tree/mm/memory.c.orig"
		echo two >"$tree/mm/memory.c"
		builds "tree:$tree"
		has two
		mv "$tree/mm/memory.c.orig" "$tree/mm/memory.c"
		rm -rf "$first"
		builds "tree:$tree"
		has one
		# The same size and time, within a second, where git looks at seconds
		echo six >"$tree/mm/memory.c"
		touch -d '1 hour ago' "$tree/mm/memory.c"
		builds "tree:$tree"
		has six
		echo ten >"$tree/mm/memory.c"
		touch -d '1 hour ago' "$tree/mm/memory.c"
		builds "tree:$tree"
		has ten
	done
	tree=$work/git
	touch -d '1 minute' "$tree/mm/memory.c"
	git -C "$tree" -c user.name=x -c user.email=x@localhost stash -q
	rm -rf "$work"/cache/kernels/*
	touch -d '1 hour ago' "$tree/mm/memory.c"
	builds "tree:$tree"
	has one
	# What git was told to take for unchanged is built as it is.
	git -C "$tree" update-index --assume-unchanged mm/memory.c
	echo eleven >"$tree/mm/memory.c"
	rm -rf "$work"/cache/trees
	builds "tree:$tree"
	has eleven
}

# An edit while make runs, of a file that it has not read yet, and of a fragment
check_tree_that_changes_in_a_build() {
	local tree=$work/linux first

	git_tree "$tree"
	echo CONFIG_CMA=y >"$work/my.config"
	configs=("$work/my.config")
	printf '#!/bin/sh\necho later >%s\necho CONFIG_KSM=y >%s\n' "$tree/mm/memory.c" "$work/my.config" >"$work/hook"
	chmod +x "$work/hook"
	STLB_STAND_IN_HOOK=$work/hook builds "tree:$tree"
	has one
	grep -q "^$tree [0-9a-f]\{12\}$" "$entry/package"
	grep -qx CONFIG_CMA=y "$entry/config"
	first=$entry
	builds "tree:$tree"
	has later
	grep -qx CONFIG_KSM=y "$entry/config"
	[ "$entry" != "$first" ]
	git -C "$tree" checkout -q -f
	echo CONFIG_CMA=y >"$work/my.config"
	is_kept "tree:$tree"
	[ "$entry" = "$first" ]
	has one
}

# module_is WORD: that stlb.ko for the kernel in $work/build was compiled with
module_is() {
	local module

	module=$(STLB_CACHE=$work/cache harness/setup/build-module.sh "$root" "$work/build" arm64 aarch64-linux-gnu- \
		2>"$work/stderr") || fail "$(cat "$work/stderr")"
	grep -qx "$1" "$module" || fail "the module was compiled with: $(cat "$module")"
}

# Of a kernel that was built elsewhere (image:) nothing else may say that a header has changed.
check_module_is_built_anew_after_an_edit() {
	local headers=$work/build/include

	stand_in "$work/linux"
	builds "tree:$work/linux"
	cp -rL "$entry/build" "$work/build"
	echo one >"$headers/y.h"
	module_is one
	cp -p "$headers/y.h" "$work/y.h"
	echo two >"$headers/y.h"
	touch -r "$work/y.h" "$headers/y.h"
	module_is two
	mv "$work/y.h" "$headers/y.h"
	module_is one
	rm "$work/cache/modules"/*/stlb.ko
	printf '#!/bin/sh\necho later >%s/y.h\n' "$headers" >"$work/hook"
	chmod +x "$work/hook"
	status=0
	STLB_STAND_IN_HOOK=$work/hook STLB_CACHE=$work/cache harness/setup/build-module.sh "$root" "$work/build" arm64 \
		aarch64-linux-gnu- 2>"$work/stderr" || status=$?
	[ "$status" = 3 ]
	grep -q "changed while the module was built: run again$" "$work/stderr"
	module_is later
}

check_tree_of_git() {
	local tree=$work/linux first

	git_tree "$tree"
	builds "tree:$tree"
	grep -qE "^$tree [0-9a-f]{12}$" "$entry/package"
	first=$entry
	is_kept "tree:$tree"
	echo two >"$tree/mm/memory.c"
	echo three >"$tree/new.c"
	git -C "$tree" status --porcelain >"$work/status"
	listing "$tree" >"$work/before"
	builds "tree:$tree"
	has two
	grep -qE "^$tree [0-9a-f]{12} and changes$" "$entry/package"
	# What is committed is what was built, and known by its commit now.
	listing "$tree" | diff "$work/before" -
	commit_all "$tree" two
	is_kept "tree:$tree"
	grep -q "^$tree $(git -C "$tree" rev-parse --short=12 HEAD)$" "$entry/package"
	# Dirty, and another commit asked for
	echo dirty >"$tree/mm/memory.c"
	listing "$tree" >"$work/before"
	builds "tree:$tree@first"
	has one
	grep -q "^$tree first ([0-9a-f]\{12\})$" "$entry/package"
	builds "tree:$tree@HEAD"
	has two
	builds "tree:$tree@HEAD~1"
	has one
	listing "$tree" | diff "$work/before" -
	git -C "$tree" checkout -q -f first
	is_kept "tree:$tree@first"
	is_kept "tree:$tree"
	[ "$entry" = "$first" ]
}

check_tree_that_was_built_in() {
	local tree kind

	for kind in plain git ignoring; do
		tree="$work/a $kind tree"
		if [ $kind = git ]; then
			git_tree "$tree"
		else
			stand_in "$tree"
		fi
		if [ $kind = ignoring ]; then
			echo '/*' >"$tree/.gitignore"
			git -C "$tree" init -q
		fi
		mkdir -p "$tree/include/config"
		touch "$tree/.config" "$tree/mm/memory.o"
		listing "$tree" >"$work/before"
		builds "tree:$tree"
		has one
		listing "$tree" | diff "$work/before" -
		echo two >"$tree/mm/memory.c"
		rm "$tree/include/z.h"
		builds "tree:$tree"
		has two
		[ ! -e "$entry/build/include/z.h" ]
		is_kept "tree:$tree"
	done
}

check_kernel_build_fails() {
	stand_in "$work/linux"
	echo wrong >"$work/linux/mm/memory.c"
	refuses "tree:$work/linux" 3 "cannot build tree:$work/linux for arm64: mm/memory.c:1:1: error: this is wrong \(log: $work/cache/.*\.log\)"
	grep -q 'CC      mm/memory.o' "$(sed -n 's/.*(log: \(.*\))$/\1/p' "$work/stderr" | tail -n1)"
	echo right >"$work/linux/mm/memory.c"
	builds "tree:$work/linux"
	has right
	touch "$work/linux/lose"
	echo '# new' >"$work/linux/Kconfig"
	refuses "tree:$work/linux" 2 'for arm64 has no CONFIG_TIMERFD=y of configs/kernel/base.config: Kconfig dropped'
	echo CONFIG_TIMERFD_MORE=y >"$work/my.config"
	configs=("$work/my.config")
	refuses "tree:$work/linux" 2 "has no CONFIG_TIMERFD=y of configs/.*, CONFIG_TIMERFD_MORE=y of $work/my.config: Kconfig dropped"
	configs=()
	rm "$work/linux/lose"
	builds "tree:$work/linux"
}

check_compiler_is_too_old() {
	stand_in "$work/linux"
	touch "$work/linux/new"
	refuses "tree:$work/linux" 3 "cannot build tree:$work/linux for arm64: \*\*\* Compiler is too old"
	rm "$work/linux/new"
	builds "tree:$work/linux"
}

# Half an object that a compiler left is not taken for a whole one.
check_disk_is_full_in_a_build() {
	stand_in "$work/linux"
	echo full >"$work/linux/mm/memory.c"
	refuses "tree:$work/linux" 3 "no space left in '$work/cache': free some"
	[ -z "$(find "$work/cache" -name image)" ]
	echo again >"$work/linux/mm/memory.c"
	touch -d '1 hour ago' "$work/linux/mm/memory.c"
	builds "tree:$work/linux"
	has again
}

check_kernel_build_is_interrupted() {
	local sig group child

	stand_in "$work/linux"
	printf '#!/bin/sh\ntouch %s/waiting\nsleep 60\n' "$work" >"$work/hook"
	chmod +x "$work/hook"
	for sig in TERM INT KILL; do
		echo "$sig" >"$work/linux/mm/memory.c"
		rm -f "$work/waiting"
		set -m
		STLB_STAND_IN_HOOK=$work/hook STLB_CACHE=$work/cache \
			env --default-signal harness/setup/build-kernel.sh "$root" "tree:$work/linux" arm64 \
			aarch64-linux-gnu- >"$work/entry" 2>"$work/stderr" &
		set +m
		group=$!
		until [ -e "$work/waiting" ]; do
			kill -0 $group || fail "$(cat "$work/stderr")"
			sleep 0.1
		done
		child=$(pgrep -P $group)
		kill -s $sig -- "-$group"
		# The make of one that is killed goes on, and holds the lock until it ends.
		[ $sig != KILL ] || kill -KILL -- "-$child"
		status=0
		wait $group || status=$?
		[ "$status" = $((128 + $(kill -l $sig))) ] || fail "status $status after $sig"
		[ ! -s "$work/entry" ]
	done
	echo five >"$work/linux/mm/memory.c"
	builds "tree:$work/linux"
	has five
	[ "$(find "$work/cache/kernels" -mindepth 2 -name image | wc -l)" = 1 ]
	[ -z "$(find "$work/cache/kernels" -maxdepth 1 -name '.*' -type d)" ]
}

check_kernel_configurations() {
	local plain

	stand_in "$work/linux"
	builds "tree:$work/linux"
	plain=$entry
	grep -qx CONFIG_ARM64_4K_PAGES=y "$entry/config"
	# Each symbol is named once, whatever the fragments repeat.
	[ -z "$(grep -o 'CONFIG_[A-Z0-9_]*' "$entry/config" | sort | uniq -d)" ]
	configs=("$root/configs/kernel/options/64k.config")
	builds "tree:$work/linux"
	[ "$entry" != "$plain" ]
	grep -qx '# CONFIG_ARM64_4K_PAGES is not set' "$entry/config"
	grep -qx CONFIG_ARM64_64K_PAGES=y "$entry/config"
	printf '# CONFIG_ARM64_64K_PAGES is not set\nCONFIG_ARM64_16K_PAGES=y\n' >"$work/my.config"
	configs+=("$work/my.config")
	builds "tree:$work/linux"
	grep -qx '# CONFIG_ARM64_64K_PAGES is not set' "$entry/config"
	grep -qx CONFIG_ARM64_16K_PAGES=y "$entry/config"
	[ "$(grep -c 'CONFIG_ARM64_.*_PAGES' "$entry/config")" = 3 ]
	is_kept "tree:$work/linux"
	# An edit of a fragment costs what it costs make.
	echo CONFIG_CMA=y >>"$work/my.config"
	builds "tree:$work/linux"
	grep -qx CONFIG_CMA=y "$entry/config"
	! grep -q '  CC  ' "$entry/build.log" || fail "$(cat "$entry/build.log")"
	# What the tree's own has is beneath, but not where a fragment says otherwise.
	defconfig=(--defconfig)
	builds "tree:$work/linux"
	grep -qx CONFIG_OF_THE_TREE=y "$entry/config"
	[ "$(grep -c 'CONFIG_ARM64_64K_PAGES' "$entry/config")" = 1 ]
	is_kept "tree:$work/linux"
	defconfig=() configs=()
	is_kept "tree:$work/linux"
	[ "$entry" = "$plain" ]
	echo CONFIG_TIMERFD=y >"$work/my.config"
	configs=("$work/my.config")
	touch "$work/linux/lose"
	refuses "tree:$work/linux" 2 "for arm64 has no CONFIG_TIMERFD=y of $work/my.config"
}

check_tarballs() {
	local how

	stand_in "$work/linux-6.12"
	for how in gz:z xz:J bz2:j; do
		echo "$how" >"$work/linux-6.12/mm/memory.c"
		tar -C "$work" -c -"${how#*:}" -f "$work/linux.tar.${how%:*}" linux-6.12
		builds "tarball:$work/linux.tar.${how%:*}"
		has "$how"
		is_kept "tarball:$work/linux.tar.${how%:*}"
	done
	tar -C "$work/linux-6.12" -c -f "$work/flat.tar" .
	builds "tarball:$work/flat.tar"
	# Objects are gone: there is nothing that they could save.
	[ -z "$(find "$work/cache/sources" -maxdepth 2 -name 'objects-*')" ]
	refuses "tarball:$work/none.tar" 2 'no such file'
	refuses "tarball:$work" 2 'no such file'
	refuses "tarball:$work/linux-6.12/Makefile" 2 'cannot be unpacked'
	head -c 300 "$work/linux.tar.xz" >"$work/short.tar.xz"
	refuses "tarball:$work/short.tar.xz" 2 'cannot be unpacked'
	mkdir "$work/other"
	touch "$work/other/README"
	tar -C "$work" -c -f "$work/other.tar" other
	refuses "tarball:$work/other.tar" 2 'no Makefile in'
	[ -z "$(find "$work/cache/sources" -maxdepth 1 -name '.*.??????')" ]
}

check_bad_sources() {
	refuses tree:/nowhere 2 'tree:/nowhere: no such directory'
	mkdir "$work/empty"
	refuses "tree:$work/empty" 2 'no Makefile in'
	touch "$work/empty/Makefile"
	refuses "tree:$work/empty" 2 "is no kernel's source"
	stand_in "$work/plain"
	refuses "tree:$work/plain" 2 'has no arch/x86' x86
	stand_in "$work/old"
	sed -i 's/^VERSION = 6/VERSION = 5/' "$work/old/Makefile"
	refuses "tree:$work/old" 2 'is Linux 5\.12: stlb is for 6\.1 and later'
	refuses "tree:$work/plain@v6.1" 2 'has no commits to choose from .*: leave out @v6.1'
	refuses "source:5.10" 2 'no source:5.10: the versions are 6\.1 6\.12 7\.2 7\.3'
	refuses "image:/x" 2 'cannot be built'
	LLVM=-0 refuses "tree:$work/plain" 3 'no compiler clang-0: install it'
	git_tree "$work/linux"
	refuses "tree:$work/linux@nosuch" 2 "has no commit 'nosuch'"
	refuses "tree:$work/linux@--all" 2 "has no commit '--all'"
	# Inside of another repository's work tree, but not of it
	stand_in "$work/linux/ignored/linux"
	refuses "tree:$work/linux/ignored/linux@HEAD" 2 'plain directory'
	builds "tree:$work/linux/ignored/linux"
}
