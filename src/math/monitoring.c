/*-------------------------------------------------------------------------
 *
 * monitoring.c
 *	  Funnel limits with overdispersion, and control charts whose limits follow n.
 *
 * Funnels are those of Spiegelhalter, Funnel plots for comparing institutional performance
 * (2005), but for three things, without which more or fewer than 5 percent of units that
 * are like the others would be outside limits of 95 percent: what few answers do to shares, the
 * part that a unit has in what is expected, and what winsorising takes away from tau².
 *
 * Control charts are I' charts: Taylor, Normalized individuals control chart (2018).
 *
 *-------------------------------------------------------------------------
 */
#include "monitoring.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Quantiles of the normal distribution: 97.5 and 99.9 percent are below */
#define Z_95 1.9599639845400542
#define Z_998 3.0902323061678135
#define PI 3.14159265358979323846

/* The share of the units at each end whose z is taken to be that of the next one */
#define WINSORISED 0.1

/*
 * The mean square of standard normal numbers, winsorised like that: with q, the quantile of 90
 * percent, 0.8 - 2 q density(q) + 0.2 q²
 */
#define WINSORISED_VARIANCE 0.6786545589528743

/* How close to what it should be the dispersion must get, in at most so many steps */
#define CLOSE 1e-13
#define STEPS 60

/* So many points in a row on one side are a shift; so many steps one way, a trend. */
#define SHIFT_POINTS 8
#define TREND_STEPS 6

/* a - b, or 0 if that may be rounding alone. */
static double
difference(double a, double b)
{
	double noise = 4 * DBL_EPSILON * fmax(fabs(a), fabs(b));

	return fabs(a - b) <= noise ? 0 : a - b;
}

/* 1, -1, or 0 if a and b may be equal but for rounding. */
static int
compare(double a, double b)
{
	double d = difference(a, b);

	return (d > 0) - (d < 0);
}

/*
 * The scale of the method: for shares, the arcsine of the root, on which the variance of a
 * single answer is 1/4 whatever the share.
 */
static double
to_scale(double value, bool are_shares)
{
	return are_shares ? asin(sqrt(fmin(fmax(value, 0), 1))) : value;
}

/* For qsort: numbers in ascending order. */
static int
ascending(const void *a, const void *b)
{
	double left = *(const double *) a;
	double right = *(const double *) b;

	return (left > right) - (left < right);
}

/*
 * The sum of numbers, which get sorted: so it is the same to the last digit in whatever order
 * the units come.
 */
static double
sorted_sum(int64_t count, double *numbers)
{
	double sum = 0;

	qsort(numbers, count, sizeof(double), ascending);
	for (int64_t i = 0; i < count; i++)
		sum += numbers[i];
	return sum;
}

/* A quantile of sorted numbers, interpolated as R does by default (type 7). */
static double
quantile(int64_t count, const double *sorted, double share)
{
	double position = (double) (count - 1) * share;
	int64_t below = (int64_t) position;
	double rest = position - (double) below;

	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

/* The sum of squares of numbers, which get sorted and winsorised. */
static double
winsorised_squares(int64_t count, double *numbers)
{
	double low;
	double high;
	double sum = 0;

	qsort(numbers, count, sizeof(double), ascending);
	low = quantile(count, numbers, WINSORISED);
	high = quantile(count, numbers, 1 - WINSORISED);
	for (int64_t i = 0; i < count; i++)
	{
		double x = fmin(fmax(numbers[i], low), high);

		sum += x * x;
	}
	return sum;
}

/*
 * A funnel on the scale of the method, on which the value of a unit of n answers varies by
 * sigma² / n by chance, with the same sigma² for all units
 */
typedef struct Funnel
{
	int64_t count;
	const CesUnit *units;
	bool are_shares;
	double expected;
	double target; /* what is expected, on the scale of the method */
	double total; /* of n */
	double squares; /* of the parts of the total that the units have */
	double sigma2;
	double *off; /* of each unit: how far it is from what is expected */
	double *workspace; /* for a number per unit */
} Funnel;

/* Sets what the number of answers of each unit adds up to. */
static void
add_answers(Funnel *funnel)
{
	double *workspace = funnel->workspace;

	for (int64_t i = 0; i < funnel->count; i++)
		workspace[i] = funnel->units[i].n;
	funnel->total = sorted_sum(funnel->count, workspace);
	for (int64_t i = 0; i < funnel->count; i++)
		workspace[i] = funnel->units[i].n / funnel->total * (funnel->units[i].n / funnel->total);
	funnel->squares = sorted_sum(funnel->count, workspace);
}

/*
 * The variance of single answers, pooled within units.  If no unit has two answers, it
 * can't be told from the variance between units, and is taken to be all of it.
 */
static double
pooled_variance(const Funnel *funnel)
{
	double *workspace = funnel->workspace;
	int64_t count = funnel->count;
	const CesUnit *units = funnel->units;
	double degrees = funnel->total - (double) count;

	for (int64_t i = 0; i < count; i++)
		workspace[i] = units[i].n > 1 ? (units[i].n - 1) * units[i].variance : 0;
	if (degrees > 0)
		return sorted_sum(count, workspace) / degrees;
	for (int64_t i = 0; i < count; i++)
	{
		double d = difference(units[i].value, funnel->expected);

		workspace[i] = d * d;
	}
	return count > 1 ? sorted_sum(count, workspace) / (double) (count - 1) : 0;
}

/* How far a value is from what is expected, on the scale of the method. */
static double
distance(const Funnel *funnel, double value)
{
	if (difference(value, funnel->expected) == 0)
		return 0;
	return to_scale(value, funnel->are_shares) - funnel->target;
}

/*
 * The part of the answers that the others have.  Rounding must not make it 0 if there are
 * others; a unit that has none gets the limits of one that isn't part.
 */
static double
others(const Funnel *funnel, const CesUnit *unit)
{
	return funnel->count > 1 ? fmax(1 - unit->n / funnel->total, DBL_EPSILON) : 1;
}

/*
 * The hits of a share, and misses, that it takes to be compared with what chance would do:
 * Anscombe, The transformation of Poisson, binomial and negative-binomial data (1948).
 * Otherwise 20 of 20, where 95 percent are expected, would be more than 1.96 standard errors
 * off.  But so far as the unit is part of what is expected, that is the same off.
 */
static double
fair_hits(const Funnel *funnel, const CesUnit *unit)
{
	return 0.375 * others(funnel, unit);
}

/* How far a unit is from what is expected, with these hits and misses. */
static double
fair_distance(const Funnel *funnel, const CesUnit *unit)
{
	double off = distance(funnel, unit->value);
	double more = fair_hits(funnel, unit);
	double fair;

	if (!funnel->are_shares || off == 0)
		return off;
	fair = to_scale((unit->value * unit->n + more) / (unit->n + 2 * more), true) - funnel->target;
	/* they can take a small difference to the other side */
	return (fair > 0) == (off > 0) ? fair : 0;
}

/* The value at a distance, or the end of the scale if that is nearer. */
static double
value_at(const Funnel *funnel, double distance)
{
	double sine;

	if (!funnel->are_shares || distance == 0)
		return funnel->expected + distance;
	sine = sin(fmin(fmax(funnel->target + distance, 0), PI / 2));
	return sine * sine;
}

/* The value that a unit would have at a distance with fair hits and misses. */
static double
value_at_fair(const Funnel *funnel, const CesUnit *unit, double distance)
{
	double value = value_at(funnel, distance);

	if (!funnel->are_shares)
		return value;
	value += (value - 0.5) * 2 * fair_hits(funnel, unit) / unit->n;
	value = distance < 0 ? fmin(value, funnel->expected) : fmax(value, funnel->expected);
	return fmin(fmax(value, 0), 1);
}

/*
 * How many times the variance between units is in that of a unit's distance from what is
 * expected.  All units are part of that: the unit's own value counts as much as the others
 * have, and those of the others by their parts.
 */
static double
between_in(const Funnel *funnel, const CesUnit *unit)
{
	double own = others(funnel, unit);
	double part = unit->n / funnel->total;

	return own * own + fmax(funnel->squares - part * part, 0);
}

/* The variance of a unit's distance from what is expected. */
static double
variance_of(const Funnel *funnel, const CesUnit *unit, double tau2)
{
	return others(funnel, unit) * funnel->sigma2 / unit->n + between_in(funnel, unit) * tau2;
}

/* z, with tau² in its error; infinite if there is no variance. */
static double
z_of(const Funnel *funnel, int64_t i, double tau2)
{
	double off = funnel->off[i];

	return off == 0 ? 0 : off / sqrt(variance_of(funnel, &funnel->units[i], tau2));
}

/* How many times as much z vary, winsorised, as chance alone and this tau² would make them. */
static double
dispersion(const Funnel *funnel, double tau2)
{
	double *workspace = funnel->workspace;

	for (int64_t i = 0; i < funnel->count; i++)
		workspace[i] = z_of(funnel, i, tau2);
	return winsorised_squares(funnel->count, workspace) / (WINSORISED_VARIANCE * (double) funnel->count);
}

/*
 * The dispersion of so many units that chance alone exceeds once in twenty times: Wilson and
 * Hilferty, The distribution of chi-square (1931).
 */
static double
dispersion_by_chance(int64_t count)
{
	double part = 2 / (9 * ((double) count - 1));
	double root = 1 - part + 1.6448536269514722 * sqrt(part);

	return root * root * root;
}

/* A tau² that is large enough, whatever sigma² is. */
static double
largest_tau2(const Funnel *funnel)
{
	double largest = 0;

	for (int64_t i = 0; i < funnel->count; i++)
	{
		double off = funnel->off[i];

		largest = fmax(largest, off * off / between_in(funnel, &funnel->units[i]));
	}
	return largest / WINSORISED_VARIANCE;
}

/*
 * The tau² with which z vary as they should, between 0, where 1 / dispersion is low_end + 1,
 * and high.  1 / dispersion is nearly a straight line, and quite one if all units have the
 * same n; so this is the false position, with the Illinois rule.
 */
static double
solve_tau2(const Funnel *funnel, double low_end, double high)
{
	double low = 0;
	double high_end = 1 / dispersion(funnel, high) - 1;
	int last = 0;

	/* those in the middle are all where they are expected */
	if (isinf(high_end))
		return 0;
	for (int step = 0; step < STEPS && high_end > CLOSE; step++)
	{
		double middle = low + (high - low) * low_end / (low_end - high_end);
		double end = 1 / dispersion(funnel, middle) - 1;

		if (fabs(end) <= CLOSE)
			return middle;
		if (end < 0)
		{
			low = middle;
			low_end = end;
			high_end /= last < 0 ? 2 : 1;
		}
		else
		{
			high = middle;
			high_end = end;
			low_end /= last > 0 ? 2 : 1;
		}
		last = end < 0 ? -1 : 1;
	}
	return high;
}

/* tau² of the limits, and phi.  There is no tau² unless z vary more than chance explains. */
static CesFunnel
overdispersion(const Funnel *funnel)
{
	CesFunnel result = {.phi = 0, .tau2 = 0};

	if (funnel->sigma2 > 0)
		result.phi = dispersion(funnel, 0);
	if (funnel->count > 1 && (funnel->sigma2 == 0 || result.phi > dispersion_by_chance(funnel->count)))
		result.tau2 = solve_tau2(funnel, funnel->sigma2 > 0 ? 1 / result.phi - 1 : -1, largest_tau2(funnel));
	return result;
}

/* The variance of all single answers that are hits and misses. */
static double
variance_of_hits(const Funnel *funnel)
{
	return funnel->expected * (1 - funnel->expected) * funnel->total / (funnel->total - 1);
}

/*
 * The variance between the values of all units, by the method of moments: the excess of n times
 * their squared distances over what chance alone would give is in proportion to it.  A
 * variance between shares is part of that of single answers, of which only the rest is chance.
 */
static double
variance_between(const Funnel *funnel)
{
	int64_t count = funnel->count;
	double *workspace = funnel->workspace;
	double single = funnel->are_shares ? variance_of_hits(funnel) : funnel->sigma2;
	double excess;
	double weight;

	for (int64_t i = 0; i < count; i++)
	{
		double d = difference(funnel->units[i].value, funnel->expected);

		workspace[i] = d * d * funnel->units[i].n;
	}
	excess = difference(sorted_sum(count, workspace), (double) (count - 1) * single);
	for (int64_t i = 0; i < count; i++)
		workspace[i] = funnel->units[i].n / funnel->total * (funnel->total - funnel->units[i].n);
	weight = difference(sorted_sum(count, workspace), funnel->are_shares ? (double) (count - 1) : 0);
	if (!(excess > 0 && weight > 0))
		return 0;
	return funnel->are_shares ? fmin(excess / weight, single) : excess / weight;
}

/*
 * A unit's value shrunk towards what is expected, by the part of the variance that is chance.
 * That is what makes up for few answers, so the distance is as it is.
 */
static double
adjusted_value(const Funnel *funnel, const CesUnit *unit, double between)
{
	double within = (funnel->are_shares ? variance_of_hits(funnel) - between : funnel->sigma2) / unit->n;
	double kept = within > 0 ? between / (within + between) : 1;

	return kept == 1 ? unit->value : funnel->expected + kept * difference(unit->value, funnel->expected);
}

/* A unit's limits, z, and adjusted value. */
static CesFunnelPoint
funnel_point(const Funnel *funnel, int64_t i, double tau2, double between)
{
	const CesUnit *unit = &funnel->units[i];
	double error = sqrt(variance_of(funnel, unit, tau2));

	return (CesFunnelPoint){
		.lower95 = value_at_fair(funnel, unit, -Z_95 * error),
		.upper95 = value_at_fair(funnel, unit, Z_95 * error),
		.lower998 = value_at_fair(funnel, unit, -Z_998 * error),
		.upper998 = value_at_fair(funnel, unit, Z_998 * error),
		.z = z_of(funnel, i, tau2),
		.adjusted = adjusted_value(funnel, unit, between),
	};
}

/*
 * A funnel around the expected value: for shares on the arcsine scale, for others on their
 * own.  Units that stand out must not widen the limits, so these come from winsorised z.  But
 * how much of what sets a unit apart is luck depends on all units: if a few stand out, they
 * mustn't be taken for the others.
 */
CesFunnel
ces_funnel(int64_t count, const CesUnit *units, bool are_shares, double expected,
		   CesFunnelPoint *points, double *workspace)
{
	Funnel funnel = {
		.count = count,
		.units = units,
		.are_shares = are_shares,
		.expected = expected,
		.target = to_scale(expected, are_shares),
		.off = workspace,
		.workspace = workspace + count,
	};
	CesFunnel result = {.phi = 0, .tau2 = 0};
	double between;

	if (count <= 0)
		return result;
	add_answers(&funnel);
	funnel.sigma2 = are_shares ? 0.25 : pooled_variance(&funnel);
	for (int64_t i = 0; i < count; i++)
		funnel.off[i] = fair_distance(&funnel, &units[i]);
	result = overdispersion(&funnel);
	between = variance_between(&funnel);
	for (int64_t i = 0; i < count; i++)
		points[i] = funnel_point(&funnel, i, result.tau2, between);
	return result;
}

/* The standard deviation of a single answer, from the differences between neighbours. */
static double
sigma_of_neighbours(int64_t count, const double *n, const double *value)
{
	double sum = 0;

	if (count < 2)
		return NAN;
	for (int64_t i = 1; i < count; i++)
		sum += fabs(difference(value[i], value[i - 1])) / sqrt(1 / n[i] + 1 / n[i - 1]);
	return sqrt(PI / 2) * sum / (double) (count - 1);
}

/* What a chart remembers from point to point */
typedef struct Chart
{
	int side; /* of the points in a row: 1 above the centre, -1 below */
	int64_t points;
	int way; /* of the steps in a row: 1 up, -1 down */
	int64_t steps;
	int near[2]; /* of the point before, and of the one before that: 1 if more than two
				  * standard errors above the centre, -1 if below */
} Chart;

/*
 * Counts how many in a row have the same sign.  0 neither counts nor breaks the row.
 * Returns whether this one makes it so many or more.
 */
static bool
in_a_row(int sign, int *row_sign, int64_t *row, int64_t many)
{
	if (sign == 0)
		return false;
	if (sign != *row_sign)
		*row = 0;
	*row_sign = sign;
	(*row)++;
	return *row >= many;
}

/* 1 if a value is more than so far above the centre, -1 if below, otherwise 0. */
static int
beyond(double value, double centre, double distance)
{
	return (compare(value, centre + distance) > 0) - (compare(value, centre - distance) < 0);
}

/* Takes in the next point and says which rule it breaks, the first one if there are several. */
static CesSignal
next_point(Chart *chart, double value, double centre, double error, int way)
{
	bool shift = in_a_row(compare(value, centre), &chart->side, &chart->points, SHIFT_POINTS);
	bool trend = in_a_row(way, &chart->way, &chart->steps, TREND_STEPS);
	int near = beyond(value, centre, 2 * error);
	bool near_again = near != 0 && (near == chart->near[0] || near == chart->near[1]);

	chart->near[1] = chart->near[0];
	chart->near[0] = near;
	if (beyond(value, centre, 3 * error) != 0)
		return CES_SIGNAL_OUTSIDE;
	if (shift)
		return CES_SIGNAL_SHIFT;
	if (trend)
		return CES_SIGNAL_TREND;
	return near_again ? CES_SIGNAL_NEAR_LIMITS : CES_SIGNAL_NONE;
}

/* The limits and signals of values in their order in time. */
void
ces_control_limits(int64_t count, const double *n, const double *value, double centre,
				   int64_t baseline, CesLimits *limits)
{
	double sigma = sigma_of_neighbours(baseline < count ? baseline : count, n, value);
	Chart chart = {0};

	for (int64_t i = 0; i < count; i++)
	{
		double error = sigma / sqrt(n[i]);

		limits[i].lower = centre - 3 * error;
		limits[i].upper = centre + 3 * error;
		limits[i].signal = next_point(&chart, value[i], centre, error,
									  i == 0 ? 0 : compare(value[i], value[i - 1]));
	}
}
