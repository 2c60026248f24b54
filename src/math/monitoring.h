/*-------------------------------------------------------------------------
 *
 * monitoring.h
 *	  Which units differ from the others, and which points in time from the rest.
 *
 * A unit, such as an agent, and a point, such as a week, have at least one answer; all
 * numbers are finite.  Values that are equal must come from the same few roundings.
 * Shares are from 0 to 1.
 *
 * Plain C with libm, so that it can be tested without a server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_MONITORING_H
#define CES_MONITORING_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

typedef struct CesUnit
{
	double n;
	double value;
	double variance; /* of single answers, by n - 1; isn't used for shares, nor if n is 1 */
} CesUnit;

/*
 * The limits of means can be outside the range of the scale.  z is infinite if a unit is off
 * where neither answers nor the other units vary.
 */
typedef struct CesFunnelPoint
{
	double lower95;
	double upper95;
	double lower998;
	double upper998;
	double z;
	double adjusted;
} CesFunnelPoint;

typedef struct CesFunnel
{
	double phi; /* how many times as much z vary, winsorised, as chance alone would make them; 0 if that is nil */
	double tau2; /* the variance between units in the limits, on the scale of the method */
} CesFunnel;

/* points has room for a point per unit, workspace for two numbers per unit. */
extern CesFunnel ces_funnel(int64_t count, const CesUnit *units, bool are_shares, double expected,
							CesFunnelPoint *points, double *workspace);

typedef enum CesSignal
{
	CES_SIGNAL_NONE,
	CES_SIGNAL_OUTSIDE,
	CES_SIGNAL_SHIFT,
	CES_SIGNAL_TREND,
	CES_SIGNAL_NEAR_LIMITS
} CesSignal;

/* The limits can be outside the range of the metric; NaN if fewer than two points set them. */
typedef struct CesLimits
{
	double lower;
	double upper;
	CesSignal signal;
} CesLimits;

/* The first points, as many as baseline says, set the distance of the limits from the centre. */
extern void ces_control_limits(int64_t count, const double *n, const double *value, double centre,
							   int64_t baseline, CesLimits *limits);

#pragma GCC visibility pop

#endif /* CES_MONITORING_H */
