# tickethook: see README.md.  Every target works alone on a fresh Debian
# machine: what is missing is installed first (as root, or with sudo).

VERSION	= 0.1.0
prefix	= /usr/local
BUILD	= build
CC	= gcc
NODE	= node

CSTD	= -std=c11 -D_GNU_SOURCE
WARN	= -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	  -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
	  -Wundef -Wvla -Wformat=2 -Werror
HARD	= -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	  -ftrivial-auto-var-init=zero -D_FORTIFY_SOURCE=3 -fPIE \
	  -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(BUILD)=build
CFLAGS	= -O2 -g
HARD_LD	= -pie -Wl,-z,relro,-z,now,-z,noexecstack
LDFLAGS	=
LDLIBS	= -lfcgi -lyajl -lssl -lcrypto -lsqlite3 -lmd4c -lpthread
DEFS	= -DTICKETHOOK_VERSION='"$(VERSION)"'
ALL_C	= $(CSTD) $(WARN) $(HARD) $(DEFS) -I. -I$(BUILD)/gen $(CFLAGS)

COMMON	= $(wildcard common/*.c)
HANDLER	= $(wildcard handler/*.c handler/*/*.c)
SRC	= $(COMMON) $(HANDLER)
OBJ	= $(SRC:%.c=$(BUILD)/obj/%.o)
# What unit tests link: everything but main().
LIBOBJ	= $(filter-out $(BUILD)/obj/handler/main.o,$(OBJ))
UNIT	= $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
MAN	= $(wildcard handler/*.[1578])

# One file of a kind is one line of a table.
GEN	= $(BUILD)/gen/families.inc $(BUILD)/gen/trackers.inc \
	  $(BUILD)/gen/verbs.inc

.PHONY: force all build test unit cases demo serve lint install clean deps \
	deb portable dist sbom reproducible promises matrix \
	debian12 debian13 \
	deps-build deps-test deps-lint deps-deb
.SECONDARY:

all: build
build: deps-build $(BUILD)/tickethook

$(BUILD)/tickethook: $(OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) $(HARD_LD) $(LDFLAGS) -o $@ $(OBJ) $(LDLIBS)
	@ln -sf tickethook $(BUILD)/tickethook.fcgi

$(BUILD)/obj/%.o: %.c | $(GEN) $(BUILD)/.deps-build
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(ALL_C) -MMD -MP -c -o $@ $<

-include $(OBJ:.o=.d) $(UNIT:=.d)

# Made each time, and written when it changed: a file may have gone, too.
$(GEN): force
	@mkdir -p $(@D)
	@case $(@F) in \
	families.inc) kind=FAMILY dir=events ;; \
	trackers.inc) kind=TRACKER dir=trackers ;; \
	verbs.inc) kind=VERB dir=verbs ;; esac; \
	for f in handler/$$dir/*.c; do \
		n=$${f##*/}; \
		echo "$$kind($${n%.c})"; \
	done > $@.new; \
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# ---- tests ---------------------------------------------------------------

$(BUILD)/unit/%: tests/unit/%.c $(LIBOBJ) | $(GEN) $(BUILD)/.deps-test
	@mkdir -p $(@D)
	@echo "  UNIT $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBOBJ) $(LDLIBS) -lcmocka

unit: deps-test $(UNIT)
cases: deps-test build
	$(NODE) tests/run/run.js

test: deps-test build unit fault bench-tools fuzz-build watch-short
	@tests/run/all

demo: deps-test build
	@$(NODE) tests/demo.js
serve: deps-test build
	@$(NODE) tests/serve.js $(CONFIG)

lint: deps-lint $(GEN)
	@tests/lint

include tests/fault/fault.mk
include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
include tests/cover/cover.mk

# ---- what the machine must have --------------------------------------------

DEB_BUILD = gcc libc6-dev libfcgi-dev libyajl-dev libcurl4-openssl-dev \
	    libssl-dev libsqlite3-dev libmd4c-dev libpq-dev ca-certificates
DEB_TEST  = $(DEB_BUILD) libcmocka-dev nginx-light openssl nodejs spawn-fcgi \
	    sqlite3 apache2-bin apache2-utils libapache2-mod-fcgid \
	    apache2-suexec-pristine lighttpd caddy systemd strace binutils \
	    dpkg-dev devscripts lintian util-linux chromium prometheus \
	    postgresql
DEB_DEB   = $(DEB_BUILD) binutils dpkg-dev
DEB_LINT  = $(DEB_BUILD) libcmocka-dev clang clang-tidy cppcheck mandoc \
	    python3

deps: deps-build deps-test deps-lint
deps-build: $(BUILD)/.deps-build
deps-test: $(BUILD)/.deps-test tests/node_modules/.package-lock.json
deps-lint: $(BUILD)/.deps-lint
$(BUILD)/.deps-build: Makefile tests/deps
	@tests/deps $@ $(DEB_BUILD)
$(BUILD)/.deps-test: Makefile tests/deps
	@tests/deps $@ $(DEB_TEST)
deps-deb: $(BUILD)/.deps-deb
$(BUILD)/.deps-deb: Makefile tests/deps
	@tests/deps $@ $(DEB_DEB)
$(BUILD)/.deps-lint: Makefile tests/deps
	@tests/deps $@ $(DEB_LINT)
tests/node_modules/.package-lock.json: tests/package-lock.json \
    | $(BUILD)/.deps-test
	@tests/deps --npm tests

# ---- the rest ---------------------------------------------------------------

SHARE	= $(DESTDIR)$(prefix)/share
PUT	= install -m 644

install: build
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/lib/tickethook \
	    $(SHARE)/doc/tickethook $(SHARE)/tickethook/nginx \
	    $(SHARE)/tickethook/apache $(SHARE)/bash-completion/completions \
	    $(SHARE)/zsh/site-functions $(SHARE)/tickethook/metrics
	install -m 755 $(BUILD)/tickethook $(DESTDIR)$(prefix)/bin/tickethook
	ln -sf ../../bin/tickethook \
	    $(DESTDIR)$(prefix)/lib/tickethook/tickethook.fcgi
	for m in $(MAN); do \
		install -d $(SHARE)/man/man$${m##*.} && \
		$(PUT) $$m $(SHARE)/man/man$${m##*.} || exit 1; done
	$(PUT) handler/completion/tickethook $(SHARE)/bash-completion/completions
	$(PUT) handler/completion/_tickethook $(SHARE)/zsh/site-functions
	$(PUT) handler/tickethook.ini handler/*.service handler/*.socket \
	    handler/*.timer $(SHARE)/tickethook
	$(PUT) doc/*.md $(SHARE)/doc/tickethook
	$(PUT) nginx/tickethook.conf $(SHARE)/tickethook/nginx
	$(PUT) handler/metrics/* $(SHARE)/tickethook/metrics
	$(PUT) apache/*.conf apache/htaccess $(SHARE)/tickethook/apache
	install -m 755 apache/tickethook.fcgi $(SHARE)/tickethook/apache
	sed -i 's,/usr/local,$(prefix),g' $(SHARE)/tickethook/*.service \
	    $(SHARE)/tickethook/apache/*.conf $(SHARE)/man/man?/tickethook*

deb: build deps-deb
	@BUILD=$(BUILD) handler/deb/build $(BUILD) $(VERSION)
portable: build deps-deb
	@handler/deb/portable $(BUILD) $(OBJ)
# The same commit makes the same bytes, whoever makes them.
dist:
	@mkdir -p $(BUILD)
	git -c tar.umask=0022 archive --format=tar \
	    --prefix=tickethook-$(VERSION)/ HEAD | gzip -9n \
	    >$(BUILD)/tickethook-$(VERSION).tar.gz
	@cd $(BUILD) && sha256sum tickethook-$(VERSION).tar.gz

# What is in the binary, and whether anybody gets the same one.
sbom: build deps-deb
	@handler/deb/sbom $(BUILD)/tickethook $(VERSION) \
	    >$(BUILD)/tickethook-$(VERSION).cdx.json
	@echo $(BUILD)/tickethook-$(VERSION).cdx.json
reproducible: deps-deb
	@CC="$(CC)" tests/run/reproducible

# Every promise with the figures of the last runs, see
# tickethook-promises(7).
promises:
	@BUILD=$(BUILD) $(NODE) tests/run/promises.js --show

# All conversations through all fronts, as a table.
matrix: deps-test build
	@$(NODE) tests/run/run.js --matrix
# In Debians of their own, by debootstrap; a quarter of an hour each.
debian12 debian13: deps-deb
	@tests/run/debian $(if $(filter %12,$@),bookworm,trixie) \
	    $(BUILD)/$@ $(DEB_TEST) $(DEB_DEB) make apt-utils

clean:
	rm -rf $(BUILD)
