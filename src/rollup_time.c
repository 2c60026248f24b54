/*-------------------------------------------------------------------------
 *
 * rollup_time.c
 *	  Keys of rollups that stand for a span of time.
 *
 * A key such as date_trunc('day', answered_at) stands for all times of a day: a bucket.
 * Queries use other expressions of the column.  Those that are the same for all times of
 * a bucket can be taken from any time in it: its beginning.  A condition that splits time
 * in two does so between buckets, except for the bucket that it splits.
 *
 * Functions are recognized by their OIDs, so that nothing of a user's is taken for one of
 * PostgreSQL's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parse_agg.h"
#include "rewrite/rewriteManip.h"
#include "rollup.h"
#include "rollup_time.h"
#include "rollup_zone.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/*
 * Parts of expressions
 */

/* The value of an expression that is a constant, or becomes one; NULL if it isn't. */
static const Const *
constant_of(const Node *node)
{
	if (!IsA(node, Const))
		node = eval_const_expressions(NULL, copyObject(unconstify(Node *, node)));
	return IsA(node, Const) && !((const Const *) node)->constisnull ? (const Const *) node : NULL;
}

/* The text that an argument is, or NULL if it is no constant. */
static const char *
text_of(const List *arguments, int argument)
{
	const Const *constant = constant_of(list_nth(arguments, argument));

	return constant != NULL && constant->consttype == TEXTOID ? TextDatumGetCString(constant->constvalue) : NULL;
}

/* The zone that an argument names, or NULL if there is none that is sure. */
static pg_tz *
zone_of(const List *arguments, int argument)
{
	const char *name = text_of(arguments, argument);

	return name != NULL ? ces_zone_find(name) : NULL;
}

/* An expression without casts that change nothing.  Those with a precision have been simplified away. */
static const Node *
without_casts(const Node *node)
{
	while (IsA(node, RelabelType))
		node = (const Node *) castNode(RelabelType, unconstify(Node *, node))->arg;
	return node;
}

/* Does an expression have columns of this level of the query? */
static bool
has_columns(const Node *node)
{
	return contain_vars_of_level(unconstify(Node *, node), 0);
}

/* Calls of PostgreSQL's functions */
static Expr *
call1(Oid function, Oid type, Expr *argument)
{
	return (Expr *) makeFuncExpr(function, type, list_make1(argument), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

static Expr *
text_constant(const char *text)
{
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, CStringGetTextDatum(text), false, false);
}

static Expr *
bool_constant(bool value)
{
	return (Expr *) makeBoolConst(value, false);
}

/* A local time as a timestamptz, or back. */
static Expr *
at_time_zone(const char *zone, Expr *time)
{
	bool local = exprType((Node *) time) == TIMESTAMPOID;

	return (Expr *) makeFuncExpr(local ? F_TIMEZONE_TEXT_TIMESTAMP : F_TIMEZONE_TEXT_TIMESTAMPTZ,
								 local ? TIMESTAMPTZOID : TIMESTAMPOID,
								 list_make2(text_constant(zone), time), InvalidOid, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

/*
 * The extension's functions that times are worked out with
 */

static Oid
border_function(Oid type)
{
	Oid types[] = {type, TEXTOID, TEXTOID, BOOLOID, BOOLOID};

	return ces_own_function("_ces_rollup_border", lengthof(types), types);
}

static Oid
session_border_function(void)
{
	Oid types[] = {TIMESTAMPTZOID, TEXTOID, BOOLOID, BOOLOID};

	return ces_own_function("_ces_rollup_session_border", lengthof(types), types);
}

static Oid
time_function(void)
{
	Oid types[] = {DATEOID, BOOLOID};

	return ces_own_function("_ces_rollup_time", lengthof(types), types);
}

static Oid
session_time_function(void)
{
	Oid types[] = {TIMESTAMPOID};

	return ces_own_function("_ces_rollup_session_time", lengthof(types), types);
}

static Oid
start_function(void)
{
	Oid types[] = {TIMESTAMPOID, TEXTOID, TEXTOID};

	return ces_own_function("_ces_rollup_start", lengthof(types), types);
}

/* Are all of them there? */
static bool
has_functions(void)
{
	return OidIsValid(border_function(TIMESTAMPOID)) && OidIsValid(border_function(TIMESTAMPTZOID)) &&
		   OidIsValid(session_border_function()) && OidIsValid(time_function()) && OidIsValid(session_time_function()) && OidIsValid(start_function());
}

/*
 * Keys
 */

/* A key that is being read, from the inside out */
typedef struct Reading
{
	CesBucket *bucket;
	bool has_unit;
	bool has_instant; /* the beginning of a unit became a timestamptz */
} Reading;

/* The key is cut off to a unit, after it may have been to another. */
static bool
apply_unit(Reading *reading, CesTimeUnit unit)
{
	CesBucket *bucket = reading->bucket;

	if (!reading->has_unit || ces_unit_nests(bucket->unit, unit))
		bucket->unit = unit;
	else if (!ces_unit_nests(unit, bucket->unit))
		return false;
	reading->has_unit = true;
	return true;
}

/* The key is cut off to a unit that is an argument. */
static bool
apply_named_unit(Reading *reading, const List *arguments)
{
	const char *name = text_of(arguments, 0);
	CesTimeUnit unit;

	return name != NULL && ces_unit_read(name, &unit) && apply_unit(reading, unit);
}

/* A zone in a key: all must be the same. */
static bool
apply_zone(Reading *reading, const List *arguments, int argument)
{
	const char *name = text_of(arguments, argument);
	pg_tz *zone = name != NULL ? ces_zone_find(name) : NULL;

	if (zone == NULL)
		return false;
	if (reading->bucket->zone == NULL)
		reading->bucket->zone = name;
	return ces_zone_find(reading->bucket->zone) == zone;
}

/* Read a key. */
static bool
read_key(Reading *reading, const Node *node)
{
	const FuncExpr *call;

	check_stack_depth();
	node = without_casts(node);
	if (IsA(node, Var))
	{
		const Var *column = (const Var *) node;

		reading->bucket->time = column;
		return column->varlevelsup == 0 &&
			   (column->vartype == DATEOID || column->vartype == TIMESTAMPOID || column->vartype == TIMESTAMPTZOID);
	}
	if (!IsA(node, FuncExpr))
		return false;
	call = (const FuncExpr *) node;
	switch (call->funcid)
	{
		case F_TIMESTAMP_DATE:
			return read_key(reading, linitial(call->args));
		case F_TIMESTAMP_TIMESTAMP_INT4:
		case F_TIMESTAMPTZ_TIMESTAMPTZ_INT4:
			/* The beginning of a unit has no fraction that could be rounded. */
			return read_key(reading, linitial(call->args)) && reading->has_unit;
		case F_DATE_TIMESTAMP:
			return read_key(reading, linitial(call->args)) && apply_unit(reading, CES_DAY);
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
			return read_key(reading, lsecond(call->args)) && apply_named_unit(reading, call->args);
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
			return read_key(reading, lsecond(call->args)) && apply_zone(reading, call->args, 0);
		case F_TIMEZONE_TEXT_TIMESTAMP:
			reading->has_instant = true;
			return read_key(reading, lsecond(call->args)) && reading->has_unit && reading->bucket->zone != NULL &&
				   apply_zone(reading, call->args, 0);
		default:
			return false;
	}
}

/* Is the beginning of each bucket in it when it is a value of the column's type? */
static bool
has_starts(const CesBucket *bucket)
{
	return bucket->zone == NULL || ces_zone_has_starts(ces_zone_find(bucket->zone), bucket->unit);
}

/* Does a key stand for all times of a bucket?  If so, describe it. */
bool
ces_bucket_read(const Expr *key, CesBucket *bucket)
{
	Reading reading = {.bucket = bucket};

	memset(bucket, 0, sizeof(*bucket));
	bucket->from = DT_NOBEGIN;
	bucket->until = DT_NOEND;
	if (IsA(without_casts((const Node *) key), Var) || !has_functions() || !read_key(&reading, (const Node *) key))
		return false;
	bucket->key_type = exprType((const Node *) key);
	if (bucket->time->vartype == DATEOID && (!reading.has_unit || bucket->unit < CES_DAY))
		bucket->unit = CES_DAY;
	else if (!reading.has_unit)
		return false;
	return !reading.has_instant || has_starts(bucket);
}

/*
 * A time in the bucket, of the column's type: its beginning, or if that is in a gap of the
 * clock, a later one.
 */
Expr *
ces_bucket_start(const CesBucket *bucket, Expr *key_column)
{
	if (bucket->key_type == bucket->time->vartype)
		return key_column;
	if (bucket->time->vartype == DATEOID)
		return call1(F_DATE_TIMESTAMP, DATEOID, key_column);
	if (bucket->key_type == DATEOID)
		key_column = call1(F_TIMESTAMP_DATE, TIMESTAMPOID, key_column);
	if (bucket->zone == NULL)
		return key_column;
	if (has_starts(bucket))
		return at_time_zone(bucket->zone, key_column);
	return (Expr *) makeFuncExpr(start_function(), TIMESTAMPTZOID,
								 list_make3(key_column, text_constant(ces_unit_name(bucket->unit)), text_constant(bucket->zone)),
								 InvalidOid, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

/*
 * Expressions that a bucket determines
 */

typedef enum ShapeKind
{
	SHAPE_OTHER, /* nothing is known */
	SHAPE_CONSTANT, /* it has no columns */
	SHAPE_SAME, /* it is the same for all times of a bucket */
	SHAPE_LOCAL, /* a date or timestamp; its unit is the same for all times of a bucket */
	SHAPE_INSTANT, /* a timestamptz, which is that by the clock of a zone */
	SHAPE_EPOCH, /* seconds since 1970, whose unit is the same likewise */
	SHAPE_QUOTIENT, /* seconds since 1970, divided by a multiple of that unit */
} ShapeKind;

/* How an expression depends on the time */
typedef struct Shape
{
	ShapeKind kind;
	CesTimeUnit unit;
	pg_tz *zone; /* of SHAPE_INSTANT */
	bool shifted; /* not within the times that the query asks for */
} Shape;

/* An expression that is looked at */
typedef struct Looking
{
	const CesBucket *bucket;
	pg_tz *zone; /* of the bucket, or NULL */
	const char *needs_zone; /* what the session's zone must be, or NULL */
} Looking;

static const Shape other_shape = {.kind = SHAPE_OTHER};
static const Shape same_shape = {.kind = SHAPE_SAME};

static Shape shape_of(Looking *looking, const Node *node);

/* Times as they are. */
static Shape
same_if(bool same)
{
	return same ? same_shape : other_shape;
}

/* The times that a shape can have; false if it can have any. */
static bool
get_range(const Looking *looking, const Shape *shape, Timestamp *from, Timestamp *until)
{
	*from = DT_NOBEGIN;
	*until = DT_NOEND;
	if (shape->shifted || looking->bucket->from < CES_FIRST_BORDER || looking->bucket->until > CES_LAST_BORDER)
		return false;
	/* Clocks differ from UTC by up to a day. */
	*from = looking->bucket->from - 2 * USECS_PER_DAY;
	*until = looking->bucket->until + 2 * USECS_PER_DAY;
	return true;
}

/* Has a zone one offset, as far as a shape can tell? */
static bool
is_fixed(const Looking *looking, const Shape *shape, pg_tz *zone, int64 *offset)
{
	Timestamp from;
	Timestamp until;

	get_range(looking, shape, &from, &until);
	return ces_zone_fixed(zone, from, until, offset);
}

/* What a clock in a zone shows at a time. */
static Shape
to_local(const Looking *looking, Shape shape, pg_tz *zone)
{
	Timestamp from;
	Timestamp until;
	int64 length;
	int64 offset;

	if (shape.kind != SHAPE_INSTANT || zone == NULL)
		return other_shape;
	if (!ces_zone_same(shape.zone, zone))
	{
		/* In both zones, the units must begin at the same times. */
		length = ces_unit_length(shape.unit);
		get_range(looking, &shape, &from, &until);
		if (shape.unit > CES_DAY || !ces_zone_fixed(shape.zone, from, until, &offset) || offset % length != 0 ||
			!ces_zone_on_grid(zone, from, until, length))
			return other_shape;
	}
	shape.kind = SHAPE_LOCAL;
	shape.zone = NULL;
	return shape;
}

/* A clock's time, taken to be in a zone. */
static Shape
to_instant(const Looking *looking, Shape shape, pg_tz *zone)
{
	int64 offset;

	if (shape.kind != SHAPE_LOCAL || zone == NULL)
		return other_shape;
	if (!is_fixed(looking, &shape, zone, &offset))
	{
		/* Times in a gap become others of the same day. */
		if (!ces_zone_keeps_days(zone))
			return other_shape;
		shape.unit = Max(shape.unit, CES_DAY);
	}
	shape.kind = SHAPE_INSTANT;
	shape.zone = zone;
	return shape;
}

/* The zone of the session, for a function that uses it. */
static pg_tz *
use_session_zone(Looking *looking)
{
	looking->needs_zone = pg_get_timezone_name(session_timezone);
	return session_timezone;
}

/* What a clock in the session's zone shows; if that fails, the bucket's zone is needed. */
static Shape
to_session_local(Looking *looking, Shape shape)
{
	Shape local = to_local(looking, shape, use_session_zone(looking));

	if (local.kind == SHAPE_OTHER && shape.kind == SHAPE_INSTANT)
		looking->needs_zone = pg_get_timezone_name(shape.zone);
	return local;
}

/*
 * What a clock in a zone shows that the query names.  A timestamp that became a
 * timestamptz in the session's zone is the same again if that is the zone.
 */
static Shape
to_named_local(Looking *looking, Shape shape, pg_tz *zone)
{
	Shape local = to_local(looking, shape, zone);

	if (local.kind == SHAPE_OTHER && shape.kind == SHAPE_INSTANT && looking->bucket->zone == NULL && zone != NULL)
		looking->needs_zone = pg_get_timezone_name(zone);
	return local;
}

/* The date of a clock's time. */
static Shape
date_of(Shape local)
{
	if (local.kind == SHAPE_LOCAL && local.unit <= CES_DAY)
		return same_shape;
	return local;
}

/* date_trunc(name, local). */
static Shape
trunc_local(Shape local, const char *name)
{
	bool below_day;

	return same_if(local.kind == SHAPE_LOCAL && name != NULL && ces_unit_gives_trunc(local.unit, name, &below_day));
}

/*
 * date_trunc(name, instant) by the clock of a zone.  Within a day, it tells the hours of
 * an overlap apart.
 */
static Shape
trunc_instant(const Looking *looking, Shape local, const char *name, pg_tz *zone)
{
	bool below_day;
	int64 offset;

	return same_if(local.kind == SHAPE_LOCAL && name != NULL && ces_unit_gives_trunc(local.unit, name, &below_day) &&
				   (!below_day || is_fixed(looking, &local, zone, &offset)));
}

/* extract(name FROM local). */
static Shape
field_of_local(Shape local, const char *name)
{
	bool is_epoch;

	if (local.kind != SHAPE_LOCAL || name == NULL)
		return other_shape;
	if (ces_unit_gives_field(local.unit, name, &is_epoch))
		return same_shape;
	if (!is_epoch || local.unit > CES_DAY)
		return other_shape;
	local.kind = SHAPE_EPOCH;
	return local;
}

/* extract(name FROM instant).  The epoch is in UTC. */
static Shape
field_of_instant(Looking *looking, Shape instant, const char *name)
{
	bool is_epoch;
	int64 offset;

	if (instant.kind != SHAPE_INSTANT || name == NULL)
		return other_shape;
	(void) ces_unit_gives_field(instant.unit, name, &is_epoch);
	if (!is_epoch)
		return field_of_local(to_session_local(looking, instant), name);
	if (instant.unit > CES_DAY || !is_fixed(looking, &instant, instant.zone, &offset) || offset % ces_unit_length(instant.unit) != 0)
		return other_shape;
	instant.kind = SHAPE_EPOCH;
	return instant;
}

/*
 * The seconds divided by a constant.  The result is rounded, which may lift the last
 * microsecond of a bucket into the next one: not from 1900 to 2100, with 16 digits or a
 * double.
 */
static Shape
divide(const Looking *looking, Shape epoch, const Node *divisor)
{
	const Timestamp from = (Timestamp) -36524 * USECS_PER_DAY;
	const Timestamp until = (Timestamp) 36524 * USECS_PER_DAY;
	const Const *constant = constant_of(divisor);
	float8 seconds;

	if (epoch.kind != SHAPE_EPOCH || epoch.shifted || constant == NULL || looking->bucket->from < from || looking->bucket->until > until)
		return other_shape;
	if (constant->consttype == FLOAT8OID)
		seconds = DatumGetFloat8(constant->constvalue);
	else
	{
		Datum floor = DirectFunctionCall1(numeric_floor, constant->constvalue);

		if (!DatumGetBool(DirectFunctionCall2(numeric_eq, floor, constant->constvalue)))
			return other_shape;
		seconds = DatumGetFloat8(DirectFunctionCall1(numeric_float8, floor));
	}
	if (!(seconds >= 1 && seconds <= 1e9) || seconds != floor(seconds) || (int64) seconds % (ces_unit_length(epoch.unit) / USECS_PER_SEC) != 0)
		return other_shape;
	epoch.kind = SHAPE_QUOTIENT;
	return epoch;
}

/* A clock's time plus months, days and microseconds: the same unit, if it is whole ones. */
static Shape
shift(Shape local, int64 months, int64 days, int64 time)
{
	int64 rest = days * USECS_PER_DAY + time;
	bool whole;

	if (local.kind != SHAPE_LOCAL)
		return other_shape;
	if (local.unit <= CES_DAY)
		whole = time % ces_unit_length(local.unit) == 0;
	else if (local.unit == CES_WEEK)
		whole = months == 0 && rest % ces_unit_length(CES_WEEK) == 0;
	else
		whole = rest == 0 && months % (local.unit == CES_MONTH ? 1 : local.unit == CES_QUARTER ? 3 :
																								 12) ==
								 0;
	local.shifted = true;
	return whole ? local : other_shape;
}

/* A clock's time plus an interval, or minus it. */
static Shape
shift_local(Shape local, const Node *interval)
{
	const Const *constant = constant_of(interval);
	const Interval *value;

	if (constant == NULL || constant->consttype != INTERVALOID)
		return other_shape;
	value = DatumGetIntervalP(constant->constvalue);
#ifdef INTERVAL_NOT_FINITE
	if (INTERVAL_NOT_FINITE(value))
		return other_shape;
#endif
	return shift(local, value->month, value->day, value->time);
}

/*
 * A timestamptz plus an interval: by the clock of the session, for days and months, then
 * time that passes.
 */
static Shape
shift_instant(Looking *looking, Shape instant, const Node *interval)
{
	const Const *constant = constant_of(interval);
	Shape local = to_session_local(looking, instant);
	int64 offset;

	if (local.kind != SHAPE_LOCAL || constant == NULL || constant->consttype != INTERVALOID)
		return other_shape;
	if (!ces_zone_fixed(session_timezone, DT_NOBEGIN, DT_NOEND, &offset))
	{
		if (DatumGetIntervalP(constant->constvalue)->time != 0)
			return other_shape;
		local.unit = Max(local.unit, CES_DAY);
	}
	return to_instant(looking, shift_local(local, interval), session_timezone);
}

/* A date plus days. */
static Shape
shift_date(Shape date, const Node *days)
{
	const Const *constant = constant_of(days);

	if (constant == NULL || constant->consttype != INT4OID)
		return other_shape;
	return shift(date, 0, DatumGetInt32(constant->constvalue), 0);
}

/* date_bin(stride, time, origin): do bins begin only where buckets begin? */
static Shape
bin(const Looking *looking, Shape time, const List *arguments)
{
	const Const *stride = constant_of(linitial(arguments));
	const Const *origin = constant_of(lthird(arguments));
	const Interval *interval;
	int64 length;
	int64 offset = 0;

	if (stride == NULL || origin == NULL || time.unit > CES_WEEK)
		return other_shape;
	if (time.kind == SHAPE_INSTANT && !is_fixed(looking, &time, time.zone, &offset))
		return other_shape;
	if (time.kind != SHAPE_INSTANT && time.kind != SHAPE_LOCAL)
		return other_shape;
	interval = DatumGetIntervalP(stride->constvalue);
	length = interval->day * USECS_PER_DAY + interval->time;
	if (interval->month != 0 || length <= 0 || length % ces_unit_length(time.unit) != 0)
		return other_shape;
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(origin->constvalue)))
		return other_shape;
	/* Some releases of PostgreSQL put the beginning of a bin before the origin into the previous one. */
	if (looking->bucket->from < DatumGetTimestamp(origin->constvalue) &&
		DatumGetTimestamp(DirectFunctionCall3(timestamp_bin, IntervalPGetDatum(&((Interval){.time = 2})),
											  TimestampGetDatum(-2), TimestampGetDatum(0))) != -2)
		return other_shape;
	return same_if(ces_unit_start(DatumGetTimestamp(origin->constvalue) + offset, time.unit) == DatumGetTimestamp(origin->constvalue) + offset);
}

/* Is a comparison with a constant one between buckets? */
static bool
compares_at_border(const Looking *looking, const Node *node)
{
	const char *needs_zone = NULL;
	CesTimeBound bound;
	Node *borders[2];

	if (!ces_bucket_read_bound(looking->bucket, node, &bound, &needs_zone) || needs_zone != NULL)
		return false;
	for (int up = 0; up < 2; up++)
	{
		borders[up] = eval_const_expressions(NULL, (Node *) ces_bucket_border(looking->bucket, &bound, up));
		if (!IsA(borders[up], Const))
			return false;
	}
	return equal(borders[0], borders[1]);
}

/* A call of a function by its OID, with the shapes of its arguments, which aren't all the same. */
static Shape
shape_of_function(Looking *looking, Oid function, List *arguments, const Shape *shapes)
{
	switch (function)
	{
		case F_TIMESTAMP_DATE:
			return shapes[0];
		case F_DATE_TIMESTAMP:
			return date_of(shapes[0]);
		case F_TIMESTAMPTZ_TIMESTAMP:
		case F_TIMESTAMPTZ_DATE:
			return to_instant(looking, shapes[0], use_session_zone(looking));
		case F_TIMESTAMP_TIMESTAMPTZ:
			return to_session_local(looking, shapes[0]);
		case F_DATE_TIMESTAMPTZ:
			return date_of(to_session_local(looking, shapes[0]));
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
			return to_named_local(looking, shapes[1], zone_of(arguments, 0));
		case F_TIMEZONE_TEXT_TIMESTAMP:
			return to_instant(looking, shapes[1], zone_of(arguments, 0));

		case F_DATE_TRUNC_TEXT_TIMESTAMP:
			return trunc_local(shapes[1], text_of(arguments, 0));
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			return trunc_instant(looking, to_session_local(looking, shapes[1]), text_of(arguments, 0), session_timezone);
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
			return trunc_instant(looking, to_local(looking, shapes[1], zone_of(arguments, 2)), text_of(arguments, 0), zone_of(arguments, 2));

		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_DATE:
		case F_DATE_PART_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_DATE:
			return field_of_local(shapes[1], text_of(arguments, 0));
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
			return field_of_instant(looking, shapes[1], text_of(arguments, 0));

		case F_TO_CHAR_TIMESTAMP_TEXT:
			return same_if(shapes[0].kind == SHAPE_LOCAL && text_of(arguments, 1) != NULL && ces_unit_gives_format(shapes[0].unit, text_of(arguments, 1)));
		case F_TO_CHAR_TIMESTAMPTZ_TEXT:
		{
			Shape local = to_session_local(looking, shapes[0]);

			return same_if(local.kind == SHAPE_LOCAL && text_of(arguments, 1) != NULL && ces_unit_gives_format(local.unit, text_of(arguments, 1)));
		}

		case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
		case F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ:
			return bin(looking, shapes[1], arguments);

			/* What adds from the left is written in SQL, and has been inlined. */
		case F_TIMESTAMP_PL_INTERVAL:
		case F_TIMESTAMP_MI_INTERVAL:
		case F_DATE_PL_INTERVAL:
		case F_DATE_MI_INTERVAL:
			return shift_local(shapes[0], lsecond(arguments));
		case F_TIMESTAMPTZ_PL_INTERVAL:
		case F_TIMESTAMPTZ_MI_INTERVAL:
			return shift_instant(looking, shapes[0], lsecond(arguments));
		case F_DATE_PLI:
		case F_DATE_MII:
			return shift_date(shapes[0], lsecond(arguments));

		case F_FLOAT8_NUMERIC:
			return shapes[0].kind == SHAPE_EPOCH ? shapes[0] : other_shape;
		case F_NUMERIC_DIV:
		case F_FLOAT8DIV:
			return divide(looking, shapes[0], lsecond(arguments));
		case F_FLOOR_NUMERIC:
		case F_FLOOR_FLOAT8:
			return same_if(shapes[0].kind == SHAPE_QUOTIENT);

		default:
			return other_shape;
	}
}

/* What the parts of an expression have in common */
typedef struct Parts
{
	Looking *looking;
	ShapeKind kind; /* SHAPE_CONSTANT, SHAPE_SAME or SHAPE_OTHER */
} Parts;

/* Add one part to what they have in common. */
static void
add_part(Parts *parts, Shape shape)
{
	if (shape.kind != SHAPE_CONSTANT && shape.kind != SHAPE_SAME)
		parts->kind = SHAPE_OTHER;
	else if (shape.kind == SHAPE_SAME && parts->kind == SHAPE_CONSTANT)
		parts->kind = SHAPE_SAME;
}

/* Look at the parts of an expression; true ends it. */
static bool
look_at_part(Node *node, void *context)
{
	Parts *parts = context;

	if (node == NULL)
		return false;
	if (IsA(node, List))
		return expression_tree_walker(node, look_at_part, context);
	add_part(parts, shape_of(parts->looking, node));
	return parts->kind == SHAPE_OTHER;
}

/* An expression of which nothing is known but its parts. */
static Shape
shape_of_parts(Looking *looking, const Node *node)
{
	Parts parts = {.looking = looking, .kind = SHAPE_CONSTANT};
	Shape shape = {0};

	(void) expression_tree_walker(unconstify(Node *, node), look_at_part, &parts);
	shape.kind = parts.kind;
	return shape;
}

/* A call of a function or an operator. */
static Shape
shape_of_call(Looking *looking, const Node *node, Oid function, List *arguments)
{
	Shape shapes[3];
	Parts parts = {.looking = looking, .kind = SHAPE_CONSTANT};
	ListCell *cell;
	Shape shape = {0};

	if (arguments == NIL || list_length(arguments) > (int) lengthof(shapes))
		return shape_of_parts(looking, node);
	foreach (cell, arguments)
	{
		shape = shape_of(looking, lfirst(cell));
		add_part(&parts, shape);
		shapes[foreach_current_index(cell)] = shape;
	}
	if (parts.kind == SHAPE_OTHER)
	{
		shape = shape_of_function(looking, function, arguments, shapes);
		if (shape.kind == SHAPE_OTHER && compares_at_border(looking, node))
			return same_shape;
		return shape;
	}
	shape = other_shape;
	shape.kind = parts.kind;
	return shape;
}

/* The column itself. */
static Shape
shape_of_column(const Looking *looking, const Var *column)
{
	Shape shape = {.kind = SHAPE_LOCAL, .unit = looking->bucket->unit, .zone = looking->zone};

	Assert(column->varlevelsup > 0 || column->varattno == looking->bucket->time->varattno);
	if (column->varlevelsup > 0)
		shape.kind = SHAPE_CONSTANT;
	else if (column->vartype == TIMESTAMPTZOID)
		shape.kind = SHAPE_INSTANT;
	else if (column->vartype == DATEOID)
		return date_of(shape);
	return shape;
}

/* How an expression depends on the time. */
static Shape
shape_of(Looking *looking, const Node *node)
{
	check_stack_depth();
	node = without_casts(node);
	switch (nodeTag(node))
	{
		case T_Var:
			return shape_of_column(looking, (const Var *) node);
		case T_FuncExpr:
			return shape_of_call(looking, node, ((const FuncExpr *) node)->funcid, ((const FuncExpr *) node)->args);
		case T_OpExpr:
			return shape_of_call(looking, node, get_opcode(((const OpExpr *) node)->opno), ((const OpExpr *) node)->args);
		case T_NullTest:
		{
			Shape shape = shape_of(looking, (const Node *) ((const NullTest *) node)->arg);

			/* The key is null if and only if the time is. */
			if (shape.kind == SHAPE_LOCAL || shape.kind == SHAPE_INSTANT)
				return same_shape;
			return shape_of_parts(looking, node);
		}
		case T_SubLink:
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_Query:
			return other_shape;
		default:
			return shape_of_parts(looking, node);
	}
}

/*
 * Is an expression, whose only column is the time, the same for all times of a bucket?
 * Needs_zone is set to what the session's TimeZone must be, if that matters, and left
 * alone otherwise.
 */
bool
ces_bucket_determines(const CesBucket *bucket, const Node *expression, const char **needs_zone)
{
	Looking looking = {.bucket = bucket};
	Shape shape;

	if (bucket->zone != NULL)
		looking.zone = ces_zone_find(bucket->zone);
	Assert(!contain_volatile_functions(unconstify(Node *, expression)));
	shape = shape_of(&looking, expression);
	/* If it fails in the zone that it needs, the reason is another. */
	if (looking.needs_zone != NULL && (shape.kind == SHAPE_SAME || strcmp(looking.needs_zone, pg_get_timezone_name(session_timezone)) != 0))
		*needs_zone = pstrdup(looking.needs_zone);
	return shape.kind == SHAPE_SAME;
}

/*
 * Conditions that split time in two
 */

/* A side of a comparison: what of the time it is */
typedef enum Side
{
	SIDE_OTHER,
	SIDE_LOCAL, /* a column of type date or timestamp, or the clock's time of a timestamptz */
	SIDE_INSTANT, /* a column of type timestamptz */
	SIDE_SESSION, /* a column of type date or timestamp, as a timestamptz */
} Side;

/* Is an expression the column of the bucket? */
static bool
is_column(const CesBucket *bucket, const Node *node)
{
	const Var *column = (const Var *) node;

	return IsA(node, Var) && column->varlevelsup == 0 && column->varattno == bucket->time->varattno &&
		   column->vartype == bucket->time->vartype;
}

/* What of the time is an expression? */
static Side
side_of(const CesBucket *bucket, const Node *node, const char **needs_zone)
{
	const FuncExpr *call;

	node = without_casts(node);
	if (is_column(bucket, node))
		return bucket->zone != NULL ? SIDE_INSTANT : SIDE_LOCAL;
	call = (const FuncExpr *) node;
	if (!IsA(node, FuncExpr) || call->args == NIL || !is_column(bucket, without_casts(llast(call->args))))
		return SIDE_OTHER;
	switch (call->funcid)
	{
		case F_TIMESTAMP_DATE:
			return SIDE_LOCAL;
		case F_TIMESTAMPTZ_TIMESTAMP:
		case F_TIMESTAMPTZ_DATE:
			return SIDE_SESSION;
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
		{
			pg_tz *zone = zone_of(call->args, 0);

			return zone != NULL && ces_zone_same(zone, ces_zone_find(bucket->zone)) ? SIDE_LOCAL : SIDE_OTHER;
		}
		case F_TIMESTAMP_TIMESTAMPTZ:
			if (!ces_zone_same(session_timezone, ces_zone_find(bucket->zone)))
			{
				*needs_zone = bucket->zone;
				return SIDE_OTHER;
			}
			*needs_zone = pstrdup(pg_get_timezone_name(session_timezone));
			return SIDE_LOCAL;
		default:
			return SIDE_OTHER;
	}
}

/* The comparison that a function of dates and times makes; false if it makes none. */
static bool
read_comparison(Oid function, CesTimeBound *bound)
{
	switch (function)
	{
		case F_DATE_LT:
		case F_TIMESTAMP_LT:
		case F_TIMESTAMPTZ_LT:
		case F_DATE_LT_TIMESTAMP:
		case F_DATE_LT_TIMESTAMPTZ:
		case F_TIMESTAMP_LT_DATE:
		case F_TIMESTAMP_LT_TIMESTAMPTZ:
		case F_TIMESTAMPTZ_LT_DATE:
		case F_TIMESTAMPTZ_LT_TIMESTAMP:
			bound->is_lower = false;
			bound->is_strict = false;
			return true;
		case F_DATE_LE:
		case F_TIMESTAMP_LE:
		case F_TIMESTAMPTZ_LE:
		case F_DATE_LE_TIMESTAMP:
		case F_DATE_LE_TIMESTAMPTZ:
		case F_TIMESTAMP_LE_DATE:
		case F_TIMESTAMP_LE_TIMESTAMPTZ:
		case F_TIMESTAMPTZ_LE_DATE:
		case F_TIMESTAMPTZ_LE_TIMESTAMP:
			bound->is_lower = false;
			bound->is_strict = true;
			return true;
		case F_DATE_GE:
		case F_TIMESTAMP_GE:
		case F_TIMESTAMPTZ_GE:
		case F_DATE_GE_TIMESTAMP:
		case F_DATE_GE_TIMESTAMPTZ:
		case F_TIMESTAMP_GE_DATE:
		case F_TIMESTAMP_GE_TIMESTAMPTZ:
		case F_TIMESTAMPTZ_GE_DATE:
		case F_TIMESTAMPTZ_GE_TIMESTAMP:
			bound->is_lower = true;
			bound->is_strict = false;
			return true;
		case F_DATE_GT:
		case F_TIMESTAMP_GT:
		case F_TIMESTAMPTZ_GT:
		case F_DATE_GT_TIMESTAMP:
		case F_DATE_GT_TIMESTAMPTZ:
		case F_TIMESTAMP_GT_DATE:
		case F_TIMESTAMP_GT_TIMESTAMPTZ:
		case F_TIMESTAMPTZ_GT_DATE:
		case F_TIMESTAMPTZ_GT_TIMESTAMP:
			bound->is_lower = true;
			bound->is_strict = true;
			return true;
		default:
			return false;
	}
}

/* May the time be compared with a value?  It must be the same for all rows. */
static bool
is_value(const Node *node)
{
	Node *value = unconstify(Node *, node);

	return !has_columns(node) && !contain_aggs_of_level(value, 0) && !contain_windowfuncs(value) &&
		   !expression_returns_set(value) && !contain_volatile_functions(value);
}

/*
 * A value, as the side that is the time is compared with it: a timestamp if that is local,
 * else a timestamptz.  NULL if they are compared in a way that isn't known.
 */
static Expr *
convert_value(const CesBucket *bucket, Side side, Expr *value, bool after)
{
	Oid type = exprType((Node *) value);

	if (type == DATEOID)
	{
		/* A day that is compared with a day: all of it is on one side. */
		bool last = after && bucket->time->vartype == DATEOID && side == SIDE_LOCAL;

		value = (Expr *) makeFuncExpr(time_function(), TIMESTAMPOID, list_make2(value, bool_constant(last)), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
		type = TIMESTAMPOID;
	}
	if (type == TIMESTAMPTZOID)
		/* The clock's time of a timestamptz would have to be converted back. */
		return side == SIDE_LOCAL && bucket->zone != NULL ? NULL : value;
	Assert(type == TIMESTAMPOID);
	return side == SIDE_LOCAL ? value : call1(session_time_function(), TIMESTAMPTZOID, value);
}

/*
 * Is a condition a bound of the time?  Needs_zone is set to what the session's TimeZone
 * must be, if that matters, and left alone otherwise.
 */
bool
ces_bucket_read_bound(const CesBucket *bucket, const Node *condition, CesTimeBound *bound, const char **needs_zone)
{
	const OpExpr *comparison = (const OpExpr *) condition;
	const char *zone = NULL;
	Expr *left;
	Expr *right;
	Side side;

	if (!IsA(condition, OpExpr) || list_length(comparison->args) != 2 || !read_comparison(get_opcode(comparison->opno), bound))
		return false;
	left = linitial(comparison->args);
	right = lsecond(comparison->args);
	if (!has_columns((Node *) left))
	{
		Expr *swap = left;

		left = right;
		right = swap;
		/* x < t is t > x, which is true from there on, not before. */
		bound->is_lower = !bound->is_lower;
		bound->is_strict = !bound->is_strict;
	}
	if (!is_value((Node *) right))
		return false;
	side = side_of(bucket, (Node *) left, &zone);
	bound->value = side != SIDE_OTHER ? convert_value(bucket, side, right, bound->is_strict) : NULL;
	if (zone != NULL && (side == SIDE_OTHER || bound->value != NULL))
		*needs_zone = zone;
	return bound->value != NULL;
}

/* The border next to a bound, as a timestamp on the clock of the buckets. */
Expr *
ces_bucket_border(const CesBucket *bucket, const CesTimeBound *bound, bool up)
{
	Expr *unit = text_constant(ces_unit_name(bucket->unit));
	Oid type = exprType((Node *) bound->value);
	Oid function;
	List *arguments;

	if (type == TIMESTAMPTZOID && bucket->zone == NULL)
	{
		function = session_border_function();
		arguments = list_make4(bound->value, unit, bool_constant(bound->is_strict), bool_constant(up));
	}
	else
	{
		function = border_function(type);
		arguments = list_make5(bound->value, unit, text_constant(bucket->zone != NULL ? bucket->zone : ""),
							   bool_constant(bound->is_strict), bool_constant(up));
	}
	return (Expr *) makeFuncExpr(function, TIMESTAMPOID, arguments, InvalidOid, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

/* A border as a value of the column's type. */
Expr *
ces_bucket_border_as_time(const CesBucket *bucket, Expr *border)
{
	if (bucket->zone != NULL)
		return at_time_zone(bucket->zone, border);
	return bucket->time->vartype == DATEOID ? call1(F_DATE_TIMESTAMP, DATEOID, border) : border;
}

/* A border as a value of the key's type. */
Expr *
ces_bucket_border_as_key(const CesBucket *bucket, Expr *border)
{
	if (bucket->key_type == TIMESTAMPTZOID)
		return at_time_zone(bucket->zone, border);
	return bucket->key_type == DATEOID ? call1(F_DATE_TIMESTAMP, DATEOID, border) : border;
}

/* The query asks for no other times than a bound allows: a help where zones or digits limit. */
void
ces_bucket_narrow(CesBucket *bucket, const CesTimeBound *bound)
{
	const Const *value = constant_of((const Node *) bound->value);

	if (value == NULL)
		return;
	if (bound->is_lower)
		bucket->from = Max(bucket->from, DatumGetTimestamp(value->constvalue));
	else
		bucket->until = Min(bucket->until, DatumGetTimestamp(value->constvalue));
}
