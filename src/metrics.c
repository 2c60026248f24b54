/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  What can be read from a tally.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "metrics.h"
#include "numerics.h"
#include "utils/builtins.h"

/* Count the answers in either box. */
CesBoxCounts
ces_count_boxes(const CesTally *tally, CesScale boxes)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int lowest = ces_scale_lowest(ces_tally_scale(tally));
	CesBoxCounts result = {0};

	for (int i = 0; i < points; i++)
	{
		result.total += counts[i];
		if (ces_scale_in_top_box(boxes, lowest + i))
			result.top += counts[i];
		if (ces_scale_in_bottom_box(boxes, lowest + i))
			result.bottom += counts[i];
	}
	return result;
}

/* A share of the answers in percent, or NULL if there are none. */
static Datum
percentage(FunctionCallInfo fcinfo, int64 part, int64 total)
{
	if (total == 0)
		PG_RETURN_NULL();
	return ces_numeric_quotient(ces_numeric_product(100, part), ces_numeric_from_int64(total));
}

/*
 * The sum of the scores to this power, 1 or 2.  It may be larger than bigint
 * holds, so the two halves of the counts are summed apart: neither sum can
 * overflow.
 */
static Datum
sum_of_scores(const CesTally *tally, int power)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int64 upper = 0;
	int64 lower = 0;

	for (int i = 0; i < points; i++)
	{
		int score = ces_scale_lowest(ces_tally_scale(tally)) + i;
		int summand = power == 2 ? score * score : score;

		upper += summand * (counts[i] >> 32);
		lower += summand * (counts[i] & 0xFFFFFFFF);
	}
	if (upper == 0)
		return ces_numeric_from_int64(lower);
	return DirectFunctionCall2(numeric_add,
							   ces_numeric_product(upper, INT64CONST(1) << 32),
							   ces_numeric_from_int64(lower));
}

/* Argument 1: the cut to use instead of the scale's own. */
static int8
get_cut(FunctionCallInfo fcinfo, CesScale scale)
{
	int32 cut = PG_GETARG_INT32(1);

	if (!ces_scale_has(scale, cut))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cut %d is not on the scale %s",
						cut, ces_scale_range_text(scale)),
				 errhint("Choose a score from %d to %d.",
						 ces_scale_lowest(scale), ces_scale_highest(scale))));
	return (int8) cut;
}

/* The number of answers. */
PG_FUNCTION_INFO_V1(ces_count);
Datum
ces_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(ces_tally_total(PG_GETARG_CES_TALLY(0)));
}

/* The mean score. */
PG_FUNCTION_INFO_V1(ces_mean);
Datum
ces_mean(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 total = ces_tally_total(tally);

	if (total == 0)
		PG_RETURN_NULL();
	return ces_numeric_quotient(sum_of_scores(tally, 1), ces_numeric_from_int64(total));
}

/*
 * The sample standard deviation of the scores.  It takes the same steps as
 * stddev_samp(), and so gives the same digits.  NULL for fewer than two answers.
 */
PG_FUNCTION_INFO_V1(ces_stddev);
Datum
ces_stddev(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 total = ces_tally_total(tally);
	Datum sum;
	Datum n_times_squares;
	Datum squared_sum;
	Datum deviations;
	Datum variance;

	if (total < 2)
		PG_RETURN_NULL();
	sum = sum_of_scores(tally, 1);
	n_times_squares = DirectFunctionCall2(numeric_mul, ces_numeric_from_int64(total),
										  sum_of_scores(tally, 2));
	squared_sum = DirectFunctionCall2(numeric_mul, sum, sum);
	deviations = DirectFunctionCall2(numeric_sub, n_times_squares, squared_sum);
	variance = DirectFunctionCall2(numeric_div, deviations,
								   ces_numeric_product(total, total - 1));
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
	return ces_scale_lowest(ces_tally_scale(tally)) + position;
}

/*
 * The median: the middle score, or halfway between the two in the middle.
 */
PG_FUNCTION_INFO_V1(ces_median);
Datum
ces_median(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 total = ces_tally_total(tally);
	int64 rank = total / 2 + total % 2;

	if (total == 0)
		PG_RETURN_NULL();
	return ces_numeric_quotient(ces_numeric_from_int64(score_at_rank(tally, rank) +
													   score_at_rank(tally, total / 2 + 1)),
								ces_numeric_from_int64(2));
}

/* The percentage of answers in the top box. */
PG_FUNCTION_INFO_V1(ces_topbox);
Datum
ces_topbox(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesBoxCounts counts = ces_count_boxes(tally, ces_tally_scale(tally));

	return percentage(fcinfo, counts.top, counts.total);
}

/* The percentage of answers at the cut or better. */
PG_FUNCTION_INFO_V1(ces_topbox_cut);
Datum
ces_topbox_cut(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale boxes = ces_tally_scale(tally);
	CesBoxCounts counts;

	boxes.top = get_cut(fcinfo, boxes);
	counts = ces_count_boxes(tally, boxes);
	return percentage(fcinfo, counts.top, counts.total);
}

/* The percentage of answers in the bottom box. */
PG_FUNCTION_INFO_V1(ces_bottombox);
Datum
ces_bottombox(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesBoxCounts counts = ces_count_boxes(tally, ces_tally_scale(tally));

	return percentage(fcinfo, counts.bottom, counts.total);
}

/* The percentage of answers at the cut or worse. */
PG_FUNCTION_INFO_V1(ces_bottombox_cut);
Datum
ces_bottombox_cut(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale boxes = ces_tally_scale(tally);
	CesBoxCounts counts;

	boxes.bottom = get_cut(fcinfo, boxes);
	counts = ces_count_boxes(tally, boxes);
	return percentage(fcinfo, counts.bottom, counts.total);
}

/* The percentage in the top box less the percentage in the bottom box. */
PG_FUNCTION_INFO_V1(ces_net);
Datum
ces_net(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesBoxCounts counts = ces_count_boxes(tally, ces_tally_scale(tally));

	return percentage(fcinfo, counts.top - counts.bottom, counts.total);
}

/* The percentage of promoters less the percentage of detractors. */
PG_FUNCTION_INFO_V1(ces_nps);
Datum
ces_nps(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale boxes = ces_scale_nps_boxes(ces_tally_scale(tally));
	CesBoxCounts counts = ces_count_boxes(tally, boxes);

	return percentage(fcinfo, counts.top - counts.bottom, counts.total);
}

/*
 * ces_pomp(tally): the mean percent of maximum possible.  The exact sum of distances
 * from the worst answer is divided once, so that no digit is lost.
 */
PG_FUNCTION_INFO_V1(ces_pomp);
Datum
ces_pomp(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale scale = ces_tally_scale(tally);
	int64 total = ces_tally_total(tally);
	Datum distance;

	if (total == 0)
		PG_RETURN_NULL();
	distance = DirectFunctionCall2(numeric_sub, sum_of_scores(tally, 1),
								   ces_numeric_product(total, scale.worst));
	return ces_numeric_quotient(DirectFunctionCall2(numeric_mul, distance,
													ces_numeric_from_int64(100)),
								ces_numeric_product(total, scale.best - scale.worst));
}

/*
 * One row for each point of the scale: score, responses, percent, box.
 */
PG_FUNCTION_INFO_V1(ces_histogram);
Datum
ces_histogram(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale scale = ces_tally_scale(tally);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int64 total = ces_counts_total(counts, points);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < points; i++)
	{
		int score = ces_scale_lowest(scale) + i;
		Datum values[4] = {0};
		bool nulls[4] = {false, false, total == 0, false};

		values[0] = Int32GetDatum(score);
		values[1] = Int64GetDatum(counts[i]);
		if (total != 0)
			values[2] = percentage(fcinfo, counts[i], total);
		values[3] = CStringGetTextDatum(ces_scale_box(scale, score));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * A bar for each point of the scale: the highest for the most frequent score, and
 * the lowest only for a score that nobody gave.
 */
PG_FUNCTION_INFO_V1(ces_sparkline);
Datum
ces_sparkline(PG_FUNCTION_ARGS)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
	const char *const *bars = GetDatabaseEncoding() == PG_UTF8 ? blocks : ascii;
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
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
