/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  What can be read from a tally.
 *
 * Most metrics here are an average: of the scores, or of a weight that each
 * answer has by the box it lies in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "ces.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* The weight of an answer in a metric; at most 10,000 either way. */
typedef int (*Weight)(CesScale scale, int score);

static int
score_itself(CesScale scale, int score)
{
	(void) scale;
	return score;
}

static int
score_squared(CesScale scale, int score)
{
	(void) scale;
	return score * score;
}

/* How far from the worst answer. */
static int
favourable_distance(CesScale scale, int score)
{
	return abs(score - scale.worst);
}

/* The average of these is the percentage of answers in the top box. */
static int
top_box_weight(CesScale scale, int score)
{
	return CesScaleInTopBox(scale, score) ? 100 : 0;
}

/* The average of these is the percentage of answers in the bottom box. */
static int
bottom_box_weight(CesScale scale, int score)
{
	return CesScaleInBottomBox(scale, score) ? 100 : 0;
}

/* The average of these is the percentage in the top box less the bottom box's. */
static int
net_weight(CesScale scale, int score)
{
	return top_box_weight(scale, score) - bottom_box_weight(scale, score);
}

/*
 * The boxes of the net promoter score.  On a questionnaire from 1 to 10 they
 * are those of 0 to 10; the usual cuts of that scale are for questions about
 * ease, and a number called NPS should be one.
 */
CesScale
ces_nps_boxes(CesScale scale)
{
	const CesScale one_to_ten = {1, 10, 7, 3};
	const CesScale ten_to_one = {10, 1, 3, 7};

	if (CesScaleEquals(scale, one_to_ten))
		return (CesScale){1, 10, 9, 6};
	if (CesScaleEquals(scale, ten_to_one))
		return (CesScale){10, 1, 2, 5};
	return scale;
}

/* Arithmetic on numeric, which is exact however many answers there are. */
static Datum
numeric_of(int64 number)
{
	return NumericGetDatum(int64_to_numeric(number));
}

static Datum
divide(Datum dividend, Datum divisor)
{
	Datum quotient = DirectFunctionCall2(numeric_div, dividend, divisor);

	return DirectFunctionCall1(numeric_trim_scale, quotient);
}

/*
 * The sum of weight times count, over all points.  It may be larger than bigint
 * holds, so both halves of the counts are summed apart: neither sum can
 * overflow.
 */
static Datum
sum_of_weights(const CesTally *tally, CesScale boxes, Weight weight)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int lowest = CesScaleLowest(CesTallyScale(tally));
	int64 upper = 0;
	int64 lower = 0;
	Datum shifted;

	for (int i = 0; i < points; i++)
	{
		int w = weight(boxes, lowest + i);

		upper += w * (counts[i] >> 32);
		lower += w * (counts[i] & 0xFFFFFFFF);
	}
	if (upper == 0)
		return numeric_of(lower);
	shifted = DirectFunctionCall2(numeric_mul, numeric_of(upper),
								  numeric_of(INT64CONST(1) << 32));
	return DirectFunctionCall2(numeric_add, shifted, numeric_of(lower));
}

/*
 * The average weight of the answers, as exact as avg() and without trailing
 * zeros.  NULL for no answers.
 */
static Datum
average_weight(FunctionCallInfo fcinfo, const CesTally *tally, CesScale boxes,
			   Weight weight)
{
	int64 total = ces_tally_total(tally);

	if (total == 0)
		PG_RETURN_NULL();
	return divide(sum_of_weights(tally, boxes, weight), numeric_of(total));
}

/* A cut that the user asks for, instead of that of the tally's own scale. */
static int8
get_cut(FunctionCallInfo fcinfo, CesScale scale)
{
	int32 cut = PG_GETARG_INT32(1);

	if (!CesScaleHas(scale, cut))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cut %d is not on the scale %s",
						cut, ces_scale_range_text(scale)),
				 errhint("Choose a score from %d to %d.",
						 CesScaleLowest(scale), CesScaleHighest(scale))));
	return (int8) cut;
}

PG_FUNCTION_INFO_V1(ces_count);
PG_FUNCTION_INFO_V1(ces_mean);
PG_FUNCTION_INFO_V1(ces_stddev);
PG_FUNCTION_INFO_V1(ces_median);
PG_FUNCTION_INFO_V1(ces_topbox);
PG_FUNCTION_INFO_V1(ces_topbox_cut);
PG_FUNCTION_INFO_V1(ces_bottombox);
PG_FUNCTION_INFO_V1(ces_bottombox_cut);
PG_FUNCTION_INFO_V1(ces_net);
PG_FUNCTION_INFO_V1(ces_nps);
PG_FUNCTION_INFO_V1(ces_pomp);
PG_FUNCTION_INFO_V1(ces_histogram);
PG_FUNCTION_INFO_V1(ces_sparkline);

/* How many answers there are. */
Datum
ces_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(ces_tally_total(PG_GETARG_CES_TALLY(0)));
}

/* The mean score. */
Datum
ces_mean(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);

	return average_weight(fcinfo, tally, CesTallyScale(tally), score_itself);
}

/*
 * The sample standard deviation of the scores, by the same steps and so to the
 * same digit as stddev_samp().  NULL for fewer than two answers.
 */
Datum
ces_stddev(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 total = ces_tally_total(tally);
	Datum n = numeric_of(total);
	Datum sum;
	Datum n_times_squares;
	Datum squared_sum;
	Datum deviations;
	Datum variance;

	if (total < 2)
		PG_RETURN_NULL();
	sum = sum_of_weights(tally, CesTallyScale(tally), score_itself);
	n_times_squares =
		DirectFunctionCall2(numeric_mul, n,
							sum_of_weights(tally, CesTallyScale(tally), score_squared));
	squared_sum = DirectFunctionCall2(numeric_mul, sum, sum);
	deviations = DirectFunctionCall2(numeric_sub, n_times_squares, squared_sum);
	variance =
		DirectFunctionCall2(numeric_div, deviations,
							DirectFunctionCall2(numeric_mul, n, numeric_of(total - 1)));
	return DirectFunctionCall1(numeric_trim_scale,
							   DirectFunctionCall1(numeric_sqrt, variance));
}

/* The score of the answer at this rank, from 1 for the lowest. */
static int
score_at_rank(const CesTally *tally, int64 rank)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int position = 0;

	ces_tally_read(tally, counts);
	while (rank > counts[position])
		rank -= counts[position++];
	return CesScaleLowest(CesTallyScale(tally)) + position;
}

/*
 * The median: the middle score, or halfway between the two in the middle.
 */
Datum
ces_median(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 total = ces_tally_total(tally);
	int64 rank = total / 2 + total % 2;

	if (total == 0)
		PG_RETURN_NULL();
	return divide(numeric_of(score_at_rank(tally, rank) +
							 score_at_rank(tally, total / 2 + 1)),
				  numeric_of(2));
}

/* The percentage of answers in the top box. */
Datum
ces_topbox(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);

	return average_weight(fcinfo, tally, CesTallyScale(tally), top_box_weight);
}

/* The same for a top box that begins at another score. */
Datum
ces_topbox_cut(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale boxes = CesTallyScale(tally);

	boxes.top = get_cut(fcinfo, boxes);
	return average_weight(fcinfo, tally, boxes, top_box_weight);
}

/* The percentage of answers in the bottom box. */
Datum
ces_bottombox(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);

	return average_weight(fcinfo, tally, CesTallyScale(tally), bottom_box_weight);
}

/* The same for a bottom box that begins at another score. */
Datum
ces_bottombox_cut(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale boxes = CesTallyScale(tally);

	boxes.bottom = get_cut(fcinfo, boxes);
	return average_weight(fcinfo, tally, boxes, bottom_box_weight);
}

/* The percentage in the top box less the percentage in the bottom box. */
Datum
ces_net(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);

	return average_weight(fcinfo, tally, CesTallyScale(tally), net_weight);
}

/* The percentage of promoters less the percentage of detractors. */
Datum
ces_nps(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);

	return average_weight(fcinfo, tally, ces_nps_boxes(CesTallyScale(tally)), net_weight);
}

/*
 * The mean, placed between 0 for the worst answer and 100 for the best.
 */
Datum
ces_pomp(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 total = ces_tally_total(tally);
	Datum distances;
	Datum farthest;

	if (total == 0)
		PG_RETURN_NULL();
	distances = sum_of_weights(tally, CesTallyScale(tally), favourable_distance);
	farthest = DirectFunctionCall2(numeric_mul, numeric_of(total),
								   numeric_of(CesScalePoints(CesTallyScale(tally)) - 1));
	return divide(DirectFunctionCall2(numeric_mul, distances, numeric_of(100)),
				  farthest);
}

/*
 * One row for each point of the scale: score, responses, percent, box.
 */
Datum
ces_histogram(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int64 total = ces_tally_total(tally);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < points; i++)
	{
		int score = CesScaleLowest(CesTallyScale(tally)) + i;
		Datum values[4];
		bool nulls[4] = {false, false, total == 0, false};

		values[0] = Int32GetDatum(score);
		values[1] = Int64GetDatum(counts[i]);
		values[2] = (Datum) 0;
		if (total != 0)
			values[2] = divide(DirectFunctionCall2(numeric_mul,
												   numeric_of(counts[i]),
												   numeric_of(100)),
							   numeric_of(total));
		values[3] = CStringGetTextDatum(ces_box_name(CesTallyScale(tally), score));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * A bar for each point of the scale: the lowest where there is no answer, the
 * highest for the most frequent one, and never the lowest where there are some.
 */
Datum
ces_sparkline(PG_FUNCTION_ARGS)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
	const char *const *bars = GetDatabaseEncoding() == PG_UTF8 ? blocks : ascii;
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int64 largest = 0;
	StringInfoData sparkline;

	for (int i = 0; i < points; i++)
		largest = Max(largest, counts[i]);

	initStringInfo(&sparkline);
	for (int i = 0; i < points; i++)
	{
		int height = 0;

		if (counts[i] > 0)
			height = Max(1, (int) rint(8.0 * counts[i] / largest) - 1);
		appendStringInfoString(&sparkline, bars[height]);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(sparkline.data, sparkline.len));
}
