# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# Results in other people's forms. They are page.sh's, with hostile strings.

prepare_export() {
	mkdir "$work/results"
	{ cell_json one arm64 FAIL && cell_json two x86 PASS; } |
		jq -s '{ schema: 2, started: "2026-11-29T00:00:00Z", seconds: 3, cells: . } |
			.cells[1].tests[2].reason = "known (docs/findings/arm64-upgrade-not-told.md)" |
			.cells[0].package = "/linux at 0123456789abcdef0123456789abcdef01234567"' >"$work/results/results.json"
}

# What kcidb-io 5.3 asks of what stlb has (kcidb_io/schema/v05_03.py), in jq
# shellcheck disable=SC2016 # its variables are jq's
readonly KCIDB_RULES='
	def only($names): keys - $names == [];
	def text: type == "string" and (explode | index(0) == null);
	def own: text and test("^[a-z0-9_]+:");
	def time: test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-])");
	def url: test("^https?://[^ ]+$");
	def status: IN("FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP");
	def part: (.id | own) and .origin == "stlb" and ([.. | nulls] == []) and (.comment // "" | text) and (.start_time // "2000-01-01T00:00:00Z" | time);
	def links: all(only(["name", "url"]) and (.name | test("^[^/]+$")) and (.url | url));
	only(["version", "checkouts", "builds", "tests", "issues", "incidents"]) and .version == { major: 5, minor: 3 } and
	(.checkouts | all(part and only(["id", "origin", "git_commit_hash", "start_time", "comment", "valid"]) and
		(.git_commit_hash // "0" * 40 | test("^[0-9a-f]{40}$")))) and
	([.checkouts[].id] as $ids | .builds | all(part and (.checkout_id | IN($ids[])) and (.architecture | test("^[a-z0-9_]*$")) and (.status | status) and
		only(["id", "origin", "checkout_id", "start_time", "architecture", "compiler", "config_name", "comment", "status"]))) and
	([.builds[].id] as $ids | .tests | all(part and (.build_id | IN($ids[])) and (.path | test("^([a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*)?$")) and
		(.status | status) and (.duration | type == "number") and (.log_excerpt // "" | length <= 16384) and (.log_url // "http://x/" | url) and
		(.output_files // [] | links) and (.environment | only(["comment"])) and
		only(["id", "origin", "build_id", "environment", "path", "status", "comment", "start_time", "duration", "log_excerpt", "log_url", "output_files", "misc"]))) and
	(.issues | all(part and .version == 1 and only(["id", "origin", "version", "culprit", "comment"]))) and
	([.issues[].id] as $issues | [.tests[].id] as $tests | .incidents | all(part and (.issue_id | IN($issues[])) and (.test_id | IN($tests[])) and
		only(["id", "origin", "issue_id", "issue_version", "test_id", "present"]))) and
	([.checkouts, .builds, .tests, .issues, .incidents | [.[].id] | length == (unique | length)] | all)'

# A run's results hold to them, the numbers are what they were, and links lead where they should.
check_export_kcidb() {
	prepare_export
	build/host/stlb-run export kcidb "$work/results" >"$work/kcidb"
	jq -e "$KCIDB_RULES" "$work/kcidb"
	jq -e '[.tests[].status] == ["FAIL", "PASS", "FAIL", "PASS", "PASS", "FAIL"] and (.incidents | length == 2)' "$work/kcidb"
	jq -e '.checkouts[0].git_commit_hash == "0123456789abcdef0123456789abcdef01234567"' "$work/kcidb"
	jq -e '[.tests[] | has("log_url")] | any | not' "$work/kcidb"
	build/host/stlb-run export kcidb --results-url https://ci.example.org/7/ "$work/results" >"$work/kcidb"
	jq -e "$KCIDB_RULES" "$work/kcidb"
	jq -e '.tests[0].log_url == "https://ci.example.org/7/one/ktap" and .tests[0].output_files[0].name == "console.log"' "$work/kcidb"
	# These rules refuse what is wrong.
	! jq '.tests[0].status = "XFAIL"' "$work/kcidb" | jq -e "$KCIDB_RULES"
	! jq '.tests[0].comment = null' "$work/kcidb" | jq -e "$KCIDB_RULES"
	! jq '.tests[0].build_id = "stlb:none"' "$work/kcidb" | jq -e "$KCIDB_RULES"
	gives 2 'is no URL' export kcidb --results-url 'ftp://x y' "$work/results"
	gives 2 'give a directory of results' export kcidb /nowhere
	gives 2 'there are kcidb, lava and mail' export junit "$work/results"
	gives 2 'has an effect only in export kcidb' compare --results-url https://x.example "$work/results" "$work/results"
}

check_export_mail() {
	prepare_export
	build/host/stlb-run --root . export mail --finding arm64-upgrade-not-told "$work/results" >"$work/mail"
	[ "$(head -n1 "$work/mail")" = 'Subject: [BUG] arm64: a permission upgrade told no secondary TLB, up to 6.5' ]
	grep -qx 'X-To-find-whom: scripts/get_maintainer.pl -f arch/arm64/mm/fault.c' "$work/mail"
	grep -q '^What happens. A page is read-only because fork() shared it' "$work/mail"
	grep -q '^  x86, 6.1 (</script>.*): affected, 1 tests fail, 0 pass$' "$work/mail"
	grep -q '^  REQUIRED for smmuv3: so it is (Arm ARM <b>)$' "$work/mail"
	grep -qxF '  ./run_tests.sh --test api.once --x' "$work/mail"
	build/host/stlb-run --root . export mail --finding unmap-flood "$work/results" | grep -qx 'No test of the results at hand shows it.'
	gives 2 'needs a finding' export mail "$work/results"
	gives 2 'there is no docs/findings/none.md' export mail --finding none "$work/results"
	gives 2 'there is no docs/findings/../results.md' export mail --finding ../results "$work/results"
}

# A job's summary: appended, and nothing in it is markup that was not meant
check_summary_of_a_job() {
	prepare_export
	jq '.options = (["test", "known_bugs", "strict_skips", "expected_skips", "config", "defconfig", "seed"] | map({ key: ., value: null }) | from_entries) |
		.shard = "1/1" | .plan = ["one", "two"] | .stlb = "0" | .interrupted = false |
		.cells[0].tests[0].reason = "`|[x](y) <b> @all \\ # *z*" | .cells[0].tests[0].reproduce = "``` <i>"' \
		"$work/results/results.json" >"$work/shard"
	echo before >"$work/summary"
	status=0
	build/host/stlb-run --root . merge "$work/shard" --out "$work/out" --summary "$work/summary" 2>/dev/null || status=$?
	[ $status = 1 ]
	[ "$(sed -n '1,2p' "$work/summary")" = $'before\n## stlb: 1 FAIL, 2 XFAIL, 3 PASS' ]
	grep -qxF '| one | 6.1 | **1 FAIL**, 1 XFAIL, 1 PASS | **1 FAIL**, 1 PASS |' "$work/summary"
	grep -qxF '**FAIL** one cow.copy.page (coverage:secondary:smmuv3): \`\|\[x\](y) &#60;b&#62; &#64;all \\ \# \*z\*' "$work/summary"
	grep -qxF '    ``` <i>' "$work/summary"
	grep -qxF -- '- 1: docs/findings/a.md' "$work/summary"
	gives 1 'x cannot be written' merge "$work/shard" --out "$work/out" --summary /nowhere/x
	gives 2 'has an effect only in a run and in merge' report --summary x "$work/results"
}
