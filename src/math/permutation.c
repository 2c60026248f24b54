/*-------------------------------------------------------------------------
 *
 * permutation.c
 *	  The permutation test of Fisher and Pitman, for answers on a scale.
 *
 * The smaller group is a draw of n answers from all N.  Its sum decides, where the
 * points of the scale count 0, 1, 2 and so on.  A p-value is two-sided: twice the
 * probability of a sum at least as far in the direction of the observed one, of
 * which the probability of the observed sum itself counts half (mid-p: Lancaster,
 * Significance tests in discrete distributions, 1961).
 *
 *-------------------------------------------------------------------------
 */
#include "permutation.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define ONE_OVER_SQRT_2 0.70710678118654752440
#define ONE_OVER_SQRT_2_PI 0.39894228040143267794
#define MAX_POINTS 101 /* of a scale */
#define MAX_STEPS 100

static inline double
smaller(double a, double b)
{
	return a < b ? a : b;
}

/* The answers of both groups from the lowest point that anybody chose to the highest */
typedef struct Pool
{
	const double *all;
	int first;
	int points;
	int below_last; /* the highest point before the last that anybody chose */
	double total;
	double drawn;
	double sum; /* of the answers drawn */
} Pool;

static Pool
make_pool(int points, const double *drawn, const double *all)
{
	Pool pool = {.all = all, .first = -1};
	int last = 0;

	for (int i = 0; i < points; i++)
	{
		if (all[i] == 0)
			continue;
		if (pool.first < 0)
			pool.first = last = i;
		pool.below_last = last - pool.first;
		last = i;
		pool.total += all[i];
		pool.drawn += drawn[i];
		pool.sum += drawn[i] * (i - pool.first);
	}
	pool.points = last - pool.first + 1;
	pool.all = all + pool.first;
	return pool;
}

static size_t
row_length(const Pool *pool)
{
	return (size_t) pool->drawn * pool->below_last + 1;
}

static size_t
last_row_length(const Pool *pool)
{
	return (size_t) pool->drawn * (pool->points - 1) + 1;
}

/*
 * How many steps the exact distribution takes: one for each product, ten for each
 * number of ways, which takes divisions, and four for each number in the workspace,
 * which is much larger than what is used of it if points lie far apart.
 */
double
ces_permutation_steps(int points, const double *drawn, const double *all)
{
	Pool pool = make_pool(points, drawn, all);
	double n = pool.drawn;
	double steps = 10 * n + 4 * n * (n * pool.below_last + pool.points);
	int below = 0;

	for (int i = 1; i < pool.points; i++)
	{
		if (pool.all[i] == 0)
			continue;
		steps += 10 * n;
		if (i < pool.points - 1)
			steps += n * n / 2 * (1 + n * below / 3);
		else
			steps += n * (1 + n * below / 2);
		below = i;
	}
	return steps;
}

/* The number of doubles that the exact distribution needs. */
size_t
ces_permutation_workspace(int points, const double *drawn, const double *all)
{
	Pool pool = make_pool(points, drawn, all);
	size_t n = (size_t) pool.drawn;

	return (n + 1) * row_length(&pool) + last_row_length(&pool) + n + 1;
}

/*
 * In how many ways 0 to n answers can be drawn from those at one point, as multiples
 * of the most frequent one of a sample with these odds.  Any odds lead to the same
 * distribution; those of the observed sample keep the numbers within a double.
 */
static void
count_ways(double answers, double odds, int n, double *ways)
{
	int mode = (int) smaller(floor((answers + 1) * odds / (1 + odds)), n);

	ways[mode] = 1;
	for (int x = mode; x < n; x++)
		ways[x + 1] = x < answers ? ways[x] * ((answers - x) / (x + 1) * odds) : 0;
	for (int x = mode; x > 0; x--)
		ways[x - 1] = ways[x] * (x / ((answers - x + 1) * odds));
}

static void
add_multiple(double *restrict row, const double *restrict other, double factor, size_t length)
{
	for (size_t s = 0; s < length; s++)
		row[s] += factor * other[s];
}

/*
 * In how many ways a draw has each sum, from the smallest to the largest that it might
 * have, as multiples of the same number; in the workspace.  Row j holds in how many ways
 * j answers from the points so far have each sum; the points are added one by one.
 */
CesDrawSums
ces_permutation_sums(int points, const double *drawn, const double *all, double *workspace)
{
	Pool pool = make_pool(points, drawn, all);
	int n = (int) pool.drawn;
	size_t length = row_length(&pool);
	double *rows = workspace;
	double *last_row = rows + (n + 1) * length;
	double *ways = last_row + last_row_length(&pool);
	double odds = n / (pool.total - n);
	CesDrawSums sums = {.ways = last_row, .count = last_row_length(&pool), .observed = (size_t) pool.sum};
	size_t below = 0;

	if (pool.points < 2)
	{
		*last_row = 1;
		return sums;
	}
	memset(workspace, 0, sizeof(double) * ces_permutation_workspace(points, drawn, all));
	count_ways(pool.all[0], odds, n, ways);
	for (int j = 0; j <= n; j++)
		rows[j * length] = ways[j];
	for (int i = 1; i < pool.points - 1; i++)
	{
		if (pool.all[i] == 0)
			continue;
		count_ways(pool.all[i], odds, n, ways);
		for (int j = n; j > 0; j--)
		{
			double *row = rows + j * length;

			for (size_t s = 0; s <= j * below; s++)
				row[s] *= ways[0];
			for (int x = 1; x <= j; x++)
				add_multiple(row + (size_t) x * i, rows + (j - x) * length, ways[x],
							 (j - x) * below + 1);
		}
		rows[0] *= ways[0];
		below = i;
	}
	count_ways(pool.all[pool.points - 1], odds, n, ways);
	for (int j = 0; j <= n; j++)
		add_multiple(last_row + (size_t) (n - j) * (pool.points - 1), rows + j * length,
					 ways[n - j], j * below + 1);
	return sums;
}

/* The two-sided p-value of the observed sum. */
double
ces_draw_sums_p(const CesDrawSums *sums)
{
	double at = sums->ways[sums->observed];
	double lower = 0;
	double upper = 0;

	for (size_t s = 0; s < sums->observed; s++)
		lower += sums->ways[s];
	for (size_t s = sums->observed + 1; s < sums->count; s++)
		upper += sums->ways[s];
	return smaller(1, (2 * smaller(lower, upper) + at) / (lower + at + upper));
}

/* The exact p-value. */
double
ces_permutation_exact_p(int points, const double *drawn, const double *all, double *workspace)
{
	CesDrawSums sums = ces_permutation_sums(points, drawn, all, workspace);

	return ces_draw_sums_p(&sums);
}

/* The tilted population at one step towards the saddlepoint */
typedef struct Tilt
{
	double height; /* of the function whose maximum is the saddlepoint */
	double number_missing; /* of answers drawn: the observed less the expected */
	double sum_missing;
	double number_variance;
	double centre; /* the covariance of sum and number, divided by this variance */
	double sum_variance; /* what is left of it if the number is given */
} Tilt;

/*
 * Let each answer be drawn by itself, with odds of which the logarithm is larger by
 * a + b v than those of a draw at random, at a distance of v from the mean of the
 * answers drawn.
 */
static Tilt
tilt(const Pool *pool, double a, double b)
{
	double share = pool->drawn / pool->total;
	double mean = pool->sum / pool->drawn;
	Tilt t = {.height = a * pool->drawn, .number_missing = pool->drawn};
	double variances[MAX_POINTS] = {0};

	for (int i = 0; i < pool->points; i++)
	{
		double v = i - mean;
		double growth = share * expm1(a + b * v);
		double expected = pool->all[i] * ((share + growth) / (1 + growth));

		variances[i] = expected * ((1 - share) / (1 + growth));
		t.height -= pool->all[i] * log1p(growth);
		t.number_missing -= expected;
		t.sum_missing -= expected * v;
		t.number_variance += variances[i];
		t.centre += variances[i] * v;
	}
	t.centre /= t.number_variance;
	for (int i = 0; i < pool->points; i++)
	{
		double v = i - mean - t.centre;

		t.sum_variance += variances[i] * v * v;
	}
	return t;
}

/*
 * The tilt under which the observed number and sum of the answers drawn are the expected
 * ones.  The height is concave: Newton's method, with shorter steps where a whole
 * one would lead down.
 */
static Tilt
find_saddlepoint(const Pool *pool, double *b)
{
	double a = 0;
	Tilt t;

	*b = 0;
	t = tilt(pool, a, *b);
	for (int step = 0; step < MAX_STEPS; step++)
	{
		double db = (t.sum_missing - t.centre * t.number_missing) / t.sum_variance;
		double da = t.number_missing / t.number_variance - t.centre * db;
		double gain = da * t.number_missing + db * t.sum_missing;
		Tilt next = tilt(pool, a + da, *b + db);

		while (!(next.height >= t.height) && fabs(da) + fabs(db) > DBL_EPSILON)
		{
			da /= 2;
			db /= 2;
			next = tilt(pool, a + da, *b + db);
		}
		a += da;
		*b += db;
		t = next;
		if (!(gain > 1e-20))
			break;
	}
	return t;
}

/*
 * The p-value of the largest sum, or the smallest one: no draw goes beyond it.  It takes
 * all answers of some points and k of the m at the next: the probability of such a draw
 * is C(m, k) / C(total, drawn), here a product of factors that are at most 1, so that
 * no part of it is too small for a double unless the whole is.
 */
static double
extreme_p(const Pool *pool, bool largest)
{
	int step = largest ? -1 : 1;
	const double *point = pool->all + (largest ? pool->points - 1 : 0);
	double k = pool->drawn;
	double p = 1;

	for (; k > *point; point += step)
		k -= *point;
	for (double x = 0; x < pool->drawn; x++)
		p *= (x < k ? *point - x : x + 1) / (pool->total - x);
	return p;
}

static bool
is_extreme(const Pool *pool, bool largest)
{
	double left = pool->drawn;
	double sum = 0;

	for (int i = 0; i < pool->points && left > 0; i++)
	{
		int point = largest ? pool->points - 1 - i : i;
		double taken = smaller(pool->all[point], left);

		sum += taken * point;
		left -= taken;
	}
	return sum == pool->sum;
}

/*
 * The p-value by the double saddlepoint approximation, which is as good far out as
 * in the middle: Skovgaard, Saddlepoint expansions for conditional distributions
 * (1987); for permutation tests Booth & Butler, Randomization distributions and
 * saddlepoint approximations in generalized linear models (1990).  Both corrections
 * for a lattice, for this sum or more and for more than this sum, hold for half of
 * its probability each.
 */
double
ces_permutation_saddlepoint_p(int points, const double *drawn, const double *all)
{
	Pool pool = make_pool(points, drawn, all);
	double b;
	Tilt t;
	double r;
	double u;
	double at_random = pool.drawn * (1 - pool.drawn / pool.total);

	if (pool.points < 2)
		return 1;
	if (is_extreme(&pool, true))
		return extreme_p(&pool, true);
	if (is_extreme(&pool, false))
		return extreme_p(&pool, false);
	t = find_saddlepoint(&pool, &b);
	r = sqrt(2 * t.height);
	u = 2 * tanh(fabs(b) / 2) * sqrt(t.number_variance * t.sum_variance / at_random);
	if (!(r > 1e-5))
		return 1;
	return smaller(1, erfc(r * ONE_OVER_SQRT_2) +
						  2 * ONE_OVER_SQRT_2_PI * exp(-r * r / 2) * (1 / u - 1 / r));
}
