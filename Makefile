# ces: customer effort score, NPS and CSAT for PostgreSQL
#
#   make demo          everything from nothing: a report on a throw-away server
#   make test          the tests, on a throw-away server
#   make test-matrix   the tests on every PostgreSQL version that is supported, each in
#                      a chroot that is made for it; as root
#   make dist          the archive for PGXN
#   make deb           the Debian package, tried in a fresh Debian 12; as root
#   make bench         speed and memory against what people use today;
#                      ROWS=10000000 ROUNDS=7 unless you say otherwise
#   make lint          layout, static analysis, documentation
#   make               build
#   make install       install into the PostgreSQL that PG_CONFIG belongs to
#   make installcheck  run the regression tests on the server that is running

EXTENSION = ces
MODULE_big = ces
OBJS = \
	src/scale.o \
	src/tally.o \
	src/aggregates.o \
	src/metrics.o \
	src/inference.o \
	src/distributions.o \
	src/labels.o
DATA = $(wildcard src/ces--*.sql)
SHLIB_LINK += $(filter -lm, $(LIBS))

REGRESS = scale tally metrics aggregates rollup errors scores labels properties windows parallel spill storage inference catalog
REGRESS_OPTS = --encoding=UTF8 --no-locale

PG_CONFIG = pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
$(OBJS): src/ces.h
src/inference.o src/distributions.o: src/distributions.h
else
all install installcheck clean: pgxs-is-missing
endif

.PHONY: demo test test-matrix dist deb bench lint pgxs-is-missing

demo:
	@PG_CONFIG=$(PG_CONFIG) test/setup
	@PG_CONFIG=$(PG_CONFIG) test/throwaway test/demo

test:
	@PG_CONFIG=$(PG_CONFIG) test/setup
	@PG_CONFIG=$(PG_CONFIG) test/throwaway test/regress

test-matrix:
	@test/matrix

dist:
	@PG_CONFIG=$(PG_CONFIG) test/setup git unzip
	@PG_CONFIG=$(PG_CONFIG) test/dist

deb:
	@test/deb

bench:
	@PG_CONFIG=$(PG_CONFIG) test/setup
	@PG_CONFIG=$(PG_CONFIG) ROWS=$(ROWS) ROUNDS=$(ROUNDS) test/throwaway \
		-o shared_buffers=2GB -o max_wal_size=8GB -o autovacuum=off \
		test/bench/run

lint:
	@PG_CONFIG=$(PG_CONFIG) test/setup clang-format clang-tidy cppcheck git shellcheck
	@PG_CONFIG=$(PG_CONFIG) test/lint

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
