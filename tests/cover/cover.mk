# Builds that are watched.  `make sanitize` runs the tests under
# AddressSanitizer (with LeakSanitizer and UndefinedBehaviorSanitizer),
# ThreadSanitizer and valgrind: make sanitize KINDS=tsan is one alone.
# `make cover` counts the lines and branches that the tests reach, see
# report.js.

KINDS	= asan tsan valgrind
WATCH	= $(abspath $(BUILD))/watch
SAN	= -O1 -g -fno-omit-frame-pointer
COUNT	= -O0 -g --coverage -fprofile-update=atomic -Wl,-u,__gcov_dump
ASAN	= $(SAN) -fsanitize=address,undefined -fno-sanitize-recover=all
TSAN	= $(SAN) -fsanitize=thread
DEB_COVER = $(DEB_TEST) valgrind

# What watch.c and fail.c stand in for.
WRAPPED	= syscall _exit arena_alloc arena_strdup arena_strndup \
	  arena_printf buf_text sqlite3_step http_call sem_clockwait

# Each is a build of its own: its name, its flags, what of it.
watched	= +@$(MAKE) --no-print-directory BUILD=$(WATCH)/$(1) WATCHED=1 \
	    HARD= HARD_LD= CFLAGS="$($(2)) -Wno-error" \
	    LDFLAGS="$(WRAPPED:%=-Wl,--wrap=%) $(WATCH)/$(1)/watch.o \
	    $(WATCH)/$(1)/fail.o" $(3)

.PHONY: sanitize sanitize-short cover watch-asan watch-tsan watch-threads \
	watch-count watch-valgrind watch-short deps-cover

sanitize: fault $(KINDS:%=watch-%)
	@for k in $(KINDS); do BUILD=$(BUILD) tests/cover/sanitize $$k || \
	    exit 1; done

# The unit tests alone, under tsan those with threads and no deadlines that a
# slow program misses; a part of `make test`.
THREADED = test_cache test_crypt test_http_trust test_ledger_ticket test_lock \
	   test_program test_repeats test_skew test_sqlite_turn
sanitize-short: watch-short
	@for k in asan tsan; do BUILD=$(BUILD) tests/cover/sanitize $$k \
	    --short || exit 1; done

cover: watch-count
	@BUILD=$(BUILD) tests/cover/count

watch-asan: deps-test
	$(call watched,asan,ASAN,build unit)
# What `make test` runs of it.
watch-short: watch-asan watch-threads
watch-tsan: deps-test
	$(call watched,tsan,TSAN,build unit)
watch-threads: deps-test
	$(call watched,tsan,TSAN,$(THREADED:%=$(WATCH)/tsan/unit/%))
watch-count: deps-test
	$(call watched,count,COUNT,build unit)
	+@$(MAKE) --no-print-directory BUILD=$(WATCH)/count \
	    $(WATCH)/count/fault/ledger
watch-valgrind: deps-cover build unit

ifdef WATCHED
$(BUILD)/tickethook: $(BUILD)/watch.o $(BUILD)/fail.o
$(UNIT): | $(BUILD)/watch.o $(BUILD)/fail.o
$(BUILD)/%.o: tests/cover/%.c
	@mkdir -p $(@D)
	@$(CC) $(CSTD) $(WARN) -g -I. -DWATCH_DIR='"$(BUILD)/obj"' -c -o $@ $<
endif

deps-cover: $(BUILD)/.deps-cover
$(BUILD)/.deps-cover: Makefile tests/deps tests/cover/cover.mk | deps-test
	@tests/deps $@ $(DEB_COVER)
