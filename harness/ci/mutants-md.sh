#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Prints docs/mutants-table.md: what the headers of harness/mutants/*.patch say.

cd -- "$(dirname -- "$(readlink -f -- "$0")")/../mutants" || exit

cat <<'END'
<!-- SPDX-License-Identifier: GPL-2.0-only -->
<!-- Made by `make docs` from harness/mutants/. -->
# Mutants

What each patch of `harness/mutants/` does, and what its header says of it
([mutants.md](mutants.md)). A name without `.page` or `.run` is both.

| mutant | what it is | on | tests |
|---|---|---|---|
END
awk '
	# The tests of one property: page and run of the same transition are one.
	function tests_of(property,    i, base, form, text, done) {
		for (i = 1; i <= nr; i++) {
			if (of[i] != property || (i in done))
				continue
			base = name[i]
			form = sub(/\.(page|run)$/, "", base) ? substr(name[i], length(base) + 1) : ""
			if (form == ".page" && has[base ".run", property] || form == ".run" && has[base ".page", property]) {
				if (done[base])
					continue
				done[base] = 1
				text = text ", " base
			} else {
				text = text ", " name[i]
			}
		}
		return substr(text, 3)
	}
	function fails(    i, part, text, seen) {
		split("", has)
		nr = 0
		for (i = 3; i <= NF; i++) {
			if ($i !~ /^[a-z0-9_.]+:[a-z,]+$/)
				continue
			split($i, part, ":")
			nr++
			name[nr] = part[1]
			of[nr] = part[2]
			has[part[1], part[2]] = 1
		}
		for (i = 1; i <= nr; i++) {
			if (of[i] in seen)
				continue
			seen[of[i]] = 1
			text = text "; " of[i] ": " tests_of(of[i])
		}
		rows[++nr_rows] = "| " $2 " | " substr(text, 3) " |"
	}
	function flush(    i) {
		if (file == "")
			return
		for (i = 1; i <= nr_rows; i++)
			print "| `" file "` | " about " " rows[i]
		if (!nr_rows)
			print "| `" file "` | " about " | | |"
	}
	FNR == 1 {
		flush()
		file = FILENAME
		gsub(/^\.\/|\.patch$/, "", file)
		about = ""
		nr_rows = 0
		header = 1
		paragraph = 0
		next
	}
	/^--- / { header = 0 }
	!header { next }
	/^Fails: / { fails(); next }
	/^(Passes|Escapes): / {
		for (a = 2; a <= NF; a++)
			rows[++nr_rows] = "| " $a " | " tolower(substr($1, 1, length($1) - 1)) " |"
		next
	}
	/^$/ { if (about != "") paragraph = 1; next }
	!paragraph { gsub(/\|/, "\\|"); about = about (about == "" ? "" : " ") $0 }
	END { flush() }
' ./*.patch
