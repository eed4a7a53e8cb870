#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run_tests.sh export lava: a cell of an earlier run as a job for LAVA. See
# docs/ci.md; --help says the options.
#
# Such a machine has one serial console, so the tests' results are read off the
# marks that init leaves in the kernel's log; the result channel goes nowhere.

ci=$(dirname -- "$(readlink -f -- "$0")")
root=$(readlink -f -- "$ci/../..")
# shellcheck source-path=SCRIPTDIR source=../setup/lib.sh
. "$root/harness/setup/lib.sh"

readonly TIMEOUT=60

usage() {
	cat <<-'END'
	Usage: run_tests.sh export lava --cell NAME [OPTION...]
	       run_tests.sh export kcidb [--results-url URL] [DIR]
	       run_tests.sh export mail --finding NAME [DIR]

	kcidb prints an earlier run, of DIR or ./results, for KernelCI (KCIDB 5.3), with
	links below URL; mail prints docs/findings/NAME.md with what that run shows of
	it as a bug report. Of lava:

	Writes kernel, initramfs.cpio and job.yaml, a LAVA job that boots the one with
	the other in QEMU and knows each test's result.

	  --cell NAME        a cell of that run
	  --results DIR      an earlier run that has it; default ./results
	  --out DIR          where to; default ./export
	  --url URL          where the lab finds kernel and initramfs.cpio; default:
	                     file:// and where they were written
	END
}

parse() {
	format='' cell='' results=results out=export url=''
	while [ $# -gt 0 ]; do
		case $1 in
		--cell | --results | --out | --url)
			[ $# -ge 2 ] || die 2 "$1 needs a value: see export --help"
			set -- "$1=$2" "${@:3}"
			continue
			;;
		--cell=*) cell=${1#*=} ;;
		--results=*) results=${1#*=} ;;
		--out=*) out=${1#*=} ;;
		--url=*) url=${1#*=} ;;
		-h | --help)
			usage
			exit 0
			;;
		--no-setup) ;;
		-*) die 2 "unknown option $1: see export --help" ;;
		*) format+=$1 ;;
		esac
		shift
	done
	[ "$format" = lava ] || die 2 "export '$format': there are kcidb, lava and mail, each with its options behind it"
	[[ $cell =~ ^[a-z0-9._-]+$ ]] || die 2 "export needs a cell: write --cell arm64-6.12"
}

# Sets dir to the cell's directory, and names to its tests.
find_cell() {
	[ -e "$results/results.json" ] || results=$results/latest
	dir=$results/$cell
	"$root/build/host/stlb-run" verdicts "$results" >"$scratch/verdicts" || exit 2
	mapfile -t names < <(awk -F '\t' -v cell="$cell" '$1 == cell { print $3 }' "$scratch/verdicts")
	[ ${#names[@]} -gt 0 ] || die 2 "$results has no cell $cell: it has $(cut -f1 "$scratch/verdicts" | sort -u | paste -sd' ')"
	[ -e "$dir/qemu.sh" ] || die 2 "$results has no boot of $cell: run it first"
}

# The QEMU command that the runner wrote for a shell, printed instead of run
read_qemu() {
	sed 's/^exec \([^3].*\) \\$/printf "%s\\n" \1 \\/' "$dir/qemu.sh" | sh >"$scratch/argv"
	mapfile -t argv <"$scratch/argv"
}

# Sets what the job says of its own: kernel, initrd, append, machine, cpu, memory; and options to the rest.
sort_options() {
	local i

	options=()
	for ((i = 1; i < ${#argv[@]}; i++)); do
		case ${argv[i]} in
		-kernel) kernel=${argv[++i]} ;;
		-initrd) initrd=${argv[++i]} ;;
		-append) append=${argv[++i]} ;;
		-machine) machine=${argv[++i]} ;;
		-cpu) cpu=${argv[++i]} ;;
		-m) memory=${argv[++i]} ;;
		# LAVA has its own.
		-chardev | -serial | -display) i=$((i + 1)) ;;
		-nodefaults) ;;
		*) options+=("${argv[i]}") ;;
		esac
	done
	case ${argv[0]##*/} in
	*aarch64) arch=arm64 ;;
	*x86_64) arch=x86_64 ;;
	# LAVA passes no cpu on for this one.
	*ppc64) arch=ppc64 options+=(-cpu "$cpu") ;;
	*) die 2 "$dir/qemu.sh: no QEMU that LAVA knows: ${argv[0]}" ;;
	esac
}

# entry NAME MODE SIZE: the head of a file in an archive of cpio's newc format
entry() {
	printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
		0 "$2" 0 0 1 0 "$3" 0 0 0 0 $((${#1} + 1)) 0 "$1"
}

# to_four: its input, and as many NULs as make its length a multiple of four
to_four() {
	local file=$scratch/part

	cat >"$file"
	truncate -s %4 "$file"
	cat "$file"
}

# The kernel unpacks one archive after the other, and the last of a name stands.
write_initramfs() {
	{
		echo "channel /dev/null"
		echo "module /stlb.ko"
		echo "timeout $TIMEOUT"
		printf 'test %s\n' "${names[@]}"
	} >"$scratch/plan"
	{
		to_four <"$initrd"
		entry plan $((0100644)) "$(stat -c %s "$scratch/plan")" | to_four
		to_four <"$scratch/plan"
		entry 'TRAILER!!!' 0 0 | to_four
	} >"$out/initramfs.cpio"
}

# YAML's own quotes: within these, only they are written twice.
quoted() { printf "'%s'" "${1//\'/\'\'}"; }

write_job() {
	local word minutes=$((${#names[@]} * TIMEOUT / 60 + 10))

	cat <<-END
		# SPDX-License-Identifier: GPL-2.0-only
		job_name: $(quoted "stlb $cell")
		device_type: qemu
		visibility: public
		timeouts:
		  job: {minutes: $minutes}
		  action: {minutes: 10}
		context:
		  arch: $arch
		  machine: $(quoted "$machine")
		  cpu: $(quoted "$cpu")
		  memory: $memory
		  guestfs_interface: none
		  no_kvm: true
		  extra_options:
	END
	for word in "${options[@]}"; do
		echo "  - $(quoted "$word")"
	done
	cat <<-END
		actions:
		- deploy:
		    to: tmpfs
		    images:
		      kernel:
		        image_arg: $(quoted "-kernel {kernel} -append \"$append\"")
		        url: $(quoted "$url/kernel")
		      ramdisk:
		        image_arg: '-initrd {ramdisk}'
		        url: $(quoted "$url/initramfs.cpio")
		- boot:
		    method: qemu
		    media: tmpfs
		    # Its own first message is 'Linux version', and is read by then.
		    prompts: ['stlb: hello']
		- test:
		    timeout: {minutes: $minutes}
		    monitors:
		    - name: stlb
		      start: 'stlb: begin'
		      end: 'stlb: done'
		      pattern: 'stlb: result (?P<test_case_id>[a-z0-9_.]+) (?P<result>pass|skip|fail)'
	END
}

parse "$@"
scratch=$(mktemp -d) || die 3 "cannot make a temporary directory: free some space in '${TMPDIR:-/tmp}'"
temporaries+=("$scratch")
find_cell
read_qemu
sort_options
mkdir -p -- "$out" 2>/dev/null || die 2 "--out $out cannot be made: choose another place"
out=$(realpath -- "$out")
url=${url:-file://$out}
cp -- "$kernel" "$out/kernel"
write_initramfs
write_job >"$out/job.yaml"
echo "$out/job.yaml"
