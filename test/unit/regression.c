/*
 * Compares src/math/regression.c with the values in a CSV file on standard input (see
 * test/reference/regression.R), and what R can't say with what must hold: exact sums,
 * predictors that are combinations of others, and numbers for any matrix.  Prints a line
 * for each result.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/regression.h"

#define MAX_VARIABLES (CES_REGRESSION_MAX_PREDICTORS + 1)
#define ROUNDS 20000

static int failed = 0;
static int reported = 0;

static void
report(int ok, const char *name, const char *detail)
{
	printf("%s %d - %s%s\n", ok ? "ok" : "not ok", ++reported, name, detail);
	failed += !ok;
}

/* The sums over the rows that the other functions are given. */
typedef struct Sums
{
	int predictors;
	int64_t n;
	__int128 sum[MAX_VARIABLES];
	__int128 product[MAX_VARIABLES][MAX_VARIABLES];
} Sums;

static void
centre(const Sums *sums, double *products)
{
	int variables = sums->predictors + 1;

	for (int i = 0; i < variables; i++)
		for (int j = 0; j < variables; j++)
			products[i * variables + j] =
				ces_centred_product(sums->n, sums->sum[i], sums->sum[j],
									sums->product[i < j ? i : j][i < j ? j : i]);
}

static void
add_row(Sums *sums, const int *row, int64_t times)
{
	sums->n += times;
	for (int i = 0; i <= sums->predictors; i++)
	{
		sums->sum[i] += (__int128) times * row[i];
		for (int j = i; j <= sums->predictors; j++)
			sums->product[i][j] += (__int128) times * row[i] * row[j];
	}
}

/* A case and what ces makes of it */
typedef struct Case
{
	char name[100];
	double tolerance;
	int predictors;
	int dependent;
	CesRegression fit;
	double weights[CES_REGRESSION_MAX_PREDICTORS];
	double shares[CES_SHAPLEY_MAX_PREDICTORS];
} Case;

static void
solve_case(Case *c, const Sums *sums)
{
	double products[MAX_VARIABLES * MAX_VARIABLES];
	double correlations[MAX_VARIABLES * MAX_VARIABLES];

	c->predictors = sums->predictors;
	centre(sums, products);
	ces_correlations(c->predictors, products, correlations);
	c->dependent = ces_regression_fit(c->predictors, (double) sums->n, products, &c->fit);
	ces_relative_weights(c->predictors, correlations, c->weights);
	if (c->predictors <= CES_SHAPLEY_MAX_PREDICTORS)
		ces_shapley_values(c->predictors, correlations, c->shares);
}

static void
read_case(Case *c)
{
	static const Sums none = {0};
	Sums sums = none;

	snprintf(c->name, sizeof(c->name), "%s", strtok(NULL, ","));
	c->tolerance = strtod(strtok(NULL, ","), NULL);
	sums.predictors = atoi(strtok(NULL, ","));
	sums.n = strtoll(strtok(NULL, ","), NULL, 10);
	for (int i = 0; i <= sums.predictors; i++)
		sums.sum[i] = strtoll(strtok(NULL, ","), NULL, 10);
	for (int i = 0; i <= sums.predictors; i++)
		for (int j = i; j <= sums.predictors; j++)
			sums.product[i][j] = strtoll(strtok(NULL, ","), NULL, 10);
	solve_case(c, &sums);
}

/* How far results of a kind are off: relative to the expected value, or to what it is part of */
typedef struct Subject
{
	const char *name;
	int cases;
	double largest_error; /* as a multiple of the tolerance */
} Subject;

static Subject subjects[] = {
	{"r_squared", 0, 0},
	{"adjusted_r_squared", 0, 0},
	{"coefficient", 0, 0},
	{"std_error", 0, 0},
	{"vif", 0, 0},
	{"relative_weight", 0, 0},
	{"shapley", 0, 0},
	{"dependent", 0, 0},
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

/*
 * The result of this kind for a predictor.  A coefficient may be off in proportion to its
 * standard error, and shares of R² in proportion to it.
 */
static double
result_of(const Case *c, int subject, int i, double *unit)
{
	*unit = 0;
	switch (subject)
	{
		case 0:
			return c->fit.r_squared;
		case 1:
			*unit = c->fit.r_squared;
			return c->fit.adjusted_r_squared;
		case 2:
			*unit = isnan(c->fit.std_error[i]) ? 0 : c->fit.std_error[i];
			return c->fit.coefficient[i];
		case 3:
			return c->fit.std_error[i];
		case 4:
			return c->fit.vif[i];
		case 5:
			*unit = c->fit.r_squared;
			return c->weights[i];
		case 6:
			*unit = c->fit.r_squared;
			return c->shares[i];
		default:
			return c->dependent;
	}
}

static void
compare(const Case *c, int subject)
{
	const char *field;

	for (int i = 0; (field = strtok(NULL, ",\n")) != NULL; i++)
	{
		double unit;
		double value = result_of(c, subject, i, &unit);
		double expected = strtod(field, NULL);
		double error = fabs(value - expected) / fmax(fabs(expected), unit) / c->tolerance;

		if (value == expected || (isnan(value) && isnan(expected)))
			error = 0;
		else if (isnan(error) || (subject < 7 && c->dependent != -1))
			error = HUGE_VAL;
		subjects[subject].cases++;
		subjects[subject].largest_error = fmax(subjects[subject].largest_error, error);
		if (error > 1)
			printf("%s: %s %d is %.17g instead of %s\n", c->name, subjects[subject].name, i, value, field);
	}
}

static void
compare_with_r(void)
{
	static char text[20000];
	static Case c;

	while (fgets(text, sizeof(text), stdin) != NULL)
	{
		const char *name = strtok(text, ",");
		size_t subject;

		if (strcmp(name, "case") == 0)
		{
			read_case(&c);
			continue;
		}
		for (subject = 0; subject < SUBJECTS - 1; subject++)
			if (strcmp(name, subjects[subject].name) == 0)
				break;
		compare(&c, (int) subject);
	}
	for (size_t i = 0; i < SUBJECTS; i++)
	{
		char detail[100];

		snprintf(detail, sizeof(detail), ", %d values, largest error %.2g of what is allowed",
				 subjects[i].cases, subjects[i].largest_error);
		report(subjects[i].cases > 0 && subjects[i].largest_error <= 1, subjects[i].name, detail);
	}
}

static uint64_t
random_bits(void)
{
	static uint64_t state = 20001130;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 2685821657736338717u;
}

static int
random_below(int n)
{
	return (int) (random_bits() >> 33) % n;
}

/* Exact where sums are near the limits, and where nearly all of a sum cancels. */
static void
test_centred_products(void)
{
	const __int128 one = 1;
	__int128 n = one << 60;
	int ok = 1;

	/* half of the rows have the least 32-bit number, the others the greatest */
	ok &= ces_centred_product((int64_t) n, -n / 2, -n / 2,
							  n / 2 * (one << 62) + n / 2 * (((one << 31) - 1) * ((one << 31) - 1))) ==
		  ldexp(4294967295.0 * 4294967295.0, 58);
	/* one is the greatest, the others are the least; it is 0 if all are */
	ok &= ces_centred_product((int64_t) n, -n * (one << 31), -n * (one << 31), n * (one << 62)) == 0;
	ok &= ces_centred_product((int64_t) n, -n * (one << 31) + 1, -n * (one << 31) + 1,
							  n * (one << 62) - (one << 32) + 1) == 1 - ldexp(1, -60);
	/* 3 events in 10^15 rows, and 2 others that never come with these */
	n = 1000000000000000;
	ok &= ces_centred_product((int64_t) n, 3, 3, 3) == 3 - 9e-15;
	ok &= ces_centred_product((int64_t) n, 3, 2, 0) == -6e-15;
	/* the same, of numbers that are 2 * 10^9 larger */
	ok &= ces_centred_product((int64_t) n, n * 2000000000 + 3, n * 2000000000 + 2,
							  n * 4000000000000000000 + 5 * (__int128) 2000000000) == -6e-15;
	/* independent: nothing is left */
	ok &= ces_centred_product(1000000, 500000, 1000, 500) == 0;
	ok &= ces_centred_product(1000000, 500000, 1000, 501) == 1;
	ok &= ces_centred_product(3, 1, 1, 1) == 2 / 3.0 && ces_centred_product(3, 2, 1, 0) == -2 / 3.0 &&
		  ces_centred_product(3, -2, 1, 0) == 2 / 3.0;
	ok &= ces_centred_product(1, 7, 9, 63) == 0 && ces_centred_product(0, 0, 0, 0) == 0 &&
		  ces_centred_product(-1, 1, 1, 1) == 0;
	report(ok, "centred products", "");
}

/* Random rows: whole numbers, events, and events that are rare. */
static void
random_row(int predictors, int kind, int *row)
{
	for (int i = 0; i <= predictors; i++)
	{
		int range = kind == 0 ? 2 : 11;

		row[i] = random_below(range);
		if (kind == 2 && i % 2)
			row[i] = random_below(1000) == 0;
	}
}

/*
 * A predictor that is the sum of some of the others, with whole-number coefficients, is always
 * refused; if it is that in all rows but one of hundreds, never.
 */
static void
test_combinations(void)
{
	int missed = 0;
	int refused = 0;
	char detail[100];

	for (int round = 0; round < ROUNDS / 20; round++)
	{
		Sums sums = {0};
		int predictors = sums.predictors = 2 + random_below(CES_REGRESSION_MAX_PREDICTORS - 1);
		int factors[MAX_VARIABLES];
		int row[MAX_VARIABLES] = {0};
		int scale = round % 3 ? 1 : 1000;
		Case c;

		for (int i = 1; i < predictors; i++)
			factors[i] = random_below(2) ? 0 : (random_below(7) - 3) * (random_below(5) ? 1 : scale);
		factors[1] = factors[1] ? factors[1] : 1;
		for (int r = 0; r < 200 || r < 3 * predictors; r++)
		{
			random_row(predictors, round % 3, row);
			row[predictors] = round;
			for (int i = 1; i < predictors; i++)
				row[predictors] += factors[i] * row[i];
			add_row(&sums, row, 1 + (round % 5 == 0 ? random_below(1000000) : 0));
		}
		/* each predictor varies by itself, however rarely */
		for (int i = 1; i < predictors; i++)
		{
			memset(row, 0, sizeof(row));
			row[i] = 1;
			row[predictors] = round + factors[i];
			add_row(&sums, row, 1);
		}
		solve_case(&c, &sums);
		missed += c.dependent != predictors - 1;
		row[predictors]++;
		add_row(&sums, row, 1);
		solve_case(&c, &sums);
		refused += c.dependent != -1 && scale == 1 && round % 5;
	}
	snprintf(detail, sizeof(detail), ", %d not refused, %d refused that are none", missed, refused);
	report(missed == 0 && refused == 0, "combinations", detail);
}

/* Whether all results are numbers, and shares add up to R². */
static int
sane(const Case *c)
{
	double weights = 0;
	double shares = 0;

	for (int i = 0; i < c->predictors; i++)
	{
		weights += c->weights[i];
		if (c->predictors <= CES_SHAPLEY_MAX_PREDICTORS)
			shares += c->shares[i];
		if (!(c->weights[i] >= 0))
			return 0;
		if (c->dependent == -1 &&
			!(isfinite(c->fit.coefficient[i]) && !isinf(c->fit.std_error[i]) && c->fit.vif[i] > 1 - 1e-10 && isfinite(c->fit.vif[i])))
			return 0;
	}
	if (!isfinite(weights) || !isfinite(shares))
		return 0;
	return c->dependent != -1 || isnan(c->fit.r_squared) ||
		   (fabs(weights - c->fit.r_squared) < 1e-10 && c->fit.r_squared >= 0 && c->fit.r_squared <= 1);
}

/* Sums that can't come from rows, and matrices that can't come from sums. */
static void
test_forged(void)
{
	int insane = 0;
	char detail[100];

	for (int round = 0; round < ROUNDS; round++)
	{
		Sums sums = {0};
		int bits = random_below(127);
		Case c = {0};

		sums.predictors = 1 + random_below(round % 100 ? CES_SHAPLEY_MAX_PREDICTORS - 3 : CES_REGRESSION_MAX_PREDICTORS);
		sums.n = (int64_t) (random_bits() >> random_below(64));
		for (int i = 0; i <= sums.predictors; i++)
		{
			sums.sum[i] = (__int128) ((unsigned __int128) random_bits() << 64 | random_bits()) >> bits;
			for (int j = i; j <= sums.predictors; j++)
				sums.product[i][j] = (__int128) ((unsigned __int128) random_bits() << 64 | random_bits()) >> random_below(127);
			if (round % 2 && sums.product[i][i] < 0)
				sums.product[i][i] = ~sums.product[i][i];
		}
		solve_case(&c, &sums);
		insane += !sane(&c);
	}
	for (int round = 0; round < ROUNDS; round++)
	{
		/* correlations that are nearly 1, some of them a little too near */
		double products[MAX_VARIABLES * MAX_VARIABLES];
		double near = ldexp(1, -random_below(54));
		double correlations[MAX_VARIABLES * MAX_VARIABLES];
		Case c = {0};
		int variables;

		c.predictors = 1 + random_below(round % 100 ? CES_SHAPLEY_MAX_PREDICTORS - 3 : CES_REGRESSION_MAX_PREDICTORS);
		variables = c.predictors + 1;
		for (int i = 0; i < variables; i++)
			for (int j = 0; j <= i; j++)
				products[i * variables + j] = products[j * variables + i] =
					i == j ? 1 : (1 - near * random_below(4)) * (random_below(round % 7 + 1) ? 1 : -1);
		ces_correlations(c.predictors, products, correlations);
		c.dependent = ces_regression_fit(c.predictors, 1000, products, &c.fit);
		ces_relative_weights(c.predictors, correlations, c.weights);
		if (c.predictors <= CES_SHAPLEY_MAX_PREDICTORS)
			ces_shapley_values(c.predictors, correlations, c.shares);
		insane += !sane(&c);
	}
	snprintf(detail, sizeof(detail), ", %d of %d with a result that can't be", insane, 2 * ROUNDS);
	report(insane == 0, "forged matrices", detail);
}

int
main(void)
{
	compare_with_r();
	test_centred_products();
	test_combinations();
	test_forged();
	return failed != 0;
}
