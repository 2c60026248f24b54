# ces: customer effort score, NPS and CSAT for PostgreSQL
#
#   make demo          everything from nothing: a report on a throw-away server
#   make dashboard     dashboards on the same sample data, served on this machine;
#                      DATABASE=postgresql://... for your own
#   make report        a weekly report as one HTML file: doc/dashboards.md says how
#   make               build
#   make install       install into the PostgreSQL that PG_CONFIG belongs to
#   make installcheck  run the regression tests on the server that is running, as a superuser
#                      of it: doc/install.md says how
#
#   make test          the tests, on throw-away servers
#   make test-clients  psycopg, JDBC, ODBC and other clients of PostgreSQL
#   make test-dashboards  what dashboards/ has, in a browser and against psql
#   make test-matrix   the tests on PostgreSQL 15, 17 and 18, each in a chroot made for
#                      it; as root
#   make lint          layout, static analysis, documentation
#   make coverage      which lines of src/ the tests run
#   make sanitize      the tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   make valgrind      the tests under valgrind, which takes hours
#   make fuzz          hostile input to the code outside a server; SECONDS=3600
#   make sqlsmith      random queries on a throw-away server; QUERIES=100000
#   make soak          does a backend's memory grow in an hour of queries? MINUTES=60
#   make bench         speed and memory against what people use today, written to
#                      doc/benchmark.md from a million rows on; ROWS=10000000 ROUNDS=7
#
#   make dist          the archive for PGXN
#   make deb           the Debian package, tried in a fresh Debian 12; as root
#
# Values such as SECONDS=3600 are the defaults. test/README.md shows how to run one test.

EXTENSION = ces
MODULE_big = ces
OBJS = \
	src/ces.o \
	src/scale.o \
	src/scores.o \
	src/tally.o \
	src/tally_io.o \
	src/calls.o \
	src/default_scale.o \
	src/aggregates.o \
	src/net_tally.o \
	src/metrics.o \
	src/estimates.o \
	src/row_types.o \
	src/inference.o \
	src/strata.o \
	src/drivers.o \
	src/drivers_io.o \
	src/driver_report.o \
	src/episodes.o \
	src/monitoring.o \
	src/labels.o \
	src/label_data.o \
	src/rollup.o \
	src/rollup_sql.o \
	src/rollup_definition.o \
	src/rollup_immutable.o \
	src/rollup_capture.o \
	src/rollup_batch.o \
	src/rollup_program.o \
	src/rollup_create.o \
	src/rollup_fold.o \
	src/rollup_status.o \
	src/rollup_planner.o \
	src/rollup_flatten.o \
	src/rollup_rewrite.o \
	src/rollup_increments.o \
	src/rollup_total.o \
	src/rollup_cache.o \
	src/rollup_explain.o \
	src/rollup_time.o \
	src/rollup_border.o \
	src/rollup_zone.o \
	src/math/distributions.o \
	src/math/monitoring.o \
	src/math/permutation.o \
	src/math/regression.o
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(EXTENSION).control)
SCRIPT = $(EXTENSION)--$(EXTVERSION).sql
SCRIPT_PARTS = $(addprefix src/sql/, guard.sql scale.sql tally.sql metrics.sql inference.sql \
	aggregates.sql net_tally.sql scores.sql labels.sql episodes.sql drivers.sql \
	strata.sql monitoring.sql rollups.sql)
DATA_built = $(SCRIPT)
# the scripts of older versions, and those that update them
DATA = $(wildcard src/sql/ces--*.sql)
SHLIB_LINK += $(filter -lm, $(LIBS))

REGRESS = scale tally clients metrics aggregates drivers drivers_properties default_scale rollup net_tally rollup_refused rollup_life rollup_capture rollup_capture_partitions rollup_triggers rollup_pending rollup_properties rollup_partitions rollup_status rollup_cache rollup_explain rollup_keys rollup_equality rollup_edges rollup_time rollup_buckets rollup_tools rollup_unchanged rollup_planner rollup_planner_properties errors hints scores labels properties windows parallel spill storage inference episodes episodes_properties impact strata monitoring hostile catalog
REGRESS_OPTS = --encoding=UTF8 --no-locale

# test/specs and, beside it, test/expected; PostgreSQL 15 looks for both in the same place
ISOLATION = rollup_fold rollup_writers rollup_create rollup_check rollup_partitions rollup_drop
ISOLATION_OPTS = --inputdir=test $(if $(filter-out 15,$(MAJORVERSION)),--expecteddir=test) --load-extension=ces

EXTRA_CLEAN = test/fuzz/work $(wildcard ces--*.sql)

PG_CONFIG ?= pg_config
export PG_CONFIG
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
POSTGRES_H := $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)/postgres.h

# On Debian the makefiles are in the package of the client, the headers in another.
ifneq ($(and $(wildcard $(PGXS)),$(wildcard $(POSTGRES_H))),)
include $(PGXS)
$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/math/*.h)
src/math/permutation.o: CFLAGS += $(CFLAGS_VECTORIZE)
else
all install installcheck clean: pgxs-is-missing
endif

# The header has the bounds of a scale.
SCALE_HEADER = src/scale.h
$(SCRIPT): src/sql/expand.awk $(SCALE_HEADER) $(SCRIPT_PARTS) Makefile
	awk -f src/sql/expand.awk $(SCALE_HEADER) $(SCRIPT_PARTS) >$@

.PHONY: script
script: $(SCRIPT)

# A script that is cut short must not pass for a built one.
.DELETE_ON_ERROR:

VERBS = demo dashboard report test test-clients test-dashboards test-matrix lint coverage sanitize valgrind fuzz sqlsmith soak bench dist deb
.PHONY: $(VERBS) pgxs-is-missing

# Each verb runs the script of its name, with the variables of make's command line in its
# environment. In a query, a $ is not make's.
override ANSWERS := $(value ANSWERS)
override CONTACTS := $(value CONTACTS)
override DATABASE := $(value DATABASE)
override TITLE := $(value TITLE)
export ANSWERS CONTACTS DATABASE TITLE
$(VERBS):
	@test/$@.sh

pgxs-is-missing:
	@echo "ces is built with the files for developing PostgreSQL extensions. $(PG_CONFIG)"
	@echo "did not lead to them. Either of these helps:"
	@echo
	@echo "  make demo      installs what is missing (Debian) and shows ces at work"
	@echo "  apt-get install postgresql-server-dev-all     (Debian, Ubuntu)"
	@echo "  dnf install postgresql-server-devel           (Fedora; RHEL: postgresqlNN-devel)"
	@echo
	@echo "If it is installed, name its pg_config: make PG_CONFIG=/path/to/pg_config"
	@exit 1
