/*-------------------------------------------------------------------------
 *
 * scale.c
 *	  ces_scale: what an answer means.
 *
 * The text form is WORST..BEST [top N] [bottom N]: the first number is the
 * worst answer, so 1..7 rises and 5..1 falls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "scale.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Scales that have a name */
static const struct
{
	const char *name;
	int worst;
	int best;
} named_scales[] =
	{
		{"ces", 1, 7},
		{"ces1", 5, 1},
		{"csat", 1, 5},
		{"nps", 0, 10},
		{"faces", 1, 3},
};

/*
 * The boxes of the net promoter score on 0..10: promoters give this score or
 * more, detractors that one or less.
 */
#define NPS_PROMOTER 9
#define NPS_DETRACTOR 6

/* Scales whose cuts are set by convention instead of by the midpoint, NPS first */
static const CesScale conventional_scales[] =
	{
		{.worst = 0, .best = 10, .top = NPS_PROMOTER, .bottom = NPS_DETRACTOR},
		{.worst = 10, .best = 0, .top = 10 - NPS_PROMOTER, .bottom = 10 - NPS_DETRACTOR},
		{.worst = 1, .best = 10, .top = 7, .bottom = 3},
		{.worst = 10, .best = 1, .top = 3, .bottom = 7},
};

/* Half of a number, rounded down; C's division rounds towards zero. */
static inline int
half_rounded_down(int number)
{
	return (number - (number & 1)) / 2;
}

/*
 * The scale whose boxes begin where convention puts them, or else at the first
 * point strictly beyond the midpoint on either side.
 */
static CesScale
default_scale(int worst, int best)
{
	int above = half_rounded_down(worst + best) + 1;
	int below = -half_rounded_down(-(worst + best)) - 1;

	for (int i = 0; i < (int) lengthof(conventional_scales); i++)
	{
		CesScale scale = conventional_scales[i];

		if (scale.worst == worst && scale.best == best)
			return scale;
	}
	return (CesScale){.worst = (int8) worst,
					  .best = (int8) best,
					  .top = (int8) (worst < best ? above : below),
					  .bottom = (int8) (worst < best ? below : above)};
}

static inline bool
is_between(int score, int worst, int best)
{
	return score >= Min(worst, best) && score <= Max(worst, best);
}

/* Is score a better answer than other on a scale from worst to best? */
static inline bool
is_better(int score, int other, int worst, int best)
{
	return worst < best ? score > other : score < other;
}

/* Check that a cut is a point of the scale. */
static bool
check_cut(const char *box, int cut, int worst, int best,
		  struct Node *escontext)
{
	if (is_between(cut, worst, best))
		return true;
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s box cut %d is not on the scale %d..%d",
					box, cut, worst, best),
			 errhint("Choose a score from %d to %d, as in '%s'.",
					 Min(worst, best), Max(worst, best),
					 ces_scale_text(default_scale(worst, best)))));
}

#define SMALLER_SCALE_HINT "Convert the scores to a smaller scale, such as '0..100'."

/*
 * Build a scale from its numbers, which may be any.  A cut that is NULL takes its
 * default.  Returns false after a soft error.
 */
static bool
make_scale(int worst, int best, const int *top, const int *bottom,
		   CesScale *scale, struct Node *escontext)
{
	CesScale defaults;
	int top_cut;
	int bottom_cut;

	if (worst == best)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale %d..%d has only one point", worst, best),
				 errhint("Write the worst answer first and the best one last, "
						 "as in '1..7' or '5..1'.")));
	if (!is_between(worst, CES_SCALE_MIN, CES_SCALE_MAX) ||
		!is_between(best, CES_SCALE_MIN, CES_SCALE_MAX))
		ereturn(escontext, false,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scale %d..%d is out of range", worst, best),
				 errdetail("A scale lies between %d and %d.",
						   CES_SCALE_MIN, CES_SCALE_MAX),
				 errhint(SMALLER_SCALE_HINT)));
	if (Max(worst, best) - Min(worst, best) >= CES_SCALE_MAX_POINTS)
		ereturn(escontext, false,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scale %d..%d has too many points", worst, best),
				 errdetail("A scale has at most %d points.",
						   CES_SCALE_MAX_POINTS),
				 errhint(SMALLER_SCALE_HINT)));

	defaults = default_scale(worst, best);
	top_cut = top ? *top : defaults.top;
	bottom_cut = bottom ? *bottom : defaults.bottom;
	if (!check_cut("top", top_cut, worst, best, escontext) ||
		!check_cut("bottom", bottom_cut, worst, best, escontext))
		return false;
	if (!is_better(top_cut, bottom_cut, worst, best))
	{
		/* If only one cut was given, suggest a scale that keeps it. */
		CesScale suggested = defaults;
		int one_better = worst < best ? 1 : -1;

		if (top && !bottom && top_cut != worst)
		{
			suggested.top = (int8) top_cut;
			suggested.bottom = (int8) (top_cut - one_better);
		}
		else if (bottom && !top && bottom_cut != best)
		{
			suggested.top = (int8) (bottom_cut + one_better);
			suggested.bottom = (int8) bottom_cut;
		}
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("top box and bottom box of scale %d..%d overlap",
						worst, best),
				 errdetail("The top box begins at %d%s and the bottom box at %d%s.",
						   top_cut, top ? "" : " by default",
						   bottom_cut, bottom ? "" : " by default"),
				 errhint("Give both cuts, with the better scores in the top box, "
						 "as in '%s'.",
						 ces_scale_text(suggested))));
	}

	scale->worst = (int8) worst;
	scale->best = (int8) best;
	scale->top = (int8) top_cut;
	scale->bottom = (int8) bottom_cut;
	return true;
}

/* Does this value, which may be forged, satisfy what make_scale() ensures? */
bool
ces_scale_is_valid(CesScale scale)
{
	return scale.worst != scale.best &&
		   is_between(scale.worst, CES_SCALE_MIN, CES_SCALE_MAX) &&
		   is_between(scale.best, CES_SCALE_MIN, CES_SCALE_MAX) &&
		   ces_scale_points(scale) <= CES_SCALE_MAX_POINTS &&
		   is_between(scale.top, scale.worst, scale.best) &&
		   is_between(scale.bottom, scale.worst, scale.best) &&
		   is_better(scale.top, scale.bottom, scale.worst, scale.best);
}

/* The scale of the net promoter score. */
CesScale
ces_scale_nps(void)
{
	return conventional_scales[0];
}

/*
 * The boxes that the net promoter score counts on this scale.  A questionnaire
 * from 1 to 10 has the same promoters and detractors as one from 0 to 10; the
 * default cuts of that scale are those of questions about ease.
 */
CesScale
ces_scale_nps_boxes(CesScale scale)
{
	if (ces_scale_lowest(scale) != 1 || ces_scale_highest(scale) != 10 ||
		!ces_scale_equals(scale, default_scale(scale.worst, scale.best)))
		return scale;
	if (ces_scale_rises(scale))
		return (CesScale){1, 10, NPS_PROMOTER, NPS_DETRACTOR};
	return (CesScale){10, 1, 11 - NPS_PROMOTER, 11 - NPS_DETRACTOR};
}

/*
 * The scanner of a scale's text.  Each function moves the position past what it
 * reads; one that finds something else returns false.
 */
static bool
scan_symbol(const char **position, const char *symbol)
{
	size_t length = strlen(symbol);

	*position = ces_skip_blanks(*position);
	if (strncmp(*position, symbol, length) != 0)
		return false;
	*position += length;
	return true;
}

/* Finds a word, in lower case or not, that no letter or digit follows; of ASCII only. */
static bool
scan_word(const char **position, const char *word)
{
	const char *end;
	unsigned char next;

	*position = end = ces_skip_blanks(*position);
	for (; *word != '\0'; word++, end++)
	{
		if (pg_ascii_tolower((unsigned char) *end) != (unsigned char) *word)
			return false;
	}
	next = pg_ascii_tolower((unsigned char) *end);
	if (ces_is_digit((char) next) || (next >= 'a' && next <= 'z'))
		return false;
	*position = end;
	return true;
}

/* Reads a number, and brings one that no int can hold to the nearest that can. */
static bool
scan_number(const char **position, int *number)
{
	char *end;
	long value;

	*position = ces_skip_blanks(*position);
	if (!ces_number_begins(*position))
		return false;
	value = strtol(*position, &end, 10);
	*position = end;
	*number = (int) Max(Min(value, INT_MAX), INT_MIN);
	return true;
}

static bool
scan_range(const char **position, int *worst, int *best)
{
	for (int i = 0; i < (int) lengthof(named_scales); i++)
	{
		if (scan_word(position, named_scales[i].name))
		{
			*worst = named_scales[i].worst;
			*best = named_scales[i].best;
			return true;
		}
	}
	return scan_number(position, worst) &&
		   scan_symbol(position, "..") &&
		   scan_number(position, best);
}

/* Reads the cuts in either order, each at most once.  A missing one is NULL. */
static bool
scan_cuts(const char **position, int cuts[2], const int **top,
		  const int **bottom)
{
	*top = NULL;
	*bottom = NULL;
	for (;;)
	{
		if (*top == NULL && scan_word(position, "top"))
		{
			if (!scan_number(position, &cuts[0]))
				return false;
			*top = &cuts[0];
		}
		else if (*bottom == NULL && scan_word(position, "bottom"))
		{
			if (!scan_number(position, &cuts[1]))
				return false;
			*bottom = &cuts[1];
		}
		else
			return true;
	}
}

/* The names of scales, for a hint. */
static char *
list_scale_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < (int) lengthof(named_scales); i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ", named_scales[i].name);
	return names.data;
}

/* Read a scale from its text form.  Returns false after a soft error. */
bool
ces_scale_parse(const char *text, CesScale *scale, struct Node *escontext)
{
	const char *position = text;
	int worst;
	int best;
	int cuts[2];
	const int *top;
	const int *bottom;

	if (scan_range(&position, &worst, &best) &&
		scan_cuts(&position, cuts, &top, &bottom))
	{
		if (*ces_skip_blanks(position) == '\0')
			return make_scale(worst, best, top, bottom, scale, escontext);
	}
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					"ces_scale", text),
			 errhint("Write WORST..BEST [top N] [bottom N], as in '1..7' or '1..5 top 5', "
					 "or one of the names %s.",
					 list_scale_names())));
}

/* Does a text begin as a scale does?  For hints: there, a text that doesn't is no error. */
bool
ces_scale_looks_like(const char *text)
{
	int worst;
	int best;

	return scan_range(&text, &worst, &best);
}

/* The full text form of a scale, which reads back as the same scale. */
char *
ces_scale_text(CesScale scale)
{
	return psprintf("%d..%d top %d bottom %d",
					scale.worst, scale.best, scale.top, scale.bottom);
}

/* A scale without its cuts, for messages about scores. */
char *
ces_scale_range_text(CesScale scale)
{
	return psprintf("%d..%d", scale.worst, scale.best);
}

/* The box in which a score of the scale lies. */
const char *
ces_scale_box(CesScale scale, int score)
{
	if (ces_scale_in_top_box(scale, score))
		return "top";
	if (ces_scale_in_bottom_box(scale, score))
		return "bottom";
	return "middle";
}

/*
 * Read the binary form of a scale, as it stands in a message alone or as part of
 * a value of this type: worst, best, top and bottom, one signed byte each.
 */
CesScale
ces_scale_getmsg(StringInfo message, const char *type)
{
	CesScale scale;

	scale.worst = (int8) pq_getmsgbyte(message);
	scale.best = (int8) pq_getmsgbyte(message);
	scale.top = (int8) pq_getmsgbyte(message);
	scale.bottom = (int8) pq_getmsgbyte(message);
	if (!ces_scale_is_valid(scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", type),
				 errdetail("There is no scale \"%s\".", ces_scale_text(scale))));
	return scale;
}

/* Write what ces_scale_getmsg() reads. */
void
ces_scale_putmsg(StringInfo message, CesScale scale)
{
	pq_sendint8(message, (uint8) scale.worst);
	pq_sendint8(message, (uint8) scale.best);
	pq_sendint8(message, (uint8) scale.top);
	pq_sendint8(message, (uint8) scale.bottom);
}

/* Text input. */
PG_FUNCTION_INFO_V1(ces_scale_in);
Datum
ces_scale_in(PG_FUNCTION_ARGS)
{
	CesScale scale;

	if (!ces_scale_parse(PG_GETARG_CSTRING(0), &scale,
						 CES_SOFT_ERROR_CONTEXT(fcinfo)))
		PG_RETURN_NULL();
	PG_RETURN_CES_SCALE(scale);
}

/* Text output. */
PG_FUNCTION_INFO_V1(ces_scale_out);
Datum
ces_scale_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(ces_scale_text(PG_GETARG_CES_SCALE(0)));
}

/* Binary input. */
PG_FUNCTION_INFO_V1(ces_scale_recv);
Datum
ces_scale_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_CES_SCALE(ces_scale_getmsg((StringInfo) PG_GETARG_POINTER(0),
										 "ces_scale"));
}

/* Binary output. */
PG_FUNCTION_INFO_V1(ces_scale_send);
Datum
ces_scale_send(PG_FUNCTION_ARGS)
{
	StringInfoData message;

	pq_begintypsend(&message);
	ces_scale_putmsg(&message, PG_GETARG_CES_SCALE(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* ces_scale(worst, best, top, bottom): the constructor; a NULL cut is its default. */
PG_FUNCTION_INFO_V1(ces_scale_constructor);
Datum
ces_scale_constructor(PG_FUNCTION_ARGS)
{
	int top = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
	int bottom = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	CesScale scale;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	make_scale(PG_GETARG_INT32(0), PG_GETARG_INT32(1),
			   PG_ARGISNULL(2) ? NULL : &top,
			   PG_ARGISNULL(3) ? NULL : &bottom,
			   &scale, NULL);
	PG_RETURN_CES_SCALE(scale);
}

/* The scale that a call of ces_scale(text) read last */
typedef struct LastScale
{
	CesScale scale;
	int length;
	char text[60]; /* longer ones are not kept */
} LastScale;

/*
 * ces_scale(text), also the cast from text and varchar.  A scale that is a parameter
 * of the query comes again with each row, so it is read only when it changes.
 */
PG_FUNCTION_INFO_V1(ces_scale_from_text);
Datum
ces_scale_from_text(PG_FUNCTION_ARGS)
{
	const text *input = PG_GETARG_TEXT_PP(0);
	int length = VARSIZE_ANY_EXHDR(input);
	LastScale *last = fcinfo->flinfo->fn_extra;
	CesScale scale;

	if (last != NULL && last->length == length &&
		memcmp(last->text, VARDATA_ANY(input), length) == 0)
		PG_RETURN_CES_SCALE(last->scale);

	ces_scale_parse(text_to_cstring(input), &scale, NULL);
	if (length <= (int) sizeof(last->text))
	{
		if (last == NULL)
			last = fcinfo->flinfo->fn_extra = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(LastScale));
		last->scale = scale;
		last->length = length;
		memcpy(last->text, VARDATA_ANY(input), length);
	}
	PG_RETURN_CES_SCALE(scale);
}

/* Scales are ordered only so that they can be sorted and indexed. */
int
ces_scale_compare(CesScale a, CesScale b)
{
	if (a.worst != b.worst)
		return a.worst - b.worst;
	if (a.best != b.best)
		return a.best - b.best;
	if (a.top != b.top)
		return a.top - b.top;
	return a.bottom - b.bottom;
}

/* The operator <. */
PG_FUNCTION_INFO_V1(ces_scale_lt);
Datum
ces_scale_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_compare(PG_GETARG_CES_SCALE(0),
									 PG_GETARG_CES_SCALE(1)) < 0);
}

/* The operator <=. */
PG_FUNCTION_INFO_V1(ces_scale_le);
Datum
ces_scale_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_compare(PG_GETARG_CES_SCALE(0),
									 PG_GETARG_CES_SCALE(1)) <= 0);
}

/* The operator =. */
PG_FUNCTION_INFO_V1(ces_scale_eq);
Datum
ces_scale_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_compare(PG_GETARG_CES_SCALE(0),
									 PG_GETARG_CES_SCALE(1)) == 0);
}

/* The operator <>. */
PG_FUNCTION_INFO_V1(ces_scale_ne);
Datum
ces_scale_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_compare(PG_GETARG_CES_SCALE(0),
									 PG_GETARG_CES_SCALE(1)) != 0);
}

/* The operator >=. */
PG_FUNCTION_INFO_V1(ces_scale_ge);
Datum
ces_scale_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_compare(PG_GETARG_CES_SCALE(0),
									 PG_GETARG_CES_SCALE(1)) >= 0);
}

/* The operator >. */
PG_FUNCTION_INFO_V1(ces_scale_gt);
Datum
ces_scale_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_compare(PG_GETARG_CES_SCALE(0),
									 PG_GETARG_CES_SCALE(1)) > 0);
}

/* btree support. */
PG_FUNCTION_INFO_V1(ces_scale_cmp);
Datum
ces_scale_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ces_scale_compare(PG_GETARG_CES_SCALE(0),
									  PG_GETARG_CES_SCALE(1)));
}

/* hash support. */
PG_FUNCTION_INFO_V1(ces_scale_hash);
Datum
ces_scale_hash(PG_FUNCTION_ARGS)
{
	CesScale scale = PG_GETARG_CES_SCALE(0);

	return hash_any((unsigned char *) &scale, sizeof(scale));
}

/* hash support with a seed, for hash partitions. */
PG_FUNCTION_INFO_V1(ces_scale_hash_extended);
Datum
ces_scale_hash_extended(PG_FUNCTION_ARGS)
{
	CesScale scale = PG_GETARG_CES_SCALE(0);

	return hash_any_extended((unsigned char *) &scale, sizeof(scale),
							 PG_GETARG_INT64(1));
}
