/*-------------------------------------------------------------------------
 *
 * scale.h
 *	  ces_scale: the range of answers to a survey question, which end of it is
 *	  good, and where the top box and the bottom box begin.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_SCALE_H
#define CES_SCALE_H

#include "compat.h"
#include "fmgr.h"
#include "lib/stringinfo.h"

/* Calls between the extension's own files need not go through the linker. */
#pragma GCC visibility push(hidden)

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
ces_scale_equals(CesScale a, CesScale b)
{
	return memcmp(&a, &b, sizeof(CesScale)) == 0;
}

static inline bool
ces_scale_rises(CesScale scale)
{
	return scale.worst < scale.best;
}

static inline int
ces_scale_lowest(CesScale scale)
{
	return Min(scale.worst, scale.best);
}

static inline int
ces_scale_highest(CesScale scale)
{
	return Max(scale.worst, scale.best);
}

static inline int
ces_scale_points(CesScale scale)
{
	return ces_scale_highest(scale) - ces_scale_lowest(scale) + 1;
}

/*
 * The position of a score among the points of a scale, from 0 for the lowest;
 * for a score off the scale, the number of points or more.
 */
static inline uint32
ces_scale_position(CesScale scale, int32 score)
{
	return (uint32) score - (uint32) ces_scale_lowest(scale);
}

static inline bool
ces_scale_has(CesScale scale, int32 score)
{
	return ces_scale_position(scale, score) < (uint32) ces_scale_points(scale);
}

static inline bool
ces_scale_in_top_box(CesScale scale, int score)
{
	return ces_scale_rises(scale) ? score >= scale.top : score <= scale.top;
}

static inline bool
ces_scale_in_bottom_box(CesScale scale, int score)
{
	return ces_scale_rises(scale) ? score <= scale.bottom : score >= scale.bottom;
}

/*
 * The first character that is not a blank, in the text of a value.  What a blank
 * is must not depend on the locale, as the C library's isspace() does.
 */
static inline const char *
ces_skip_blanks(const char *text)
{
	while (*text == ' ' || (*text >= '\t' && *text <= '\r'))
		text++;
	return text;
}

static inline bool
ces_is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/*
 * Does a number begin here?  To be asked before strtol(), which skips what the
 * locale says is a blank.
 */
static inline bool
ces_number_begins(const char *text)
{
	return ces_is_digit(*text == '-' || *text == '+' ? text[1] : *text);
}

extern bool ces_scale_is_valid(CesScale scale);
extern int ces_scale_compare(CesScale a, CesScale b);
extern CesScale ces_scale_nps(void);
extern CesScale ces_scale_nps_boxes(CesScale scale);
extern const char *ces_scale_box(CesScale scale, int score);

extern bool ces_scale_parse(const char *text, CesScale *scale,
							struct Node *escontext);
extern bool ces_scale_looks_like(const char *text);
extern char *ces_scale_text(CesScale scale);
extern char *ces_scale_range_text(CesScale scale);
extern CesScale ces_scale_getmsg(StringInfo message, const char *type);
extern void ces_scale_putmsg(StringInfo message, CesScale scale);

#pragma GCC visibility pop

#endif /* CES_SCALE_H */
