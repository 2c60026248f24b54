/*-------------------------------------------------------------------------
 *
 * scores.h
 *	  One answer, as a number.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_SCORES_H
#define CES_SCORES_H

#include "scale.h"

#pragma GCC visibility push(hidden)

/* Stands for a number that is on no scale: a fraction, an infinity or NaN */
#define CES_NO_SCORE PG_INT32_MAX

/* The score that a double precision number is, or CES_NO_SCORE. */
static inline int32
ces_score_from_float8(float8 number)
{
	if (likely(number >= CES_SCALE_MIN && number <= CES_SCALE_MAX))
	{
		int32 score = (int32) number;

		if (likely((float8) score == number))
			return score;
	}
	return CES_NO_SCORE;
}

extern char *ces_score_text(Datum score, Oid type);
pg_noreturn extern void ces_report_score_off_scale(const char *score, CesScale scale,
												   const char *hint);

#pragma GCC visibility pop

#endif /* CES_SCORES_H */
