/*-------------------------------------------------------------------------
 *
 * permutation.h
 *	  The permutation test of Fisher and Pitman, for answers on a scale.
 *
 * If two groups answer alike, either one is a draw without replacement from the
 * answers of both.  So the distribution of its mean is known, whatever the shape of
 * the answers and however few there are.
 *
 * Plain C with libm.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_PERMUTATION_H
#define CES_PERMUTATION_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

/* The most steps that the exact distribution may take: about a millisecond */
#define CES_PERMUTATION_MAX_STEPS 2000000

/* How the sum of a draw is distributed */
typedef struct CesDrawSums
{
	double *ways; /* in which there is each sum, as multiples of the same number */
	size_t count;
	size_t observed; /* the place of the observed sum */
} CesDrawSums;

extern double ces_permutation_steps(int points, const double *drawn, const double *all);
extern size_t ces_permutation_workspace(int points, const double *drawn, const double *all);
extern CesDrawSums ces_permutation_sums(int points, const double *drawn, const double *all,
										double *workspace);
extern double ces_draw_sums_p(const CesDrawSums *sums);
extern double ces_permutation_exact_p(int points, const double *drawn, const double *all,
									  double *workspace);
extern double ces_permutation_saddlepoint_p(int points, const double *drawn, const double *all);

#pragma GCC visibility pop

#endif /* CES_PERMUTATION_H */
