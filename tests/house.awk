# The limits of CONTRIBUTING.md: line width, length of functions and files,
# arguments, nothing left to do.  Prints FILE:LINE: what; fails if any.

function complain(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	bad = 1
}

function width(s,    n, i, c) {
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\t")
			n += 8 - n % 8
		else if (c < "\200" || c > "\277")	# no UTF-8 continuation
			n++
	}
	return n
}

function close_file() {
	if (last == "")
		return
	limit = last ~ /^tests/ ? 900 : last ~ /\.h$/ ? 150 : 600
	if (lines > limit) {
		printf "%s: %d lines, more than %d\n", last, lines, limit
		bad = 1
	}
}

FNR == 1 { close_file(); last = FILENAME; start = 0 }
{ lines = FNR }
width($0) > 80 { complain("wider than 80 columns") }
/[ \t]$/ { complain("blank at the end") }
# Spelt in two parts, so that this file does not find itself.
$0 ~ ("\\<(TO" "DO|FIX" "ME|X" "XX)\\>") { complain("something left to do") }
/typedef[ \t]+struct/ { complain("typedef of a struct") }
/^{$/ { start = FNR }
/^}$/ && start {
	limit = FILENAME ~ /^tests/ ? 200 : 80
	if (FNR - start + 3 > limit)
		complain("function of " FNR - start + 3 " lines")
	start = 0
}
/^[a-z_]+\(/ { sig = "" ; insig = 1 }
insig {
	sig = sig $0
	if ($0 ~ /\)/) {
		insig = 0
		# OpenSSL says itself what it tells a callback.
		if (gsub(/,/, ",", sig) > 4 &&
		    sig !~ /\.\.\.|CRYPTO_EX|SSL \*ssl/)
			complain("more than five arguments")
	}
}
END { close_file(); exit bad }
