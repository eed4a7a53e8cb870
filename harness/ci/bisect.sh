#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run_tests.sh bisect: finds the commit at which tests began to fail, or, with
# --old and --new, to pass. See docs/ci.md; --help says the options.
#
# The search is git's own, in a repository in the cache that borrows the user's
# objects: it has no work tree and refs of its own, so nothing of the user's is
# written. Kernels are built as tree:PATH@COMMIT, which shares its objects between
# commits. A step's verdict is kept until the search has ended, so one that was
# interrupted goes on where it was; what could not be judged is tried again then.

ci=$(dirname -- "$(readlink -f -- "$0")")
root=$(readlink -f -- "$ci/../..")
# shellcheck source-path=SCRIPTDIR source=../setup/lib.sh
. "$root/harness/setup/lib.sh"

# Seconds: a machine may be busy for once.
readonly LEAST_BOOT_LIMIT=20

usage() {
	cat <<-'END'
	Usage: run_tests.sh bisect --tree DIR --good REF --bad REF --arch ARCH[,ARCH...]
	                           [--test GLOB[,GLOB...]] [OPTION...]

	Finds, for each architecture, the first commit at which these tests fail; by
	default all that fail at the bad end and pass at the good one.

	  --tree DIR         a git tree of the kernel; only read
	  --good REF, --bad REF
	                     the ends; both are judged first
	  --old REF, --new REF
	                     instead: finds what mended tests that fail at the old end
	                     and pass at the new one
	  --out DIR          where the log goes; default ./results

	All other options are those of run_tests.sh.

	Exit status
	  0  found, for each architecture on which the ends differ
	  2  usage error, or the ends differ nowhere
	  3  it could not be told: see what was said
	  128+N  interrupted by signal N; the same command goes on from there
	END
}

# Sets the variables below from the command line.
parse() {
	tree='' old='' new='' mode='' archs='' out=results tests=() rest=()
	while [ $# -gt 0 ]; do
		case $1 in
		--tree | --good | --bad | --old | --new | --arch | --test | --out)
			[ $# -ge 2 ] || die 2 "$1 needs a value: see bisect --help"
			set -- "$1=$2" "${@:3}"
			continue
			;;
		--tree=*) tree=${1#*=} ;;
		--good=*) old=${1#*=} mode+=b ;;
		--bad=*) new=${1#*=} mode+=b ;;
		--old=*) old=${1#*=} mode+=f ;;
		--new=*) new=${1#*=} mode+=f ;;
		--arch=*) archs+=${archs:+,}${1#*=} ;;
		--test=*) tests+=(--test "${1#*=}") ;;
		--out=*) out=${1#*=} ;;
		-h | --help)
			usage
			exit 0
			;;
		*) rest+=("$1") ;;
		esac
		shift
	done
	[ -n "$tree" ] || die 2 "bisect needs a tree: write --tree ~/linux"
	[ -n "$archs" ] || die 2 "bisect needs an architecture: write --arch arm64"
	case $mode in
	bb) terms=(good bad) failing=new ;;
	ff) terms=(old new) failing=old ;;
	*) die 2 "bisect needs two ends: write --good REF --bad REF, or --old REF --new REF to find a fix" ;;
	esac
	IFS=, read -ra archs <<<"$archs"
}

# ---- the tree, and a repository beside it -----------------------------------

tree_git() {
	env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE -u GIT_PREFIX GIT_OPTIONAL_LOCKS=0 git -C "$tree" "$@"
}

state_git() {
	env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE -u GIT_PREFIX git -C "$state/git-$arch" "$@"
}

find_commit() {
	tree_git rev-parse --verify --quiet --end-of-options "$1^{commit}" ||
		die 2 "$tree has no commit '$1': choose another"
}

open_tree() {
	local given=$tree

	command -v git >/dev/null || die 3 "no git: install it"
	{ [ -d "$tree" ] && tree=$(realpath -- "$tree"); } || die 2 "--tree $given: no such directory: give that of a kernel's git tree"
	tree_git rev-parse --git-dir >/dev/null 2>&1 || die 2 "--tree $given is no git tree: give that of a kernel"
	old=$(find_commit "$old")
	new=$(find_commit "$new")
	[ "$old" != "$new" ] || die 2 "both ends are the commit ${old:0:12}: choose two"
}

# A build that failed, or a machine too busy, says nothing of the next time.
forget_unjudged() {
	local file

	for file in "$state"/ends/* "$state"/steps/*; do
		[ ! -e "$file" ] || ! grep -qP '\tINFRA\t|^unjudged\t' "$file" || rm -- "$file"
	done
}

# What is asked names the place of what was found out.
open_state() {
	local key

	cache_init
	key=$(printf '%s\0' "$tree" "$old" "$new" "$mode" "${tests[@]}" -- "${rest[@]}" | sha256sum)
	state=$STLB_CACHE/bisect/${key:0:16}
	lock "$STLB_CACHE/lock/bisect-${key:0:16}" "makes the same search"
	[ ! -e "$state/steps" ] || say "going on with a search that was interrupted"
	forget_unjudged
	mkdir -p "$state/steps" 2>/dev/null || die_of_failure "cannot make '$state'"
	mkdir -p -- "$out" 2>/dev/null || die 2 "--out $out cannot be made: choose another place"
}

open_repository() {
	local objects shallow

	rm -rf "$state/git-$arch"
	git init -q --bare "$state/git-$arch"
	objects=$(tree_git rev-parse --path-format=absolute --git-path objects)
	printf '%s\n' "$objects" >"$state/git-$arch/objects/info/alternates"
	shallow=$(tree_git rev-parse --path-format=absolute --git-path shallow)
	[ ! -e "$shallow" ] || cp -- "$shallow" "$state/git-$arch/shallow"
	# git bisect wants to know what to go back to.
	state_git update-ref HEAD "$new"
}

name_of() { tree_git log -1 --format='%h ("%s")' --abbrev=12 "$1"; }

# ---- the ends ---------------------------------------------------------------

# verdicts_of COMMIT: all wanted tests, in $state/ends/ARCH-COMMIT
verdicts_of() {
	local commit=$1 file=$state/ends/$arch-$1 status=0

	[ ! -e "$file" ] || return 0
	mkdir -p "$state/ends"
	rm -rf -- "$state/run"
	run "$root/run_tests.sh" --arch "$arch" --kernel "tree:$tree@$commit" "${tests[@]}" --known-bugs /dev/null \
		"${rest[@]}" --out "$state/run" >"$state/ktap" || status=$?
	[ $status -lt 128 ] || exit $status
	{ [ $status -ne 2 ] && [ -e "$state/run/latest/results.json" ]; } || die 2 "nothing was judged, see above"
	export STLB_IS_SET_UP=$root
	"$root/build/host/stlb-run" verdicts "$state/run" >"$file.tmp"
	mv "$file.tmp" "$file"
}

# "3 FAIL, 40 PASS"
tally() { cut -f4 "$1" | sort | uniq -c | awk '{ printf "%s%d %s", sep, $1, $2; sep = ", " }'; }

# What a step waits for a guest, unless the user says it: ten times what that of an end took.
limit_boots() {
	boot_limit=()
	[[ " ${rest[*]} " = *' --boot-timeout'* ]] ||
		boot_limit=(--boot-timeout "$(cut -f9 "$state/ends/$arch-$old" "$state/ends/$arch-$new" |
			awk -v least=$LEAST_BOOT_LIMIT '10 * $1 > least { least = 10 * $1 } END { printf "%d", least }')")
}

# Sets failing_end, passing_end, and never, what is said if nothing differs.
# "TEST SIGNATURE" of what differs is in $state/ARCH.expect.
compare_ends() {
	local end

	if [ $failing = new ]; then
		failing_end=$new passing_end=$old never='never bad'
	else
		failing_end=$old passing_end=$new never='never mended'
	fi
	for end in "$old" "$new"; do
		verdicts_of "$end"
		say "$arch: $(name_of "$end"): $(tally "$state/ends/$arch-$end")"
	done
	awk -F '\t' 'NR == FNR { passes[$3] = $4 == "PASS"; next } $4 == "FAIL" && passes[$3] { print $3, $5 }' \
		"$state/ends/$arch-$passing_end" "$state/ends/$arch-$failing_end" >"$state/$arch.expect"
}

# Why the ends do not differ, test by test, if it is not that both pass.
explain_ends() {
	awk -F '\t' '$4 == "FAIL" { print "  " $3, $4, $5, $7 }' "$state/ends/$arch-$1" | sort | uniq | sed -n 1,20p >&2
}

# ---- steps ------------------------------------------------------------------

# step COMMIT: sets answer to good, bad or unjudged, why, and seconds; by memory if it can.
step() {
	local commit=$1 file=$state/steps/$arch-$1 status=0 start=$SECONDS want=()

	if [ ! -e "$file" ]; then
		mapfile -t want < <(cut -d' ' -f1 "$state/$arch.expect")
		run "$ci/bisect-step.sh" --arch "$arch" --kernel "tree:$tree@$commit" "${want[@]/#/--test=}" \
			--expect "$state/$arch.expect" "${rest[@]}" "${boot_limit[@]}" >"$state/step" || status=$?
		case $status in
		0) answer=good ;;
		1) answer=bad ;;
		125) answer=unjudged ;;
		*)
			[ $status -lt 128 ] || [ $status -eq 255 ] || exit $status
			die 3 "the step at ${commit:0:12} failed, see above"
			;;
		esac
		why=$(tail -n1 "$state/step")
		why=${why#*"@$commit: $answer: "}
		printf '%s\t%d\t%s\n' "$answer" $((SECONDS - start)) "$why" >"$file.tmp"
		mv "$file.tmp" "$file"
	fi
	IFS=$'\t' read -r answer seconds why <"$file"
}

# What git is to be told of an answer
term() {
	case $answer/$failing in
	unjudged/*) echo skip ;;
	bad/new | good/old) echo "${terms[1]}" ;;
	*) echo "${terms[0]}" ;;
	esac
}

# Both ends once more: what a search hangs on must not have been chance.
confirm_ends() {
	local end want

	for end in "$failing_end bad" "$passing_end good"; do
		want=${end#* }
		step "${end% *}"
		[ "$answer" = "$want" ] ||
			die 3 "$arch: $(name_of "${end% *}") was $want at first, then $answer ($why): such a test cannot be bisected"
	done
}

# search: git's own, to its end. Sets first, or leaves it empty; counts in steps.
search() {
	local said commit status=0

	open_repository
	first='' steps=0
	said=$(state_git bisect start --no-checkout "--term-old=${terms[0]}" "--term-new=${terms[1]}" "$new" "$old" 2>&1) || status=$?
	while [ $status -eq 0 ] && [[ $said != *" is the first ${terms[1]} commit"* ]]; do
		commit=$(state_git rev-parse --verify --quiet BISECT_HEAD) || break
		steps=$((steps + 1))
		step "$commit"
		say "$arch: step $steps: $(name_of "$commit"): $(term) ($why; $seconds s)"
		said=$(state_git bisect "$(term)" "$commit" 2>&1) || status=$?
		[[ ! $said =~ Bisecting:\ ([0-9]+\ revisions?\ left\ to\ test\ after\ this\ \(roughly\ [0-9]+\ steps?\)) ]] ||
			say "$arch: ${BASH_REMATCH[1]}"
	done
	state_git bisect log >"$out/bisect-$arch.log"
	if [[ $said =~ ([0-9a-f]{40,64})\ is\ the\ first ]]; then
		first=${BASH_REMATCH[1]}
	else
		printf '%s\n' "$said" >&2
	fi
}

# What stands on both sides, with the rule, and how to see it again
report() {
	local test words transitions=() broken=$first

	[ $failing = new ] || broken=$(tree_git rev-parse "$first^")
	echo "$arch: ${terms[1]} since $(tree_git log -1 --format='%H ("%s")' "$first"), found in $steps steps"
	if step "$first"; then
		echo "  there: $why"
	fi
	if [ -e "$state/steps/$arch-$(tree_git rev-parse "$first^")" ]; then
		step "$(tree_git rev-parse "$first^")"
		echo "  before it: $why"
	fi
	while read -r test words; do
		echo "  $test: $words"
		[[ $test = recorder.* || $test = device.* ]] || transitions+=("${test%.*}")
	done <"$state/$arch.expect"
	while read -r test; do
		"$root/build/host/stlb-run" --root "$root" explain "$test" --arch "$arch"
	done < <(printf '%s\n' "${transitions[@]}" | grep . | sort -u | head -n 3)
	test=$(head -n1 "$state/$arch.expect")
	echo "  log: $out/bisect-$arch.log, for git bisect replay"
	printf '  reproduce: %q --arch %s --kernel %q --test %s\n' "$root/run_tests.sh" "$arch" \
		"tree:$tree@$broken" "${test% *}"
}

# One architecture. Sets result to found, same or unknown.
bisect() {
	local infra

	compare_ends
	limit_boots
	if [ -s "$state/$arch.expect" ]; then
		confirm_ends
		search
		result=unknown
		[ -z "$first" ] || {
			result=found
			report
		}
		return
	fi
	# No pipe: who stops to read one kills who writes to it.
	infra=$(awk -F '\t' '$4 == "INFRA" { print $7; exit }' "$state/ends/$arch-$old" "$state/ends/$arch-$new")
	result=same
	if [ -n "$infra" ]; then
		result=unknown
		echo "$arch: an end cannot be judged: $infra"
	elif grep -qP '^([^\t]*\t){3}FAIL\t' "$state/ends/$arch-$failing_end"; then
		echo "$arch: $never: no test fails at $(name_of "$failing_end") that passes at $(name_of "$passing_end")"
		explain_ends "$failing_end"
	else
		echo "$arch: $never: no test fails at $(name_of "$failing_end")"
	fi
}

parse "$@"
open_tree
open_state
found=0 unknown=0
for arch in "${archs[@]}"; do
	bisect
	case $result in
	found) found=1 ;;
	unknown) unknown=1 ;;
	esac
done
[ $unknown -eq 0 ] || exit 3
rm -rf -- "$state"
[ $found -eq 1 ] || die 2 "the ends do not differ as claimed, see above: choose others"
