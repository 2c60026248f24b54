/*
 * Compares src/math/distributions.c with the values of R in a CSV file on standard
 * input: function, argument, degrees of freedom, value.  Prints a line for each
 * function, as pg_regress does for each test.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "math/distributions.h"

#define TOLERANCE 1e-10

typedef struct Subject
{
	const char *name;
	double (*function)(double argument, double df);
	int cases;
	double largest_error;
} Subject;

static double
normal_critical(double confidence, double df)
{
	(void) df;
	return ces_normal_critical(confidence);
}

static double
normal_two_tails(double z, double df)
{
	(void) df;
	return ces_normal_two_tails(z);
}

static Subject subjects[] = {
	{"normal_critical", normal_critical, 0, 0},
	{"normal_two_tails", normal_two_tails, 0, 0},
	{"student_two_tails", ces_student_two_tails, 0, 0},
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

/* The relative error; infinite if the result is no number. */
static double
error_of(double value, double expected)
{
	double error = value == expected ? 0 : fabs(value / expected - 1);

	return isnan(error) ? HUGE_VAL : error;
}

/* Returns whether there is a function of this name. */
static int
compare(const char *name, double argument, double df, double expected)
{
	for (size_t i = 0; i < SUBJECTS; i++)
	{
		Subject *subject = &subjects[i];
		double error;

		if (strcmp(subject->name, name) != 0)
			continue;
		error = error_of(subject->function(argument, df), expected);
		subject->cases++;
		subject->largest_error = fmax(subject->largest_error, error);
		if (error > TOLERANCE)
			printf("%s(%.17g, %.17g) is off by %g\n", name, argument, df, error);
		return 1;
	}
	return 0;
}

int
main(void)
{
	char name[32];
	double argument, df, expected;
	int failed = 0;

	while (scanf("%31[^,],%lf,%lf,%lf ", name, &argument, &df, &expected) == 4)
	{
		if (!compare(name, argument, df, expected))
		{
			printf("not ok - there is no function %s\n", name);
			failed++;
		}
	}
	if (!feof(stdin))
	{
		printf("not ok - the values end with a line that can't be read\n");
		failed++;
	}
	for (size_t i = 0; i < SUBJECTS; i++)
	{
		const Subject *subject = &subjects[i];
		int ok = subject->cases > 0 && subject->largest_error <= TOLERANCE;

		printf("%s %zu - %s, %d values, largest relative error %.1e\n",
			   ok ? "ok" : "not ok", i + 1, subject->name, subject->cases, subject->largest_error);
		failed += !ok;
	}
	return failed != 0;
}
