/*-------------------------------------------------------------------------
 *
 * episodes.c
 *	  The contacts of a customer: did one lead to another, which belong together,
 *	  and how often did something change from one to the next?
 *
 * Times are compared, not rows: contacts at the same time don't follow one another, in
 * whatever order PostgreSQL reads them.  It takes one pass over a partition, whatever its
 * size, in which one place goes ahead of the current row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "calls.h"
#include "compat.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "windowapi.h"

/*
 * What the functions need to know of the type of a time.  The three types have one
 * order: a date is its midnight.
 */
typedef struct TimeType
{
	PGFunction to_timestamp; /* NULL if it is one */
	PGFunction from_timestamp;
	PGFunction plus_interval; /* of the timestamp */
	PGFunction out; /* of the type itself */
	const char *now;
} TimeType;

static const TimeType with_zone = {NULL, NULL, timestamptz_pl_interval, timestamptz_out, "now()"};
static const TimeType without_zone = {NULL, NULL, timestamp_pl_interval, timestamp_out, "localtimestamp"};
static const TimeType day = {date_timestamp, timestamp_date, timestamp_pl_interval, date_out, "current_date"};

/* An argument that is an interval, and what to tell those who pass a wrong one. */
typedef struct Duration
{
	int argument;
	const char *name;
	const char *hint;
} Duration;

static const Duration within_duration = {1, "within", "Write how long a follow-up may take, such as within => '7 days'."};
static const Duration leg_duration = {3, "leg", "Write how soon a contact is part of the one before, such as leg => '15 minutes'."};
static const Duration gap_duration = {1, "gap", "Write how long a pause within an episode may take, such as gap => '7 days'."};

/* The first contact of the partition that is later than a time. */
typedef struct NextContact
{
	bool is_found; /* false before the first row has looked for one */
	bool is_none; /* there is no such contact: the row is the one after the last */
	bool is_in_order; /* the window is known to have an order for times */
	int64 row;
	TimestampTz time;
	TimestampTz after; /* the time than which it is later */
} NextContact;

/* The contact of the row before, and the number of its episode. */
typedef struct Episode
{
	int64 number; /* 0 before the first row */
	bool is_in_order; /* the window is known to have an order for times */
	TimestampTz time;
} Episode;

/* A value of this type as a timestamp, with time zone or without. */
static inline TimestampTz
timestamp_of(const TimeType *type, Datum value)
{
	if (type->to_timestamp != NULL)
		value = DirectFunctionCall1(type->to_timestamp, value);
	return DatumGetTimestampTz(value);
}

/* The text of a value, given as a timestamp. */
static char *
text_of_time(const TimeType *type, TimestampTz time)
{
	Datum value = TimestampTzGetDatum(time);

	if (type->from_timestamp != NULL)
		value = DirectFunctionCall1(type->from_timestamp, value);
	return DatumGetCString(DirectFunctionCall1(type->out, value));
}

/* The text of an interval. */
static char *
text_of_interval(const Interval *interval)
{
	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)));
}

/* A time and an interval later, as the operator + has it. */
static inline TimestampTz
plus(const TimeType *type, TimestampTz time, const Interval *interval)
{
	return DatumGetTimestampTz(DirectFunctionCall2(type->plus_interval, TimestampTzGetDatum(time),
												   IntervalPGetDatum(interval)));
}

static inline bool
is_zero(const Interval *interval)
{
	return interval->time == 0 && interval->day == 0 && interval->month == 0;
}

static inline bool
has_negative_part(const Interval *interval)
{
	return interval->time < 0 || interval->day < 0 || interval->month < 0;
}

/* A contact without a time follows nothing, and nothing follows it. */
pg_noreturn static void
report_null_time(FunctionCallInfo fcinfo)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("time of a contact must not be null"),
			 errhint("Leave such contacts out: WHERE %s IS NOT NULL.",
					 ces_window_argument_text(fcinfo, 0, "YOUR_TIME"))));
}

/* The rows of the partition don't come in the order of their times. */
pg_noreturn static void
report_unordered(FunctionCallInfo fcinfo, const TimeType *type, TimestampTz time, TimestampTz next)
{
	ereport(ERROR,
			(errcode(ERRCODE_WINDOWING_ERROR),
			 errmsg("times of contacts are not in ascending order"),
			 errdetail("A contact at %s is followed by one at %s.", text_of_time(type, time), text_of_time(type, next)),
			 errhint("Write OVER (PARTITION BY YOUR_CUSTOMER ORDER BY %s).",
					 ces_window_argument_text(fcinfo, 0, "YOUR_TIME"))));
}

/*
 * Raise an error if the window has no order for this row and the one before, which are at
 * different times: then it has no ORDER BY, or another one, and the times are in order by luck.
 */
static void
check_window_order(FunctionCallInfo fcinfo, const TimeType *type, int64 row, TimestampTz before, TimestampTz time)
{
	if (WinRowsArePeers(PG_WINDOW_OBJECT(), row - 1, row))
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("%s needs an ORDER BY", get_func_name(fcinfo->flinfo->fn_oid)),
				 errdetail("The window has no order for contacts at %s and at %s.", text_of_time(type, before), text_of_time(type, time)),
				 errhint("Write OVER (PARTITION BY YOUR_CUSTOMER ORDER BY %s).",
						 ces_window_argument_text(fcinfo, 0, "YOUR_TIME"))));
}

/* The time of the contact in the current row. */
static TimestampTz
current_time(FunctionCallInfo fcinfo, const TimeType *type)
{
	bool is_null;
	Datum value = WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), 0, &is_null);

	if (is_null)
		report_null_time(fcinfo);
	return timestamp_of(type, value);
}

/* The argument "until" in the current row. */
static TimestampTz
current_until(FunctionCallInfo fcinfo, const TimeType *type)
{
	bool is_null;
	Datum value = WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), 2, &is_null);

	if (is_null)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"until\" must not be null"),
				 errhint("Write the time before which all contacts are known, such as until => %s.", type->now)));
	return timestamp_of(type, value);
}

/* An interval in the current row, which has no negative part. */
static const Interval *
current_duration(FunctionCallInfo fcinfo, const Duration *duration, bool may_be_zero)
{
	bool is_null;
	Datum value = WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), duration->argument, &is_null);
	const Interval *interval;

	if (is_null)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", duration->name),
				 errhint("%s", duration->hint)));
	interval = DatumGetIntervalP(value);
	if (has_negative_part(interval))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not have a negative part", duration->name),
				 errdetail("It is %s.", text_of_interval(interval)),
				 errhint("%s", duration->hint)));
	if (is_zero(interval) && !may_be_zero)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be longer than 0", duration->name),
				 errhint("%s", duration->hint)));
	return interval;
}

/* A contact can't be part of the one before for as long as it may follow it. */
static void
check_leg(const Interval *leg, const Interval *within)
{
	if (DatumGetBool(DirectFunctionCall2(interval_ge, IntervalPGetDatum(leg), IntervalPGetDatum(within))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"leg\" must be shorter than argument \"within\""),
				 errdetail("They are %s and %s, where a month counts as 30 days.", text_of_interval(leg), text_of_interval(within)),
				 errhint("Leave leg out, or write a longer within.")));
}

/* Memory for what it takes to read one contact, so that it doesn't add up over those read for one row. */
static MemoryContext
memory_of_reading(FunctionCallInfo fcinfo)
{
	FmgrInfo *function = fcinfo->flinfo;

	if (function->fn_extra == NULL)
		function->fn_extra = AllocSetContextCreate(function->fn_mcxt, "contact", ALLOCSET_SMALL_SIZES);
	return function->fn_extra;
}

/* Read the time of the contact in some row of the partition.  False if there is no such row. */
static bool
read_time(FunctionCallInfo fcinfo, const TimeType *type, int64 row, TimestampTz *time)
{
	WindowObject window = PG_WINDOW_OBJECT();
	MemoryContext memory = memory_of_reading(fcinfo);
	MemoryContext caller = MemoryContextSwitchTo(memory);
	bool is_null;
	bool is_out;
	Datum value;

	CHECK_FOR_INTERRUPTS();
	value = WinGetFuncArgInPartition(window, 0, (int) (row - WinGetCurrentPosition(window)),
									 WINDOW_SEEK_CURRENT, false, &is_null, &is_out);
	MemoryContextSwitchTo(caller);
	if (!is_out && is_null)
		report_null_time(fcinfo);
	if (!is_out)
		*time = timestamp_of(type, value);
	MemoryContextReset(memory);
	return !is_out;
}

/* Go to the contact in the next row, which must not be earlier. */
static void
step_forward(FunctionCallInfo fcinfo, const TimeType *type, NextContact *next)
{
	TimestampTz time;

	next->is_none = !read_time(fcinfo, type, ++next->row, &time);
	if (next->is_none)
		return;
	if (time < next->time)
		report_unordered(fcinfo, type, next->time, time);
	if (time > next->time && !next->is_in_order)
	{
		check_window_order(fcinfo, type, next->row, next->time, time);
		next->is_in_order = true;
	}
	next->time = time;
}

/* Go back to the first contact later than a time, if that is in a row before, but not before this one. */
static void
step_back(FunctionCallInfo fcinfo, const TimeType *type, NextContact *next, TimestampTz after, int64 first)
{
	TimestampTz time;

	while (next->row > first && read_time(fcinfo, type, next->row - 1, &time) && time > after)
	{
		next->row--;
		next->time = time;
		next->is_none = false;
	}
}

/*
 * The first contact that is later than a time, which is that of the current contact, or
 * later.  From one row to the next, that contact is mostly the same one, or the one after it.  It
 * is an earlier one only where the calendar goes back (30 January and a month is later in
 * the day than 31 January and a month), or where the query wants it.
 */
static const NextContact *
find_next(FunctionCallInfo fcinfo, const TimeType *type, TimestampTz at, TimestampTz after)
{
	WindowObject window = PG_WINDOW_OBJECT();
	NextContact *next = WinGetPartitionLocalMemory(window, sizeof(NextContact));
	int64 current = WinGetCurrentPosition(window);

	if (!next->is_found)
		*next = (NextContact){.is_found = true, .row = current, .time = at, .after = after};
	else if (after < next->after)
		step_back(fcinfo, type, next, after, current + 1);
	next->after = after;
	if (next->is_none || (next->row > current && next->time > after))
		return next;

	/* Only here: where the partition is on disk, going to the mark and back takes longer than all else. */
	WinSetMarkPosition(window, current);
	while (!next->is_none && (next->row <= current || next->time <= after))
		step_forward(fcinfo, type, next);
	return next;
}

/*
 * Did the contact in the current row lead to another one within a time, and later than
 * the legs of the same contact?  NULL if that time isn't over.
 */
static Datum
repeated(FunctionCallInfo fcinfo, const TimeType *type)
{
	TimestampTz at;
	TimestampTz until;
	TimestampTz after;
	TimestampTz last;
	const Interval *within;
	const Interval *leg;
	const NextContact *next;

	ces_check_window(fcinfo);
	at = current_time(fcinfo, type);
	within = current_duration(fcinfo, &within_duration, false);
	until = current_until(fcinfo, type);
	leg = current_duration(fcinfo, &leg_duration, true);
	after = at;
	if (!is_zero(leg))
	{
		check_leg(leg, within);
		after = Max(plus(type, at, leg), at);
	}
	next = find_next(fcinfo, type, at, after);
	last = plus(type, at, within);
	if (last >= until)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(!next->is_none && next->time <= last);
}

/* ces_repeated(at, within, until, leg) */
PG_FUNCTION_INFO_V1(ces_repeated_timestamptz);
Datum
ces_repeated_timestamptz(PG_FUNCTION_ARGS)
{
	return repeated(fcinfo, &with_zone);
}

/* The same of times without a time zone. */
PG_FUNCTION_INFO_V1(ces_repeated_timestamp);
Datum
ces_repeated_timestamp(PG_FUNCTION_ARGS)
{
	return repeated(fcinfo, &without_zone);
}

/* The same of days. */
PG_FUNCTION_INFO_V1(ces_repeated_date);
Datum
ces_repeated_date(PG_FUNCTION_ARGS)
{
	return repeated(fcinfo, &day);
}

/* The number of the episode to which the contact in the current row belongs. */
static Datum
episode(FunctionCallInfo fcinfo, const TimeType *type)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Episode *last;
	TimestampTz at;
	const Interval *gap;

	ces_check_window(fcinfo);
	last = WinGetPartitionLocalMemory(window, sizeof(Episode));
	at = current_time(fcinfo, type);
	gap = current_duration(fcinfo, &gap_duration, true);
	if (last->number > 0 && at < last->time)
		report_unordered(fcinfo, type, last->time, at);
	if (last->number > 0 && at > last->time && !last->is_in_order)
	{
		check_window_order(fcinfo, type, WinGetCurrentPosition(window), last->time, at);
		last->is_in_order = true;
	}
	if (last->number == 0 || at > plus(type, last->time, gap))
		last->number++;
	last->time = at;
	WinSetMarkPosition(window, WinGetCurrentPosition(window));
	PG_RETURN_INT64(last->number);
}

/* ces_episode(at, gap) */
PG_FUNCTION_INFO_V1(ces_episode_timestamptz);
Datum
ces_episode_timestamptz(PG_FUNCTION_ARGS)
{
	return episode(fcinfo, &with_zone);
}

/* The same of times without a time zone. */
PG_FUNCTION_INFO_V1(ces_episode_timestamp);
Datum
ces_episode_timestamp(PG_FUNCTION_ARGS)
{
	return episode(fcinfo, &without_zone);
}

/* The same of days. */
PG_FUNCTION_INFO_V1(ces_episode_date);
Datum
ces_episode_date(PG_FUNCTION_ARGS)
{
	return episode(fcinfo, &day);
}

/*
 * How to compare and copy the values of a call of ces_switches.  In the memory of the
 * function, for all groups.
 */
typedef struct ValueType
{
	FmgrInfo equals;
	int16 length;
	bool is_by_value;
} ValueType;

/* The last value of a group, and how often it has changed.  In the memory of the aggregate. */
typedef struct Switches
{
	bool has_value;
	int64 count;
	Datum value;
} Switches;

/* Are the rows of the aggregate or of the window in an order that the query has chosen? */
static bool
has_order(FunctionCallInfo fcinfo)
{
	const Aggref *call = AggGetAggref(fcinfo);
	ListCell *cell;

	foreach (cell, call != NULL ? call->aggorder : NIL)
	{
		/* A constant, such as a name in quotes or a number, orders nothing. */
		if (!IsA(get_sortgroupclause_expr(lfirst(cell), call->args), Const))
			return true;
	}
	return call == NULL && ces_is_in_window(fcinfo) &&
		   castNode(WindowAgg, castNode(WindowAggState, fcinfo->context)->ss.ps.plan)->ordNumCols > 0;
}

/* Without ORDER BY, the result would hang on the order in which PostgreSQL happens to read the rows. */
static void
check_order(FunctionCallInfo fcinfo)
{
	const char *hint = "Write OVER (PARTITION BY YOUR_CUSTOMER ORDER BY YOUR_TIME).";

	if (has_order(fcinfo))
		return;
	if (!ces_is_in_window(fcinfo))
	{
		const char *value = ces_argument_text(fcinfo, ces_called_aggregate(fcinfo, 1), 0, "YOUR_COLUMN");

		hint = psprintf("Write %sces_switches(%s ORDER BY YOUR_TIME).", ces_schema_prefix(fcinfo), value);
	}
	ereport(ERROR,
			(errcode(ERRCODE_WINDOWING_ERROR),
			 errmsg("ces_switches needs an ORDER BY"),
			 errdetail("How often a value changes depends on the order of the rows."),
			 errhint("%s", hint)));
}

/* What there is to know of the type of the values, looked up in the first call. */
static ValueType *
type_of_values(FunctionCallInfo fcinfo)
{
	FmgrInfo *function = fcinfo->flinfo;
	ValueType *values = function->fn_extra;
	const TypeCacheEntry *entry;
	Oid type;

	if (values != NULL)
		return values;
	check_order(fcinfo);
	type = get_fn_expr_argtype(function, 1);
	entry = lookup_type_cache(type, TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(entry->eq_opr_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for type %s", format_type_be(type))));
	values = MemoryContextAllocZero(function->fn_mcxt, sizeof(ValueType));
	fmgr_info_cxt(entry->eq_opr_finfo.fn_oid, &values->equals, function->fn_mcxt);
	values->length = entry->typlen;
	values->is_by_value = entry->typbyval;
	function->fn_extra = values;
	return values;
}

/* Keep a value in the memory of the aggregate, in place of the one before. */
static void
keep_value(Switches *switches, const ValueType *type, Datum value)
{
	MemoryContext caller = MemoryContextSwitchTo(GetMemoryChunkContext(switches));
	Datum before = switches->value;

	/* Decompressed once, rather than in each comparison. */
	if (type->length == -1)
		switches->value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	else
		switches->value = datumCopy(value, type->is_by_value, type->length);
	if (switches->has_value && !type->is_by_value)
		pfree(DatumGetPointer(before));
	switches->has_value = true;
	MemoryContextSwitchTo(caller);
}

/* Transition function of ces_switches(value): (state, value). */
PG_FUNCTION_INFO_V1(ces_switches_accum);
Datum
ces_switches_accum(PG_FUNCTION_ARGS)
{
	MemoryContext memory = CurrentMemoryContext;
	ValueType *type = type_of_values(fcinfo);
	Switches *switches;
	Datum value;
	bool is_first;

	AggCheckCallContext(fcinfo, &memory);
	if (PG_ARGISNULL(0))
		switches = MemoryContextAllocZero(memory, sizeof(Switches));
	else
		switches = (Switches *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(switches);
	value = PG_GETARG_DATUM(1);
	is_first = !switches->has_value;
	if (!is_first && DatumGetBool(FunctionCall2Coll(&type->equals, PG_GET_COLLATION(), switches->value, value)))
		PG_RETURN_POINTER(switches);
	keep_value(switches, type, value);
	if (!is_first)
		switches->count++;
	PG_RETURN_POINTER(switches);
}

/* Its final function.  NULL if there was no value. */
PG_FUNCTION_INFO_V1(ces_switches_final);
Datum
ces_switches_final(PG_FUNCTION_ARGS)
{
	const Switches *switches = PG_ARGISNULL(0) ? NULL : (const Switches *) PG_GETARG_POINTER(0);

	check_order(fcinfo);
	if (switches == NULL || !switches->has_value)
		PG_RETURN_NULL();
	PG_RETURN_INT64(switches->count);
}
