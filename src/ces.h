/*-------------------------------------------------------------------------
 *
 * ces.h
 *	  The two types of the extension, and what its files share.
 *
 * Calls go one way: inference uses metrics and distributions; aggregates and
 * metrics use tallies, tallies use scales.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_H
#define CES_H

#include "fmgr.h"

/* Soft errors came with PostgreSQL 16; before, every error is a hard one. */
#if PG_VERSION_NUM < 160000
struct Node;
#define ereturn(context, dummy_value, ...) \
	do \
	{ \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#define CES_SOFT_ERROR_CONTEXT(fcinfo) NULL
#else
#include "nodes/miscnodes.h"
#include "varatt.h"
#define CES_SOFT_ERROR_CONTEXT(fcinfo) ((fcinfo)->context)
#endif

/*
 * What follows is for the extension's own files: calls between them need not
 * go through the dynamic linker.
 */
#ifdef __GNUC__
#pragma GCC visibility push(hidden)
#endif

/*
 * ces_scale: the range of answers to a survey question, which end of it is
 * good, and where the top and the bottom box begin.
 */
#define CES_SCALE_MIN (-100)
#define CES_SCALE_MAX 100
#define CES_SCALE_MAX_POINTS 101

typedef struct CesScale
{
	int8 worst;
	int8 best;
	int8 top; /* the least favourable score of the top box */
	int8 bottom; /* the most favourable score of the bottom box */
} CesScale;

StaticAssertDecl(sizeof(CesScale) == sizeof(int32),
				 "ces_scale is passed by value in four bytes");

static inline Datum
CesScaleGetDatum(CesScale scale)
{
	int32 bytes;

	memcpy(&bytes, &scale, sizeof(bytes));
	return Int32GetDatum(bytes);
}

static inline CesScale
DatumGetCesScale(Datum datum)
{
	int32 bytes = DatumGetInt32(datum);
	CesScale scale;

	memcpy(&scale, &bytes, sizeof(scale));
	return scale;
}

#define PG_GETARG_CES_SCALE(n) DatumGetCesScale(PG_GETARG_DATUM(n))
#define PG_RETURN_CES_SCALE(x) return CesScaleGetDatum(x)

static inline bool
CesScaleEquals(CesScale a, CesScale b)
{
	return memcmp(&a, &b, sizeof(CesScale)) == 0;
}

static inline bool
CesScaleRises(CesScale scale)
{
	return scale.worst < scale.best;
}

static inline int
CesScaleLowest(CesScale scale)
{
	return Min(scale.worst, scale.best);
}

static inline int
CesScaleHighest(CesScale scale)
{
	return Max(scale.worst, scale.best);
}

static inline int
CesScalePoints(CesScale scale)
{
	return CesScaleHighest(scale) - CesScaleLowest(scale) + 1;
}

/*
 * The position of a score among the points of a scale, from 0 for the lowest;
 * for a score off the scale, the number of points or more.
 */
static inline uint32
CesScalePosition(CesScale scale, int32 score)
{
	return (uint32) score - (uint32) CesScaleLowest(scale);
}

static inline bool
CesScaleHas(CesScale scale, int32 score)
{
	return CesScalePosition(scale, score) < (uint32) CesScalePoints(scale);
}

static inline bool
CesScaleInTopBox(CesScale scale, int score)
{
	return CesScaleRises(scale) ? score >= scale.top : score <= scale.top;
}

static inline bool
CesScaleInBottomBox(CesScale scale, int score)
{
	return CesScaleRises(scale) ? score <= scale.bottom : score >= scale.bottom;
}

/* No scale has this score: what is between two points, infinite or NaN. */
#define CES_NO_SCORE PG_INT32_MAX

/* A double precision answer as the point it names, if it names one. */
static inline int32
CesScoreFromFloat8(float8 score)
{
	if (likely(score >= CES_SCALE_MIN && score <= CES_SCALE_MAX))
	{
		int32 point = (int32) score;

		if (likely((float8) point == score))
			return point;
	}
	return CES_NO_SCORE;
}

/* scale.c */
extern bool ces_scale_is_valid(CesScale scale);
extern CesScale ces_scale_receive(struct StringInfoData *buffer, const char *type);
extern bool ces_scale_parse(const char *text, CesScale *scale,
							struct Node *escontext);
extern char *ces_scale_text(CesScale scale);
extern char *ces_scale_range_text(CesScale scale);
extern const char *ces_box_name(CesScale scale, int score);
extern char *ces_score_text(Datum score, Oid type);
extern void ces_report_score_off_scale(const char *score, CesScale scale,
									   const char *hint);

/*
 * ces_tally: how many answers were given at each point of a scale.
 *
 * A varlena whose header may be short, in memory as on disk.  It holds a scale
 * and counters; how wide they are follows from the size of the value.  Only
 * tally.c knows; all others read and write through its functions.
 */
typedef struct varlena CesTally;

/* Does the value lie here in one piece, and has it a scale? */
static inline bool
CesTallyIsFlat(const CesTally *tally)
{
	if (VARATT_IS_SHORT(tally))
		return VARSIZE_SHORT(tally) > VARHDRSZ_SHORT + sizeof(CesScale);
	return !VARATT_IS_EXTENDED(tally) &&
		   VARSIZE(tally) > VARHDRSZ + sizeof(CesScale);
}

static inline CesScale
CesTallyScale(const CesTally *tally)
{
	CesScale scale;

	memcpy(&scale, VARDATA_ANY(tally), sizeof(scale));
	return scale;
}

#define PG_GETARG_CES_TALLY(n) ces_tally_from_datum(PG_GETARG_DATUM(n))
#define PG_RETURN_CES_TALLY(x) PG_RETURN_POINTER(x)

/* tally.c; counts are in rising score order */
extern CesTally *ces_tally_from_datum(Datum datum);
extern CesTally *ces_tally_copy(Datum datum);
extern CesTally *ces_tally_check(CesTally *tally);
extern CesTally *ces_tally_make(CesScale scale, const int64 *counts);
extern CesTally *ces_tally_empty(CesScale scale);
extern CesTally *ces_tally_narrow(const CesTally *tally);
extern int ces_tally_read(const CesTally *tally, int64 *counts);
extern int64 ces_tally_total(const CesTally *tally);
extern CesTally *ces_tally_change(CesTally *tally, int32 score, int64 answers);
extern CesTally *ces_tally_merge(CesTally *tally, const CesTally *other);
extern CesTally *ces_tally_unmerge(CesTally *tally, const CesTally *other);
extern void ces_tally_report_two_scales(CesScale scale, CesScale other,
										const char *hint);

/* metrics.c */
extern CesScale ces_nps_boxes(CesScale scale);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* CES_H */
