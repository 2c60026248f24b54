/*-------------------------------------------------------------------------
 *
 * tally.c
 *	  ces_tally: every answer, as a count per point of a scale.
 *
 * A tally is a scale and one counter for each of its points, lowest score
 * first.  All counters of a tally have the same width: 1, 2, 4 or 8 bytes.
 * The width is not stored; it follows from the size of the value and the number
 * of points.  A tally that is stored or returned has the narrowest width that
 * holds its largest count.  Only the state of an aggregate may be wider:
 * counters widen as answers are added, and don't narrow when they are removed.
 *
 * To keep a tally at a dozen bytes, it has a short header wherever that can hold
 * its size, and its counters are not aligned: memcpy reads and writes them.
 *
 * The answers of a tally, all points together, never exceed what bigint holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "tally.h"
#include "utils/array.h"

/* What follows the header of the varlena */
typedef struct TallyBody
{
	CesScale scale;
	uint8 counters[FLEXIBLE_ARRAY_MEMBER];
} TallyBody;

static inline TallyBody *
body_of(const CesTally *tally)
{
	return (TallyBody *) VARDATA_ANY(tally);
}

/*
 * The width of the counters, or 0 if the value does not have the size of a tally.
 * Comparisons are cheaper than the division that they stand for.
 */
static inline Size
counter_width(const CesTally *tally)
{
	Size size = VARATT_IS_SHORT(tally) ? VARSIZE_SHORT(tally) - VARHDRSZ_SHORT : VARSIZE(tally) - VARHDRSZ;
	Size points = ces_scale_points(body_of(tally)->scale);

	size -= sizeof(CesScale);
	if (size == points * sizeof(uint32))
		return sizeof(uint32);
	if (size == points * sizeof(uint16))
		return sizeof(uint16);
	if (size == points)
		return sizeof(uint8);
	if (size == points * sizeof(int64))
		return sizeof(int64);
	return 0;
}

/* The largest count that a counter of this width holds. */
static inline uint64
largest_count(Size width)
{
	return width == sizeof(int64) ? PG_INT64_MAX : (UINT64CONST(1) << (8 * width)) - 1;
}

/*
 * The functions on counters are inlined where their width is a constant: each
 * access is then a single instruction, and the loops are fast.
 */
static inline int64
read_counter(const uint8 *counter, Size width)
{
	uint16 count2;
	uint32 count4;
	int64 count8;

	switch (width)
	{
		case sizeof(uint8):
			return *counter;
		case sizeof(uint16):
			memcpy(&count2, counter, sizeof(count2));
			return count2;
		case sizeof(uint32):
			memcpy(&count4, counter, sizeof(count4));
			return count4;
		default:
			memcpy(&count8, counter, sizeof(count8));
			return count8;
	}
}

static inline void
write_counter(uint8 *counter, Size width, int64 count)
{
	uint16 count2 = (uint16) count;
	uint32 count4 = (uint32) count;

	switch (width)
	{
		case sizeof(uint8):
			*counter = (uint8) count;
			break;
		case sizeof(uint16):
			memcpy(counter, &count2, sizeof(count2));
			break;
		case sizeof(uint32):
			memcpy(counter, &count4, sizeof(count4));
			break;
		default:
			memcpy(counter, &count, sizeof(count));
			break;
	}
}

static inline void
read_counters(const uint8 *counters, Size width, int points, int64 *counts)
{
	for (int i = 0; i < points; i++)
		counts[i] = read_counter(counters + i * width, width);
}

static inline void
write_counters(uint8 *counters, Size width, int points, const int64 *counts)
{
	for (int i = 0; i < points; i++)
		write_counter(counters + i * width, width, counts[i]);
}

/*
 * Read the counts of a tally, and return how many there are.  The array must have
 * room for CES_SCALE_MAX_POINTS.
 */
int
ces_tally_read(const CesTally *tally, int64 *counts)
{
	const uint8 *counters = body_of(tally)->counters;
	int points = ces_scale_points(ces_tally_scale(tally));

	switch (counter_width(tally))
	{
		case sizeof(uint8):
			read_counters(counters, sizeof(uint8), points, counts);
			break;
		case sizeof(uint16):
			read_counters(counters, sizeof(uint16), points, counts);
			break;
		case sizeof(uint32):
			read_counters(counters, sizeof(uint32), points, counts);
			break;
		default:
			read_counters(counters, sizeof(int64), points, counts);
			break;
	}
	return points;
}

/* Write counts into a tally whose counters are wide enough for them. */
static void
write_counts(CesTally *tally, const int64 *counts)
{
	uint8 *counters = body_of(tally)->counters;
	int points = ces_scale_points(ces_tally_scale(tally));

	switch (counter_width(tally))
	{
		case sizeof(uint8):
			write_counters(counters, sizeof(uint8), points, counts);
			break;
		case sizeof(uint16):
			write_counters(counters, sizeof(uint16), points, counts);
			break;
		case sizeof(uint32):
			write_counters(counters, sizeof(uint32), points, counts);
			break;
		default:
			write_counters(counters, sizeof(int64), points, counts);
			break;
	}
}

/* The sum of counts, or -1 if one of them is negative or bigint can't hold it. */
int64
ces_counts_total(const int64 *counts, int points)
{
	int64 total = 0;

	for (int i = 0; i < points; i++)
	{
		if (counts[i] < 0 || pg_add_s64_overflow(total, counts[i], &total))
			return -1;
	}
	return total;
}

/* How many answers a tally has. */
int64
ces_tally_total(const CesTally *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);

	return ces_counts_total(counts, points);
}

/*
 * Is this a tally?  A value of the type may be forged, and must not cause reads or
 * writes beyond its end.  Only counters of eight bytes can be negative, or add up
 * to too much.
 */
static bool
is_tally(const CesTally *tally)
{
	Size width;

	if (!ces_tally_is_flat(tally) || !ces_scale_is_valid(ces_tally_scale(tally)))
		return false;
	width = counter_width(tally);
	if (width < sizeof(int64))
		return width != 0;
	return ces_tally_total(tally) >= 0;
}

/* Raise an error unless this is a tally. */
void
ces_tally_check(const CesTally *tally)
{
	if (!is_tally(tally))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid %s value", "ces_tally"),
				 errdetail("Its %u bytes are not a scale followed by one counter for each of its points.",
						   (uint32) VARSIZE_ANY(tally))));
}

/* A tally to read. */
const CesTally *
ces_tally_detoast(Datum datum)
{
	const CesTally *tally = PG_DETOAST_DATUM_PACKED(datum);

	ces_tally_check(tally);
	return tally;
}

/* A copy of a tally, to change. */
CesTally *
ces_tally_detoast_copy(Datum datum)
{
	CesTally *tally = PG_DETOAST_DATUM_COPY(datum);

	ces_tally_check(tally);
	return tally;
}

/* Raise an error unless this is a scale: a value of the type may be forged. */
static void
check_scale(CesScale scale)
{
	if (!ces_scale_is_valid(scale))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid %s value", "ces_scale")));
}

/* A new tally with these counts, in the narrowest width. */
CesTally *
ces_tally_make(CesScale scale, const int64 *counts)
{
	int points = ces_scale_points(scale);
	Size width = sizeof(uint8);
	Size size;
	CesTally *tally;

	for (int i = 0; i < points; i++)
	{
		Assert(counts[i] >= 0);
		while ((uint64) counts[i] > largest_count(width))
			width *= 2;
	}

	size = sizeof(CesScale) + points * width;
	if (size + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
	{
		tally = palloc(size + VARHDRSZ_SHORT);
		SET_VARSIZE_SHORT(tally, size + VARHDRSZ_SHORT);
	}
	else
	{
		tally = palloc(size + VARHDRSZ);
		SET_VARSIZE(tally, size + VARHDRSZ);
	}
	body_of(tally)->scale = scale;
	write_counts(tally, counts);
	return tally;
}

/* A new tally without answers. */
CesTally *
ces_tally_make_empty(CesScale scale)
{
	const int64 counts[CES_SCALE_MAX_POINTS] = {0};

	check_scale(scale);
	return ces_tally_make(scale, counts);
}

/* A new tally with the same answers, in the narrowest width. */
CesTally *
ces_tally_make_narrow(const CesTally *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];

	ces_tally_read(tally, counts);
	return ces_tally_make(ces_tally_scale(tally), counts);
}

/* Answers on two scales don't mix.  The hint, or NULL, tells the caller what to do about it. */
void
ces_report_two_scales(CesScale scale, CesScale other, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot combine answers on scale \"%s\" with answers on scale \"%s\"",
					ces_scale_text(scale), ces_scale_text(other)),
			 errhint("%s", hint != NULL ? hint : "Only tallies on the same scale, with the same cuts, can be added or subtracted.")));
}

/* An array or a text doesn't have one count for each point.  False after a soft error. */
bool
ces_report_wrong_number_of_counts(int found, CesScale scale, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_plural("%d count does not fit the scale %s",
						   "%d counts do not fit the scale %s",
						   found, found, ces_scale_range_text(scale)),
			 errhint("Write %d counts, one for each score from %d to %d.",
					 ces_scale_points(scale), ces_scale_lowest(scale),
					 ces_scale_highest(scale))));
}

/* The detail of an error that reports too many answers. */
int
ces_errdetail_most_answers(void)
{
	return errdetail("A tally holds at most " INT64_FORMAT " answers.", PG_INT64_MAX);
}

/* More answers than a tally holds. */
void
ces_report_too_many_answers(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s out of range", "ces_tally"),
			 ces_errdetail_most_answers()));
}

pg_noreturn static void
report_negative_count(CesScale scale, int position, int64 present)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("count of score %d would be negative",
					ces_scale_lowest(scale) + position),
			 errdetail("The tally has " INT64_FORMAT " answers with this score, "
					   "fewer than the number to remove.",
					   present),
			 errhint("Subtract only what was added before.")));
}

/*
 * Give a tally other counts: in place if its counters are wide enough, or else
 * as a new one.
 */
static CesTally *
replace_counts(CesTally *tally, const int64 *counts)
{
	CesScale scale = ces_tally_scale(tally);
	uint64 largest = largest_count(counter_width(tally));

	for (int i = 0; i < ces_scale_points(scale); i++)
	{
		if ((uint64) counts[i] > largest)
			return ces_tally_make(scale, counts);
	}
	write_counts(tally, counts);
	return tally;
}

/*
 * The part of ces_tally_add_answers for rare cases: counters that must widen or
 * are as wide as can be, and errors.
 */
static pg_noinline CesTally *
add_answers_slowly(CesTally *tally, int position, int64 answers)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points;
	int64 present;

	ces_tally_check(tally);
	points = ces_tally_read(tally, counts);
	present = counts[position];
	if (pg_add_s64_overflow(present, answers, &counts[position]))
		ces_report_too_many_answers();
	if (counts[position] < 0)
		report_negative_count(ces_tally_scale(tally), position, present);
	if (ces_counts_total(counts, points) < 0)
		ces_report_too_many_answers();
	return replace_counts(tally, counts);
}

/*
 * Add answers to a counter narrower than eight bytes, if it can hold the sum.  A
 * negative sum is a large one here, since it has no sign.
 */
static inline bool
add_in_place(uint8 *counter, Size width, int64 answers)
{
	uint64 sum = (uint64) read_counter(counter, width) + (uint64) answers;

	if (unlikely(sum > largest_count(width)))
		return false;
	write_counter(counter, width, (int64) sum);
	return true;
}

/*
 * Add answers with this score, or remove them if their number is negative: in
 * place unless the counters must widen, which makes a new tally.  NULL if the
 * score is not on the scale.
 *
 * This runs for every row.  Each width is a case of its own so that the compiler
 * knows it there.
 */
CesTally *
ces_tally_add_answers(CesTally *tally, int32 score, int64 answers)
{
	TallyBody *body = body_of(tally);
	uint32 position = ces_scale_position(body->scale, score);

	if (unlikely(position >= (uint32) ces_scale_points(body->scale)))
		return NULL;
	switch (counter_width(tally))
	{
		case sizeof(uint32):
			if (likely(add_in_place(body->counters + position * sizeof(uint32), sizeof(uint32), answers)))
				return tally;
			break;
		case sizeof(uint16):
			if (likely(add_in_place(body->counters + position * sizeof(uint16), sizeof(uint16), answers)))
				return tally;
			break;
		case sizeof(uint8):
			if (likely(add_in_place(body->counters + position, sizeof(uint8), answers)))
				return tally;
			break;
	}
	return add_answers_slowly(tally, (int) position, answers);
}

/*
 * Add the answers of another tally on the same scale; in place if they fit.
 */
CesTally *
ces_tally_add_tally(CesTally *tally, const CesTally *other)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int64 added[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);

	Assert(ces_scale_equals(ces_tally_scale(tally), ces_tally_scale(other)));
	ces_tally_read(other, added);
	for (int i = 0; i < points; i++)
	{
		if (pg_add_s64_overflow(counts[i], added[i], &counts[i]))
			ces_report_too_many_answers();
	}
	if (ces_counts_total(counts, points) < 0)
		ces_report_too_many_answers();
	return replace_counts(tally, counts);
}

/*
 * Remove the answers of another tally on the same scale, in place.
 */
CesTally *
ces_tally_subtract_tally(CesTally *tally, const CesTally *other)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int64 removed[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);

	Assert(ces_scale_equals(ces_tally_scale(tally), ces_tally_scale(other)));
	ces_tally_read(other, removed);
	for (int i = 0; i < points; i++)
	{
		if (counts[i] < removed[i])
			report_negative_count(ces_tally_scale(tally), i, counts[i]);
		counts[i] -= removed[i];
	}
	return replace_counts(tally, counts);
}

/* ces_from_counts(scale, counts): a tally from an array, one count per point. */
PG_FUNCTION_INFO_V1(ces_from_counts);
Datum
ces_from_counts(PG_FUNCTION_ARGS)
{
	CesScale scale = PG_GETARG_CES_SCALE(0);
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
	int found = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const int64 *counts;

	check_scale(scale);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("counts must be a one-dimensional array"),
				 errhint("Write one count for each score, as in '{5,2,10}'.")));
	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("counts must not contain nulls"),
				 errhint("Write 0 for a score that nobody gave.")));
	if (found != ces_scale_points(scale))
		ces_report_wrong_number_of_counts(found, scale, NULL);
	counts = (const int64 *) ARR_DATA_PTR(array);
	for (int i = 0; i < found; i++)
	{
		if (counts[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("count " INT64_FORMAT " of score %d is negative",
							counts[i], ces_scale_lowest(scale) + i),
					 errhint("A count of answers is 0 or more; to remove answers, subtract a tally.")));
	}
	if (ces_counts_total(counts, found) < 0)
		ces_report_too_many_answers();
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/* The counts as an array, lowest score first. */
PG_FUNCTION_INFO_V1(ces_counts);
Datum
ces_counts(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	Datum elements[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);

	for (int i = 0; i < points; i++)
		elements[i] = Int64GetDatum(counts[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, points, INT8OID,
										  sizeof(int64), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}

/* ces_scale(tally): the scale of a tally. */
PG_FUNCTION_INFO_V1(ces_scale_of_tally);
Datum
ces_scale_of_tally(PG_FUNCTION_ARGS)
{
	PG_RETURN_CES_SCALE(ces_tally_scale(PG_GETARG_CES_TALLY(0)));
}

/* The operands of + or -, the first as a copy to change. */
static CesTally *
get_operands(FunctionCallInfo fcinfo, const CesTally **other)
{
	CesTally *tally = PG_GETARG_CES_TALLY_COPY(0);

	*other = PG_GETARG_CES_TALLY(1);
	if (!ces_scale_equals(ces_tally_scale(tally), ces_tally_scale(*other)))
		ces_report_two_scales(ces_tally_scale(tally), ces_tally_scale(*other), NULL);
	return tally;
}

/* The operator +. */
PG_FUNCTION_INFO_V1(ces_tally_add);
Datum
ces_tally_add(PG_FUNCTION_ARGS)
{
	const CesTally *other;
	CesTally *tally = get_operands(fcinfo, &other);

	PG_RETURN_CES_TALLY(ces_tally_make_narrow(ces_tally_add_tally(tally, other)));
}

/* The operator -. */
PG_FUNCTION_INFO_V1(ces_tally_subtract);
Datum
ces_tally_subtract(PG_FUNCTION_ARGS)
{
	const CesTally *other;
	CesTally *tally = get_operands(fcinfo, &other);

	PG_RETURN_CES_TALLY(ces_tally_make_narrow(ces_tally_subtract_tally(tally, other)));
}

/*
 * _ces_tally_on_scale(tally, scale): the same answers on a scale that differs in its cuts
 * only.
 */
PG_FUNCTION_INFO_V1(ces_tally_on_scale);
Datum
ces_tally_on_scale(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale scale = PG_GETARG_CES_SCALE(1);
	CesScale present = ces_tally_scale(tally);
	int64 counts[CES_SCALE_MAX_POINTS];

	check_scale(scale);
	if (scale.worst != present.worst || scale.best != present.best)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot put answers on scale %s on scale %s",
						ces_scale_range_text(present), ces_scale_range_text(scale)),
				 errhint("Only the cuts may differ.")));
	ces_tally_read(tally, counts);
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/*
 * Tallies are ordered, by scale and then by counts, only so that they can be sorted
 * and indexed.  Those with the same scale and the same counts are equal, whatever the
 * widths of their counters.
 */
static int
compare_tallies(const CesTally *a, const CesTally *b)
{
	int64 counts_of_a[CES_SCALE_MAX_POINTS];
	int64 counts_of_b[CES_SCALE_MAX_POINTS];
	int order = ces_scale_compare(ces_tally_scale(a), ces_tally_scale(b));
	int points;

	if (order != 0)
		return order;
	points = ces_tally_read(a, counts_of_a);
	ces_tally_read(b, counts_of_b);
	for (int i = 0; i < points; i++)
	{
		if (counts_of_a[i] != counts_of_b[i])
			return counts_of_a[i] < counts_of_b[i] ? -1 : 1;
	}
	return 0;
}

/*
 * Free a tally that was read from an argument if it is a copy, of one that is compressed
 * or stored elsewhere: sorts and index builds free nothing until they end.
 */
static void
free_copy(const CesTally *tally, Datum argument)
{
	if (PointerGetDatum(tally) != argument)
		pfree(unconstify(CesTally *, tally));
}

static int
compare_arguments(FunctionCallInfo fcinfo)
{
	const CesTally *a = PG_GETARG_CES_TALLY(0);
	const CesTally *b = PG_GETARG_CES_TALLY(1);
	int order = compare_tallies(a, b);

	free_copy(a, PG_GETARG_DATUM(0));
	free_copy(b, PG_GETARG_DATUM(1));
	return order;
}

/* What is hashed: not the stored bytes, as these depend on the width. */
typedef struct HashKey
{
	CesScale scale;
	int32 padding;
	int64 counts[CES_SCALE_MAX_POINTS];
} HashKey;

static uint64
hash_argument(FunctionCallInfo fcinfo, uint64 seed)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	HashKey key;
	int points = ces_tally_read(tally, key.counts);

	key.scale = ces_tally_scale(tally);
	key.padding = 0;
	free_copy(tally, PG_GETARG_DATUM(0));
	return hash_bytes_extended((unsigned char *) &key,
							   (int) (offsetof(HashKey, counts) + points * sizeof(int64)),
							   seed);
}

/* The operator <. */
PG_FUNCTION_INFO_V1(ces_tally_lt);
Datum
ces_tally_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

/* The operator <=. */
PG_FUNCTION_INFO_V1(ces_tally_le);
Datum
ces_tally_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

/* The operator =. */
PG_FUNCTION_INFO_V1(ces_tally_eq);
Datum
ces_tally_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

/* The operator <>. */
PG_FUNCTION_INFO_V1(ces_tally_ne);
Datum
ces_tally_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

/* The operator >=. */
PG_FUNCTION_INFO_V1(ces_tally_ge);
Datum
ces_tally_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* The operator >. */
PG_FUNCTION_INFO_V1(ces_tally_gt);
Datum
ces_tally_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

/* btree support. */
PG_FUNCTION_INFO_V1(ces_tally_cmp);
Datum
ces_tally_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* hash support. */
PG_FUNCTION_INFO_V1(ces_tally_hash);
Datum
ces_tally_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) hash_argument(fcinfo, 0));
}

/* hash support with a seed, for hash partitions. */
PG_FUNCTION_INFO_V1(ces_tally_hash_extended);
Datum
ces_tally_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_argument(fcinfo, PG_GETARG_INT64(1)));
}
