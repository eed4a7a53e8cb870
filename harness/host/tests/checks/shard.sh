# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# --shard and merge, with the stand-in for QEMU, which boots what is no kernel.

# shard K/N DIR [OPTION...]: of three cells; sets forms to the number of tests in each
shard() {
	local status=0

	forms=$(build/host/stlb-run --root . --list | grep -c '^cow\.copy\.')
	STLB_QEMU=$root/build/host/tests/fake_qemu STLB_FAKE=${fake:-good} ./run_tests.sh --no-setup --shard "$1" --test cow.copy \
		--matrix "$work/matrix" --known-bugs /dev/null --out "$work/$2" "${@:3}" >"$work/ktap" 2>"$work/stderr" || status=$?
	# A cell in which every test was skipped has seen nothing.
	[ $status -le 1 ] || [[ $status = 3 && ${fake:-} = skip ]] || fail "$(cat "$work/stderr")"
}

merges() { gives "$1" "$2" merge --out "$work/all" "${@:3}"; }

check_shards() {
	local i n=0

	for i in a b c; do
		printf '[%s]\narch = arm64\nkernel = debian:6.1\ncpus = %d\n' $i $((++n))
	done >"$work/matrix"
	shard 1/2 one
	shard 2/2 two
	jq -e '[.cells[].name] == ["a", "c"] and .plan == ["a", "b", "c"] and .shard == "1/2"' "$work/one/latest/results.json"
	jq -e '[.cells[].name] == ["b"]' "$work/two/latest/results.json"
	merges 0 "^stlb: $((3 * forms)) pass; results in " "$work/two" "$work/one/latest"
	jq -e '[.cells[].name] == ["a", "b", "c"] and .shard == null and .status == 0 and .totals.PASS == '$((3 * forms)) "$work/all/latest/results.json"
	[ -s "$work/all/latest/report.html" ]
	[ -e "$(jq -r '.cells[1].dir' "$work/all/latest/results.json")/console.log" ]
	gives 0 "$((3 * forms)) tests, no difference|$forms tests, no difference" compare "$work/all" "$work/all"
	# Fails closed
	rm -r "$work/all"
	merges 3 'of 2 shards 1 are here, and no result of the cells a, c: nothing was merged' "$work/two"
	[ ! -e "$work/all" ]
	merges 2 'cell b is both in ' "$work/one" "$work/two" "$work/two/latest"
	shard 1/3 other
	merges 2 'are not of one run' "$work/other" "$work/two"
	shard 1/2 other --test unmap.none
	merges 2 'are not of one run' "$work/other" "$work/two"
	shard 1/2 other --known-bugs "$root/configs/known-bugs.ini"
	merges 2 'are not of one run: known_bugs differs' "$work/other" "$work/two"
	# The whole lasts from its first shard's start to its last one's end.
	jq '.started = "2026-01-01T00:00:00Z" | .seconds = 5' "$work/one/latest/results.json" >"$work/early"
	jq '.started = "2026-01-01T00:00:02Z" | .seconds = 5' "$work/two/latest/results.json" >"$work/late"
	merges 0 "$((3 * forms)) pass" "$work/late" "$work/early"
	jq -e '.started == "2026-01-01T00:00:00Z" and .seconds == 7' "$work/all/latest/results.json"
	# Yesterday's results are not those of a run that cannot begin.
	status=0
	STLB_CACHE=/proc/nowhere ./run_tests.sh --no-setup --shard 2/2 --test cow.copy --matrix "$work/matrix" \
		--known-bugs /dev/null --out "$work/two" >"$work/ktap" 2>"$work/stderr" || status=$?
	{ [ "$status" = 2 ] && [ ! -e "$work/two/latest" ]; } || fail "status $status: $(cat "$work/stderr")"
	merges 3 'two/latest: No such file or directory: a shard did not come' "$work/one" "$work/two/latest"
	shard 2/2 two
	sed 's/\[c\]/[d]/' -i "$work/matrix"
	shard 1/2 other
	merges 2 'are not of one run' "$work/other" "$work/two"
	sed -n '/\[b\]/,$!p' -i "$work/matrix"
	gives 2 'there are only 1 cells' --shard 2/2 --matrix "$work/matrix" --dry-run
	for i in 0/1 2/1 1/0 1 /1 1/ a/b 1/2/3 -1/2; do
		gives 2 'write --shard K/N' --shard $i --dry-run
	done
	gives 0 '^a$' --shard 1/9 --matrix "$work/matrix" --dry-run
}

# The whole is as bad as its worst part.
check_merge_status() {
	printf '[%s]\narch = arm64\nkernel = debian:6.1\n' a >"$work/matrix"
	printf '[%s]\narch = arm64\nkernel = debian:6.1\ncpus = 3\n' b >>"$work/matrix"
	shard 1/2 one
	fake=fail shard 2/2 two
	merges 1 "^stlb: $forms fail, $forms pass" "$work/one" "$work/two"
	fake=skip shard 2/2 two
	merges 3 "$forms pass, $forms skip" "$work/one" "$work/two"
	shard 2/2 two
	merges 0 "$((2 * forms)) pass" "$work/one" "$work/two"
	jq '.interrupted = true' "$work/two/latest/results.json" >"$work/three"
	merges 3 "$((2 * forms)) pass" "$work/one" "$work/three"
	jq '.cells[0].tests[0].verdict = "INFRA"' "$work/two/latest/results.json" >"$work/three"
	merges 3 '1 infra' "$work/one" "$work/three"
	jq '.cells[0].tests = []' "$work/two/latest/results.json" >"$work/three"
	merges 3 'pass' "$work/one" "$work/three"
	jq '.shard = null' "$work/two/latest/results.json" >"$work/three"
	merges 2 'was not made with --shard' "$work/one" "$work/three"
}
