# The performance table, see tests/bench/run.js; ROWS="A E" for some of it.

BENCH	= $(patsubst tests/bench/%.c,$(BUILD)/bench/%, \
	  $(wildcard tests/bench/*.c))
DEB_BENCH = $(DEB_TEST) wrk php-fpm webhook

.PHONY: bench bench-tools bench-chart deps-bench

bench: deps-test deps-bench build $(BENCH)
	@BUILD=$(BUILD) $(NODE) tests/bench/run.js $(ROWS)
	@$(NODE) tests/bench/simulate.js
# What the short form in `make test` needs.
bench-tools: $(BUILD)/bench/panel $(BUILD)/bench/slow
# doc/bench.svg, of what was measured last.
bench-chart:
	@BUILD=$(BUILD) $(NODE) tests/bench/chart.js doc/bench.svg

$(BUILD)/bench/%: tests/bench/%.c $(LIBOBJ) | $(GEN) $(BUILD)/.deps-build
	@mkdir -p $(@D)
	@echo "  BENCH $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBOBJ) \
	    $(LDLIBS)

# Loads what tickethook loads, and nothing else.
$(BUILD)/bench/empty: tests/bench/empty.c Makefile | $(BUILD)/.deps-build
	@mkdir -p $(@D)
	@echo "  BENCH $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -o $@ $< -Wl,--no-as-needed \
	    $(LDLIBS)

deps-bench: $(BUILD)/.deps-bench
$(BUILD)/.deps-bench: Makefile tests/deps
	@tests/deps $@ $(DEB_BENCH)
