/*-------------------------------------------------------------------------
 *
 * regression.c
 *	  Least squares, and how the R² of it divides over the predictors.
 *
 * All of it works on correlations, which don't depend on units, by Cholesky's method:
 * each predictor is written in terms of what the ones before it leave unexplained.
 * Whatever the matrix, results are numbers: what can't be a matrix of correlations has
 * a predictor of which nothing is left unexplained, and that one is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "regression.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_PREDICTORS CES_REGRESSION_MAX_PREDICTORS
#define MAX_VARIABLES (MAX_PREDICTORS + 1)
#define MAX_SWEEPS 60

static inline double
smaller(double a, double b)
{
	return a < b ? a : b;
}

/*
 * Divides by n > 0, rounding to the nearest whole number; the remainder is at most n / 2.
 */
static __int128
nearest_quotient(__int128 sum, int64_t n, int64_t *remainder)
{
	__int128 quotient = sum / n;
	int64_t rest = (int64_t) (sum % n);

	if (rest > n / 2)
	{
		rest -= n;
		quotient++;
	}
	else if (rest < -(n / 2))
	{
		rest += n;
		quotient--;
	}
	*remainder = rest;
	return quotient;
}

/*
 * The sum of (x - mean of x)(y - mean of y), from exact sums over n rows.  Its error is a
 * few roundings, however far the means are from zero and however little the
 * variables have to do with one another: the sum around a and b, the whole numbers
 * nearest to the means, is a whole number, as is n times the rest.  It is 0 only
 * if it is.
 *
 * For 32-bit values and n below 2^61, no step leaves 128 bits.  Other sums can't
 * come from rows; they wrap around.
 */
double
ces_centred_product(int64_t n, __int128 sum_x, __int128 sum_y, __int128 sum_xy)
{
	int64_t x_left;
	int64_t y_left;
	__int128 a;
	__int128 b;
	__int128 around;
	__int128 whole;
	__int128 part;

	if (n <= 0)
		return 0;
	a = nearest_quotient(sum_x, n, &x_left);
	b = nearest_quotient(sum_y, n, &y_left);
	around = (__int128) ((unsigned __int128) sum_xy -
						 (unsigned __int128) a * (unsigned __int128) sum_y -
						 (unsigned __int128) b * (unsigned __int128) x_left);
	/* less the product of what is left, divided by n */
	part = (__int128) x_left * y_left % n;
	whole = (__int128) ((unsigned __int128) around -
						(unsigned __int128) ((__int128) x_left * y_left / n));
	if (whole > INT64_MAX || whole < INT64_MIN)
		return (double) whole;
	return (double) (whole * n - part) / (double) n;
}

/*
 * From centred products to correlations.  A constant variable has no correlation; here
 * it is 0 with all others.
 */
void
ces_correlations(int predictors, const double *products, double *correlations)
{
	int variables = predictors + 1;

	for (int i = 0; i < variables; i++)
		for (int j = 0; j < variables; j++)
		{
			double r = products[i * variables + j] / sqrt(products[i * variables + i]) /
					   sqrt(products[j * variables + j]);

			if (i == j)
				r = 1;
			else if (!isfinite(r))
				r = 0;
			correlations[i * variables + j] = r < -1 ? -1 : smaller(r, 1);
		}
}

/*
 * The predictors, decomposed: the correlation of two is the product of their rows.  Row i
 * has i + 1 numbers; the square of the last one is what the predictors before it
 * leave unexplained.
 */
typedef struct Decomposition
{
	int predictors;
	double row[MAX_PREDICTORS][MAX_PREDICTORS];
} Decomposition;

/*
 * Writes a variable in terms of the rows so far, given its correlations with these
 * predictors.  Returns how much of its variance they explain.
 */
static double
decompose(const Decomposition *d, const double *correlations, double *row)
{
	double explained = 0;

	for (int i = 0; i < d->predictors; i++)
	{
		double rest = correlations[i];

		for (int j = 0; j < i; j++)
			rest -= d->row[i][j] * row[j];
		row[i] = d->row[i][i] > 0 ? rest / d->row[i][i] : 0;
		explained += row[i] * row[i];
	}
	return explained;
}

/* The standardised coefficients of the variable that has this row. */
static void
solve(const Decomposition *d, const double *row, double *coefficients)
{
	for (int i = d->predictors - 1; i >= 0; i--)
	{
		double rest = row[i];

		for (int j = i + 1; j < d->predictors; j++)
			rest -= d->row[j][i] * coefficients[j];
		coefficients[i] = d->row[i][i] > 0 ? rest / d->row[i][i] : 0;
	}
}

/*
 * How much of the variance of a variable may seem unexplained although it is a
 * combination of k predictors.  Each correlation is off by at most 10 roundings, and
 * decomposing adds at most k + 1 (Higham, Accuracy and stability of numerical algorithms,
 * 2002, theorem 10.3).  If v is the combination that should be 0, with 1 for the
 * variable and its coefficients, the variance of v is off by at most the square of the
 * sum of |v| times that.  Twice as much, as the coefficients are rounded too.
 *
 * So what is left after this is more than rounding, and 1 / VIF is at least that.
 */
static double
noise(int k, const double *coefficients)
{
	double sum = 1;

	for (int i = 0; i < k; i++)
		sum += fabs(coefficients[i]);
	return sum * sum * (k + 11) * DBL_EPSILON;
}

/* What the predictors so far leave unexplained, or 0 if that may be rounding alone. */
static double
unexplained(const Decomposition *d, double explained, const double *coefficients)
{
	double left = 1 - explained;

	return left > noise(d->predictors, coefficients) ? left : 0;
}

/* Adds the next predictor.  Returns false if it is a combination of those before it. */
static bool
add_predictor(Decomposition *d, const double *correlations)
{
	double *row = d->row[d->predictors];
	double coefficients[MAX_PREDICTORS];
	double left;

	left = decompose(d, correlations, row);
	solve(d, row, coefficients);
	left = unexplained(d, left, coefficients);
	row[d->predictors] = sqrt(left);
	if (left == 0)
		memset(row, 0, sizeof(d->row[0]));
	d->predictors++;
	return left > 0;
}

/*
 * Decomposes the outcome, which can't be explained by more than all of its variance.
 * Returns R².
 */
static double
decompose_outcome(const Decomposition *d, const double *correlations, double *row)
{
	double explained = decompose(d, correlations, row);

	if (explained <= 1)
		return explained;
	for (int i = 0; i < d->predictors; i++)
		row[i] /= sqrt(explained);
	return 1;
}

/*
 * Variance inflation factors: the diagonal of the inverse of the predictors' correlations,
 * whose columns are those of the inverse of the rows, multiplied by each other.
 */
static void
inflate(const Decomposition *d, double *vif)
{
	for (int i = 0; i < d->predictors; i++)
	{
		double column[MAX_PREDICTORS];

		vif[i] = 0;
		for (int j = i; j < d->predictors; j++)
		{
			double rest = j == i;

			for (int k = i; k < j; k++)
				rest -= d->row[j][k] * column[k];
			column[j] = rest / d->row[j][j];
			vif[i] += column[j] * column[j];
		}
	}
}

/*
 * Least squares of n rows.  No predictor is constant; the outcome may be.  Returns -1, or
 * the number (0 for the first predictor) of one that is a combination of those
 * before it; then the result is not set.
 */
int
ces_regression_fit(int predictors, double n, const double *products, CesRegression *result)
{
	int variables = predictors + 1;
	double df = n - predictors - 1;
	double correlations[MAX_VARIABLES * MAX_VARIABLES];
	Decomposition d = {0};
	double row[MAX_PREDICTORS];
	double left;

	ces_correlations(predictors, products, correlations);
	for (int i = 0; i < predictors; i++)
	{
		if (!(products[(i + 1) * variables + i + 1] > 0) ||
			!add_predictor(&d, &correlations[(i + 1) * variables + 1]))
			return i;
	}
	result->r_squared = decompose_outcome(&d, correlations + 1, row);
	solve(&d, row, result->coefficient);
	left = unexplained(&d, result->r_squared, result->coefficient);
	inflate(&d, result->vif);
	if (left == 0)
		result->r_squared = 1;
	if (!(products[0] > 0))
		result->r_squared = NAN;
	/* 1 - (1 - R²)(n - 1) / df, in a form that doesn't cancel if R² is small */
	result->adjusted_r_squared = df < 1 ? NAN : (result->r_squared * (n - 1) - predictors) / df;
	for (int i = 0; i < predictors; i++)
	{
		double unit = products[0] > 0 ? sqrt(products[0] / products[(i + 1) * variables + i + 1]) : 0;

		result->coefficient[i] *= unit;
		result->std_error[i] = df < 1 ? NAN : unit * sqrt(left * result->vif[i] / df);
	}
	return -1;
}

/*
 * Rotates two columns of the rows, and of the outcome's row with them, so that they are
 * orthogonal.  Returns whether they were.
 */
static bool
rotate(Decomposition *d, double *outcome, int p, int q)
{
	double pp = 0;
	double qq = 0;
	double pq = 0;
	double zeta;
	double tangent;
	double cosine;
	double sine;

	for (int i = 0; i < d->predictors; i++)
	{
		pp += d->row[i][p] * d->row[i][p];
		qq += d->row[i][q] * d->row[i][q];
		pq += d->row[i][p] * d->row[i][q];
	}
	if (!(fabs(pq) > DBL_EPSILON * sqrt(pp) * sqrt(qq)))
		return true;
	zeta = (qq - pp) / (2 * pq);
	tangent = copysign(1, zeta) / (fabs(zeta) + hypot(1, zeta));
	cosine = 1 / hypot(1, tangent);
	sine = cosine * tangent;
	for (int i = 0; i <= d->predictors; i++)
	{
		double *row = i < d->predictors ? d->row[i] : outcome;
		double left = row[p];

		row[p] = cosine * left - sine * row[q];
		row[q] = sine * left + cosine * row[q];
	}
	return false;
}

/*
 * Johnson's relative weights, which sum to R²: A heuristic method for estimating the relative
 * weight of predictor variables in multiple regression (2000).
 *
 * The square root of the predictors' correlations says how they are made of the
 * orthogonal variables that are closest to them.  With the singular values of the rows,
 * U S V', it is U S U', and U V' times the outcome's row are its correlations with the
 * orthogonal variables: nothing is divided by a small number.  Rotating pairs of
 * columns until all are orthogonal leads to U S, and to V' times the outcome's row (Hestenes,
 * Inversion of matrices by biorthogonalization, 1958).
 */
void
ces_relative_weights(int predictors, const double *correlations, double *weights)
{
	int variables = predictors + 1;
	Decomposition d = {0};
	double outcome[MAX_PREDICTORS];
	double root[MAX_PREDICTORS][MAX_PREDICTORS] = {0};
	double with_outcome[MAX_PREDICTORS] = {0};
	bool orthogonal = false;

	for (int i = 0; i < predictors; i++)
		add_predictor(&d, &correlations[(i + 1) * variables + 1]);
	decompose_outcome(&d, correlations + 1, outcome);
	for (int sweep = 0; sweep < MAX_SWEEPS && !orthogonal; sweep++)
	{
		orthogonal = true;
		for (int p = 0; p < predictors; p++)
			for (int q = p + 1; q < predictors; q++)
				orthogonal &= rotate(&d, outcome, p, q);
	}
	for (int k = 0; k < predictors; k++)
	{
		double length = 0;

		for (int i = 0; i < predictors; i++)
			length = hypot(length, d.row[i][k]);
		for (int i = 0; i < predictors && length > 0; i++)
		{
			double u = d.row[i][k] / length;

			with_outcome[i] += u * outcome[k];
			for (int j = 0; j < predictors; j++)
				root[i][j] += u * d.row[j][k];
		}
	}
	for (int i = 0; i < predictors; i++)
	{
		weights[i] = 0;
		for (int j = 0; j < predictors; j++)
		{
			double part = root[i][j] * with_outcome[j];

			weights[i] += part * part;
		}
	}
}

#define SHAPLEY_VARIABLES (CES_SHAPLEY_MAX_PREDICTORS + 1)

/* The R² of each subset of the predictors: bit i of its number is predictor i */
typedef struct Subsets
{
	int predictors;
	double r_squared[1 << CES_SHAPLEY_MAX_PREDICTORS];
} Subsets;

/* What a subset of the predictors leaves unexplained: variances and covariances */
typedef struct Residuals
{
	double covariance[SHAPLEY_VARIABLES][SHAPLEY_VARIABLES];
} Residuals;

/* What is left if predictor k is taken into account too; of the outcome and of predictors after k. */
static void
take_out(const Residuals *before, int predictors, int k, Residuals *after)
{
	double variance = before->covariance[k][k];

	for (int i = 0; i <= predictors; i = i ? i + 1 : k + 1)
		for (int j = 0; j <= predictors; j = j ? j + 1 : k + 1)
			after->covariance[i][j] = before->covariance[i][j] -
									  before->covariance[i][k] / variance * before->covariance[k][j];
}

/* Finds the R² of all subsets that are this one and some of the predictors after the k-th. */
static void
fit_supersets(Subsets *subsets, int subset, int k, const Residuals *residuals)
{
	for (int i = k + 1; i <= subsets->predictors; i++)
	{
		int with_i = subset | 1 << (i - 1);
		double variance = residuals->covariance[i][i];
		double with_outcome = residuals->covariance[i][0];
		double left = 1 - subsets->r_squared[subset];
		Residuals rest;

		/* a combination of the subset adds nothing */
		if (!(variance > SHAPLEY_VARIABLES * DBL_EPSILON))
		{
			subsets->r_squared[with_i] = subsets->r_squared[subset];
			fit_supersets(subsets, with_i, i, residuals);
			continue;
		}
		subsets->r_squared[with_i] = subsets->r_squared[subset] +
									 smaller(with_outcome / variance * with_outcome, left);
		take_out(residuals, subsets->predictors, i, &rest);
		fit_supersets(subsets, with_i, i, &rest);
	}
}

/*
 * Shares of R² by Lindeman, Merenda & Gold (Introduction to bivariate and multivariate
 * analysis, 1980), which are the Shapley values: by how much a predictor raises R², as
 * the mean over all orders in which the predictors can be added.
 */
void
ces_shapley_values(int predictors, const double *correlations, double *shares)
{
	int variables = predictors + 1;
	Subsets subsets = {.predictors = predictors};
	Residuals residuals = {0};
	double weight[CES_SHAPLEY_MAX_PREDICTORS];

	for (int i = 0; i < variables; i++)
		for (int j = 0; j < variables; j++)
			residuals.covariance[i][j] = correlations[i * variables + j];
	fit_supersets(&subsets, 0, 0, &residuals);

	/* the share of orders in which the predictors before this one are a given subset */
	weight[0] = 1.0 / predictors;
	for (int size = 1; size < predictors; size++)
		weight[size] = weight[size - 1] * size / (predictors - size);
	for (int i = 0; i < predictors; i++)
	{
		shares[i] = 0;
		for (int subset = 0; subset < 1 << predictors; subset++)
			if (!(subset & 1 << i))
				shares[i] += weight[__builtin_popcount(subset)] *
							 (subsets.r_squared[subset | 1 << i] - subsets.r_squared[subset]);
	}
}
