# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root
#
# report.html in a browser: what its script makes of results, one of which is hostile.

# cell_json NAME ARCH VERDICT: its three tests, of which the first has this verdict
cell_json() {
	jq -n --arg name "$1" --arg arch "$2" --arg verdict "$3" --arg evil '</script><script>alert(1)</script><img src=x onerror=alert(2)>' '
		def test($name; $transition; $verdict; $signature; $reason): {
			name: $name, transition: $transition, verdict: $verdict, signature: $signature, reason: $reason,
			rules: [{ profile: "smmuv3", need: "REQUIRED", decides: true, cite: "Arm ARM <b>", why: "so it is" }],
			data: { callbacks: 3 }, trace: ["before 1r", "secondary 0 1 1r ptl", "after 1w", $evil],
			log: "# stlb: reason page 0 \($evil)\n# stlb: failed coverage:secondary:smmuv3\n", reproduce: "./run_tests.sh --test \($name) --x",
			boot: 1, seconds: 0.1 };
		{ name: $name, arch: $arch, kernel: "debian:6.1", cpu: "x", cpus: 2, memory_mib: 512, boots: 1, infra: null,
		  package: $evil, release: "6.1", compiler: null, append: null, note: null, seconds: 1.5,
		  tests: [test("cow.copy.page"; "cow.copy"; $verdict; if $verdict == "FAIL" then "coverage:secondary:smmuv3" else "" end; $evil),
			  test("cow.copy.model"; "cow.copy"; "PASS"; ""; null),
			  test("api.once"; null; "XFAIL"; "order"; "known (docs/findings/a.md)")] }'
}

prepare_page() {
	command -v chromium >/dev/null || skip "needs chromium"
	mkdir "$work/results"
	{ cell_json one arm64 FAIL && cell_json two x86 PASS; } |
		jq -s '{ schema: 2, started: "2026-11-29T00:00:00Z", seconds: 3, cells: . }' >"$work/results/results.json"
	build/host/stlb-run report "$work/results" >"$work/said"
	[ "$(cat "$work/said")" = "$work/results/report.html" ]
}

# page_shows HASH [FILE]: the document that the browser makes of it; the script says nothing
page_shows() {
	timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" --enable-logging=stderr \
		--virtual-time-budget=20000 --dump-dom "file://$work/results/${2:-report.html}$1" >"$work/dom" 2>"$work/log"
	! grep CONSOLE "$work/log" || fail "the page's script complains"
	# Without the data, which has everything.
	sed '/<script type="application\/gzip"/,$d' "$work/dom" >"$work/body"
}

page_has() { grep -qF -- "$1" "$work/body" || fail "no $1 in $(cat "$work/body")"; }
page_lacks() { ! grep -F -- "$1" "$work/body" || fail "there is $1"; }

check_page_in_a_browser() {
	prepare_page
	! grep -nE ' (src|href)=|url\(|@import' <(sed '/id="data"/,/^<\/script>/d; /<noscript>/,/<\/noscript>/d' "$work/results/report.html") ||
		fail "the page wants another file"
	page_shows ''
	page_has 'aria-label="cow.copy in one: REQUIRED page FAIL, model PASS"'
	page_has 'aria-label="cow.copy in two: REQUIRED page PASS, model PASS"'
	page_has 'aria-label="api.once in one: REQUIRED XFAIL"'
	page_has '<td>2</td><td>docs/findings/a.md<br><small>one, two</small></td>'
	page_lacks '<img'
	[ "$(grep -c '<script' "$work/dom")" = 2 ]
	# Filters, each by itself
	page_shows '#v=FAIL'
	page_has 'aria-label="cow.copy in one: REQUIRED page FAIL"'
	page_lacks 'aria-label="api.once'
	page_lacks 'aria-label="cow.copy in two'
	page_shows '#a=x86'
	page_lacks ' in one: '
	page_shows '#p=model'
	page_has 'aria-label="cow.copy in one: REQUIRED model PASS"'
	page_shows '#s=order'
	page_lacks 'aria-label="cow'
	page_shows '#q=docs/findings/A'
	page_lacks 'aria-label="cow'
	page_shows '#d=1'
	page_lacks 'aria-label="api.once'
	page_shows '#q=nosuch'
	page_has 'No test is like that.'
	# A link to a test
	page_shows '#r=cow.copy&c=one'
	page_has 'aria-selected="true"'
	page_has '<pre>./run_tests.sh --test cow.copy.page --x</pre>'
	page_has '<b>REQUIRED</b>: so it is (Arm ARM &lt;b&gt;)'
	page_has '<dd>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;</dd>'
	page_lacks '<img'
	# Its picture, with the failure's words
	page_has '<svg xmlns="http://www.w3.org/2000/svg" class="pic"'
	page_has '>missing</text>'
	page_has 'page 0 &lt;/script&gt;&lt;script&gt;alert(1)'
	[ "$(grep -c '<svg' "$work/body")" -ge 1 ]
	# The keyboard alone: down, right, open, close
	sed 's|^})().catch|'"$(page_keys)"'\n})().catch|' "$work/results/report.html" >"$work/results/keys.html"
	page_shows '' keys.html
	page_has 'data-keys="api.once two open, closed two"'
}

# What a person at a keyboard does, and where that leads
page_keys() {
	tr -d '\n\t' <<-'END'
		const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
		const settle = () => new Promise(r => setTimeout(r, 50));
		$("map").querySelector("td[data-r]").focus();
		press("ArrowDown"); press("ArrowRight"); press("Enter");
		await settle();
		let keys = new URLSearchParams(location.hash.slice(1));
		keys = keys.get("r") + " " + keys.get("c") + ($("panel").hidden ? "" : " open");
		press("Escape");
		await settle();
		keys += ($("panel").hidden ? ", closed " : ", open ") + page.cells[document.activeElement.dataset.c].name;
		document.body.dataset.keys = keys;
	END
}

# Both sides, and what changed, in the map, in the panel and as a filter
check_page_of_a_comparison() {
	prepare_page
	jq '.started = "2026-11-30T00:00:00Z" | .cells[0].tests[0] |= (.verdict = "PASS" | .signature = "") |
		.cells[1].tests[0].trace[1] = "secondary 0 8 1r ptl"' "$work/results/results.json" >"$work/now.json"
	status=0
	build/host/stlb-run compare "$work/results" "$work/now.json" --page "$work/results/report.html" >"$work/said" || status=$?
	[ $status = 1 ]
	page_shows '#x=any'
	page_has 'changed since 2026-11-29T00:00:00Z: fixed 1, wider 1'
	page_has 'aria-label="cow.copy in one: REQUIRED page FAIL, now PASS (fixed)"'
	page_has 'aria-label="cow.copy in two: REQUIRED page PASS (wider)"'
	page_lacks 'aria-label="api.once'
	page_shows '#x=wider&r=cow.copy&c=two'
	page_lacks 'aria-label="cow.copy in one'
	page_has '<li><b>wider</b> secondary of pages [0, 1) is now [0, 8)</li>'
	page_has '<h4>before: &lt;/script&gt;'
	[ "$(grep -o '<svg' "$work/body" | wc -l)" = 3 ] || fail "not a picture of each side, and of the other test"
	page_lacks '<img'
	gives 1 'cannot be written' compare "$work/results" "$work/now.json" --page /nowhere/x.html
	gives 2 'has an effect only in compare and gate' report --page x "$work/results"
}

check_report_usage() {
	status=0
	build/host/stlb-run report "$work" >"$work/said" 2>&1 || status=$?
	[ "$status" = 2 ]
	grep -q 'give a directory of results' "$work/said"
}
