/*-------------------------------------------------------------------------
 *
 * inference.c
 *	  What a tally says about all who might have answered: confidence intervals,
 *	  tests of the difference between two tallies, and p-values adjusted for
 *	  the number of comparisons.
 *
 * A tally is taken for a random sample of a large population.  The difference
 * itself is exact; everything else is computed in double precision.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "math/distributions.h"
#include "metrics.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
#include "windowapi.h"

/* A confidence interval */
typedef struct Bounds
{
	double lower;
	double upper;
} Bounds;

/* The result of a test; known is false if the answers don't allow one */
typedef struct TestResult
{
	bool known;
	Bounds ci;
	double statistic;
	double p_value;
} TestResult;

/* The answers in the boxes, to which a method may add some that nobody gave */
typedef struct Sample
{
	double total;
	double top;
	double bottom;
} Sample;

/* The answers at each point of the scale, and the point that has the most */
typedef struct ScoreCounts
{
	int points;
	int mode;
	double total;
	int64 counts[CES_SCALE_MAX_POINTS];
} ScoreCounts;

static double
get_confidence(FunctionCallInfo fcinfo, int argument)
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

/* Argument 1: the tally to compare with this one, which must have the same scale. */
static const CesTally *
get_other_tally(FunctionCallInfo fcinfo, const CesTally *tally)
{
	const CesTally *other = PG_GETARG_CES_TALLY(1);

	if (!ces_scale_equals(ces_tally_scale(tally), ces_tally_scale(other)))
		ces_report_two_scales(ces_tally_scale(tally), ces_tally_scale(other),
							  "Only tallies on the same scale, with the same cuts, can be compared.");
	return other;
}

static Sample
sample_boxes(const CesTally *tally, CesScale boxes)
{
	CesBoxCounts counts = ces_count_boxes(tally, boxes);

	return (Sample){(double) counts.total, (double) counts.top, (double) counts.bottom};
}

static Sample
sample_nps_boxes(const CesTally *tally)
{
	return sample_boxes(tally, ces_scale_nps_boxes(ces_tally_scale(tally)));
}

static double
clamp(double number, double lowest, double highest)
{
	return Max(lowest, Min(number, highest));
}

/* Cut off what lies beyond the values that the metric can have. */
static Bounds
clip(Bounds interval, double lowest, double highest)
{
	return (Bounds){clamp(interval.lower, lowest, highest),
					clamp(interval.upper, lowest, highest)};
}

/* An interval of shares in percent, cut off at the limits. */
static Bounds
percent_interval(Bounds shares, double lowest, double highest)
{
	return clip((Bounds){100 * shares.lower, 100 * shares.upper}, lowest, highest);
}

static Bounds
interval_around(double centre, double margin)
{
	return (Bounds){centre - margin, centre + margin};
}

/*
 * x of n less y of m, as shares.  If both shares are near 1, the difference of
 * the complements has more digits.
 */
static double
share_difference(double x, double n, double y, double m)
{
	if (x > n / 2 && y > m / 2)
		return (m - y) / m - (n - x) / n;
	return x / n - y / m;
}

/*
 * The Wilson score interval for a proportion: Wilson, Probable inference, the
 * law of succession, and statistical inference (1927).  It consists of the
 * proportions from which the observed one is less than z standard errors away,
 * and so lies between the roots of a quadratic equation; the lower one is found
 * from their product, so that it keeps its digits next to zero.
 */
static Bounds
wilson_interval(double successes, double total, double z)
{
	double p = successes / total;
	double z2 = z * z / total;
	double root = z / sqrt(total) * sqrt(p * (1 - p) + z2 / 4);
	double upper = (p + z2 / 2 + root) / (1 + z2);

	if (successes == total)
		upper = 1;
	return (Bounds){p * p / ((1 + z2) * upper), upper};
}

/*
 * The hybrid score interval for the difference between two proportions:
 * Newcombe, Interval estimation for the difference between independent
 * proportions (1998), method 10.
 */
static Bounds
newcombe_interval(Sample a, Sample b, double z)
{
	Bounds ci_a = wilson_interval(a.top, a.total, z);
	Bounds ci_b = wilson_interval(b.top, b.total, z);
	double p_a = a.top / a.total;
	double p_b = b.top / b.total;
	double difference = share_difference(a.top, a.total, b.top, b.total);

	return (Bounds){difference - hypot(p_a - ci_a.lower, ci_b.upper - p_b),
					difference + hypot(ci_a.upper - p_a, p_b - ci_b.lower)};
}

/*
 * The z test for the difference between two proportions, with the standard error
 * of the pooled one.  If all answers of both tallies are in the box, or none, the
 * difference and the error are both 0.
 */
static TestResult
proportion_test(const CesTally *tally_a, const CesTally *tally_b, double confidence)
{
	Sample a = sample_boxes(tally_a, ces_tally_scale(tally_a));
	Sample b = sample_boxes(tally_b, ces_tally_scale(tally_b));
	double pooled = (a.top + b.top) / (a.total + b.total);
	double others = (a.total - a.top + b.total - b.top) / (a.total + b.total);
	double error = sqrt(pooled * others * (1 / a.total + 1 / b.total));
	TestResult result = {.known = true};

	result.ci = percent_interval(newcombe_interval(a, b, ces_normal_critical(confidence)),
								 -100, 100);
	result.statistic = error == 0 ? 0 : share_difference(a.top, a.total, b.top, b.total) / error;
	result.p_value = ces_normal_two_tails(result.statistic);
	return result;
}

/*
 * Add three answers that nobody gave, 3/4 of a promoter, 3/4 of a detractor and
 * 3/2 of a passive: Rocks, Interval estimation for the net promoter score (2016),
 * adjusted Wald.
 */
static Sample
adjust_for_net(Sample counts)
{
	return (Sample){counts.total + 3, counts.top + 0.75, counts.bottom + 0.75};
}

/*
 * The variance of the share of promoters less that of detractors.  The textbook's
 * promoters + detractors - (promoters - detractors)^2 is equal to it, but loses
 * digits by cancellation.
 */
static double
net_variance(Sample counts)
{
	double promoters = counts.top / counts.total;
	double detractors = counts.bottom / counts.total;
	double passives = (counts.total - counts.top - counts.bottom) / counts.total;

	return (passives * (promoters + detractors) + 4 * promoters * detractors) / counts.total;
}

/*
 * The z test for the difference between two adjusted net promoter scores.
 */
static TestResult
net_test(const CesTally *a, const CesTally *b, double confidence)
{
	Sample net_a = adjust_for_net(sample_nps_boxes(a));
	Sample net_b = adjust_for_net(sample_nps_boxes(b));
	double difference = share_difference(net_a.top, net_a.total, net_b.top, net_b.total) -
						share_difference(net_a.bottom, net_a.total, net_b.bottom, net_b.total);
	double error = sqrt(net_variance(net_a) + net_variance(net_b));
	TestResult result = {.known = true};

	result.ci = percent_interval(interval_around(difference, ces_normal_critical(confidence) * error),
								 -200, 200);
	result.statistic = difference / error;
	result.p_value = ces_normal_two_tails(result.statistic);
	return result;
}

/* Which point of the scale has the most answers? */
static int
find_mode(const ScoreCounts *scores)
{
	int mode = 0;

	for (int i = 1; i < scores->points; i++)
	{
		if (scores->counts[i] > scores->counts[mode])
			mode = i;
	}
	return mode;
}

static ScoreCounts
count_scores(const CesTally *tally)
{
	ScoreCounts scores;

	scores.points = ces_tally_read(tally, scores.counts);
	scores.total = (double) ces_tally_total(tally);
	scores.mode = find_mode(&scores);
	return scores;
}

/* How far the mean is from this point of the scale. */
static double
mean_from(const ScoreCounts *scores, int point)
{
	double sum = 0;

	for (int i = 0; i < scores->points; i++)
		sum += (double) scores->counts[i] * (i - point);
	return sum / scores->total;
}

/*
 * The variance of the mean, for two answers or more.  ScoreCounts are measured from
 * the most frequent one, so that a few answers that differ from very many keep
 * their digits.
 */
static double
mean_variance(const ScoreCounts *scores)
{
	double mean = mean_from(scores, scores->mode);
	double squares = 0;

	for (int i = 0; i < scores->points; i++)
	{
		double deviation = i - scores->mode - mean;

		squares += (double) scores->counts[i] * deviation * deviation;
	}
	return squares / (scores->total - 1) / scores->total;
}

/* The degrees of freedom of the sum of two variances. */
static double
satterthwaite_df(double variance_a, double df_a, double variance_b, double df_b)
{
	double share_a = variance_a / (variance_a + variance_b);
	double share_b = variance_b / (variance_a + variance_b);

	return 1 / (share_a * share_a / df_a + share_b * share_b / df_b);
}

/*
 * The t test for the difference between two means whose variances may differ:
 * Welch, The generalization of Student's problem when several different
 * population variances are involved (1947), with the degrees of freedom of
 * Satterthwaite (1946).  It needs two answers on either side, and two different
 * ones on at least one side.
 */
static TestResult
welch_test(const CesTally *tally_a, const CesTally *tally_b, double confidence)
{
	ScoreCounts a = count_scores(tally_a);
	ScoreCounts b = count_scores(tally_b);
	double difference = mean_from(&a, a.mode) - mean_from(&b, a.mode);
	double variance_a = mean_variance(&a);
	double variance_b = mean_variance(&b);
	double error = sqrt(variance_a + variance_b);
	TestResult result = {.known = a.total > 1 && b.total > 1 && error > 0};
	double df;

	if (!result.known)
		return result;
	df = satterthwaite_df(variance_a, a.total - 1, variance_b, b.total - 1);
	result.ci = clip(interval_around(difference, ces_student_critical(confidence, df) * error),
					 1 - a.points, a.points - 1);
	result.statistic = difference / error;
	result.p_value = ces_student_two_tails(result.statistic, df);
	return result;
}

/* A double precision number as numeric, to the 15 digits that are certain. */
static Datum
numeric_from_float8(double number)
{
	return DirectFunctionCall1(float8_numeric, Float8GetDatum(number));
}

/* A numrange that includes both bounds. */
static Datum
numrange_of(Bounds interval)
{
	TypeCacheEntry *type = lookup_type_cache(NUMRANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound lower = {.val = numeric_from_float8(interval.lower), .inclusive = true, .lower = true};
	RangeBound upper = {.val = numeric_from_float8(interval.upper), .inclusive = true};

	return RangeTypePGetDatum(ces_make_range(type, &lower, &upper));
}

/* The difference between the metrics of two tallies. */
static Datum
difference_of(PGFunction metric, const CesTally *a, const CesTally *b)
{
	Datum difference = DirectFunctionCall2(numeric_sub,
										   DirectFunctionCall1(metric, PointerGetDatum(a)),
										   DirectFunctionCall1(metric, PointerGetDatum(b)));

	return DirectFunctionCall1(numeric_trim_scale, difference);
}

/* A row of difference, ci, statistic and p_value, as far as they are known. */
static Datum
row_of(FunctionCallInfo fcinfo, bool has_difference, Datum difference, const TestResult *result)
{
	Datum values[4] = {difference};
	bool nulls[4] = {!has_difference, !result->known, !result->known, !result->known};
	TupleDesc row_type;

	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (result->known)
	{
		values[1] = numrange_of(result->ci);
		values[2] = Float8GetDatum(result->statistic);
		values[3] = Float8GetDatum(result->p_value);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls));
}

/* A test of the difference between the metrics of two tallies */
typedef TestResult (*Test)(const CesTally *a, const CesTally *b, double confidence);

static Datum
compare_tallies(FunctionCallInfo fcinfo, PGFunction metric, Test test)
{
	const CesTally *a = PG_GETARG_CES_TALLY(0);
	const CesTally *b = get_other_tally(fcinfo, a);
	double confidence = get_confidence(fcinfo, 2);
	TestResult result = {.known = false};

	if (ces_tally_total(a) == 0 || ces_tally_total(b) == 0)
		return row_of(fcinfo, false, (Datum) 0, &result);
	result = test(a, b, confidence);
	return row_of(fcinfo, true, difference_of(metric, a, b), &result);
}

/* The confidence interval of the percentage in the top box. */
PG_FUNCTION_INFO_V1(ces_topbox_ci);
Datum
ces_topbox_ci(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	double confidence = get_confidence(fcinfo, 1);
	Sample counts = sample_boxes(tally, ces_tally_scale(tally));
	Bounds ci;

	if (counts.total == 0)
		PG_RETURN_NULL();
	ci = wilson_interval(counts.top, counts.total, ces_normal_critical(confidence));
	return numrange_of(percent_interval(ci, 0, 100));
}

/* The confidence interval of the net promoter score. */
PG_FUNCTION_INFO_V1(ces_nps_ci);
Datum
ces_nps_ci(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	double confidence = get_confidence(fcinfo, 1);
	Sample counts = adjust_for_net(sample_nps_boxes(tally));
	Bounds ci;

	if (ces_tally_total(tally) == 0)
		PG_RETURN_NULL();
	ci = interval_around((counts.top - counts.bottom) / counts.total,
						 ces_normal_critical(confidence) * sqrt(net_variance(counts)));
	return numrange_of(percent_interval(ci, -100, 100));
}

/*
 * The confidence interval of the mean score, by Student's t.  NULL for one answer,
 * which doesn't show how much answers vary.
 */
PG_FUNCTION_INFO_V1(ces_mean_ci);
Datum
ces_mean_ci(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale scale = ces_tally_scale(tally);
	double confidence = get_confidence(fcinfo, 1);
	ScoreCounts scores = count_scores(tally);
	double mean;
	double margin;

	if (scores.total < 2)
		PG_RETURN_NULL();
	mean = ces_scale_lowest(scale) + scores.mode + mean_from(&scores, scores.mode);
	margin = ces_student_critical(confidence, scores.total - 1) * sqrt(mean_variance(&scores));
	return numrange_of(clip(interval_around(mean, margin),
							ces_scale_lowest(scale), ces_scale_highest(scale)));
}

/* Do the percentages in the top box differ? */
PG_FUNCTION_INFO_V1(ces_topbox_test);
Datum
ces_topbox_test(PG_FUNCTION_ARGS)
{
	return compare_tallies(fcinfo, ces_topbox, proportion_test);
}

/* Do the net promoter scores differ? */
PG_FUNCTION_INFO_V1(ces_nps_test);
Datum
ces_nps_test(PG_FUNCTION_ARGS)
{
	return compare_tallies(fcinfo, ces_nps, net_test);
}

/* Do the means differ? */
PG_FUNCTION_INFO_V1(ces_mean_test);
Datum
ces_mean_test(PG_FUNCTION_ARGS)
{
	return compare_tallies(fcinfo, ces_mean, welch_test);
}

/* A p-value and its row in the partition; NaN if the row has none */
typedef struct RankedP
{
	double p;
	int64 row;
} RankedP;

/* The adjusted p-values of a partition, row by row; NaN if the row has none */
typedef struct AdjustedPs
{
	bool computed;
	double p[FLEXIBLE_ARRAY_MEMBER];
} AdjustedPs;

/* Order rows without a p-value first, then from the largest down. */
static int
compare_ranked_p(const void *a, const void *b)
{
	double p = ((const RankedP *) a)->p;
	double other = ((const RankedP *) b)->p;

	if (isnan(p) || isnan(other))
		return isnan(other) - isnan(p);
	return (p < other) - (p > other);
}

static double
check_p(double p)
{
	if (!(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("p-value %g is not between 0 and 1", p),
				 errhint("Use the p_value of a test, such as ces_topbox_test(a, b).")));
	return p;
}

/* The p-values of the window's partition. */
static RankedP *
read_partition(WindowObject window, int64 rows)
{
	RankedP *ranked = palloc_extended(sizeof(RankedP) * rows, MCXT_ALLOC_HUGE);

	for (int64 row = 0; row < rows; row++)
	{
		bool is_null;
		bool is_out;
		Datum p = WinGetFuncArgInPartition(window, 0, (int) row, WINDOW_SEEK_HEAD,
										   false, &is_null, &is_out);

		ranked[row].row = row;
		ranked[row].p = is_null ? get_float8_nan() : check_p(DatumGetFloat8(p));
	}
	return ranked;
}

/*
 * Adjust the p-values so that, of the differences found at a level, no more than
 * that share is false on average: Benjamini & Hochberg, Controlling the false
 * discovery rate (1995).  The k-th smallest of m p-values is multiplied by m/k,
 * and then not larger than any adjusted one after it.
 */
static void
adjust_partition(WindowObject window, AdjustedPs *adjusted, int64 rows)
{
	RankedP *ranked = read_partition(window, rows);
	double smallest = 1;
	int64 missing = 0;

	qsort(ranked, rows, sizeof(RankedP), compare_ranked_p);
	while (missing < rows && isnan(ranked[missing].p))
		adjusted->p[ranked[missing++].row] = get_float8_nan();
	for (int64 i = missing; i < rows; i++)
	{
		double p = ranked[i].p * ((double) (rows - missing) / (double) (rows - i));

		smallest = Min(smallest, p);
		adjusted->p[ranked[i].row] = smallest;
	}
	pfree(ranked);
	adjusted->computed = true;
}

/* The p-value of this row, adjusted for the others in its partition. */
PG_FUNCTION_INFO_V1(ces_adjusted_p);
Datum
ces_adjusted_p(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	int64 rows = WinGetPartitionRowCount(window);
	AdjustedPs *adjusted =
		WinGetPartitionLocalMemory(window, offsetof(AdjustedPs, p) + sizeof(double) * rows);
	double p;

	if (!adjusted->computed)
		adjust_partition(window, adjusted, rows);
	p = adjusted->p[WinGetCurrentPosition(window)];
	if (isnan(p))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(p);
}
