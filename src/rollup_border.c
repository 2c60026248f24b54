/*-------------------------------------------------------------------------
 *
 * rollup_border.c
 *	  Where the whole buckets of a range of time begin and end.
 *
 * A condition splits time in two: times from a value on, and times before it.  On one
 * side of a border are only buckets that are wholly on one side of the condition.  There
 * are two borders to a condition: going up from the value, the first from which on all
 * times are on the same side as those far up; going down, the last before which all are
 * on the side of those far down.  Between the two lies what must be looked at one by one.
 * A border needn't be the nearest one: what it says must be true.
 *
 * Borders are times on the clock of the buckets, without time zone.  If the column is a
 * timestamptz, a border must also say the same of a clock's times and of points in time:
 * a point in time is before the border if and only if the clock shows a time before it.
 * That fails in an overlap, where the clock is set back behind a border.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "rollup_zone.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* A condition whose border is wanted */
typedef struct Search
{
	int64 value; /* the first time on the upper side: on the clock, or a point in time */
	CesTimeUnit unit;
	pg_tz *zone; /* of the buckets, if the column is a timestamptz; else NULL */
	bool up;
} Search;

/* Is a border true? */
typedef bool (*IsBorder)(const Search *search, Timestamp border);

/* A value within limits. */
static int64
clamp(int64 value, int64 from, int64 until)
{
	return Max(from, Min(value, until));
}

/* Do the clock of a zone and points in time agree about what is before a border? */
static bool
is_sure(pg_tz *zone, Timestamp border)
{
	TimestampTz instant = ces_zone_instant(zone, border);
	TimestampTz from = border - 2 * USECS_PER_DAY;
	TimestampTz until = border + 2 * USECS_PER_DAY;
	int64 offset = ces_zone_local(zone, from) - from;
	CesTransition transition;

	/* From change to change of the clock. Offsets are less than a day. */
	while (ces_zone_next(zone, from, &transition) && transition.at < until)
	{
		if (clamp(border - offset, from, transition.at) != clamp(instant, from, transition.at))
			return false;
		from = transition.at;
		offset = transition.after;
	}
	return clamp(border - offset, from, until) == clamp(instant, from, until);
}

/* The value is a time on the clock of the buckets. */
static bool
is_border_of_local(const Search *search, Timestamp border)
{
	return search->zone == NULL || is_sure(search->zone, border);
}

/* The value and the column are points in time. */
static bool
is_border_of_instant(const Search *search, Timestamp border)
{
	TimestampTz instant = ces_zone_instant(search->zone, border);

	return (search->up ? instant >= search->value : instant <= search->value) && is_sure(search->zone, border);
}

/* Is a time of the column, taken to be in the session's zone, on the right side? */
static bool
is_on_side(const Search *search, Timestamp local)
{
	TimestampTz instant = ces_zone_instant(session_timezone, local);

	return search->up ? instant >= search->value : instant < search->value;
}

/*
 * The value is a point in time, but the column is a timestamp, which becomes one by the
 * session's zone.  Between the times where it may jump, it grows.
 */
static bool
is_border_of_session(const Search *search, Timestamp border)
{
	TimestampTz from = search->value - 4 * USECS_PER_DAY;
	CesTransition transition;

	if (!is_on_side(search, search->up ? border : border - 1))
		return false;
	while (ces_zone_next(session_timezone, from, &transition) && transition.at < search->value + 4 * USECS_PER_DAY)
	{
		Timestamp jumps[] = {transition.at + transition.before, transition.at + transition.after,
							 transition.at + USECS_PER_DAY};

		for (int i = 0; i < (int) lengthof(jumps); i++)
		{
			for (Timestamp jump = jumps[i]; jump <= jumps[i] + USECS_PER_SEC; jump += USECS_PER_SEC)
			{
				if (search->up ? jump >= border && !is_on_side(search, jump) : jump <= border && !is_on_side(search, jump - 1))
					return false;
			}
		}
		from = transition.at;
	}
	return true;
}

/* The first border on the way from a time on the clock that is true. */
static Timestamp
find_border(const Search *search, Timestamp start, IsBorder is_border)
{
	Timestamp border = ces_unit_start(start, search->unit);

	if (search->up && border < start)
		border = ces_unit_add(border, search->unit, 1);
	for (int steps = 1; !is_border(search, border); steps = Min(steps * 2, 1 << 20))
	{
		border = ces_unit_add(border, search->unit, search->up ? steps : -steps);
		if (border <= CES_FIRST_BORDER - USECS_PER_DAY * 400 || border >= CES_LAST_BORDER + USECS_PER_DAY * 400)
			return search->up ? DT_NOEND : DT_NOBEGIN;
	}
	return border;
}

/*
 * The ends of time: true if the border is known without a search, else the value is
 * within limits.  Buckets of infinite times stand for nothing else.  Null means that
 * there is no border, as no time is greater than infinity.
 */
static bool
is_at_end(Search *search, int64 value, bool after, Timestamp *border, bool *null)
{
	*null = false;
	if (TIMESTAMP_IS_NOEND(value))
	{
		*null = after && search->up;
		*border = DT_NOEND;
		return true;
	}
	if (TIMESTAMP_IS_NOBEGIN(value) && !(after && search->up))
	{
		*border = DT_NOBEGIN;
		return true;
	}
	if (value < CES_FIRST_BORDER && !search->up)
	{
		*border = DT_NOBEGIN;
		return true;
	}
	if (value >= CES_LAST_BORDER && search->up)
	{
		*border = DT_NOEND;
		return true;
	}
	search->value = clamp(value + (after && !TIMESTAMP_IS_NOBEGIN(value) ? 1 : 0), CES_FIRST_BORDER, CES_LAST_BORDER);
	return false;
}

/* The unit that an argument names. */
static CesTimeUnit
get_unit(text *name)
{
	char *string = text_to_cstring(name);
	CesTimeUnit unit;

	if (!ces_unit_read(string, &unit))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no unit of time of a rollup", string)));
	return unit;
}

/* The zone that an argument names. */
static pg_tz *
get_zone(text *name)
{
	char *string = text_to_cstring(name);
	pg_tz *zone = ces_zone_find(string);

	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", string)));
	return zone;
}

/*
 * _ces_rollup_border(value timestamp, unit, zone, after, up): times on the clock are
 * compared with the value.  Zone is empty unless the column is a timestamptz.  After
 * means that the value itself is on the lower side.
 */
PG_FUNCTION_INFO_V1(ces_rollup_border_of_timestamp);
Datum
ces_rollup_border_of_timestamp(PG_FUNCTION_ARGS)
{
	text *zone = PG_GETARG_TEXT_PP(2);
	Search search = {.unit = get_unit(PG_GETARG_TEXT_PP(1)), .up = PG_GETARG_BOOL(4)};
	Timestamp border;
	bool null;

	if (VARSIZE_ANY_EXHDR(zone) != 0)
		search.zone = get_zone(zone);
	if (!is_at_end(&search, PG_GETARG_TIMESTAMP(0), PG_GETARG_BOOL(3), &border, &null))
		border = find_border(&search, search.value, is_border_of_local);
	if (null)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMP(border);
}

/*
 * _ces_rollup_border(value timestamptz, unit, zone, after, up): times of the column, a
 * timestamptz, are compared with the value.
 */
PG_FUNCTION_INFO_V1(ces_rollup_border_of_timestamptz);
Datum
ces_rollup_border_of_timestamptz(PG_FUNCTION_ARGS)
{
	Search search = {.unit = get_unit(PG_GETARG_TEXT_PP(1)), .zone = get_zone(PG_GETARG_TEXT_PP(2)), .up = PG_GETARG_BOOL(4)};
	Timestamp border;
	bool null;

	if (!is_at_end(&search, PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_BOOL(3), &border, &null))
		border = find_border(&search, ces_zone_local(search.zone, search.value), is_border_of_instant);
	if (null)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMP(border);
}

/*
 * _ces_rollup_session_border(value timestamptz, unit, after, up): times of the column, a
 * timestamp or date, are compared with the value, in the session's zone.
 */
PG_FUNCTION_INFO_V1(ces_rollup_session_border);
Datum
ces_rollup_session_border(PG_FUNCTION_ARGS)
{
	Search search = {.unit = get_unit(PG_GETARG_TEXT_PP(1)), .up = PG_GETARG_BOOL(3)};
	Timestamp border;
	bool null;

	if (!is_at_end(&search, PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_BOOL(2), &border, &null))
		border = find_border(&search, ces_zone_local(session_timezone, search.value), is_border_of_session);
	if (null)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMP(border);
}

/*
 * _ces_rollup_time(day, last): the first time of a day, or the last.  Days beyond the
 * range of timestamp are the last time there is.
 */
PG_FUNCTION_INFO_V1(ces_rollup_time_of_date);
Datum
ces_rollup_time_of_date(PG_FUNCTION_ARGS)
{
	DateADT day = PG_GETARG_DATEADT(0);
	bool last = PG_GETARG_BOOL(1);

	if (DATE_IS_NOBEGIN(day))
		PG_RETURN_TIMESTAMP(DT_NOBEGIN);
	if (DATE_IS_NOEND(day))
		PG_RETURN_TIMESTAMP(DT_NOEND);
	if (day >= END_TIMESTAMP / USECS_PER_DAY)
		PG_RETURN_TIMESTAMP(END_TIMESTAMP - 1);
	PG_RETURN_TIMESTAMP(day * USECS_PER_DAY + (last ? USECS_PER_DAY - 1 : 0));
}

/*
 * _ces_rollup_session_time(local): a time in the session's zone, as in comparisons of
 * timestamp and timestamptz.  Near the ends of time, the zone doesn't matter.
 */
PG_FUNCTION_INFO_V1(ces_rollup_session_time);
Datum
ces_rollup_session_time(PG_FUNCTION_ARGS)
{
	Timestamp local = PG_GETARG_TIMESTAMP(0);

	if (local < CES_FIRST_BORDER || local > CES_LAST_BORDER)
		PG_RETURN_TIMESTAMPTZ(local);
	PG_RETURN_TIMESTAMPTZ(ces_zone_instant(session_timezone, local));
}

/*
 * _ces_rollup_start(local, unit, zone): the first time of a bucket, or if the clock leaves
 * that out, another time in the bucket.
 */
PG_FUNCTION_INFO_V1(ces_rollup_start);
Datum
ces_rollup_start(PG_FUNCTION_ARGS)
{
	Timestamp local = PG_GETARG_TIMESTAMP(0);
	CesTimeUnit unit = get_unit(PG_GETARG_TEXT_PP(1));
	pg_tz *zone = get_zone(PG_GETARG_TEXT_PP(2));
	TimestampTz instant;
	CesTransition transition;

	if (TIMESTAMP_NOT_FINITE(local))
		PG_RETURN_TIMESTAMPTZ(local);
	instant = ces_zone_instant(zone, local);
	if (ces_unit_start(ces_zone_local(zone, instant), unit) == local)
		PG_RETURN_TIMESTAMPTZ(instant);
	/* The clock went on from before the bucket to a time in it. */
	for (TimestampTz at = local - 2 * USECS_PER_DAY; ces_zone_next(zone, at, &transition) && transition.at < local + 2 * USECS_PER_DAY; at = transition.at)
	{
		if (ces_unit_start(transition.at + transition.after, unit) == local)
			PG_RETURN_TIMESTAMPTZ(transition.at);
	}
	PG_RETURN_TIMESTAMPTZ(instant);
}
