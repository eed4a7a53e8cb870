#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lava.sh: puts Debian 12's LAVA dispatcher, with its device types and the modules
# that it imports, into $STLB_CACHE/lava, unpacked: its programs are in usr/bin, its
# Python in usr/lib/python3/dist-packages. For a check, which plays the exported job
# with it. Prints the directory.

setup=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$setup/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$setup/apt.sh"

readonly SUITE=bookworm
# Not python3-guestfs, with all of libguestfs: these jobs write to no image.
readonly PACKAGES="lava-common lava-dispatcher lava-dispatcher-host lava-server
	python3-certifi python3-chardet python3-configobj python3-idna python3-jinja2
	python3-magic python3-markupsafe python3-netifaces python3-pexpect python3-ptyprocess
	python3-pyudev python3-requests python3-setproctitle python3-six python3-tz
	python3-urllib3 python3-voluptuous python3-yaml libmagic1 libmagic-mgc libyaml-0-2"

tmp=
cache_init
entry=$STLB_CACHE/lava
if [ ! -d "$entry" ]; then
	lock "$STLB_CACHE/lock/lava" "fetches LAVA"
fi
if [ ! -d "$entry" ]; then
	temporary tmp "$entry"
	apt_open "$(dpkg --print-architecture)" $SUITE
	say "fetching LAVA's dispatcher"
	# shellcheck disable=SC2086 # a list
	apt_fetch "$tmp" $PACKAGES
	apt_close
	for deb in "$tmp"/*.deb; do
		run dpkg-deb -x "$deb" "$tmp" 2>"$tmp/unpack.log" ||
			die_of_failure "cannot unpack ${deb##*/}" "$tmp/unpack.log"
	done
	rm "$tmp"/*.deb "$tmp"/*.log
	publish "$tmp" "$entry"
fi
echo "$entry"
