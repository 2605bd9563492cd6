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

# What is told of each object: where it was.  Not each number it compared,
# which would take most of the time: they are bytes of text, and the words that
# strcmp() and its like look for are told by AddressSanitizer.
FUZZ_WAY = -fsanitize-coverage=inline-8bit-counters,pc-table

# What stands behind a table of trackers or of events is linked into most of
# them, and all its counters would be looked over after each input.  So they
# count in these files of handler/ and in the readers of common/ alone; who is
# not named here counts everywhere.
SEES_COMMON = buf clock crypt err http_policy ini* json* markup* utf8
SEES_config = config* draft* notify* route* tracker* jira_check linear_check
SEES_route = config_* event* events/* identity* route*
SEES_event = draft* event* events/* identity*
SEES_story = draft* event* events/* identity* route*
SEES_news = *_news jira_issue jira_text linear_text
SEES_template = draft*
SEES_signature = verify*
SEES_trunk = cache failure trunk* upstream
SEES_linear = cache graphql linear* trackers/linear tracker upstream
SEES_jira = cache jira* trackers/jira tracker upstream
SEEN = $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(wildcard \
       $(SEES_COMMON:%=common/%.c) $(SEES_$*:%=handler/%.c)))
ALL_A = $(BUILD)/fuzz/all.a

.PHONY: fuzz fuzz-short fuzz-build deps-fuzz

fuzz: fuzz-build
	@tests/fuzz/run -l $(BUILD)/fuzz $(SECONDS) $(TARGETS)
# Each for half a minute, and nothing is written down.
fuzz-short: fuzz-build
	@tests/fuzz/run $(BUILD)/fuzz 30

fuzz-build: deps-fuzz $(FUZZ:%=$(BUILD)/fuzz/%)

$(BUILD)/fuzz/obj/%.o: %.c tests/fuzz/fuzz.mk | $(GEN) $(BUILD)/.deps-fuzz
	@mkdir -p $(@D)
	@$(FUZZ_CC) $(FUZZ_WAY) -MMD -MP -c -o $@ $<

# An archive: a program has what it uses.  And one whose counters are called
# something else, so that nobody looks at them.
$(ALL_A): $(LIBOBJ:$(BUILD)/%=$(BUILD)/fuzz/%)
	@rm -f $@
	@ar rcs $@ $^
$(BUILD)/fuzz/unseen.a: $(ALL_A)
	@objcopy --rename-section __sancov_cntrs=unseen_cntrs \
	    --rename-section __sancov_pcs=unseen_pcs $< $@

$(BUILD)/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h) \
    $(wildcard tests/fuzz/lib/*) $(ALL_A) $(BUILD)/fuzz/unseen.a
	@echo "  FUZZ $@"
	@rm -f $@.a
	@ar rcs $@.a $(if $(SEES_$*),$(SEEN))
	@$(FUZZ_CC) -fsanitize=fuzzer -fno-sanitize-coverage=trace-cmp \
	    -o $@ $< $(FUZZ_$*) $(if $(SEES_$*),$@.a \
	    $(BUILD)/fuzz/unseen.a,$(ALL_A)) $(LDLIBS)

-include $(LIBOBJ:$(BUILD)/%.o=$(BUILD)/fuzz/%.d)

deps-fuzz: $(BUILD)/.deps-fuzz
$(BUILD)/.deps-fuzz: Makefile tests/deps tests/fuzz/fuzz.mk
	@tests/deps $@ $(DEB_FUZZ)
