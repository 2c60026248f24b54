/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  What can be read from a tally.
 *
 * Every metric here is an average: of the scores, or of a weight that each
 * answer has by the box it lies in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ces.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* The weight of an answer in a metric; at most 100 either way. */
typedef int (*Weight)(CesScale scale, int score);

static int
score_itself(CesScale scale, int score)
{
	(void) scale;
	return score;
}

/* The average of these is the percentage of answers in the top box. */
static int
top_box_weight(CesScale scale, int score)
{
	return CesScaleInTopBox(scale, score) ? 100 : 0;
}

/* The average of these is the percentage in the top box less the bottom box's. */
static int
net_weight(CesScale scale, int score)
{
	if (CesScaleInTopBox(scale, score))
		return 100;
	return CesScaleInBottomBox(scale, score) ? -100 : 0;
}

/*
 * The boxes of the net promoter score.  On a questionnaire from 1 to 10 they
 * are those of 0 to 10; the usual cuts of that scale are for questions about
 * ease, and a number called NPS should be one.
 */
static int
nps_weight(CesScale scale, int score)
{
	const CesScale one_to_ten = {1, 10, 7, 3};
	const CesScale ten_to_one = {10, 1, 3, 7};

	if (CesScaleEquals(scale, one_to_ten))
		scale = (CesScale){1, 10, 9, 6};
	else if (CesScaleEquals(scale, ten_to_one))
		scale = (CesScale){10, 1, 2, 5};
	return net_weight(scale, score);
}

/*
 * The sum of weight times count, exactly.  It may be larger than bigint holds,
 * so both halves of the counts are summed apart: neither sum can overflow.
 */
static Numeric
sum_of_weights(const CesTally *tally, const int64 *counts, int points,
			   Weight weight)
{
	int64 upper = 0;
	int64 lower = 0;
	int lowest = CesScaleLowest(tally->scale);
	Datum sum;

	for (int i = 0; i < points; i++)
	{
		int w = weight(tally->scale, lowest + i);

		upper += w * (counts[i] >> 32);
		lower += w * (counts[i] & 0xFFFFFFFF);
	}
	sum = NumericGetDatum(int64_to_numeric(lower));
	if (upper != 0)
	{
		Datum shifted;

		shifted = DirectFunctionCall2(numeric_mul,
									  NumericGetDatum(int64_to_numeric(upper)),
									  NumericGetDatum(int64_to_numeric(INT64CONST(1) << 32)));
		sum = DirectFunctionCall2(numeric_add, sum, shifted);
	}
	return DatumGetNumeric(sum);
}

/*
 * The average weight of the answers: exact to as many digits as avg() gives,
 * without trailing zeros.  NULL for no answers.
 */
static Datum
average_weight(FunctionCallInfo fcinfo, Weight weight)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 total = ces_tally_total(tally);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	Datum average;

	if (total == 0)
		PG_RETURN_NULL();
	average = DirectFunctionCall2(numeric_div,
								  NumericGetDatum(sum_of_weights(tally, counts, points, weight)),
								  NumericGetDatum(int64_to_numeric(total)));
	return DirectFunctionCall1(numeric_trim_scale, average);
}

PG_FUNCTION_INFO_V1(ces_mean);
PG_FUNCTION_INFO_V1(ces_topbox);
PG_FUNCTION_INFO_V1(nps);

/* The mean score. */
Datum
ces_mean(PG_FUNCTION_ARGS)
{
	return average_weight(fcinfo, score_itself);
}

/* The percentage of answers in the top box. */
Datum
ces_topbox(PG_FUNCTION_ARGS)
{
	return average_weight(fcinfo, top_box_weight);
}

/* The percentage of promoters less the percentage of detractors. */
Datum
nps(PG_FUNCTION_ARGS)
{
	return average_weight(fcinfo, nps_weight);
}
