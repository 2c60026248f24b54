/*
 * Compares src/math/monitoring.c with R (standard input; its form is in
 * test/reference/monitoring.R) and with published numbers, and tests signals with series made by
 * hand, and input in which nothing varies or next to nothing is there.  Prints a line for
 * each, as pg_regress does for each test.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/monitoring.h"

#define TOLERANCE 1e-10
/* What is left of the variance of normal numbers if those beyond the quantiles of 10 and 90 percent are moved there */
#define KEPT 0.6786545589528743
#define MOST 1000
#define ROUNDS 20000

static int failed = 0;

static void
report(int ok, const char *name, const char *detail)
{
	static int number = 0;

	printf("%s %d - %s%s\n", ok ? "ok" : "not ok", ++number, name, detail);
	failed += !ok;
}

/* Relative to 1 at least; infinite if only one of them is a number. */
static double
error_of(double value, double expected)
{
	if (value == expected || (isnan(value) && isnan(expected)))
		return 0;
	value = fabs(value - expected) / fmax(1, fabs(expected));
	return isnan(value) ? HUGE_VAL : value;
}

static double
largest(int count, const double *values, const double *expected)
{
	double most = 0;

	for (int i = 0; i < count; i++)
		most = fmax(most, error_of(values[i], expected[i]));
	return most;
}

/* What doesn't fit the form of the values */
static void
unreadable(const char *where)
{
	printf("not ok - the values can't be read: %s\n", where);
	exit(1);
}

/* Reads and compares a funnel; returns the largest error. */
static double
compare_funnel(char *name)
{
	CesUnit units[MOST];
	CesFunnelPoint points[MOST];
	double expected[MOST][6];
	double workspace[2 * MOST];
	double total[3];
	CesFunnel funnel;
	double error;
	int shares, count;

	if (scanf("%99[^,],%d,%d,%lf,%lf,%lf ", name, &shares, &count, &total[0], &total[1], &total[2]) != 6 || count > MOST)
		unreadable(name);
	for (int i = 0; i < count; i++)
	{
		double *e = expected[i];

		if (scanf("unit,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf ", &units[i].n, &units[i].value, &units[i].variance,
				  &e[0], &e[1], &e[2], &e[3], &e[4], &e[5]) != 9)
			unreadable(name);
	}
	funnel = ces_funnel(count, units, shares, total[0], points, workspace);
	error = largest(2, (double[]){funnel.phi, funnel.tau2}, total + 1);
	for (int i = 0; i < count; i++)
	{
		CesFunnelPoint p = points[i];

		error = fmax(error, largest(6, (double[]){p.lower95, p.upper95, p.lower998, p.upper998, p.z, p.adjusted}, expected[i]));
	}
	return error;
}

/* Reads and compares a chart; returns the largest error. */
static double
compare_chart(char *name)
{
	double n[MOST];
	double value[MOST];
	double expected[MOST][2];
	int signal[MOST];
	CesLimits limits[MOST];
	double centre;
	double error = 0;
	int count, baseline;

	if (scanf("%99[^,],%d,%lf,%d ", name, &count, &centre, &baseline) != 4 || count > MOST)
		unreadable(name);
	for (int i = 0; i < count; i++)
		if (scanf("point,%lf,%lf,%lf,%lf,%d ", &n[i], &value[i], &expected[i][0], &expected[i][1], &signal[i]) != 5)
			unreadable(name);
	ces_control_limits(count, n, value, centre, baseline, limits);
	for (int i = 0; i < count; i++)
	{
		error = fmax(error, largest(2, (double[]){limits[i].lower, limits[i].upper}, expected[i]));
		if ((int) limits[i].signal != signal[i])
			error = HUGE_VAL;
	}
	return error;
}

static void
compare_with_r(void)
{
	const char *kinds[] = {"funnel", "chart"};
	int cases[2] = {0};
	double largest_error[2] = {0};
	char kind[10];
	char name[100] = "";
	char detail[100];

	while (scanf("%9[^,],", kind) == 1)
	{
		int k = strcmp(kind, kinds[1]) == 0;
		double error;

		if (strcmp(kind, kinds[k]) != 0)
			unreadable(kind);
		error = k ? compare_chart(name) : compare_funnel(name);
		if (error > TOLERANCE)
			printf("%s: %s is off by %g\n", kind, name, error);
		cases[k]++;
		largest_error[k] = fmax(largest_error[k], error);
	}
	for (int k = 0; k < 2; k++)
	{
		snprintf(detail, sizeof(detail), "s as in R, %d cases, largest error %.1e", cases[k], largest_error[k]);
		report(cases[k] > 0 && largest_error[k] <= TOLERANCE, kinds[k], detail);
	}
}

/* The limits of the first week of nhs_accidents, to the digits known.  (test/reference/monitoring.R has published funnels.) */
static void
test_published(void)
{
	static const double came[] = {280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529,
								  279618, 283932, 266629, 268091, 276803, 271578, 266005, 273520, 278574, 273772};
	static const double seen[] = {266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320,
								  267923, 271478, 255353, 256820, 261835, 259144, 255910, 260863, 264465, 260989};
	CesLimits limits[20];
	double value[20];
	double all_came = 0;
	double all_seen = 0;

	for (int i = 0; i < 20; i++)
	{
		value[i] = seen[i] / came[i];
		all_came += came[i];
		all_seen += seen[i];
	}
	ces_control_limits(20, came, value, all_seen / all_came, 20, limits);
	report(fabs(limits[0].lower - 0.9401164) < 5.1e-8 && fabs(limits[0].upper - 0.9656830) < 5.1e-8, "chart, published", "");
}

/*
 * The signals of values, all of the same n: a letter for each point.  The first two points,
 * which aren't shown, are the baseline.  They are on both sides of the centre, 0, so
 * far from it that one standard error is 1.
 */
static const char *
signals_of(int count, const double *values)
{
	static char letters[100];
	double distance = 2 / sqrt(M_PI) / 2;
	double n[100];
	double value[100] = {distance, -distance};
	CesLimits limits[100];

	for (int i = 0; i < count + 2; i++)
		n[i] = 7;
	memcpy(value + 2, values, count * sizeof(double));
	ces_control_limits(count + 2, n, value, 0, 2, limits);
	for (int i = 0; i < count; i++)
		letters[i] = ".OSTN"[limits[i + 2].signal];
	letters[count] = '\0';
	return letters;
}

#define SIGNALS(name, expected, ...) \
	do \
	{ \
		double values[] = {__VA_ARGS__}; \
		const char *letters = signals_of(sizeof(values) / sizeof(double), values); \
		char detail[250]; \
\
		snprintf(detail, sizeof(detail), "%s%s", strcmp(letters, expected) == 0 ? "" : ": signals are ", strcmp(letters, expected) == 0 ? "" : letters); \
		report(strcmp(letters, expected) == 0, name, detail); \
	} while (0)

static void
test_signals(void)
{
	SIGNALS("outside", ".O.O.", 1, 3.001, 0.1, -3.001, 1);
	SIGNALS("on the limit", "...", 2.9999999999999996, 0, -3);
	/* a row starts with the third point: the second of the baseline is below */
	SIGNALS("shift above", ".......SS.", 1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5, 1, -0.5);
	SIGNALS("shift below", "........SS.", 1, -1, -0.5, -1, -0.5, -1, -0.5, -1, -0.5, -1, 0.5);
	SIGNALS("seven are no shift", "..............", 1, .5, 1, .5, 1, .5, 1, -1, -.5, -1, -.5, -1, -.5, -1 + 2);
	SIGNALS("points on the centre", ".........S.S", 1, .5, 0, 1, .5, 1, 0, .5, 1, .5, 0, 1);
	/* the first step is from -0.89, the second point of the baseline, and goes down */
	SIGNALS("trend up", "......T.", -1.1, -1, -0.9, -0.8, 0.1, 0.2, 0.3, 0.2);
	SIGNALS("trend down", "......TT.", 1.5, 1.4, 1.3, 1.2, 0.1, -0.2, -0.3, -0.4, -0.3);
	SIGNALS("five steps are no trend", ".......", -1.1, -1, -0.9, 0.8, 0.9, 0.1, 0.2);
	SIGNALS("equal neighbours", "........T", -1.1, -1, -1, -0.9, -0.8, 0.1, 0.2, 0.2, 0.3);
	SIGNALS("near limits, next to each other", ".N.", 2.1, 2.1, 0);
	SIGNALS("near limits, one between", "..N.", 2.1, -1, 2.1, 0);
	SIGNALS("near limits, two between", "....", 2.1, -1, -1, 2.1);
	SIGNALS("near limits, on both sides", ".....", 2.1, -2.1, -1, 1, -2.1);
	SIGNALS("near limits, not this one", ".N.N", -2.1, -2.2, -1.9, -2.1);
	SIGNALS("on two standard errors", "...", 2, 2, 2);
	SIGNALS("near limits after outside", "ON", -3.5, -2.5);
	SIGNALS("the first rule is named", ".......OSS", 1, 1, 1, 1, 1, 2.5 - 1.5, 1, 3.5, 2.5, 2.5);
	SIGNALS("shift before trend", ".....TTS", 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8);
}

/* A funnel of a few units: n, value and variance of each. */
static CesFunnel
small_funnel(int count, const double numbers[][3], bool shares, double expected, CesFunnelPoint *points)
{
	CesUnit units[11];
	double workspace[22];

	for (int i = 0; i < count; i++)
		units[i] = (CesUnit){numbers[i][0], numbers[i][1], numbers[i][2]};
	return ces_funnel(count, units, shares, expected, points, workspace);
}

/* Whether a point is all of these numbers. */
static int
is_point(CesFunnelPoint p, double l95, double u95, double l998, double u998, double z, double adjusted)
{
	return largest(6, (double[]){p.lower95, p.upper95, p.lower998, p.upper998, p.z, p.adjusted},
				   (double[]){l95, u95, l998, u998, z, adjusted}) <= TOLERANCE;
}

static void
test_small_funnels(void)
{
	CesFunnelPoint p[11];
	CesFunnel f;
	double error;

	f = ces_funnel(0, NULL, true, 0.5, NULL, NULL);
	report(f.phi == 0 && f.tau2 == 0, "no unit", "");
	f = small_funnel(1, (double[][3]){{1, 5, NAN}}, false, 5, p);
	report(f.tau2 == 0 && is_point(p[0], 5, 5, 5, 5, 0, 5), "one answer", "");
	f = small_funnel(1, (double[][3]){{4, 5, 9}}, false, 5, p);
	report(f.tau2 == 0 && is_point(p[0], 5 - 1.5 * 1.959963984540054, 5 + 1.5 * 1.959963984540054, 5 - 1.5 * 3.090232306167813, 5 + 1.5 * 3.090232306167813, 0, 5),
		   "one unit", "");
	f = small_funnel(1, (double[][3]){{4, 1, 0}}, true, 1, p);
	report(f.tau2 == 0 && p[0].z == 0 && p[0].upper998 == 1 && p[0].lower95 < 1 && p[0].adjusted == 1, "one unit, all answers", "");
	f = small_funnel(3, (double[][3]){{1, 4, 0}, {1, 5, 0}, {1, 6, 0}}, false, 5, p);
	/* each unit is a third of what is expected, so its distance from that varies by two thirds */
	report(f.tau2 == 0 && is_point(p[0], 5 - sqrt(2. / 3) * 1.959963984540054, 5 + sqrt(2. / 3) * 1.959963984540054, 5 - sqrt(2. / 3) * 3.090232306167813, 5 + sqrt(2. / 3) * 3.090232306167813, -sqrt(1.5), 5),
		   "one answer each", "");
	/* 0.7 in three ways of rounding */
	f = small_funnel(3, (double[][3]){{10, 0.7, 0}, {100, 0.7000000000000001, 0}, {7, 0.6999999999999999, 0}}, false, 0.7, p);
	report(f.tau2 == 0 && is_point(p[1], 0.7, 0.7, 0.7, 0.7, 0, 0.7) && p[0].z == 0 && p[2].z == 0, "equal values without variance", "");
	f = small_funnel(3, (double[][3]){{10, 0.999999, 0}, {100, 0.9999989999999999, 0}, {7, 0.9999990000000001, 0}}, true, 0.999999, p);
	report(f.tau2 == 0 && p[0].z == 0 && p[1].z == 0 && p[2].z == 0, "equal shares", "");
	/*
	 * Winsorised, one of three is 0.2 from the end: 0.8 of 1, 0 and 0.8.  So two thirds of tau² are
	 * 2 * 0.64 / 3 / KEPT.
	 */
	f = small_funnel(3, (double[][3]){{4, 4, 0}, {4, 5, 0}, {4, 6, 0}}, false, 5, p);
	error = 0.8 * sqrt(2. / 3 / KEPT);
	report(fabs(f.tau2 - 0.64 / KEPT) < TOLERANCE && is_point(p[0], 5 - error * 1.959963984540054, 5 + error * 1.959963984540054, 5 - error * 3.090232306167813, 5 + error * 3.090232306167813, -1 / error, 4),
		   "variance between units only", "");
	/* a unit with half of the answers gets half of 3/8 of a hit and of a miss more */
	f = small_funnel(2, (double[][3]){{20, 0.4, 0}, {20, 0.6, 0}}, true, 0.5, p);
	error = 1 / sqrt(8 * 20);
	report(f.tau2 == 0 && fabs(p[0].z + p[1].z) < TOLERANCE && fabs(p[1].z - (asin(sqrt(12.1875 / 20.375)) - asin(sqrt(0.5))) / error) < TOLERANCE &&
			   fabs(p[0].upper95 - (20.375 * pow(sin(asin(sqrt(0.5)) + 1.959963984540054 * error), 2) - 0.1875) / 20) < TOLERANCE,
		   "few answers", "");
	f = small_funnel(2, (double[][3]){{20, 1, 0}, {1980, 0.95 - 1. / 1980, 0}}, true, 0.95, p);
	report(p[0].z < 1.5 && p[0].upper95 == 1, "20 of 20 where 95 percent are expected", "");
	/* of two, one is as far off as the other */
	f = small_funnel(2, (double[][3]){{1, 1, 0}, {1000, 0.95, 0}}, true, 951. / 1001, p);
	report(fabs(p[1].z) < 0.6 && p[1].lower95 < 0.95, "one answer against a thousand", "");
	/* The others, and so the winsorised ones, are all where they are expected. */
	{
		double numbers[11][3];

		for (int i = 0; i < 11; i++)
			memcpy(numbers[i], (double[]){3, i == 0 ? 9 : 5, 0}, sizeof(numbers[i]));
		f = small_funnel(11, numbers, false, 5, p);
		report(f.tau2 == 0 && is_point(p[0], 5, 5, 5, 5, HUGE_VAL, 9) && is_point(p[10], 5, 5, 5, 5, 0, 5), "one unit off, no variance", "");
		/* a tenth of it is left of one in ten */
		f = small_funnel(10, numbers, false, 5, p);
		report(fabs(f.tau2 - 0.16 / 9 / KEPT) < TOLERANCE && fabs(p[0].z - 4 / sqrt(0.9 * f.tau2)) < 1e-9 && p[0].adjusted == 9 && p[1].z == 0, "one of ten off, no variance", "");
	}
}

static void
test_small_charts(void)
{
	CesLimits l[12];
	double n[12] = {3, 1, 7, 10, 10, 10, 10, 10, 10, 10, 10, 10};
	double value[12] = {0.7, 0.7000000000000001, 0.6999999999999999, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.8};
	int signals = 0;

	ces_control_limits(0, NULL, NULL, 0, 5, NULL);
	ces_control_limits(1, n, value, 0.7, 1, l);
	report(isnan(l[0].lower) && isnan(l[0].upper) && l[0].signal == CES_SIGNAL_NONE, "one point", "");
	ces_control_limits(12, n, value, 0.7, 12, l);
	for (int i = 0; i < 11; i++)
		signals += l[i].signal != CES_SIGNAL_NONE;
	report(signals == 0 && l[11].lower < 0.7, "equal points, one off", "");
	ces_control_limits(12, n, value, 0.7, 5, l);
	for (int i = 0; i < 11; i++)
		signals += l[i].signal != CES_SIGNAL_NONE || l[i].lower != 0.7 || l[i].upper != 0.7;
	report(signals == 0 && l[11].signal == CES_SIGNAL_OUTSIDE, "equal points as baseline, one off later", "");
	ces_control_limits(12, n, value, 0.7, 1000, l);
	report(l[0].lower < l[0].upper, "baseline longer than the series", "");
}

static uint64_t
random_bits(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int
random_below(int limit)
{
	return (int) (random_bits() % (uint64_t) limit);
}

/*
 * Whether limits are in order around what is expected, the value is beyond them if z says so, and the
 * rest are numbers.
 */
static int
sane(CesFunnelPoint p, double value, double expected)
{
	double slack = 1e-12 * fmax(1, fabs(expected));
	int beyond = value > p.upper95 || value < p.lower95;
	double towards = (p.adjusted - expected) * (value - expected);

	if (fabs(fabs(p.z) - 1.959963984540054) > 1e-9 && (fabs(p.z) > 1.959963984540054) != beyond && fabs(value - expected) > slack)
		return 0;
	return p.lower998 <= p.lower95 + slack && p.lower95 <= expected + slack && expected <= p.upper95 + slack &&
		   p.upper95 <= p.upper998 + slack && !isnan(p.z) && isfinite(p.lower998) && isfinite(p.upper998) && towards >= -slack &&
		   fabs(p.adjusted - expected) <= fabs(value - expected) + slack;
}

/* Whatever units there are, results are numbers that can be. */
static void
test_anything(void)
{
	int insane = 0;
	char detail[100];

	for (int round = 0; round < ROUNDS; round++)
	{
		CesUnit units[40];
		CesFunnelPoint points[40];
		CesLimits limits[40];
		double workspace[80];
		double n[40];
		double value[40];
		bool shares = random_below(2);
		int count = 1 + random_below(40);
		double values = 1 + random_below(10);
		double total = 0;
		double sum = 0;

		for (int i = 0; i < count; i++)
		{
			n[i] = 1 + (double) (random_bits() >> (20 + random_below(44)));
			value[i] = random_below((int) values) / values * (shares ? 1 : 1000 * (random_below(3) - 1));
			units[i] = (CesUnit){n[i], value[i], round % 3 ? random_below(5) : 0};
			total += n[i];
			sum += n[i] * value[i];
		}
		ces_funnel(count, units, shares, sum / total, points, workspace);
		ces_control_limits(count, n, value, sum / total, 1 + random_below(50), limits);
		for (int i = 0; i < count; i++)
			insane += !sane(points[i], value[i], sum / total) || !(limits[i].lower <= limits[i].upper || isnan(limits[i].lower));
	}
	snprintf(detail, sizeof(detail), ", %d with a result that can't be", insane);
	report(insane == 0, "any units", detail);
}

int
main(void)
{
	compare_with_r();
	test_published();
	test_signals();
	test_small_funnels();
	test_small_charts();
	test_anything();
	return failed != 0;
}
