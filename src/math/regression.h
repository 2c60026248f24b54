/*-------------------------------------------------------------------------
 *
 * regression.h
 *	  Least squares, and how the R² of it divides over the predictors.
 *
 * Variables are numbered: the outcome is 0, the predictors follow from 1 on.  A matrix
 * of them has (predictors + 1)² numbers, row by row, and is symmetric.  Results are
 * by predictor: the first one is at 0.
 *
 * Plain C with libm and 128-bit whole numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_REGRESSION_H
#define CES_REGRESSION_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

#define CES_REGRESSION_MAX_PREDICTORS 30
/* LMG takes a regression on each subset of the predictors */
#define CES_SHAPLEY_MAX_PREDICTORS 12

typedef struct CesRegression
{
	double r_squared; /* NaN if the outcome is constant */
	double adjusted_r_squared; /* NaN likewise, or without degrees of freedom */
	double coefficient[CES_REGRESSION_MAX_PREDICTORS];
	double std_error[CES_REGRESSION_MAX_PREDICTORS]; /* NaN without degrees of freedom */
	double vif[CES_REGRESSION_MAX_PREDICTORS];
} CesRegression;

extern double ces_centred_product(int64_t n, __int128 sum_x, __int128 sum_y, __int128 sum_xy);
extern void ces_correlations(int predictors, const double *products, double *correlations);
extern int ces_regression_fit(int predictors, double n, const double *products,
							  CesRegression *result);
extern void ces_relative_weights(int predictors, const double *correlations, double *weights);
extern void ces_shapley_values(int predictors, const double *correlations, double *shares);

#pragma GCC visibility pop

#endif /* CES_REGRESSION_H */
