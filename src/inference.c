/*-------------------------------------------------------------------------
 *
 * inference.c
 *	  What a tally says about all who might have answered: confidence intervals,
 *	  tests of the difference between two tallies, and p-values adjusted for
 *	  how many there are.
 *
 * A tally is taken as a random sample of a large population.  Metrics are exact;
 * what is here is computed in double precision.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "ces.h"
#include "distributions.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
#include "windowapi.h"

/* A confidence interval, in the unit of the metric. */
typedef struct Bounds
{
	double lower;
	double upper;
} Bounds;

/* What a test has to say of a difference, if it can tell. */
typedef struct TestResult
{
	bool known;
	Bounds ci;
	double statistic;
	double p_value;
} TestResult;

/* How many answers there are, and how many of them in the top and bottom box. */
typedef struct BoxCounts
{
	double total;
	double top;
	double bottom;
} BoxCounts;

/* A mean with its sampling variance, which takes two answers to know. */
typedef struct Estimate
{
	double mean;
	double variance;
} Estimate;

static double
get_confidence(FunctionCallInfo fcinfo, int argument)
{
	double confidence = PG_GETARG_FLOAT8(argument);

	/* The negation also finds NaN. */
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence level %g is not between 0 and 1", confidence),
				 errhint("For 95 percent, write 0.95.")));
	return confidence;
}

/* The second of the tallies to compare, which has to be on the scale of the first. */
static CesTally *
get_other_tally(FunctionCallInfo fcinfo, const CesTally *tally)
{
	CesTally *other = PG_GETARG_CES_TALLY(1);

	if (!CesScaleEquals(CesTallyScale(tally), CesTallyScale(other)))
		ces_tally_report_two_scales(CesTallyScale(tally), CesTallyScale(other),
									"Only tallies on the same scale, with the same cuts, can be compared.");
	return other;
}

static BoxCounts
count_boxes(const CesTally *tally, CesScale boxes)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int lowest = CesScaleLowest(CesTallyScale(tally));
	int64 top = 0;
	int64 bottom = 0;

	for (int i = 0; i < points; i++)
	{
		if (CesScaleInTopBox(boxes, lowest + i))
			top += counts[i];
		else if (CesScaleInBottomBox(boxes, lowest + i))
			bottom += counts[i];
	}
	return (BoxCounts){(double) ces_tally_total(tally), (double) top, (double) bottom};
}

/* The boxes of the net promoter score, which may have cuts of its own. */
static BoxCounts
count_nps_boxes(const CesTally *tally)
{
	return count_boxes(tally, ces_nps_boxes(CesTallyScale(tally)));
}

static double
clamp(double number, double lowest, double highest)
{
	return Max(lowest, Min(number, highest));
}

/* Without what the metric can't be. */
static Bounds
clip(Bounds interval, double lowest, double highest)
{
	return (Bounds){clamp(interval.lower, lowest, highest),
					clamp(interval.upper, lowest, highest)};
}

/* An interval of shares as percentages, none of which are beyond the limit. */
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
newcombe_interval(BoxCounts a, BoxCounts b, double z)
{
	Bounds ci_a = wilson_interval(a.top, a.total, z);
	Bounds ci_b = wilson_interval(b.top, b.total, z);
	double p_a = a.top / a.total;
	double p_b = b.top / b.total;

	return (Bounds){p_a - p_b - hypot(p_a - ci_a.lower, ci_b.upper - p_b),
					p_a - p_b + hypot(ci_a.upper - p_a, p_b - ci_b.lower)};
}

/*
 * The z test for the difference between two proportions, with the standard error
 * of the pooled one.  If all answers of both are in the box, or none, there is
 * neither a difference nor an error.
 */
static TestResult
proportion_test(const CesTally *tally_a, const CesTally *tally_b, double confidence)
{
	BoxCounts a = count_boxes(tally_a, CesTallyScale(tally_a));
	BoxCounts b = count_boxes(tally_b, CesTallyScale(tally_b));
	double pooled = (a.top + b.top) / (a.total + b.total);
	double others = (a.total - a.top + b.total - b.top) / (a.total + b.total);
	double error = sqrt(pooled * others * (1 / a.total + 1 / b.total));
	TestResult result = {.known = true};

	result.ci = percent_interval(newcombe_interval(a, b, ces_normal_critical(confidence)),
								 -100, 100);
	result.statistic = error == 0 ? 0 : (a.top / a.total - b.top / b.total) / error;
	result.p_value = ces_normal_two_tails(result.statistic);
	return result;
}

/*
 * The share of promoters less that of detractors: Rocks, Interval estimation for
 * the net promoter score (2016), adjusted Wald.  Three answers are added that
 * nobody gave: 3/4 of a promoter and of a detractor, and 3/2 of a passive.
 */
static Estimate
adjusted_net(BoxCounts counts)
{
	double total = counts.total + 3;
	double promoters = (counts.top + 0.75) / total;
	double detractors = (counts.bottom + 0.75) / total;
	double passives = (counts.total - counts.top - counts.bottom + 1.5) / total;
	double net = (counts.top - counts.bottom) / total;

	/* That is promoters + detractors - net^2, but nothing cancels. */
	return (Estimate){net, (passives * (1 - passives) + 4 * promoters * detractors) / total};
}

/*
 * The z test for the difference between two adjusted net promoter scores.
 */
static TestResult
net_test(const CesTally *a, const CesTally *b, double confidence)
{
	Estimate net_a = adjusted_net(count_nps_boxes(a));
	Estimate net_b = adjusted_net(count_nps_boxes(b));
	double difference = net_a.mean - net_b.mean;
	double error = sqrt(net_a.variance + net_b.variance);
	TestResult result = {.known = true};

	result.ci = percent_interval(interval_around(difference, ces_normal_critical(confidence) * error),
								 -200, 200);
	result.statistic = difference / error;
	result.p_value = ces_normal_two_tails(result.statistic);
	return result;
}

/* Which point of the scale has the most answers? */
static int
find_mode(const int64 *counts, int points)
{
	int mode = 0;

	for (int i = 1; i < points; i++)
	{
		if (counts[i] > counts[mode])
			mode = i;
	}
	return mode;
}

/*
 * The mean score and the variance of the mean.  Scores are taken from the most
 * frequent one, so that a few that differ from very many others count in full.
 */
static Estimate
estimate_mean(const CesTally *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int mode = find_mode(counts, points);
	double total = (double) ces_tally_total(tally);
	double from_mode = 0;
	double squares = 0;

	for (int i = 0; i < points; i++)
		from_mode += (double) counts[i] * (i - mode);
	from_mode /= total;
	for (int i = 0; i < points; i++)
	{
		double deviation = i - mode - from_mode;

		squares += (double) counts[i] * deviation * deviation;
	}
	return (Estimate){CesScaleLowest(CesTallyScale(tally)) + mode + from_mode,
					  squares / (total - 1) / total};
}

/*
 * The t test for the difference between two means whose variances may differ:
 * Welch, The generalization of Student's problem when several different
 * population variances are involved (1947), with the degrees of freedom of
 * Satterthwaite (1946).  It needs two answers on either side, and two that are
 * not the same on one of them.
 */
static TestResult
welch_test(const CesTally *a, const CesTally *b, double confidence)
{
	double n_a = (double) ces_tally_total(a);
	double n_b = (double) ces_tally_total(b);
	int farthest = CesScalePoints(CesTallyScale(a)) - 1;
	Estimate mean_a;
	Estimate mean_b;
	double variance;
	double share_a;
	double share_b;
	double df;
	double error;
	TestResult result = {.known = false};

	if (n_a < 2 || n_b < 2)
		return result;
	mean_a = estimate_mean(a);
	mean_b = estimate_mean(b);
	variance = mean_a.variance + mean_b.variance;
	if (variance == 0)
		return result;
	share_a = mean_a.variance / variance;
	share_b = mean_b.variance / variance;
	df = 1 / (share_a * share_a / (n_a - 1) + share_b * share_b / (n_b - 1));
	error = sqrt(variance);

	result.known = true;
	result.statistic = (mean_a.mean - mean_b.mean) / error;
	result.p_value = ces_student_two_tails(result.statistic, df);
	result.ci = clip(interval_around(mean_a.mean - mean_b.mean,
									 ces_student_critical(confidence, df) * error),
					 -farthest, farthest);
	return result;
}

/* With the 15 digits that a double surely has. */
static Datum
numeric_of_double(double number)
{
	/* Zero has no sign. */
	return DirectFunctionCall1(float8_numeric, Float8GetDatum(number + 0.0));
}

/* A numrange that includes both bounds. */
static Datum
numrange_of(Bounds interval)
{
	TypeCacheEntry *type = lookup_type_cache(NUMRANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound lower = {.val = numeric_of_double(interval.lower), .inclusive = true, .lower = true};
	RangeBound upper = {.val = numeric_of_double(interval.upper), .inclusive = true};

#if PG_VERSION_NUM < 160000
	return RangeTypePGetDatum(make_range(type, &lower, &upper, false));
#else
	return RangeTypePGetDatum(make_range(type, &lower, &upper, false, NULL));
#endif
}

/* The difference between two tallies, by a metric of theirs. */
static Datum
difference_of(PGFunction metric, const CesTally *a, const CesTally *b)
{
	Datum difference = DirectFunctionCall2(numeric_sub,
										   DirectFunctionCall1(metric, PointerGetDatum(a)),
										   DirectFunctionCall1(metric, PointerGetDatum(b)));

	return DirectFunctionCall1(numeric_trim_scale, difference);
}

/*
 * A row of difference, ci, statistic and p_value.  If a tally is empty there is
 * no difference, and nothing to be known of it.
 */
static Datum
row_of(FunctionCallInfo fcinfo, bool is_empty, Datum difference, const TestResult *result)
{
	Datum values[4] = {difference};
	bool nulls[4] = {is_empty, !result->known, !result->known, !result->known};
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

/* A test of two tallies: what is known of the difference between a metric of them. */
typedef TestResult (*Test)(const CesTally *a, const CesTally *b, double confidence);

static Datum
compare_tallies(FunctionCallInfo fcinfo, PGFunction metric, Test test)
{
	CesTally *a = PG_GETARG_CES_TALLY(0);
	CesTally *b = get_other_tally(fcinfo, a);
	double confidence = get_confidence(fcinfo, 2);
	TestResult result = {.known = false};

	if (ces_tally_total(a) == 0 || ces_tally_total(b) == 0)
		return row_of(fcinfo, true, (Datum) 0, &result);
	result = test(a, b, confidence);
	return row_of(fcinfo, false, difference_of(metric, a, b), &result);
}

/* The functions of metrics.c whose difference is tested. */
extern Datum ces_topbox(PG_FUNCTION_ARGS);
extern Datum ces_mean(PG_FUNCTION_ARGS);
extern Datum nps(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(ces_topbox_ci);
PG_FUNCTION_INFO_V1(nps_ci);
PG_FUNCTION_INFO_V1(ces_mean_ci);
PG_FUNCTION_INFO_V1(ces_topbox_test);
PG_FUNCTION_INFO_V1(nps_test);
PG_FUNCTION_INFO_V1(ces_mean_test);
PG_FUNCTION_INFO_V1(ces_adjusted_p);

/* The percentage of answers in the top box, give or take. */
Datum
ces_topbox_ci(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	double confidence = get_confidence(fcinfo, 1);
	BoxCounts counts = count_boxes(tally, CesTallyScale(tally));
	Bounds ci;

	if (counts.total == 0)
		PG_RETURN_NULL();
	ci = wilson_interval(counts.top, counts.total, ces_normal_critical(confidence));
	return numrange_of(percent_interval(ci, 0, 100));
}

/* The net promoter score, give or take. */
Datum
nps_ci(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	double confidence = get_confidence(fcinfo, 1);
	BoxCounts counts = count_nps_boxes(tally);
	Estimate net;
	Bounds ci;

	if (counts.total == 0)
		PG_RETURN_NULL();
	net = adjusted_net(counts);
	ci = interval_around(net.mean, ces_normal_critical(confidence) * sqrt(net.variance));
	return numrange_of(percent_interval(ci, -100, 100));
}

/*
 * The mean score, give or take, by Student's t.  One answer says nothing of how
 * much they vary.
 */
Datum
ces_mean_ci(PG_FUNCTION_ARGS)
{
	CesTally *tally = PG_GETARG_CES_TALLY(0);
	CesScale scale = CesTallyScale(tally);
	double confidence = get_confidence(fcinfo, 1);
	double total = (double) ces_tally_total(tally);
	Estimate mean;
	double margin;

	if (total < 2)
		PG_RETURN_NULL();
	mean = estimate_mean(tally);
	margin = ces_student_critical(confidence, total - 1) * sqrt(mean.variance);
	return numrange_of(clip(interval_around(mean.mean, margin),
							CesScaleLowest(scale), CesScaleHighest(scale)));
}

/* Do the percentages in the top box differ? */
Datum
ces_topbox_test(PG_FUNCTION_ARGS)
{
	return compare_tallies(fcinfo, ces_topbox, proportion_test);
}

/* Do the net promoter scores differ? */
Datum
nps_test(PG_FUNCTION_ARGS)
{
	return compare_tallies(fcinfo, nps, net_test);
}

/* Do the means differ? */
Datum
ces_mean_test(PG_FUNCTION_ARGS)
{
	return compare_tallies(fcinfo, ces_mean, welch_test);
}

/* A p-value and the row of the partition that it is in; NaN where that has none. */
typedef struct RankedP
{
	double p;
	int64 row;
} RankedP;

/* The adjusted p-values of a partition, NaN where there is none. */
typedef struct AdjustedPs
{
	bool computed;
	double p[FLEXIBLE_ARRAY_MEMBER];
} AdjustedPs;

/* What is no p-value first, then the largest. */
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

/* The p-values of the partition at hand. */
static RankedP *
read_partition(WindowObject window, int64 rows)
{
	RankedP *ranked = palloc_extended(sizeof(RankedP) * rows, MCXT_ALLOC_HUGE);

	for (int64 row = 0; row < rows; row++)
	{
		bool is_null;
		bool is_out;
		Datum p = WinGetFuncArgInPartition(window, 0, row, WINDOW_SEEK_HEAD,
										   false, &is_null, &is_out);

		ranked[row].row = row;
		ranked[row].p = is_null ? get_float8_nan() : check_p(DatumGetFloat8(p));
	}
	return ranked;
}

/*
 * The p-values adjusted so that those up to a limit are wrong in no more than
 * that share of cases: Benjamini & Hochberg, Controlling the false discovery
 * rate (1995).  The k-th smallest of m counts m/k times, but no more than any
 * larger one.
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

/*
 * The p-value of this row, adjusted for all those in its partition.
 */
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
