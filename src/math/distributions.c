/*-------------------------------------------------------------------------
 *
 * distributions.c
 *	  Critical values of the normal distribution, and tail areas of it and of Student's t.
 *
 * A double holds fewer digits of a probability near 1 than of its complement.
 * So everything here is computed from the smaller of the two parts, the tails or
 * the centre.
 *
 *-------------------------------------------------------------------------
 */
#include "distributions.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define ONE_OVER_SQRT_2 0.70710678118654752440
#define ONE_OVER_SQRT_PI 0.56418958354775628695
#define SQRT_2_OVER_PI 0.79788456080286535588

/* More than any series or fraction here needs */
#define MAX_TERMS 10000

/* The probability of a value at least as far from zero as z. */
double
ces_normal_two_tails(double z)
{
	return erfc(fabs(z) * ONE_OVER_SQRT_2);
}

/* By how much the two tails beyond z are too large for this confidence. */
static double
normal_excess(double z, double confidence)
{
	if (confidence < 0.5)
		return confidence - erf(z * ONE_OVER_SQRT_2);
	return ces_normal_two_tails(z) - (1 - confidence);
}

/*
 * A first guess, off by at most 0.05 where the density is flat and 0.00045 beyond:
 * Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.2.23, after
 * Hastings.
 */
static double
normal_critical_guess(double confidence)
{
	double t = sqrt(-2 * log((1 - confidence) / 2));

	if (confidence < 0.5)
		return confidence / SQRT_2_OVER_PI;
	return t - (2.515517 + t * (0.802853 + t * 0.010328)) /
				   (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/*
 * The distance from zero within which the confidence lies.  Each of Halley's
 * steps triples the number of right digits.
 */
double
ces_normal_critical(double confidence)
{
	double z = normal_critical_guess(confidence);

	for (int step = 0; step < 3; step++)
	{
		double density = SQRT_2_OVER_PI * exp(-z * z / 2);
		double newton = normal_excess(z, confidence) / density;

		z += newton / (1 - newton * z / 2);
	}
	return z;
}

/*
 * gamma(a + 1/2) / gamma(a), for a > 0.  For a large a, a double can't hold either,
 * and the difference of their logarithms loses digits.  So the recurrence raises
 * a to where an asymptotic series is exact: Tricomi & Erdelyi, The asymptotic
 * expansion of a ratio of gamma functions (1951).
 */
static double
gamma_ratio(double a)
{
	double below = 1;
	double r;

	for (; a < 100; a += 1)
		below *= a / (a + 0.5);
	r = 1 / a;
	return below * sqrt(a) *
		   (1 + r * (-1.0 / 8 +
					 r * (1.0 / 128 +
						  r * (5.0 / 1024 +
							   r * (-21.0 / 32768 +
									r * (-399.0 / 262144 + r * 869.0 / 4194304))))));
}

/*
 * The factor in front of both forms of the incomplete beta function,
 * x^(df/2) (1-x)^(1/2) / B(df/2, 1/2) with x = df / (df + t^2).  It is also
 * t times the density at t.
 */
static double
student_front(double t, double df)
{
	return ONE_OVER_SQRT_PI * gamma_ratio(df / 2) *
		   exp(-df / 2 * log1p(t * t / df)) * (t / hypot(t, sqrt(df)));
}

/*
 * The probability of a value nearer to zero than t, divided by the front: the
 * power series of the incomplete beta function (DLMF 8.17.8).  All terms are
 * positive, so nothing cancels.
 */
static double
student_centre(double t, double df)
{
	double y = t * t / (df + t * t);
	double term = 2;
	double sum = 2;

	for (int n = 0; n < MAX_TERMS && term > sum * (DBL_EPSILON / 8); n++)
	{
		term *= (df + 1 + 2 * n) / (3 + 2 * n) * y;
		sum += term;
	}
	return sum;
}

/*
 * The probability of a value at least as far from zero as t, divided by the
 * front: the continued fraction of DiDonato & Morris, Algorithm 708 (1992),
 * BFRAC, evaluated as Lentz (1976) does.  For large df, where it turns into
 * Laplace's for the normal tail, it avoids the differences between nearly equal
 * numbers that the usual fraction has.
 */
static double
student_tails(double t, double df)
{
	double a = df / 2;
	double b = 0.5;
	double x = 1 / (1 + t * t / df);
	double y = 1 / (1 + df / (t * t));
	double lambda = a * y - b * x;
	double fraction = a / (a + 1) * (lambda + 1);
	double c = fraction;
	double d = 0;

	for (int n = 1; n < MAX_TERMS; n++)
	{
		double w = n * (b - n) * x;
		double s = a + 2 * n - 1;
		double alpha = (a + n - 1) / s * ((a + b + n - 1) / s) * w * x;
		double beta = n + w / s + (a + n) / (s + 2) * (lambda + 1 + n * (1 + y));
		double change;

		d = 1 / (beta + alpha * d);
		c = beta + alpha / c;
		change = c * d;
		fraction *= change;
		if (fabs(change - 1) < DBL_EPSILON)
			break;
	}
	return 1 / fraction;
}

/* Near zero the series converges faster, farther out the fraction does. */
static bool
is_near_centre(double t)
{
	return t * t < 3;
}

/* The probability of a value nearer to zero than t, for a t near the centre. */
static double
student_within(double t, double df)
{
	return student_front(t, df) * student_centre(t, df);
}

/* The probability of a value at least as far from zero as t. */
double
ces_student_two_tails(double t, double df)
{
	t = fabs(t);
	if (t == 0)
		return 1;
	if (is_near_centre(t))
		return 1 - student_within(t, df);
	return student_front(t, df) * student_tails(t, df);
}
