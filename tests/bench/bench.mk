# What takes how long: each program prints its own figures.

BENCH	= $(patsubst tests/bench/%.c,$(BUILD)/bench/%, \
	  $(wildcard tests/bench/*.c))

.PHONY: bench

bench: deps-build $(BENCH)
	@for b in $(BENCH); do $$b || exit 1; done

$(BUILD)/bench/%: tests/bench/%.c $(LIBOBJ) | $(GEN) $(BUILD)/.deps-build
	@mkdir -p $(@D)
	@echo "  BENCH $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBOBJ) \
	    $(LDLIBS)
