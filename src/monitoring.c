/*-------------------------------------------------------------------------
 *
 * monitoring.c
 *	  Who stands out, and what changed: funnel limits for the rows of a window, such
 *	  as agents, and control limits for those in an order, such as weeks.
 *
 * At the first row of a partition all of it is read and computed, in time linear in its
 * rows (but for a few sorts of a funnel), and kept in the memory of the partition.  Each row
 * then only takes what is its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "calls.h"
#include "catalog/pg_type.h"
#include "estimates.h"
#include "funcapi.h"
#include "math/monitoring.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "numerics.h"
#include "row_types.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "windowapi.h"

/* The types of the columns of ces_funnel_point, and of ces_limits_point */
static const Oid funnel_columns[] = {NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, FLOAT8OID, NUMERICOID};
static const Oid limits_columns[] = {NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, TEXTOID};

/* What a call needs for all partitions.  In the memory of the function. */
typedef struct Call
{
	TupleDesc row_type;
	MemoryContext reading; /* for what it takes to read one row */
} Call;

/*
 * The rows of a partition.  Those that have answers are its points, numbered from 0; the
 * others count for nothing.  In the memory of the partition.
 */
typedef struct Partition
{
	bool is_read;
	CesMetric metric;
	CesScale scale; /* of all points, if there are any */
	CesBounds range; /* of the metric on this scale */
	int64 rows;
	int64 count;
	int64 *places; /* of each row: its point, or -1 */
	Datum *values; /* of each point: the metric, as numeric */
	CesUnit *units; /* of each point; NULL when no longer needed */
	int64 baseline; /* how many points set the overall metric */
	CesTally *total; /* of these points */
	Datum overall; /* their metric, as numeric */
	double expected; /* the same as the computations want it */
	CesFunnelPoint *funnel; /* of each point, for a funnel */
	CesLimits *limits; /* of each point, for control limits */
} Partition;

/* All points of a partition set the overall metric. */
#define NO_BASELINE PG_INT64_MAX

/* What the call needs, made at its first row. */
static Call *
call_of(FunctionCallInfo fcinfo, int columns, const Oid *types)
{
	FmgrInfo *function = fcinfo->flinfo;
	MemoryContext caller = MemoryContextSwitchTo(function->fn_mcxt);
	Call *call = function->fn_extra;

	if (call == NULL)
	{
		call = palloc(sizeof(Call));
		call->row_type = ces_result_row_type(fcinfo, columns, types);
		call->reading = AllocSetContextCreate(function->fn_mcxt, "point", ALLOCSET_SMALL_SIZES);
		function->fn_extra = call;
	}
	MemoryContextSwitchTo(caller);
	return call;
}

/* The share, as 0 to 1, or the mean. */
static double
unscaled(const Partition *partition, double value)
{
	return partition->metric == CES_METRIC_TOPBOX ? value / 100 : value;
}

/* A share as a percentage, or a mean, which the metric can have, as numeric. */
static Datum
scaled(const Partition *partition, double value)
{
	double in_unit = partition->metric == CES_METRIC_TOPBOX ? 100 * value : value;

	return ces_numeric_from_float8(Max(partition->range.lower, Min(in_unit, partition->range.upper)));
}

/* Answers on two scales in one partition. */
pg_noreturn static void
report_two_scales(FunctionCallInfo fcinfo, CesScale scale, CesScale other)
{
	ces_report_two_scales(scale, other,
						  psprintf("Add %sces_scale(%s) to PARTITION BY.", ces_schema_prefix(fcinfo),
								   ces_window_argument_text(fcinfo, 0, "YOUR_TALLY")));
}

/* The metric as the computations want it.  Equal numerics make equal numbers. */
static double
number_of(const Partition *partition, Datum value)
{
	return unscaled(partition, DatumGetFloat8(DirectFunctionCall1(numeric_float8, value)));
}

/*
 * Whether numbers are equal but for rounding, which includes that of numerics from double
 * precision to 15 digits.
 */
static bool
may_equal(double a, double b)
{
	return fabs(a - b) <= 1e-14 * Max(fabs(a), fabs(b));
}

/* A computed number as numeric: with all digits, if it is the overall metric or that of the point. */
static Datum
exact_if_known(const Partition *partition, int64 place, double number)
{
	if (may_equal(number, partition->expected))
		return partition->overall;
	if (may_equal(number, number_of(partition, partition->values[place])))
		return partition->values[place];
	return scaled(partition, number);
}

/*
 * A limit of a point as numeric.  The value must not be beyond it by rounding alone: outermost,
 * which is numeric_smaller or numeric_larger, sees to that.
 */
static Datum
limit_of(const Partition *partition, int64 place, double limit, PGFunction outermost)
{
	Datum value = partition->values[place];
	Datum result = exact_if_known(partition, place, limit);

	return may_equal(limit, number_of(partition, value)) ? DirectFunctionCall2(outermost, result, value) : result;
}

/* A point as the computations want it. */
static CesUnit
unit_of(const Partition *partition, const CesTally *tally, Datum value)
{
	CesValueCounts values = ces_count_values(tally, partition->metric);
	CesUnit unit = {.n = values.total, .value = number_of(partition, value)};

	if (values.total > 1)
		unit.variance = ces_values_squares(&values) / (values.total - 1);
	return unit;
}

/* Add a point to the partition, in whose memory this happens. */
static void
add_point(FunctionCallInfo fcinfo, Partition *partition, const CesTally *tally, Datum value, CesUnit unit)
{
	CesScale scale = ces_tally_scale(tally);

	if (partition->count == 0)
	{
		partition->scale = scale;
		partition->range = ces_metric_range(scale, partition->metric);
		partition->total = ces_tally_make_empty(scale);
	}
	else if (!ces_scale_equals(partition->scale, scale))
		report_two_scales(fcinfo, partition->scale, scale);
	if (partition->count < partition->baseline)
		partition->total = ces_tally_add_tally(partition->total, tally);
	partition->values[partition->count] = datumCopy(value, false, -1);
	partition->units[partition->count] = unit;
	partition->count++;
}

/* Read a row of the partition, which is a point if it has answers. */
static void
read_row(FunctionCallInfo fcinfo, MemoryContext reading, Partition *partition, int64 row)
{
	MemoryContext memory = MemoryContextSwitchTo(reading);
	bool is_null;
	bool is_out;
	Datum argument = WinGetFuncArgInPartition(PG_WINDOW_OBJECT(), 0, (int) row, WINDOW_SEEK_HEAD,
											  false, &is_null, &is_out);
	const CesTally *tally = is_null ? NULL : DatumGetCesTally(argument);

	CHECK_FOR_INTERRUPTS();
	partition->places[row] = -1;
	if (tally != NULL && ces_tally_total(tally) > 0)
	{
		Datum value = ces_exact_metric(tally, partition->metric);
		CesUnit unit = unit_of(partition, tally, value);

		MemoryContextSwitchTo(memory);
		partition->places[row] = partition->count;
		add_point(fcinfo, partition, tally, value, unit);
	}
	MemoryContextSwitchTo(memory);
	MemoryContextReset(reading);
}

/* Memory for a number of elements, which may take more than a gigabyte. */
static void *
allocate(int64 count, Size size)
{
	return palloc_extended(Max(count, 1) * size, MCXT_ALLOC_HUGE);
}

/* Read all rows of the partition, in whose memory this happens. */
static void
read_partition(FunctionCallInfo fcinfo, const Call *call, Partition *partition, CesMetric metric, int64 baseline)
{
	partition->metric = metric;
	partition->baseline = baseline;
	partition->rows = WinGetPartitionRowCount(PG_WINDOW_OBJECT());
	partition->places = allocate(partition->rows, sizeof(int64));
	partition->values = allocate(partition->rows, sizeof(Datum));
	partition->units = allocate(partition->rows, sizeof(CesUnit));
	for (int64 row = 0; row < partition->rows; row++)
		read_row(fcinfo, call->reading, partition, row);
	if (partition->count > 0)
	{
		partition->overall = ces_exact_metric(partition->total, metric);
		partition->expected = number_of(partition, partition->overall);
	}
	partition->is_read = true;
}

/* The partition of the current row; not read if that is the first one. */
static Partition *
current_partition(FunctionCallInfo fcinfo)
{
	return WinGetPartitionLocalMemory(PG_WINDOW_OBJECT(), sizeof(Partition));
}

/* The point that the current row is, or -1. */
static int64
current_point(FunctionCallInfo fcinfo, const Partition *partition)
{
	return partition->places[WinGetCurrentPosition(PG_WINDOW_OBJECT())];
}

/* Compute the funnel of a partition, and free what only this needs. */
static void
compute_funnel(Partition *partition)
{
	double *workspace = allocate(partition->count, 2 * sizeof(double));

	partition->funnel = allocate(partition->count, sizeof(CesFunnelPoint));
	if (partition->count > 0)
		ces_funnel(partition->count, partition->units, partition->metric == CES_METRIC_TOPBOX,
				   partition->expected, partition->funnel, workspace);
	pfree(workspace);
	pfree(partition->units);
	partition->units = NULL;
}

/* The current row in the funnel of its partition. */
static Datum
funnel(FunctionCallInfo fcinfo, CesMetric metric)
{
	Partition *partition;
	const Call *call;
	const CesFunnelPoint *point;
	int64 place;
	Datum values[lengthof(funnel_columns)];
	bool nulls[lengthof(funnel_columns)] = {false};

	ces_check_window(fcinfo);
	call = call_of(fcinfo, lengthof(funnel_columns), funnel_columns);
	partition = current_partition(fcinfo);
	if (!partition->is_read)
	{
		MemoryContext caller = MemoryContextSwitchTo(GetMemoryChunkContext(partition));

		read_partition(fcinfo, call, partition, metric, NO_BASELINE);
		compute_funnel(partition);
		MemoryContextSwitchTo(caller);
	}
	place = current_point(fcinfo, partition);
	if (place < 0)
		PG_RETURN_NULL();
	point = &partition->funnel[place];
	values[0] = partition->values[place];
	values[1] = partition->overall;
	values[2] = limit_of(partition, place, point->lower95, numeric_smaller);
	values[3] = limit_of(partition, place, point->upper95, numeric_larger);
	values[4] = limit_of(partition, place, point->lower998, numeric_smaller);
	values[5] = limit_of(partition, place, point->upper998, numeric_larger);
	values[6] = Float8GetDatum(point->z);
	values[7] = exact_if_known(partition, place, point->adjusted);
	return HeapTupleGetDatum(heap_form_tuple(call->row_type, values, nulls));
}

/* Where does a share in the top box lie in the funnel of all? */
PG_FUNCTION_INFO_V1(ces_topbox_funnel);
Datum
ces_topbox_funnel(PG_FUNCTION_ARGS)
{
	return funnel(fcinfo, CES_METRIC_TOPBOX);
}

/* The same of a net promoter score. */
PG_FUNCTION_INFO_V1(ces_nps_funnel);
Datum
ces_nps_funnel(PG_FUNCTION_ARGS)
{
	return funnel(fcinfo, CES_METRIC_NPS);
}

/* The same of a mean score. */
PG_FUNCTION_INFO_V1(ces_mean_funnel);
Datum
ces_mean_funnel(PG_FUNCTION_ARGS)
{
	return funnel(fcinfo, CES_METRIC_MEAN);
}

/* The baseline in the current row, if the call has one. */
static int64
current_baseline(FunctionCallInfo fcinfo)
{
	const char *hint = "Write how many points set centre and limits, such as baseline => 24, or leave it out.";
	bool is_null;
	int32 baseline;

	if (PG_NARGS() < 2)
		return NO_BASELINE;
	baseline = DatumGetInt32(WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), 1, &is_null));
	if (is_null)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "baseline"),
				 errhint("%s", hint)));
	if (baseline < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"baseline\" must be 2 or more"),
				 errdetail("It is %d, and it takes two points to see how far they vary.", baseline),
				 errhint("%s", hint)));
	return baseline;
}

/* All rows of a partition have one baseline. */
static void
check_baseline(int64 baseline, int64 other)
{
	if (baseline != other)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"baseline\" must be the same in all rows of a partition"),
				 errdetail("It is " INT64_FORMAT " in one row and " INT64_FORMAT " in another.", baseline, other)));
}

/* Two points are in the same place of the window's order, or it has none at all. */
pg_noreturn static void
report_order(FunctionCallInfo fcinfo, int64 row, int64 other)
{
	ereport(ERROR,
			(errcode(ERRCODE_WINDOWING_ERROR),
			 errmsg("%s needs rows one after the other", get_func_name(fcinfo->flinfo->fn_oid)),
			 errdetail("Rows " INT64_FORMAT " and " INT64_FORMAT " of a partition are in the same place.",
					   row + 1, other + 1),
			 errhint("Write OVER (PARTITION BY YOUR_GROUP ORDER BY YOUR_WEEK), with one row for each group and week.")));
}

/*
 * Raise an error unless the window puts the points in an order.  Without, or with two at
 * one time, the result would hang on the order in which PostgreSQL happens to read the rows.
 */
static void
check_order(FunctionCallInfo fcinfo, const Partition *partition)
{
	WindowObject window = PG_WINDOW_OBJECT();
	int64 last = -1;

	for (int64 row = 0; row < partition->rows; row++)
	{
		CHECK_FOR_INTERRUPTS();
		if (partition->places[row] < 0)
			continue;
		if (last >= 0 && WinRowsArePeers(window, last, row))
			report_order(fcinfo, last, row);
		last = row;
	}
}

/* Compute the control limits of a partition, and free what only this needs. */
static void
compute_limits(Partition *partition)
{
	double *n = allocate(partition->count, sizeof(double));
	double *value = allocate(partition->count, sizeof(double));

	for (int64 i = 0; i < partition->count; i++)
	{
		n[i] = partition->units[i].n;
		value[i] = partition->units[i].value;
	}
	partition->limits = allocate(partition->count, sizeof(CesLimits));
	if (partition->count > 0)
		ces_control_limits(partition->count, n, value, partition->expected,
						   Min(partition->baseline, partition->count), partition->limits);
	pfree(n);
	pfree(value);
	pfree(partition->units);
	partition->units = NULL;
}

/* The name of the rule by which a point signals, or NULL. */
static const char *
signal_name(CesSignal signal)
{
	switch (signal)
	{
		case CES_SIGNAL_OUTSIDE:
			return "outside";
		case CES_SIGNAL_SHIFT:
			return "shift";
		case CES_SIGNAL_TREND:
			return "trend";
		case CES_SIGNAL_NEAR_LIMITS:
			return "near limits";
		default:
			return NULL;
	}
}

/* The current row on the control chart of its partition. */
static Datum
limits(FunctionCallInfo fcinfo, CesMetric metric)
{
	Partition *partition;
	const Call *call;
	const CesLimits *point;
	const char *signal;
	int64 baseline;
	int64 place;
	Datum values[lengthof(limits_columns)] = {0};
	bool nulls[lengthof(limits_columns)] = {false, false, true, true, true};

	ces_check_window(fcinfo);
	call = call_of(fcinfo, lengthof(limits_columns), limits_columns);
	baseline = current_baseline(fcinfo);
	partition = current_partition(fcinfo);
	if (!partition->is_read)
	{
		MemoryContext caller = MemoryContextSwitchTo(GetMemoryChunkContext(partition));

		read_partition(fcinfo, call, partition, metric, baseline);
		check_order(fcinfo, partition);
		compute_limits(partition);
		MemoryContextSwitchTo(caller);
	}
	check_baseline(partition->baseline, baseline);
	place = current_point(fcinfo, partition);
	if (place < 0)
		PG_RETURN_NULL();
	point = &partition->limits[place];
	values[0] = partition->values[place];
	values[1] = partition->overall;
	if (!isnan(point->lower))
	{
		values[2] = limit_of(partition, place, point->lower, numeric_smaller);
		values[3] = limit_of(partition, place, point->upper, numeric_larger);
		nulls[2] = nulls[3] = false;
	}
	signal = signal_name(point->signal);
	if (signal != NULL)
	{
		values[4] = CStringGetTextDatum(signal);
		nulls[4] = false;
	}
	return HeapTupleGetDatum(heap_form_tuple(call->row_type, values, nulls));
}

/* Has the share in the top box changed? */
PG_FUNCTION_INFO_V1(ces_topbox_limits);
Datum
ces_topbox_limits(PG_FUNCTION_ARGS)
{
	return limits(fcinfo, CES_METRIC_TOPBOX);
}

/* Has the net promoter score changed? */
PG_FUNCTION_INFO_V1(ces_nps_limits);
Datum
ces_nps_limits(PG_FUNCTION_ARGS)
{
	return limits(fcinfo, CES_METRIC_NPS);
}

/* Has the mean score changed? */
PG_FUNCTION_INFO_V1(ces_mean_limits);
Datum
ces_mean_limits(PG_FUNCTION_ARGS)
{
	return limits(fcinfo, CES_METRIC_MEAN);
}

/* What a line of text shows: a point between its limits */
typedef enum Mark
{
	MARK_NOTHING,
	MARK_INSIDE,
	MARK_LOWER,
	MARK_UPPER,
	MARK_CENTRE,
	MARK_POINT,
	MARK_BELOW,
	MARK_ABOVE
} Mark;

/* A line of text on which numbers from low to high have a place */
typedef struct Line
{
	double low;
	double high;
	int width;
	Mark marks[FLEXIBLE_ARRAY_MEMBER];
} Line;

#define MIN_BAR_WIDTH 10
#define MAX_BAR_WIDTH 1000

/* An empty line for the numbers from argument 1 to argument 2, as wide as argument 3 says. */
static Line *
make_line(FunctionCallInfo fcinfo)
{
	double low = DatumGetFloat8(DirectFunctionCall1(numeric_float8, PG_GETARG_DATUM(1)));
	double high = DatumGetFloat8(DirectFunctionCall1(numeric_float8, PG_GETARG_DATUM(2)));
	int32 width = PG_GETARG_INT32(3);
	Line *line;

	/* Written so that NaN fails, too. */
	if (!(low < high && isfinite(high - low)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"low\" must be less than argument \"high\""),
				 errdetail("They are %g and %g.", low, high),
				 errhint("For a percentage, write 0, 100, or the part of it that you want to see.")));
	if (width < MIN_BAR_WIDTH || width > MAX_BAR_WIDTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width %d is not between %d and %d", width, MIN_BAR_WIDTH, MAX_BAR_WIDTH)));
	line = palloc0(offsetof(Line, marks) + sizeof(Mark) * width);
	line->low = low;
	line->high = high;
	line->width = width;
	return line;
}

/* The place of a number on the line, at one of its ends if it lies beyond. */
static int
place_on(const Line *line, double number)
{
	if (number <= line->low)
		return 0;
	if (number >= line->high)
		return line->width - 1;
	return (int) rint((number - line->low) / (line->high - line->low) * (line->width - 1));
}

static bool
is_on(const Line *line, double number)
{
	return number >= line->low && number <= line->high;
}

/* Mark what lies between two numbers, as far as the line has it. */
static void
mark_between(Line *line, double lower, double upper)
{
	/* Written so that NaN fails, too. */
	if (!(lower <= upper && lower <= line->high && upper >= line->low))
		return;
	for (int i = place_on(line, lower); i <= place_on(line, upper); i++)
		line->marks[i] = MARK_INSIDE;
}

/* Mark a number, if the line has it. */
static void
mark_number(Line *line, double number, Mark mark)
{
	if (is_on(line, number))
		line->marks[place_on(line, number)] = mark;
}

/* The line, in characters that the database has. */
static text *
text_of_line(const Line *line)
{
	static const char *const boxes[] = {" ", "─", "├", "┤", "┼", "●", "<", ">"};
	static const char *const ascii[] = {" ", "-", "|", "|", "+", "o", "<", ">"};
	const char *const *characters = GetDatabaseEncoding() == PG_UTF8 ? boxes : ascii;
	StringInfoData result;

	initStringInfo(&result);
	for (int i = 0; i < line->width; i++)
		appendStringInfoString(&result, characters[line->marks[i]]);
	return cstring_to_text_with_len(result.data, result.len);
}

/* Read the numbers of a ces_limits_point; NaN for those that are NULL. */
static void
read_limits_point(HeapTupleHeader row, double *numbers)
{
	TupleDesc row_type = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	Datum values[lengthof(limits_columns)];
	bool nulls[lengthof(limits_columns)];

	ItemPointerSetInvalid(&tuple.t_self);
	ces_check_columns(row_type, lengthof(limits_columns), limits_columns);
	heap_deform_tuple(&tuple, row_type, values, nulls);
	ReleaseTupleDesc(row_type);
	for (int i = 0; i < 4; i++)
		numbers[i] = nulls[i] ? NAN : DatumGetFloat8(DirectFunctionCall1(numeric_float8, values[i]));
}

/*
 * ces_limits_bar(point, low, high, width): a point of a control chart as a line of text,
 * with its limits and their centre.  NULL if it has no value.
 */
PG_FUNCTION_INFO_V1(ces_limits_bar);
Datum
ces_limits_bar(PG_FUNCTION_ARGS)
{
	Line *line = make_line(fcinfo);
	double numbers[4];

	read_limits_point(PG_GETARG_HEAPTUPLEHEADER(0), numbers);
	if (isnan(numbers[0]))
		PG_RETURN_NULL();
	mark_between(line, numbers[2], numbers[3]);
	mark_number(line, numbers[1], MARK_CENTRE);
	mark_number(line, numbers[2], MARK_LOWER);
	mark_number(line, numbers[3], MARK_UPPER);
	mark_number(line, numbers[0], MARK_POINT);
	if (!is_on(line, numbers[0]))
		line->marks[place_on(line, numbers[0])] = numbers[0] < line->low ? MARK_BELOW : MARK_ABOVE;
	PG_RETURN_TEXT_P(text_of_line(line));
}
