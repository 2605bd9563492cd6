#!/bin/sh
# usage: copy.sh ROOT STAGE deb.sh STAGE PORT [SUITE]		(by deb.js)
#
# In a copy of a machine: install, configure, use, upgrade, remove and purge.
# STAGE has the packages, a configuration and secrets.  With SUITE the machine
# is a bare one, where apt has to fetch what the packages depend on.  Prints
# "ok NAME" or "not ok NAME".
set -u
stage=$1 port=$2 suite=${3-}
package=$stage/first.deb newer=$stage/newer.deb

export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
activate="" nginx=""
trap 'kill $activate $nginx 2>/dev/null' EXIT

# try NAME COMMAND...
try() {
	name=$1
	shift
	if out=$("$@" 2>&1); then
		echo "ok $name"
	else
		echo "not ok $name"
		echo "$out" | sed 's/^/	/'
	fi
}

# put PACKAGE
put() {
	if [ -n "$suite" ]; then
		apt-get -qqy -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root \
		    install --no-install-recommends "$@"
	else
		dpkg -i "$@"
	fi
}

# A bare machine on which somebody has a web server.
bare() {
	put nginx-light apache2-bin systemd curl
}

# The portable program where glibc, libcurl and OpenSSL are, nothing else.
portable() {
	try 'portable: runs where the libraries are not' sh -c \
	    "! ls /usr/lib/*/libfcgi.so* /usr/lib/*/libyajl.so* \
	    /usr/lib/*/libsqlite3.so* /usr/lib/*/libmd4c.so* 2>/dev/null &&
	    '$stage/portable' --version &&
	    '$stage/portable' check --offline -c '$stage/portable.ini'"
	try 'portable: answers as CGI' sh -c \
	    "GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET PATH_INFO=/health \
	    TICKETHOOK_CONFIG='$stage/portable.ini' '$stage/portable' |
	    grep '^Status: 200'"
}

upgraded() {
	put "$newer" &&
	    cmp /etc/tickethook/tickethook.ini "$stage/tickethook.ini" &&
	    dpkg-query -W -f '${Version}\n' tickethook | grep -qx "$(
	    dpkg-deb -f "$newer" Version)"
}

modes() {
	stat -c '%a %U:%G %n' /etc/tickethook /etc/tickethook/tickethook.ini \
	    /var/lib/tickethook | tee /dev/stderr | tr '\n' ' ' |
	    grep -qx '750 root:tickethook /etc/tickethook 640 root:tickethook /etc/tickethook/tickethook.ini 700 tickethook:tickethook /var/lib/tickethook '
}

manuals() {
	zcat /usr/share/man/man8/tickethook.8.gz >/tmp/page &&
	    grep -q /usr/bin/tickethook /tmp/page &&
	    ! zcat /usr/share/man/man*/tickethook* | grep /usr/local
}

# What bash would offer after "tickethook se" and the tabulator.
completes() {
	bash -c '. /usr/share/bash-completion/completions/tickethook
	    COMP_WORDS=(tickethook se) COMP_CWORD=1
	    _tickethook
	    echo "${COMPREPLY[*]}"' | tee /dev/stderr | grep -qx 'send serve'
}

configured() {
	cp "$stage"/secrets/* "$stage/ca.pem" /etc/tickethook/ &&
	    cp "$stage/tickethook.ini" /etc/tickethook/tickethook.ini &&
	    chgrp tickethook /etc/tickethook/* &&
	    chmod 640 /etc/tickethook/* &&
	    runuser -u tickethook -- tickethook check --offline
}

# As the units do it, with nginx and the snippet of the package.
served() {
	systemd-socket-activate -l /run/tickethook.sock setpriv \
	    --reuid=tickethook --regid=tickethook --clear-groups \
	    tickethook >/tmp/handler.log 2>&1 &
	activate=$!
	cat >/tmp/nginx.conf <<-EOF
	user root; daemon off; pid /run/nginx.pid; error_log stderr;
	events { }
	http { access_log off; server { listen 127.0.0.1:$port;
	    include /etc/nginx/snippets/tickethook.conf; } }
	EOF
	nginx -c /tmp/nginx.conf >/tmp/nginx.log 2>&1 &
	nginx=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.3
		curl -fs "http://127.0.0.1:$port/hooks/tickethook/health" &&
		    return 0
	done
	cat /tmp/handler.log /tmp/nginx.log
	return 1
}

# delivered OUTCOME
delivered() {
	out=$(runuser -u tickethook -- tickethook send "$stage/payload.json" \
	    --url "http://127.0.0.1:$port/hooks/tickethook/trunk")
	echo "$out"
	echo "$out" | grep -q "^200 .*\"outcome\":\"$1\""
}

removed() {
	dpkg -r tickethook && [ -s /var/lib/tickethook/ledger.db ] &&
	    [ -s /etc/tickethook/tickethook.ini ] && [ ! -e /usr/bin/tickethook ]
}

purged() {
	dpkg -P tickethook || return 1
	left=$(find /etc /usr /lib /var -xdev -name '*tickethook*' \
	    -newer "$stage/began" ! -path '/var/log/*' ! -path '/usr/src/*')
	echo "left: $left"
	[ -z "$left" ] && ! getent passwd tickethook
}

if [ -n "$suite" ]; then
	apt-get -qq -o APT::Sandbox::User=root update >/dev/null 2>&1
	put libcurl4 >/dev/null 2>&1
	[ ! -x "$stage/portable" ] || portable
	try "a bare Debian $(cat /etc/debian_version) with nginx" bare
fi
try 'the package installs' put "$package"
try 'directories are closed to others' modes
try 'a user of its own without a shell' sh -c \
    'getent passwd tickethook | grep -q ":/usr/sbin/nologin$"'
try 'manual pages name the places of the package' manuals
try 'completion offers the verbs' completes
try 'configured' configured
served >/dev/null 2>&1
try 'a delivery files a ticket' delivered created
try 'Apache takes its file' apache2 -t -f "$stage/apache.conf"
kill "$activate" && wait "$activate"
kill "$nginx"
wait "$nginx"
activate="" nginx=""
try 'upgraded, and as it was configured' upgraded
try 'directories stay closed' modes
served >/dev/null 2>&1
try 'the ledger knows the ticket' delivered exists
kill "$activate" "$nginx"
wait "$activate" "$nginx"
activate="" nginx=""
try 'removed: settings and ledger stay' removed
try 'purged: nothing is left' purged

if [ -z "$suite" ] && [ -x "$stage/portable" ]; then
	rm -f /usr/lib/*/libfcgi.so* /usr/lib/*/libyajl.so* \
	    /usr/lib/*/libsqlite3.so* /usr/lib/*/libmd4c.so*
	portable
fi
