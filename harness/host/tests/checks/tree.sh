# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root, no_setup
#
# What must be true of the sources.

# Every file of the project, one per line; what git would track, if this is a clone.
files() {
	git -c safe.directory='*' ls-files -co --exclude-standard 2>/dev/null ||
		find . \( -name .git -o -path ./build -o -path ./results -o -path ./install \) -prune -o -type f -print
}

# same WHAT FILE FILE [ADVICE]
same() {
	diff -u -- "$2" "$3" || fail "$1${4:+: $4}"
}

check_rules_md_is_fresh() {
	build/host/rules-md >"$work/rules.md"
	same "docs/rules.md is not what arch/*/rules.c say" docs/rules.md "$work/rules.md" "run make docs"
}

check_claims_md_is_fresh() {
	build/host/claims-md >"$work/claims.md"
	same "docs/claims.md is not what harness/host/claims_md.c says" docs/claims.md "$work/claims.md" "run make docs"
}

check_mutants_table_is_fresh() {
	harness/ci/mutants-md.sh >"$work/mutants.md"
	same "docs/mutants-table.md is not what the headers of harness/mutants say" docs/mutants-table.md "$work/mutants.md" "run make docs"
}

check_public_bugs_name_what_there_is() {
	local word what names mutants

	names=$(build/host/stlb-run --root . --list)
	mutants=$(cd harness/mutants && printf '%s\n' -- *.patch | sed 's/\.patch$//')
	while read -r what word; do
		case $what in
		test) grep -qE -- "^$(sed 's/[.]/\\./g; s/[*]/.*/g' <<<"$word")" <<<"$names" ;;
		mutant) grep -qxE -- "${word//\*/.*}" <<<"$mutants" ;;
		esac || fail "docs/public-bugs.md names a $what '$word', and there is none"
	done < <(awk -F'|' 'NF == 6 {
		for (c = 4; c <= 5; c++)
			for (n = split($c, part, "`"); n > 1; n--)
				if (n % 2 == 0 && (c == 5 || part[n] ~ /^[a-z]+\./))
					print c == 4 ? "test" : "mutant", part[n]
	}' docs/public-bugs.md)
}

# Files, folders and functions of the tree
check_how_it_works_names_what_there_is() {
	local word names=0

	# shellcheck disable=SC2016 # backticks are the page's
	while read -r word; do
		names=$((names + 1))
		case $word in
		*/*) [ -e "$word" ] || fail "docs/how-it-works.md names $word, and there is none" ;;
		*'()') git grep -qE "^[a-z].*\\b${word%'()'}\\(" -- 'harness/*.c' || fail "docs/how-it-works.md names $word, and no file has it" ;;
		esac
	done < <(grep -oE '`(arch|configs|harness|tests)/[^ `]*`|`[a-z_]+\(\)`' docs/how-it-works.md | tr -d '`')
	[ $names -gt 40 ] || fail "only $names names were found: is the page written in another way?"
}

# compiles FILE: like the guest's own rules, for the host
compiles() { gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Iharness/include -Iarch/generic -c -o /dev/null "$1"; }

rows() { grep -c '^	ROW(' "$1"; }

# All rows at once: each that is missing is an error of its own.
check_transition_needs_a_rule() {
	local file copy family transition

	for file in arch/*/rules.c; do
		copy=$work/${file%/*}/rules.c
		mkdir -p "${copy%/*}"
		ln -sfn "$PWD/arch/generic" "$work/arch/generic"
		cp -- "$file" "$copy"
		compiles "$copy"
		[ "$(rows "$file")" -ge 11 ]
		awk '/^	ROW\(/ { gone = 1 }
			!gone { print }
			/},$/ { gone = 0 }' "$file" >"$copy"
		if grep '^	ROW(' "$copy"; then fail "rows are left in the copy of $file"; fi
		! compiles "$copy" 2>"$work/err" || fail "$file compiles without a row"
		while IFS='(,) ' read -r _ family transition _; do
			grep -qFw "lacks a rule for $family.$transition" "$work/err" || fail "$(cat "$work/err")"
		done < <(grep '^	ROW(' "$file" | tr -d '\t')
	done
}

# What the test programs themselves list (kselftest_harness.h, -l): per fixture
# a column of variants and one of tests, each variant with each test.
listed_by_programs() {
	local program

	for program; do
		"$program" -l 2>&1 || [ $? = 4 ]
	done | awk '
		function flush(v, t) {
			for (v = 0; v < (nv ? nv : 1); v++)
				for (t = 0; t < nt; t++)
					print fixture (nv ? "." variants[v] : "") "." names[t]
			nv = nt = 0
		}
		/^#/ || /^-/ { next }
		substr($0, 1, 20) ~ /[^ ]/ { flush(); fixture = word(1, 20) }
		word(22, 25) != "" { variants[nv++] = word(22, 25) }
		word(48, 99) != "" { names[nt++] = word(48, 99) }
		END { flush() }
		function word(from, len, s) { s = substr($0, from, len); gsub(/ /, "", s); return s }'
}

check_catalogue_is_the_programs_list() {
	local arch programs=()

	case $(uname -m) in
	x86_64) arch=x86 ;;
	aarch64) arch=arm64 ;;
	ppc64le) arch=powerpc ;;
	*) skip "no test programs for $(uname -m)" ;;
	esac
	for source in tests/*.c; do
		source=${source#tests/}
		programs+=("build/guest/$arch/tests/${source%.c}")
	done
	listed_by_programs "${programs[@]}" | sort >"$work/programs"
	build/host/stlb-run --root . --list | sort >"$work/catalogue"
	[ -s "$work/programs" ]
	same "harness/include/stlb/tests.h and tests/*.c do not have the same tests" "$work/catalogue" "$work/programs"
}

check_architectures_have_the_same_files() {
	local dir

	for dir in arch/*/; do
		[ "$dir" = arch/generic/ ] || ls "$dir" >"$work/$(basename "$dir")"
	done
	[ "$(find "$work" -type f | wc -l)" -ge 3 ]
	for dir in "$work"/*; do
		same "arch/arm64 and arch/${dir##*/} do not have the same files" "$work/arm64" "$dir"
	done
	printf '%s\n' call.h flush.c flush.h iommu.c l2.c machine.c pte.h rules.c >"$work/wanted"
	same "arch/arm64 does not have the files that others build" "$work/wanted" "$work/arm64"
}

# Each iommu.c has an IOMMU and an ear (iommu.h), or says why there is none.
check_no_iommu_says_why() {
	local file what

	for file in arch/*/iommu.c; do
		for what in iommu snoop; do
			tr '\n' ' ' <"$file" | grep -oE "\*const stlb_(no_)?$what( = *[^;]*)?;" >"$work/found" || true
			[ "$(wc -l <"$work/found")" = 2 ] || fail "$file does not define stlb_$what and stlb_no_$what"
			[ "$(grep -cE "(stlb_$what =[[:space:]]+&|stlb_no_$what =[[:space:]]+\"[^\"]+\")" "$work/found")" = 1 ] ||
				fail "$file gives not exactly one of stlb_$what and stlb_no_$what: $(cat "$work/found")"
		done
	done
}

# All of them are sourced into one shell, so the later of two functions is everybody's.
check_helpers_have_names_of_their_own() {
	local twice

	twice=$(grep -hoE '^[a-z_0-9]+\(\)' harness/host/tests/check.sh harness/host/tests/checks/*.sh | sort | uniq -d)
	[ -z "$twice" ] || fail "defined twice: $twice"
}

# Not: the licence itself, text that users are shown, logs of kernels
check_spdx() {
	local file missing=()

	[ "$(files | wc -l)" -gt 100 ]
	while read -r file; do
		case $file in
		COPYING | ./COPYING | *.gitignore | *.txt | *.log | *.png) continue ;;
		esac
		head -n3 -- "$file" | grep 'SPDX-License-Identifier: GPL-2.0' >/dev/null || missing+=("$file")
	done < <(files)
	[ ${#missing[@]} -eq 0 ] || fail "no SPDX line at the top of: ${missing[*]}"
}

check_shellcheck() {
	local file scripts=()

	while read -r file; do
		head -n3 -- "$file" | grep -E '^#!.*/(ba)?sh|shellcheck shell=' >/dev/null && scripts+=("$file")
	done < <(files)
	[[ " ${scripts[*]} " = *run_tests.sh* ]]
	[ ${#scripts[@]} -ge 8 ]
	shellcheck -x -- "${scripts[@]}"
}

# Patterns that do not match themselves
check_nothing_of_one_machine() {
	local found

	found=$(files | grep -vx '\(./\)\?COPYING' | tr '\n' '\0' |
		xargs -0 grep -nIE '/(work|hom[e])/[a-z]|/wor[k]/|(deb|security|ftp|httpredir|snapshot)[a-z0-9.-]*\.debian\.(or[g]|net)') || true
	[ -z "$found" ] || fail "a path or a mirror of one machine: $found"
}

check_options_are_documented() {
	local option

	./run_tests.sh --help >"$work/help"
	same "run_tests.sh --help does not print usage.txt" harness/host/usage.txt "$work/help"
	sed -n 's/^	{ "\(--[a-z-]*\)".*/\1/p' harness/host/options.c | grep -vx -e --root -e --check -e --gate | sort >"$work/options"
	[ "$(wc -l <"$work/options")" -ge 14 ]
	# In its first column
	sed -n 's/^  \(--[a-z-]*\).*/\1/p' "$work/help" | sort >"$work/documented"
	same "options.c and usage.txt do not have the same options" "$work/options" "$work/documented"
	while read -r option; do
		grep -q -e "\`${option}[ \`]" README.md || fail "README.md does not have $option"
	done <"$work/options"
}

# Kernel style, as its own tool sees it. Macros that are X-macros, rows or
# initialisers cannot be in parentheses or in do-while, and may begin with "[".
check_checkpatch() {
	local checkpatch=$STLB_CACHE/kselftest/checkpatch.pl sources=() file

	[ -e "$checkpatch" ] || skip "no checkpatch.pl in $STLB_CACHE/kselftest"
	mapfile -t sources < <(files | grep -E '^(\./)?(arch|tests|harness/(module|guest|include))/.*\.[ch]$')
	[ ${#sources[@]} -ge 30 ]
	sources=("${sources[@]#./}")
	for file in arch/*/iommu.c harness/module/*.[ch]; do
		[[ " ${sources[*]} " = *" $file "* || $file = *.mod.c ]] || fail "$file is not among what is checked"
	done
	# It does find errors.
	echo 'int f (void){return 0;}' >"$work/bad.c"
	errors "$checkpatch" "$work/bad.c" >"$work/found"
	! errors "$checkpatch" "${sources[@]}"
}

# errors CHECKPATCH FILE...: prints those that there are; fails if there are none
errors() {
	perl "$1" --no-tree --no-summary --terse --show-types \
		--ignore BRACKET_SPACE,COMPLEX_MACRO,MULTISTATEMENT_MACRO_USE_DO_WHILE -f -- "${@:2}" >"$work/out" || true
	grep ': ERROR:' "$work/out"
}

# make install, and make run_tests where there is no stlb.ko
check_kselftest_conventions() {
	local program

	clean_make install INSTALL_PATH="$work/here" KSELFTEST="$STLB_CACHE/kselftest"
	for program in tests/*.c; do
		program=$(basename "$program" .c)
		[ "$program" != uring ] || pkg-config --exists liburing || continue
		[ -x "$work/here/stlb/$program" ]
		grep -qx "stlb:$program" "$work/here/kselftest-list.txt"
	done
	[ -x "$work/here/run_kselftest.sh" ]
	(cd / && "$work/here/run_kselftest.sh" -l) | diff - "$work/here/kselftest-list.txt"
	clean_make run_tests KSELFTEST="$STLB_CACHE/kselftest" >"$work/tap" || [ -e /dev/stlb ]
	[ "$(head -n1 "$work/tap")" = "TAP version 13" ]
	grep -qx "1..$(wc -l <"$work/here/kselftest-list.txt")" "$work/tap"
	[ -e /dev/stlb ] || {
		! grep -E '^(not )?ok ' "$work/tap" | grep -v '^ok .* # SKIP'
	}
}
