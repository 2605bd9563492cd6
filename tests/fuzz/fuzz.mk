# Hostile bytes: a libFuzzer program for each reader, see run and fuzz.h.
# make fuzz SECONDS=600 TARGETS="json event"

FUZZ	= $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
TARGETS	= $(FUZZ)
SECONDS	= 60
FUZZ_C	= -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	  -fno-omit-frame-pointer
DEB_FUZZ = $(DEB_BUILD) clang

.PHONY: fuzz fuzz-short fuzz-build deps-fuzz

fuzz: fuzz-build
	@tests/fuzz/run $(BUILD)/fuzz $(SECONDS) $(TARGETS)
# Each for a few seconds.
fuzz-short: fuzz-build
	@tests/fuzz/run $(BUILD)/fuzz 5 $(FUZZ)

fuzz-build: deps-fuzz $(FUZZ:%=$(BUILD)/fuzz/%)

$(BUILD)/fuzz/obj/%.o: %.c | $(GEN) $(BUILD)/.deps-fuzz
	@mkdir -p $(@D)
	@clang $(CSTD) $(DEFS) -I. -I$(BUILD)/gen $(FUZZ_C) \
	    -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h \
    $(LIBOBJ:$(BUILD)/%=$(BUILD)/fuzz/%)
	@echo "  FUZZ $@"
	@clang $(CSTD) $(DEFS) -I. -I$(BUILD)/gen $(FUZZ_C) -fsanitize=fuzzer \
	    -o $@ $< $(LIBOBJ:$(BUILD)/%=$(BUILD)/fuzz/%) $(LDLIBS)

-include $(LIBOBJ:$(BUILD)/%.o=$(BUILD)/fuzz/%.d)

deps-fuzz: $(BUILD)/.deps-fuzz
$(BUILD)/.deps-fuzz: Makefile tests/deps tests/fuzz/fuzz.mk
	@tests/deps $@ $(DEB_FUZZ)
