/*-------------------------------------------------------------------------
 *
 * driver_report.c
 *	  Key drivers: the regression of an outcome on its drivers, and how much of
 *	  it each of them explains.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "drivers.h"
#include "funcapi.h"
#include "math/distributions.h"
#include "numerics.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

/* What to do about a group of answers that say too little */
#define HINT_GROUPS "In a report by group, leave out groups where (ces_driver_fit(...)).r_squared is null."

/* A matrix of the outcome and the drivers, row by row */
#define MATRIX_SIZE ((CES_DRIVERS_MAX + 1) * (CES_DRIVERS_MAX + 1))

/* Where the number of an outcome, 0, or a driver, from 1 on, and another one stands. */
static inline int
cell(const CesDriverSums *sums, int row, int column)
{
	return row * (sums->drivers + 1) + column;
}

static void
centred_products(const CesDriverSums *sums, double *products)
{
	for (int i = 0; i <= sums->drivers; i++)
	{
		for (int j = 0; j <= sums->drivers; j++)
			products[cell(sums, i, j)] = ces_driver_centred_product(sums, i + 1, j + 1);
	}
}

static bool
has_answers_enough(const CesDriverSums *sums)
{
	return sums->products[0] > sums->drivers;
}

/* The first driver that is the same in all answers, or -1. */
static int
constant_driver(const CesDriverSums *sums, const double *products)
{
	for (int i = 0; i < sums->drivers; i++)
	{
		if (products[cell(sums, i + 1, i + 1)] == 0)
			return i;
	}
	return -1;
}

/* The regression.  Raises an error if the answers don't say what each driver does. */
static void
fit_or_report(const CesDriverSums *sums, const double *products, CesRegression *regression)
{
	int driver;

	if (!has_answers_enough(sums))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg_plural("too few answers for %d driver", "too few answers for %d drivers", sums->drivers, sums->drivers),
				 errdetail("Answers without nulls: " INT64_FORMAT ". At least %d are needed, and many more to say something.",
						   (int64) sums->products[0], sums->drivers + 1),
				 errhint(HINT_GROUPS)));
	driver = constant_driver(sums, products);
	if (driver >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("driver \"%s\" is constant", ces_driver_name(sums, driver)),
				 errdetail("It has the same value in all " INT64_FORMAT " answers, so it can't explain any difference.",
						   (int64) sums->products[0]),
				 errhint("Leave it out of the drivers. " HINT_GROUPS)));
	driver = ces_regression_fit(sums->drivers, (double) sums->products[0], products, regression);
	if (driver >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("driver \"%s\" is a combination of other drivers", ces_driver_name(sums, driver)),
				 errdetail("In these " INT64_FORMAT " answers, its value follows, at least nearly, from those of the drivers before it. So what it does can't be told from what they do.",
						   (int64) sums->products[0]),
				 errhint("Leave it out of the drivers, or one of those from which it follows. " HINT_GROUPS)));
}

/* A number as numeric; NULL if it is not defined. */
static Datum
numeric_or_null(double number, bool *is_null)
{
	*is_null = isnan(number);
	return *is_null ? (Datum) 0 : ces_numeric_from_float8(number);
}

/* The mean of a driver, numbered from 0. */
static Datum
mean_of(const CesDriverSums *sums, int driver)
{
	return ces_numeric_quotient(ces_numeric_from_text(ces_int128_text(sums->products[ces_driver_product(driver + 2, 0)])),
								ces_numeric_from_text(ces_int128_text(sums->products[0])));
}

/* The p-value of a coefficient; not defined if it has no error. */
static double
p_value(const CesRegression *regression, int driver, double df)
{
	double error = regression->std_error[driver];

	/* Written so that NaN is not greater. */
	return error > 0 ? ces_student_two_tails(regression->coefficient[driver] / error, df) : NAN;
}

/* One row for each driver. */
PG_FUNCTION_INFO_V1(ces_driver_report);
Datum
ces_driver_report(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const CesDriverSums *sums = ces_drivers_read(PG_GETARG_DATUM(0));
	double products[MATRIX_SIZE];
	double correlations[MATRIX_SIZE];
	CesRegression regression;
	double weights[CES_DRIVERS_MAX];
	double shares[CES_DRIVERS_MAX];
	double df = (double) sums->products[0] - sums->drivers - 1;
	bool is_constant;

	InitMaterializedSRF(fcinfo, 0);
	if (sums->products[0] == 0)
		return (Datum) 0;
	centred_products(sums, products);
	fit_or_report(sums, products, &regression);
	ces_correlations(sums->drivers, products, correlations);
	is_constant = products[0] == 0;
	ces_relative_weights(sums->drivers, correlations, weights);
	if (sums->drivers <= CES_SHAPLEY_MAX_PREDICTORS)
		ces_shapley_values(sums->drivers, correlations, shares);
	for (int i = 0; i < sums->drivers; i++)
	{
		Datum values[9];
		bool nulls[9] = {0};
		double p = p_value(&regression, i, df);

		values[0] = CStringGetTextDatum(ces_driver_name(sums, i));
		values[1] = mean_of(sums, i);
		values[2] = numeric_or_null(is_constant ? NAN : correlations[cell(sums, 0, i + 1)], &nulls[2]);
		values[3] = numeric_or_null(regression.coefficient[i], &nulls[3]);
		values[4] = numeric_or_null(regression.std_error[i], &nulls[4]);
		values[5] = Float8GetDatum(p);
		nulls[5] = isnan(p);
		values[6] = numeric_or_null(regression.vif[i], &nulls[6]);
		values[7] = numeric_or_null(is_constant ? NAN : weights[i], &nulls[7]);
		values[8] = numeric_or_null(is_constant || sums->drivers > CES_SHAPLEY_MAX_PREDICTORS ? NAN : shares[i], &nulls[8]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* How well all drivers together explain the outcome; not known if the answers don't say what each of them does. */
PG_FUNCTION_INFO_V1(ces_driver_fit);
Datum
ces_driver_fit(PG_FUNCTION_ARGS)
{
	const CesDriverSums *sums = ces_drivers_read(PG_GETARG_DATUM(0));
	CesRegression regression;
	double products[MATRIX_SIZE];
	TupleDesc row_type;
	Datum values[4];
	bool nulls[4] = {0};

	centred_products(sums, products);
	if (!has_answers_enough(sums) || constant_driver(sums, products) >= 0 ||
		ces_regression_fit(sums->drivers, (double) sums->products[0], products, &regression) >= 0)
		regression.r_squared = regression.adjusted_r_squared = NAN;
	values[0] = Int64GetDatum((int64) sums->products[0]);
	values[1] = Int64GetDatum((int64) sums->left_out);
	values[2] = numeric_or_null(regression.r_squared, &nulls[2]);
	values[3] = numeric_or_null(regression.adjusted_r_squared, &nulls[3]);
	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls));
}
