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

#include "catalog/pg_type.h"
#include "ces.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

/* The scales that a survey's name stands for. */
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

/* The scales whose usual cuts are not those next to the midpoint. */
static const struct
{
	int worst;
	int best;
	int top;
	int bottom;
} conventional_cuts[] =
	{
		{0, 10, 9, 6}, /* promoters and detractors */
		{10, 0, 1, 4},
		{1, 10, 7, 3},
		{10, 1, 3, 7},
};

/* Half of a number, rounded down; C's division rounds towards zero. */
static inline int
half_rounded_down(int number)
{
	return (number - (number & 1)) / 2;
}

/*
 * Where the boxes begin unless said: by convention, or else with the first
 * point strictly beyond the midpoint on either side.
 */
static void
find_default_cuts(int worst, int best, int *top, int *bottom)
{
	int above = half_rounded_down(worst + best) + 1;
	int below = -half_rounded_down(-(worst + best)) - 1;

	for (int i = 0; i < (int) lengthof(conventional_cuts); i++)
	{
		if (conventional_cuts[i].worst == worst &&
			conventional_cuts[i].best == best)
		{
			*top = conventional_cuts[i].top;
			*bottom = conventional_cuts[i].bottom;
			return;
		}
	}
	*top = worst < best ? above : below;
	*bottom = worst < best ? below : above;
}

/* Does a scale from worst to best have this point? */
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

/*
 * Check that a cut is a point of the scale.
 */
static bool
check_cut(const char *box, int cut, int worst, int best,
		  struct Node *escontext)
{
	int top;
	int bottom;

	if (is_between(cut, worst, best))
		return true;
	find_default_cuts(worst, best, &top, &bottom);
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s box cut %d is not on the scale %d..%d",
					box, cut, worst, best),
			 errhint("Choose a score from %d to %d, as in '%d..%d top %d bottom %d'.",
					 Min(worst, best), Max(worst, best),
					 worst, best, top, bottom)));
}

/*
 * Build a scale from what the user said of it, checking all of it.  A cut that
 * is NULL takes its default.
 */
static bool
make_scale(int worst, int best, const int *top, const int *bottom,
		   CesScale *scale, struct Node *escontext)
{
	int default_top;
	int default_bottom;
	int top_cut;
	int bottom_cut;

	if (worst == best)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale %d..%d has only one point", worst, best),
				 errhint("Write the worst answer first and the best one last, as in '1..7' or '5..1'.")));
	if (!is_between(worst, CES_SCALE_MIN, CES_SCALE_MAX) ||
		!is_between(best, CES_SCALE_MIN, CES_SCALE_MAX))
		ereturn(escontext, false,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scale %d..%d is out of range", worst, best),
				 errdetail("A scale lies between %d and %d.",
						   CES_SCALE_MIN, CES_SCALE_MAX),
				 errhint("Convert the scores to a smaller scale, such as '0..100'.")));
	if (Max(worst, best) - Min(worst, best) >= CES_SCALE_MAX_POINTS)
		ereturn(escontext, false,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scale %d..%d has too many points", worst, best),
				 errdetail("A scale has at most %d points.",
						   CES_SCALE_MAX_POINTS),
				 errhint("Convert the scores to a smaller scale, such as '0..100'.")));

	find_default_cuts(worst, best, &default_top, &default_bottom);
	top_cut = top ? *top : default_top;
	bottom_cut = bottom ? *bottom : default_bottom;
	if (!check_cut("top", top_cut, worst, best, escontext) ||
		!check_cut("bottom", bottom_cut, worst, best, escontext))
		return false;
	if (!is_better(top_cut, bottom_cut, worst, best))
	{
		/* Show a scale that keeps the one cut that was given, if one can. */
		int suggested_top = default_top;
		int suggested_bottom = default_bottom;
		int one_better = worst < best ? 1 : -1;

		if (top && !bottom && top_cut != worst)
		{
			suggested_top = top_cut;
			suggested_bottom = top_cut - one_better;
		}
		else if (bottom && !top && bottom_cut != best)
		{
			suggested_top = bottom_cut + one_better;
			suggested_bottom = bottom_cut;
		}
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("top box and bottom box of scale %d..%d overlap",
						worst, best),
				 errdetail("The top box begins at %d%s and the bottom box at %d%s.",
						   top_cut, top ? "" : " by default",
						   bottom_cut, bottom ? "" : " by default"),
				 errhint("Give both cuts, the top box the better scores, as in '%d..%d top %d bottom %d'.",
						 worst, best, suggested_top, suggested_bottom)));
	}

	scale->worst = (int8) worst;
	scale->best = (int8) best;
	scale->top = (int8) top_cut;
	scale->bottom = (int8) bottom_cut;
	return true;
}

/*
 * Could this scale have been made by make_scale?  For values that come from
 * outside.
 */
bool
ces_scale_is_valid(CesScale scale)
{
	return scale.worst != scale.best &&
		   is_between(scale.worst, CES_SCALE_MIN, CES_SCALE_MAX) &&
		   is_between(scale.best, CES_SCALE_MIN, CES_SCALE_MAX) &&
		   CesScalePoints(scale) <= CES_SCALE_MAX_POINTS &&
		   is_between(scale.top, scale.worst, scale.best) &&
		   is_between(scale.bottom, scale.worst, scale.best) &&
		   is_better(scale.top, scale.bottom, scale.worst, scale.best);
}

/*
 * The reading of a scale's text.  Each of these moves the position behind what
 * it has found, or leaves it and returns false.
 */
static void
skip_blanks(const char **position)
{
	while (isspace((unsigned char) **position))
		(*position)++;
}

static bool
scan_symbol(const char **position, const char *symbol)
{
	size_t length = strlen(symbol);

	skip_blanks(position);
	if (strncmp(*position, symbol, length) != 0)
		return false;
	*position += length;
	return true;
}

static bool
scan_word(const char **position, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(position);
	if (pg_strncasecmp(*position, word, length) != 0 ||
		isalnum((unsigned char) (*position)[length]))
		return false;
	*position += length;
	return true;
}

/* Reads a number; one that no int can hold becomes the nearest that can. */
static bool
scan_number(const char **position, int *number)
{
	char *end;
	long value;

	skip_blanks(position);
	value = strtol(*position, &end, 10);
	if (end == *position)
		return false;
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

/* Reads the cuts in either order, each at most once; NULL for one not there. */
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

/*
 * Read a scale from its text form.
 */
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
		skip_blanks(&position);
		if (*position == '\0')
			return make_scale(worst, best, top, bottom, scale, escontext);
	}
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					"ces_scale", text),
			 errhint("Write WORST..BEST [top N] [bottom N], as in '1..7' or '1..5 top 5', or one of the names ces, ces1, csat, nps, faces.")));
}

/* The full text form of a scale, which reads back as the same scale. */
char *
ces_scale_text(CesScale scale)
{
	return psprintf("%d..%d top %d bottom %d",
					scale.worst, scale.best, scale.top, scale.bottom);
}

/* A scale without its cuts, for messages in which they play no part. */
char *
ces_scale_range_text(CesScale scale)
{
	return psprintf("%d..%d", scale.worst, scale.best);
}

/* What the box of a score is called. */
const char *
ces_box_name(CesScale scale, int score)
{
	if (CesScaleInTopBox(scale, score))
		return "top";
	if (CesScaleInBottomBox(scale, score))
		return "bottom";
	return "middle";
}

/* A score of any type, for messages. */
char *
ces_score_text(Datum score, Oid type)
{
	Oid output;
	bool is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, score);
}

/* Raise the error for a score that is no point of the scale. */
void
ces_report_score_off_scale(const char *score, CesScale scale, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score %s is not on the scale %s",
					score, ces_scale_range_text(scale)),
			 errdetail("The answers on this scale are the whole numbers from %d to %d.",
					   CesScaleLowest(scale), CesScaleHighest(scale)),
			 errhint("%s", hint)));
}

/*
 * Read the binary form, which values of another type may hold, too: worst, best,
 * top and bottom, one signed byte each.
 */
CesScale
ces_scale_receive(struct StringInfoData *buffer, const char *type)
{
	CesScale scale;

	scale.worst = (int8) pq_getmsgbyte(buffer);
	scale.best = (int8) pq_getmsgbyte(buffer);
	scale.top = (int8) pq_getmsgbyte(buffer);
	scale.bottom = (int8) pq_getmsgbyte(buffer);
	if (!ces_scale_is_valid(scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", type),
				 errdetail("There is no scale \"%s\".", ces_scale_text(scale))));
	return scale;
}

PG_FUNCTION_INFO_V1(ces_scale_in);
PG_FUNCTION_INFO_V1(ces_scale_out);
PG_FUNCTION_INFO_V1(ces_scale_recv);
PG_FUNCTION_INFO_V1(ces_scale_send);
PG_FUNCTION_INFO_V1(ces_scale_constructor);

/* Text input. */
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
Datum
ces_scale_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(ces_scale_text(PG_GETARG_CES_SCALE(0)));
}

/* Binary input. */
Datum
ces_scale_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_CES_SCALE(ces_scale_receive((StringInfo) PG_GETARG_POINTER(0),
										  "ces_scale"));
}

/* Binary output. */
Datum
ces_scale_send(PG_FUNCTION_ARGS)
{
	CesScale scale = PG_GETARG_CES_SCALE(0);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint8(&buffer, (uint8) scale.worst);
	pq_sendint8(&buffer, (uint8) scale.best);
	pq_sendint8(&buffer, (uint8) scale.top);
	pq_sendint8(&buffer, (uint8) scale.bottom);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* ces_scale(worst, best, top, bottom): the constructor; a NULL cut is its default. */
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

/*
 * The order of scales has no meaning but to sort and index them: by worst,
 * best, top, bottom.
 */
static int
compare_scales(CesScale a, CesScale b)
{
	if (a.worst != b.worst)
		return a.worst - b.worst;
	if (a.best != b.best)
		return a.best - b.best;
	if (a.top != b.top)
		return a.top - b.top;
	return a.bottom - b.bottom;
}

PG_FUNCTION_INFO_V1(ces_scale_lt);
PG_FUNCTION_INFO_V1(ces_scale_le);
PG_FUNCTION_INFO_V1(ces_scale_eq);
PG_FUNCTION_INFO_V1(ces_scale_ne);
PG_FUNCTION_INFO_V1(ces_scale_ge);
PG_FUNCTION_INFO_V1(ces_scale_gt);
PG_FUNCTION_INFO_V1(ces_scale_cmp);
PG_FUNCTION_INFO_V1(ces_scale_hash);
PG_FUNCTION_INFO_V1(ces_scale_hash_extended);

/* The operator <. */
Datum
ces_scale_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_scales(PG_GETARG_CES_SCALE(0),
								  PG_GETARG_CES_SCALE(1)) < 0);
}

/* The operator <=. */
Datum
ces_scale_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_scales(PG_GETARG_CES_SCALE(0),
								  PG_GETARG_CES_SCALE(1)) <= 0);
}

/* The operator =. */
Datum
ces_scale_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_scales(PG_GETARG_CES_SCALE(0),
								  PG_GETARG_CES_SCALE(1)) == 0);
}

/* The operator <>. */
Datum
ces_scale_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_scales(PG_GETARG_CES_SCALE(0),
								  PG_GETARG_CES_SCALE(1)) != 0);
}

/* The operator >=. */
Datum
ces_scale_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_scales(PG_GETARG_CES_SCALE(0),
								  PG_GETARG_CES_SCALE(1)) >= 0);
}

/* The operator >. */
Datum
ces_scale_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_scales(PG_GETARG_CES_SCALE(0),
								  PG_GETARG_CES_SCALE(1)) > 0);
}

/* btree support. */
Datum
ces_scale_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_scales(PG_GETARG_CES_SCALE(0),
								   PG_GETARG_CES_SCALE(1)));
}

/* hash support. */
Datum
ces_scale_hash(PG_FUNCTION_ARGS)
{
	CesScale scale = PG_GETARG_CES_SCALE(0);

	return hash_any((unsigned char *) &scale, sizeof(scale));
}

/* hash support with a seed, for hash partitions. */
Datum
ces_scale_hash_extended(PG_FUNCTION_ARGS)
{
	CesScale scale = PG_GETARG_CES_SCALE(0);

	return hash_any_extended((unsigned char *) &scale, sizeof(scale),
							 PG_GETARG_INT64(1));
}

/* score <@ scale and scale @> score: is it an answer on this scale? */
#define CONTAINMENT(type, score_from_argument) \
	PG_FUNCTION_INFO_V1(ces_on_scale_##type); \
	PG_FUNCTION_INFO_V1(ces_scale_contains_##type); \
	Datum \
		ces_on_scale_##type(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(CesScaleHas(PG_GETARG_CES_SCALE(1), \
								   score_from_argument(0))); \
	} \
	Datum \
		ces_scale_contains_##type(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(CesScaleHas(PG_GETARG_CES_SCALE(0), \
								   score_from_argument(1))); \
	} \
	extern Datum ces_on_scale_##type(PG_FUNCTION_ARGS)

CONTAINMENT(int2, PG_GETARG_INT16);
CONTAINMENT(int4, PG_GETARG_INT32);
#define SCORE_FROM_FLOAT8(n) CesScoreFromFloat8(PG_GETARG_FLOAT8(n))
CONTAINMENT(float8, SCORE_FROM_FLOAT8);

/*
 * A score that has to be an answer on the scale.  Argument 0 is the score, of
 * the given type.
 */
static inline int
get_score_on_scale(FunctionCallInfo fcinfo, int32 score, Oid type,
				   CesScale scale)
{
	if (unlikely(!CesScaleHas(scale, score)))
		ces_report_score_off_scale(ces_score_text(PG_GETARG_DATUM(0), type), scale,
								   psprintf("For a NULL instead, write CASE WHEN score <@ '%s' THEN score END in place of the score.",
											ces_scale_range_text(scale)));
	return score;
}

/* A quotient as numeric, without trailing zeros. */
static Datum
quotient(int dividend, int divisor)
{
	Datum result =
		DirectFunctionCall2(numeric_div,
							NumericGetDatum(int64_to_numeric(dividend)),
							NumericGetDatum(int64_to_numeric(divisor)));

	return DirectFunctionCall1(numeric_trim_scale, result);
}

/* ces_box(score, scale): top, middle or bottom. */
static inline Datum
box_of_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	CesScale scale = PG_GETARG_CES_SCALE(1);

	score = get_score_on_scale(fcinfo, score, type, scale);
	return CStringGetTextDatum(ces_box_name(scale, score));
}

/* nps_category(score): promoter, passive or detractor, from 0 to 10. */
static inline Datum
nps_category_of_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	const CesScale scale = {0, 10, 9, 6};

	score = get_score_on_scale(fcinfo, score, type, scale);
	if (CesScaleInTopBox(scale, score))
		return CStringGetTextDatum("promoter");
	if (CesScaleInBottomBox(scale, score))
		return CStringGetTextDatum("detractor");
	return CStringGetTextDatum("passive");
}

/* ces_pomp(score, scale): from 0 for the worst answer to 100 for the best. */
static inline Datum
percent_of_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	CesScale scale = PG_GETARG_CES_SCALE(1);

	score = get_score_on_scale(fcinfo, score, type, scale);
	return quotient(100 * (score - scale.worst), scale.best - scale.worst);
}

/*
 * ces_rescale(score, from_scale, to_scale): what lies between the worst and the
 * best answer of the one scale as the score does on the other.
 */
static inline Datum
rescaled_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	CesScale from = PG_GETARG_CES_SCALE(1);
	CesScale to = PG_GETARG_CES_SCALE(2);
	int from_span = from.best - from.worst;
	int to_span = to.best - to.worst;

	score = get_score_on_scale(fcinfo, score, type, from);
	return quotient(to.worst * from_span + (score - from.worst) * to_span,
					from_span);
}

/* The functions on one score, alike for each type of score. */
#define ON_SCORE(name, implementation, type, type_oid, get_score) \
	PG_FUNCTION_INFO_V1(name##_##type); \
	Datum \
		name##_##type(PG_FUNCTION_ARGS) \
	{ \
		return implementation(fcinfo, get_score(0), type_oid); \
	} \
	extern Datum name##_##type(PG_FUNCTION_ARGS)

ON_SCORE(ces_box, box_of_score, int2, INT2OID, PG_GETARG_INT16);
ON_SCORE(ces_box, box_of_score, int4, INT4OID, PG_GETARG_INT32);
ON_SCORE(ces_box, box_of_score, float8, FLOAT8OID, SCORE_FROM_FLOAT8);
ON_SCORE(ces_nps_category, nps_category_of_score, int2, INT2OID, PG_GETARG_INT16);
ON_SCORE(ces_nps_category, nps_category_of_score, int4, INT4OID, PG_GETARG_INT32);
ON_SCORE(ces_nps_category, nps_category_of_score, float8, FLOAT8OID, SCORE_FROM_FLOAT8);
ON_SCORE(ces_pomp, percent_of_score, int2, INT2OID, PG_GETARG_INT16);
ON_SCORE(ces_pomp, percent_of_score, int4, INT4OID, PG_GETARG_INT32);
ON_SCORE(ces_pomp, percent_of_score, float8, FLOAT8OID, SCORE_FROM_FLOAT8);
ON_SCORE(ces_rescale, rescaled_score, int2, INT2OID, PG_GETARG_INT16);
ON_SCORE(ces_rescale, rescaled_score, int4, INT4OID, PG_GETARG_INT32);
ON_SCORE(ces_rescale, rescaled_score, float8, FLOAT8OID, SCORE_FROM_FLOAT8);
