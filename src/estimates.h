/*-------------------------------------------------------------------------
 *
 * estimates.h
 *	  A tally as the values of a metric: what intervals, tests and comparisons
 *	  are made of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ESTIMATES_H
#define CES_ESTIMATES_H

#include "tally.h"

#pragma GCC visibility push(hidden)

/* The metrics, each of which is a mean of values; csat is the top box */
typedef enum CesMetric
{
	CES_METRIC_TOPBOX,
	CES_METRIC_NPS,
	CES_METRIC_MEAN
} CesMetric;

/* A confidence interval */
typedef struct CesBounds
{
	double lower;
	double upper;
} CesBounds;

/* How many answers that nobody gave the interval of a mean adds */
#define CES_PSEUDO_ANSWERS 1.5

/*
 * The answers at each of some equidistant values: the points of a scale, or -100, 0
 * and 100 for detractors, passives and promoters.  Values are counted in steps from
 * the lowest one.
 */
typedef struct CesValueCounts
{
	int points;
	double lowest;
	double step;
	double total;
	int mode; /* the value that has the most answers */
	double counts[CES_SCALE_MAX_POINTS];
} CesValueCounts;

extern CesValueCounts ces_count_scores(const CesTally *tally);
extern CesValueCounts ces_count_nps_categories(const CesTally *tally);
extern CesValueCounts ces_count_values(const CesTally *tally, CesMetric metric);
extern Datum ces_exact_metric(const CesTally *tally, CesMetric metric);
extern CesBounds ces_metric_range(CesScale scale, CesMetric metric);

extern CesValueCounts ces_summarize_values(CesValueCounts values);
extern double ces_values_mean_from(const CesValueCounts *values, int from);
extern double ces_values_sum_of_powers(const CesValueCounts *values, int power);
extern double ces_values_mean(const CesValueCounts *values);
extern double ces_values_squares(const CesValueCounts *values);

extern double ces_values_mean_in_steps(const CesValueCounts *values);
extern double ces_values_mean_variance(const CesValueCounts *values);

extern CesBounds ces_wilson_interval(double successes, double total, double z);
extern CesBounds ces_mean_interval(const CesValueCounts *values, double z, double pseudo_answers);

extern CesBounds ces_difference_interval(double difference, double a, CesBounds ci_a, double b, CesBounds ci_b);
extern CesBounds ces_clip_interval(CesBounds interval, double lowest, double highest);

extern double ces_get_confidence(FunctionCallInfo fcinfo, int argument);
extern Datum ces_numrange_between(Datum lower, Datum upper);
extern Datum ces_numrange(CesBounds interval);

#pragma GCC visibility pop

#endif /* CES_ESTIMATES_H */
