# The torture: see tests/fault/torture.js.

FAULT	= $(BUILD)/fault/killat $(BUILD)/fault/ledger $(BUILD)/fault/power \
	  $(BUILD)/fault/naive $(BUILD)/fault/timing $(BUILD)/fault/oom.so \
	  $(BUILD)/fault/lack
DEB_FAULT = $(DEB_TEST) strace

.PHONY: torture fault timing deps-fault

torture: deps-test deps-fault build fault
	$(NODE) tests/fault/torture.js $(PARTS)

# What torture.js runs, the short form of `make test` included.
fault: deps-fault $(FAULT)

$(BUILD)/fault/killat: tests/fault/killat.c | $(BUILD)/.deps-build
$(BUILD)/fault/ledger: tests/fault/ledger.c | $(BUILD)/.deps-build
$(BUILD)/fault/killat $(BUILD)/fault/ledger:
	@mkdir -p $(@D)
	@echo "  TOOL $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -o $@ $< -lsqlite3

$(BUILD)/fault/oom.so: tests/fault/oom.c | $(BUILD)/.deps-build
	@mkdir -p $(@D)
	@echo "  TOOL $@"
	@$(CC) $(CSTD) $(WARN) $(CFLAGS) -fPIC -shared -o $@ $<

$(BUILD)/fault/power: tests/fault/power.c tests/fault/disk.c \
    tests/fault/disk.h $(LIBOBJ) | $(GEN)
	@mkdir -p $(@D)
	@echo "  TOOL $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -o $@ tests/fault/power.c \
	    tests/fault/disk.c $(LIBOBJ) $(LDLIBS)

# Whether refusals tell where a signature is wrong; about ten seconds.
timing: deps-build $(BUILD)/fault/timing
	@$(BUILD)/fault/timing

$(BUILD)/fault/timing: tests/fault/timing.c $(LIBOBJ) | $(GEN)
	@mkdir -p $(@D)
	@echo "  TOOL $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -o $@ tests/fault/timing.c \
	    $(LIBOBJ) $(LDLIBS) -lm

$(BUILD)/fault/lack: tests/fault/lack.c $(LIBOBJ) | $(GEN)
	@mkdir -p $(@D)
	@echo "  TOOL $@"
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -o $@ $< $(LIBOBJ) $(LDLIBS)

# The program, with functions of naive.c in place of those in ticket*.c.
NAIVE	= $(BUILD)/obj/handler/ticket.o $(BUILD)/obj/handler/ticket_link.o
$(BUILD)/fault/naive: tests/fault/naive.c $(OBJ) | $(GEN)
	@mkdir -p $(@D)
	@echo "  TOOL $@"
	@objcopy --weaken $(word 1,$(NAIVE)) $(BUILD)/fault/weak.o
	@objcopy --weaken $(word 2,$(NAIVE)) $(BUILD)/fault/weak_link.o
	@$(CC) $(ALL_C) $(HARD_LD) $(LDFLAGS) -o $@ tests/fault/naive.c \
	    $(BUILD)/fault/weak.o $(BUILD)/fault/weak_link.o \
	    $(filter-out $(NAIVE),$(OBJ)) $(LDLIBS)

deps-fault: $(BUILD)/.deps-fault
$(BUILD)/.deps-fault: Makefile tests/deps
	@tests/deps $@ $(DEB_FAULT)
