/*-------------------------------------------------------------------------
 *
 * metrics.h
 *	  What can be read from a tally.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_METRICS_H
#define CES_METRICS_H

#include "tally.h"

#pragma GCC visibility push(hidden)

/* How many answers there are, and how many of them lie in either box */
typedef struct CesBoxCounts
{
	int64 total;
	int64 top;
	int64 bottom;
} CesBoxCounts;

extern CesBoxCounts ces_count_boxes(const CesTally *tally, CesScale boxes);

#pragma GCC visibility pop

/* The metrics, as SQL calls them */
extern Datum ces_mean(PG_FUNCTION_ARGS);
extern Datum ces_topbox(PG_FUNCTION_ARGS);
extern Datum ces_nps(PG_FUNCTION_ARGS);

#endif /* CES_METRICS_H */
