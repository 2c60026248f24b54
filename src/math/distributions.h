/*-------------------------------------------------------------------------
 *
 * distributions.h
 *	  The normal and Student's t distribution, from both sides of zero.
 *
 * "Critical" is the distance from zero within which the confidence lies, such as
 * 1.96 for the normal distribution and 0.95.  "Two tails" is the probability of a
 * value at least as far from zero: the p-value of a two-sided test.
 *
 * Plain C with libm, so that it can be tested without a server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_DISTRIBUTIONS_H
#define CES_DISTRIBUTIONS_H

#pragma GCC visibility push(hidden)

extern double ces_normal_critical(double confidence);
extern double ces_normal_two_tails(double z);
extern double ces_student_two_tails(double t, double df);

#pragma GCC visibility pop

#endif /* CES_DISTRIBUTIONS_H */
