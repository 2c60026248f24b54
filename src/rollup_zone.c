/*-------------------------------------------------------------------------
 *
 * rollup_zone.c
 *	  Units of time, and the time zones they are in.
 *
 * Each unit consists of whole units of those it nests in: all times of a day have the
 * same month.  Weeks nest in nothing.
 *
 * The clock of a zone isn't steady: in spring there is a gap, hours that no clock ever
 * shows, and in autumn an overlap, hours that it shows twice.  Zones that are known to
 * PostgreSQL go back to the local mean time of the nineteenth century, whose offsets from
 * UTC are odd, and some of them have left out or repeated a whole day.  The functions on
 * zones say what nevertheless holds for all times.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "parser/scansup.h"
#include "rollup_zone.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

/*
 * Units
 */

/* The unit that date_trunc() knows by a name: PostgreSQL's number for it, or -1. */
static int
decode_unit(const char *name)
{
	char *lower = downcase_truncate_identifier(name, (int) strlen(name), false);
	int value;

	return DecodeUnits(0, lower, &value) == UNITS ? value : -1;
}

/* The unit of a name, as in date_trunc(). */
bool
ces_unit_read(const char *name, CesTimeUnit *unit)
{
	switch (decode_unit(name))
	{
		case DTK_SECOND:
			*unit = CES_SECOND;
			return true;
		case DTK_MINUTE:
			*unit = CES_MINUTE;
			return true;
		case DTK_HOUR:
			*unit = CES_HOUR;
			return true;
		case DTK_DAY:
			*unit = CES_DAY;
			return true;
		case DTK_WEEK:
			*unit = CES_WEEK;
			return true;
		case DTK_MONTH:
			*unit = CES_MONTH;
			return true;
		case DTK_QUARTER:
			*unit = CES_QUARTER;
			return true;
		case DTK_YEAR:
			*unit = CES_YEAR;
			return true;
		default:
			return false;
	}
}

/* The name of a unit. */
const char *
ces_unit_name(CesTimeUnit unit)
{
	static const char *const names[] = {"second", "minute", "hour", "day", "week", "month", "quarter", "year"};

	return names[unit];
}

/* Is each unit of one kind within one of the other? */
bool
ces_unit_nests(CesTimeUnit inner, CesTimeUnit outer)
{
	if (inner == CES_WEEK)
		return outer == CES_WEEK;
	return inner <= outer;
}

/* The length of a unit, or 0 if it varies. */
int64
ces_unit_length(CesTimeUnit unit)
{
	switch (unit)
	{
		case CES_SECOND:
			return USECS_PER_SEC;
		case CES_MINUTE:
			return USECS_PER_MINUTE;
		case CES_HOUR:
			return USECS_PER_HOUR;
		case CES_DAY:
			return USECS_PER_DAY;
		case CES_WEEK:
			return 7 * USECS_PER_DAY;
		default:
			return 0;
	}
}

/* The number of months of a unit of months. */
static int
months_of(CesTimeUnit unit)
{
	return unit == CES_MONTH ? 1 : unit == CES_QUARTER ? 3 :
														 12;
}

/* The beginning of a month, counted from the year 0. */
static Timestamp
start_of_month(int month)
{
	int year = (month >= 0 ? month : month - 11) / 12;

	return (date2j(year, month - year * 12 + 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

/* The fields of a time, and with a zone those of its clock and how far west that is of UTC. */
static void
get_fields(Timestamp time, pg_tz *zone, struct pg_tm *tm, int *west)
{
	fsec_t fraction;

	if (timestamp2tm(time, west, tm, &fraction, NULL, zone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
}

/* The month of a time, counted from the year 0. */
static int
month_of(Timestamp time)
{
	struct pg_tm tm;

	get_fields(time, NULL, &tm, NULL);
	return tm.tm_year * 12 + tm.tm_mon - 1;
}

/* What is left of a time after whole units of a length; never negative. */
static int64
rest_of(int64 time, int64 length)
{
	int64 rest = time % length;

	return rest < 0 ? rest + length : rest;
}

/* The beginning of the unit that a finite time is in, as date_trunc() gives it. */
Timestamp
ces_unit_start(Timestamp time, CesTimeUnit unit)
{
	/* 3 January 2000 was a Monday. */
	if (unit == CES_WEEK)
		return time - rest_of(time - 2 * USECS_PER_DAY, 7 * USECS_PER_DAY);
	if (unit < CES_WEEK)
		return time - rest_of(time, ces_unit_length(unit));
	else
	{
		int month = month_of(time);

		return start_of_month((int) (month - rest_of(month, months_of(unit))));
	}
}

/* The beginning of the unit that is so many units later. */
Timestamp
ces_unit_add(Timestamp start, CesTimeUnit unit, int count)
{
	if (unit <= CES_WEEK)
		return start + count * ces_unit_length(unit);
	return start_of_month(month_of(start) + count * months_of(unit));
}

/*
 * What is the same for all times within a unit
 */

/* Is date_trunc(name, time)? */
bool
ces_unit_gives_trunc(CesTimeUnit unit, const char *name, bool *below_day)
{
	CesTimeUnit outer;

	*below_day = false;
	if (ces_unit_read(name, &outer))
	{
		*below_day = outer < CES_DAY;
		return ces_unit_nests(unit, outer);
	}
	switch (decode_unit(name))
	{
		case DTK_DECADE:
		case DTK_CENTURY:
		case DTK_MILLENNIUM:
			return ces_unit_nests(unit, CES_YEAR);
		default:
			return false;
	}
}

/* Is extract(name FROM time)?  Of the epoch, it is said only that it is asked for. */
bool
ces_unit_gives_field(CesTimeUnit unit, const char *name, bool *is_epoch)
{
	char *lower = downcase_truncate_identifier(name, (int) strlen(name), false);
	int value;
	int type = DecodeUnits(0, lower, &value);

	if (type == UNKNOWN_FIELD)
		type = DecodeSpecial(0, lower, &value);
	*is_epoch = type == RESERV && value == DTK_EPOCH;
	if (type != UNITS)
		return false;
	switch (value)
	{
		case DTK_MINUTE:
			return unit <= CES_MINUTE;
		case DTK_HOUR:
			return unit <= CES_HOUR;
		case DTK_DAY:
		case DTK_DOW:
		case DTK_ISODOW:
		case DTK_DOY:
			return unit <= CES_DAY;
		case DTK_WEEK:
		case DTK_ISOYEAR:
			return ces_unit_nests(unit, CES_WEEK);
		case DTK_MONTH:
			return ces_unit_nests(unit, CES_MONTH);
		case DTK_QUARTER:
			return ces_unit_nests(unit, CES_QUARTER);
		case DTK_YEAR:
		case DTK_DECADE:
		case DTK_CENTURY:
		case DTK_MILLENNIUM:
			return ces_unit_nests(unit, CES_YEAR);
		default:
			return false;
	}
}

/* A pattern of to_char(), and the coarsest unit that gives it */
typedef struct Pattern
{
	const char *text;
	CesTimeUnit unit;
} Pattern;

/*
 * Longer ones first where one begins another, as in PostgreSQL.  No pattern that is
 * missing here begins with one of these.
 */
static const Pattern patterns[] = {
	{"B.C.", CES_YEAR},
	{"A.D.", CES_YEAR},
	{"b.c.", CES_YEAR},
	{"a.d.", CES_YEAR},
	{"BC", CES_YEAR},
	{"AD", CES_YEAR},
	{"bc", CES_YEAR},
	{"ad", CES_YEAR},
	{"CC", CES_YEAR},
	{"cc", CES_YEAR},
	{"DAY", CES_DAY},
	{"Day", CES_DAY},
	{"day", CES_DAY},
	{"DDD", CES_DAY},
	{"ddd", CES_DAY},
	{"DD", CES_DAY},
	{"dd", CES_DAY},
	{"DY", CES_DAY},
	{"Dy", CES_DAY},
	{"dy", CES_DAY},
	{"D", CES_DAY},
	{"d", CES_DAY},
	{"IDDD", CES_DAY},
	{"iddd", CES_DAY},
	{"ID", CES_DAY},
	{"id", CES_DAY},
	{"IW", CES_WEEK},
	{"iw", CES_WEEK},
	{"IYYY", CES_WEEK},
	{"iyyy", CES_WEEK},
	{"IYY", CES_WEEK},
	{"iyy", CES_WEEK},
	{"IY", CES_WEEK},
	{"iy", CES_WEEK},
	{"I", CES_WEEK},
	{"i", CES_WEEK},
	{"J", CES_DAY},
	{"j", CES_DAY},
	{"MM", CES_MONTH},
	{"mm", CES_MONTH},
	{"MONTH", CES_MONTH},
	{"Month", CES_MONTH},
	{"month", CES_MONTH},
	{"MON", CES_MONTH},
	{"Mon", CES_MONTH},
	{"mon", CES_MONTH},
	{"Q", CES_QUARTER},
	{"q", CES_QUARTER},
	{"RM", CES_MONTH},
	{"rm", CES_MONTH},
	{"WW", CES_DAY},
	{"ww", CES_DAY},
	{"W", CES_DAY},
	{"w", CES_DAY},
	{"Y,YYY", CES_YEAR},
	{"y,yyy", CES_YEAR},
	{"YYYY", CES_YEAR},
	{"yyyy", CES_YEAR},
	{"YYY", CES_YEAR},
	{"yyy", CES_YEAR},
	{"YY", CES_YEAR},
	{"yy", CES_YEAR},
	{"Y", CES_YEAR},
	{"y", CES_YEAR},
};

/* The length of the first of these words that a text begins with, or 0. */
static int
begins_with(const char *text, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return (int) strlen(words[i]);
	}
	return 0;
}

/* The pattern that a text begins with, or NULL. */
static const Pattern *
pattern_at(const char *text)
{
	for (int i = 0; i < (int) lengthof(patterns); i++)
	{
		if (strncmp(text, patterns[i].text, strlen(patterns[i].text)) == 0)
			return &patterns[i];
	}
	return NULL;
}

/*
 * Is to_char(time, format)?  Letters that are no pattern are refused unless they are
 * quoted, although PostgreSQL would print them: they may be a pattern of another version.
 */
bool
ces_unit_gives_format(CesTimeUnit unit, const char *format)
{
	static const char *const prefixes[] = {"FM", "fm", "TM", "tm", "FX", "fx"};
	static const char *const suffixes[] = {"TH", "th", "SP"};

	if (strchr(format, '\\') != NULL)
		return false;
	while (*format != '\0')
	{
		const Pattern *pattern;

		if (*format == '"')
		{
			format = strchr(format + 1, '"');
			if (format == NULL)
				return true;
			format++;
			continue;
		}
		if (!(*format >= 'A' && *format <= 'Z') && !(*format >= 'a' && *format <= 'z'))
		{
			format++;
			continue;
		}
		format += begins_with(format, prefixes, lengthof(prefixes));
		pattern = pattern_at(format);
		if (pattern == NULL || !ces_unit_nests(unit, pattern->unit))
			return false;
		format += strlen(pattern->text);
		format += begins_with(format, suffixes, lengthof(suffixes));
	}
	return true;
}

/*
 * Zones
 */

/* What holds for all times of a zone */
typedef struct ZoneFacts
{
	pg_tz *zone; /* hash key; PostgreSQL keeps zones for ever */
	bool keeps_days;
	bool has_starts[CES_DAY + 1];
} ZoneFacts;

/* PostgreSQL counts seconds from 1970 in zones, and microseconds from 2000 elsewhere. */
#define EPOCH_DIFFERENCE ((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (int64) SECS_PER_DAY)

/* The second that a time is in. */
static pg_time_t
to_seconds(TimestampTz time)
{
	return (time - rest_of(time, USECS_PER_SEC)) / USECS_PER_SEC + EPOCH_DIFFERENCE;
}

/* Is a name an abbreviation?  AT TIME ZONE prefers these to zones of the same name. */
static bool
is_abbreviation(const char *name)
{
	int offset;
	pg_tz *zone;
#if PG_VERSION_NUM >= 160000
	return DecodeTimezoneName(name, &offset, &zone) != TZNAME_ZONE;
#else
	char *lower = downcase_truncate_identifier(name, (int) strlen(name), false);

	return DecodeTimezoneAbbrev(0, lower, &offset, &zone) != UNKNOWN_FIELD;
#endif
}

/*
 * The zone that AT TIME ZONE takes a name for, or NULL if that may be another later:
 * abbreviations are a matter of settings.  UTC and the like are fine, as the zone is the
 * same.
 */
pg_tz *
ces_zone_find(const char *name)
{
	pg_tz *zone;
	long offset;

	if (strlen(name) > TZ_STRLEN_MAX)
		return NULL;
	zone = pg_tzset(name);
	if (zone == NULL || !pg_tz_acceptable(zone))
		return NULL;
	if (is_abbreviation(name))
	{
		Timestamp local = DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(name), TimestampTzGetDatum(0)));

		if (!pg_get_timezone_offset(zone, &offset) || local != offset * USECS_PER_SEC)
			return NULL;
	}
	return zone;
}

/* Do the clocks of two zones always show the same? */
bool
ces_zone_same(pg_tz *a, pg_tz *b)
{
	long offset_a;
	long offset_b;

	return a == b || (pg_get_timezone_offset(a, &offset_a) && pg_get_timezone_offset(b, &offset_b) && offset_a == offset_b);
}

/* The next change of a zone's clock after a time, be it one of the offset or not. */
static bool
next_boundary(pg_tz *zone, pg_time_t after, CesTransition *transition, pg_time_t *boundary)
{
	/* A boundary itself may be found again, or hide all that follow. */
	for (pg_time_t from = after; from <= after + 1; from++)
	{
		long before_offset;
		long after_offset;
		int before_dst;
		int after_dst;

		if (pg_next_dst_boundary(&from, &before_offset, &before_dst, boundary, &after_offset, &after_dst, zone) == 1 &&
			*boundary > after)
		{
			/* Beyond the end of time, microseconds would overflow. */
			if (*boundary - EPOCH_DIFFERENCE >= END_TIMESTAMP / USECS_PER_SEC)
				return false;
			transition->at = (*boundary - EPOCH_DIFFERENCE) * USECS_PER_SEC;
			transition->before = before_offset * USECS_PER_SEC;
			transition->after = after_offset * USECS_PER_SEC;
			return true;
		}
	}
	return false;
}

/* The next change of a zone's offset after a time; false if there is none. */
bool
ces_zone_next(pg_tz *zone, TimestampTz after, CesTransition *transition)
{
	pg_time_t from = to_seconds(after);

	while (next_boundary(zone, from, transition, &from))
	{
		if (transition->before != transition->after)
			return true;
	}
	return false;
}

/* What the clock of a zone shows at a time, which is not near the ends of time. */
Timestamp
ces_zone_local(pg_tz *zone, TimestampTz instant)
{
	struct pg_tm tm;
	int west;

	get_fields(instant, zone, &tm, &west);
	return instant - west * USECS_PER_SEC;
}

/* The time that PostgreSQL takes a clock's time for; not near the ends of time. */
TimestampTz
ces_zone_instant(pg_tz *zone, Timestamp local)
{
	struct pg_tm tm;

	get_fields(local, NULL, &tm, NULL);
	return local + DetermineTimeZoneOffset(&tm, zone) * USECS_PER_SEC;
}

/* The clock of a zone moves on by more than time passes. */
static void
learn_from_gap(ZoneFacts *facts, const CesTransition *transition)
{
	int64 gap = transition->after - transition->before;
	Timestamp end = transition->at + transition->after;
	Timestamp begin = transition->at + transition->before;

	/* PostgreSQL takes times in the gap for ones that are later by its length. */
	if (ces_unit_start(end + gap - 1, CES_DAY) > begin)
		facts->keeps_days = false;
	for (CesTimeUnit unit = CES_SECOND; unit <= CES_DAY; unit++)
	{
		if (gap >= ces_unit_length(unit) && ces_unit_start(end, unit) != end)
			facts->has_starts[unit] = false;
	}
}

/* Work out what holds for all times of a zone. */
static void
learn_facts(ZoneFacts *facts)
{
	CesTransition transition;
	TimestampTz last = CES_FIRST_BORDER;
	int count = 0;

	facts->keeps_days = true;
	memset(facts->has_starts, true, sizeof(facts->has_starts));
	/* Rules repeat every 400 years. */
	while (ces_zone_next(facts->zone, last, &transition) && transition.at < INT64CONST(366000) * USECS_PER_DAY)
	{
		bool hasty = count > 0 && transition.at - last < 3 * USECS_PER_DAY;

		if (transition.at < CES_FIRST_BORDER + INT64CONST(366000) * USECS_PER_DAY || hasty || ++count > 10000)
		{
			/* Nothing is known of clocks like this. */
			facts->keeps_days = false;
			memset(facts->has_starts, false, sizeof(facts->has_starts));
			return;
		}
		if (transition.after > transition.before)
			learn_from_gap(facts, &transition);
		last = transition.at;
	}
}

/* What holds for all times of a zone, kept for the session. */
static const ZoneFacts *
facts_of(pg_tz *zone)
{
	static HTAB *zones = NULL;
	ZoneFacts *facts;
	bool found;

	if (zones == NULL)
	{
		HASHCTL control = {.keysize = sizeof(pg_tz *), .entrysize = sizeof(ZoneFacts)};

		zones = hash_create("time zones of rollups", 8, &control, HASH_ELEM | HASH_BLOBS);
	}
	facts = hash_search(zones, &zone, HASH_FIND, NULL);
	if (facts == NULL)
	{
		ZoneFacts learnt = {.zone = zone};

		learn_facts(&learnt);
		facts = hash_search(zones, &zone, HASH_ENTER, &found);
		*facts = learnt;
	}
	return facts;
}

/*
 * Has a zone one offset between two times?  Infinite times mean always.
 */
bool
ces_zone_fixed(pg_tz *zone, TimestampTz from, TimestampTz until, int64 *offset)
{
	CesTransition transition;
	long seconds;

	if (pg_get_timezone_offset(zone, &seconds))
	{
		*offset = seconds * USECS_PER_SEC;
		return true;
	}
	if (from < CES_FIRST_BORDER || until > CES_LAST_BORDER || from > until)
		return false;
	if (ces_zone_next(zone, from, &transition) && transition.at <= until)
		return false;
	*offset = ces_zone_local(zone, from) - from;
	return true;
}

/* Does a zone between two times begin each of its units of a length when one in UTC begins? */
bool
ces_zone_on_grid(pg_tz *zone, TimestampTz from, TimestampTz until, int64 length)
{
	CesTransition transition;
	int64 offset;

	if (ces_zone_fixed(zone, from, until, &offset))
		return offset % length == 0;
	if (from < CES_FIRST_BORDER || until > CES_LAST_BORDER || from > until)
		return false;
	for (TimestampTz last = from; ces_zone_next(zone, last, &transition) && transition.at <= until; last = transition.at)
	{
		if (transition.at % length != 0 || transition.before % length != 0 || transition.after % length != 0)
			return false;
	}
	return true;
}

/* Is the day of a local time always the same after it was a timestamptz? */
bool
ces_zone_keeps_days(pg_tz *zone)
{
	return facts_of(zone)->keeps_days;
}

/* Is the beginning of each unit in the unit after it was a timestamptz? */
bool
ces_zone_has_starts(pg_tz *zone, CesTimeUnit unit)
{
	return facts_of(zone)->has_starts[Min(unit, CES_DAY)];
}
