# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A private apt for each Debian architecture, under $STLB_CACHE/apt: own
# sources, lists and dpkg status, so that packages of any architecture and suite
# can be fetched and verified without root and without touching the host's.
# The mirror, the keys and the proxies are those that the host's apt names.
# To be sourced after lib.sh.

readonly LISTS_FRESH_MINUTES=60

readonly DEBIAN_RELEASES='bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable'

need_apt() {
	{ command -v apt-get && command -v dpkg-deb; } >/dev/null ||
		die 3 "no apt-get or dpkg-deb here: kernels and headers are fetched by Debian's own tools: run this on Debian, or in the container of docs/ci.md"
}

# The host's main entries, one line each: RELEASE|URI|FILE:INDEX. Without
# release information this is known before the first update as well.
host_entries() {
	# shellcheck disable=SC2016 # for apt
	apt-get indextargets --no-release-info 'Created-By: Packages' 'Target-Of: deb' 'Component: main' \
		--format '$(RELEASE)|$(REPO_URI)|$(SOURCESENTRY)' 2>/dev/null
}

# host_entry archive|security: the host's entry for that, as host_entries prints it
host_entry() {
	local entries

	entries=$(host_entries) || true
	case $1 in
	archive)
		# Others name their suites as Debian does; a mirror of Debian is in a directory of its name.
		grep -m1 -E "^($DEBIAN_RELEASES)\|[^|]*/debian/?\|" <<<"$entries" ||
			grep -m1 -E "^($DEBIAN_RELEASES)\|" <<<"$entries"
		;;
	security)
		grep -m1 -E "^($DEBIAN_RELEASES)(-security|/updates)\|" <<<"$entries"
		;;
	esac
}

# The Signed-By field of the entry FILE:INDEX, with continuation lines, if it has one.
host_signed_by() {
	local file=${1%:*} index=${1##*:}

	case $file in
	*.sources)
		awk -v want="$index" '
			/^[ \t]*$/ { if (seen) { n++; seen = 0 }; field = 0; next }
			/^#/ { next }
			{ seen = 1 }
			/^[^ \t]/ { field = tolower($0) ~ /^signed-by:/ }
			field && n + 1 == want' "$file"
		;;
	*)
		sed -n "${index}s/^[^#]*\[.*signed-by=\([^] ]*\).*/Signed-By: \1/p" "$file"
		;;
	esac
}

# apt_source SUITE: the private source for a suite, made from the host's entry
apt_source() {
	local suite=$1 kind=archive entry uri where

	case $suite in
	*-security) kind=security ;;
	esac
	entry=$(host_entry "$kind") || return 1
	IFS='|' read -r _ uri where <<<"$entry"
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nTargets: Packages\n' "${uri%/}" "$suite"
	host_signed_by "$where"
}

apt_conf() {
	local state=$1 debarch=$2

	cat <<-END
	Dir::State "$state";
	Dir::State::lists "$state/lists";
	Dir::State::status "$state/status";
	Dir::Cache "$state/cache";
	Dir::Cache::pkgcache "pkgcache.bin";
	Dir::Cache::srcpkgcache "srcpkgcache.bin";
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$state/open.d";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	APT::Architecture "$debarch";
	#clear APT::Architectures;
	APT::Architectures { "$debarch"; };
	APT::Update::Error-Mode "any";
	APT::Sandbox::User "";
	Acquire::Languages "none";
	// The host's hooks are for the host's state.
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Pre-Invoke;
	#clear DPkg::Post-Invoke;
	#clear DPkg::Pre-Install-Pkgs;
	END
}

# apt_suite SUITE: this suite's source as the host's apt has it now, and lists
# that are fresh. On failure the lists are as before, and update.log has the reason.
apt_suite() {
	local suite=$1 source
	local file=$apt_state/sources.d/$suite.sources fresh=$apt_state/fresh/$suite

	source=$(apt_source "$suite") || return 1
	if [ "$source" != "$(cat "$file" 2>/dev/null)" ]; then
		rm -f "$fresh"
		printf '%s\n' "$source" >"$file"
	fi
	[ -z "$(find "$fresh" -mmin -$LISTS_FRESH_MINUTES 2>/dev/null)" ] || return 0
	say "fetching Debian's package lists of $suite for ${apt_state##*/}"
	run apt-get -c "$apt_state/apt.conf" -q update -o "Dir::Etc::sourcelist=$file" \
		-o Dir::Etc::sourceparts=/dev/null -o APT::Get::List-Cleanup=false \
		>"$apt_state/update.log" 2>&1 || return 1
	touch "$fresh"
}

# apt_try_open DEBARCH SUITE...: the private state, with the lists of these suites and
# no other's: the host's own release has kernels of the same names, too. The first
# must be had; without another, be it that the host has no security entry, the
# packages are merely older. Holds the state's lock until apt_close and sets
# apt_state; or fails, without the lock, and sets apt_error to the reason.
apt_try_open() {
	local debarch=$1 first=$2 suite
	shift

	need_apt
	apt_lock=$STLB_CACHE/lock/apt-$debarch
	lock "$apt_lock" "fetches packages for $debarch"
	apt_state=$STLB_CACHE/apt/$debarch
	cache_used "$apt_state"
	{
		rm -rf "$apt_state/open.d" &&
			mkdir -p "$apt_state"/{lists/partial,cache/archives/partial,sources.d,open.d,fresh} &&
			: >"$apt_state/status" && apt_conf "$apt_state" "$debarch" >"$apt_state/apt.conf"
	} 2>/dev/null || die_of_failure "cannot write to '$apt_state'"
	if ! host_entry archive >/dev/null; then
		apt_fail "apt's configuration names no Debian mirror: add a Debian 'main' entry to /etc/apt/sources.list.d"
		return 1
	fi

	for suite; do
		if [[ $suite = *-security ]] && ! host_entry security >/dev/null; then
			continue
		fi
		: >"$apt_state/update.log"
		apt_suite "$suite" && cp "$apt_state/sources.d/$suite.sources" "$apt_state/open.d" && continue
		! out_of_space "$apt_state/update.log" || die_of_failure "cannot fetch Debian's package lists" "$apt_state/update.log"
		if [ "$suite" = "$first" ]; then
			apt_fail "cannot fetch Debian's package lists$(because "$apt_state/update.log"): check the network and the mirror in apt's sources"
			return 1
		fi
		say "going on without new packages from $suite$(because "$apt_state/update.log")"
		cp "$apt_state/sources.d/$suite.sources" "$apt_state/open.d" 2>/dev/null || true
	done
}

# apt_fail REASON: closes the state
apt_fail() {
	apt_error=$1
	apt_close
}

# apt_open DEBARCH SUITE...: the same; a failure ends the script.
apt_open() { apt_try_open "$@" || die 3 "$apt_error"; }

# apt's binary caches are many times the lists and made again in a moment.
apt_close() {
	rm -f "$apt_state"/cache/*.bin
	unlock "$apt_lock"
}

apt_query() { apt-cache -c "$apt_state/apt.conf" "$@" 2>/dev/null; }

# apt_names REGEX: names of packages, oldest first
apt_names() { apt_query pkgnames | grep -E -x "$1" | sort -V; }

# apt_version PACKAGE: its newest version; nothing if it cannot be had. Other packages
# may name one that is not there: of that apt-cache prints nothing, and exits with 0.
apt_version() { apt_query show --no-all-versions "$1" | sed -n 's/^Version: //p'; }

# apt_depends PACKAGE...: "PACKAGE VERSION DEPENDS" of each version that can be had
apt_depends() {
	apt_query show --all-versions "$@" | awk '
		/^Package: / { package = $2 }
		/^Version: / { version = $2 }
		/^Depends: / { sub(/^Depends: /, ""); depends = $0 }
		/^$/ { put() }
		END { put() }
		function put() {
			if (package) print package, version, depends
			package = version = depends = ""
		}'
}

# apt_try_fetch DIR PACKAGE...: downloads into DIR, verified by apt; or fails, and sets
# apt_error to the reason
apt_try_fetch() {
	local dir=$1
	shift

	# shellcheck disable=SC2016 # expanded by the inner shell
	run bash -c 'cd "$1" && shift && exec apt-get "$@"' - "$dir" \
		-c "$apt_state/apt.conf" -q download "$@" >"$dir/apt.log" 2>&1 && return
	# Lists that a mirror has moved on from are the usual cause: nobody must trust them any more.
	rm -f "$apt_state"/fresh/*
	! out_of_space "$dir/apt.log" || die_of_failure "cannot download $1" "$dir/apt.log"
	apt_error="cannot download ${1%%=*}$(because "$dir/apt.log")"
	return 1
}

# apt_fetch DIR PACKAGE...: the same; a failure ends the script.
apt_fetch() { apt_try_fetch "$@" || die 3 "$apt_error: check the network, then run again"; }
