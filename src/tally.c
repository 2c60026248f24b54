/*-------------------------------------------------------------------------
 *
 * tally.c
 *	  ces_tally: every answer, as a count per point of a scale.
 *
 * A tally is a scale and one counter for each of its points, lowest score
 * first.  All counters of a tally have the same width: 1, 2, 4 or 8 bytes.
 * The width is not stored, it is the size of the counters divided by the number
 * of points.  A tally that is kept has the narrowest width that its largest
 * count allows; only the state of an aggregate may be wider, because it has
 * been.
 *
 * A tally of a dozen bytes should not grow by what surrounds it, so it has a
 * short header wherever that can hold its size, and its counters are not
 * aligned: they are read and written with memcpy.
 *
 * The answers of a tally, all points together, never exceed what bigint holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ces.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/array.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "ces", .version = "1.0");
#else
PG_MODULE_MAGIC;
#endif

/* What follows the header of the varlena. */
typedef struct TallyBody
{
	CesScale scale;
	uint8 counters[FLEXIBLE_ARRAY_MEMBER];
} TallyBody;

/* The first byte of a tally's binary form. */
#define BINARY_VERSION 1

static inline TallyBody *
body_of(const CesTally *tally)
{
	return (TallyBody *) VARDATA_ANY(tally);
}

/* The size of all counters together. */
static inline Size
counters_size(const CesTally *tally)
{
	if (VARATT_IS_SHORT(tally))
		return VARSIZE_SHORT(tally) - VARHDRSZ_SHORT - sizeof(CesScale);
	return VARSIZE(tally) - VARHDRSZ - sizeof(CesScale);
}

/*
 * The width of the counters, or 0 if the size of the value is not that of a
 * tally.
 */
static int
counter_width(const CesTally *tally)
{
	Size size = counters_size(tally);
	Size points = CesScalePoints(CesTallyScale(tally));

	if (size == points)
		return sizeof(uint8);
	if (size == points * sizeof(uint16))
		return sizeof(uint16);
	if (size == points * sizeof(uint32))
		return sizeof(uint32);
	if (size == points * sizeof(int64))
		return sizeof(int64);
	return 0;
}

/* The narrowest width for counters that have to hold this count. */
static int
width_for(int64 count)
{
	if (count <= PG_UINT8_MAX)
		return sizeof(uint8);
	if (count <= PG_UINT16_MAX)
		return sizeof(uint16);
	if (count <= (int64) PG_UINT32_MAX)
		return sizeof(uint32);
	return sizeof(int64);
}

/*
 * Write counts into a tally whose counters are wide enough for them.
 */
static void
store_counts(CesTally *tally, const int64 *counts)
{
	int points = CesScalePoints(CesTallyScale(tally));
	uint8 *counters = body_of(tally)->counters;

	switch (counter_width(tally))
	{
		case sizeof(uint8):
			for (int i = 0; i < points; i++)
				counters[i] = (uint8) counts[i];
			break;
		case sizeof(uint16):
			for (int i = 0; i < points; i++)
			{
				uint16 count = (uint16) counts[i];

				memcpy(counters + i * sizeof(count), &count, sizeof(count));
			}
			break;
		case sizeof(uint32):
			for (int i = 0; i < points; i++)
			{
				uint32 count = (uint32) counts[i];

				memcpy(counters + i * sizeof(count), &count, sizeof(count));
			}
			break;
		default:
			memcpy(counters, counts, points * sizeof(int64));
			break;
	}
}

/*
 * Read the counts of a tally, and return how many there are.  The array has to
 * have room for CES_SCALE_MAX_POINTS.
 */
int
ces_tally_read(const CesTally *tally, int64 *counts)
{
	int points = CesScalePoints(CesTallyScale(tally));
	const uint8 *counters = body_of(tally)->counters;

	switch (counter_width(tally))
	{
		case sizeof(uint8):
			for (int i = 0; i < points; i++)
				counts[i] = counters[i];
			break;
		case sizeof(uint16):
			for (int i = 0; i < points; i++)
			{
				uint16 count;

				memcpy(&count, counters + i * sizeof(count), sizeof(count));
				counts[i] = count;
			}
			break;
		case sizeof(uint32):
			for (int i = 0; i < points; i++)
			{
				uint32 count;

				memcpy(&count, counters + i * sizeof(count), sizeof(count));
				counts[i] = count;
			}
			break;
		default:
			memcpy(counts, counters, points * sizeof(int64));
			break;
	}
	return points;
}

/*
 * The sum of counts, or -1 if one of them is negative or bigint can't hold it.
 */
static int64
sum_counts(const int64 *counts, int points)
{
	int64 total = 0;

	for (int i = 0; i < points; i++)
	{
		if (counts[i] < 0 || pg_add_s64_overflow(total, counts[i], &total))
			return -1;
	}
	return total;
}

/*
 * Is this a tally, whatever it has been declared to be?  Guards all that reads
 * one: a forged value must not make it read or write outside the value.  Only
 * counters of eight bytes can be negative, or too large together.
 */
static bool
is_tally(const CesTally *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int width;

	if (!CesTallyIsFlat(tally) || !ces_scale_is_valid(CesTallyScale(tally)))
		return false;
	width = counter_width(tally);
	if (width < (int) sizeof(int64))
		return width != 0;
	return sum_counts(counts, ces_tally_read(tally, counts)) >= 0;
}

/*
 * Raise an error unless it is one.
 */
CesTally *
ces_tally_check(CesTally *tally)
{
	if (!is_tally(tally))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid %s value", "ces_tally"),
				 errdetail("Its %u bytes are not a scale and one counter for each point of it.",
						   (uint32) VARSIZE_ANY(tally))));
	return tally;
}

/* A tally to read. */
CesTally *
ces_tally_from_datum(Datum datum)
{
	return ces_tally_check(PG_DETOAST_DATUM_PACKED(datum));
}

/* A tally of the caller's own, to change. */
CesTally *
ces_tally_copy(Datum datum)
{
	return ces_tally_check(PG_DETOAST_DATUM_COPY(datum));
}

/*
 * A new tally with these counts, in the narrowest width.
 */
CesTally *
ces_tally_make(CesScale scale, const int64 *counts)
{
	int points = CesScalePoints(scale);
	int64 largest = 0;
	Size size;
	CesTally *tally;

	for (int i = 0; i < points; i++)
		largest = Max(largest, counts[i]);

	size = sizeof(CesScale) + (Size) points * width_for(largest);
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
	store_counts(tally, counts);
	return tally;
}

/* The same answers as a new tally, in the narrowest width. */
CesTally *
ces_tally_narrow(const CesTally *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];

	ces_tally_read(tally, counts);
	return ces_tally_make(CesTallyScale(tally), counts);
}

/* Guards what makes a tally from a scale that may be forged. */
static void
check_scale(CesScale scale)
{
	if (!ces_scale_is_valid(scale))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid %s value", "ces_scale")));
}

/*
 * A tally of no answers.
 */
CesTally *
ces_tally_empty(CesScale scale)
{
	const int64 counts[CES_SCALE_MAX_POINTS] = {0};

	check_scale(scale);
	return ces_tally_make(scale, counts);
}

/*
 * How many answers there are.
 */
int64
ces_tally_total(const CesTally *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];

	int points = ces_tally_read(tally, counts);

	return sum_counts(counts, points);
}

/* Answers on two scales don't mix.  The hint says what to do about it here. */
void
ces_tally_report_two_scales(CesScale scale, CesScale other, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot combine answers on scale \"%s\" with answers on scale \"%s\"",
					ces_scale_text(scale), ces_scale_text(other)),
			 errhint("%s", hint)));
}

static void
report_too_many_answers(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s out of range", "ces_tally"),
			 errdetail("A tally holds at most " INT64_FORMAT " answers.",
					   PG_INT64_MAX)));
}

static void
report_negative_count(CesScale scale, int position, int64 present)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("count of score %d would be negative",
					CesScaleLowest(scale) + position),
			 errdetail("The tally has " INT64_FORMAT " answers with that score, and more are to be removed.",
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
	int width = counter_width(tally);
	int points = CesScalePoints(CesTallyScale(tally));

	for (int i = 0; i < points; i++)
	{
		if (width_for(counts[i]) > width)
			return ces_tally_make(CesTallyScale(tally), counts);
	}
	store_counts(tally, counts);
	return tally;
}

/*
 * ces_tally_change for what is rare: counters that have to widen, or are as
 * wide as can be, and errors.
 */
static pg_noinline CesTally *
change_slowly(CesTally *tally, int position, int64 answers)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points;
	int64 present;

	ces_tally_check(tally);
	points = ces_tally_read(tally, counts);
	present = counts[position];
	if (pg_add_s64_overflow(present, answers, &counts[position]))
		report_too_many_answers();
	if (counts[position] < 0)
		report_negative_count(CesTallyScale(tally), position, present);
	if (sum_counts(counts, points) < 0)
		report_too_many_answers();
	return replace_counts(tally, counts);
}

/*
 * Add a number of answers at a score, or remove them if it is negative.  The
 * tally is changed in place, but for one whose counters have to widen: then the
 * result is a new one.  NULL if the score is not on the scale.
 *
 * This is what happens for every row, so the common case is settled here: a sum
 * that fits the counter is neither too large nor, since it has no sign,
 * negative.
 */
CesTally *
ces_tally_change(CesTally *tally, int32 score, int64 answers)
{
	TallyBody *body = body_of(tally);
	Size size = counters_size(tally);
	uint32 points = CesScalePoints(body->scale);
	uint32 position = CesScalePosition(body->scale, score);

	if (unlikely(position >= points))
		return NULL;
	if (size == points * sizeof(uint32))
	{
		uint8 *counter = body->counters + position * sizeof(uint32);
		uint32 count;
		uint64 sum;

		memcpy(&count, counter, sizeof(count));
		sum = (uint64) count + (uint64) answers;
		if (likely(sum <= PG_UINT32_MAX))
		{
			count = (uint32) sum;
			memcpy(counter, &count, sizeof(count));
			return tally;
		}
	}
	else if (size == points * sizeof(uint16))
	{
		uint8 *counter = body->counters + position * sizeof(uint16);
		uint16 count;
		uint64 sum;

		memcpy(&count, counter, sizeof(count));
		sum = (uint64) count + (uint64) answers;
		if (likely(sum <= PG_UINT16_MAX))
		{
			count = (uint16) sum;
			memcpy(counter, &count, sizeof(count));
			return tally;
		}
	}
	else if (size == points)
	{
		uint8 *counter = body->counters + position;
		uint64 sum = (uint64) *counter + (uint64) answers;

		if (likely(sum <= PG_UINT8_MAX))
		{
			*counter = (uint8) sum;
			return tally;
		}
	}
	return change_slowly(tally, (int) position, answers);
}

/*
 * Add the answers of another tally on the same scale; in place where they fit.
 */
CesTally *
ces_tally_merge(CesTally *tally, const CesTally *other)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int64 added[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);

	Assert(CesScaleEquals(CesTallyScale(tally), CesTallyScale(other)));
	ces_tally_read(other, added);
	for (int i = 0; i < points; i++)
	{
		if (pg_add_s64_overflow(counts[i], added[i], &counts[i]))
			report_too_many_answers();
	}
	if (sum_counts(counts, points) < 0)
		report_too_many_answers();
	return replace_counts(tally, counts);
}

/*
 * Remove the answers of another tally on the same scale, in place.
 */
CesTally *
ces_tally_unmerge(CesTally *tally, const CesTally *other)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int64 removed[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);

	Assert(CesScaleEquals(CesTallyScale(tally), CesTallyScale(other)));
	ces_tally_read(other, removed);
	for (int i = 0; i < points; i++)
	{
		if (counts[i] < removed[i])
			report_negative_count(CesTallyScale(tally), i, counts[i]);
		counts[i] -= removed[i];
	}
	return replace_counts(tally, counts);
}

/* The errors of the text form; each returns false where it can return. */
static bool
report_syntax(const char *text, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					"ces_tally", text),
			 errhint("Write a scale and one whole number for each score in braces, as in '1..3 {5,2,10}'.")));
}

static bool
report_text_out_of_range(const char *text, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value \"%s\" is out of range for type %s",
					text, "ces_tally"),
			 errdetail("A tally holds at most " INT64_FORMAT " answers.",
					   PG_INT64_MAX)));
}

static bool
report_negative_text(const char *text, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value \"%s\" is out of range for type %s",
					text, "ces_tally"),
			 errdetail("A count of answers is 0 or more.")));
}

static bool
report_other_points(int found, CesScale scale, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_plural("%d count does not fit the scale %s",
						   "%d counts do not fit the scale %s",
						   found, found, ces_scale_range_text(scale)),
			 errhint("Write %d counts, one for each score from %d to %d.",
					 CesScalePoints(scale), CesScaleLowest(scale),
					 CesScaleHighest(scale))));
}

/*
 * Read the {count,...} of a tally's text form, one for each point of the scale.
 */
static bool
parse_counts(const char *text, const char *brace, CesScale scale,
			 int64 *counts, struct Node *escontext)
{
	const char *position = brace;
	int points = CesScalePoints(scale);
	int found = 0;

	do
	{
		char *end;
		int64 count;

		position++; /* behind the brace or the comma */
		errno = 0;
		count = strtoi64(position, &end, 10);
		if (end == position)
			return report_syntax(text, escontext);
		if (count < 0)
			return report_negative_text(text, escontext);
		if (errno == ERANGE)
			return report_text_out_of_range(text, escontext);
		if (found < points)
			counts[found] = count;
		found++;
		position = end;
		while (isspace((unsigned char) *position))
			position++;
	} while (*position == ',');

	if (*position != '}')
		return report_syntax(text, escontext);
	do
		position++;
	while (isspace((unsigned char) *position));
	if (*position != '\0')
		return report_syntax(text, escontext);
	if (found != points)
		return report_other_points(found, scale, escontext);
	if (sum_counts(counts, points) < 0)
		return report_text_out_of_range(text, escontext);
	return true;
}

PG_FUNCTION_INFO_V1(ces_tally_in);
PG_FUNCTION_INFO_V1(ces_tally_out);
PG_FUNCTION_INFO_V1(ces_tally_recv);
PG_FUNCTION_INFO_V1(ces_tally_send);

/* Text input: a scale and its {count,...}. */
Datum
ces_tally_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *brace = strchr(text, '{');
	struct Node *escontext = CES_SOFT_ERROR_CONTEXT(fcinfo);
	CesScale scale;
	int64 counts[CES_SCALE_MAX_POINTS];

	if (brace == NULL || strspn(text, " \t\n\r\f\v") == (size_t) (brace - text))
	{
		report_syntax(text, escontext);
		PG_RETURN_NULL();
	}
	if (!ces_scale_parse(pnstrdup(text, brace - text), &scale, escontext) ||
		!parse_counts(text, brace, scale, counts, escontext))
		PG_RETURN_NULL();
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/* Text output. */
Datum
ces_tally_out(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s ", ces_scale_text(CesTallyScale(tally)));
	for (int i = 0; i < points; i++)
		appendStringInfo(&text, "%c" INT64_FORMAT, i == 0 ? '{' : ',', counts[i]);
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}

/*
 * Binary input: a version, the scale as ces_scale sends it, and eight bytes for
 * each count.
 */
Datum
ces_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo buffer = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(buffer);
	CesScale scale;
	int points;
	int64 counts[CES_SCALE_MAX_POINTS];

	if (version != BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported version %d of the binary form of type %s",
						version, "ces_tally"),
				 errdetail("This version of the extension reads version %d.",
						   BINARY_VERSION)));
	scale = ces_scale_receive(buffer, "ces_tally");
	points = CesScalePoints(scale);
	for (int i = 0; i < points; i++)
		counts[i] = pq_getmsgint64(buffer);
	if (sum_counts(counts, points) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", "ces_tally"),
				 errdetail("Its counts are negative or more than " INT64_FORMAT " altogether.",
						   PG_INT64_MAX)));
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/* Binary output. */
Datum
ces_tally_send(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint8(&buffer, BINARY_VERSION);
	pq_sendint8(&buffer, (uint8) CesTallyScale(tally).worst);
	pq_sendint8(&buffer, (uint8) CesTallyScale(tally).best);
	pq_sendint8(&buffer, (uint8) CesTallyScale(tally).top);
	pq_sendint8(&buffer, (uint8) CesTallyScale(tally).bottom);
	for (int i = 0; i < points; i++)
		pq_sendint64(&buffer, counts[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

PG_FUNCTION_INFO_V1(ces_from_counts);
PG_FUNCTION_INFO_V1(ces_counts);
PG_FUNCTION_INFO_V1(ces_scale_of_tally);

/* ces_from_counts(scale, counts): a tally from an array, one count per point. */
Datum
ces_from_counts(PG_FUNCTION_ARGS)
{
	CesScale scale = PG_GETARG_CES_SCALE(0);
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
	int points;
	const int64 *counts;

	check_scale(scale);
	points = CesScalePoints(scale);
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
	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) != points)
		report_other_points(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)),
							scale, NULL);
	counts = (const int64 *) ARR_DATA_PTR(array);
	for (int i = 0; i < points; i++)
	{
		if (counts[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("count " INT64_FORMAT " of score %d is negative",
							counts[i], CesScaleLowest(scale) + i),
					 errhint("A count of answers is 0 or more; to remove answers, subtract a tally.")));
	}
	if (sum_counts(counts, points) < 0)
		report_too_many_answers();
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/* The counts as an array, lowest score first. */
Datum
ces_counts(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	Datum elements[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);

	for (int i = 0; i < points; i++)
		elements[i] = Int64GetDatum(counts[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, points, INT8OID,
										  sizeof(int64), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}

/* The scale of a tally. */
Datum
ces_scale_of_tally(PG_FUNCTION_ARGS)
{
	PG_RETURN_CES_SCALE(CesTallyScale(PG_GETARG_CES_TALLY(0)));
}

PG_FUNCTION_INFO_V1(ces_tally_add);
PG_FUNCTION_INFO_V1(ces_tally_subtract);

/* Both operands of + or -, the first as a copy to change. */
static CesTally *
get_operands(FunctionCallInfo fcinfo, CesTally **other)
{
	CesTally *tally = ces_tally_copy(PG_GETARG_DATUM(0));

	*other = PG_GETARG_CES_TALLY(1);
	if (!CesScaleEquals(CesTallyScale(tally), CesTallyScale(*other)))
		ces_tally_report_two_scales(CesTallyScale(tally), CesTallyScale(*other),
									"Only tallies on the same scale, with the same cuts, can be added or subtracted.");
	return tally;
}

/* The operator +. */
Datum
ces_tally_add(PG_FUNCTION_ARGS)
{
	CesTally *other;
	CesTally *tally = get_operands(fcinfo, &other);

	PG_RETURN_CES_TALLY(ces_tally_narrow(ces_tally_merge(tally, other)));
}

/* The operator -. */
Datum
ces_tally_subtract(PG_FUNCTION_ARGS)
{
	CesTally *other;
	CesTally *tally = get_operands(fcinfo, &other);

	PG_RETURN_CES_TALLY(ces_tally_narrow(ces_tally_unmerge(tally, other)));
}

/* Same scale, same counts? */
static bool
equal_tallies(const CesTally *a, const CesTally *b)
{
	int64 counts_of_a[CES_SCALE_MAX_POINTS];
	int64 counts_of_b[CES_SCALE_MAX_POINTS];
	int points;

	if (!CesScaleEquals(CesTallyScale(a), CesTallyScale(b)))
		return false;
	points = ces_tally_read(a, counts_of_a);
	ces_tally_read(b, counts_of_b);
	return memcmp(counts_of_a, counts_of_b, points * sizeof(int64)) == 0;
}

/* A hash that does not depend on how wide the counters are. */
static uint64
hash_tally(const CesTally *tally, uint64 seed)
{
	struct
	{
		CesScale scale;
		int32 padding;
		int64 counts[CES_SCALE_MAX_POINTS];
	} key;
	int points = ces_tally_read(tally, key.counts);

	key.scale = CesTallyScale(tally);
	key.padding = 0;
	return hash_bytes_extended((unsigned char *) &key,
							   offsetof(typeof(key), counts) + points * sizeof(int64),
							   seed);
}

PG_FUNCTION_INFO_V1(ces_tally_eq);
PG_FUNCTION_INFO_V1(ces_tally_ne);
PG_FUNCTION_INFO_V1(ces_tally_hash);
PG_FUNCTION_INFO_V1(ces_tally_hash_extended);

/* The operator =. */
Datum
ces_tally_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_tallies(PG_GETARG_CES_TALLY(0),
								 PG_GETARG_CES_TALLY(1)));
}

/* The operator <>. */
Datum
ces_tally_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_tallies(PG_GETARG_CES_TALLY(0),
								  PG_GETARG_CES_TALLY(1)));
}

/* hash support. */
Datum
ces_tally_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) hash_tally(PG_GETARG_CES_TALLY(0), 0));
}

/* hash support with a seed, for hash partitions. */
Datum
ces_tally_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_tally(PG_GETARG_CES_TALLY(0), PG_GETARG_INT64(1)));
}
