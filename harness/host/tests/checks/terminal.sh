# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # check.sh sets work, root; qemu.sh sets out
#
# What a run shows on a terminal, as tmux has it. QEMU is qemu.sh's stand-in.

socket=
in_tmux() { tmux -S "$socket" -f /dev/null "$@"; }

# on_terminal COLUMNS MODE: starts a run on a terminal of 24 lines
on_terminal() {
	local columns=$1 mode=$2

	in_tmux kill-server 2>/dev/null || true
	# Another server's: who comes while one goes is turned away.
	socket=$work/tmux.$((++sessions))
	{
		declare -f runner
		declare -p work root tree out
		declare -p PLAYED AT | sed 's/-r//'
		echo 'unset NO_COLOR QEMU FAKE_AT'
		echo "FAKE_PLAYED=${FAKE_PLAYED-$PLAYED}"
		echo "(exec 2>$(printf %q "$work/stderr"); runner $mode)"
		printf 'tmux -S %q wait-for -S over\nread -r _ <>%q\n' "$socket" "$work/never"
	} >"$work/session"
	in_tmux new-session -d -x "$columns" -y 24 "bash $(printf %q "$work/session")"
}

await_over() { timeout 120 tmux -S "$socket" wait-for over || fail "the run did not end"; }

# The last 24 lines, and all that was ever shown
on_screen() { in_tmux capture-pane -p >"$work/screen"; }
shown_in_all() { in_tmux capture-pane -p -S - >"$work/screen"; }

screen_has() { grep -qE -- "$1" "$work/screen" || fail "there is no $1 in: $(cat "$work/screen")"; }

# Lines that the terminal had to wrap: none
nothing_wraps() {
	[ "$(in_tmux capture-pane -p -S - | wc -l)" = "$(in_tmux capture-pane -p -J -S - | wc -l)" ] || fail "a line wraps: $(cat "$work/screen")"
}

prepare_terminal() {
	command -v tmux >/dev/null || skip "needs tmux"
	sessions=0
	stage
	for family in file swap old unmap; do
		echo guest >"$tree/build/guest/arm64/tests/$family"
	done
	trap 'in_tmux kill-server 2>/dev/null || true; clean_up' EXIT
}

# Five families, all well: all of it is on the screen, in both widths.
check_terminal_end() {
	local columns

	prepare_terminal
	for columns in 80 200; do
		FAKE_PLAYED=upgrade,file,swap,old,unmap on_terminal $columns good
		await_over
		on_screen
		screen_has '^all well, or skipped, in every cell:$'
		screen_has '^  upgrade file swap'
		screen_has '^[0-9]+ pass; results in '
		nothing_wraps
	done
	# The second run knows the first.
	screen_has '^since 20.*: 0 verdicts changed$'
	FAKE_PLAYED=upgrade,file,swap,old,unmap on_terminal 80 fail
	await_over
	shown_in_all
	screen_has '^since 20.*: 1 verdict changed$'
	screen_has '^cell upgrade.wp_reuse.run: PASS, now FAIL$'
}

# While it runs: times, and what is waited for
check_terminal_meanwhile() {
	prepare_terminal
	on_terminal 80 good
	await_over
	on_terminal 80 hang_test
	await_up
	on_screen
	screen_has '^cell  test 2 of 4 upgrade.wp_reuse.run$'
	screen_has '^0:[0-9]+ gone, about 0:00 left, waiting for cell$'
	nothing_wraps
}
