# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # for build-kernel.sh, which sets spec and arch
#
# Where the source of a kernel to be built comes from. To be sourced after
# lib.sh and apt.sh. For each KIND of SPEC:
#
#   KIND_locate REST    finds what the user named; sets state, a directory in the
#                       cache for all that is kept of it
#   KIND_identity       prints what the source is: other output, other source
#   KIND_provide        sets source, a directory that `make O=` can build from. It has
#                       what KIND_identity printed, whatever has become of the user's
#                       files since, and each file that differs from what was built
#                       from there before is newer than that
#   KIND_describe       prints one line for reports
#
# A user's tree is only read: no file of it, and none of its .git, is written. (An
# object that git finds there when it would make it gets a new time stamp.) Nothing is
# built in it: make goes by the times of files, and `mv x.orig x` brings back an old time.

# Which suites have a source package, the first the one that must be had
declare -rA SOURCES=(
	[6.1]='bookworm bookworm-security'
	[6.12]='bookworm-backports bookworm-security'
	[7.2]='forky'
	[7.3]='experimental'
)

readonly OLDEST=6.1

# source_version DIR: "6.12"
source_version() { sed -n 's/^VERSION = *//p; s/^PATCHLEVEL = */./p' "$1/Makefile" | head -n2 | tr -d '\n'; }

# check_tree DIR NAME: whether DIR is a kernel's source, and for this architecture
check_tree() {
	local version

	[ -f "$1/Makefile" ] || die 2 "$spec: no Makefile in $2: give the top directory of a kernel's source"
	{ [ -f "$1/Kconfig" ] && grep -q '^PATCHLEVEL = ' "$1/Makefile"; } ||
		die 2 "$spec: $2 is no kernel's source: give the top directory of one"
	version=$(source_version "$1")
	printf '%s\n' "$OLDEST" "$version" | sort -C -V ||
		die 2 "$spec: $2 is Linux $version: stlb is for $OLDEST and later"
	[ -d "$1/arch/$arch" ] || die 2 "$spec: $2 has no arch/$arch: choose another --arch"
}

# ---- tree:PATH[@REF] --------------------------------------------------------

# git as the user has it, but without what a hook or an alias may have set
user_git() {
	env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE -u GIT_PREFIX -u GIT_OBJECT_DIRECTORY \
		-u GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_OPTIONAL_LOCKS=0 \
		git -C "$tree" -c core.fsmonitor=false "$@"
}

# The same, with an index and new objects in the cache: "$1" is the index. git_dir may be ours.
cache_git() {
	local index=$1 objects alternates=
	shift

	objects=$(user_git --git-dir="$git_dir" rev-parse --path-format=absolute --git-path objects)
	mkdir -p "$state/objects"
	rm -f "$index.lock" # we hold the lock, so it is a dead run's
	# The list of directories is separated by colons, unless quoted.
	alternates=${objects//\\/\\\\}
	env -u GIT_DIR -u GIT_WORK_TREE -u GIT_PREFIX GIT_INDEX_FILE="$index" GIT_OBJECT_DIRECTORY="$state/objects" \
		GIT_ALTERNATE_OBJECT_DIRECTORIES="\"${alternates//\"/\\\"}\"" \
		git --git-dir="$git_dir" --work-tree="$tree" -C "$tree" -c core.fsmonitor=false -c core.splitIndex=false \
		-c core.safecrlf=false -c core.trustctime=true -c core.checkStat=default "$@"
}

# Sets git_dir if the tree is the top of a git tree, or a bare repository; else it is a plain directory.
find_git() {
	local prefix

	git_dir=
	command -v git >/dev/null || die 3 "no git, which takes the snapshot of a tree that is built: install it"
	prefix=$(user_git rev-parse --show-prefix 2>/dev/null) || return 0
	[ -z "$prefix" ] || return 0
	git_dir=$(user_git rev-parse --absolute-git-dir 2>/dev/null) || git_dir=
}

# A repository in the cache for a plain directory
own_git() {
	plain=1
	git_dir=$state/git
	[ -e "$git_dir/HEAD" ] || user_git init -q --bare "$git_dir" >"$state/git.log" 2>&1 ||
		die_of_failure "cannot make '$git_dir'" "$state/git.log"
}

no_git() {
	local reason='it is a plain directory'

	[ ! -e "$tree/.git" ] || reason=$(user_git rev-parse --git-dir 2>&1 | head -n1) || true
	die 2 "$spec: $tree has no commits to choose from ($reason): leave out @$ref"
}

tree_locate() {
	local path=$1

	# Either may have an @ in it: the longest directory that there is.
	while [ ! -d "$path" ] && [[ $path = *@* ]]; do
		path=${path%@*}
	done
	ref=${1#"$path"}
	ref=${ref#@}
	{ [ -d "$path" ] && tree=$(realpath -- "$path"); } || die 2 "$spec: no such directory: give that of a kernel's source"
	{ [ -r "$tree" ] && [ -x "$tree" ]; } || die 2 "$spec: $tree cannot be read"
	state=$(printf '%s' "$tree" | sha256sum)
	state=$STLB_CACHE/trees/${state:0:16}
	plain='' forced=()
	find_git
	mkdir -p "$state" 2>/dev/null || die_of_failure "cannot make '$state'"
	printf '%s\n' "$tree" >"$state/path"
	source=$state/snapshot
	if [ -n "$ref" ]; then
		source=$state/commit
		[ -n "$git_dir" ] || no_git
		commit=$(user_git rev-parse --verify --quiet --end-of-options "$ref^{commit}") ||
			die 2 "$spec: $tree has no commit '$ref': see git -C $tree branch --all"
		user_git cat-file -e "$commit:Makefile" 2>/dev/null ||
			die 2 "$spec: no Makefile in commit ${commit:0:12}: choose one of a kernel's source"
	else
		check_tree "$tree" "$tree"
		{ [ -n "$git_dir" ] && user_git ls-files --error-unmatch -- Makefile >/dev/null 2>&1; } || own_git
		# Debian's own .gitignore ignores all of the kernel.
		[ -z "$plain" ] || ! cache_git "$state/index" check-ignore -q --no-index Makefile || forced=(-f)
	fi
}

# The user's index saves reading what has not changed since; git uses its time. A file that
# is assumed to be unchanged may not be.
borrow_index() {
	if [ -n "$plain" ] || user_git ls-files -v | grep -m1 '^[a-z]' >/dev/null; then
		return
	fi
	cp -p -- "$(user_git rev-parse --path-format=absolute --git-path index)" "$1" 2>/dev/null || true
}

# The work tree as it stands, as a git tree: changes and new files are in it, what is ignored is not.
snapshot() {
	local index=$state/index id start

	[ -s "$index" ] || borrow_index "$index"
	start=$(date +%s)
	# First what has not changed, so that it is not added again.
	cache_git "$index" update-index -q --refresh >"$state/git.log" 2>&1 || true
	id=$(cache_git "$index" add -A "${forced[@]}" 2>>"$state/git.log" && cache_git "$index" write-tree 2>>"$state/git.log") ||
		return 1
	# Of times git compares the seconds: who changes such a file again at once, and sets
	# back its time, would not be seen.
	(cd -- "$tree" && find . -name .git -prune -o ! -type d -newerct "@$((start - 1))" -printf '%P\0') |
		cache_git "$index" update-index -q -z --force-remove --stdin >>"$state/git.log" 2>&1 || rm -f "$index"
	sed -n "s,^warning: adding embedded git repository: \(.*\),$spec: \1 is a git repository of its own\, and left out,p" \
		"$state/git.log" >"$state/left-out"
	echo "$id"
}

tree_identity() {
	local line

	lock "$STLB_CACHE/lock/tree-${state##*/}" "reads $tree"
	if [ -n "$ref" ]; then
		user_git rev-parse "$commit^{tree}"
		return
	fi
	# An index of earlier runs may know objects that git has pruned since.
	snapshot || { rm -f "$state/index" && snapshot; } ||
		die_of_failure "$spec: git cannot read the work tree" "$state/git.log"
	while IFS= read -r line; do
		say "$line"
	done <"$state/left-out"
}

tree_describe() {
	local commit=${commit:-}

	if [ -n "$ref" ]; then
		echo "$tree $ref (${commit:0:12})"
	elif [ -z "$plain" ] && commit=$(user_git rev-parse --verify --quiet HEAD); then
		echo "$tree ${commit:0:12}$([ "$(user_git rev-parse 'HEAD^{tree}')" = "$(cat "$identity")" ] || echo ' and changes')"
	else
		echo "$tree"
	fi
}

# checkout DIR ID: only files that differ are written, so that make sees what is new.
checkout() {
	local dir=$1 id=$2

	[ -e "$dir.whole" ] || rm -rf -- "$dir" "$dir.index"
	rm -f -- "$dir.whole" && mkdir -p "$dir" &&
		cache_git "$dir.index" --work-tree="$dir" -c core.sparseCheckout=false read-tree --reset -u "$id" &&
		{ ! built_in_place "$dir" || env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$dir" ARCH="$arch" mrproper; } &&
		touch "$dir.whole"
}

# What makes `make O=` refuse a tree; where nothing is ignored it is in the snapshot.
built_in_place() {
	[ -e "$1/.config" ] || [ -d "$1/include/config" ] || [ -d "$1/arch/$arch/include/generated" ]
}

tree_provide() {
	[ -e "$source.whole" ] || say "copying the source of $spec"
	run checkout "$source" "$(cat "$identity")" >"$state/copy.log" 2>&1 ||
		die_of_failure "cannot copy $tree" "$state/copy.log"
	check_tree "$source" "$spec"
}

# ---- source:VERSION ---------------------------------------------------------

listed() { printf '%s\n' "$@" | sort -V | paste -sd' ' -; }

# unpack_source ARCHIVE DIR: with or without a directory around it, as DIR/tree
unpack_source() {
	local archive=$1 dir=$2 top

	mkdir "$dir/top" && tar -x -f "$archive" -C "$dir/top" --no-same-owner || return
	top=$dir/top
	[ -e "$top/Makefile" ] || top=$(find "$top" -mindepth 1 -maxdepth 1 -type d -print -quit)
	[ -n "$top" ] && mv -T -- "$top" "$dir/tree" && rm -rf "$dir/top"
}

unpack_package() {
	dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --wildcards './usr/src/linux-source-*.tar.*' &&
		unpack_source "$2"/usr/src/linux-source-*.tar.* "$2" && rm -r "${2:?}/usr"
}

fetch_source() {
	local package=linux-source-$version tmp suites package_version

	lock "$STLB_CACHE/lock/${state##*/}" "fetches $spec"
	if [ -d "$state/tree" ]; then
		unlock "$STLB_CACHE/lock/${state##*/}"
		return
	fi
	temporary tmp "$state"
	read -ra suites <<<"${SOURCES[$version]}"
	apt_open "$(dpkg --print-architecture)" "${suites[@]}"
	package_version=$(apt_version "$package")
	[ -n "$package_version" ] ||
		die 3 "Debian's mirror has no $package: choose another version of $(listed "${!SOURCES[@]}"), or tree:PATH"
	say "fetching $spec: $package $package_version"
	apt_fetch "$tmp" "$package=$package_version"
	apt_close
	run unpack_package "$tmp"/*.deb "$tmp" 2>"$tmp/unpack.log" || die_of_failure "cannot unpack $package" "$tmp/unpack.log"
	rm "$tmp"/*.deb "$tmp"/*.log
	echo "$package $package_version" >"$tmp/package" || die_of_failure "cannot write to '$tmp'"
	publish "$tmp" "$state"
	unlock "$STLB_CACHE/lock/${state##*/}"
}

source_locate() {
	version=$1
	[ -n "${SOURCES[${version:- }]:-}" ] || die 2 "no $spec: the versions are $(listed "${!SOURCES[@]}")"
	state=$STLB_CACHE/sources/debian-$version
	# Built kernels do not need the source any more.
	[ -e "$state/package" ] || fetch_source
}

source_identity() { cat "$state/package"; }

source_describe() { cat "$state/package"; }

source_provide() {
	fetch_source
	source=$state/tree
}

# ---- tarball:FILE -----------------------------------------------------------

tarball_locate() {
	tarball=$1
	[ -f "$tarball" ] || die 2 "$spec: no such file: give a kernel's source as .tar, .tar.gz, .tar.xz, .tar.bz2 or .tar.zst"
	[ -r "$tarball" ] || die 2 "$spec: the file cannot be read"
	state=
}

tarball_identity() { sha256sum <"$tarball"; }

tarball_describe() { echo "$tarball"; }

tarball_provide() {
	local tmp

	state=$STLB_CACHE/sources/tarball-$(cut -c1-16 "$identity")
	source=$state/tree
	[ ! -d "$source" ] || return 0
	lock "$STLB_CACHE/lock/${state##*/}" "unpacks $tarball"
	temporary tmp "$state"
	if ! run unpack_source "$tarball" "$tmp" 2>"$tmp/unpack.log"; then
		! out_of_space "$tmp/unpack.log" || die_of_failure "cannot unpack" "$tmp/unpack.log"
		die 2 "$spec: this cannot be unpacked$(because "$tmp/unpack.log"): give a kernel's source as .tar, .tar.gz, .tar.xz, .tar.bz2 or .tar.zst"
	fi
	check_tree "$tmp/tree" "$tarball"
	tarball_identity | cmp -s - "$identity" || die 3 "$spec changed while it was read: run again"
	rm "$tmp"/*.log
	publish "$tmp" "$state"
	unlock "$STLB_CACHE/lock/${state##*/}"
}
