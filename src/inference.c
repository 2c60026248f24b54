/*-------------------------------------------------------------------------
 *
 * inference.c
 *	  What a tally says about all who might have answered: confidence intervals,
 *	  tests of the difference between two tallies, how far a part of the answers
 *	  moves the metric of all, and p-values adjusted for the number of comparisons.
 *
 * A tally is taken for a random sample of a large population.  The difference
 * itself is exact; everything else is computed in double precision.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "calls.h"
#include "estimates.h"
#include "funcapi.h"
#include "math/distributions.h"
#include "math/permutation.h"
#include "metrics.h"
#include "numerics.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "windowapi.h"

/* The result of a test, apart from the difference itself */
typedef struct TestResult
{
	CesBounds ci;
	double statistic;
	double p_value;
} TestResult;

/* How many answers there are, and how many of them lie in the box */
typedef struct Proportion
{
	double total;
	double top;
} Proportion;

/* Only answers on one scale can be compared. */
static void
check_same_scale(const CesTally *a, const CesTally *b)
{
	if (!ces_scale_equals(ces_tally_scale(a), ces_tally_scale(b)))
		ces_report_two_scales(ces_tally_scale(a), ces_tally_scale(b),
							  "Only tallies on the same scale, with the same cuts, can be compared.");
}

static Proportion
count_top_box(const CesTally *tally)
{
	CesBoxCounts counts = ces_count_boxes(tally, ces_tally_scale(tally));

	return (Proportion){(double) counts.total, (double) counts.top};
}

/* An interval of shares in percent, cut off at the limits. */
static CesBounds
percent_interval(CesBounds shares, double lowest, double highest)
{
	return ces_clip_interval((CesBounds){100 * shares.lower, 100 * shares.upper}, lowest, highest);
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

static CesBounds
newcombe_interval(Proportion a, Proportion b, double z)
{
	return ces_difference_interval(share_difference(a.top, a.total, b.top, b.total),
								   a.top / a.total, ces_wilson_interval(a.top, a.total, z),
								   b.top / b.total, ces_wilson_interval(b.top, b.total, z));
}

/* An interval in steps, in the unit of the values. */
static CesBounds
in_unit(const CesValueCounts *values, CesBounds steps)
{
	return (CesBounds){values->lowest + values->step * steps.lower,
					   values->lowest + values->step * steps.upper};
}

/*
 * The p-value if both groups answer alike: the smaller one is then a draw from all
 * answers.
 */
static double
permutation_p(int points, const double *a, double total_a, const double *b, double total_b)
{
	const double *drawn = total_a <= total_b ? a : b;
	double all[CES_SCALE_MAX_POINTS];
	double *workspace;
	double p;

	for (int i = 0; i < points; i++)
		all[i] = a[i] + b[i];
	if (ces_permutation_steps(points, drawn, all) > CES_PERMUTATION_MAX_STEPS)
		return ces_permutation_saddlepoint_p(points, drawn, all);
	workspace = palloc(sizeof(double) * ces_permutation_workspace(points, drawn, all));
	p = ces_permutation_exact_p(points, drawn, all, workspace);
	pfree(workspace);
	return p;
}

/* The most answers in the smaller group for which a test of proportions is exact */
#define FEW_FOR_PROPORTIONS 100000

/*
 * The difference between two proportions: Fisher's exact test with mid-p, or the z test
 * with the standard error of the pooled proportion.  If all answers of both tallies are
 * in the box, or none, the difference and the error are both 0.
 */
static TestResult
proportion_test(const CesTally *tally_a, const CesTally *tally_b, double confidence)
{
	Proportion a = count_top_box(tally_a);
	Proportion b = count_top_box(tally_b);
	double counts_a[2] = {a.total - a.top, a.top};
	double counts_b[2] = {b.total - b.top, b.top};
	double pooled = (a.top + b.top) / (a.total + b.total);
	double others = (counts_a[0] + counts_b[0]) / (a.total + b.total);
	double error = sqrt(pooled * others * (1 / a.total + 1 / b.total));
	TestResult result;

	result.ci = percent_interval(newcombe_interval(a, b, ces_normal_critical(confidence)),
								 -100, 100);
	result.statistic = error == 0 ? 0 : share_difference(a.top, a.total, b.top, b.total) / error;
	if (Min(a.total, b.total) <= FEW_FOR_PROPORTIONS)
		result.p_value = permutation_p(2, counts_a, a.total, counts_b, b.total);
	else
		result.p_value = ces_normal_two_tails(result.statistic);
	return result;
}

/* The variance of the difference between two means if both groups answer alike. */
static double
pooled_variance(const CesValueCounts *a, const CesValueCounts *b)
{
	CesValueCounts all = {.points = a->points};

	for (int i = 0; i < all.points; i++)
		all.counts[i] = a->counts[i] + b->counts[i];
	all = ces_summarize_values(all);
	return ces_values_sum_of_powers(&all, 2) / (all.total - 1) * (1 / a->total + 1 / b->total);
}

/* The degrees of freedom of the sum of two variances. */
static double
satterthwaite_df(double variance_a, double df_a, double variance_b, double df_b)
{
	double share_a = variance_a / (variance_a + variance_b);
	double share_b = variance_b / (variance_a + variance_b);

	return 1 / (share_a * share_a / df_a + share_b * share_b / df_b);
}

/* The third central moment of the mean. */
static double
mean_third_moment(const CesValueCounts *values)
{
	return ces_values_sum_of_powers(values, 3) / values->total / values->total / values->total;
}

/*
 * A t statistic whose distribution has lost its skewness: Hall, On the removal of
 * skewness by transformation (1992).  For the difference between two means see Zhou
 * & Dinh, Nonparametric confidence intervals for the one- and two-sample problems
 * (2005).
 */
static double
without_skewness(double t, double skewness)
{
	return t + skewness * t * t / 3 + skewness * skewness * t * t * t / 27 + skewness / 6;
}

/*
 * The t test for the difference between two means whose variances may differ: Welch, The
 * generalization of Student's problem when several different population variances are
 * involved (1947), with the degrees of freedom of Satterthwaite (1946), and corrected
 * for the skewness of the answers.
 */
static void
welch_test(const CesValueCounts *a, const CesValueCounts *b, double difference, TestResult *result)
{
	double variance_a = ces_values_mean_variance(a);
	double variance_b = ces_values_mean_variance(b);
	double error = sqrt(variance_a + variance_b);
	double skewness = (mean_third_moment(a) - mean_third_moment(b)) / (error * error * error);
	double df = satterthwaite_df(variance_a, a->total - 1, variance_b, b->total - 1);

	result->statistic = difference / error;
	result->p_value = ces_student_two_tails(without_skewness(result->statistic, skewness), df);
}

/*
 * The most answers in the smaller group for which a test of means takes both groups to
 * answer alike, so that few answers say something; more of them can show themselves how
 * much they vary.
 */
#define FEW_FOR_MEANS 500

/* The difference between two means. */
static TestResult
mean_test(const CesValueCounts *a, const CesValueCounts *b, double confidence)
{
	double z = ces_normal_critical(confidence);
	double difference = ces_values_mean_from(a, a->mode) - ces_values_mean_from(b, a->mode);
	double variance = pooled_variance(a, b);
	double range = a->points - 1;
	CesBounds ci = ces_difference_interval(difference, ces_values_mean_in_steps(a), ces_mean_interval(a, z, CES_PSEUDO_ANSWERS),
										   ces_values_mean_in_steps(b), ces_mean_interval(b, z, CES_PSEUDO_ANSWERS));
	TestResult result;

	ci = ces_clip_interval(ci, -range, range);
	result.ci = (CesBounds){a->step * ci.lower, a->step * ci.upper};
	result.statistic = variance == 0 ? 0 : difference / sqrt(variance);
	if (Min(a->total, b->total) <= FEW_FOR_MEANS)
		result.p_value = permutation_p(a->points, a->counts, a->total, b->counts, b->total);
	else if (ces_values_mean_variance(a) + ces_values_mean_variance(b) > 0)
		welch_test(a, b, difference, &result);
	else
		result.p_value = ces_normal_two_tails(result.statistic);
	return result;
}

static TestResult
score_test(const CesTally *tally_a, const CesTally *tally_b, double confidence)
{
	CesValueCounts a = ces_count_scores(tally_a);
	CesValueCounts b = ces_count_scores(tally_b);

	return mean_test(&a, &b, confidence);
}

static TestResult
nps_test(const CesTally *tally_a, const CesTally *tally_b, double confidence)
{
	CesValueCounts a = ces_count_nps_categories(tally_a);
	CesValueCounts b = ces_count_nps_categories(tally_b);

	return mean_test(&a, &b, confidence);
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

/* A row as the function's OUT parameters have it. */
static Datum
row_of(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc row_type;

	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls));
}

/* A test of the difference between the metrics of two tallies */
typedef TestResult (*Test)(const CesTally *a, const CesTally *b, double confidence);

/* A row of difference, ci, statistic and p_value. */
static Datum
compare_tallies(FunctionCallInfo fcinfo, PGFunction metric, Test test)
{
	const CesTally *a = PG_GETARG_CES_TALLY(0);
	const CesTally *b = PG_GETARG_CES_TALLY(1);
	double confidence = ces_get_confidence(fcinfo, 2);
	Datum values[4];
	bool nulls[4] = {false};
	TestResult result;

	check_same_scale(a, b);
	if (ces_tally_total(a) == 0 || ces_tally_total(b) == 0)
		PG_RETURN_NULL();
	result = test(a, b, confidence);
	values[0] = difference_of(metric, a, b);
	values[1] = ces_numrange(result.ci);
	values[2] = Float8GetDatum(result.statistic);
	values[3] = Float8GetDatum(result.p_value);
	return row_of(fcinfo, values, nulls);
}

/* The answers of the whole that are not in the part. */
static const CesTally *
rest_of(const CesTally *part, const CesTally *whole)
{
	CesScale scale = ces_tally_scale(whole);
	int64 counts[CES_SCALE_MAX_POINTS];
	int64 removed[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(whole, counts);

	ces_tally_read(part, removed);
	for (int i = 0; i < points; i++)
	{
		if (removed[i] > counts[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("part is not within the whole"),
					 errdetail("Answers with score %d: " INT64_FORMAT " in the part, " INT64_FORMAT " in the whole.",
							   ces_scale_lowest(scale) + i, removed[i], counts[i]),
					 errhint("Did you swap them? The second argument includes the first: part, part + rest.")));
		counts[i] -= removed[i];
	}
	return ces_tally_make(scale, counts);
}

/* A share in percent, for a total that is not 0. */
static Datum
share_of(int64 part, int64 total)
{
	return ces_numeric_quotient(ces_numeric_product(100, part), ces_numeric_from_int64(total));
}

/*
 * The interval of a difference times the share, which is taken as fixed.  Rounding must
 * not leave out the impact, which may be at one of its ends.
 */
static Datum
impact_interval(CesBounds difference, double share, Datum impact)
{
	Datum lower = ces_numeric_from_float8(share * difference.lower);
	Datum upper = ces_numeric_from_float8(share * difference.upper);

	return ces_numrange_between(DirectFunctionCall2(numeric_smaller, lower, impact),
								DirectFunctionCall2(numeric_larger, upper, impact));
}

/*
 * How far a part moves the metric of the whole, as a row of share, difference, impact,
 * ci and p_value.  A part that is NULL has no answers, as an aggregate of no rows has
 * it.  The impact is the share times the difference between the part and the
 * rest, so interval and p-value come from the test of these two.
 */
static Datum
impact_of_part(FunctionCallInfo fcinfo, PGFunction metric, Test test)
{
	const CesTally *part;
	const CesTally *whole;
	const CesTally *rest;
	double confidence;
	int64 answers;
	int64 total;
	Datum values[5] = {0};
	bool nulls[5] = {false, true, true, true, true};
	TestResult result;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	whole = PG_GETARG_CES_TALLY(1);
	part = PG_ARGISNULL(0) ? ces_tally_make_empty(ces_tally_scale(whole)) : PG_GETARG_CES_TALLY(0);
	check_same_scale(part, whole);
	confidence = ces_get_confidence(fcinfo, 2);
	rest = rest_of(part, whole);
	answers = ces_tally_total(part);
	total = ces_tally_total(whole);
	if (total == 0)
		PG_RETURN_NULL();
	values[0] = share_of(answers, total);
	if (answers == total)
		return row_of(fcinfo, values, nulls);
	values[2] = difference_of(metric, whole, rest);
	nulls[2] = false;
	if (answers == 0)
		return row_of(fcinfo, values, nulls);
	result = test(part, rest, confidence);
	values[1] = difference_of(metric, part, rest);
	values[3] = impact_interval(result.ci, (double) answers / (double) total, values[2]);
	values[4] = Float8GetDatum(result.p_value);
	memset(nulls, false, sizeof(nulls));
	return row_of(fcinfo, values, nulls);
}

/* The confidence interval of the percentage in the top box. */
PG_FUNCTION_INFO_V1(ces_topbox_ci);
Datum
ces_topbox_ci(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	double confidence = ces_get_confidence(fcinfo, 1);
	Proportion counts = count_top_box(tally);
	CesBounds ci;

	if (counts.total == 0)
		PG_RETURN_NULL();
	ci = ces_wilson_interval(counts.top, counts.total, ces_normal_critical(confidence));
	return ces_numrange(percent_interval(ci, 0, 100));
}

/* The confidence interval of a mean; NULL if there are no answers. */
static Datum
interval_of_mean(FunctionCallInfo fcinfo, CesValueCounts values)
{
	double z = ces_normal_critical(ces_get_confidence(fcinfo, 1));

	if (values.total == 0)
		PG_RETURN_NULL();
	return ces_numrange(in_unit(&values, ces_mean_interval(&values, z, CES_PSEUDO_ANSWERS)));
}

/* The confidence interval of the net promoter score. */
PG_FUNCTION_INFO_V1(ces_nps_ci);
Datum
ces_nps_ci(PG_FUNCTION_ARGS)
{
	return interval_of_mean(fcinfo, ces_count_nps_categories(PG_GETARG_CES_TALLY(0)));
}

/* The confidence interval of the mean score. */
PG_FUNCTION_INFO_V1(ces_mean_ci);
Datum
ces_mean_ci(PG_FUNCTION_ARGS)
{
	return interval_of_mean(fcinfo, ces_count_scores(PG_GETARG_CES_TALLY(0)));
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
	return compare_tallies(fcinfo, ces_nps, nps_test);
}

/* Do the means differ? */
PG_FUNCTION_INFO_V1(ces_mean_test);
Datum
ces_mean_test(PG_FUNCTION_ARGS)
{
	return compare_tallies(fcinfo, ces_mean, score_test);
}

/* How far does the part move the percentage in the top box? */
PG_FUNCTION_INFO_V1(ces_topbox_impact);
Datum
ces_topbox_impact(PG_FUNCTION_ARGS)
{
	return impact_of_part(fcinfo, ces_topbox, proportion_test);
}

/* How far does the part move the net promoter score? */
PG_FUNCTION_INFO_V1(ces_nps_impact);
Datum
ces_nps_impact(PG_FUNCTION_ARGS)
{
	return impact_of_part(fcinfo, ces_nps, nps_test);
}

/* How far does the part move the mean? */
PG_FUNCTION_INFO_V1(ces_mean_impact);
Datum
ces_mean_impact(PG_FUNCTION_ARGS)
{
	return impact_of_part(fcinfo, ces_mean, score_test);
}

/* A p-value and its row in the partition; NaN if the row has none */
typedef struct RankedP
{
	double p;
	int64 row;
} RankedP;

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
 * and then not larger than any adjusted one after it.  Row by row; NaN if the row has
 * none.
 */
static double *
adjust_partition(WindowObject window, int64 rows, MemoryContext context)
{
	double *adjusted = MemoryContextAllocHuge(context, sizeof(double) * rows);
	RankedP *ranked = read_partition(window, rows);
	double smallest = 1;
	int64 missing = 0;

	qsort(ranked, rows, sizeof(RankedP), compare_ranked_p);
	while (missing < rows && isnan(ranked[missing].p))
		adjusted[ranked[missing++].row] = get_float8_nan();
	for (int64 i = missing; i < rows; i++)
	{
		double p = ranked[i].p * ((double) (rows - missing) / (double) (rows - i));

		smallest = Min(smallest, p);
		adjusted[ranked[i].row] = smallest;
	}
	pfree(ranked);
	return adjusted;
}

/* The p-value of this row, adjusted for the others in its partition. */
PG_FUNCTION_INFO_V1(ces_adjusted_p);
Datum
ces_adjusted_p(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	double **adjusted;
	double p;

	ces_check_window(fcinfo);
	adjusted = WinGetPartitionLocalMemory(window, sizeof(double *));
	if (*adjusted == NULL)
		*adjusted = adjust_partition(window, WinGetPartitionRowCount(window), GetMemoryChunkContext(adjusted));
	p = (*adjusted)[WinGetCurrentPosition(window)];
	if (isnan(p))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(p);
}
