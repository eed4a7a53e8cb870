# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# compare and gate: results held against each other. Kernels and QEMU are the
# stand-ins of bisect.sh.

# results FILE [JQ]: a results.json of one cell and five tests, changed by a program
results() {
	jq -n '{ schema: 2, cells: [{ name: "arm64-a", arch: "arm64", kernel: "debian:6.12", cpu: "max", cpus: 1,
		memory_mib: 512, boots: 1, infra: null, tests: [
		"cow.copy.page PASS", "cow.copy.run PASS", "unmap.none.page PASS", "upgrade.wp_reuse.page FAIL coverage",
		"upgrade.wp_reuse.run SKIP" | split(" ") | { name: .[0], verdict: .[1], signature: (.[2] // ""), reason: null,
		rules: [], data: { by_everything: 0 }, trace: ["secondary 0 1 1w ptl"] }] }] } | .cells[0].tests[2] |= (.trace = [] |
		.rules = [{ profile: "smmuv3", need: "UNWANTED", decides: true, cite: "x", why: "y" }])' |
		jq "${2:-.}" >"$1"
}

# compares STATUS REGEX JQ [OPTION...]: the results against the same after a change
compares() {
	local want=$1 regex=$2 change=$3
	shift 3

	results "$work/a"
	results "$work/b" "$change"
	gives "$want" "$regex" compare "$@" "$work/a" "$work/b"
}

# both STATUS STATUS REGEX JQ: of compare and of a gate
both() {
	compares "$1" "$3" "$4"
	compares "$2" "$3" "$4" --gate
}

check_compare() {
	local t='.cells[0].tests'

	both 0 0 '^arm64-a \(debian:6.12\), arm64-a \(debian:6.12\): 5 tests, no difference$' .
	both 1 1 '^broken +arm64-a cow.copy.page: PASS, now FAIL order: why$' \
		"${t}[0] |= (.verdict = \"FAIL\" | .signature = \"order\" | .reason = \"why\")"
	both 1 1 '^broken .*: FAIL coverage, now FAIL order' "${t}[3].signature = \"order\""
	both 1 1 '^skipped .* cow.copy.run: PASS, now SKIP' "${t}[1].verdict = \"SKIP\""
	both 1 0 '^fixed .* upgrade.wp_reuse.page: FAIL coverage, now PASS' "${t}[3] |= (.verdict = \"PASS\" | .signature = \"\")"
	both 1 0 '^runs .* upgrade.wp_reuse.run: SKIP, now PASS' "${t}[4].verdict = \"PASS\""
	# Known bugs: the kernel does the same, a run's status does not.
	both 1 0 '^unexpected .* cow.copy.page: PASS, now XPASS' "${t}[0].verdict = \"XPASS\""
	both 1 0 '^expected .* upgrade.wp_reuse.page: FAIL coverage, now XFAIL' "${t}[3].verdict = \"XFAIL\""
	both 1 3 '^unjudged .* cow.copy.page: PASS, now INFRA: no boot' "${t}[0] |= (.verdict = \"INFRA\" | .reason = \"no boot\")"
	both 1 1 '^missing .* cow.copy.page: ' "del(${t}[0])"
	both 1 0 '^new .* cow.zero_page.page: ' "$t += [${t}[0] | .name = \"cow.zero_page.page\"]"
	both 1 1 '^missing +arm64-a: the cell is not there now' '.cells = []'
	# Another kernel, the same machine: the same cell
	both 0 0 '^arm64-a .* arm64-b \(tree:/x\): 5 tests, no' '.cells[0] |= (.name = "arm64-b" | .kernel = "tree:/x")'
	both 1 1 '^new +arm64-b: ' '.cells[0] |= (.name = "arm64-b" | .cpus = 2)'
	both 1 1 '^new +arm64-b: ' '.cells[0] |= (.name = "arm64-b" | .config = ["debug"])'
	# Behaviour
	both 0 0 '^wider .* cow.copy.page: secondary of pages \[0, 1\) is now \[0, 8\)' "${t}[0].trace = [\"secondary 0 8 1w ptl\"]"
	compares 1 '^context ' "${t}[0].trace = [\"secondary 0 1 1w -\"]" --exact
	both 0 0 '^everything .* cow.copy.page: 0 pages .* alone, now 1$' "${t}[0].data.by_everything = 1"
	both 1 1 '^unwanted .* unmap.none.page: ' \
		"${t}[2] |= (.trace = [\"secondary 0 1 1- -\"] | .verdict = \"FAIL\" | .signature = \"economy:secondary:smmuv3\")"
	both 0 0 '^more .* unmap.none.page: ' "${t}[2].trace = [\"secondary 0 1 1- -\"]"
	results "$work/b" '.schema = 1'
	gives 2 'schema 2 or 3' compare "$work/a" "$work/b"
	gives 2 'give a directory of results' compare "$work/a" /nowhere
	gives 2 'needs more words' compare "$work/a"
}

check_compare_accepts() {
	local wider='.cells[0].tests[0].trace = ["secondary 0 8 1w ptl"]'

	printf '[meant]\ntests = cow.copy\narch = arm64\ndifference = wider more\nreason = the flush is\n\twider\n' >"$work/accept"
	compares 0 'accepted: the flush is wider' "$wider" --exact --accept "$work/accept"
	compares 0 'accepted: the flush is wider' "$wider" --exact --accept "$work/accept" --gate
	compares 1 '\[meant\] met no difference: remove it' . --accept "$work/accept"
	compares 1 '^context ' '.cells[0].tests[0].trace = ["secondary 0 8 1w -"]' --exact --accept "$work/accept"
	# Had no chance: not stale
	sed -i 's/arm64/x86/' "$work/accept"
	compares 0 'no difference' . --accept "$work/accept"
	compares 1 '^wider ' "$wider" --exact --accept "$work/accept"
	sed -i 's/wider more/broader/' "$work/accept"
	compares 2 "no difference 'broader'" . --accept "$work/accept"
	sed -i '/^reason/,$d' "$work/accept"
	compares 2 'reason' . --accept "$work/accept"
	compares 2 'accept' . --accept /nowhere
}

gates() { gives "$1" "$2" gate --arch arm64 --test cow.copy --out "$work/out" "${@:3}"; }

check_gate() {
	local tree

	make_history
	tree=tree:$work/linux
	gates 0 'no difference' --base "$tree@c2" --head "$tree@c5"
	[ -s "$work/out/gate.html" ]
	gates 1 '^broken .* cow.copy.page: PASS, now FAIL coverage:secondary:smmuv3' --base "$tree@c5" --head "$tree@c6"
	gates 0 '^fixed ' --base "$tree@c8" --head "$tree@c9"
	gates 3 '^unjudged .* cannot build' --base "$tree@c2" --head "$tree@c4"
	listing "$work/linux" | diff "$work/before" -
}

# One that a later one mends is not overlooked.
check_gate_of_every_commit() {
	local tree

	make_history
	tree=tree:$work/linux
	gates 0 'no difference' --base "$tree@c5" --head "$tree@c9"
	gates 1 "^the first to fail: $(git -C "$work/linux" rev-parse c6) " --base "$tree@c5" --head "$tree@c9" --each
	gates 3 '^the first that cannot be judged: .*"c11"' --base "$tree@c10" --head "$tree@c11" --each
	listing "$work/linux" | diff "$work/before" -
}

check_gate_usage() {
	local tree=tree:$work/linux

	git_tree "$work/linux"
	gates 2 'no commit lies between' --base "$tree@first" --head "$tree@HEAD" --each
	gates 2 'needs commits of a tree' --base "$tree@first" --head debian:6.1 --each
	gates 2 'needs two kernels' --base "$tree"
	gates 2 'unknown option --nosuch' --base "$tree" --head "$tree" --nosuch
	gives 0 '^Usage: ' gate --help
}

# What each row costs, the worst first; nothing of what was skipped, nor of what told no more.
# shellcheck disable=SC2016 # $t is jq's
check_economy() {
	mkdir "$work/run"
	results "$work/run/results.json" '.cells[0].tests as $t | .cells[0].tests = [
		($t[0] | .name = "a.exact.page" | .data.pages = 2 | .trace = ["secondary 0 2 2w -"]),
		($t[0] | .name = "a.wide.page" | .data.pages = 2 | .trace = ["secondary 0 4 2w -", "range_start 0 9 2w -", "secondary 0 2 2w -"]),
		($t[0] | .name = "a.all.page" | .data.pages = 512 | .trace = ["secondary 0 all 3w -"]),
		($t[0] | .name = "a.older.page" | .trace = ["secondary 0 all 3w -", "more 9"]),
		($t[4] | .name = "a.skipped.page" | .trace = [])]'
	gives 0 '^2 of 4 tests: ' economy "$work/run"
	run_economy=$(build/host/stlb-run --root "$root" economy "$work/run")
	[ "$(awk '{ print $1, $2, $3 }' <<<"$run_economy" | head -n3)" = $'test arm64-a \na.all.page all/512 \na.wide.page 6/2 x2' ] ||
		fail "$run_economy"
	grep -qxF $'arm64-a\ta.wide.page\t2\t6\t2\t0\t0' "$work/run/economy.tsv"
	grep -qxF $'arm64-a\ta.older.page\t0\t0\t1\t1\t1' "$work/run/economy.tsv"
	gives 2 'give a directory of results' economy "$work/none"
	gives 2 '' economy
}
