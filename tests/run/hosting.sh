#!/bin/sh
# usage: copy.sh / STAGE hosting.sh STAGE SHIPPED PORT	(by hosting.js)
#
# An account on shared hosting, in a copy of this machine: Apache with suEXEC
# and .htaccess files, by mod_fcgid and then as plain CGI.  STAGE has the
# program and a configuration, SHIPPED the two files for such hosts.
set -u
stage=$1 shipped=$2 port=$3
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
home=/home/kim apache=
url=http://127.0.0.1:$port/~kim/hooks/tickethook.fcgi
trap 'kill $apache 2>/dev/null' EXIT

# try NAME COMMAND...
try() {
	name=$1
	shift
	if out=$("$@" 2>&1); then
		echo "ok $mode: $name"
	else
		echo "not ok $mode: $name"
		{
			echo "$out"
			cat "$stage"/error.log
		} | sed 's/^/	/'
	fi
}

# As the account does it, by the manual.
account() {
	useradd -m -d $home -s /bin/bash kim && chmod 711 $home &&
	    cp "$stage/payload.json" $home/ &&
	    cp -r "$stage/config" $home/new && chown -R kim: $home &&
	    runuser -u kim -- sh -ec "
		cd $home
		mkdir -m 700 tickethook && cp '$stage/program' tickethook/tickethook
		mkdir -p -m 700 .config/tickethook
		cp new/* .config/tickethook/ && chmod 600 .config/tickethook/*
		mkdir -p -m 755 public_html/hooks
		cp '$shipped/htaccess' public_html/hooks/.htaccess
		cp '$shipped/tickethook.fcgi' public_html/hooks/
		chmod 755 public_html/hooks/tickethook.fcgi"
}

# serve MODULE...
serve() {
	for m in mpm_event alias authn_core authz_core mime suexec userdir "$@"
	do
		echo "LoadModule ${m}_module /usr/lib/apache2/modules/mod_$m.so"
	done >"$stage/httpd.conf"
	cat >>"$stage/httpd.conf" <<-EOF
	ServerName localhost
	Listen 127.0.0.1:$port
	User www-data
	Group www-data
	DefaultRuntimeDir /run
	PidFile /run/apache.pid
	Mutex file:/run default
	ErrorLog $stage/error.log
	LogLevel error
	TypesConfig /dev/null
	DocumentRoot /var/www
	UserDir public_html
	<Directory />
		Require all denied
	</Directory>
	<Directory /home/*/public_html>
		AllowOverride All
		Options FollowSymLinks
		Require all granted
	</Directory>
	<Files ".ht*">
		Require all denied
	</Files>
	<IfModule mod_cgid.c>
		ScriptSock /run/cgid.sock
	</IfModule>
	<IfModule mod_fcgid.c>
		FcgidIPCDir /run/fcgid
		FcgidProcessTableFile /run/fcgid_shm
	</IfModule>
	EOF
	apache2 -f "$stage/httpd.conf" -DFOREGROUND &
	apache=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.2
		curl -s -o /dev/null "http://127.0.0.1:$port/" && return 0
	done
}

# gets STATUS PATH [CURL'S ARGUMENTS]
gets() {
	want=$1 path=$2
	shift 2
	got=$(curl -s -o /tmp/body -w '%{http_code}' "$@" "$path")
	echo "$got instead of $want: $(cat /tmp/body)"
	[ "$got" = "$want" ]
}

# delivered OUTCOME, by the account itself
delivered() {
	out=$(runuser -u kim -- env -i $home/tickethook/tickethook send \
	    $home/payload.json --url "$url/trunk")
	echo "$out"
	echo "$out" | grep -q "^200 .*\"outcome\":\"$1\""
}

belongs() {
	stat -c '%U %a' $home/tickethook/ledger.db | tee /dev/stderr |
	    grep -qx 'kim 600'
}

# A file that others may change or read is not used.
open_config() {
	chmod "$1" "$home/.config/tickethook/$2"
	gets 503 "$url/trunk" -d x
	status=$?
	chmod 600 "$home/.config/tickethook/$2"
	return $status
}

mode=account
account >/dev/null || echo 'not ok an account'
mode=suexec-fcgid
serve fcgid
try 'it is up' gets 200 "$url/health"
try 'a delivery files a ticket' delivered created
try 'the ledger belongs to the account' belongs
try 'nothing of the folder is shown' gets 403 "http://127.0.0.1:$port/~kim/hooks/.htaccess"
try 'arguments of a query string are not read' gets 401 \
    "$url/trunk?send+$home/payload.json" -d x
kill $apache
wait $apache
mode=suexec-cgi
serve cgid
try 'it is up' gets 200 "$url/health"
try 'the same delivery finds its ticket' delivered exists
try 'arguments of a query string are not read' gets 401 \
    "$url/trunk?-c+/etc/passwd" -d x
try 'a body of 300 KB' sh -c "head -c 300000 /dev/zero >/tmp/big &&
    curl -s -o /dev/null -w '%{http_code}' --data-binary @/tmp/big '$url/trunk' |
    grep -qx 401"
try 'a configuration that others may write is not used' open_config 666 \
    tickethook.ini
try 'a secret that others may read is not used' open_config 644 svix.current
kill $apache
wait $apache
apache=
mode=cron
try 'sync' runuser -u kim -- env -i $home/tickethook/tickethook sync
