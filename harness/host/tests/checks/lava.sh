# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root, no_setup
#
# The exported job, played by LAVA's own dispatcher, as a lab's worker does it: lava-run
# of Debian 12 with its QEMU device type. Only the import of guestfs, which these jobs
# never use, is answered by a module that has nothing in it.

# Sets lava to LAVA's directory and PYTHONPATH, or skips.
lava_begin() {
	[ "$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>&1)" = 3.11 ] ||
		skip "LAVA's packages are for Debian 12's Python"
	lava=$(harness/setup/lava.sh 2>"$work/lava.err") || skip "LAVA's packages cannot be had: $(tail -n 1 "$work/lava.err")"
	mkdir -p "$work/stub" "$work/bin"
	echo 'class GuestFS: pass' >"$work/stub/guestfs.py"
	export PYTHONPATH=$work/stub:$lava/usr/lib/python3/dist-packages
}

# lava_play JOB: leaves what LAVA says of each test, "NAME RESULT", in $work/lava.results, what
# it says of the job in $work/lava.job, and its status in $status. Programs in $work/bin come first.
lava_play() {
	/usr/bin/python3 - "$lava" "$1/job.yaml" >"$work/device.yaml" <<-'END'
	import jinja2, sys, yaml
	lava, job = sys.argv[1:]
	types = jinja2.FileSystemLoader(lava + "/usr/share/lava-server/device-types")
	device = jinja2.Environment(loader=types, trim_blocks=True).from_string(
	    "{% extends 'qemu.jinja2' %}{% set mac_addr = '52:54:00:12:34:56' %}{% set memory = 512 %}")
	print(device.render(**yaml.safe_load(open(job))["context"]))
	END
	echo "dispatcher_download_dir: $work/lava.tmp" >"$work/dispatcher.yaml"
	mkdir -p "$work/lava.tmp"
	status=0
	PATH=$work/bin:$PATH LD_LIBRARY_PATH=$(echo "$lava"/usr/lib/*-linux-gnu) timeout 300 /usr/bin/python3 "$lava/usr/bin/lava-run" --job-id 1 --output-dir "$work/lava.out" \
		--device "$work/device.yaml" --dispatcher "$work/dispatcher.yaml" "$1/job.yaml" >"$work/lava.log" 2>&1 || status=$?
	/usr/bin/python3 - "$work" <<-'END'
	import sys, yaml
	work = sys.argv[1]
	with open(work + "/lava.results", "w") as results, open(work + "/lava.job", "w") as job:
	    for line in open(work + "/lava.log", errors="replace"):
	        if '"lvl": "results"' not in line:
	            continue
	        said = yaml.safe_load(line)["msg"]
	        if said["definition"] == "stlb":
	            print(said["extra"]["test_case_id"], said["result"], file=results)
	        elif said["case"] == "job":
	            print(said["result"], file=job)
	END
}

# What LAVA has to say of the last boot's tests: a known bug's failure is one to it.
lava_wants() {
	build/host/stlb-run verdicts "$work/it's \"out\"/latest" |
		awk -F '\t' '{ print $3, $4 == "PASS" ? "pass" : $4 == "SKIP" ? "skip" : "fail" }'
}

check_lava_run_says_what_we_say() {
	local played=upgrade.wp_reuse,cow.copy,swap.pageout

	lava_begin
	boot $played
	ended 0
	./run_tests.sh export lava --cell arm64-6.1 --results "$work/it's \"out\"" --out "$work/job" >"$work/said"
	lava_play "$work/job"
	[ "$status" = 0 ] || fail "lava-run ended with $status: $(tail -n 5 "$work/lava.log")"
	[ "$(cat "$work/lava.job")" = pass ] || fail "LAVA says of the job: $(cat "$work/lava.job")"
	lava_wants >"$work/wanted"
	for result in pass skip fail; do
		grep -q " $result\$" "$work/wanted" || fail "no test of $played is a $result"
	done
	diff "$work/wanted" "$work/lava.results" || fail "LAVA says something else (>) than we do (<)"

	# A machine that dies in the middle: what came before counts, what did not come is not there.
	cat >"$work/bin/qemu-system-aarch64" <<-END
	#!/bin/bash
	exec < <(sleep 300)
	PATH=${PATH@Q} qemu-system-aarch64 "\$@" | sed -u '/stlb: result cow.copy.run/q'
	END
	chmod +x "$work/bin/qemu-system-aarch64"
	lava_play "$work/job"
	[ "$status" != 0 ] || fail "LAVA takes a machine that died for one that ended"
	[ "$(cat "$work/lava.job")" = fail ] || fail "LAVA says of the job: $(cat "$work/lava.job")"
	sed '/cow.copy.run/q' "$work/wanted" | diff - "$work/lava.results" || fail "LAVA says something else (>) than was to be seen (<)"
}
