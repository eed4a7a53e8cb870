#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make mutants: kernels broken on purpose, and legal changes, against what the
# headers of their patches say; docs/mutants.md has the form. --help says the options.

ci=$(dirname -- "$(readlink -f -- "$0")")
root=$(readlink -f -- "$ci/../..")
# shellcheck source-path=SCRIPTDIR source=../setup/lib.sh
. "$root/harness/setup/lib.sh"

usage() {
	cat <<-'END'
	Usage: make mutants TREE=DIR [ARCH=A,...] [ONLY="PATCH..."] [TESTS=named] [OUT=DIR]
	       harness/ci/mutants.sh --tree DIR [OPTION...] [PATCH...]

	Puts each patch on a copy of a kernel's source, builds, runs the tests, and
	compares what fails with what the header of the patch says. What this suite has
	judged it does not judge again: the same command goes on where it was stopped.

	  PATCH              a file, or the name of one of harness/mutants; default: all
	                     of these that have a line for the architecture, those that
	                     touch headers last
	  --tree DIR         a kernel's source; those of harness/mutants are for 6.12.
	                     It is only read
	  --arch ARCH[,...]  arm64, x86, powerpc; default: all
	  --named            only the tests that headers name: whether they fail still,
	                     not what else does; all tests for a patch without a header
	                     and for one that must pass
	  --out DIR          results, one directory for each; default ./results/mutants

	Exit status
	  0  each patch does what its header says
	  1  one does something else
	  2  usage error
	  3  one does not apply, or its kernel cannot be judged
	  128+N  interrupted by signal N
	END
}

parse() {
	tree='' archs=arm64,x86,powerpc named='' out=results/mutants patches=()
	while [ $# -gt 0 ]; do
		case $1 in
		--tree | --arch | --out)
			[ $# -ge 2 ] || die 2 "$1 needs a value: see --help"
			set -- "$1=$2" "${@:3}"
			continue
			;;
		--tree=*) tree=${1#*=} ;;
		--arch=*) archs=${1#*=} ;;
		--out=*) out=${1#*=} ;;
		--named) named=1 ;;
		-h | --help)
			usage
			exit 0
			;;
		-*) die 2 "no option $1: see --help" ;;
		*) patches+=("$1") ;;
		esac
		shift
	done
	{ [ -n "$tree" ] && [ -f "$tree/Kconfig" ]; } ||
		die 2 "TREE=DIR must be the top directory of a kernel's source, not '$tree'"
	mkdir -p -- "$out" 2>/dev/null || die 2 "OUT=$out cannot be made: choose another place"
	out=$(realpath -- "$out")
}

# ---- headers ----------------------------------------------------------------

# said ARCH PATCH: the header's word for the architecture: Fails, Escapes, Passes, or nothing
said() {
	sed -n '/^--- /q; p' "$2" | awk -v arch="$1" '
		/^(Fails|Escapes|Passes): / { for (i = 2; i <= NF; i++) if ($i == arch) { sub(/:.*/, ""); print; exit } }'
}

# TEST:PROPERTY[,PROPERTY] as TEST:PROPERTY, a line each
each_property() {
	awk -F: '{ n = split($2, p, ","); for (i = 1; i <= n; i++) print $1 ":" p[i] }' | sort -u
}

# expected ARCH PATCH: what the header says that fails
expected() {
	sed -n '/^--- /q; p' "$2" | awk -v arch="$1" '
		/^Fails: / && $2 == arch { for (i = 3; i <= NF; i++) if ($i ~ /^[a-z0-9_.]+:[a-z,]+$/) print $i }' |
		each_property
}

# failed VERDICTS: what did
failed() { awk -F'\t' '$4 == "FAIL" { gsub(/:[^,]*/, "", $5); print $3 ":" $5 }' "$1" | each_property; }

# Sets files from patches.
choose() {
	local file

	if [ ${#patches[@]} -gt 0 ]; then
		files=()
		for file in "${patches[@]}"; do
			[ -f "$file" ] || file=$root/harness/mutants/${file%.patch}.patch
			[ -f "$file" ] || die 2 "no patch ${file##*/}: give a file, or a name of harness/mutants"
			files+=("$(realpath -- "$file")")
		done
	else
		mapfile -t files < <(cd "$root/harness/mutants" && {
			grep -LE '^\+\+\+ .*\.h$' -- *.patch
			grep -lE '^\+\+\+ .*\.h$' -- *.patch
		} | sed "s,^,$root/harness/mutants/,")
	fi
}

# ---- kernels ----------------------------------------------------------------

# A copy to be patched. What was applied when a run was stopped is taken back.
copy_tree() {
	if [ ! -e "$out/tree.whole" ]; then
		say "copying $tree"
		rm -rf -- "$out/tree" "$out/applied" && mkdir "$out/tree"
		tar -c -C "$tree" --exclude=./.git . | tar -x -C "$out/tree" ||
			die 3 "cannot copy $tree to $out: free some space, or choose another OUT="
		touch "$out/tree.whole"
	fi
	take_back
}

take_back() {
	local dir

	[ -e "$out/applied" ] || return 0
	dir=$(head -n1 "$out/applied")
	tail -n +2 "$out/applied" | patch -R -s -f -p1 -d "$dir" >"$out/patch.log" 2>&1 ||
		die 3 "cannot take back the patch of $out/applied: remove $dir and $out/tree.whole (log: $out/patch.log)"
	rm "$out/applied"
}

# put_on DIR PATCH: all of it or nothing
put_on() {
	patch --dry-run -s -f -p1 -d "$1" <"$2" >"$out/patch.log" 2>&1 || return
	{ echo "$1" && cat -- "$2"; } >"$out/applied.new"
	mv "$out/applied.new" "$out/applied"
	patch -s -f -p1 -d "$1" <"$2" >"$out/patch.log" 2>&1
}

# What judges: a verdict of another suite is none of this one.
self() {
	local dir dirs=()

	for dir in arch configs harness tests; do
		[ ! -d "$root/$dir" ] || dirs+=("$dir")
	done
	(cd "$root" && find "${dirs[@]}" -path harness/mutants -prune -o -type f -print0 | sort -z | xargs -0 sha256sum -- | sha256sum)
}

# Patches of stlb.ko are put on a copy of it: what is committed, and what is not.
copy_self() {
	[ "$(cat "$out/stlb.is" 2>/dev/null)" != "$self" ] || return 0
	rm -rf -- "$out/stlb" "$out/stlb.is" && mkdir "$out/stlb"
	git -C "$root" ls-files -z | (cd "$root" && xargs -0 cp --parents -t "$out/stlb" --)
	echo "$self" >"$out/stlb.is"
}

# judge RUNNER TESTS [CONFIG]: verdicts in $dir.verdicts
judge() {
	local status=0

	rm -rf -- "$dir" "$dir.verdicts"
	run "$1/run_tests.sh" --no-setup --arch "$arch" --kernel "tree:$out/tree" ${2:+--test "$2"} \
		${3:+--config "$3"} --out "$dir" \
		>"$dir.ktap" 2>"$dir.log" || status=$?
	[ $status -lt 128 ] || exit $status
	[ -e "$dir/latest/results.json" ] &&
		"$root/build/host/stlb-run" --root "$root" verdicts "$dir/latest" >"$dir.verdicts" &&
		! grep -P '\tINFRA\t' "$dir.verdicts" >/dev/null
}

# ---- one mutant -------------------------------------------------------------

tell() { printf '%-9s %-8s %s%s\n' "$1" "$arch" "$name" "${2:+: $2}"; }

list() { [ -z "$2" ] || printf '\t%s: %s\n' "$1" "$(tr '\n' ' ' <<<"$2")"; }

# Compares $dir.verdicts with the header. What is told in capitals is not as it says.
compare() {
	local want got missing besides

	got=$(failed "$dir.verdicts")
	want=$(expected "$arch" "$file")
	missing=$(comm -23 <(echo "$want") <(echo "$got") | sed '/^$/d')
	besides=$(comm -13 <(echo "$want") <(echo "$got") | sed '/^$/d')
	judged=$((judged + 1))
	[ -z "$missing" ] || differ=1
	case $header/${got:+failed} in
	Fails/failed)
		caught=$((caught + 1))
		tell caught "$(cut -d: -f1 <<<"$got" | sort -u | wc -l) tests"
		;;
	Fails/) differ=1 && tell MISSED ;;
	Escapes/) tell escapes ;;
	Escapes/failed) differ=1 && tell CAUGHT "which is said to escape" ;;
	Passes/) tell passes ;;
	Passes/failed) differ=1 && tell FAILS "which is said to pass" ;;
	/failed) tell caught "its header says nothing of $arch" ;;
	*) tell nothing "its header says nothing of $arch" ;;
	esac
	list "not as said" "$missing"
	list "besides" "$besides"
}

give_up() {
	tell UNJUDGED "$1"
	unjudged=1
}

mutant() {
	local name=${file##*/} dir header key tests='' config='' target=$out/tree runner=$root bad=''

	name=${name%.patch}
	dir=$out/$arch/$name
	header=$(said "$arch" "$file")
	[ ${#patches[@]} -gt 0 ] || [ -n "$header" ] || return 0
	[ -z "$named" ] || tests=$(expected "$arch" "$file" | sed 's/:.*//' | sort -u | paste -sd,)
	# Of KVM itself: a kernel that has it, and the tests that use it.
	if [[ $name = *kvm-* ]]; then
		config=kvm-$arch
		tests=${tests:-*.kvm}
	fi
	mkdir -p "$out/$arch"
	key=$({ echo "$self" "$tests" && cat -- "$file"; } | sha256sum)
	if [ "$(cat "$dir.key" 2>/dev/null)" != "$key" ]; then
		if [[ $name = stlb-* ]]; then
			copy_self
			target=$out/stlb runner=$out/stlb
		fi
		if ! put_on "$target" "$file"; then
			give_up "it does not apply to $target: $(head -n1 "$out/patch.log")"
			return
		fi
		judge "$runner" "$tests" "$config" || bad=1
		take_back
		if [ -n "$bad" ]; then
			give_up "$(tail -n1 "$dir.log") (log: $dir.log)"
			return
		fi
		echo "$key" >"$dir.key"
	fi
	compare
}

parse "$@"
choose
lock "$out/lock" "has $out"
copy_tree
self=$(self)
judged=0 caught=0 differ='' unjudged=''
for arch in ${archs//,/ }; do
	for file in "${files[@]}"; do
		mutant
	done
done
echo "$judged judged, $caught of them caught as their headers say"
[ -z "$differ" ] || exit 1
[ -z "$unjudged" ] || exit 3
