/*-------------------------------------------------------------------------
 *
 * estimates.c
 *	  A tally as the values of a metric: what intervals, tests and comparisons
 *	  are made of.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "estimates.h"
#include "metrics.h"
#include "numerics.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

/* A confidence level, an argument. */
double
ces_get_confidence(FunctionCallInfo fcinfo, int argument)
{
	double confidence = PG_GETARG_FLOAT8(argument);

	/* Written so that NaN fails, too. */
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence level %g is not between 0 and 1", confidence),
				 errhint("For 95 percent, write 0.95.")));
	return confidence;
}

/* Complete counts that have everything but the mode and the total. */
CesValueCounts
ces_summarize_values(CesValueCounts values)
{
	for (int i = 0; i < values.points; i++)
	{
		values.total += values.counts[i];
		if (values.counts[i] > values.counts[values.mode])
			values.mode = i;
	}
	return values;
}

/* The scores themselves. */
CesValueCounts
ces_count_scores(const CesTally *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	CesValueCounts values = {.lowest = ces_scale_lowest(ces_tally_scale(tally)), .step = 1};

	values.points = ces_tally_read(tally, counts);
	for (int i = 0; i < values.points; i++)
		values.counts[i] = (double) counts[i];
	return ces_summarize_values(values);
}

/* The net promoter score is the mean of these values. */
CesValueCounts
ces_count_nps_categories(const CesTally *tally)
{
	CesBoxCounts boxes = ces_count_boxes(tally, ces_scale_nps_boxes(ces_tally_scale(tally)));
	CesValueCounts values = {.points = 3, .lowest = -100, .step = 100};

	values.counts[0] = (double) boxes.bottom;
	values.counts[1] = (double) (boxes.total - boxes.top - boxes.bottom);
	values.counts[2] = (double) boxes.top;
	return ces_summarize_values(values);
}

/* The percentage in the top box is the mean of these values. */
static CesValueCounts
count_top_box(const CesTally *tally)
{
	CesBoxCounts boxes = ces_count_boxes(tally, ces_tally_scale(tally));
	CesValueCounts values = {.points = 2, .lowest = 0, .step = 100};

	values.counts[0] = (double) (boxes.total - boxes.top);
	values.counts[1] = (double) boxes.top;
	return ces_summarize_values(values);
}

/* The values whose mean is the metric. */
CesValueCounts
ces_count_values(const CesTally *tally, CesMetric metric)
{
	switch (metric)
	{
		case CES_METRIC_TOPBOX:
			return count_top_box(tally);
		case CES_METRIC_NPS:
			return ces_count_nps_categories(tally);
		default:
			return ces_count_scores(tally);
	}
}

/* The metric itself, as numeric. */
Datum
ces_exact_metric(const CesTally *tally, CesMetric metric)
{
	static const PGFunction functions[] = {
		[CES_METRIC_TOPBOX] = ces_topbox,
		[CES_METRIC_NPS] = ces_nps,
		[CES_METRIC_MEAN] = ces_mean,
	};

	return DirectFunctionCall1(functions[metric], PointerGetDatum(tally));
}

/* The lowest and the highest value that the metric can have. */
CesBounds
ces_metric_range(CesScale scale, CesMetric metric)
{
	switch (metric)
	{
		case CES_METRIC_TOPBOX:
			return (CesBounds){0, 100};
		case CES_METRIC_NPS:
			return (CesBounds){-100, 100};
		default:
			return (CesBounds){ces_scale_lowest(scale), ces_scale_highest(scale)};
	}
}

/* How far the mean is from this value, in steps. */
double
ces_values_mean_from(const CesValueCounts *values, int from)
{
	double sum = 0;

	for (int i = 0; i < values->points; i++)
		sum += values->counts[i] * (i - from);
	return sum / values->total;
}

/*
 * The sum of the deviations from the mean, each raised to this power.  They are measured
 * from the most frequent value, so that a few answers that differ from very many
 * keep their digits.
 */
double
ces_values_sum_of_powers(const CesValueCounts *values, int power)
{
	double mean = ces_values_mean_from(values, values->mode);
	double sum = 0;

	for (int i = 0; i < values->points; i++)
	{
		double deviation = i - values->mode - mean;
		double raised = deviation;

		for (int j = 1; j < power; j++)
			raised *= deviation;
		sum += values->counts[i] * raised;
	}
	return sum;
}

/* The mean, in the unit of the values. */
double
ces_values_mean(const CesValueCounts *values)
{
	return values->lowest + values->step * (values->mode + ces_values_mean_from(values, values->mode));
}

/* The sum of the squared deviations from the mean, in the unit of the values. */
double
ces_values_squares(const CesValueCounts *values)
{
	return values->step * values->step * ces_values_sum_of_powers(values, 2);
}

/* A numrange that includes both bounds. */
Datum
ces_numrange_between(Datum lower_bound, Datum upper_bound)
{
	TypeCacheEntry *type = lookup_type_cache(NUMRANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound lower = {.val = lower_bound, .inclusive = true, .lower = true};
	RangeBound upper = {.val = upper_bound, .inclusive = true};

	return RangeTypePGetDatum(ces_make_range(type, &lower, &upper));
}

/* The same of double precision numbers. */
Datum
ces_numrange(CesBounds interval)
{
	return ces_numrange_between(ces_numeric_from_float8(interval.lower),
								ces_numeric_from_float8(interval.upper));
}

/* The number, or the limit that it lies beyond. */
static double
clamp(double number, double lowest, double highest)
{
	return Max(lowest, Min(number, highest));
}

/* Cut off what lies beyond the values that the metric can have. */
CesBounds
ces_clip_interval(CesBounds interval, double lowest, double highest)
{
	return (CesBounds){clamp(interval.lower, lowest, highest),
					   clamp(interval.upper, lowest, highest)};
}

/*
 * The Wilson score interval for a proportion: Wilson, Probable inference, the
 * law of succession, and statistical inference (1927).  It consists of the
 * proportions from which the observed one is less than z standard errors away,
 * and so lies between the roots of a quadratic equation; the lower one is found
 * from their product, so that it keeps its digits next to zero.
 */
CesBounds
ces_wilson_interval(double successes, double total, double z)
{
	double p = successes / total;
	double z2 = z * z / total;
	double root = z / sqrt(total) * sqrt(p * (1 - p) + z2 / 4);
	double upper = (p + z2 / 2 + root) / (1 + z2);

	if (successes == 0)
		return (CesBounds){0, upper};
	if (successes == total)
		upper = 1;
	return (CesBounds){p * p / ((1 + z2) * upper), upper};
}

/*
 * The interval for the difference between two parameters, from an interval for each: Zou
 * & Donner, Construction of confidence intervals about effect measures (2008).  For
 * Wilson's intervals of two proportions it is Newcombe's hybrid score interval
 * (Interval estimation for the difference between independent proportions, 1998,
 * method 10).
 */
CesBounds
ces_difference_interval(double difference, double a, CesBounds ci_a, double b, CesBounds ci_b)
{
	return (CesBounds){difference - hypot(a - ci_a.lower, ci_b.upper - b),
					   difference + hypot(ci_a.upper - a, b - ci_b.lower)};
}

/* The mean, in steps from the lowest value. */
double
ces_values_mean_in_steps(const CesValueCounts *values)
{
	return values->mode + ces_values_mean_from(values, values->mode);
}

/* The variance of the mean, for two answers or more. */
double
ces_values_mean_variance(const CesValueCounts *values)
{
	return ces_values_sum_of_powers(values, 2) / (values->total - 1) / values->total;
}

/* Add answers that nobody gave, the same number at each value. */
static CesValueCounts
add_pseudo_answers(const CesValueCounts *values, double pseudo_answers)
{
	CesValueCounts augmented = *values;

	augmented.total += pseudo_answers;
	for (int i = 0; i < values->points; i++)
		augmented.counts[i] += pseudo_answers / values->points;
	return augmented;
}

/* The square. */
static double
square(double x)
{
	return x * x;
}

/*
 * The interval for a mean, in steps from the lowest value.  On the angular scale,
 * arcsin(sqrt(x)) with 0 for the lowest value and 1 for the highest, the error of a
 * proportion doesn't depend on the proportion (Bartlett, The square root transformation
 * in analysis of variance, 1936), and that of a mean near an end depends on it much
 * less.  Without pseudo-answers, as Anscombe added to proportions (The transformation
 * of Poisson, binomial and negative-binomial data, 1948), a few equal answers would
 * have no error at all.  The interval always holds the mean of the answers themselves.
 */
CesBounds
ces_mean_interval(const CesValueCounts *values, double z, double pseudo_answers)
{
	CesValueCounts augmented = add_pseudo_answers(values, pseudo_answers);
	double range = values->points - 1;
	double from_mode = ces_values_mean_from(&augmented, values->mode);
	double share = (values->mode + from_mode) / range;
	double rest = (range - values->mode - from_mode) / range;
	double error = sqrt(ces_values_mean_variance(&augmented)) / range;
	double angle = atan2(sqrt(share), sqrt(rest));
	double margin = z * error / (2 * sqrt(share * rest));
	double mean = ces_values_mean_in_steps(values);

	return (CesBounds){Min(range * square(sin(Max(angle - margin, 0))), mean),
					   Max(range * square(sin(Min(angle + margin, M_PI / 2))), mean)};
}
