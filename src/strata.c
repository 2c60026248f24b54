/*-------------------------------------------------------------------------
 *
 * strata.c
 *	  Fair comparisons: two groups within strata such as channels and weeks, and a
 *	  metric at a constant mix of strata.
 *
 * The state of these aggregates is the list of their strata.  The final functions put
 * it into an order of its own before they add anything up, so a result is the same to
 * the last digit however the rows were divided over processes.  All metrics share a
 * state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "calls.h"
#include "catalog/pg_type.h"
#include "estimates.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "math/distributions.h"
#include "math/permutation.h"
#include "metrics.h"
#include "miscadmin.h"
#include "numerics.h"
#include "row_types.h"
#include "tally.h"

/*
 * The state: strata one after the other, each of them two tallies, or a tally and a
 * weight.  Everything begins at a multiple of eight bytes.
 */
typedef struct Strata
{
	CesScale scale; /* if there are strata */
	double confidence;
	bool are_pairs; /* of tallies */
	int64 count;
	Size size; /* in bytes */
	Size capacity;
	char *bytes;
} Strata;

/* The types of the columns of ces_comparison, and of ces_estimate */
static const Oid comparison_columns[] = {NUMERICOID, NUMRANGEOID, FLOAT8OID, FLOAT8OID};
static const Oid estimate_columns[] = {NUMERICOID, NUMRANGEOID};
#define MAX_COLUMNS lengthof(comparison_columns)

#define DEFAULT_CONFIDENCE 0.95
#define INITIAL_CAPACITY 256

/*
 * States
 */

/* The memory of the aggregate; outside of one, of the call. */
static MemoryContext
memory_of_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	return AggCheckCallContext(fcinfo, &context) ? context : CurrentMemoryContext;
}

/* A state without strata. */
static Strata *
make_state(MemoryContext context, double confidence, bool are_pairs)
{
	Strata *strata = MemoryContextAllocZero(context, sizeof(Strata));

	strata->confidence = confidence;
	strata->are_pairs = are_pairs;
	strata->capacity = INITIAL_CAPACITY;
	strata->bytes = MemoryContextAlloc(context, strata->capacity);
	return strata;
}

/* Append bytes to a state, padded with zeros. */
static void
append(Strata *strata, const void *bytes, Size size)
{
	Size padded = MAXALIGN(size);

	if (strata->capacity - strata->size < padded)
	{
		strata->capacity = 2 * strata->capacity + padded;
		strata->bytes = repalloc_huge(strata->bytes, strata->capacity);
	}
	memcpy(strata->bytes + strata->size, bytes, size);
	memset(strata->bytes + strata->size + size, 0, padded - size);
	strata->size += padded;
}

/* Append a tally in its narrowest form, so that equal tallies are equal bytes. */
static void
append_tally(Strata *strata, const CesTally *tally)
{
	CesTally *narrow = ces_tally_make_narrow(tally);

	append(strata, narrow, VARSIZE_ANY(narrow));
	pfree(narrow);
}

/* The bytes from a tally to what follows it. */
static Size
size_of_tally(const char *position)
{
	return MAXALIGN(VARSIZE_ANY(position));
}

/* Raise an error if a state comes from an aggregate of the other kind, in one that a user has put together. */
static void
check_kind(const Strata *strata, bool are_pairs)
{
	if (strata->are_pairs != are_pairs)
		elog(ERROR, "strata come from another aggregate");
}

/* All rows must ask for the same confidence. */
static void
check_confidence(double confidence, double other)
{
	if (confidence != other)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence levels %g and %g differ within a group", confidence, other),
				 errhint("Write the same number for all rows, such as 0.95.")));
}

/* The confidence that a row asks for: an argument that the aggregate may lack. */
static double
confidence_of_row(FunctionCallInfo fcinfo, int argument)
{
	if (PG_NARGS() <= argument)
		return DEFAULT_CONFIDENCE;
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("confidence level must not be null"),
				 errhint("For 95 percent, write 0.95.")));
	return ces_get_confidence(fcinfo, argument);
}

/* The state to which a row is added. */
static Strata *
state_for_row(FunctionCallInfo fcinfo, bool are_pairs)
{
	double confidence = confidence_of_row(fcinfo, 3);
	Strata *strata;

	if (PG_ARGISNULL(0))
		return make_state(memory_of_state(fcinfo), confidence, are_pairs);
	strata = (Strata *) PG_GETARG_POINTER(0);
	check_kind(strata, are_pairs);
	check_confidence(strata->confidence, confidence);
	return strata;
}

/* A stratum on another scale than those before. */
static void
check_scale_of_strata(FunctionCallInfo fcinfo, Strata *strata, CesScale scale)
{
	if (strata->count > 0 && !ces_scale_equals(strata->scale, scale))
	{
		const Aggref *call = ces_called_aggregate(fcinfo, PG_NARGS() - 1);

		ces_report_two_scales(strata->scale, scale,
							  psprintf("Add %sces_scale(%s) to %s BY.", ces_schema_prefix(fcinfo),
									   ces_argument_text(fcinfo, call, 0, "YOUR_TALLY"),
									   ces_is_in_window(fcinfo) ? "PARTITION" : "GROUP"));
	}
	strata->scale = scale;
}

/* An argument that may be NULL or have no answers; then NULL. */
static const CesTally *
get_answers(FunctionCallInfo fcinfo, int argument)
{
	const CesTally *tally;

	if (PG_ARGISNULL(argument))
		return NULL;
	tally = PG_GETARG_CES_TALLY(argument);
	return ces_tally_total(tally) == 0 ? NULL : tally;
}

/*
 * Transition function: (state, a, b [, confidence]).  A stratum in which one side has no
 * answers says nothing.
 */
PG_FUNCTION_INFO_V1(ces_stratified_accum);
Datum
ces_stratified_accum(PG_FUNCTION_ARGS)
{
	const CesTally *a = get_answers(fcinfo, 1);
	const CesTally *b = get_answers(fcinfo, 2);
	Strata *strata = state_for_row(fcinfo, true);

	if (a == NULL || b == NULL)
		PG_RETURN_POINTER(strata);
	if (!ces_scale_equals(ces_tally_scale(a), ces_tally_scale(b)))
		ces_report_two_scales(ces_tally_scale(a), ces_tally_scale(b),
							  "Only tallies on the same scale, with the same cuts, can be compared.");
	check_scale_of_strata(fcinfo, strata, ces_tally_scale(a));
	append_tally(strata, a);
	append_tally(strata, b);
	strata->count++;
	PG_RETURN_POINTER(strata);
}

/* The weight of a stratum, an argument; 0 for NULL. */
static double
get_weight(FunctionCallInfo fcinfo, int argument)
{
	double weight = PG_ARGISNULL(argument) ? 0 : PG_GETARG_FLOAT8(argument);

	if (!(weight >= 0) || isinf(weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g of a stratum is not a number from 0 on", weight),
				 errhint("A weight is the stratum's share of the mix, such as its number of customers.")));
	return weight;
}

/* A stratum has a weight, but nobody has answered there. */
pg_noreturn static void
report_no_answers(FunctionCallInfo fcinfo, double weight)
{
	const Aggref *call = ces_called_aggregate(fcinfo, PG_NARGS() - 1);
	const char *tally = ces_argument_text(fcinfo, call, 0, "YOUR_TALLY");

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a stratum with weight %g has no answers", weight),
			 errdetail("What its answers would have been can't be known."),
			 errhint("Merge it with a stratum that is like it, or take it out of the mix on both sides of a comparison: FILTER (WHERE %sces_count(%s) > 0).",
					 ces_schema_prefix(fcinfo), tally)));
}

/* Transition function: (state, tally, weight [, confidence]). */
PG_FUNCTION_INFO_V1(ces_standardized_accum);
Datum
ces_standardized_accum(PG_FUNCTION_ARGS)
{
	const CesTally *tally = get_answers(fcinfo, 1);
	double weight = get_weight(fcinfo, 2);
	Strata *strata = state_for_row(fcinfo, false);

	if (weight == 0)
		PG_RETURN_POINTER(strata);
	if (tally == NULL)
		report_no_answers(fcinfo, weight);
	check_scale_of_strata(fcinfo, strata, ces_tally_scale(tally));
	append_tally(strata, tally);
	append(strata, &weight, sizeof(weight));
	strata->count++;
	PG_RETURN_POINTER(strata);
}

/* Combine function. */
PG_FUNCTION_INFO_V1(ces_strata_combine);
Datum
ces_strata_combine(PG_FUNCTION_ARGS)
{
	Strata *strata = PG_ARGISNULL(0) ? NULL : (Strata *) PG_GETARG_POINTER(0);
	const Strata *other = PG_ARGISNULL(1) ? NULL : (const Strata *) PG_GETARG_POINTER(1);

	if (other != NULL)
	{
		if (strata == NULL)
			strata = make_state(memory_of_state(fcinfo), other->confidence, other->are_pairs);
		check_kind(strata, other->are_pairs);
		check_confidence(strata->confidence, other->confidence);
		if (other->count > 0)
		{
			check_scale_of_strata(fcinfo, strata, other->scale);
			append(strata, other->bytes, other->size);
			strata->count += other->count;
		}
	}
	fcinfo->isnull = strata == NULL;
	return PointerGetDatum(strata);
}

/* A partial result as bytes, for another process of this server. */
PG_FUNCTION_INFO_V1(ces_strata_serialize);
Datum
ces_strata_serialize(PG_FUNCTION_ARGS)
{
	const Strata *strata = (const Strata *) PG_GETARG_POINTER(0);
	StringInfoData message;

	if (strata->size > MaxAllocSize / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many strata for a parallel query"),
				 errhint("SET max_parallel_workers_per_gather = 0;")));
	pq_begintypsend(&message);
	pq_sendfloat8(&message, strata->confidence);
	pq_sendint64(&message, strata->count);
	pq_sendbytes(&message, strata->bytes, (int) strata->size);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* Partial results that are not those of this aggregate. */
pg_noreturn static void
report_invalid_state(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid partial result of an aggregate over strata")));
}

/* The bytes of the tally at this position, if there is one on this scale before the end. */
static Size
checked_size_of_tally(const char *position, const char *end, const CesScale *scale)
{
	Size left = end - position;
	const CesTally *tally = (const CesTally *) position;

	if (left < VARHDRSZ + sizeof(CesScale) || VARATT_IS_EXTERNAL(tally) || size_of_tally(position) > left)
		report_invalid_state();
	ces_tally_check(tally);
	if (!ces_scale_equals(ces_tally_scale(tally), *scale) || ces_tally_total(tally) == 0)
		report_invalid_state();
	return size_of_tally(position);
}

/* The bytes of the weight at this position, if there is one before the end. */
static Size
checked_size_of_weight(const char *position, const char *end)
{
	double weight;

	if ((Size) (end - position) < sizeof(weight))
		report_invalid_state();
	memcpy(&weight, position, sizeof(weight));
	if (!(weight > 0) || isinf(weight))
		report_invalid_state();
	return sizeof(weight);
}

/* Are the bytes of a partial result so many strata, each with a tally and so many more bytes, or two tallies? */
static void
check_strata(Strata *strata)
{
	const char *position = strata->bytes;
	const char *end = position + strata->size;

	if (strata->count > 0)
	{
		if (strata->size < VARHDRSZ + sizeof(CesScale) || !ces_tally_is_flat((const CesTally *) position))
			report_invalid_state();
		strata->scale = ces_tally_scale((const CesTally *) position);
	}
	for (int64 i = 0; i < strata->count; i++)
	{
		position += checked_size_of_tally(position, end, &strata->scale);
		if (strata->are_pairs)
			position += checked_size_of_tally(position, end, &strata->scale);
		else
			position += checked_size_of_weight(position, end);
	}
	if (position != end)
		report_invalid_state();
}

/* A partial result from these bytes. */
static Datum
deserialize(FunctionCallInfo fcinfo, bool are_pairs)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData message;
	Strata *strata;
	double confidence;

	initStringInfo(&message);
	appendBinaryStringInfo(&message, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	confidence = pq_getmsgfloat8(&message);
	strata = make_state(CurrentMemoryContext, confidence, are_pairs);
	strata->count = pq_getmsgint64(&message);
	append(strata, message.data + message.cursor, message.len - message.cursor);
	pfree(message.data);
	if (!(confidence > 0 && confidence < 1) || strata->count < 0)
		report_invalid_state();
	check_strata(strata);
	PG_RETURN_POINTER(strata);
}

/* Deserialization function of the comparisons. */
PG_FUNCTION_INFO_V1(ces_stratified_deserialize);
Datum
ces_stratified_deserialize(PG_FUNCTION_ARGS)
{
	return deserialize(fcinfo, true);
}

/* Deserialization function of the standardized metrics. */
PG_FUNCTION_INFO_V1(ces_standardized_deserialize);
Datum
ces_standardized_deserialize(PG_FUNCTION_ARGS)
{
	return deserialize(fcinfo, false);
}

/*
 * Strata in an order of their own
 */

/* The bytes of one stratum */
typedef struct Piece
{
	const char *bytes;
	Size size;
} Piece;

/* A qsort comparator that only strata with the same bytes pass as equal. */
static int
compare_pieces(const void *a, const void *b)
{
	const Piece *piece = a;
	const Piece *other = b;
	int order = memcmp(piece->bytes, other->bytes, Min(piece->size, other->size));

	return order != 0 ? order : (piece->size > other->size) - (piece->size < other->size);
}

/* The strata of a state, sorted. */
static Piece *
sorted_pieces(const Strata *strata)
{
	Piece *pieces = palloc_extended(sizeof(Piece) * strata->count, MCXT_ALLOC_HUGE);
	const char *position = strata->bytes;

	for (int64 i = 0; i < strata->count; i++)
	{
		Size size = size_of_tally(position);

		size += strata->are_pairs ? size_of_tally(position + size) : sizeof(double);
		pieces[i] = (Piece){position, size};
		position += size;
	}
	qsort(pieces, strata->count, sizeof(Piece), compare_pieces);
	return pieces;
}

/* The strata of a final function, an argument; NULL if there are none. */
static const Strata *
strata_of(FunctionCallInfo fcinfo, bool are_pairs)
{
	const Strata *strata = PG_ARGISNULL(0) ? NULL : (const Strata *) PG_GETARG_POINTER(0);

	if (strata == NULL || strata->count == 0)
		return NULL;
	check_kind(strata, are_pairs);
	return strata;
}

/* The weight after the tally of a piece. */
static double
weight_of_piece(const Piece *piece)
{
	double weight;

	memcpy(&weight, piece->bytes + size_of_tally(piece->bytes), sizeof(weight));
	return weight;
}

/*
 * One side: a metric at a mix of strata
 */

/* A stratum of one side */
typedef struct Stratum
{
	const CesTally *tally;
	double weight;
} Stratum;

typedef struct Side
{
	int64 count;
	Stratum *strata;
	CesMetric metric;
	double weight; /* of all strata */
} Side;

/* A side with room for so many strata. */
static Side
make_side(int64 count, CesMetric metric)
{
	return (Side){.strata = palloc_extended(sizeof(Stratum) * count, MCXT_ALLOC_HUGE), .metric = metric};
}

/* Add a stratum. */
static void
add_to_side(Side *side, const CesTally *tally, double weight)
{
	side->strata[side->count] = (Stratum){tally, weight};
	side->count++;
	side->weight += weight;
}

/* How many answers' worth of variance each stratum borrows */
#define BORROWED_ANSWERS 4

/* Strata mixed by weights, as if so many answers were drawn at random from the mix */
typedef struct Mix
{
	CesValueCounts values;
	double squares; /* of the weights, divided by the answers of their strata */
} Mix;

/* Add a stratum with this weight. */
static void
add_to_mix(Mix *mix, const CesValueCounts *stratum, double weight)
{
	mix->values.points = stratum->points;
	mix->values.lowest = stratum->lowest;
	mix->values.step = stratum->step;
	for (int i = 0; i < stratum->points; i++)
		mix->values.counts[i] += weight * (stratum->counts[i] / stratum->total);
	mix->squares += weight * (weight / stratum->total);
}

/* How many answers the mean of a mix is worth, if all had the same variance: Kish, Survey sampling (1965). */
static double
answers_of_mix(const Mix *mix)
{
	return mix->values.total * (mix->values.total / mix->squares);
}

/* The variance of answers drawn at random from a mix, estimated without bias. */
static double
variance_of_mix(const Mix *mix)
{
	double answers = answers_of_mix(mix);
	double variance = ces_values_sum_of_powers(&mix->values, 2) / mix->values.total;

	return answers > 1 ? variance / (1 - 1 / answers) : variance;
}

/*
 * The mix of a side as if it were so many answers to one question that their mean has the
 * variance of the weighted mean.  A few answers show little of the variance in their stratum, and
 * one shows nothing; so each stratum borrows a part of it from the mix of those that borrow.
 */
static CesValueCounts
effective_answers(const Side *side)
{
	Mix all = {0};
	Mix borrowers = {0};
	double variance = 0; /* of the weighted mean */
	double answers;

	for (int64 h = 0; h < side->count; h++)
	{
		CesValueCounts values = ces_count_values(side->strata[h].tally, side->metric);
		double weight = side->strata[h].weight / side->weight;
		double square = weight * (weight / values.total);
		double divisor = values.total - 1 + BORROWED_ANSWERS;

		CHECK_FOR_INTERRUPTS();
		add_to_mix(&all, &values, weight);
		add_to_mix(&borrowers, &values, square * BORROWED_ANSWERS / divisor);
		variance += square * ces_values_sum_of_powers(&values, 2) / divisor;
	}
	all.values = ces_summarize_values(all.values);
	borrowers.values = ces_summarize_values(borrowers.values);
	if (borrowers.values.total > 0)
		variance += borrowers.values.total * variance_of_mix(&borrowers);
	answers = answers_of_mix(&all);
	if (answers > 1 && variance > 0)
		answers = variance_of_mix(&all) / variance;
	all.values.total = 0;
	for (int i = 0; i < all.values.points; i++)
		all.values.counts[i] *= answers;
	return ces_summarize_values(all.values);
}

/*
 * The interval of the metric with a part of z, in steps from the lowest value.  It is as if Wilson's
 * interval added z² answers that nobody gave; that of a mean adds fewer for a part, too.
 */
static CesBounds
interval_in_steps(const CesValueCounts *values, CesMetric metric, double z, double part)
{
	if (metric == CES_METRIC_TOPBOX)
		return ces_wilson_interval(values->counts[1], values->total, part * z);
	return ces_mean_interval(values, part * z, part * part * CES_PSEUDO_ANSWERS);
}

/* How far the bounds of the strata's intervals are from their means */
typedef struct Margins
{
	double lower; /* weighted, added up */
	double upper;
	double lower_error; /* the root of the sum of their squares */
	double upper_error;
} Margins;

/* The margins with these parts of z, for the lower and for the upper bounds. */
static Margins
margins_of_strata(const Side *side, double z, CesBounds part)
{
	Margins margins = {0};

	for (int64 h = 0; h < side->count; h++)
	{
		CesValueCounts values = ces_count_values(side->strata[h].tally, side->metric);
		double weight = side->strata[h].weight / side->weight;
		double mean = ces_values_mean_in_steps(&values);
		double lower = weight * (mean - interval_in_steps(&values, side->metric, z, part.lower).lower);
		double upper = weight * (interval_in_steps(&values, side->metric, z, part.upper).upper - mean);

		CHECK_FOR_INTERRUPTS();
		margins.lower += lower;
		margins.upper += upper;
		margins.lower_error += lower * lower;
		margins.upper_error += upper * upper;
	}
	margins.lower_error = sqrt(margins.lower_error);
	margins.upper_error = sqrt(margins.upper_error);
	return margins;
}

/* The part of a sum of errors that remains as they even out; all of it if they are next to nothing. */
static double
evened_out(double sum, double error)
{
	return error > 0 ? Min(error / sum, 1) : 1;
}

/*
 * The interval of a weighted mean, from intervals of its strata that are narrower in common
 * by as much as errors even out: Yan & Su, Stratified Wilson and Newcombe confidence
 * intervals for multiple binomial proportions (2010), with a z of its own for each bound.
 */
static CesBounds
stratified_interval(const Side *side, double mean, double z)
{
	Margins margins = margins_of_strata(side, z, (CesBounds){1, 1});
	CesBounds relaxed = {evened_out(margins.lower, margins.lower_error), evened_out(margins.upper, margins.upper_error)};

	margins = margins_of_strata(side, z, relaxed);
	return (CesBounds){mean - margins.lower, mean + margins.upper};
}

/*
 * The interval of a side's metric, in steps: the outer bounds of two, each of which fails
 * where the other holds.  Effective answers are too sure of a few small strata beside large
 * ones that hardly vary; stratified intervals, of many strata with few answers each.
 */
static CesBounds
side_interval(const Side *side, const CesValueCounts *effective, double z)
{
	CesBounds a = interval_in_steps(effective, side->metric, z, 1);
	CesBounds b = stratified_interval(side, ces_values_mean_in_steps(effective), z);

	return (CesBounds){Min(a.lower, b.lower), Max(a.upper, b.upper)};
}

/* The columns of the result, as a row of the type that the function returns. */
static Datum
row_of(FunctionCallInfo fcinfo, Datum *values, int columns, const Oid *types)
{
	bool nulls[MAX_COLUMNS] = {false};
	FmgrInfo *function = fcinfo->flinfo;

	if (function->fn_extra == NULL)
		function->fn_extra = ces_result_row_type(fcinfo, columns, types);
	return HeapTupleGetDatum(heap_form_tuple(function->fn_extra, values, nulls));
}

/* The metric at the mix of the weights: value and ci. */
static Datum
standardize(FunctionCallInfo fcinfo, CesMetric metric)
{
	const Strata *strata = strata_of(fcinfo, false);
	Piece *pieces;
	CesBounds range;
	CesBounds ci;
	CesValueCounts effective;
	double largest = 0;
	double value;
	Side side;
	Datum values[lengthof(estimate_columns)];

	if (strata == NULL)
		PG_RETURN_NULL();
	pieces = sorted_pieces(strata);
	side = make_side(strata->count, metric);
	/* Weights of any size, so that neither their sum nor their squares leave the range of a double. */
	for (int64 i = 0; i < strata->count; i++)
		largest = Max(largest, weight_of_piece(&pieces[i]));
	for (int64 i = 0; i < strata->count; i++)
		add_to_side(&side, (const CesTally *) pieces[i].bytes, weight_of_piece(&pieces[i]) / largest);
	effective = effective_answers(&side);
	range = ces_metric_range(strata->scale, metric);
	ci = side_interval(&side, &effective, ces_normal_critical(strata->confidence));
	ci = (CesBounds){effective.lowest + effective.step * ci.lower, effective.lowest + effective.step * ci.upper};
	value = ces_values_mean(&effective);
	value = Max(range.lower, Min(range.upper, value));
	ci = ces_clip_interval((CesBounds){Min(ci.lower, value), Max(ci.upper, value)}, range.lower, range.upper);
	values[0] = ces_numeric_from_float8(value);
	values[1] = ces_numrange(ci);
	return row_of(fcinfo, values, lengthof(estimate_columns), estimate_columns);
}

/*
 * Two sides, compared within strata
 */

/*
 * Sums over the strata, in steps of the metric's values.  The weight of a stratum with n
 * answers of a and m of b is w = nm / (n + m).
 */
typedef struct Comparison
{
	double weight; /* w */
	double difference; /* w (mean of a - mean of b) */
	double null_variance; /* of that sum if both sides answer alike in each stratum */
	double null_third; /* its third central moment then */
	double variance; /* of that sum otherwise */
	double sato_p; /* shares: the variance of that sum is difference * sato_p + sato_q */
	double sato_q;
	int points;
	double step;
	Side a;
	Side b;
} Comparison;

/* The sum of squared deviations from the mean. */
static double
squares_of(const CesValueCounts *values)
{
	return ces_values_sum_of_powers(values, 2);
}

/* The answers of both. */
static CesValueCounts
add_values(const CesValueCounts *a, const CesValueCounts *b)
{
	CesValueCounts all = *a;

	all.total = 0;
	for (int i = 0; i < all.points; i++)
		all.counts[i] += b->counts[i];
	return ces_summarize_values(all);
}

/* The variance of a side's answers; from one answer, what both sides together show. */
static double
variance_of_side(const CesValueCounts *values, double variance_of_both)
{
	return values->total > 1 ? squares_of(values) / (values->total - 1) : variance_of_both;
}

/* Add a stratum. */
static void
add_stratum(Comparison *sums, const CesValueCounts *a, const CesValueCounts *b)
{
	CesValueCounts all = add_values(a, b);
	double n = a->total;
	double m = b->total;
	double w = n / all.total * m;
	double variance = squares_of(&all) / (all.total - 1);

	sums->weight += w;
	sums->difference += w * (ces_values_mean_from(a, all.mode) - ces_values_mean_from(b, all.mode));
	sums->null_variance += w * variance;
	if (all.total > 2)
		sums->null_third += w * ((m - n) / (all.total - 1)) * (ces_values_sum_of_powers(&all, 3) / (all.total - 2));
	sums->variance += w * w * (variance_of_side(a, variance) / n + variance_of_side(b, variance) / m);
	sums->points = all.points;
	sums->step = all.step;
}

/*
 * Add a stratum's part of the variance of a common difference between shares: Sato,
 * Greenland & Robins, On the variance estimator for the Mantel-Haenszel risk
 * difference (1989).  It holds for few answers in each of many strata, and for many in few.
 */
static void
add_sato(Comparison *sums, const CesValueCounts *a, const CesValueCounts *b)
{
	double n = a->total;
	double m = b->total;
	double w = n / (n + m) * m;
	double p = a->counts[1] / n;
	double q = b->counts[1] / m;
	double not_p = a->counts[0] / n;
	double not_q = b->counts[0] / m;

	sums->sato_p += w * (n / (n + m) * (q - 0.5) - m / (n + m) * (p - 0.5));
	sums->sato_q += w * (p * not_q + q * not_p) / 2;
}

/*
 * The variance of the sum, with the metric's range as 1, up to which a normal
 * distribution doesn't do: its skewness might be more than a fifth.
 */
#define VARIANCE_OF_FEW 25

/* Does a normal distribution do for a sum with this variance? */
static bool
is_enough(const Comparison *sums, double variance)
{
	double range = sums->points - 1;

	return variance >= VARIANCE_OF_FEW * range * range;
}

/* The variance of the sum, as the answers show it, whether or not both sides answer alike. */
static double
own_variance(const Comparison *sums, CesMetric metric)
{
	if (metric == CES_METRIC_TOPBOX)
		return sums->difference / sums->weight * sums->sato_p + sums->sato_q;
	return sums->variance;
}

/* Are there answers enough to take from them how much each side varies? */
static bool
shows_variance(const Comparison *sums, CesMetric metric)
{
	return is_enough(sums, sums->null_variance) && is_enough(sums, own_variance(sums, metric));
}

/*
 * The two-sided p-value of a skewed statistic with variance 1: it is taken for a gamma
 * variable, whose cube root is nearly normal (Wilson & Hilferty, The distribution of
 * chi-square, 1931).
 */
static double
skewed_p(double z, double skewness)
{
	double base;

	if (fabs(skewness) < 1e-6)
		return ces_normal_two_tails(z);
	base = Max(1 + skewness * z / 2, 0);
	return ces_normal_two_tails(6 / skewness * (cbrt(base) - 1) + skewness / 6);
}

/* What the p-value of few answers may cost, in steps of about half a nanosecond */
#define MAX_STEPS 20000000.0

/* The least multiple of the largest number that counts as one: much less than a p-value can show */
#define NEGLIGIBLE 1e-300

/*
 * Make the largest number 1, leave out those at both ends that are nothing next to it, and
 * move the others to the start of their memory.
 */
static CesDrawSums
normalize(CesDrawSums sums, double *start)
{
	double largest = 0;
	size_t first = 0;
	size_t end = sums.count;

	for (size_t i = 0; i < sums.count; i++)
		largest = Max(largest, sums.ways[i]);
	while (first < sums.observed && sums.ways[first] < largest * NEGLIGIBLE)
		first++;
	while (end > sums.observed + 1 && sums.ways[end - 1] < largest * NEGLIGIBLE)
		end--;
	for (size_t i = first; i < end; i++)
		start[i - first] = sums.ways[i] / largest;
	return (CesDrawSums){start, end - first, sums.observed - first};
}

/* A stratum as a draw from all its answers */
typedef struct Draw
{
	int points;
	double drawn[CES_SCALE_MAX_POINTS];
	double all[CES_SCALE_MAX_POINTS];
	bool is_rest; /* what is drawn is what isn't in the sum */
} Draw;

/*
 * If both sides answer alike, either is a draw from the answers of both.  Of two values,
 * those who gave one are a draw, too, of which the sum is how many of them are in a: the
 * fewer are drawn, the sooner it is done.
 */
static Draw
draw_of(const CesValueCounts *a, const CesValueCounts *b)
{
	Draw draw = {.points = a->points, .is_rest = a->total > b->total};
	double least = Min(a->total, b->total);

	for (int i = 0; i < draw.points; i++)
	{
		draw.drawn[i] = draw.is_rest ? b->counts[i] : a->counts[i];
		draw.all[i] = a->counts[i] + b->counts[i];
	}
	for (int i = 0; draw.points == 2 && i < 2; i++)
	{
		if (a->counts[i] + b->counts[i] >= least)
			continue;
		least = a->counts[i] + b->counts[i];
		draw = (Draw){2, {b->counts[i], a->counts[i]}, {b->total, a->total}, i == 0};
	}
	return draw;
}

/* How the sum of the answers of a is distributed if both sides answer alike. */
static CesDrawSums
draw_sums(const Draw *draw)
{
	double *workspace = palloc_extended(sizeof(double) * ces_permutation_workspace(draw->points, draw->drawn, draw->all), MCXT_ALLOC_HUGE);
	CesDrawSums sums = ces_permutation_sums(draw->points, draw->drawn, draw->all, workspace);

	if (draw->is_rest)
	{
		for (size_t i = 0, j = sums.count - 1; i < j; i++, j--)
		{
			double ways = sums.ways[i];

			sums.ways[i] = sums.ways[j];
			sums.ways[j] = ways;
		}
		sums.observed = sums.count - 1 - sums.observed;
	}
	return normalize(sums, workspace);
}

/* The distribution of the sum of two sums. */
static CesDrawSums
convolve(const CesDrawSums *sums, const CesDrawSums *other)
{
	CesDrawSums result = {.count = sums->count + other->count - 1, .observed = sums->observed + other->observed};

	result.ways = palloc_extended(sizeof(double) * result.count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (size_t i = 0; i < other->count; i++)
	{
		for (size_t j = 0; j < sums->count; j++)
			result.ways[i + j] += other->ways[i] * sums->ways[j];
	}
	return normalize(result, result.ways);
}

/* Does everybody in a stratum give the same answer, so that any draw has the same sum? */
static bool
are_all_alike(const CesValueCounts *a, const CesValueCounts *b)
{
	int different = 0;

	for (int i = 0; i < a->points; i++)
		different += a->counts[i] > 0 || b->counts[i] > 0;
	return different == 1;
}

/*
 * The p-value if both sides answer alike in each stratum: one of them is then a draw from
 * the answers of the stratum, and the sums of the strata add up.  For shares it is the
 * exact conditional test of Cochran (1954), and Mantel & Haenszel (1959).  False if
 * it would take too long.
 */
static bool
exact_p(const Piece *pieces, int64 count, CesMetric metric, double *p)
{
	CesDrawSums sums = {.ways = palloc(sizeof(double)), .count = 1};
	double steps = 0;

	sums.ways[0] = 1;
	for (int64 i = 0; i < count && steps <= MAX_STEPS; i++)
	{
		CesValueCounts a = ces_count_values((const CesTally *) pieces[i].bytes, metric);
		CesValueCounts b = ces_count_values((const CesTally *) (pieces[i].bytes + size_of_tally(pieces[i].bytes)), metric);
		Draw draw = draw_of(&a, &b);

		CHECK_FOR_INTERRUPTS();
		if (are_all_alike(&a, &b))
			continue;
		steps += ces_permutation_steps(draw.points, draw.drawn, draw.all);
		if (steps <= MAX_STEPS)
		{
			CesDrawSums drawn = draw_sums(&draw);

			steps += (double) sums.count * (double) drawn.count;
			if (steps <= MAX_STEPS)
			{
				CesDrawSums sum = convolve(&sums, &drawn);

				pfree(sums.ways);
				sums = sum;
			}
			pfree(drawn.ways);
		}
	}
	*p = ces_draw_sums_p(&sums);
	pfree(sums.ways);
	return steps <= MAX_STEPS;
}

/* The sums over the strata. */
static Comparison
compare_strata(const Piece *pieces, int64 count, CesMetric metric)
{
	Comparison sums = {.a = make_side(count, metric), .b = make_side(count, metric)};

	for (int64 i = 0; i < count; i++)
	{
		const CesTally *tally_a = (const CesTally *) pieces[i].bytes;
		const CesTally *tally_b = (const CesTally *) (pieces[i].bytes + size_of_tally(pieces[i].bytes));
		CesValueCounts a = ces_count_values(tally_a, metric);
		CesValueCounts b = ces_count_values(tally_b, metric);
		double w = a.total / (a.total + b.total) * b.total;

		CHECK_FOR_INTERRUPTS();
		add_stratum(&sums, &a, &b);
		if (metric == CES_METRIC_TOPBOX)
			add_sato(&sums, &a, &b);
		add_to_side(&sums.a, tally_a, w);
		add_to_side(&sums.b, tally_b, w);
	}
	return sums;
}

/* The interval of the difference, in steps. */
static CesBounds
difference_interval(const Comparison *sums, CesMetric metric, double difference, double z)
{
	CesValueCounts a;
	CesValueCounts b;

	if (shows_variance(sums, metric))
	{
		double margin = z * sqrt(own_variance(sums, metric)) / sums->weight;

		return (CesBounds){difference - margin, difference + margin};
	}
	a = effective_answers(&sums->a);
	b = effective_answers(&sums->b);
	return ces_difference_interval(difference, ces_values_mean_in_steps(&a), side_interval(&sums->a, &a, z),
								   ces_values_mean_in_steps(&b), side_interval(&sums->b, &b, z));
}

/* The two-sided p-value of the statistic. */
static double
p_value(const Comparison *sums, double statistic, const Piece *pieces, int64 count, CesMetric metric)
{
	double variance = sums->null_variance;
	double p;

	if (variance == 0)
		return 1;
	if (metric == CES_METRIC_TOPBOX ? is_enough(sums, variance) : shows_variance(sums, metric))
		return ces_normal_two_tails(statistic);
	if (exact_p(pieces, count, metric, &p))
		return p;
	return skewed_p(statistic, sums->null_third / (variance * sqrt(variance)));
}

/* The difference between two sides, within strata: difference, ci, statistic and p_value. */
static Datum
compare(FunctionCallInfo fcinfo, CesMetric metric)
{
	const Strata *strata = strata_of(fcinfo, true);
	Piece *pieces;
	Comparison sums;
	CesBounds ci;
	double difference;
	double step;
	double variance;
	double statistic;
	Datum values[lengthof(comparison_columns)];

	if (strata == NULL)
		PG_RETURN_NULL();
	pieces = sorted_pieces(strata);
	sums = compare_strata(pieces, strata->count, metric);
	difference = sums.difference / sums.weight;
	step = sums.step;
	ci = difference_interval(&sums, metric, difference, ces_normal_critical(strata->confidence));
	ci = ces_clip_interval(ci, 1 - sums.points, sums.points - 1);
	ci = (CesBounds){step * Min(ci.lower, difference), step * Max(ci.upper, difference)};
	variance = metric != CES_METRIC_TOPBOX && shows_variance(&sums, metric) ? sums.variance : sums.null_variance;
	statistic = variance > 0 ? sums.difference / sqrt(variance) : 0;
	values[0] = ces_numeric_from_float8(step * difference);
	values[1] = ces_numrange(ci);
	values[2] = Float8GetDatum(statistic);
	values[3] = Float8GetDatum(p_value(&sums, statistic, pieces, strata->count, metric));
	return row_of(fcinfo, values, lengthof(comparison_columns), comparison_columns);
}

/*
 * Final functions
 */

/* Do the percentages in the top box differ within strata? */
PG_FUNCTION_INFO_V1(ces_topbox_stratified_final);
Datum
ces_topbox_stratified_final(PG_FUNCTION_ARGS)
{
	return compare(fcinfo, CES_METRIC_TOPBOX);
}

/* Do the net promoter scores differ within strata? */
PG_FUNCTION_INFO_V1(ces_nps_stratified_final);
Datum
ces_nps_stratified_final(PG_FUNCTION_ARGS)
{
	return compare(fcinfo, CES_METRIC_NPS);
}

/* Do the means differ within strata? */
PG_FUNCTION_INFO_V1(ces_mean_stratified_final);
Datum
ces_mean_stratified_final(PG_FUNCTION_ARGS)
{
	return compare(fcinfo, CES_METRIC_MEAN);
}

/* The percentage in the top box at a constant mix. */
PG_FUNCTION_INFO_V1(ces_topbox_standardized_final);
Datum
ces_topbox_standardized_final(PG_FUNCTION_ARGS)
{
	return standardize(fcinfo, CES_METRIC_TOPBOX);
}

/* The net promoter score at a constant mix. */
PG_FUNCTION_INFO_V1(ces_nps_standardized_final);
Datum
ces_nps_standardized_final(PG_FUNCTION_ARGS)
{
	return standardize(fcinfo, CES_METRIC_NPS);
}

/* The mean score at a constant mix. */
PG_FUNCTION_INFO_V1(ces_mean_standardized_final);
Datum
ces_mean_standardized_final(PG_FUNCTION_ARGS)
{
	return standardize(fcinfo, CES_METRIC_MEAN);
}
