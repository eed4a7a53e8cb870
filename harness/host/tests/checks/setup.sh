# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root, no_setup
#
# run_tests.sh as a whole: caches, paths, packages, network, several at once.
# Debian's kernel is real; QEMU is a stand-in that plays every test well.

# entry [OPTION...]: one quick run of run_tests.sh in $tree; sets status. $as
# tells the files of one run from another's.
entry() {
	status=0
	STLB_FAKE=${FAKE-good} STLB_QEMU=${QEMU-"$root/build/host/tests/fake_qemu"} "${tree:-.}/run_tests.sh" --no-setup \
		--arch arm64 --kernel debian:6.1 --test cow --known-bugs /dev/null --out "$work/out" "$@" \
		>"$work/ktap$as" 2>"$work/stderr$as" || status=$?
}

as=

# says STATUS REGEX: the run ended with that, and one line on stderr, which says so
says() {
	# Other checks build here as well.
	sed -i '/: waiting for another run that /d' "$work/stderr"
	[ "$status" = "$1" ] || fail "status $status: $(cat "$work/stderr")"
	[ ! -s "$work/ktap" ] || fail "stdout is not empty: $(cat "$work/ktap")"
	[ "$(wc -l <"$work/stderr")" = 1 ] || fail "that is not one line: $(cat "$work/stderr")"
	grep -qE -- "^run_tests.sh: .*$2" "$work/stderr" || fail "$(cat "$work/stderr")"
}

# Copies the project, built, to $1.
copy_tree() {
	mkdir -p "$1"
	files | tr '\n' '\0' | xargs -0 cp -a --parents -t "$1"
	mkdir -p "$1/build"
	cp -a build/host build/guest "$1/build"
}

# A cache with the real kernels, but without what is built.
own_cache() {
	mkdir "$work/cache"
	cp -r "$STLB_CACHE/kselftest" "$work/cache"
	ln -s "$STLB_CACHE/kernels" "$STLB_CACHE/liburing" "$work/cache"
	export STLB_CACHE=$work/cache
}

passed_all() {
	[ "$status" = 0 ] || fail "status $status: $(cat "$work/stderr$as")"
	build/host/stlb-run --root . --list --test cow >"$work/list$as"
	[ "$(wc -l <"$work/list$as")" -ge 4 ]
	sed -nE 's/^  ok [0-9]+ (cow\.[a-z_.]+)$/\1/p' "$work/ktap$as" | diff -u "$work/list$as" - || fail "$(cat "$work/ktap$as")"
}

check_paths_with_blanks_and_quotes() {
	local odd="it's a \"tree\" \$(false) * &"

	tree="$work/$odd"
	copy_tree "$tree"
	# So something is built there, too.
	touch "$tree/harness/host/words.c" "$tree/harness/guest/outcome.c"
	ln -s "$root/build/host/tests/fake_qemu" "$work/a 'qemu'"
	printf '[odd-cell]\narch = arm64\nkernel = debian:6.1\n' >"$work/$odd.matrix"
	QEMU="$work/a 'qemu'" entry --matrix "$work/$odd.matrix" --out "$work/$odd.out"
	passed_all
	[ "$tree/build/host/stlb-run" -nt "$tree/harness/host/words.c" ]
	(cd / && STLB_FAKE=good sh "$work/$odd.out"/latest/*/qemu.sh) | grep 'stlb: done'
}

check_reproduce_command_works() {
	local odd="it's a \"tree\" \$(false)" command

	printf '[cell]\narch = arm64\nkernel = debian:6.1\n' >"$work/$odd.matrix"
	export STLB_FAKE_AT=cow.copy.run
	FAKE=fail entry --matrix "$work/$odd.matrix"
	[ "$status" = 1 ]
	[ "$(grep -c '^  # reproduce: ' "$work/ktap")" = 1 ]
	# A log that has stderr alone says the same.
	grep -q '^stlb: FAIL cell cow\.copy\.run: ' "$work/stderr"
	diff <(sed -n 's/^  # reproduce: //p' "$work/ktap") <(sed -n 's/^stlb: reproduce: //p' "$work/stderr")
	command=$(sed -n 's/^  # reproduce: //p' "$work/ktap")
	status=0
	STLB_FAKE=fail STLB_QEMU=$root/build/host/tests/fake_qemu \
		sh -c "$command --no-setup --out '$work/again'" >"$work/ktap" 2>"$work/stderr" || status=$?
	[ "$status" = 1 ] || fail "$command: status $status: $(cat "$work/stderr")"
	[ "$(grep -cE '^  (not )?ok ' "$work/ktap")" = 1 ]
	grep -q '^  not ok 1 cow\.copy\.run # failed coverage' "$work/ktap"
}

check_two_runs_at_once() {
	local first second

	own_cache
	(
		as=.1
		entry
		passed_all
	) &
	first=$!
	(
		as=.2
		entry
		passed_all
	) &
	second=$!
	wait $first
	wait $second
	[ "$(find "$work/out" -mindepth 2 -maxdepth 2 -name results.json | wc -l)" = 2 ]
	[ -s "$work/out/latest/results.json" ]
	# Both wanted the module; it was built once.
	[ "$(find "$work/cache/modules" -mindepth 2 -name stlb.ko | wc -l)" = 1 ]
}

check_cache_is_unwritable() {
	: >"$work/file"
	STLB_CACHE=$work/file/cache entry
	says 2 "cannot write to the cache '$work/file/cache': .*set STLB_CACHE"
	STLB_CACHE="$work/a cache" entry
	says 2 "a cache.*: set STLB_CACHE to a path"
}

check_out_is_unwritable() {
	: >"$work/file"
	entry --out "$work/file"
	says 2 "--out $work/file is not a directory"
	entry --out "$work/file/out"
	says 2 "results directory $work/file/out: Not a directory: choose another place with --out"
}

# No network, no cache
check_no_network() {
	local offline=(unshare --net)

	[ "$(id -u)" = 0 ] || offline=(unshare --net --map-root-user)
	"${offline[@]}" true 2>/dev/null || skip "this machine does not let us take the network away (unshare)"
	status=0
	STLB_CACHE=$work/cache "${offline[@]}" ./run_tests.sh --no-setup --out "$work/out" >"$work/ktap" 2>"$work/stderr" || status=$?
	sed -i '/: fetching /d' "$work/stderr"
	says 3 "cannot fetch Debian's package lists .*: check the network"
	[ ! -e "$work/out" ]
}

# No network, with a cache
check_offline_with_a_cache() {
	local offline=(unshare --net)

	[ "$(id -u)" = 0 ] || offline=(unshare --net --map-root-user)
	"${offline[@]}" true 2>/dev/null || skip "this machine does not let us take the network away (unshare)"
	status=0
	STLB_FAKE=good STLB_QEMU=$root/build/host/tests/fake_qemu "${offline[@]}" ./run_tests.sh --no-setup \
		--arch arm64 --kernel debian:6.1 --test cow --known-bugs /dev/null --out "$work/out" \
		>"$work/ktap" 2>"$work/stderr" || status=$?
	passed_all
}

# path_without GLOB...: $work/bin, to be PATH, has all programs but these
path_without() {
	local dir glob

	mkdir "$work/bin"
	for dir in /usr/local/bin /usr/bin /bin /usr/sbin; do
		ln -s "$dir"/* "$work/bin" 2>/dev/null || true
	done
	for glob; do
		# shellcheck disable=SC2086 # a glob
		rm -f "$work"/bin/$glob
	done
}

# Another distribution, where Debian's names of packages say nothing
check_no_apt() {
	path_without 'apt-*' 'qemu-*' 'aarch64-linux-gnu-*' mke2fs
	PATH=$work/bin QEMU='' entry
	# mke2fs is looked for in the directories of root's as well.
	says 3 'missing, and no apt-get here .*: .*qemu-system-aarch64 10 or newer.*; or use the container of docs/ci.md$'
	grep -q ': aarch64-linux-gnu-gcc, a static C library for aarch64-linux-gnu-gcc, ' "$work/stderr" || fail "$(cat "$work/stderr")"
}

# The container of docs/ci.md
check_container() {
	local builder=podman base

	command -v podman >/dev/null || builder=buildah
	command -v $builder >/dev/null || skip "no podman and no buildah here"
	base=$(sed -n 's/^FROM //p' harness/setup/Containerfile)
	$builder pull -q "$base" >"$work/log" 2>&1 || skip "$builder cannot have the image $base: $(tail -n1 "$work/log")"
	files | tr '\n' '\0' | xargs -0 cp --parents -t "$work"
	$builder build -q -t stlb-check -f harness/setup/Containerfile "$work" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	if [ $builder = podman ]; then
		podman run --rm stlb-check --list --test cow.copy >"$work/list" 2>"$work/log" || fail "$(cat "$work/log")"
	else
		base=$(buildah from stlb-check)
		buildah run "$base" -- ./run_tests.sh --list --test cow.copy >"$work/list" 2>"$work/log" || fail "$(cat "$work/log")"
		buildah rm "$base" >/dev/null
	fi
	grep -qx cow.copy.page "$work/list"
}

# A PATH that has all but QEMU, and an own QEMU that is too old
check_qemu_is_not_installed() {
	path_without 'qemu-*'
	PATH=$work/bin QEMU='' entry
	[ "$status" = 3 ]
	grep -q '^run_tests.sh: missing qemu-system-arm: boots arm64 kernels$' "$work/stderr"
	grep -q '^apt-get install .*qemu-system-arm qemu-system-x86 qemu-system-ppc$' "$work/stderr"
	printf '#!/bin/sh\necho "QEMU emulator version 7.2.22 (Debian)"\n' >"$work/bin/qemu-system-ppc64"
	chmod +x "$work/bin/qemu-system-ppc64"
	PATH=$work/bin QEMU='' entry
	[ "$status" = 3 ]
	grep -q '^run_tests.sh: missing qemu-system-ppc: boots powerpc kernels$' "$work/stderr"
	[ ! -s "$work/ktap" ]
}

# While it waits for another that builds
check_interrupt_in_set_up() {
	local sig group held said line

	copy_tree "$work/tree"
	exec {held}>"$work/tree/build/.lock"
	flock "$held"
	for sig in INT TERM; do
		mkfifo "$work/said"
		exec {said}<>"$work/said"
		set -m
		(
			exec {held}>&-
			exec env --default-signal "$work/tree/run_tests.sh" --no-setup --out "$work/out" >"$work/ktap" 2>"$work/said"
		) &
		set +m
		group=$!
		read -r -t 60 -u "$said" line
		[[ $line = *"waiting for another run that builds"* ]] || fail "$line"
		kill -s $sig -- "-$group"
		status=0
		wait $group || status=$?
		[ "$status" = $((128 + $(kill -l $sig))) ] || fail "status $status after $sig"
		[ ! -s "$work/ktap" ]
		rm "$work/said"
	done
}

check_usage_errors() {
	local line

	while IFS='|' read -r line want; do
		status=0
		# shellcheck disable=SC2086 # words
		./run_tests.sh --out "$work/out" $line >"$work/ktap" 2>"$work/stderr" || status=$?
		says 2 "$want"
	done <<-'END'
	--frobnicate|unknown option --frobnicate
	--tets upgrade|did you mean --test
	--arch riscv|unknown architecture 'riscv'
	--kernel 6.1|--kernel 6.1: .*debian:
	--test upgrade.wp_reus|matches no test: did you mean
	--timeout 0|--timeout '0' is not a number
	--matrix /nowhere/matrix|/nowhere/matrix: No such file
	--known-bugs /nowhere/bugs|/nowhere/bugs: No such file
	--expected-skips /nowhere/skips|--expected-skips has an effect only with --strict-skips
	--accept /nowhere/accept|--accept has an effect only in compare and gate
	compare a b --test cow|--test has an effect only in a run
	compare a b --shard 1/2|--shard has an effect only in a run
	END
}

# Status 2 is for runs in which nothing was judged.
check_no_such_kernel() {
	entry --kernel debian:6.2 # beside debian:6.1
	[ "$status" = 3 ] || fail "status $status: $(cat "$work/stderr")"
	grep -q '# ERROR no kernel debian:6\.2: the versions are 6.1 6.12' "$work/ktap"
	jq -e '.status == 3 and .totals.PASS > 0' "$work/out/latest/results.json" >/dev/null
	entry --cell arm64-6.2 --kernel debian:6.2
	[ "$status" = 2 ] || fail "status $status: $(cat "$work/stderr")"
	jq -e '.status == 2' "$work/out/latest/results.json" >/dev/null
}

# cache_entry PATH MIB DAYS: an entry of that size that was last used so long ago
cache_entry() {
	mkdir -p "$STLB_CACHE/$1"
	truncate -s "$2M" "$STLB_CACHE/$1/file"
	fallocate -l "$2M" "$STLB_CACHE/$1/file"
	touch -d "$3 days ago" "$STLB_CACHE/$1"
}

check_cache_is_listed_and_pruned() {
	export STLB_CACHE=$work/cache STLB_CACHE_LIMIT=8M
	local left

	./run_tests.sh cache >"$work/list"
	grep -q ' of at most 8MB, in ' "$work/list"
	cache_entry kernels/old 3 9
	cache_entry kernels/new 3 1
	cache_entry trees/older 2 20
	cache_entry sources/oldest 3 30
	cache_entry headers/orphan 1 0
	cache_entry headers/of-new 1 40
	ln -s ../../headers/of-new "$STLB_CACHE/kernels/new/build"
	touch -d '1 day ago' "$STLB_CACHE/kernels/new"
	mkdir "$STLB_CACHE/modules" "$STLB_CACHE/modules/.dead.123456"
	echo '/the/tree' >"$STLB_CACHE/trees/older/path"
	touch -d '20 days ago' "$STLB_CACHE/trees/older"
	./run_tests.sh cache >"$work/list"
	grep -qE '^tree +[0-9]+MB  [0-9-]{10} [0-9:]{5}  older: /the/tree$' "$work/list" || fail "$(cat "$work/list")"
	# Whoever uses it keeps everything, and other users do not wait for each other.
	exec {user}>>"$STLB_CACHE/lock/in-use"
	flock -s "$user"
	status=0
	./run_tests.sh cache prune >"$work/ktap" 2>"$work/stderr" || status=$?
	says 3 'another run is using the cache'
	touch "$STLB_CACHE/grown"
	harness/setup/cache.sh grown
	[ -e "$STLB_CACHE/sources/oldest" ]
	exec {user}>&-
	harness/setup/cache.sh grown 2>"$work/stderr"
	grep -q 'the cache was full: removed 3 not used for longest' "$work/stderr" || fail "$(cat "$work/stderr")"
	left=$(cd "$STLB_CACHE" && echo headers/* kernels/* sources/* trees/* modules/.dead*)
	[ "$left" = 'headers/of-new kernels/new kernels/old sources/* trees/* modules/.dead*' ] || fail "$left"
	harness/setup/cache.sh grown
	STLB_CACHE_LIMIT=5M ./run_tests.sh cache prune >"$work/list"
	[ ! -e "$STLB_CACHE/kernels/old" ]
	[ -e "$STLB_CACHE/headers/of-new" ]
	./run_tests.sh cache prune --all >"$work/list"
	[ "$(ls "$STLB_CACHE")" = lock ] || fail "$(ls "$STLB_CACHE")"
	status=0
	./run_tests.sh cache purge >"$work/ktap" 2>"$work/stderr" || status=$?
	says 2 "'cache purge' is nothing that can be done"
	status=0
	STLB_CACHE_LIMIT=much ./run_tests.sh cache >"$work/ktap" 2>"$work/stderr" || status=$?
	says 2 'STLB_CACHE_LIMIT=much is not a size'
}
