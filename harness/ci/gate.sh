#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run_tests.sh gate: the same cells on two kernels, compared. See docs/ci.md;
# --help says the options.

ci=$(dirname -- "$(readlink -f -- "$0")")
root=$(readlink -f -- "$ci/../..")
# shellcheck source-path=SCRIPTDIR source=../setup/lib.sh
. "$root/harness/setup/lib.sh"

usage() {
	cat <<-'END'
	Usage: run_tests.sh gate --base SPEC --head SPEC [OPTION...]

	Runs the same tests on both kernels and compares verdicts and behaviour.

	  --base SPEC, --head SPEC
	                     the kernels, as --kernel takes them
	  --exact            a difference in behaviour fails, too
	  --accept FILE      those that are meant, with a reason each
	  --each             both are tree:DIR@REF of one tree: gates every commit
	                     between them, oldest first, and names the first that
	                     breaks something
	  --page FILE        a page of both sides, with what changed marked; default
	                     DIR/gate.html, or with --each DIR/COMMIT.html
	  --out DIR          where results go: DIR/base, DIR/head or DIR/COMMIT;
	                     default ./results/gate

	All other options are those of run_tests.sh.

	Exit status
	  0  nothing broke
	  1  something did; with --exact, or behaves otherwise; an entry of --accept
	     is stale
	  2  usage error
	  3  something could not be judged
	  128+N  interrupted by signal N
	END
}

# Sets the variables below from the command line.
parse() {
	base='' head='' each='' out=results/gate compare=() page_of=() rest=()
	while [ $# -gt 0 ]; do
		case $1 in
		--base | --head | --accept | --page | --out)
			[ $# -ge 2 ] || die 2 "$1 needs a value: see gate --help"
			set -- "$1=$2" "${@:3}"
			continue
			;;
		--base=*) base=${1#*=} ;;
		--head=*) head=${1#*=} ;;
		--out=*) out=${1#*=} ;;
		--accept=* | --exact) compare+=("$1") ;;
		--page=*) page_of=("$1") ;;
		--each) each=1 ;;
		-h | --help)
			usage
			exit 0
			;;
		--kernel | --kernel=*) die 2 "gate takes its kernels from --base and --head: leave out --kernel" ;;
		*) rest+=("$1") ;;
		esac
		shift
	done
	[[ -n $base && -n $head ]] || die 2 "gate needs two kernels: write --base SPEC --head SPEC"
}

# judge SPEC NAME: results in $out/NAME. Kernels that fail are what it is for.
judge() {
	local status=0

	mkdir -p -- "$out" 2>/dev/null || die 2 "--out $out cannot be made: choose another place"
	say "$1"
	run "$root/run_tests.sh" --kernel "$1" "${rest[@]}" --out "$out/$2" >"$out/$2.ktap" || status=$?
	export STLB_IS_SET_UP=$root
	case $status in
	0 | 1) return ;;
	3) [ -e "$out/$2/latest/results.json" ] || exit 3 ;;
	*) exit $status ;;
	esac
}

# The page is beside both: gate.html, or COMMIT.html
compare() {
	local page=gate

	[ -z "$each" ] || page=$2
	"$root/build/host/stlb-run" --root "$root" compare --gate "${page_of[@]:---page=$out/$page.html}" "${compare[@]}" "$(realpath -- "$out/$1")" "$(realpath -- "$out/$2")"
}

# ---- --each -----------------------------------------------------------------

tree_git() {
	env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE -u GIT_PREFIX GIT_OPTIONAL_LOCKS=0 git -C "$tree" "$@"
}

# commit_of SPEC: sets tree and commit
commit_of() {
	[[ $1 = tree:*@* ]] || die 2 "--each needs commits of a tree, not $1: write tree:DIR@REF"
	tree=${1#tree:}
	tree=${tree%@*}
	commit=$(tree_git rev-parse --verify --quiet --end-of-options "${1##*@}^{commit}") ||
		die 2 "$1: there is no such commit"
}

gate_each() {
	local last before commits tree_of_base first='' status unjudged=''

	commit_of "$head"
	last=$commit tree_of_base=$tree
	commit_of "$base"
	[ "$tree" -ef "$tree_of_base" ] || die 2 "--each needs commits of one tree, not of $tree and $tree_of_base"
	mapfile -t commits < <(tree_git rev-list --reverse --first-parent "$commit..$last")
	[ ${#commits[@]} -gt 0 ] || die 2 "no commit lies between $base and $head"
	judge "tree:$tree@$commit" "$commit"
	before=$commit
	for commit in "${commits[@]}"; do
		judge "tree:$tree@$commit" "$commit"
		echo "$(tree_git log -1 --format='%h ("%s")' "$commit"), against the commit before:"
		status=0
		compare "$before" "$commit" || status=$?
		case $status in
		0) ;;
		1) first=${first:-$commit} ;;
		3) unjudged=${unjudged:-$commit} ;;
		*) exit $status ;;
		esac
		before=$commit
	done
	if [ -n "$first" ]; then
		echo "the first to fail: $(tree_git log -1 --format='%H ("%s")' "$first")"
		exit 1
	elif [ -n "$unjudged" ]; then
		echo "the first that cannot be judged: $(tree_git log -1 --format='%H ("%s")' "$unjudged")"
		exit 3
	fi
}

parse "$@"
if [ -n "$each" ]; then
	gate_each
	exit
fi
judge "$base" base
judge "$head" head
compare base head
