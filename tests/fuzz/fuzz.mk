# Hostile bytes: a libFuzzer program for each reader, see run and fuzz.h.
# make fuzz SECONDS=600 TARGETS="json event"

FUZZ	= $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
TARGETS	= $(FUZZ)
SECONDS	= 60
# Our names stay ours: a library may have the same ones.
FUZZ_C	= -g -O2 -fvisibility=hidden -fno-omit-frame-pointer \
	  -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CC	= clang $(CSTD) $(DEFS) -I. -I$(BUILD)/gen $(FUZZ_C)
# What some of them need; those of upstreams play these and the clock.
FUZZ_json	= tests/fuzz/lib/strict.c -ljansson
FUZZ_server	= -Wl,--wrap=http_call
FUZZ_linear	= -Wl,--wrap=http_call,--wrap=clock_mono,--wrap=clock_sleep
FUZZ_jira	= $(FUZZ_linear)
FUZZ_trunk	= $(FUZZ_linear)
DEB_FUZZ = $(DEB_BUILD) clang libjansson-dev

# What is told of each object: where it was, and what it compared; but for
# those that compare byte by byte, which would take most of the time.
FUZZ_ALL = -fsanitize=fuzzer-no-link
FUZZ_WAY = -fsanitize-coverage=inline-8bit-counters,pc-table
FUZZ_BYTES = common/arena.c common/buf.c common/ini_nearest.c \
	     common/json_scan.c common/utf8.c

.PHONY: fuzz fuzz-short fuzz-build deps-fuzz

fuzz: fuzz-build
	@tests/fuzz/run -l $(BUILD)/fuzz $(SECONDS) $(TARGETS)
# Each for half a minute, and nothing is written down.
fuzz-short: fuzz-build
	@tests/fuzz/run $(BUILD)/fuzz 30

fuzz-build: deps-fuzz $(FUZZ:%=$(BUILD)/fuzz/%)

$(BUILD)/fuzz/obj/%.o: %.c tests/fuzz/fuzz.mk | $(GEN) $(BUILD)/.deps-fuzz
	@mkdir -p $(@D)
	@$(FUZZ_CC) $(if $(filter $<,$(FUZZ_BYTES)),$(FUZZ_WAY),$(FUZZ_ALL)) \
	    -MMD -MP -c -o $@ $<

# An archive: a program has what it uses, and counts no more.
$(BUILD)/fuzz/all.a: $(LIBOBJ:$(BUILD)/%=$(BUILD)/fuzz/%)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h) \
    $(wildcard tests/fuzz/lib/*) $(BUILD)/fuzz/all.a
	@echo "  FUZZ $@"
	@$(FUZZ_CC) -fsanitize=fuzzer -o $@ $< \
	    $(FUZZ_$*) $(BUILD)/fuzz/all.a $(LDLIBS)

-include $(LIBOBJ:$(BUILD)/%.o=$(BUILD)/fuzz/%.d)

deps-fuzz: $(BUILD)/.deps-fuzz
$(BUILD)/.deps-fuzz: Makefile tests/deps tests/fuzz/fuzz.mk
	@tests/deps $@ $(DEB_FUZZ)
