# ces: customer effort score, NPS and CSAT for PostgreSQL
#
#   make demo          everything from nothing: a report on a throw-away server
#   make               build
#   make install       install into the PostgreSQL that PG_CONFIG belongs to
#   make installcheck  run the regression tests on the server that is running
#
#   make test          the tests, on throw-away servers
#   make test-matrix   the tests on every PostgreSQL version that is supported, each in
#                      a chroot that is made for it; as root
#   make lint          layout, static analysis, documentation
#   make coverage      which lines of src/ the tests run
#   make sanitize      the tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   make valgrind      the tests under valgrind, which takes long
#   make fuzz          hostile input to the code outside of a server, SECONDS=3600 long
#   make sqlsmith      QUERIES=100000 random queries on a throw-away server
#   make soak          MINUTES=60 of repeated queries in one backend: does its memory grow?
#   make bench         speed and memory against what people use today;
#                      ROWS=10000000 ROUNDS=7 unless you say otherwise
#
#   make dist          the archive for PGXN
#   make deb           the Debian package, tried in a fresh Debian 12; as root

EXTENSION = ces
MODULE_big = ces
OBJS = \
	src/ces.o \
	src/scale.o \
	src/scores.o \
	src/tally.o \
	src/tally_io.o \
	src/aggregates.o \
	src/metrics.o \
	src/inference.o \
	src/labels.o \
	src/math/distributions.o
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(EXTENSION).control)
SCRIPT = $(EXTENSION)--$(EXTVERSION).sql
SCRIPT_PARTS = $(addprefix src/sql/, guard.sql scale.sql tally.sql metrics.sql inference.sql \
	aggregates.sql scores.sql labels.sql label_data.sql)
DATA_built = $(SCRIPT)
# the scripts of older versions, and those that update them
DATA = $(wildcard src/sql/ces--*.sql)
SHLIB_LINK += $(filter -lm, $(LIBS))

REGRESS = scale tally metrics aggregates rollup errors scores labels properties windows parallel spill storage inference hostile catalog
REGRESS_OPTS = --encoding=UTF8 --no-locale

EXTRA_CLEAN = test/fuzz/work

PG_CONFIG ?= pg_config
export PG_CONFIG
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
$(OBJS): $(wildcard src/*.h src/math/*.h)
else
all install installcheck clean: pgxs-is-missing
endif

# The header has the bounds of a scale.
SCALE_HEADER = src/scale.h
$(SCRIPT): src/sql/expand.awk $(SCALE_HEADER) $(SCRIPT_PARTS) Makefile
	awk -f src/sql/expand.awk $(SCALE_HEADER) $(SCRIPT_PARTS) >$@

.PHONY: script
script: $(SCRIPT)

.PHONY: demo test test-matrix bench fuzz sqlsmith coverage sanitize valgrind soak \
	lint dist deb pgxs-is-missing

demo:
	@test/setup
	@test/throwaway test/demo

test:
	@test/setup clang libclang-rt-dev
	@test/throwaway test/regress

test-matrix:
	@test/matrix

dist:
	@test/setup git unzip
	@test/dist

deb:
	@test/deb

bench:
	@test/setup
	@ROWS=$(ROWS) ROUNDS=$(ROUNDS) test/throwaway \
		-o shared_buffers=2GB -o max_wal_size=8GB -o autovacuum=off \
		test/bench/run

fuzz:
	@test/setup clang libclang-rt-dev
	@test/fuzz/run $(or $(SECONDS),3600)

sqlsmith:
	@test/setup sqlsmith
	@test/throwaway \
		-o track_functions=all -o logging_collector=on -o log_min_messages=log \
		test/sqlsmith $(or $(QUERIES),100000)

coverage:
	@test/setup
	@test/unprivileged test/gcov

sanitize:
	@test/setup dpkg-dev bison flex perl
	@test/unprivileged test/sanitize address

valgrind:
	@test/setup dpkg-dev bison flex perl valgrind libc6-dbg
	@test/unprivileged test/sanitize valgrind

soak:
	@test/setup
	@MINUTES=$(or $(MINUTES),60) test/throwaway test/memory/run

lint:
	@test/setup clang-format clang-tidy cppcheck git shellcheck
	@test/lint

pgxs-is-missing:
	@echo "ces is built with PGXS, which comes with the files for developing PostgreSQL"
	@echo "extensions. $(PG_CONFIG) did not lead to it. Either of these helps:"
	@echo
	@echo "  make demo      installs what is missing (Debian) and shows ces at work"
	@echo "  apt-get install postgresql-server-dev-all     (Debian, Ubuntu)"
	@echo "  dnf install postgresql-server-devel           (Fedora; RHEL: postgresqlNN-devel)"
	@echo
	@echo "If it is installed, name its pg_config: make PG_CONFIG=/path/to/pg_config"
	@exit 1
