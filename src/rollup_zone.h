/*-------------------------------------------------------------------------
 *
 * rollup_zone.h
 *	  Units of time, and the time zones they are in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_ZONE_H
#define CES_ROLLUP_ZONE_H

#include "datatype/timestamp.h"
#include "pgtime.h"
#include "rollup_time.h"

#pragma GCC visibility push(hidden)

/*
 * Borders are between these, so that nothing done with one overflows: what is beyond
 * lies at the edges.
 */
#define CES_FIRST_BORDER (MIN_TIMESTAMP + 800 * USECS_PER_DAY)
#define CES_LAST_BORDER (END_TIMESTAMP - 800 * USECS_PER_DAY)

/* The offset of a zone from UTC changes, in microseconds */
typedef struct CesTransition
{
	TimestampTz at;
	int64 before;
	int64 after;
} CesTransition;

/* Units */
extern bool ces_unit_read(const char *name, CesTimeUnit *unit);
extern const char *ces_unit_name(CesTimeUnit unit);
extern bool ces_unit_nests(CesTimeUnit inner, CesTimeUnit outer);
extern int64 ces_unit_length(CesTimeUnit unit);
extern Timestamp ces_unit_start(Timestamp time, CesTimeUnit unit);
extern Timestamp ces_unit_add(Timestamp start, CesTimeUnit unit, int count);
extern bool ces_unit_gives_trunc(CesTimeUnit unit, const char *name, bool *below_day);
extern bool ces_unit_gives_field(CesTimeUnit unit, const char *name, bool *is_epoch);
extern bool ces_unit_gives_format(CesTimeUnit unit, const char *format);

/* Zones */
extern pg_tz *ces_zone_find(const char *name);
extern bool ces_zone_same(pg_tz *a, pg_tz *b);
extern bool ces_zone_fixed(pg_tz *zone, TimestampTz from, TimestampTz until, int64 *offset);
extern bool ces_zone_on_grid(pg_tz *zone, TimestampTz from, TimestampTz until, int64 length);
extern bool ces_zone_keeps_days(pg_tz *zone);
extern bool ces_zone_has_starts(pg_tz *zone, CesTimeUnit unit);
extern bool ces_zone_next(pg_tz *zone, TimestampTz after, CesTransition *transition);
extern Timestamp ces_zone_local(pg_tz *zone, TimestampTz instant);
extern TimestampTz ces_zone_instant(pg_tz *zone, Timestamp local);

#pragma GCC visibility pop

#endif /* CES_ROLLUP_ZONE_H */
