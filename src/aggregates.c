/*-------------------------------------------------------------------------
 *
 * aggregates.c
 *	  What the aggregates do for each row: count the answer in a tally.
 *
 * The state of every aggregate is a ces_tally, so aggregates over the same
 * score and scale share one, and partial results travel between processes and
 * servers like any other value.  In an aggregate the state is changed in place.
 *
 * A state begins as an empty tally, the aggregate's INITCOND.  While it is
 * empty its scale is only a proposal: the first answer on another scale, or the
 * first partial result that has answers, replaces it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "ces.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Does the executor keep the state for us?  AggCheckCallContext without the
 * call, as this runs for every row.
 */
static inline bool
is_in_aggregate(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL &&
		   (IsA(fcinfo->context, AggState) ||
			IsA(fcinfo->context, WindowAggState));
}

/*
 * The state as a tally that may be changed: itself in an aggregate, elsewhere a
 * copy.
 */
static inline CesTally *
state_to_change(FunctionCallInfo fcinfo)
{
	CesTally *state = (CesTally *) PG_GETARG_POINTER(0);

	if (likely(CesTallyIsFlat(state) && is_in_aggregate(fcinfo)))
		return state;
	return ces_tally_copy(PG_GETARG_DATUM(0));
}

#define TWO_SCALES_HINT "Add the scale, which is ces_scale(tally) for tallies, to GROUP BY, or bring the scores to one scale with round(ces_rescale(score, from_scale, to_scale))."

/*
 * Let an empty state take another scale.
 */
static CesTally *
change_scale(CesTally *state, CesScale scale)
{
	if (ces_tally_total(ces_tally_check(state)) > 0)
		ces_tally_report_two_scales(CesTallyScale(state), scale, TWO_SCALES_HINT);
	return ces_tally_empty(scale);
}

/*
 * The name under which the user called this aggregate, if that can be told.  It
 * can't where an aggregate of another kind runs this one: on a worker of Citus it
 * is worker_partial_agg, which has more arguments.
 */
static const char *
called_aggregate(FunctionCallInfo fcinfo)
{
	Aggref *aggref = AggGetAggref(fcinfo);

	if (aggref == NULL || list_length(aggref->aggargtypes) != PG_NARGS() - 1)
		return NULL;
	return get_func_name(aggref->aggfnoid);
}

/* A common scale that has this score, or NULL. */
static const char *
suggest_scale(double score)
{
	if (score != rint(score) || score < CES_SCALE_MIN || score > CES_SCALE_MAX)
		return NULL;
	if (score < -10)
		return "-100..0";
	if (score < 0)
		return "-10..10";
	if (score > 10)
		return "0..100";
	return score >= 1 && score <= 5 ? "1..5" : "0..10";
}

/*
 * More of the hint for a score off the default scale: there may be another that
 * the question was asked on.
 */
static char *
hint_other_scale(FunctionCallInfo fcinfo, const char *other)
{
	const char *aggregate = called_aggregate(fcinfo);

	if (aggregate == NULL)
		return psprintf(" If the question has another scale, name it as the second argument, such as '%s'.",
						other);
	return psprintf(" If the question has another scale, name it, as in %s(score, '%s').",
					aggregate, other);
}

/*
 * Raise the error for a score that is no point of the scale.  Argument 1 is the
 * score, of the given type; argument 2, if there is one, named the scale.
 */
static pg_noinline void
report_score_off_scale(FunctionCallInfo fcinfo, Oid type)
{
	char *score = ces_score_text(PG_GETARG_DATUM(1), type);
	bool is_default = PG_NARGS() == 2;
	CesScale scale = is_default ? CesTallyScale(PG_GETARG_CES_TALLY(0)) : PG_GETARG_CES_SCALE(2);
	const char *other = is_default ? suggest_scale(strtod(score, NULL)) : NULL;

	ces_report_score_off_scale(score, scale,
							   psprintf("To skip such answers, add FILTER (WHERE score <@ '%s').%s",
										ces_scale_range_text(scale),
										other ? hint_other_scale(fcinfo, other) : ""));
}

/*
 * Count an answer, or so many answers, on the state's own scale.
 */
static inline Datum
count_answers(FunctionCallInfo fcinfo, CesTally *state, int32 score,
			  Oid type, int64 answers)
{
	CesTally *changed = ces_tally_change(state, score, answers);

	if (unlikely(changed == NULL))
		report_score_off_scale(fcinfo, type);
	PG_RETURN_CES_TALLY(changed);
}

/* The state as it is, for a row without an answer. */
static inline Datum
keep_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * Count an answer, or so many answers, on the scale of argument 2.
 */
static inline Datum
count_answers_on_scale(FunctionCallInfo fcinfo, int32 score, Oid type,
					   int64 answers)
{
	CesScale scale;
	CesTally *state;

	if (unlikely(PG_ARGISNULL(2)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("scale of an answer must not be null"),
				 errhint("To skip answers without a scale, add FILTER (WHERE scale IS NOT NULL).")));
	scale = PG_GETARG_CES_SCALE(2);
	if (unlikely(answers == 0))
	{
		/* No answer, and so no scale; but a score all the same. */
		if (!CesScaleHas(scale, score))
			report_score_off_scale(fcinfo, type);
		return keep_state(fcinfo);
	}
	state = PG_ARGISNULL(0) ? ces_tally_empty(scale) : state_to_change(fcinfo);
	if (unlikely(!CesScaleEquals(CesTallyScale(state), scale)))
		state = change_scale(state, scale);
	return count_answers(fcinfo, state, score, type, answers);
}

/*
 * The number of answers that a row of counted ones stands for, argument 3.
 */
static inline int64
get_responses(FunctionCallInfo fcinfo)
{
	int64 responses;

	if (unlikely(PG_ARGISNULL(3)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("number of responses must not be null"),
				 errhint("To count such a row as no answer, write coalesce(responses, 0).")));
	responses = PG_GETARG_INT64(3);
	if (unlikely(responses < 0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of responses must not be negative"),
				 errdetail("It is " INT64_FORMAT ".", responses),
				 errhint("To remove answers, subtract tallies: tally - ces_tally(score, scale, responses).")));
	return responses;
}

/*
 * Transition and inverse transition functions, alike for each type of score:
 * (state, score) on the default scale are strict; (state, score, scale) and
 * (state, score, scale, responses) skip a NULL score but nothing else that is
 * NULL.
 */
#define TRANSITIONS(name, sign, type, type_oid, get_score) \
	PG_FUNCTION_INFO_V1(name##_##type); \
	PG_FUNCTION_INFO_V1(name##_scale_##type); \
	PG_FUNCTION_INFO_V1(name##_responses_##type); \
	Datum \
		name##_##type(PG_FUNCTION_ARGS) \
	{ \
		return count_answers(fcinfo, state_to_change(fcinfo), \
							 get_score(1), type_oid, sign 1); \
	} \
	Datum \
		name##_scale_##type(PG_FUNCTION_ARGS) \
	{ \
		if (PG_ARGISNULL(1)) \
			return keep_state(fcinfo); \
		return count_answers_on_scale(fcinfo, get_score(1), \
									  type_oid, sign 1); \
	} \
	Datum \
		name##_responses_##type(PG_FUNCTION_ARGS) \
	{ \
		if (PG_ARGISNULL(1)) \
			return keep_state(fcinfo); \
		return count_answers_on_scale(fcinfo, get_score(1), \
									  type_oid, sign get_responses(fcinfo)); \
	} \
	extern Datum name##_##type(PG_FUNCTION_ARGS)

#define GETARG_FLOAT8_SCORE(n) CesScoreFromFloat8(PG_GETARG_FLOAT8(n))

TRANSITIONS(ces_tally_accum, +, int2, INT2OID, PG_GETARG_INT16);
TRANSITIONS(ces_tally_accum, +, int4, INT4OID, PG_GETARG_INT32);
TRANSITIONS(ces_tally_accum, +, float8, FLOAT8OID, GETARG_FLOAT8_SCORE);
TRANSITIONS(ces_tally_accum_inv, -, int2, INT2OID, PG_GETARG_INT16);
TRANSITIONS(ces_tally_accum_inv, -, int4, INT4OID, PG_GETARG_INT32);
TRANSITIONS(ces_tally_accum_inv, -, float8, FLOAT8OID, GETARG_FLOAT8_SCORE);

PG_FUNCTION_INFO_V1(ces_tally_combine);
PG_FUNCTION_INFO_V1(ces_tally_combine_inv);
PG_FUNCTION_INFO_V1(ces_tally_final);

/* Combine function, and transition of ces_rollup: adds the answers of a tally. */
Datum
ces_tally_combine(PG_FUNCTION_ARGS)
{
	CesTally *state = ces_tally_check(state_to_change(fcinfo));
	CesTally *other = PG_GETARG_CES_TALLY(1);

	if (!CesScaleEquals(CesTallyScale(state), CesTallyScale(other)))
	{
		if (ces_tally_total(other) == 0)
			PG_RETURN_CES_TALLY(state);
		state = change_scale(state, CesTallyScale(other));
	}
	PG_RETURN_CES_TALLY(ces_tally_merge(state, other));
}

/* Inverse transition of ces_rollup: removes the answers of a tally. */
Datum
ces_tally_combine_inv(PG_FUNCTION_ARGS)
{
	CesTally *state = ces_tally_check(state_to_change(fcinfo));
	CesTally *other = PG_GETARG_CES_TALLY(1);

	if (!CesScaleEquals(CesTallyScale(state), CesTallyScale(other)))
	{
		if (ces_tally_total(other) == 0)
			PG_RETURN_CES_TALLY(state);
		ces_tally_report_two_scales(CesTallyScale(state), CesTallyScale(other),
									TWO_SCALES_HINT);
	}
	PG_RETURN_CES_TALLY(ces_tally_unmerge(state, other));
}

/*
 * Final function of the aggregates that return a tally: one of its own, as the
 * state goes on changing in a moving window.  NULL for no answers.
 */
Datum
ces_tally_final(PG_FUNCTION_ARGS)
{
	CesTally *state = PG_GETARG_CES_TALLY(0);

	if (ces_tally_total(state) == 0)
		PG_RETURN_NULL();
	PG_RETURN_CES_TALLY(ces_tally_narrow(state));
}
