/*-------------------------------------------------------------------------
 *
 * scores.c
 *	  Functions on one score.
 *
 * Each exists for scores of type smallint, integer and double precision.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "calls.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "numerics.h"
#include "scores.h"
#include "utils/builtins.h"

/*
 * A score of any of the three types as text, for messages.  A number with a fraction
 * is written out whatever extra_float_digits is: at -15, float8out() would say "4"
 * for 4.5.
 */
char *
ces_score_text(Datum score, Oid type)
{
	if (type == FLOAT8OID)
		return double_to_shortest_decimal(DatumGetFloat8(score));
	return psprintf("%d", type == INT2OID ? DatumGetInt16(score) : DatumGetInt32(score));
}

/* Raise the error for a score that is not on the scale. */
void
ces_report_score_off_scale(const char *score, CesScale scale, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score %s is not on the scale %s",
					score, ces_scale_range_text(scale)),
			 errdetail("The answers on this scale are the whole numbers from %d to %d.",
					   ces_scale_lowest(scale), ces_scale_highest(scale)),
			 errhint("%s", hint)));
}

/* score <@ scale: is it an answer on this scale? */
PG_FUNCTION_INFO_V1(ces_on_scale_int2);
Datum
ces_on_scale_int2(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_has(PG_GETARG_CES_SCALE(1), PG_GETARG_INT16(0)));
}

PG_FUNCTION_INFO_V1(ces_on_scale_int4);
Datum
ces_on_scale_int4(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_has(PG_GETARG_CES_SCALE(1), PG_GETARG_INT32(0)));
}

PG_FUNCTION_INFO_V1(ces_on_scale_float8);
Datum
ces_on_scale_float8(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_has(PG_GETARG_CES_SCALE(1), ces_score_from_float8(PG_GETARG_FLOAT8(0))));
}

/*
 * A numeric has an operator of its own: the cast to double precision would raise an
 * error for one that is too large, and round one that is very near to a score.
 */
static inline bool
numeric_is_on_scale(Numeric number, CesScale scale)
{
	bool failed = false;
	int32 score = numeric_int4_opt_error(number, &failed);

	return !failed && ces_scale_has(scale, score) &&
		   DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(number),
											ces_numeric_from_int64(score)));
}

PG_FUNCTION_INFO_V1(ces_on_scale_numeric);
Datum
ces_on_scale_numeric(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(numeric_is_on_scale(PG_GETARG_NUMERIC(0), PG_GETARG_CES_SCALE(1)));
}

/* scale @> score: the same, with the operands exchanged. */
PG_FUNCTION_INFO_V1(ces_scale_contains_int2);
Datum
ces_scale_contains_int2(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_has(PG_GETARG_CES_SCALE(0), PG_GETARG_INT16(1)));
}

PG_FUNCTION_INFO_V1(ces_scale_contains_int4);
Datum
ces_scale_contains_int4(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_has(PG_GETARG_CES_SCALE(0), PG_GETARG_INT32(1)));
}

PG_FUNCTION_INFO_V1(ces_scale_contains_float8);
Datum
ces_scale_contains_float8(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ces_scale_has(PG_GETARG_CES_SCALE(0), ces_score_from_float8(PG_GETARG_FLOAT8(1))));
}

PG_FUNCTION_INFO_V1(ces_scale_contains_numeric);
Datum
ces_scale_contains_numeric(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(numeric_is_on_scale(PG_GETARG_NUMERIC(1), PG_GETARG_CES_SCALE(0)));
}

/*
 * Check that a score, argument 0, is on the scale.  Its type tells how to show it
 * if it isn't.
 */
static inline void
check_score(FunctionCallInfo fcinfo, int32 score, Oid type, CesScale scale)
{
	if (unlikely(!ces_scale_has(scale, score)))
		ces_report_score_off_scale(ces_score_text(PG_GETARG_DATUM(0), type), scale,
								   psprintf("To get NULL instead, write CASE WHEN YOUR_SCORE %s '%s' "
											"THEN YOUR_SCORE END in place of the score.",
											ces_on_scale_operator(fcinfo), ces_scale_range_text(scale)));
}

/* ces_box(score, scale): top, middle or bottom. */
static inline Datum
box_of_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	CesScale scale = PG_GETARG_CES_SCALE(1);

	check_score(fcinfo, score, type, scale);
	return CStringGetTextDatum(ces_scale_box(scale, score));
}

PG_FUNCTION_INFO_V1(ces_box_int2);
Datum
ces_box_int2(PG_FUNCTION_ARGS)
{
	return box_of_score(fcinfo, PG_GETARG_INT16(0), INT2OID);
}

PG_FUNCTION_INFO_V1(ces_box_int4);
Datum
ces_box_int4(PG_FUNCTION_ARGS)
{
	return box_of_score(fcinfo, PG_GETARG_INT32(0), INT4OID);
}

PG_FUNCTION_INFO_V1(ces_box_float8);
Datum
ces_box_float8(PG_FUNCTION_ARGS)
{
	return box_of_score(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(0)), FLOAT8OID);
}

/* nps_category(score): promoter, passive or detractor. */
static inline Datum
nps_category_of_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	CesScale scale = ces_scale_nps();

	check_score(fcinfo, score, type, scale);
	if (ces_scale_in_top_box(scale, score))
		return CStringGetTextDatum("promoter");
	if (ces_scale_in_bottom_box(scale, score))
		return CStringGetTextDatum("detractor");
	return CStringGetTextDatum("passive");
}

PG_FUNCTION_INFO_V1(ces_nps_category_int2);
Datum
ces_nps_category_int2(PG_FUNCTION_ARGS)
{
	return nps_category_of_score(fcinfo, PG_GETARG_INT16(0), INT2OID);
}

PG_FUNCTION_INFO_V1(ces_nps_category_int4);
Datum
ces_nps_category_int4(PG_FUNCTION_ARGS)
{
	return nps_category_of_score(fcinfo, PG_GETARG_INT32(0), INT4OID);
}

PG_FUNCTION_INFO_V1(ces_nps_category_float8);
Datum
ces_nps_category_float8(PG_FUNCTION_ARGS)
{
	return nps_category_of_score(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(0)), FLOAT8OID);
}

/*
 * ces_pomp(score, scale): percent of maximum possible, 0 for the worst answer and
 * 100 for the best.
 */
static inline Datum
pomp_of_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	CesScale scale = PG_GETARG_CES_SCALE(1);

	check_score(fcinfo, score, type, scale);
	return ces_numeric_quotient(ces_numeric_product(100, score - scale.worst),
								ces_numeric_from_int64(scale.best - scale.worst));
}

PG_FUNCTION_INFO_V1(ces_pomp_int2);
Datum
ces_pomp_int2(PG_FUNCTION_ARGS)
{
	return pomp_of_score(fcinfo, PG_GETARG_INT16(0), INT2OID);
}

PG_FUNCTION_INFO_V1(ces_pomp_int4);
Datum
ces_pomp_int4(PG_FUNCTION_ARGS)
{
	return pomp_of_score(fcinfo, PG_GETARG_INT32(0), INT4OID);
}

PG_FUNCTION_INFO_V1(ces_pomp_float8);
Datum
ces_pomp_float8(PG_FUNCTION_ARGS)
{
	return pomp_of_score(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(0)), FLOAT8OID);
}

/*
 * ces_rescale(score, from_scale, to_scale): the number on the other scale that
 * lies as far between the worst and the best answer as the score does on its own.
 */
static inline Datum
rescaled_score(FunctionCallInfo fcinfo, int32 score, Oid type)
{
	CesScale from = PG_GETARG_CES_SCALE(1);
	CesScale to = PG_GETARG_CES_SCALE(2);
	int64 from_span = from.best - from.worst;
	int64 to_span = to.best - to.worst;

	check_score(fcinfo, score, type, from);
	return ces_numeric_quotient(ces_numeric_from_int64(to.worst * from_span +
													   (score - from.worst) * to_span),
								ces_numeric_from_int64(from_span));
}

PG_FUNCTION_INFO_V1(ces_rescale_int2);
Datum
ces_rescale_int2(PG_FUNCTION_ARGS)
{
	return rescaled_score(fcinfo, PG_GETARG_INT16(0), INT2OID);
}

PG_FUNCTION_INFO_V1(ces_rescale_int4);
Datum
ces_rescale_int4(PG_FUNCTION_ARGS)
{
	return rescaled_score(fcinfo, PG_GETARG_INT32(0), INT4OID);
}

PG_FUNCTION_INFO_V1(ces_rescale_float8);
Datum
ces_rescale_float8(PG_FUNCTION_ARGS)
{
	return rescaled_score(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(0)), FLOAT8OID);
}
