/*-------------------------------------------------------------------------
 *
 * tally.h
 *	  ces_tally: how many answers were given at each point of a scale.
 *
 * A varlena whose header may be short, in memory as on disk.  It holds a scale
 * and counters.  Only tally.c knows how a counter is stored; everything else
 * reads and changes tallies through these functions, which take and give counts
 * in rising score order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_TALLY_H
#define CES_TALLY_H

#include "scale.h"

#pragma GCC visibility push(hidden)

typedef struct varlena CesTally;

/* Is the value stored here in one piece, and does it have room for a scale? */
static inline bool
ces_tally_is_flat(const CesTally *tally)
{
	if (VARATT_IS_SHORT(tally))
		return VARSIZE_SHORT(tally) > VARHDRSZ_SHORT + sizeof(CesScale);
	return !VARATT_IS_EXTENDED(tally) &&
		   VARSIZE(tally) > VARHDRSZ + sizeof(CesScale);
}

static inline CesScale
ces_tally_scale(const CesTally *tally)
{
	CesScale scale;

	memcpy(&scale, VARDATA_ANY(tally), sizeof(scale));
	return scale;
}

#define DatumGetCesTally(x) ces_tally_detoast(x)
#define DatumGetCesTallyCopy(x) ces_tally_detoast_copy(x)
#define PG_GETARG_CES_TALLY(n) DatumGetCesTally(PG_GETARG_DATUM(n))
#define PG_GETARG_CES_TALLY_COPY(n) DatumGetCesTallyCopy(PG_GETARG_DATUM(n))
#define PG_RETURN_CES_TALLY(x) PG_RETURN_POINTER(x)

extern const CesTally *ces_tally_detoast(Datum datum);
extern CesTally *ces_tally_detoast_copy(Datum datum);
extern void ces_tally_check(const CesTally *tally);

extern CesTally *ces_tally_make(CesScale scale, const int64 *counts);
extern CesTally *ces_tally_make_empty(CesScale scale);
extern CesTally *ces_tally_make_narrow(const CesTally *tally);

extern int ces_tally_read(const CesTally *tally, int64 *counts);
extern int64 ces_tally_total(const CesTally *tally);
extern int64 ces_counts_total(const int64 *counts, int points);

extern CesTally *ces_tally_add_answers(CesTally *tally, int32 score, int64 answers);
extern CesTally *ces_tally_add_tally(CesTally *tally, const CesTally *other);
extern CesTally *ces_tally_subtract_tally(CesTally *tally, const CesTally *other);

pg_noreturn extern void ces_report_two_scales(CesScale scale, CesScale other,
											  const char *hint);
pg_noreturn extern void ces_report_too_many_answers(void);
extern bool ces_report_wrong_number_of_counts(int found, CesScale scale,
											  struct Node *escontext);
extern int ces_errdetail_most_answers(void);

#pragma GCC visibility pop

#endif /* CES_TALLY_H */
