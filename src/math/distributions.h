/*-------------------------------------------------------------------------
 *
 * distributions.h
 *	  The normal and Student's t distribution, from both sides of zero.
 *
 * "Critical" is the distance from zero within which the confidence lies, as
 * 1.96 for a normal one and 0.95; "two tails" is the probability of a value at
 * least so far from zero, the p-value of a two-sided test.
 *
 * Plain C with libm, so that test/unit can do without a server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_DISTRIBUTIONS_H
#define CES_DISTRIBUTIONS_H

#ifdef __GNUC__
#pragma GCC visibility push(hidden)
#endif

extern double ces_normal_critical(double confidence);
extern double ces_normal_two_tails(double z);
extern double ces_student_critical(double confidence, double df);
extern double ces_student_two_tails(double t, double df);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* CES_DISTRIBUTIONS_H */
